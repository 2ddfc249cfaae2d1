"""Members of values and calls in C# go in, calls of functions come out; the table of functions is the white list."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import (
    csharp_implicit,
    csharp_linq,
    csharp_objects,
    csharp_query,
    csharp_regex,
    csharp_sequence,
    csharp_texts,
    functions,
    infer,
)
from compiler.expressions.csharp_arguments import arguments, compared_without_case
from compiler.expressions.csharp_constants import TYPES
from compiler.expressions.csharp_numbers import order_of
from compiler.expressions.csharp_sequence import Linq
from compiler.expressions.csharp_statics import CLASSES, static_call
from compiler.expressions.infer import Place
from compiler.expressions.time_functions import UNITS
from compiler.expressions.tree import Constant, Expression, Operator
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_DEFAULTS: dict[ValueType, str | int | float | bool] = {
    ValueType.BOOLEAN: False,
    ValueType.INTEGER: 0,
    ValueType.DOUBLE: 0.0,
    ValueType.DATETIME: "00010101000000",
    ValueType.SPAN: 0,
}
_CAST = re.compile(r"(?:Cast|OfType)<([\w.]+\??)>")
_COMPARED = ("Equals", "StartsWith", "EndsWith", "Contains", "IndexOf")


def class_of(low: "Lowering", node: "Node") -> str | None:
    """The class that a node names, unless a variable has that name."""
    name = low.source.text(node)
    return name if name in CLASSES and name not in low.names else None


def value_member(low: "Lowering", receiver: Expression, name: str, name_node: "Node", place: Place) -> Expression:
    """`value.Length`, `value.HasValue`, `value.Year` …"""
    if receiver.type is ValueType.NULL:
        return infer.null_at(place)
    matched = csharp_regex.match_member(low, receiver, name, place)
    if matched is not None:
        return matched
    if receiver.type is ValueType.LIST and name in ("Count", "Length"):
        return csharp_linq.call(Linq(low, receiver, "Count", low.place(name_node), [], place))
    if receiver.type not in (ValueType.STRING, ValueType.LIST, ValueType.MAP):
        if name == "HasValue":
            return infer.binary("!=", receiver, infer.null_at(place), place, low.report)
        if name == "Value":
            return receiver
    function = functions.property_of(receiver.type, name)
    if function is None:
        return _no_member(low, receiver.type, name, low.place(name_node))
    return infer.call(function, [receiver], place, low.report)


def invocation(low: "Lowering", node: "Node") -> Expression:
    """`value.Method(…)` or `Class.Method(…)`."""
    target, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if target is None or arguments is None or target.type != "member_access_expression":
        return low.refused(target or node)
    receiver_node, name_node = target.child_by_field_name("expression"), target.child_by_field_name("name")
    if receiver_node is None or name_node is None:
        return low.refused(node)
    given = [child for child in arguments.named_children if child.type == "argument"]
    if csharp_query.is_query(low, receiver_node, name_node):
        return csharp_query.query(low, name_node, given, low.place(node))
    cast = _CAST.fullmatch(low.source.text(name_node))
    if cast is not None:
        items = low.expression(receiver_node)
        is_same = items.item is not None and TYPES.get(cast[1].rstrip("?")) is items.item
        return items if is_same else low.refused(name_node)
    if name_node.type != "identifier":
        return low.refused(name_node)
    name = low.source.text(name_node)
    class_name = class_of(low, receiver_node)
    if class_name is not None:
        return static_call(low, class_name, name, given, node)
    receiver = low.expression(receiver_node)
    if receiver.type is ValueType.NULL:
        return infer.null_at(low.place(node))
    found = _of_object(low, receiver, name, given, low.place(node))
    return found if found is not None else _method_call(low, receiver, name, name_node, given, low.place(node))


def _of_object(
    low: "Lowering", receiver: Expression, name: str, given: "list[Node]", place: Place
) -> Expression | None:
    """A method of `new Regex(…)`, `new Random()` or an implicit variable; None for a value."""
    if csharp_implicit.is_implicit(receiver):
        return csharp_implicit.method(low, receiver, name, given, place)
    return csharp_regex.regex_method(low, receiver, name, given, place)


def _method_call(
    low: "Lowering", receiver: Expression, name: str, name_node: "Node", given: "list[Node]", place: Place
) -> Expression:
    if name in _COMPARED and len(given) == 2:
        ignores_case = compared_without_case(low, given[1])
        if ignores_case is not None:
            return _compared(low, receiver, name, given[0], ignores_case, place)
    entry = csharp_objects.map_method(low, receiver, name, given, place) if receiver.type is ValueType.MAP else None
    if entry is not None:
        return entry
    if receiver.type is ValueType.STRING and name in csharp_texts.METHODS:
        return csharp_texts.METHODS[name](low, receiver, given, place)
    function, special = functions.method(receiver.type, name), _SPECIAL.get(name)
    is_text = receiver.type is ValueType.STRING and function is None and csharp_linq.is_linq(name)
    if receiver.type is ValueType.LIST or is_text:
        sequence = csharp_sequence.as_list(receiver)
        return csharp_linq.call(Linq(low, sequence, name, low.place(name_node), given, place))
    if function is None and special is None:
        return _no_member(low, receiver.type, name, low.place(name_node))
    trees = arguments(low, given)
    tree = special(low, receiver, trees, place) if special is not None else None
    if tree is not None:
        return tree
    if function is None:
        return _no_member(low, receiver.type, name, low.place(name_node))
    return infer.call(function, [receiver, *trees], place, low.report)


def _equals(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    if len(arguments) != 1 or receiver.type is ValueType.RESOURCE:
        return None
    return infer.binary("==", receiver, arguments[0], place, low.report)


def _to_string(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    format = {ValueType.INTEGER: "Integer.Format", ValueType.DOUBLE: "Double.Format"}.get(receiver.type)
    if format is not None and len(arguments) == 1:
        return infer.call(functions.FUNCTIONS[format], [receiver, *arguments], place, low.report)
    return infer.as_text(receiver, low.report) if not arguments and receiver.type is not ValueType.RESOURCE else None


def _or_default(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    if receiver.type not in _DEFAULTS or len(arguments) > 1:
        return None
    default = Constant(type=receiver.type, value=_DEFAULTS[receiver.type], start=place[0], end=place[1])
    return infer.coalesced(receiver, arguments[0] if arguments else default, place, low.report)


def _index_of(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    """`IndexOf(text, start)`."""
    if receiver.type is not ValueType.STRING or len(arguments) != 2:
        return None
    return infer.call(functions.FUNCTIONS["IndexOfFrom"], [receiver, *arguments], place, low.report)


def _trimmed_of(name: str) -> "Callable[[Lowering, Expression, list[Expression], Place], Expression | None]":
    """`Trim('a', 'b')`, `Trim(new[] { 'a', 'b' })`: the characters as one text."""

    def trimmed(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
        listed = [each for tree in arguments for each in csharp_texts.listed(tree)]
        if len(listed) == 1 == len(arguments) and listed[0] is arguments[0]:
            return None
        if not listed or not all(isinstance(each, Constant) and each.type is ValueType.CHAR for each in listed):
            return None
        characters = "".join(str(each.value) for each in listed if isinstance(each, Constant))
        given = [receiver, infer.text_at(characters, place)]
        return infer.call(functions.FUNCTIONS[name], given, place, low.report)

    return trimmed


def _replaced(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    """Null in place of the new text removes the old one."""
    if receiver.type is not ValueType.STRING or len(arguments) != 2 or arguments[1].type is not ValueType.NULL:
        return None
    given = [receiver, arguments[0], infer.text_at("", place)]
    return infer.call(functions.FUNCTIONS["Replace"], given, place, low.report)


def _compare_to(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    if len(arguments) != 1 or receiver.type in (ValueType.STRING, ValueType.RESOURCE):
        return None
    return order_of(low, receiver, arguments[0], place)


def _same(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    """Dates are in UTC."""
    return receiver if receiver.type is ValueType.DATETIME and not arguments else None


def _shifted(sign: Operator) -> "Callable[[Lowering, Expression, list[Expression], Place], Expression | None]":
    """`Add` and `Subtract` of dates and time spans."""

    def shifted(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
        if receiver.type not in (ValueType.DATETIME, ValueType.SPAN) or len(arguments) != 1:
            return None
        return infer.binary(sign, receiver, arguments[0], place, low.report)

    return shifted


def _later(unit: str) -> "Callable[[Lowering, Expression, list[Expression], Place], Expression | None]":
    """`AddDays(1.5)`; whole days up to seconds have functions of their own."""

    def later(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
        is_own = functions.method(receiver.type, f"Add{unit}") is not None
        if receiver.type is not ValueType.DATETIME or len(arguments) != 1:
            return None
        if is_own and arguments[0].type is not ValueType.DOUBLE:
            return None
        count = infer.as_double(arguments[0])
        span = infer.call(functions.FUNCTIONS[f"TimeSpan.From{unit}"], [count], infer.place_of(count), low.report)
        return infer.binary("+", receiver, span, place, low.report) if span.type is ValueType.SPAN else span

    return later


_SPECIAL: "dict[str, Callable[[Lowering, Expression, list[Expression], Place], Expression | None]]" = {
    "Add": _shifted("+"),
    "Subtract": _shifted("-"),
    **{f"Add{unit}": _later(unit) for unit in UNITS},
    "Equals": _equals,
    "IndexOf": _index_of,
    "Trim": _trimmed_of("Trim"),
    "TrimStart": _trimmed_of("TrimStart"),
    "TrimEnd": _trimmed_of("TrimEnd"),
    "Replace": _replaced,
    "ToString": _to_string,
    "GetValueOrDefault": _or_default,
    "CompareTo": _compare_to,
    "ToUniversalTime": _same,
}


def _compared(
    low: "Lowering", receiver: Expression, name: str, other_node: "Node", ignores_case: bool, place: Place
) -> Expression:
    """A comparison of texts with a `StringComparison`: without letter case, both sides in upper case."""
    (other,) = arguments(low, [other_node])
    if ignores_case:
        receiver, other = _upper(receiver, low), _upper(other, low)
    if name == "Equals":
        return infer.binary("==", receiver, other, place, low.report)
    function = functions.method(ValueType.STRING, name)
    assert function is not None
    return infer.call(function, [receiver, other], place, low.report)


def _upper(tree: Expression, low: "Lowering") -> Expression:
    return infer.call(functions.FUNCTIONS["ToUpper"], [tree], infer.place_of(tree), low.report)


def _no_member(low: "Lowering", receiver: ValueType, name: str, place: Place) -> Constant:
    if receiver is ValueType.RESOURCE:
        message = f"`{name}` of a resource is not supported"
        return low.report.error("E601", message, place, "name one of its properties, without parentheses")
    named = infer.named(receiver)
    if receiver is ValueType.DATETIME and name == "GetDateTimeFormats":
        message = "`GetDateTimeFormats` is not supported: which formats there are depends on the culture"
        return low.report.error("E499", message, place, "name the format: `ToString(…)`")
    known = csharp_linq.members_of(receiver)
    help = did_you_mean(name, known) or ("allowed are " + ", ".join(sorted(known)) if known else "")
    return low.report.error("E601", f"`{name}` is not authorised on {named}", place, help)
