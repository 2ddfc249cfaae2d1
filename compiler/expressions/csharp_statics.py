"""A call after a class name goes in (`string.Join(…)`), its tree comes out; the functions are the white list."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import csharp_numbers, functions, infer
from compiler.expressions.csharp_arguments import arguments, compared_without_case
from compiler.expressions.csharp_regex import regex_call
from compiler.expressions.csharp_sequence import item_of
from compiler.expressions.date_formats import DAYS
from compiler.expressions.function import Function
from compiler.expressions.infer import Place
from compiler.expressions.tree import Coalesce, Constant, Each, Expression, ListCall
from compiler.expressions.types import ValueType
from compiler.expressions.value_functions import CONVERSIONS, TRIED

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_STRING = ("string", "String", "System.String")
_CONVERT = ("Convert", "System.Convert")
_REGEX = ("Regex", "System.Text.RegularExpressions.Regex")
_DATE = ("DateTime", "System.DateTime")
_UTIL = ("UtilExpressions", "Usercube.Expressions.Functions.UtilExpressions")
_NUMBERS = ("int", "Int32", "System.Int32", "long", "Int64", "System.Int64", "double", "Double", "System.Double")
_BOOLEAN = ("bool", "Boolean", "System.Boolean")
_CHAR = ("char", "Char", "System.Char")
_COMPARERS = ("StringComparison", "System.StringComparison", "StringComparer", "System.StringComparer")
_NULLABLE = ("Nullable", "System.Nullable")
_ENUMERABLE = ("Enumerable", "System.Linq.Enumerable")
_FAMILIES = (_STRING, _CONVERT, _DATE, _NUMBERS[:3], _CHAR, _NULLABLE, _ENUMERABLE)
CLASSES = frozenset((
    *_STRING, *_UTIL, *_CONVERT, *_REGEX, *_DATE, *_NUMBERS, *_BOOLEAN, *_CHAR, *_COMPARERS,
    *_NULLABLE, *_ENUMERABLE, "TimeSpan", "System.TimeSpan", "DayOfWeek", "System.DayOfWeek",
    "Random", "Math", "Guid", "Environment", "File", "RegexOptions", "StringSplitOptions",
))  # fmt: skip
"""The names that stand for a class unless a variable has them."""

_MOVING = "the result would change without any change of the data; use a property"
_PARSING = 'use the built-in function: `text.ParseUniversalDate("yyyyMMdd")`'
_HINTS = {
    ("DateTime", "Now"): _MOVING,
    ("DateTime", "UtcNow"): _MOVING,
    ("DateTime", "Today"): _MOVING,
    ("DateTime", "Parse"): _PARSING,
    ("DateTime", "ParseExact"): _PARSING,
    ("DateTime", "TryParse"): _PARSING,
    ("Guid", "NewGuid"): _MOVING,
}


def class_member(low: "Lowering", class_name: str, name: str, node: "Node") -> Expression:
    """`string.Empty`, `int.MaxValue`."""
    place = low.place(node)
    if class_name in _STRING and name == "Empty":
        return infer.text_at("", place)
    bits = 64 if "64" in class_name or class_name == "long" else 32
    if class_name in _NUMBERS[:6] and name in ("MaxValue", "MinValue"):
        value = 2 ** (bits - 1) - 1 if name == "MaxValue" else -(2 ** (bits - 1))
        return Constant(type=ValueType.INTEGER, value=value, start=place[0], end=place[1])
    if class_name in _DATE and name in ("MaxValue", "MinValue"):
        digits = "99991231235959" if name == "MaxValue" else "00010101000000"
        return Constant(type=ValueType.DATETIME, value=digits, start=place[0], end=place[1])
    if class_name.endswith("TimeSpan") and name == "Zero":
        return Constant(type=ValueType.SPAN, value=0, start=place[0], end=place[1])
    if class_name.endswith("DayOfWeek") and name in DAYS:
        return infer.text_at(name, place)
    return not_listed(low, class_name, name, place)


def static_call(low: "Lowering", class_name: str, name: str, given: "list[Node]", node: "Node") -> Expression:
    """The value of `Class.Name(…)`."""
    place = low.place(node)
    if class_name in _REGEX:
        return regex_call(low, name, given, place)
    if name == "TryParse" and class_name in (*_NUMBERS, *_BOOLEAN) and len(given) == 2:
        return _try_parse(low, class_name, given, place)
    family = next((each for each in _FAMILIES if class_name in each), ())
    special = _SPECIAL.get((family[0], name)) if family else None
    if special is not None:
        found = special(low, name, given, place)
        if found is not None:
            return found
    function = functions.static(class_name, name)
    if function is None:
        return not_listed(low, class_name, name, place)
    return infer.call(function, arguments(low, given), place, low.report)


_LATER = {
    "String": ("Copy", "Create", "Intern", "IsInterned", "GetHashCode"),
    "Char": ("GetNumericValue", "GetUnicodeCategory", "IsSurrogate", "IsHighSurrogate", "IsLowSurrogate", "Parse"),
    "Int32": ("IsEvenInteger", "IsOddInteger", "IsPow2", "Log2", "DivRem", "IsNegative", "IsPositive"),
    "Convert": (
        *("ChangeType", "FromBase64String", "FromHexString", "GetTypeCode", "IsDBNull", "ToBase64String", "ToChar"),
        *("ToDateTime", "ToDecimal", "ToHexString", "ToSingle", "ToString", "ToUInt64", "ToInt32"),
    ),
}
"""Members of the white list's classes that are not understood yet."""


def _short(class_name: str) -> str:
    """A class by its .NET name."""
    name = class_name.rpartition(".")[2]
    return {"string": "String", "char": "Char", "int": "Int32"}.get(name, name)


def not_listed(low: "Lowering", class_name: str, name: str, place: Place) -> Constant:
    """A member of a class that is outside the white list."""
    if name in _LATER.get(_short(class_name), ()):
        return low.report.error("E499", f"`{class_name}.{name}` is not supported yet", place)
    hint = _HINTS.get((class_name.rpartition(".")[2], name), "")
    hint = hint or did_you_mean(name, ["Empty", *(f.written for f in functions.FUNCTIONS.values() if f.classes)])
    return low.report.error("E601", f"`{class_name}.{name}` is not authorised", place, hint)


def _tried(class_name: str) -> Function:
    """What `TryParse` of a class reads."""
    if class_name in _NUMBERS[:3]:
        return functions.FUNCTIONS["Try.Int32"]
    kind = ValueType.BOOLEAN if class_name in _BOOLEAN else ValueType.INTEGER
    return TRIED[ValueType.DOUBLE if class_name.lower().endswith("double") else kind]


def _try_parse(low: "Lowering", class_name: str, given: "list[Node]", place: Place) -> Expression:
    """`int.TryParse(text, out var number)`: whether it can be read; the variable is 0 or false when not."""
    function = _tried(class_name)
    (text,) = arguments(low, given[:1])
    read = infer.call(function, [text], place, low.report)
    default = Constant(type=function.result, value=False if class_name in _BOOLEAN else 0, start=place[0], end=place[1])
    low.declare_out(given[1], infer.coalesced(read, default, place, low.report))
    return infer.binary("!=", read, infer.null_at(place), place, low.report)


def _concatenated(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression:
    parts = arguments(low, given)
    if len(parts) == 1 and parts[0].type is ValueType.LIST:
        return _joined_list(low, infer.text_at("", place), parts[0], place)
    tree: Expression = infer.text_at("", place)
    for part in parts:
        tree = infer.binary("+", tree, part, place, low.report)
    return tree


def _join(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression:
    """`string.Join(separator, collection)` or `string.Join(separator, a, b, …)`; null counts as empty."""
    separator, *parts = arguments(low, given) or [infer.null_at(place)]
    separator = infer.as_text(separator, low.report)
    if not parts:
        return low.report.error("E605", "`Join` takes a separator and what is joined", place)
    if len(parts) == 1 and parts[0].type is ValueType.LIST:
        return _joined_list(low, separator, parts[0], place)
    texts = tuple(infer.as_text(each, low.report) for each in parts)
    items = _call("listof", ValueType.LIST, texts, place, ValueType.STRING)
    return _call("join", ValueType.STRING, (separator, items), place)


def _joined_list(low: "Lowering", separator: Expression, items: Expression, place: Place) -> Expression:
    if items.item is ValueType.RESOURCE:
        help = "select a property first: `.Select(x => x.…)`"
        return low.report.error("E602", "resources have no text to be joined", infer.place_of(items), help)
    if items.item not in (ValueType.STRING, ValueType.CHAR, None):
        variable = low.report.variable()
        body = infer.as_text(item_of(items, variable), low.report)
        items = Each(
            type=ValueType.LIST, item=ValueType.STRING, operation="select", source=items, variable=variable, body=body,
            start=items.start, end=items.end,
        )  # fmt: skip
    return _call("join", ValueType.STRING, (separator, items), place)


def _call(
    function: str, kind: ValueType, trees: tuple[Expression, ...], place: Place, item: ValueType | None = None
) -> Expression:
    return ListCall(type=kind, item=item, function=function, arguments=trees, start=place[0], end=place[1])


def _equals(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    ignores = compared_without_case(low, given[2]) if len(given) == 3 else False
    if len(given) not in (2, 3) or ignores is None:
        return None
    first, second = (_folded(low, each, ignores) for each in arguments(low, given[:2]))
    return infer.binary("==", first, second, place, low.report)


def _compare(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    ignores: bool | None = False
    if len(given) == 3:
        constant = low.source.text(given[2])
        ignores = {"true": True, "false": False}.get(constant, compared_without_case(low, given[2]))
    if len(given) not in (2, 3) or ignores is None:
        return None
    pair = [_folded(low, each, ignores) for each in arguments(low, given[:2])]
    return infer.call(functions.FUNCTIONS["string.Compare"], pair, place, low.report)


def _folded(low: "Lowering", tree: Expression, ignores: bool) -> Expression:
    if not ignores:
        return tree
    return infer.call(functions.FUNCTIONS["ToUpper"], [tree], infer.place_of(tree), low.report)


_HOLE = re.compile(r"\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^{}]*))?\}|[{}]")


def _format(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression:
    """`string.Format("{0} of {1:yyyy}", a, b)`; the format is constant."""
    pattern, *values = arguments(low, given) or [infer.null_at(place)]
    if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
        return low.report.error("E605", "the format must be a constant text", infer.place_of(pattern))
    tree: Expression = infer.text_at("", place)
    at = 0
    for match in _HOLE.finditer(pattern.value):
        text = pattern.value[at : match.start()] + (match[0][0] if match[0] in ("{{", "}}") else "")
        at = match.end()
        tree = infer.binary("+", tree, infer.text_at(text, place), place, low.report) if text else tree
        if match[0] not in ("{{", "}}"):
            if match[1] is None or int(match[1]) >= len(values):
                message = f"`{match[0]}` of the format stands for no argument"
                return low.report.error("E605", message, infer.place_of(pattern))
            value = aligned(low, formatted(low, values[int(match[1])], match[3], place), match[2], place)
            tree = infer.binary("+", tree, value, place, low.report)
    rest = pattern.value[at:]
    return infer.binary("+", tree, infer.text_at(rest, place), place, low.report) if rest else tree


def formatted(low: "Lowering", value: Expression, pattern: str | None, place: Place) -> Expression:
    """A value in a format, which dates and numbers have."""
    if not pattern:
        return infer.as_text(value, low.report)
    name = {
        ValueType.INTEGER: "Integer.Format",
        ValueType.DOUBLE: "Double.Format",
        ValueType.DATETIME: "DateTime.ToString",
    }
    if value.type not in name:
        return low.report.error("E602", "only dates and numbers take a format", place)
    return infer.call(functions.FUNCTIONS[name[value.type]], [value, infer.text_at(pattern, place)], place, low.report)


def aligned(low: "Lowering", value: Expression, width: str | None, place: Place) -> Expression:
    """A text filled up at its start to a width, or at its end to a negative one."""
    if not width:
        return value
    number = int(width)
    text = infer.coalesced(value, infer.text_at("", place), place, low.report)
    wide = Constant(type=ValueType.INTEGER, value=abs(number), start=place[0], end=place[1])
    function = functions.FUNCTIONS["PadLeft" if number >= 0 else "PadRight"]
    return infer.call(function, [text, wide], place, low.report)


def _converted(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    """`Convert.ToInt32(value)` … by the type of the value."""
    if len(given) != 1:
        return None
    (value,) = arguments(low, given)
    if value.type is ValueType.CHAR and name != "ToString":
        value = infer.call(functions.FUNCTIONS["Char.Code"], [value], place, low.report)
    value = infer.as_text(value, low.report) if value.type is ValueType.CHAR else value
    if name == "ToString":
        return _text_of(low, value, place)
    if name in _RANGES:
        return _within(low, _converted(low, "ToInt64", given, place), name, place)
    kind = {"ToBoolean": ValueType.BOOLEAN, "ToDouble": ValueType.DOUBLE}.get(name, ValueType.INTEGER)
    if value.type is kind:
        default = Constant(type=kind, value=False if kind is ValueType.BOOLEAN else 0, start=place[0], end=place[1])
        return infer.coalesced(value, default, place, low.report)
    function = CONVERSIONS.get((name, value.type))
    function = functions.FUNCTIONS["Convert.ToInt32"] if function is None and name == "ToInt32" else function
    if function is None:
        message = f"`Convert.{name}` of {infer.named(value.type)} is not authorised"
        return low.report.error("E601", message, place)
    return infer.call(function, [value], place, low.report)


_RANGES = {
    "ToByte": (0, 2**8 - 1),
    "ToSByte": (-(2**7), 2**7 - 1),
    "ToInt16": (-(2**15), 2**15 - 1),
    "ToUInt16": (0, 2**16 - 1),
    "ToUInt32": (0, 2**32 - 1),
}
"""What the smaller integers of `Convert` hold."""


def _within(low: "Lowering", value: Expression | None, name: str, place: Place) -> Expression | None:
    """An integer, null outside what the type holds."""
    if value is None or value.type is not ValueType.INTEGER:
        return value
    least, most = (Constant(type=ValueType.INTEGER, value=each, start=place[0], end=place[1]) for each in _RANGES[name])
    return infer.call(functions.FUNCTIONS["Convert.Within"], [value, least, most], place, low.report)


def _text_of(low: "Lowering", value: Expression, place: Place) -> Expression:
    """`Convert.ToString` of null is null for a text, and the empty text for anything else."""
    text = infer.as_text(value, low.report)
    if value.type in (ValueType.STRING, ValueType.NULL):
        return text
    return Coalesce(type=ValueType.STRING, left=text, right=infer.text_at("", place), start=place[0], end=place[1])


def _dates(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression | None:
    if len(given) != 2:
        return None
    first, second = arguments(low, given)
    return csharp_numbers.order_of(low, first, second, place)


_SPECIAL: "dict[tuple[str, str], Callable[[Lowering, str, list[Node], Place], Expression | None]]" = {
    ("string", "Concat"): _concatenated,
    ("string", "Join"): _join,
    ("string", "Format"): _format,
    ("string", "Equals"): _equals,
    ("string", "Compare"): _compare,
    ("string", "CompareOrdinal"): _compare,
    **{("Convert", name): _converted for name in ("ToString", "ToInt32", "ToInt64", "ToBoolean", "ToDouble", *_RANGES)},
    ("DateTime", "Compare"): _dates,
    **csharp_numbers.STATICS,
}
