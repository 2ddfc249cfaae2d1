"""The functions over regular expressions, one entry each, and what of .NET's Regex they are made from.

The pattern of a call is already RE2's (`patterns`); Python searches with the same, its Unicode categories spelled out.
"""

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from compiler.expressions import sql
from compiler.expressions.function import Function, Parameter, Scalar
from compiler.expressions.patterns import to_re2
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

S, I, B = ValueType.STRING, ValueType.INTEGER, ValueType.BOOLEAN  # noqa: E741

OPTIONS = {
    "IgnoreCase": "i",
    "Multiline": "m",
    "Singleline": "s",
    "None": "",
    "Compiled": "",
    "CultureInvariant": "",
}
"""The members of RegexOptions that can be said, as RE2's flags."""

_PIECE = re.compile(r"\\p\{(\w+)\}|\\x\{([0-9A-Fa-f]+)\}|(\\z)|(\\.)|(\[\^?\]?)|(\])|(.)", re.DOTALL)
_REFERENCE = re.compile(r"\$(?:(\d{1,2})|\{(\w+)\}|(&)|(\$)|([`'+_]))|(\\)")


def translated(pattern: str, flags: str) -> tuple[str, str]:
    """A .NET pattern for RE2, and why it cannot be said (empty when it can)."""
    found = to_re2(pattern, lines="m" in flags)
    if found.problem:
        return "", found.problem
    return (f"(?{flags})" if flags else "") + found.text, ""


def replacement(written: str, pattern: str) -> tuple[str, str]:
    """A .NET replacement text for RE2, whose pattern it is for, and why it cannot be said."""
    problem = ""

    def reference(match: re.Match[str]) -> str:
        nonlocal problem
        if match[3] or match[4] or match[6]:
            return "\\0" if match[3] else "$" if match[4] else "\\\\"
        name = match[1] or match[2] or ""
        number = group_number(pattern, int(name) if name.isdigit() else name)
        if number is not None and number <= _MOST_REFERRED:
            return f"\\{number}"
        problem = problem or f"`{match[0]}` names no group of the pattern"
        return ""

    return _REFERENCE.sub(reference, written), problem


_MOST_REFERRED = 9
"""Groups that an RE2 replacement can refer to."""


def group_number(pattern: str, group: int | str) -> int | None:
    """The number in an RE2 pattern of a .NET group, None when there is none: .NET counts those with names last."""
    compiled = python_pattern(pattern)
    named = compiled.groupindex
    if isinstance(group, str):
        return named.get(group)
    plain = [number for number in range(1, compiled.groups + 1) if number not in named.values()]
    numbers = [0, *plain, *sorted(named.values())]
    return numbers[group] if 0 <= group < len(numbers) else None


def is_empty_somewhere(pattern: str) -> bool:
    """Whether an RE2 pattern finds empty stretches, which engines go through in different ways."""
    return python_pattern(pattern).search("") is not None


def has_groups(pattern: str) -> bool:
    """Whether an RE2 pattern has groups that capture."""
    return python_pattern(pattern).groups > 0


@cache
def python_pattern(pattern: str) -> re.Pattern[str]:
    """An RE2 pattern for Python."""
    inside = False
    parts: list[str] = []
    for match in _PIECE.finditer(pattern):
        if match[1]:
            parts.append(_members(match[1]) if inside else f"[{_members(match[1])}]")
        elif match[2]:
            parts.append(re.escape(chr(int(match[2], 16))))
        else:
            parts.append("\\Z" if match[3] else match[0].replace("[[", "\\[["))
        inside = (inside or bool(match[5])) and not (inside and match[6])
    return re.compile("".join(parts))


@cache
def _members(category: str) -> str:
    """The ranges of a Unicode category."""
    numbers = (code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith(category))
    ranges = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)


def _constant(value: Scalar) -> str:
    return "" if isinstance(value, str) else "the pattern must be a constant text"


def _number(value: Scalar) -> str:
    return "" if isinstance(value, int) else "the group must be a constant number"


def _replaced(value: str, pattern: str, by: str) -> str:
    """Python writes the empty text and unmatched groups as RE2 does; what is left is its own way of escaping."""
    return python_pattern(pattern).sub(lambda match: _expanded(match, by), value)


def _expanded(match: re.Match[str], by: str) -> str:
    return re.sub(r"\\(\d|\\)", lambda it: "\\" if it[1] == "\\" else match[int(it[1])] or "", by)


def _extract(value: str, pattern: str, group: int = 0) -> str:
    found = python_pattern(pattern).search(value)
    return (found[group] or "") if found else ""


_PATTERN = Parameter(S, _constant)


def _has_group(value: str, pattern: str, group: int) -> bool:
    found = python_pattern(pattern).search(value)
    return bool(found and found[group])


def _has_group_sql(value: "exp.Expression", pattern: "exp.Expression", group: "exp.Expression") -> "exp.Expression":
    return sql.operation("NEQ", sql.plain_call("REGEXP_EXTRACT", value, pattern, group), sql.text(""))


REGULAR_EXPRESSIONS = (
    Function("Regex.IsMatch", "operator", (Parameter(S), _PATTERN), B,
             lambda v, p: sql.plain_call("REGEXP_MATCHES", v, p),
             lambda v, p: python_pattern(p).search(v) is not None, "Whether the pattern is found in the text."),
    Function("Regex.Replace", "operator", (Parameter(S), _PATTERN, _PATTERN), S,
             lambda v, p, by: sql.plain_call("REGEXP_REPLACE", v, p, by, sql.text("g")), _replaced,
             "Every place where the pattern is found, replaced."),
    Function("Regex.Match", "operator", (Parameter(S), _PATTERN), S,
             lambda v, p: sql.plain_call("REGEXP_EXTRACT", v, p, sql.number(0)), _extract,
             "The first stretch in which the pattern is found; empty when there is none."),
    Function("Regex.Group", "operator", (Parameter(S), _PATTERN, Parameter(I, _number)), S,
             lambda v, p, n: sql.plain_call("REGEXP_EXTRACT", v, p, n), _extract,
             "What a group matched where the pattern is first found; empty when there is none."),
    Function("Regex.HasGroup", "operator", (Parameter(S), _PATTERN, Parameter(I, _number)), B, _has_group_sql,
             _has_group, "Whether a group matched some text where the pattern is first found."),
)  # fmt: skip
