"""A LINQ method after a collection goes in, nodes over lists come out.

On resources only the documented methods may be called (provisioning.md §4.4); once values are selected, all that have
an entry here. Texts are ordered by their characters' numbers, null comes first, and sorting is stable.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer
from compiler.expressions.csharp_lambda import applied, is_of_two
from compiler.expressions.infer import Place
from compiler.expressions.members import Asking
from compiler.expressions.tree import Binary, Constant, Each, Expression, Fold, Item, Key, ListCall, Sorted
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

_SORTABLE = (
    ValueType.STRING,
    ValueType.CHAR,
    ValueType.INTEGER,
    ValueType.DOUBLE,
    ValueType.DATETIME,
    ValueType.BOOLEAN,
    ValueType.GUID,
)
_MEASURED = _SORTABLE[:5]


class Linq(Struct, frozen=True):
    """One call: the collection, the method's name and place, the argument nodes, the place of the whole."""

    low: "Lowering"
    source: Expression
    name: str
    name_place: Place
    given: "list[Node]"
    place: Place

    def node(self, function: str, kind: ValueType, *arguments: Expression, item: ValueType | None = None) -> Expression:
        """A function over lists as the call's value."""
        return ListCall(
            type=kind, item=item, function=function, arguments=arguments, start=self.place[0], end=self.place[1]
        )

    def error(self, code: str, message: str, help: str = "") -> Constant:
        """Something wrong with the method."""
        return self.low.report.error(code, message, self.name_place, help)


def as_list(tree: Expression) -> Expression:
    """A text as the list of its characters."""
    if tree.type is not ValueType.STRING:
        return tree
    at = infer.place_of(tree)
    kind, item = ValueType.LIST, ValueType.CHAR
    return ListCall(type=kind, item=item, function="characters", arguments=(tree,), start=at[0], end=at[1])


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


def opened(low: Asking, source: Expression) -> tuple[Expression, int, Expression, Each | None]:
    """What is gone through, its variable, what an item is, and the selection of resources to be put back around.

    Resources reached from resources stay resources: what is done to `groups.Select(g => g.Owner)` is done to the
    groups, and the owners are selected last.
    """
    if isinstance(source, Each) and source.operation == "select" and source.item is ValueType.RESOURCE:
        return source.source, source.variable, source.body, source
    variable = source.variable if isinstance(source, Sorted) else low.report.variable()
    return source, variable, item_of(source, variable), None


def item_of(source: Expression, variable: int) -> Item:
    """What a variable holds that goes through a list."""
    targets = infer.targets_of(source) if source.item is ValueType.RESOURCE else frozenset[str | None]()
    return Item(
        type=source.item or ValueType.NULL, variable=variable, target=next(iter(targets), None), start=source.start
    )


def _where(linq: Linq, *, negated: bool = False) -> Expression:
    low = linq.low
    base, variable, item, around = opened(low, linq.source)
    index = _index_variable(low, linq.given[0])
    test = infer.condition(applied(low, linq.given[0], item, *_numbers(index)), low.report)
    if negated:
        true = Constant(type=ValueType.BOOLEAN, value=True, start=test.start, end=test.end)
        test = Binary(type=ValueType.BOOLEAN, operator="!=", left=test, right=true, start=test.start, end=test.end)
    return _around(around, _each(linq, "where", base, variable, test, index))


def _index_variable(low: "Lowering", argument: "Node") -> int | None:
    """The variable of an item's number, where `(x, i) => …` asks for it."""
    return low.report.variable() if is_of_two(argument) else None


def _numbers(index: int | None) -> tuple[Expression, ...]:
    return () if index is None else (Item(type=ValueType.INTEGER, variable=index),)


def _each(
    linq: Linq, operation: str, base: Expression, variable: int, body: Expression, index: int | None = None
) -> Each:
    start, end = linq.place
    item = base.item if operation == "where" else body.type
    return Each(
        type=ValueType.LIST,
        item=item,
        operation="where" if operation == "where" else "select",
        source=base,
        variable=variable,
        body=body,
        index=index,
        start=start,
        end=end,
    )


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
    return _each(linq, "select", base, variable, body, index)


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
    if linq.source.item not in _SORTABLE:
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


def pick(linq: Linq, function: str, source: Expression, *others: Expression) -> Expression:
    """One item of a list; of resources, their ids are what is chosen from."""
    kind = source.item or ValueType.NULL
    return linq.node(function, kind, _values(linq, source), *others)


def _values(linq: Linq, source: Expression) -> Expression:
    is_selection = isinstance(source, Each) and source.operation == "select"
    if source.item is not ValueType.RESOURCE or is_selection:
        return source
    base, variable, item, _ = opened(linq.low, source)
    return _each(linq, "select", base, variable, item)


def _element_at(linq: Linq) -> Expression:
    (index,) = linq.low.arguments(linq.given)
    if index.type is not ValueType.INTEGER:
        return linq.error("E602", "the position must be an integer")
    return pick(linq, "at", linq.source, index)


def _ordered(linq: Linq) -> Expression:
    low = linq.low
    base, variable, item, around = opened(low, linq.source)
    value = applied(low, linq.given[0], item)
    if value.type not in (*_SORTABLE, ValueType.NULL):
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


def inside(source: Expression) -> tuple[Expression, Each | None]:
    """What resources are selected from, and the selection; the list itself where nothing is selected."""
    if isinstance(source, Each) and source.operation == "select" and source.item is ValueType.RESOURCE:
        return source.source, source
    return source, None


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
    kept = _each(linq, "where", base, variable, test)
    return linq.node("distinct", ValueType.LIST, kept, item=kept.item)


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
    "Aggregate": (2, 2, _aggregated),
    "DefaultIfEmpty": (1, 1, _default_if_empty),
    "Order": (0, 0, _ordered_by_itself),
    "OrderDescending": (0, 0, _ordered_by_itself),
    "TakeLast": (1, 1, _sliced("takelast")),
    "IndexOf": (1, 1, _index),
    "SequenceEqual": (1, 1, _equal),
    "Except": (1, 1, _kept),
    "Intersect": (1, 1, _kept),
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
