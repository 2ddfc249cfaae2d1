"""A LINQ method after a collection goes in, nodes over lists come out.

On resources only the documented methods may be called (provisioning.md §4.4); once values are selected, all that have
an entry here. Texts are ordered by their characters' numbers, null comes first, and sorting is stable.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer
from compiler.expressions.csharp_lambda import applied, is_of_two
from compiler.expressions.csharp_linq_values import VALUE_METHODS
from compiler.expressions.csharp_sequence import SORTABLE, Linq, each, inside, opened
from compiler.expressions.tree import Binary, Constant, Each, Expression, Fold, Item, Key, Sorted
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

ON_RESOURCES = (
    "Max",
    "Min",
    "Count",
    "Select",
    "Any",
    "All",
    "Where",
    "First",
    "Last",
    "Single",
    "OrderBy",
    "OrderByDescending",
    "ThenBy",
    "ThenByDescending",
    "Skip",
    "SkipLast",
    "Contains",
    "FirstOrDefault",
    "SingleOrDefault",
    "LastOrDefault",
    "ToList",
    "ToArray",
    "ToHashSet",
)
"""What may be called on resources."""

_MEASURED = SORTABLE[:5]


def call(linq: Linq) -> Expression:
    """The value of `collection.Method(…)`."""
    if linq.source.item is ValueType.RESOURCE and linq.name in _METHODS and linq.name not in ON_RESOURCES:
        return linq.error(
            "E613",
            f"`{linq.name}` is not authorised on resources",
            f"select values first, for example `.Select(x => x.…).{linq.name}(…)`",
        )
    method = _METHODS.get(linq.name)
    if method is None and linq.name in _ELSEWHERE:
        return linq.error("E499", f"`{linq.name}` is not supported yet", "use `foreach`, Where, Select and OrderBy")
    if method is None:
        return linq.error("E601", f"`{linq.name}` is not authorised on a collection", did_you_mean(linq.name, _METHODS))
    fewest, most, make = method
    if not fewest <= len(linq.given) <= most:
        return linq.error("E605", f"`{linq.name}` takes {_count(fewest, most)}, not {len(linq.given)}")
    return make(linq)


def _count(fewest: int, most: int) -> str:
    return "no arguments" if most == 0 else "one argument" if fewest == most else f"{fewest} to {most} arguments"


def _where(linq: Linq, *, negated: bool = False) -> Expression:
    low = linq.low
    base, variable, item, around = opened(low, linq.source)
    index = _index_variable(low, linq.given[0])
    test = infer.condition(applied(low, linq.given[0], item, *_numbers(index)), low.report)
    if negated:
        true = Constant(type=ValueType.BOOLEAN, value=True, start=test.start, end=test.end)
        test = Binary(type=ValueType.BOOLEAN, operator="!=", left=test, right=true, start=test.start, end=test.end)
    return _around(around, each(linq, "where", base, variable, test, index))


def _index_variable(low: "Lowering", argument: "Node") -> int | None:
    """The variable of an item's number, where `(x, i) => …` asks for it."""
    return low.report.variable() if is_of_two(argument) else None


def _numbers(index: int | None) -> tuple[Expression, ...]:
    return () if index is None else (Item(type=ValueType.INTEGER, variable=index),)


def _around(selection: Each | None, inner: Expression) -> Expression:
    return inner if selection is None else replace(selection, source=inner)


def _select(linq: Linq) -> Expression:
    low = linq.low
    base, variable, item, _ = opened(low, linq.source)
    index = _index_variable(low, linq.given[0])
    body = applied(low, linq.given[0], item, *_numbers(index))
    if body.type in (ValueType.LIST, ValueType.MAP):
        message = "a collection of collections cannot be selected"
        return low.report.error("E601", message, infer.place_of(body), "make one value of each, for example by Count()")
    if body.type is ValueType.RESOURCE and not isinstance(body, Item):
        message = "the resources selected must be reached from those gone through"
        return low.report.error("E601", message, infer.place_of(body), "select one of their properties")
    return each(linq, "select", base, variable, body, index)


def _aggregated(linq: Linq) -> Expression:
    """`Aggregate(seed, (total, x) => …)`."""
    low, place = linq.low, linq.place
    (seed,) = low.arguments(linq.given[:1])
    if seed.type in (ValueType.LIST, ValueType.MAP, ValueType.RESOURCE, ValueType.NULL):
        return linq.error("E602", f"`Aggregate` begins with a value, not {infer.named(seed.type)}")
    base, variable, item, _ = opened(low, linq.source)
    state = low.report.variable()
    total = Item(type=seed.type, variable=state, segments=("0",), start=place[0], end=place[1])
    body = applied(low, linq.given[1], total, item)
    if infer.unified(seed, body) is not seed.type:
        return linq.error(
            "E602", f"`Aggregate` begins with {infer.named(seed.type)} and makes {infer.named(body.type)}"
        )
    body = infer.as_double(body) if seed.type is ValueType.DOUBLE else body
    return Fold(
        type=seed.type, source=base, variable=variable, state=state, initial=(seed,), body=(body,), result=0,
        start=place[0], end=place[1],
    )  # fmt: skip


def _filtered(linq: Linq) -> Linq:
    """The call without its condition, on what the condition leaves."""
    return Linq(linq.low, _where(linq), linq.name, linq.name_place, [], linq.place) if linq.given else linq


def _any(linq: Linq) -> Expression:
    return linq.node("any", ValueType.BOOLEAN, _filtered(linq).source)


def _all(linq: Linq) -> Expression:
    """All, when there is none for which the condition does not hold."""
    exception = linq.node("any", ValueType.BOOLEAN, _where(linq, negated=True))
    return infer.negated(exception, linq.place, linq.low.report)


def _counted(linq: Linq) -> Expression:
    return linq.node("count", ValueType.INTEGER, _filtered(linq).source)


def _picked(function: str) -> "Callable[[Linq], Expression]":
    def picked(linq: Linq) -> Expression:
        if linq.name.endswith("OrDefault") and linq.given and not _is_condition(linq.given[0]):
            return _or_given(linq, function)
        if len(linq.given) == 2:
            return _or_given(linq, function)
        source = _filtered(linq).source
        if linq.name.endswith("OrDefault") and source.item is ValueType.CHAR:
            return linq.error("E601", f"`{linq.name}` of no characters would be NUL", "test with Any() first")
        return pick(linq, function, source)

    return picked


def _is_condition(argument: "Node") -> bool:
    return argument.named_children[0].type in ("lambda_expression", "member_access_expression")


def _or_given(linq: Linq, function: str) -> Expression:
    """`FirstOrDefault(condition, other)`, `FirstOrDefault(other)`."""
    low, given = linq.low, linq.given[:-1]
    source = _filtered(Linq(low, linq.source, linq.name, linq.name_place, given, linq.place)).source
    (other,) = low.arguments(linq.given[-1:])
    is_any = infer.any_of(source, linq.place)
    return infer.conditional(is_any, pick(linq, function, source), other, linq.place, low.report)


def pick(linq: Linq, function: str, source: Expression, *others: Expression) -> Expression:
    """One item of a list; of resources, their ids are what is chosen from."""
    kind = source.item or ValueType.NULL
    return linq.node(function, kind, _values(linq, source), *others)


def _values(linq: Linq, source: Expression) -> Expression:
    is_selection = isinstance(source, Each) and source.operation == "select"
    if source.item is not ValueType.RESOURCE or is_selection:
        return source
    base, variable, item, _ = opened(linq.low, source)
    return each(linq, "select", base, variable, item)


def _element_at(linq: Linq) -> Expression:
    (index,) = linq.low.arguments(linq.given)
    if index.type is not ValueType.INTEGER:
        return linq.error("E602", "the position must be an integer")
    return pick(linq, "at", linq.source, index)


def _ordered(linq: Linq) -> Expression:
    low = linq.low
    base, variable, item, around = opened(low, linq.source)
    value = applied(low, linq.given[0], item)
    if value.type not in (*SORTABLE, ValueType.NULL):
        return low.report.error("E602", f"{infer.named(value.type)} has no order", infer.place_of(value))
    key = Key(value=value, is_descending=linq.name.endswith("Descending"))
    keys: tuple[Key, ...] = (key,)
    if linq.name.startswith("ThenBy"):
        if not isinstance(base, Sorted):
            return linq.error("E605", f"`{linq.name}` follows `OrderBy`", "write OrderBy first")
        keys, base = (*base.keys, key), base.source
    start, end = linq.place
    made = Sorted(type=ValueType.LIST, item=base.item, source=base, variable=variable, keys=keys, start=start, end=end)
    return _around(around, made)


def _sliced(function: str) -> "Callable[[Linq], Expression]":
    def sliced(linq: Linq) -> Expression:
        (count,) = linq.low.arguments(linq.given)
        if count.type is not ValueType.INTEGER:
            return linq.low.report.error("E602", "the number must be an integer", infer.place_of(count))
        base, around = inside(linq.source)
        return _around(around, linq.node(function, ValueType.LIST, base, count, item=base.item))

    return sliced


def _contains(linq: Linq) -> Expression:
    (sought,) = linq.low.arguments(linq.given)
    values = _values(linq, linq.source)
    if sought.type not in (values.item, ValueType.NULL):
        named = infer.named(values.item or ValueType.NULL), infer.named(sought.type)
        message = f"each item is {named[0]}, and this is {named[1]}"
        return linq.low.report.error("E602", message, infer.place_of(sought))
    return linq.node("contains", ValueType.BOOLEAN, values, sought)


def _selected(linq: Linq) -> Expression:
    return _select(linq) if linq.given else linq.source


def _extreme(function: str) -> "Callable[[Linq], Expression]":
    def extreme(linq: Linq) -> Expression:
        values = _selected(linq)
        if values.item not in (*_MEASURED, ValueType.NULL):
            return linq.error("E602", f"`{linq.name}` needs numbers, dates or texts", "name a property: `x => x.…`")
        return linq.node(function, values.item or ValueType.NULL, values)

    return extreme


def _sum(linq: Linq) -> Expression:
    values = _selected(linq)
    if values.item not in (ValueType.INTEGER, ValueType.DOUBLE):
        return linq.error("E602", "`Sum` needs numbers")
    return linq.node(f"sum_{values.item.value}", values.item, values)


def _average(linq: Linq) -> Expression:
    values = _selected(linq)
    if values.item not in (ValueType.INTEGER, ValueType.DOUBLE):
        return linq.error("E602", "`Average` needs numbers")
    return linq.node("average", ValueType.DOUBLE, values)


_METHODS: "dict[str, tuple[int, int, Callable[[Linq], Expression]]]" = {
    "Where": (1, 1, _where),
    "Select": (1, 1, _select),
    "Any": (0, 1, _any),
    "All": (1, 1, _all),
    "Count": (0, 1, _counted),
    "LongCount": (0, 1, _counted),
    "First": (0, 1, _picked("first")),
    "FirstOrDefault": (0, 2, _picked("first")),
    "Last": (0, 1, _picked("last")),
    "LastOrDefault": (0, 2, _picked("last")),
    "Single": (0, 1, _picked("single")),
    "SingleOrDefault": (0, 2, _picked("single")),
    "ElementAt": (1, 1, _element_at),
    "ElementAtOrDefault": (1, 1, _element_at),
    "OrderBy": (1, 1, _ordered),
    "OrderByDescending": (1, 1, _ordered),
    "ThenBy": (1, 1, _ordered),
    "ThenByDescending": (1, 1, _ordered),
    "Skip": (1, 1, _sliced("skip")),
    "SkipLast": (1, 1, _sliced("skiplast")),
    "Take": (1, 1, _sliced("take")),
    "Contains": (1, 1, _contains),
    "Min": (0, 1, _extreme("min")),
    "Max": (0, 1, _extreme("max")),
    "Sum": (0, 1, _sum),
    "Average": (0, 1, _average),
    "Aggregate": (2, 2, _aggregated),
    **VALUE_METHODS,
    "TakeLast": (1, 1, _sliced("takelast")),
}

_ELSEWHERE = (
    *("Chunk", "DistinctBy", "ExceptBy", "GroupBy", "GroupJoin", "IntersectBy", "Join", "MaxBy", "MinBy"),
    *("SelectMany", "SkipWhile", "TakeWhile", "ToDictionary", "ToLookup", "UnionBy", "Zip"),
)
"""Methods of System.Linq that are not understood yet."""


def is_linq(name: str) -> bool:
    """Whether a name is a method over sequences."""
    return name in _METHODS or name in _ELSEWHERE


def members_of(kind: ValueType) -> list[str]:
    """What may follow a value that is a sequence, for suggestions."""
    return [*_METHODS] if kind is ValueType.LIST else functions.members_of(kind)
