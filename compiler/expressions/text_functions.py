"""The functions over texts, one entry each: built-in ones and the white list's members of String, Int32 and Convert.

Characters are Unicode code points; comparisons of texts are ordinal.
"""

import re
from typing import TYPE_CHECKING

from compiler.expressions import folding, sql
from compiler.expressions.function import Function, Parameter, Scalar, parameters
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

S, I, B = ValueType.STRING, ValueType.INTEGER, ValueType.BOOLEAN  # noqa: E741 - columns of the table below

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What `Trim` and `IsNullOrWhiteSpace` take for white space (System.Char.IsWhiteSpace)."""

_WIDEST = 4000


def _width_problem(width: Scalar) -> str:
    fits = isinstance(width, int) and 0 <= width <= _WIDEST
    return "" if fits else f"the width must be a constant between 0 and {_WIDEST}"


def _character_problem(character: Scalar) -> str:
    return "" if isinstance(character, str) and len(character) == 1 else "the padding must be one constant character"


def _characters_problem(characters: Scalar) -> str:
    return "" if isinstance(characters, str) and characters else "the characters must be constant"


def _old_problem(old: Scalar) -> str:
    return "" if isinstance(old, str) and old else "the text to replace must be constant and not empty"


def _trim_sql(ends: str, value: "exp.Expression", characters: "exp.Expression | None" = None) -> "exp.Expression":
    """Regular expressions, since DuckDB's TRIM takes four times as long with a list of characters."""
    listed = characters.name if characters is not None else WHITE_SPACE
    of = "".join(f"\\x{{{ord(each):x}}}" for each in listed)
    for end in ends:
        pattern = rf"\A[{of}]+" if end == "<" else rf"[{of}]+\z"
        value = sql.call("REGEXP_REPLACE", value, sql.text(pattern), sql.text(""))
    return value


_START, _END, _BOTH = "<", ">", "<>"


def _title_sql(value: "exp.Expression") -> "exp.Expression":
    return sql.bound(value, lambda it: sql.operation("DPipe", _first_upper(it), _rest(it)))


def _first_upper(value: "exp.Expression") -> "exp.Expression":
    return folding.upper_sql(sql.call("LEFT", value.copy(), sql.number(1)))


def _rest(value: "exp.Expression") -> "exp.Expression":
    return sql.call("SUBSTRING", value.copy(), sql.number(2))


def _first_name(value: str) -> str:
    words = [word for word in re.split("[ -]+", folding.lower(value)) if word]
    return "-".join(folding.upper(word[0]) + word[1:] for word in words)


def _first_name_sql(value: "exp.Expression") -> "exp.Expression":
    words = sql.plain_call("STRING_SPLIT_REGEX", sql.call("LOWER", value), sql.text("[ -]+"))
    filled = sql.each("LIST_FILTER", words, lambda word: sql.operation("NEQ", word, sql.text("")))
    capital = sql.each("LIST_TRANSFORM", filled, lambda word: sql.operation("DPipe", _first_upper(word), _rest(word)))
    return sql.plain_call("ARRAY_TO_STRING", capital, sql.text("-"))


def _substring(value: str, start: int, length: int | None = None) -> str | None:
    taken = len(value) - start if length is None else length
    if start < 0 or taken < 0 or start + taken > len(value):
        return None
    return value[start : start + taken]


def _substring_sql(
    value: "exp.Expression", start: "exp.Expression", length: "exp.Expression | None" = None
) -> "exp.Expression":
    """C# raises when the stretch is not all inside the text."""
    if length is None:
        return sql.bound(value, lambda it: sql.bound(start, lambda at: _tail(it, at), "_start"))
    return sql.bound(
        value,
        lambda it: sql.bound(start, lambda at: sql.bound(length, lambda n: _part(it, at, n), "_length"), "_start"),
    )


def _tail(value: "exp.Expression", start: "exp.Expression") -> "exp.Expression":
    inside = sql.between(start.copy(), sql.number(0), sql.call("LENGTH", value.copy()))
    return sql.case([(inside, sql.call("SUBSTRING", value.copy(), _one_more(start)))], None)


def _part(value: "exp.Expression", start: "exp.Expression", length: "exp.Expression") -> "exp.Expression":
    inside = sql.joined("And", [
        sql.operation("GTE", start.copy(), sql.number(0)),
        sql.between(length.copy(), sql.number(0),
                    sql.operation("Sub", sql.call("LENGTH", value.copy()), start.copy())),
    ])  # fmt: skip
    return sql.case([(inside, sql.call("SUBSTRING", value.copy(), _one_more(start), length.copy()))], None)


def _one_more(start: "exp.Expression") -> "exp.Expression":
    if start.is_int:
        return sql.number(int(start.name) + 1)
    return sql.operation("Add", start.copy(), sql.number(1))


def _pad_left(value: str, width: int, character: str = " ") -> str:
    return value.rjust(width, character)


def _pad_right(value: str, width: int, character: str = " ") -> str:
    return value.ljust(width, character)


def _pad_sql(name: str, value: "exp.Expression", width: "exp.Expression",
             character: "exp.Expression | None" = None) -> "exp.Expression":  # fmt: skip
    def padded(it: "exp.Expression") -> "exp.Expression":
        length = sql.cast_to(sql.call("GREATEST", width.copy(), sql.call("LENGTH", it.copy())), "INTEGER")
        return sql.call(name, it.copy(), length, character or sql.text(" "))

    return sql.bound(value, padded)


def _is_blank(value: str | None) -> bool:
    return value is None or not value.strip(WHITE_SPACE)


def _is_blank_sql(value: "exp.Expression") -> "exp.Expression":
    return _is_empty_sql(_trim_sql(_START, value))


def _is_empty_sql(value: "exp.Expression") -> "exp.Expression":
    return sql.operation("EQ", sql.coalesce(value, sql.text("")), sql.text(""))


def _to_integer(value: str, bits: int = 32) -> int | None:
    trimmed = value.strip("\t\n\x0b\x0c\r ")
    if not re.fullmatch("[+-]?[0-9]{1,19}", trimmed):
        return None
    number = int(trimmed)
    return number if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else None


_DIGITS = r"\A[\t\n\v\f\r ]*([+-]?[0-9]{1,19})[\t\n\v\f\r ]*\z"


def _to_integer_sql(value: "exp.Expression") -> "exp.Expression":
    """Only what is all digits: DuckDB's cast would also take `1e5` and `1_000`, and round `1.5`."""
    digits = sql.call("REGEXP_EXTRACT", value, sql.text(_DIGITS), sql.number(1))
    return sql.cast_to(sql.try_cast(digits, "INTEGER"), "BIGINT")


def _convert_integer_sql(value: "exp.Expression") -> "exp.Expression":
    return sql.bound(value, lambda it: sql.case([(sql.is_null(it.copy()), sql.number(0))], _to_integer_sql(it.copy())))


def _boolean_text_sql(value: "exp.Expression") -> "exp.Expression":
    return sql.choice(value, [(sql.boolean(True), sql.text("True")), (sql.boolean(False), sql.text("False"))])


def _dashed(value: str) -> str:
    return re.sub(_GUID, r"\1-\2-\3-\4-\5", value)


def _dashed_sql(value: "exp.Expression") -> "exp.Expression":
    return sql.call("REGEXP_REPLACE", value, sql.text(_GUID), sql.text(r"\1-\2-\3-\4-\5"))


_GUID = "^(.{8})(.{4})(.{4})(.{4})(.{12})$"
_TRIMMED = (Parameter(S), Parameter(S, _characters_problem))
_PADDED = (Parameter(S), Parameter(I, _width_problem), Parameter(S, _character_problem))
_STRING = ("string", "String", "System.String")
_CONVERT = ("Convert", "System.Convert")
_INT = ("int", "Int32", "System.Int32")

TEXT_FUNCTIONS = (
    Function("ToUpper", "builtin", parameters(S), S, folding.upper_sql, folding.upper,
             "Upper case, letter by letter, as the invariant culture has it.", nesting=4),
    Function("ToLower", "builtin", parameters(S), S, lambda v: sql.call("LOWER", v), folding.lower,
             "Lower case, letter by letter, as the invariant culture has it."),
    Function("Trim", "builtin", _TRIMMED, S, lambda v, *c: _trim_sql(_BOTH, v, *c),
             lambda v, c=WHITE_SPACE: v.strip(c), "Without white space at both ends.", required=1),
    Function("TrimStart", "builtin", _TRIMMED, S, lambda v, *c: _trim_sql(_START, v, *c),
             lambda v, c=WHITE_SPACE: v.lstrip(c), "Without white space at the start.", required=1),
    Function("TrimEnd", "builtin", _TRIMMED, S, lambda v, *c: _trim_sql(_END, v, *c),
             lambda v, c=WHITE_SPACE: v.rstrip(c), "Without white space at the end.", required=1),
    Function("Simplify", "builtin", parameters(S), S, folding.simplify_sql, folding.simplify,
             "Without diacritics, in upper case, only the letters A to Z and digits.", nesting=22),
    Function("RemoveDiacritics", "builtin", parameters(S), S, folding.remove_diacritics_sql, folding.remove_diacritics,
             "Letters without their marks; ä, ö, ü, ß, æ, œ and š become two letters.", nesting=32),
    Function("ToTitle", "builtin", parameters(S), S, _title_sql, lambda v: folding.upper(v[:1]) + v[1:],
             "The first character in upper case, the rest untouched.", nesting=8),
    Function("ToFirstName", "builtin", parameters(S), S, _first_name_sql, _first_name,
             "Each word capitalised and the words joined by hyphens.", nesting=12),
    Function("ToUpperInvariant", "method", parameters(S), S, folding.upper_sql, folding.upper,
             "The same as ToUpper.", nesting=4),
    Function("ToLowerInvariant", "method", parameters(S), S, lambda v: sql.call("LOWER", v), folding.lower,
             "The same as ToLower."),
    Function("Length", "property", parameters(S), I, lambda v: sql.call("LENGTH", v), len, "The number of characters."),
    Function("Substring", "method", parameters(S, I, I), S, _substring_sql, _substring,
             "A stretch of the text from a position counted from 0; null when it is not all inside.",
             required=2, nesting=10),
    Function("StartsWith", "method", parameters(S, S), B, lambda v, part: sql.plain_call("STARTS_WITH", v, part),
             lambda v, part: v.startswith(part), "Whether the text begins with another."),
    Function("EndsWith", "method", parameters(S, S), B, lambda v, part: sql.plain_call("SUFFIX", v, part),
             lambda v, part: v.endswith(part), "Whether the text ends with another."),
    Function("Contains", "method", parameters(S, S), B, lambda v, part: sql.plain_call("CONTAINS", v, part),
             lambda v, part: part in v, "Whether another text stands in the text."),
    Function("IndexOf", "method", parameters(S, S), I,
             lambda v, part: sql.operation("Sub", sql.plain_call("STRPOS", v, part), sql.number(1)),
             lambda v, part: v.find(part), "Where another text first stands, from 0, or -1.", nesting=3),
    Function("Replace", "method", (Parameter(S), Parameter(S, _old_problem), Parameter(S)), S,
             lambda v, old, new: sql.call("REPLACE", v, old, new), lambda v, old, new: v.replace(old, new),
             "Every occurrence of one text replaced by another."),
    Function("PadLeft", "method", _PADDED, S, lambda v, *a: _pad_sql("LPAD", v, *a), _pad_left,
             "Filled up at the start to a width.", required=2, nesting=8),
    Function("PadRight", "method", _PADDED, S, lambda v, *a: _pad_sql("RPAD", v, *a), _pad_right,
             "Filled up at the end to a width.", required=2, nesting=8),
    Function("string.IsNullOrEmpty", "static", parameters(S), B, _is_empty_sql, lambda v: not v,
             "Whether the text is null or empty.", takes_null=True, classes=_STRING, nesting=4),
    Function("string.IsNullOrWhiteSpace", "static", parameters(S), B, _is_blank_sql, _is_blank,
             "Whether the text is null, empty or only white space.", takes_null=True, classes=_STRING, nesting=5),
    Function("Convert.ToInt32", "static", parameters(S), I, _convert_integer_sql,
             lambda v: 0 if v is None else _to_integer(v),
             "The 32-bit integer that a text writes; 0 for null.", takes_null=True, classes=_CONVERT, nesting=10),
    Function("int.Parse", "static", parameters(S), I, _to_integer_sql, _to_integer,
             "The 32-bit integer that a text writes.", classes=_INT, nesting=5),
    Function("Try.Int32", "operator", parameters(S), I, _to_integer_sql, _to_integer,
             "The 32-bit integer that a text writes, if it writes one.", nesting=5),
    Function("Integer.ToString", "method", parameters(I), S, lambda v: sql.cast_to(v, "VARCHAR"), str,
             "The integer in decimal digits."),
    Function("Boolean.ToString", "method", parameters(B), S, _boolean_text_sql, str, "`True` or `False`.", nesting=3),
    Function("Guid.ToString", "method", parameters(ValueType.GUID), S, _dashed_sql, _dashed,
             "The identifier in five groups of hexadecimal digits."),
)  # fmt: skip
