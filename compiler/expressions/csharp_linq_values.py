"""A LINQ method that asks nothing of single items goes in (`Concat`, `Reverse`, `Order`), nodes over lists come out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import infer
from compiler.expressions.csharp_sequence import SORTABLE, Linq, as_list, each, item_of, opened
from compiler.expressions.tree import Expression, Key, Sorted
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    pass


def _default_if_empty(linq: Linq) -> Expression:
    """The list, or one of the given value where it is empty."""
    (value,) = linq.low.arguments(linq.given)
    if value.type not in (linq.source.item, ValueType.NULL) or linq.source.item is ValueType.RESOURCE:
        return linq.error("E602", "this is not a value as in the collection")
    one = linq.node("listof", ValueType.LIST, value, item=linq.source.item)
    is_any = infer.any_of(linq.source, linq.place)
    return infer.conditional(is_any, linq.source, one, linq.place, linq.low.report)


def _ordered_by_itself(linq: Linq) -> Expression:
    """`Order()` and `OrderDescending()`."""
    if linq.source.item not in SORTABLE:
        return linq.error("E602", f"{infer.named(linq.source.item or ValueType.NULL)} has no order")
    variable = linq.low.report.variable()
    key = Key(value=item_of(linq.source, variable), is_descending=linq.name.endswith("Descending"))
    start, end = linq.place
    return Sorted(
        type=ValueType.LIST, item=linq.source.item, source=linq.source, variable=variable, keys=(key,),
        start=start, end=end,
    )  # fmt: skip


def _index(linq: Linq) -> Expression:
    """`list.IndexOf(value)`."""
    (value,) = linq.low.arguments(linq.given)
    if linq.source.item is ValueType.RESOURCE or value.type not in (linq.source.item, ValueType.NULL):
        return linq.error("E602", "this is not a value as in the collection")
    return linq.node("index", ValueType.INTEGER, linq.source, value)


def _equal(linq: Linq) -> Expression:
    """`SequenceEqual`."""
    (other,) = linq.low.arguments(linq.given)
    if linq.source.item is ValueType.RESOURCE or infer.unified(linq.source, other) is not ValueType.LIST:
        return linq.error("E602", "this is not a collection of the same values")
    return linq.node("equal", ValueType.BOOLEAN, linq.source, other)


def _same(linq: Linq) -> Expression:
    return linq.source


def _whole(function: str) -> "Callable[[Linq], Expression]":
    return lambda linq: linq.node(function, ValueType.LIST, linq.source, item=linq.source.item)


def _hash_set(linq: Linq) -> Expression:
    return linq.source if linq.source.item is ValueType.RESOURCE else _whole("distinct")(linq)


def _joined(linq: Linq) -> Expression:
    (other,) = linq.low.arguments(linq.given)
    other = as_list(other) if linq.source.item is ValueType.CHAR else other
    if other.type is not ValueType.LIST or infer.unified(linq.source, other) is None:
        return linq.low.report.error("E602", "this is not a collection of the same values", infer.place_of(other))
    both = linq.node("concat", ValueType.LIST, linq.source, other, item=linq.source.item or other.item)
    return both if linq.name == "Concat" else linq.node("distinct", ValueType.LIST, both, item=both.item)


def _added(linq: Linq) -> Expression:
    (value,) = linq.low.arguments(linq.given)
    if value.type not in (linq.source.item, ValueType.NULL) and linq.source.item is not None:
        return linq.low.report.error("E602", "this is not a value as in the collection", infer.place_of(value))
    item = linq.source.item or value.type
    one = linq.node("listof", ValueType.LIST, value, item=item)
    parts = (linq.source, one) if linq.name == "Append" else (one, linq.source)
    return linq.node("concat", ValueType.LIST, *parts, item=item)


def _kept(linq: Linq) -> Expression:
    """`Except` and `Intersect`, which also leave out repetitions."""
    (other,) = linq.low.arguments(linq.given)
    if other.type is not ValueType.LIST or infer.unified(linq.source, other) is None:
        return linq.low.report.error("E602", "this is not a collection of the same values", infer.place_of(other))
    base, variable, item, _ = opened(linq.low, linq.source)
    test = linq.node("contains", ValueType.BOOLEAN, other, item)
    if linq.name == "Except":
        test = infer.negated(test, linq.place, linq.low.report)
    kept = each(linq, "where", base, variable, test)
    return linq.node("distinct", ValueType.LIST, kept, item=kept.item)


VALUE_METHODS: "dict[str, tuple[int, int, Callable[[Linq], Expression]]]" = {
    "ToList": (0, 0, _same),
    "ToArray": (0, 0, _same),
    "AsEnumerable": (0, 0, _same),
    "ToHashSet": (0, 0, _hash_set),
    "Distinct": (0, 0, _whole("distinct")),
    "Reverse": (0, 0, _whole("reverse")),
    "Concat": (1, 1, _joined),
    "Union": (1, 1, _joined),
    "Append": (1, 1, _added),
    "Prepend": (1, 1, _added),
    "DefaultIfEmpty": (1, 1, _default_if_empty),
    "Order": (0, 0, _ordered_by_itself),
    "OrderDescending": (0, 0, _ordered_by_itself),
    "IndexOf": (1, 1, _index),
    "SequenceEqual": (1, 1, _equal),
    "Except": (1, 1, _kept),
    "Intersect": (1, 1, _kept),
}
"""By name: the fewest and the most arguments, and what makes the node."""
