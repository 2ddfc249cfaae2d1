"""A method of a text that leads to a list goes in (`Split`, `ToCharArray`), the list comes out."""

from typing import TYPE_CHECKING

from compiler.expressions import functions, infer
from compiler.expressions.csharp_arguments import arguments
from compiler.expressions.csharp_sequence import as_list, item_of
from compiler.expressions.infer import Place
from compiler.expressions.tree import Constant, Each, Expression, ListCall
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_OPTIONS = ("None", "RemoveEmptyEntries", "TrimEntries")


def _split(low: "Lowering", receiver: Expression, given: "list[Node]", place: Place) -> Expression:
    """`Split(',')`, `Split(", ")`, `Split(',', ';')`, `Split(new[] { ',' }, StringSplitOptions.RemoveEmptyEntries)`."""
    options = _options(low, given[-1]) if given else None
    trees = arguments(low, given if options is None else given[:-1])
    separators = [each for tree in trees for each in listed(tree)]
    wrong = next((each for each in separators if not isinstance(each, Constant) or not each.value), None)
    if not separators or wrong is not None or any(each.type not in _TEXTS for each in separators):
        at = infer.place_of(wrong) if wrong is not None else place
        return low.report.error("E605", "`Split` needs a constant separator that is not empty", at)
    pieces: Expression = ListCall(
        type=ValueType.LIST, item=ValueType.STRING, function="split", arguments=(receiver, *separators),
        start=place[0], end=place[1],
    )  # fmt: skip
    if "TrimEntries" in (options or ()):
        pieces = _trimmed(low, pieces)
    return _filled(low, pieces) if "RemoveEmptyEntries" in (options or ()) else pieces


_TEXTS = (ValueType.STRING, ValueType.CHAR)


def listed(tree: Expression) -> tuple[Expression, ...]:
    """The values of a list that is written out; anything else alone."""
    return tree.arguments if isinstance(tree, ListCall) and tree.function == "listof" else (tree,)


def _options(low: "Lowering", node: "Node") -> list[str] | None:
    """The StringSplitOptions that an argument combines; None when it is none of them."""
    names = [part.strip().removeprefix("System.") for part in low.source.text(node).split("|")]
    found = [name.removeprefix("StringSplitOptions.") for name in names if name.startswith("StringSplitOptions.")]
    return found if len(found) == len(names) and set(found) <= set(_OPTIONS) else None


def _trimmed(low: "Lowering", pieces: Expression) -> Expression:
    variable = low.report.variable()
    at = infer.place_of(pieces)
    body = infer.call(functions.FUNCTIONS["Trim"], [item_of(pieces, variable)], at, low.report)
    return _each("select", pieces, variable, body)


def _filled(low: "Lowering", pieces: Expression) -> Expression:
    variable = low.report.variable()
    at = infer.place_of(pieces)
    return _each(
        "where", pieces, variable, infer.binary("!=", item_of(pieces, variable), infer.text_at("", at), at, low.report)
    )


def _each(operation: str, source: Expression, variable: int, body: Expression) -> Each:
    return Each(
        type=ValueType.LIST,
        item=ValueType.STRING,
        operation="where" if operation == "where" else "select",
        source=source,
        variable=variable,
        body=body,
        start=source.start,
        end=source.end,
    )


def _characters(low: "Lowering", receiver: Expression, given: "list[Node]", place: Place) -> Expression:
    return as_list(receiver) if not given else low.report.error("E605", "`ToCharArray` takes no arguments", place)


METHODS = {"Split": _split, "ToCharArray": _characters}
"""By name."""
