"""Attributes that the language spells in two ways (synchronization.md §8, O-82)."""

from collections.abc import Iterator

from compiler.checks.registry import Finding, Subject, check
from compiler.model.node import attributes_of


@check("E166")
def two_spellings(it: Subject) -> Iterator[Finding]:
    """An attribute has one value, under whichever of its names."""
    for kind, pairs in it.model.kinds.items():
        for declared in attributes_of(kind):
            names = (declared.name, *declared.xml.aliases)
            for node, _ in pairs if declared.xml.aliases else ():
                given = [name for name in names if name in node.element.attributes]
                values = {node.element.attributes[name] for name in given}
                if len(values) > 1:
                    first, second = given[:2]
                    message = f"`{first}` and `{second}` are one attribute, and have two values"
                    also = ((node, first, "another value"),)
                    yield Finding(node, message, second, f"keep `{first}`", also)
