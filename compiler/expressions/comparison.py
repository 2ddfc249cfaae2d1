"""A `ComparisonType` goes in; what two values are compared by comes out, in SQL and Python (provisioning.md §9)."""

import re
from functools import cache
from typing import TYPE_CHECKING

from compiler.expressions import folding, sql

if TYPE_CHECKING:
    from sqlglot import exp

_ALIKE = {"Z": "S", "Y": "I", "W": "V", "K": "C"}
PLACE = "{0}"


@cache
def fold(kind: int) -> str:
    """SQL in which `{0}` stands for a column, maybe more than once; values are equal when their results are.

    It is empty for an exact comparison. The rest holds no braces that `str.format` would take for its own.

    1 ignores case, 2 diacritics, 3 case, diacritics and all but letters, 4 also what sounds alike.
    """
    if kind == 0:
        return ""
    from sqlglot import exp

    column = exp.column("accordant_value")
    folded = {1: folding.upper_sql, 2: folding.base_letters_sql, 3: _simplified_sql, 4: _approximate_sql}[kind](column)
    text = folded.sql(dialect="duckdb")
    return text.replace("{", "{{").replace("}", "}}").replace("accordant_value", PLACE)


def folded(kind: int, value: str | None) -> str | None:
    """The same in Python."""
    if value is None or kind == 0:
        return value
    return {1: folding.upper, 2: folding.base_letters, 3: _simplified, 4: _approximate}[kind](value)


def _simplified(value: str) -> str:
    return "".join(each for each in folding.upper(folding.base_letters(value)) if each.isalpha())


def _simplified_sql(value: "exp.Expression") -> "exp.Expression":
    upper = sql.call("UPPER", folding.base_letters_sql(value))
    return sql.call("REGEXP_REPLACE", upper, sql.text(r"\PL+"), sql.text(""), sql.text("g"))


def _approximate(value: str) -> str:
    text = _simplified(value).replace("H", "")
    for letter, alike in _ALIKE.items():
        text = text.replace(letter, alike)
    text = re.sub(r"(.)\1+", r"\1", text.replace("SS", "C"))
    return re.sub("[TDS]$", "", text)


def _approximate_sql(value: "exp.Expression") -> "exp.Expression":
    text = sql.call("REPLACE", _simplified_sql(value), sql.text("H"), sql.text(""))
    for letter, alike in (*_ALIKE.items(), ("SS", "C")):
        text = sql.call("REPLACE", text, sql.text(letter), sql.text(alike))
    return sql.call("REGEXP_REPLACE", _once(text), sql.text("[TDS]$"), sql.text(""))


def _once(value: "exp.Expression") -> "exp.Expression":
    """Doubled letters once: RE2 has no back references, so the letters are gone through one by one."""
    from sqlglot import exp

    before, letter = exp.column("_before"), exp.column("_letter")
    same = sql.operation("EQ", sql.call("RIGHT", before, sql.number(1)), letter)
    step = sql.case([(same, before.copy())], sql.operation("DPipe", before.copy(), letter.copy()))
    names = [exp.to_identifier("_before"), exp.to_identifier("_letter")]
    letters = sql.plain_call("STRING_SPLIT", value, sql.text(""))
    return sql.plain_call("LIST_REDUCE", letters, exp.Lambda(this=step, expressions=names), sql.text(""))
