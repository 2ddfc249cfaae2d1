"""A call of a static method over numbers and pairs of values goes in (`int.Max(…)`), comparisons come out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import infer
from compiler.expressions.csharp_arguments import arguments
from compiler.expressions.infer import Place
from compiler.expressions.tree import Constant, Expression, ListCall
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering


def order_of(low: "Lowering", first: Expression, second: Expression, place: Place) -> Expression:
    """-1, 0 or 1 for two numbers or dates."""

    def number(value: int) -> Constant:
        return Constant(type=ValueType.INTEGER, value=value, start=place[0], end=place[1])

    before = infer.binary("<", first, second, place, low.report)
    same = infer.binary("==", first, second, place, low.report)
    later = infer.conditional(before, number(-1), number(1), place, low.report)
    return infer.conditional(same, number(0), later, place, low.report)


def _pair(low: "Lowering", given: "list[Node]") -> tuple[Expression, Expression] | None:
    if len(given) != 2:
        return None
    first, second = arguments(low, given)
    return first, second


def _same(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    pair = _pair(low, given)
    return infer.binary("==", *pair, place, low.report) if pair is not None else None


def _ranked(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    """`Nullable.Compare`: null comes before everything."""
    pair = _pair(low, given)
    if pair is None:
        return None
    null = infer.null_at(place)
    order: Expression = order_of(low, *pair, place)
    for number, side in ((1, pair[1]), (-1, pair[0])):
        missing = infer.binary("==", side, null, place, low.report)
        order = infer.conditional(missing, _whole(number, place), order, place, low.report)
    same = infer.binary("==", *pair, place, low.report)
    return infer.conditional(same, _whole(0, place), order, place, low.report)


def _greater(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    pair = _pair(low, given)
    return _chosen(low, *pair, name == "Max", place) if pair is not None else None


def _chosen(low: "Lowering", first: Expression, second: Expression, greater: bool, place: Place) -> Expression:
    """The greater or the less of two numbers; null where one is."""
    test = infer.binary(">=" if greater else "<=", first, second, place, low.report)
    other = infer.conditional(
        infer.binary("==", first, infer.null_at(place), place, low.report), first, second, place, low.report
    )
    null = infer.conditional(
        infer.binary("==", second, infer.null_at(place), place, low.report), second, other, place, low.report
    )
    return infer.conditional(test, first, null, place, low.report)


def _clamped(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    if len(given) != 3:
        return None
    value, least, most = arguments(low, given)
    return _chosen(low, _chosen(low, value, least, True, place), most, False, place)


def _absolute(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    if len(given) != 1:
        return None
    (value,) = arguments(low, given)
    below = infer.binary("<", value, _whole(0, place), place, low.report)
    other = infer.binary("-", _whole(0, place), value, place, low.report)
    return infer.conditional(below, other, value, place, low.report)


def _sign(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    if len(given) != 1:
        return None
    (value,) = arguments(low, given)
    order = order_of(low, value, _whole(0, place), place)
    missing = infer.binary("==", value, infer.null_at(place), place, low.report)
    return infer.conditional(missing, infer.null_at(place), order, place, low.report)


def _whole(value: int, place: Place) -> Constant:
    return Constant(type=ValueType.INTEGER, value=value, start=place[0], end=place[1])


def _character_text(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    return infer.as_text(arguments(low, given)[0], low.report) if len(given) == 1 else None


def _between(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    if len(given) != 3:
        return None
    value, least, most = arguments(low, given)
    above = infer.binary(">=", value, least, place, low.report)
    return infer.binary("&&", above, infer.binary("<=", value, most, place, low.report), place, low.report)


_MOST_ITEMS = 1000


def _range(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    """`Enumerable.Range(1, 3)`, `Enumerable.Repeat(value, 3)`; the number is constant."""
    pair = _pair(low, given)
    if pair is None:
        return None
    first, count = pair
    number = count.value if isinstance(count, Constant) else None
    if not isinstance(number, int) or not 0 <= number <= _MOST_ITEMS:
        message = f"the number must be a constant from 0 to {_MOST_ITEMS}"
        return low.report.error("E605", message, infer.place_of(count))
    if name == "Repeat":
        return _listed((first,) * number, place, first.type)
    trees = (infer.binary("+", first, _whole(each, place), place, low.report) for each in range(number))
    return _listed(tuple(trees), place, ValueType.INTEGER)


def _listed(trees: tuple[Expression, ...], place: Place, item: ValueType) -> Expression:
    start, end = place
    return ListCall(type=ValueType.LIST, item=item, function="listof", arguments=trees, start=start, end=end)


STATICS: "dict[tuple[str, str], Callable[[Lowering, str, list[Node], Place], Expression | None]]" = {
    ("DateTime", "Equals"): _same,
    ("Nullable", "Compare"): _ranked,
    ("Nullable", "Equals"): _same,
    ("int", "Max"): _greater,
    ("int", "Min"): _greater,
    ("int", "Abs"): _absolute,
    ("int", "Sign"): _sign,
    ("int", "Clamp"): _clamped,
    ("char", "ToString"): _character_text,
    ("char", "IsBetween"): _between,
    ("Enumerable", "Range"): _range,
    ("Enumerable", "Repeat"): _range,
}
"""By class and name."""
