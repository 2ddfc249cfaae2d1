"""An operator, an index or a filter of Jinja that C# does not have goes in, the tree that means the same comes out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import functions, infer, jinja_lists
from compiler.expressions.infer import Place
from compiler.expressions.tree import Constant, Expression, ListCall
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from jinja2 import nodes

    from compiler.expressions.jinja_values import Lowering


def indexed(low: "Lowering", node: "nodes.Getitem") -> Expression:
    """`list[0]`, `text[0]`, `[-1]` for the last."""
    value, position = low.expression(node.node), low.expression(node.arg)
    place = low.place(node)
    if ValueType.NULL in (value.type, position.type):
        return infer.null_at(place)
    if value.type not in (ValueType.LIST, ValueType.STRING) or position.type is not ValueType.INTEGER:
        return low.refused(node, "name a property after a dot, or give the position in a list")
    if isinstance(position, Constant) and isinstance(position.value, int) and position.value < 0:
        if value.type is ValueType.LIST:
            length: Expression = ListCall(type=ValueType.INTEGER, function="count", arguments=(value,))
        else:
            length = infer.call(functions.FUNCTIONS["Length"], [value], place, low.report)
        position = infer.binary("+", length, position, place, low.report)
    return jinja_lists.indexed(low, value, position, place)


def sliced(low: "Lowering", node: "nodes.Getitem", cut: "nodes.Slice") -> Expression:
    """`text[:3]`, `text[2:]`, `text[1:4]`: as much of it as there is."""
    from jinja2 import nodes

    value, place = low.expression(node.node), low.place(node)
    ends = [each.value if isinstance(each, nodes.Const) else None for each in (cut.start, cut.stop)]
    known = [end is not None or each is None for end, each in zip(ends, (cut.start, cut.stop), strict=True)]
    whole = all(isinstance(end, int | None) and (end is None or end >= 0) for end in ends)
    if value.type not in (ValueType.STRING, ValueType.NULL) or cut.step is not None or not all(known) or not whole:
        return low.refused(node, "of a text, name the first character and the one after the last, from 0")
    start, stop = ends[0] or 0, ends[1]
    after = [_whole(start, place)] if stop is None else [_whole(start, place), _whole(max(stop - start, 0), place)]
    length = infer.call(functions.FUNCTIONS["Length"], [value], place, low.report)
    part = infer.call(functions.FUNCTIONS["Substring"], [value, *after], place, low.report)
    rest = infer.call(functions.FUNCTIONS["Substring"], [value, _whole(start, place)], place, low.report)
    is_short = infer.binary("<", length, _whole(start, place), place, low.report)
    empty = infer.text_at("", place)
    if stop is not None:
        has_less = infer.binary("<", length, _whole(max(stop, start), place), place, low.report)
        part = infer.conditional(has_less, rest, part, place, low.report)
    return infer.conditional(is_short, empty, part, place, low.report)


def _whole(value: int, place: Place) -> Constant:
    return Constant(type=ValueType.INTEGER, value=value, start=place[0], end=place[1])


def listed(low: "Lowering", node: "nodes.List | nodes.Tuple") -> Expression:
    """`[a, b]`."""
    place = low.place(node)
    values = [low.expression(each) for each in node.items]
    kinds = {each.type for each in values} - {ValueType.NULL}
    if len(kinds) > 1 or kinds & {ValueType.RESOURCE, ValueType.LIST}:
        return low.report.error("E602", "the values of a list must be of one type", place)
    item = kinds.pop() if kinds else None
    return ListCall(
        type=ValueType.LIST, item=item, function="listof", arguments=tuple(values), start=place[0], end=place[1]
    )


def _default_of(low: "Lowering", value: Expression, arguments: list[Expression], place: Place) -> Expression:
    """`default(other)` where the value is null; with `true` after it, also where a text is empty."""
    other = arguments[0] if arguments else infer.text_at("", place)
    also_empty = arguments[1].value if len(arguments) == 2 and isinstance(arguments[1], Constant) else None
    if len(arguments) > 2 or (len(arguments) == 2 and not isinstance(also_empty, bool)):
        return low.report.error("E605", "`default` takes a value, and `true` or `false`", place)
    if also_empty and value.type is ValueType.STRING:
        is_empty = infer.call(functions.FUNCTIONS["string.IsNullOrEmpty"], [value], place, low.report)
        return infer.conditional(is_empty, other, value, place, low.report)
    return infer.coalesced(value, other, place, low.report)


def divided(low: "Lowering", node: "nodes.BinExpr") -> Expression:
    """`/` is real; `//` and `%` are those of Python: rounded down, and with the sign of the divisor."""
    left, right, place = low.expression(node.left), low.expression(node.right), low.place(node)
    kind = type(node).__name__
    if kind == "Div":
        return infer.binary("/", infer.as_double(left), infer.as_double(right), place, low.report)
    rest = infer.binary("%", left, right, place, low.report)
    if rest.type is not ValueType.INTEGER:
        return rest if rest.type is ValueType.NULL else low.refused(node, "it is for whole numbers")
    zero = _whole(0, place)
    below = [infer.binary("<", each, zero, place, low.report) for each in (rest, right)]
    other_side = infer.binary("!=", below[0], below[1], place, low.report)
    is_off = infer.binary("&&", infer.binary("!=", rest, zero, place, low.report), other_side, place, low.report)
    if kind == "Mod":
        return infer.conditional(is_off, infer.binary("+", rest, right, place, low.report), rest, place, low.report)
    whole = infer.binary("/", left, right, place, low.report)
    less = infer.binary("-", whole, _whole(1, place), place, low.report)
    return infer.conditional(is_off, less, whole, place, low.report)


def _absolute(low: "Lowering", value: Expression, given: list[Expression], place: Place) -> Expression:
    below = infer.binary("<", value, _whole(0, place), place, low.report)
    other = infer.binary("-", _whole(0, place), value, place, low.report)
    return infer.conditional(below, other, value, place, low.report)


def _as_number(kind: ValueType) -> "Callable[[Lowering, Expression, list[Expression], Place], Expression]":
    """`int` and `float`: of what is no number, the default, which is 0."""

    def number(low: "Lowering", value: Expression, given: list[Expression], place: Place) -> Expression:
        if value.type is kind:
            found = value
        elif value.type in (ValueType.INTEGER, ValueType.DOUBLE):
            name = "Double.Truncate" if kind is ValueType.INTEGER else "Integer.ToDouble"
            found = infer.call(functions.FUNCTIONS[name], [value], place, low.report)
        else:
            text = infer.as_text(value, low.report)
            found = infer.call(functions.FUNCTIONS[f"Try.{kind.value}"], [text], place, low.report)
        return infer.coalesced(found, given[0] if given else _whole(0, place), place, low.report)

    return number


def _string(low: "Lowering", value: Expression, given: list[Expression], place: Place) -> Expression:
    return infer.as_text(value, low.report)


OWN: "dict[str, Callable[[Lowering, Expression, list[Expression], Place], Expression]]" = {
    "abs": _absolute,
    "int": _as_number(ValueType.INTEGER),
    "float": _as_number(ValueType.DOUBLE),
    "default": _default_of,
    "d": _default_of,
    "string": _string,
}
"""Filters over one value that are more than a function, by name."""
