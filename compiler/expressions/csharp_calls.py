"""Member names and calls of C# go in, calls of functions come out; the table of functions is the white list."""

from typing import TYPE_CHECKING

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer
from compiler.expressions.infer import Place
from compiler.expressions.tree import Coalesce, Constant, Expression
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_STRING = ("string", "String", "System.String")
_UTIL = ("UtilExpressions", "Usercube.Expressions.Functions.UtilExpressions")
_CLASSES = {
    *_STRING,
    *_UTIL,
    "Convert",
    "System.Convert",
    "int",
    "Int32",
    "System.Int32",
    "DateTime",
    "System.DateTime",
    "Regex",
    "System.Text.RegularExpressions.Regex",
    "Random",
    "Char",
    "char",
    "Math",
    "Guid",
    "Environment",
    "File",
    "StringComparison",
    "System.StringComparison",
}
_HINTS = {
    ("DateTime", "Now"): "the result would change without any change of the data; use a property",
    ("DateTime", "UtcNow"): "the result would change without any change of the data; use a property",
    ("DateTime", "Today"): "the result would change without any change of the data; use a property",
    ("DateTime", "Parse"): 'use the built-in function: `text.ParseUniversalDate("yyyyMMdd")`',
    ("DateTime", "ParseExact"): 'use the built-in function: `text.ParseUniversalDate("yyyyMMdd")`',
}
_DEFAULTS: dict[ValueType, str | int | float | bool] = {
    ValueType.BOOLEAN: False,
    ValueType.INTEGER: 0,
    ValueType.DOUBLE: 0.0,
    ValueType.DATETIME: "00010101000000",
}
_COMPARED = ("Equals", "StartsWith", "EndsWith", "Contains", "IndexOf")
_IGNORING = ("OrdinalIgnoreCase", "InvariantCultureIgnoreCase", "CurrentCultureIgnoreCase")
_EXACT = ("Ordinal", "InvariantCulture", "CurrentCulture")
_LINQ = {
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
    "FirstOrDefault",
    "SingleOrDefault",
    "LastOrDefault",
    "ToList",
    "ToArray",
    "ToHashSet",
}


def class_of(low: "Lowering", node: "Node") -> str | None:
    """The class that a node names, unless a variable has that name."""
    name = low.source.text(node)
    return name if name in _CLASSES and name not in low.names else None


def class_member(low: "Lowering", class_name: str, name: str, node: "Node") -> Expression:
    """`string.Empty`."""
    place = low.place(node)
    if class_name in _STRING and name == "Empty":
        return infer.text_at("", place)
    return _not_listed(low, class_name, name, place)


def value_member(low: "Lowering", receiver: Expression, name: str, name_node: "Node", place: Place) -> Expression:
    """`value.Length`, `value.HasValue`, `value.Year` …"""
    if receiver.type is ValueType.NULL:
        return infer.null_at(place)
    if receiver.type is not ValueType.STRING:
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
    if receiver_node is None or name_node is None or name_node.type != "identifier":
        return low.refused(name_node or node)
    name = low.source.text(name_node)
    given = [child for child in arguments.named_children if child.type == "argument"]
    class_name = class_of(low, receiver_node)
    if class_name is not None:
        return _static_call(low, class_name, name, given, node)
    receiver = low.expression(receiver_node)
    if receiver.type is ValueType.NULL:
        return infer.null_at(low.place(node))
    return _method_call(low, receiver, name, name_node, given, low.place(node))


def _method_call(
    low: "Lowering", receiver: Expression, name: str, name_node: "Node", given: "list[Node]", place: Place
) -> Expression:
    if name in _COMPARED and len(given) == 2:
        ignores_case = _comparison(low, given[1])
        if ignores_case is not None:
            return _compared(low, receiver, name, given[0], ignores_case, place)
    function, special = functions.method(receiver.type, name), _SPECIAL.get(name)
    if function is None and special is None:
        return _no_member(low, receiver.type, name, low.place(name_node))
    arguments = _arguments(low, given)
    tree = special(low, receiver, arguments, place) if special is not None else None
    if tree is not None:
        return tree
    if function is None:
        return _no_member(low, receiver.type, name, low.place(name_node))
    return infer.call(function, [receiver, *arguments], place, low.report)


def _equals(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    if len(arguments) != 1 or receiver.type is ValueType.RESOURCE:
        return None
    return infer.binary("==", receiver, arguments[0], place, low.report)


def _to_string(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    return infer.as_text(receiver, low.report) if not arguments and receiver.type is not ValueType.RESOURCE else None


def _or_default(low: "Lowering", receiver: Expression, arguments: list[Expression], place: Place) -> Expression | None:
    if receiver.type not in _DEFAULTS or len(arguments) > 1:
        return None
    default = Constant(type=receiver.type, value=_DEFAULTS[receiver.type], start=place[0], end=place[1])
    return infer.coalesced(receiver, arguments[0] if arguments else default, place, low.report)


_SPECIAL = {"Equals": _equals, "ToString": _to_string, "GetValueOrDefault": _or_default}


def _compared(
    low: "Lowering", receiver: Expression, name: str, other_node: "Node", ignores_case: bool, place: Place
) -> Expression:
    """A comparison of texts with a `StringComparison`: without letter case, both sides in upper case."""
    (other,) = _arguments(low, [other_node])
    if ignores_case:
        receiver, other = _upper(receiver, low), _upper(other, low)
    if name == "Equals":
        return infer.binary("==", receiver, other, place, low.report)
    function = functions.method(ValueType.STRING, name)
    assert function is not None
    return infer.call(function, [receiver, other], place, low.report)


def _upper(tree: Expression, low: "Lowering") -> Expression:
    return infer.call(functions.FUNCTIONS["ToUpper"], [tree], infer.place_of(tree), low.report)


def _comparison(low: "Lowering", node: "Node") -> bool | None:
    """Whether an argument is a `StringComparison`, and one that ignores letter case."""
    prefix, _, name = low.source.text(node).rpartition(".")
    if prefix not in ("StringComparison", "System.StringComparison") or name not in (*_IGNORING, *_EXACT):
        return None
    return name in _IGNORING


def _static_call(low: "Lowering", class_name: str, name: str, given: "list[Node]", node: "Node") -> Expression:
    place = low.place(node)
    if class_name in _STRING and name == "Concat":
        return _concatenated(low, _arguments(low, given), place)
    if class_name in _STRING and name == "Equals" and len(given) == 2:
        first, second = _arguments(low, given)
        return infer.binary("==", first, second, place, low.report)
    if class_name in ("Convert", "System.Convert") and name == "ToString" and len(given) == 1:
        return _convert_to_string(low, _arguments(low, given)[0], place)
    function = functions.static(class_name, name)
    if function is None:
        return _not_listed(low, class_name, name, place)
    arguments = _arguments(low, given)
    if name == "ToInt32" and arguments and arguments[0].type is ValueType.INTEGER:
        return arguments[0]
    return infer.call(function, arguments, place, low.report)


def _concatenated(low: "Lowering", parts: list[Expression], place: Place) -> Expression:
    tree: Expression = infer.text_at("", place)
    for part in parts:
        tree = infer.binary("+", tree, part, place, low.report)
    return tree


def _convert_to_string(low: "Lowering", value: Expression, place: Place) -> Expression:
    """`Convert.ToString` of null is null for a text, and the empty text for anything else."""
    text = infer.as_text(value, low.report)
    if value.type in (ValueType.STRING, ValueType.NULL):
        return text
    return Coalesce(type=ValueType.STRING, left=text, right=infer.text_at("", place), start=place[0], end=place[1])


def _arguments(low: "Lowering", given: "list[Node]") -> list[Expression]:
    trees: list[Expression] = []
    for node in given:
        inner = node.named_children
        plain = len(inner) == 1 and node.child_count == 1
        trees.append(low.expression(inner[0]) if plain else low.refused(node, "write plain arguments"))
    return trees


def _no_member(low: "Lowering", receiver: ValueType, name: str, place: Place) -> Constant:
    if receiver is ValueType.RESOURCE:
        message = f"`{name}` of a resource is not supported"
        return low.report.error("E601", message, place, "name one of its properties, without parentheses")
    named = infer.named(receiver)
    if name in _LINQ:
        return low.report.error("E601", f"`{name}` is not supported yet on {named}", place)
    known = functions.members_of(receiver)
    help = did_you_mean(name, known) or ("allowed are " + ", ".join(sorted(known)) if known else "")
    return low.report.error("E601", f"`{name}` is not authorised on {named}", place, help)


def _not_listed(low: "Lowering", class_name: str, name: str, place: Place) -> Constant:
    hint = _HINTS.get((class_name.rpartition(".")[2], name), "")
    hint = hint or did_you_mean(name, ["Empty", *(f.written for f in functions.FUNCTIONS.values() if f.classes)])
    return low.report.error("E601", f"`{class_name}.{name}` is not authorised", place, hint)
