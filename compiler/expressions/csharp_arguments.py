"""Argument nodes of a C# call go in, their trees come out."""

from typing import TYPE_CHECKING

from compiler.expressions.tree import Expression

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_IGNORING = ("OrdinalIgnoreCase", "InvariantCultureIgnoreCase", "CurrentCultureIgnoreCase")
_EXACT = ("Ordinal", "InvariantCulture", "CurrentCulture")
_COMPARERS = ("StringComparison", "System.StringComparison", "StringComparer", "System.StringComparer")


def arguments(low: "Lowering", given: "list[Node]") -> list[Expression]:
    """The trees of plain arguments."""
    trees: list[Expression] = []
    for node in given:
        inner = node.named_children
        plain = len(inner) == 1 and node.child_count == 1
        trees.append(low.expression(inner[0]) if plain else low.refused(node, "write plain arguments"))
    return trees


def compared_without_case(low: "Lowering", node: "Node") -> bool | None:
    """Whether an argument is a `StringComparison`, and one that ignores letter case."""
    prefix, _, name = low.source.text(node).rpartition(".")
    if prefix not in _COMPARERS or name not in (*_IGNORING, *_EXACT):
        return None
    return name in _IGNORING
