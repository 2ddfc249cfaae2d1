"""`queryHandler.Select<EntityType>("…")` goes in, the query as a node comes out.

The text may be joined from constants and values; values become parameters and never parts of the query.
"""

from typing import TYPE_CHECKING

from compiler.expressions import infer
from compiler.expressions.csharp_constants import unescaped
from compiler.expressions.infer import Place
from compiler.expressions.squery import Text, parse_query
from compiler.expressions.tree import Constant, Expression

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_VALUE = "\ue000"


def is_query(low: "Lowering", receiver: "Node", name_node: "Node") -> bool:
    """Whether a call begins with `queryHandler.Select<…>`."""
    written = low.source.text(receiver)
    is_select = name_node.type == "generic_name" and low.source.text(name_node).startswith("Select")
    return written == "queryHandler" and written not in low.names and is_select


def query(low: "Lowering", name_node: "Node", given: "list[Node]", place: Place) -> Expression:
    """The resources that the query selects."""
    types = name_node.named_children[-1]
    if len(given) != 1 or types.named_child_count != 1:
        message = 'write `queryHandler.Select<EntityType>("…")` with one entity type and one text'
        return low.report.error("E605", message, place)
    kind = types.named_children[0]
    entity_type = low.source.text(kind).rpartition(".")[2]
    if not list(low.scope.members(entity_type)):
        return low.report.error("E123", f"there is no entity type `{entity_type}`", low.place(kind))
    written = _Written(low)
    written.add(given[0].named_children[0])
    text = Text("".join(written.characters), written.places, written.values, low.place(given[0]))
    return parse_query(text, entity_type, low.scope, low.report)


class _Written:
    """The characters of a query, each with its place."""

    def __init__(self, low: "Lowering") -> None:
        self._low = low
        self.characters: list[str] = []
        self.places: list[Place] = []
        self.values: dict[int, Expression] = {}

    def add(self, node: "Node") -> None:
        """The operands of `+` one after the other, however many there are."""
        waiting = [node]
        while waiting:
            each = waiting.pop()
            left, right = each.child_by_field_name("left"), each.child_by_field_name("right")
            if each.type == "binary_expression" and self._is_plus(each) and left is not None and right is not None:
                waiting += (right, left)
            elif each.type == "parenthesized_expression" and each.named_child_count == 1:
                waiting += each.named_children
            else:
                self._operand(each)

    def _operand(self, node: "Node") -> None:
        kind = node.type
        if kind in ("string_literal", "interpolated_string_expression"):
            self._pieces(node)
        elif kind == "verbatim_string_literal":
            start, _ = self._low.place(node)
            self._verbatim(self._low.source.text(node)[2:-1], start + 2)
        else:
            self._value(self._low.expression(node))

    def _is_plus(self, node: "Node") -> bool:
        sign = node.child_by_field_name("operator")
        return sign is not None and sign.type == "+"

    def _pieces(self, node: "Node") -> None:
        for child in node.named_children:
            start, end = self._low.place(child)
            if child.type == "interpolation":
                parts = [each for each in child.named_children if each.type != "interpolation_brace"]
                self._value(self._low.expression(parts[0]))
            elif child.type == "escape_sequence":
                self._put(unescaped(self._low.source.text(child)), (start, end))
            elif child.type in ("string_literal_content", "string_content"):
                for number, character in enumerate(self._low.source.text(child)):
                    self._put(character, (start + number, start + number + 1))

    def _verbatim(self, text: str, start: int) -> None:
        at = 0
        while at < len(text):
            width = 2 if text[at : at + 2] == '""' else 1
            self._put(text[at], (start + at, start + at + width))
            at += width

    def _put(self, text: str, place: Place) -> None:
        self.characters += text
        self.places += [place] * len(text)

    def _value(self, tree: Expression) -> None:
        place = infer.place_of(tree)
        if isinstance(tree, Constant) and isinstance(tree.value, str):
            self._put(tree.value, place)
            return
        self.values[len(self.characters)] = tree
        self._put(_VALUE, place)
