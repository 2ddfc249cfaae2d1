"""The functions over single values that only C# has, one entry each: Char, Convert, Parse and the members of String.

Texts are compared by their characters' numbers; numbers are read and written as the invariant culture has them.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import number_formats, sql
from compiler.expressions.char_functions import CHAR_FUNCTIONS
from compiler.expressions.function import Function, Parameter, Scalar, number_text, parameters
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

S, I, B, F, C = ValueType.STRING, ValueType.INTEGER, ValueType.BOOLEAN, ValueType.DOUBLE, ValueType.CHAR  # noqa: E741

_CONVERT = ("Convert", "System.Convert")
_STRING = ("string", "String", "System.String")
_LONG = ("long", "Int64", "System.Int64")
_BOOL = ("bool", "Boolean", "System.Boolean")
_DOUBLE = ("double", "Double", "System.Double")
_SPACES = "\t\n\x0b\x0c\r "


def _bound(body: "Callable[..., exp.Expression]") -> "Callable[..., exp.Expression]":
    """SQL of a function that uses its arguments more than once: each is written once."""

    def made(*arguments: "exp.Expression") -> "exp.Expression":
        def with_others(bound: "list[exp.Expression]") -> "exp.Expression":
            if len(bound) == len(arguments):
                return body(*(each.copy() for each in bound))
            name = f"_given{len(bound)}"
            return sql.bound(arguments[len(bound)], lambda it: with_others([*bound, it]), name)

        return with_others([])

    return made


def _copy(value: "exp.Expression") -> "exp.Expression":
    return value.copy()


def _compare_sql(left: "exp.Expression", right: "exp.Expression") -> "exp.Expression":
    same = sql.operation("NullSafeEQ", _copy(left), _copy(right))
    before = sql.joined("Or", [sql.is_null(_copy(left)), sql.operation("LT", _copy(left), _copy(right))])
    return sql.case([(same, sql.number(0)), (sql.coalesce(before, sql.boolean(False)), sql.number(-1))], sql.number(1))


def _compare(left: str | None, right: str | None) -> int:
    if left == right:
        return 0
    return -1 if left is None or (right is not None and left < right) else 1


def _remove_sql(value: "exp.Expression", start: "exp.Expression", *count: "exp.Expression") -> "exp.Expression":
    length = sql.call("LENGTH", _copy(value))
    taken = _copy(count[0]) if count else sql.operation("Sub", length.copy(), _copy(start))
    inside = [
        sql.operation("GTE", _copy(start), sql.number(0)),
        sql.operation("GTE", taken.copy(), sql.number(0)),
        sql.operation("LTE", sql.operation("Add", _copy(start), taken.copy()), length),
    ]
    rest = sql.call("SUBSTRING", _copy(value), _after(sql.operation("Add", _copy(start), taken)))
    kept = sql.operation("DPipe", sql.call("LEFT", _copy(value), _copy(start)), rest)
    return sql.case([(sql.joined("And", inside), kept)], None)


def _after(start: "exp.Expression") -> "exp.Expression":
    return sql.operation("Add", start, sql.number(1))


def _remove(value: str, start: int, count: int | None = None) -> str | None:
    taken = len(value) - start if count is None else count
    inside = start >= 0 and taken >= 0 and start + taken <= len(value)
    return value[:start] + value[start + taken :] if inside else None


def _insert_sql(value: "exp.Expression", at: "exp.Expression", part: "exp.Expression") -> "exp.Expression":
    inside = sql.between(_copy(at), sql.number(0), sql.call("LENGTH", _copy(value)))
    before = sql.call("LEFT", _copy(value), _copy(at))
    whole = sql.operation(
        "DPipe", sql.operation("DPipe", before, part), sql.call("SUBSTRING", _copy(value), _after(at))
    )
    return sql.case([(inside, whole)], None)


def _insert(value: str, at: int, part: str) -> str | None:
    return value[:at] + part + value[at:] if 0 <= at <= len(value) else None


def _character_sql(value: "exp.Expression", at: "exp.Expression") -> "exp.Expression":
    last = sql.operation("Sub", sql.call("LENGTH", _copy(value)), sql.number(1))
    found = sql.call("SUBSTRING", _copy(value), _after(_copy(at)), sql.number(1))
    return sql.case([(sql.between(_copy(at), sql.number(0), last), found)], None)


def _character(value: str, at: int) -> str | None:
    return value[at] if 0 <= at < len(value) else None


def _last_index_sql(value: "exp.Expression", part: "exp.Expression") -> "exp.Expression":
    """As many characters as can stand before the text, which is constant."""
    before = r"(?s)\A(.*)" + "".join(f"\\x{{{ord(each):x}}}" for each in part.name)
    length = sql.call("LENGTH", sql.call("REGEXP_EXTRACT", value.copy(), sql.text(before), sql.number(1)))
    missing = sql.negation(sql.plain_call("CONTAINS", value.copy(), part))
    return sql.case([(missing, sql.number(-1))], length)


def _index_from_sql(value: "exp.Expression", part: "exp.Expression", start: "exp.Expression") -> "exp.Expression":
    rest = sql.call("SUBSTRING", _copy(value), _after(_copy(start)))
    found = sql.plain_call("STRPOS", rest, part)
    place = sql.operation("Sub", sql.operation("Add", found.copy(), _copy(start)), sql.number(1))
    at = sql.case([(sql.operation("EQ", found, sql.number(0)), sql.number(-1))], place)
    inside = sql.between(_copy(start), sql.number(0), sql.call("LENGTH", _copy(value)))
    return sql.case([(inside, at)], None)


def _index_from(value: str, part: str, start: int) -> int | None:
    return value.find(part, start) if 0 <= start <= len(value) else None


def _constant_problem(value: Scalar) -> str:
    return "" if isinstance(value, str) and value else "the text sought must be constant and not empty"


_LONG_DIGITS = r"\A[\t\n\v\f\r ]*([+-]?[0-9]{1,19})[\t\n\v\f\r ]*\z"
_REAL_DIGITS = r"\A[\t\n\v\f\r ]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)[\t\n\v\f\r ]*\z"


def _read_sql(pattern: str, kind: str) -> "Callable[[exp.Expression], exp.Expression]":
    def read(value: "exp.Expression") -> "exp.Expression":
        return sql.try_cast(sql.call("REGEXP_EXTRACT", value, sql.text(pattern), sql.number(1)), kind)

    return read


def _long(value: str) -> int | None:
    trimmed = value.strip(_SPACES)
    number = int(trimmed) if re.fullmatch("[+-]?[0-9]{1,19}", trimmed) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _double_sql(value: "exp.Expression") -> "exp.Expression":
    return sql.only_if(_read_sql(_REAL_DIGITS, "DOUBLE")(value), lambda it: sql.plain_call("ISFINITE", it))


def _double(value: str) -> float | None:
    trimmed = value.strip(_SPACES)
    found = float(trimmed) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", trimmed) else None
    return found if found is not None and math.isfinite(found) else None


def _boolean_sql(value: "exp.Expression") -> "exp.Expression":
    """`True` and `False` in any letter case, with white space around them."""
    trimmed = sql.call("LOWER", sql.call("REGEXP_EXTRACT", value, sql.text(r"\A\s*([A-Za-z]+)\s*\z"), sql.number(1)))
    return sql.choice(trimmed, [(sql.text("true"), sql.boolean(True)), (sql.text("false"), sql.boolean(False))])


def _boolean(value: str) -> bool | None:
    found = re.fullmatch(r"[\t\n\f\r ]*([A-Za-z]+)[\t\n\f\r ]*", value)
    return {"true": True, "false": False}.get(found[1].lower()) if found else None


def _or(
    default: "exp.Expression", read: "Callable[[exp.Expression], exp.Expression]"
) -> "Callable[..., exp.Expression]":
    """`Convert` makes the default of null, and nothing of what cannot be read."""
    return _bound(lambda v: sql.case([(sql.is_null(v.copy()), default.copy())], read(v)))


def _rounded_sql(bits: int) -> "Callable[[exp.Expression], exp.Expression]":
    """To the nearest whole number, halves to the even one."""

    def rounded(value: "exp.Expression") -> "exp.Expression":
        return sql.try_cast(sql.try_cast(sql.plain_call("ROUND_EVEN", value, sql.number(0)), f"INT{bits}"), "BIGINT")

    return rounded


def _rounded(bits: int) -> Callable[[float], int | None]:
    def rounded(value: float) -> int | None:
        if not math.isfinite(value):
            return None
        number = round(value)
        return number if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else None

    return rounded


def finite(value: "exp.Expression") -> "exp.Expression":
    """A real number; null for what is none, as infinity."""
    return sql.only_if(sql.attempt(value), lambda it: sql.plain_call("ISFINITE", it))


def double_text_sql(value: "exp.Expression") -> "exp.Expression":
    """A real number as the invariant culture writes it: .NET writes an exponent from 15 digits on, DuckDB from 16."""

    def written(text: "exp.Expression") -> "exp.Expression":
        is_long = sql.plain_call("REGEXP_MATCHES", text.copy(), sql.text(_LONG_NUMBER))
        digits = sql.call("REGEXP_REPLACE", text.copy(), sql.text(_LONG_NUMBER), sql.text(r"\1.\2\3"))
        exponent = sql.operation(
            "DPipe", sql.call("REGEXP_REPLACE", digits, sql.text(r"\.?0*$"), sql.text("")), sql.text("E+15")
        )
        plain = sql.call("UPPER", sql.call("REGEXP_REPLACE", text.copy(), sql.text(r"\.0$"), sql.text("")))
        return sql.case([(is_long, exponent)], plain)

    return sql.bound(sql.cast_to(value, "VARCHAR"), written, "_number")


_LONG_NUMBER = r"^(-?[0-9])([0-9]{15})\.([0-9]+)$"


def _truncated(value: float) -> int | None:
    number = int(value) if math.isfinite(value) else 2**63
    return number if -(2**63) <= number < 2**63 else None


def _number_sql(value: bool | int) -> "exp.Expression":
    return sql.boolean(value) if isinstance(value, bool) else sql.number(value)


def _convert(
    name: str,
    given: ValueType,
    result: ValueType,
    read: "tuple[Callable[..., exp.Expression], Callable[..., object]]",
    default: bool | int,
) -> Function:
    to_sql, python = read
    return Function(
        f"Convert.{name}({given.value})",
        "static",
        parameters(given),
        result,
        lambda v: _or(_number_sql(default), to_sql)(v),
        lambda v: default if v is None else python(v),
        "The value converted; the type's zero for null.",
        takes_null=True,
        classes=(),
        nesting=12,
    )


_AS_LONG = _read_sql(_LONG_DIGITS, "BIGINT"), _long
_AS_BOOL = _boolean_sql, _boolean
_AS_IS = (lambda v: v), (lambda v: v)
_AS_NUMBER = (lambda v: sql.cast_to(v, "BIGINT")), int
_IS_SET = (lambda v: sql.operation("NEQ", v, sql.number(0))), bool
_AS_REAL = (lambda v: sql.cast_to(v, "DOUBLE")), float

CONVERSIONS = {
    (name, given): _convert(name, given, result, read, default)
    for name, given, result, read, default in (
        ("ToInt64", S, I, _AS_LONG, 0),
        ("ToInt64", B, I, _AS_NUMBER, 0),
        ("ToInt64", F, I, (_rounded_sql(64), _rounded(64)), 0),
        ("ToInt32", B, I, _AS_NUMBER, 0),
        ("ToInt32", F, I, (_rounded_sql(32), _rounded(32)), 0),
        ("ToBoolean", S, B, _AS_BOOL, False),
        ("ToBoolean", I, B, _IS_SET, False),
        ("ToDouble", S, F, (_double_sql, _double), 0),
        ("ToDouble", I, F, _AS_REAL, 0),
    )
}
"""`Convert.Name` by the type of what it is given."""

TRIED = {
    kind: Function(f"Try.{kind.value}", "operator", parameters(S), kind, to_sql, python,
                   "The value that a text writes, if it writes one.", nesting=8)
    for kind, to_sql, python in ((I, _AS_LONG[0], _long), (B, _boolean_sql, _boolean), (F, _double_sql, _double))
}  # fmt: skip
"""What `TryParse` reads, by its type; that of 32 bits is `Try.Int32`."""

VALUE_FUNCTIONS = (
    *CHAR_FUNCTIONS,
    Function("string.Compare", "static", parameters(S, S), I, _bound(_compare_sql), _compare,
             "-1, 0 or 1: whether the first text comes before, with or after the second, by their characters' numbers.",
             takes_null=True, classes=_STRING, nesting=14),
    Function("CompareTo", "method", parameters(S, S), I, _bound(_compare_sql), _compare,
             "-1, 0 or 1, as string.Compare.", takes_null=True, nesting=14),
    Function("Remove", "method", parameters(S, I, I), S, _bound(_remove_sql), _remove,
             "The text without a stretch of it; null when that is not all inside.", required=2, nesting=22),
    Function("Insert", "method", parameters(S, I, S), S, _bound(_insert_sql), _insert,
             "The text with another put in at a position; null when that is outside.", nesting=22),
    Function("LastIndexOf", "method", (Parameter(S), Parameter(S, _constant_problem)), I,
             lambda v, part: sql.bound(v, lambda it: _last_index_sql(it, part), "_given0"),
             lambda v, part: v.rfind(part), "Where another text last stands, from 0, or -1.", nesting=18),
    Function("string.Character", "operator", parameters(S, I), C, _bound(_character_sql), _character,
             "The character at a position counted from 0; null outside.", nesting=14),
    Function("long.Parse", "static", parameters(S), I, _AS_LONG[0], _long,
             "The 64-bit integer that a text writes.", classes=_LONG, nesting=4),
    Function("bool.Parse", "static", parameters(S), B, _boolean_sql, _boolean,
             "`True` or `False`, in any letter case.", classes=_BOOL, nesting=6),
    Function("double.Parse", "static", parameters(S), F, _double_sql, _double,
             "The number that a text writes.", classes=_DOUBLE, nesting=8),
    Function("Integer.HasBits", "operator", parameters(I, I), B,
             lambda v, bits: sql.operation("EQ", sql.operation("BitwiseAnd", v, bits), bits.copy()),
             lambda v, bits: v & bits == bits, "Whether all bits of the second are set in the first."),
    Function("Double.Truncate", "operator", parameters(F), I,
             lambda v: sql.try_cast(sql.plain_call("TRUNC", v), "BIGINT"), _truncated,
             "The whole part of a real number.", nesting=4),
    Function("Integer.ToDouble", "operator", parameters(I), F, lambda v: sql.cast_to(v, "DOUBLE"), float,
             "The integer as a real number."),
    Function("Double.ToString", "method", parameters(F), S, double_text_sql, number_text,
             "The number in the invariant culture.", nesting=12),
    Function("Integer.Format", "operator", (Parameter(I), Parameter(S, number_formats.problem)), S, None,
             number_formats.written, "The integer in a format."),
    Function("Double.Format", "operator", (Parameter(F), Parameter(S, number_formats.problem_of_real)), S, None,
             number_formats.written, "The number in a format."),
    Function("Convert.Within", "operator", parameters(I, I, I), I,
             lambda v, low, high: sql.only_if(v, lambda it: sql.between(it, low, high)),
             lambda v, low, high: v if low <= v <= high else None,
             "A number that is not below one nor above another.", nesting=5),
    Function("Char.Code", "operator", parameters(C), I, lambda v: sql.plain_call("ORD", v), ord,
             "The number of a character."),
    Function("IndexOfFrom", "operator", parameters(S, S, I), I, _bound(_index_from_sql), _index_from,
             "Where another text first stands from a position on, from 0, or -1.", nesting=24),
    Function("Normalize", "method", parameters(S), S, lambda v: sql.plain_call("NFC_NORMALIZE", v),
             lambda v: unicodedata.normalize("NFC", v), "The text with its letters composed."),
    *CONVERSIONS.values(),
    *TRIED.values(),
)  # fmt: skip
