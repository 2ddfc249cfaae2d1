"""Every letter of Unicode's first planes: DuckDB folds it as the Python reference does."""

import unicodedata
from collections.abc import Callable

import duckdb
import pytest
from sqlglot import exp

from compiler.expressions import folding

# the last characters on which the two libraries' versions of Unicode agree
_LETTERS = [
    chr(code)
    for code in [
        *range(1, 0xA000),
        *range(0xA720, 0xA7C0),
        *range(0xAC00, 0xAC20),
        *range(0xFB00, 0xFDD0),
        *range(0xFE70, 0xFFF0),
        *range(0x10400, 0x10500),
        *range(0x1F600, 0x1F650),
    ]
    if unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs")
]

# marks that Unicode moved from one category to another between those versions
_MOVED = {"\u0cf3", "\u0ece"}


@pytest.mark.parametrize(
    ("to_sql", "in_python"),
    [
        (folding.upper_sql, folding.upper),
        (lambda value: exp.func("LOWER", value), folding.lower),
        (folding.remove_diacritics_sql, folding.remove_diacritics),
        (folding.simplify_sql, folding.simplify),
        (folding.base_letters_sql, folding.base_letters),
    ],
    ids=["upper", "lower", "remove_diacritics", "simplify", "base_letters"],
)
def test_letters(to_sql: "Callable[[exp.Expression], exp.Expression]", in_python: Callable[[str], str]) -> None:
    folded = to_sql(exp.column("letter")).sql(dialect="duckdb")
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT letter, {folded} FROM (SELECT unnest(?) AS letter)", [_LETTERS]).fetchall()
    assert len(rows) == len(_LETTERS)
    assert [
        (hex(ord(letter)), found) for letter, found in rows if found != in_python(letter) and letter not in _MOVED
    ] == []
