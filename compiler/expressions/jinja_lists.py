"""A list in a Jinja template and what is done to it go in (`for`, filters, an index), nodes over lists come out.

They mean what Jinja's own mean, but that null counts as empty where values are joined; texts are sorted without regard
to letter case.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.expressions import functions, infer
from compiler.expressions.csharp_members import reach
from compiler.expressions.csharp_sequence import as_list, inside, opened
from compiler.expressions.infer import Place
from compiler.expressions.tree import Constant, Each, Expression, Key, ListCall, Sorted
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from jinja2 import nodes

    from compiler.expressions.jinja_values import Lowering

Body = Callable[[Expression], Expression]

_SORTABLE = (ValueType.STRING, ValueType.CHAR, ValueType.INTEGER, ValueType.DOUBLE, ValueType.DATETIME)
_NUMBERS = (ValueType.INTEGER, ValueType.DOUBLE)


def looped(low: "Lowering", source: Expression, body: Body, place: Place) -> Expression:
    """What `for` writes: the text of each item, one after the other."""
    return joined(low, infer.text_at("", place), selected(low, source, body, place), place)


def filtered(low: "Lowering", source: Expression, test: Body, place: Place) -> Expression:
    """The items for which a condition holds."""
    base, variable, item, around = opened(low, source)
    condition = infer.condition(test(item), low.report)
    kept = _each("where", base, variable, condition, base.item, place)
    return kept if around is None else replace(around, source=kept)


def selected(low: "Lowering", source: Expression, body: Body, place: Place) -> Expression:
    """The list of what a body makes of each item."""
    base, variable, item, _ = opened(low, source)
    value = body(item)
    if value.type in (ValueType.LIST, ValueType.MAP):
        return low.report.error("E601", "a collection of collections cannot be made", place, "go through it with `for`")
    return _each("select", base, variable, value, value.type, place)


def joined(low: "Lowering", separator: Expression, items: Expression, place: Place) -> Expression:
    """The items as one text."""
    if items.item is ValueType.RESOURCE:
        help = "name a property of theirs: `|map(attribute='Name')|join`"
        return low.report.error("E602", "resources have no text to be joined", infer.place_of(items), help)
    texts = selected(low, items, lambda item: infer.as_text(item, low.report), place)
    return _call("join", ValueType.STRING, (separator, texts), place)


def indexed(low: "Lowering", value: Expression, position: Expression, place: Place) -> Expression:
    """`list[0]`, `text[0]`; null outside."""
    if value.type is ValueType.LIST:
        return _picked(low, "at", value, place, position)
    return infer.call(functions.FUNCTIONS["string.Character"], [value, position], place, low.report)


def attribute_of(low: "Lowering", item: Expression, path: str, place: Place) -> Expression:
    """A property of an item, or one reached from it: `Light.Name`."""
    for name in path.split("."):
        if item.type is not ValueType.RESOURCE:
            return low.report.error("E602", f"{infer.named(item.type)} has no `{name}`", place)
        item = reach(low, item, name, place)
    return item


def filter_of(low: "Lowering", name: str, source: Expression, node: "nodes.Filter", place: Place) -> Expression | None:
    """A filter over a list, or over the characters of a text; None for one that is none."""
    made = _FILTERS.get(name)
    if made is None or (source.type is not ValueType.LIST and name not in _OF_TEXTS):
        return None
    if node.dyn_args or node.dyn_kwargs or any(each.key not in _NAMED for each in node.kwargs):
        return low.refused(node, "arguments with names are " + ", ".join(_NAMED))
    return made(low, as_list(source) if source.type is ValueType.STRING else source, node, place)


def _each(
    operation: str, source: Expression, variable: int, body: Expression, item: ValueType | None, at: Place
) -> Each:
    return Each(
        type=ValueType.LIST, item=item, operation="where" if operation == "where" else "select", source=source,
        variable=variable, body=body, start=at[0], end=at[1],
    )  # fmt: skip


def _call(
    function: str, kind: ValueType, trees: tuple[Expression, ...], place: Place, item: ValueType | None = None
) -> Expression:
    return ListCall(type=kind, item=item, function=function, arguments=trees, start=place[0], end=place[1])


def _picked(low: "Lowering", function: str, source: Expression, place: Place, *others: Expression) -> Expression:
    """One item of a list; of resources, their ids are what is chosen from."""
    if source.item is ValueType.RESOURCE and not (isinstance(source, Each) and source.operation == "select"):
        source = selected(low, source, lambda item: item, place)
    return _call(function, source.item or ValueType.NULL, (source, *others), place)


def _first(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    return _picked(low, node.name, source, place)


def _length(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    return _call("count", ValueType.INTEGER, (source,), place)


def _same(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    return source


def _reversed(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    base, around = inside(source)
    turned = _call("reverse", ValueType.LIST, (base,), place, base.item)
    turned = turned if around is None else replace(around, source=turned)
    return joined(low, infer.text_at("", place), turned, place) if source.item is ValueType.CHAR else turned


def _mapped(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    """`map(attribute='Name')`, or `map('upper')` with a filter's name."""
    path = low.constant_of(node, "attribute", None)
    if path is not None:
        return selected(low, source, lambda item: attribute_of(low, item, path, place), place)
    name = low.constant_of(node, "", 0)
    if name is None:
        return low.report.error("E605", "`map` takes attribute='…' or the name of a filter", place)
    given = [low.expression(each) for each in node.args[1:]]
    return selected(low, source, lambda item: low.filtered(item, name, given, node), place)


def _tested(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    """`select('test', …)`, `selectattr('Name', 'test', …)` and their opposites."""
    of_attribute = node.name.endswith("attr")
    path = low.constant_of(node, "", 0) if of_attribute else ""
    given = node.args[1 if of_attribute else 0 :]
    test = low.constant_of(node, "", 1 if of_attribute else 0) if given else ""
    if path is None or test is None or (not given and not of_attribute):
        return low.report.error("E605", f"`{node.name}` takes constant names of a property and a test", place)
    arguments = [low.expression(each) for each in given[1:]]

    def holds(item: Expression) -> Expression:
        value = attribute_of(low, item, path, place) if path else item
        tested = low.test(test, value, arguments, place) if test else infer.condition(value, low.report)
        return tested if node.name.startswith("select") else _not_true(low, tested, place)

    return filtered(low, source, holds, place)


def _not_true(low: "Lowering", tested: Expression, place: Place) -> Expression:
    """What is unknown does not hold, so that it is kept."""
    true = Constant(type=ValueType.BOOLEAN, value=True, start=place[0], end=place[1])
    return infer.binary("!=", tested, true, place, low.report)


def _sorted(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    """`sort`, `sort(attribute='Name')`, `sort(reverse=true)`."""
    base, variable, item, around = opened(low, source)
    path = low.constant_of(node, "attribute", 2)
    value = attribute_of(low, item, path, place) if path else item
    if value.type not in _SORTABLE:
        return low.report.error(
            "E602", f"{infer.named(value.type)} has no order", place, "name a property: attribute='…'"
        )
    if value.type is ValueType.STRING and low.flag_of(node, "case_sensitive", 1) is not True:
        value = infer.call(functions.FUNCTIONS["ToLower"], [value], place, low.report)
    key = Key(value=value, is_descending=low.flag_of(node, "reverse", 0) is True)
    start, end = place
    made = Sorted(
        type=ValueType.LIST, item=base.item, source=base, variable=variable, keys=(key,), start=start, end=end
    )
    return made if around is None else replace(around, source=made)


def _joined(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    """`join(', ')`, `join(', ', attribute='Name')`."""
    path = low.constant_of(node, "attribute", 1)
    if path is not None:
        items = source
        source = selected(low, items, lambda item: attribute_of(low, item, path, place), place)
    separator = infer.as_text(low.expression(node.args[0]), low.report) if node.args else infer.text_at("", place)
    return joined(low, separator, source, place)


def _measured(low: "Lowering", source: Expression, node: "nodes.Filter", place: Place) -> Expression:
    """`sum`, `min` and `max`, also with attribute='…'."""
    path = low.constant_of(node, "attribute", 0)
    values = selected(low, source, lambda item: attribute_of(low, item, path, place), place) if path else source
    known = _NUMBERS if node.name == "sum" else (*_NUMBERS, ValueType.DATETIME)
    if values.item not in known:
        message = f"`{node.name}` needs numbers" + ("" if node.name == "sum" else " or dates")
        return low.report.error("E602", message, place, "name a property: attribute='…'")
    kind = values.item or ValueType.NULL
    return _call(f"sum_{kind.value}" if node.name == "sum" else node.name, kind, (values,), place)


_NAMED = ("attribute", "reverse", "case_sensitive")
_OF_TEXTS = ("first", "last", "reverse", "list")
_FILTERS: "dict[str, Callable[[Lowering, Expression, nodes.Filter, Place], Expression]]" = {
    **dict.fromkeys(("first", "last"), _first),
    **dict.fromkeys(("length", "count"), _length),
    **dict.fromkeys(("select", "reject", "selectattr", "rejectattr"), _tested),
    **dict.fromkeys(("sum", "min", "max"), _measured),
    "list": _same,
    "reverse": _reversed,
    "map": _mapped,
    "sort": _sorted,
    "join": _joined,
}
"""By name."""

NAMES = tuple(_FILTERS)
