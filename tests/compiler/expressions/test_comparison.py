"""What the comparison types take for equal, in Python and in DuckDB (provisioning.md §9)."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.expressions.comparison import fold, folded
from tests.compiler.expressions.test_properties import TEXTS

KINDS = [0, 1, 2, 3, 4]

_CONNECTION = duckdb.connect()


def in_sql(kind: int, value: str | None) -> str | None:
    folded = (fold(kind) or "{0}").format('"value"')
    found = _CONNECTION.execute(f'SELECT {folded} FROM (SELECT CAST(? AS VARCHAR) AS "value")', [value]).fetchone()
    assert found is not None
    text: str | None = found[0]
    return text


EQUAL = [
    (1, "Straße É", "sTRAßE é"),
    (2, "Ærøskøbing Müller ł", "AEroskobing Muller l"),
    (2, "Mu\u0308ller", "Müller"),
    (2, "Ǽgir ǣ Ǿ", "AEgir ae O"),
    (3, "Jean-François 2", "JEAN FRANCOIS"),
    (3, "Πέτρος", "πετροσ"),
    (4, "Schmid", "schmit"),
    (4, "Smith", "SMYT"),
    (4, "Elza", "Elsa"),
    (4, "Rebekka", "Rebecca"),
    (4, "Wolff", "Volf"),
    (4, "Rossi", "Roci"),
    (4, "Thomas", "Toma"),
    (4, "Anna", "Ana"),
]
DIFFERENT = [
    (0, "a", "A"),
    (1, "é", "e"),
    (2, "é", "E"),
    (2, "a-b", "ab"),
    (3, "Anna", "Ana"),
    (4, "Anna", "Hanno"),
    (4, "Rossi", "Rosi"),
]


@pytest.mark.parametrize(("kind", "first", "second"), EQUAL)
def test_equal(kind: int, first: str, second: str) -> None:
    assert folded(kind, first) == folded(kind, second)
    assert in_sql(kind, first) == in_sql(kind, second)


@pytest.mark.parametrize(("kind", "first", "second"), DIFFERENT)
def test_different(kind: int, first: str, second: str) -> None:
    assert folded(kind, first) != folded(kind, second)
    assert in_sql(kind, first) != in_sql(kind, second)


@pytest.mark.parametrize("kind", KINDS)
def test_null_stays_null(kind: int) -> None:
    assert folded(kind, None) is None
    assert in_sql(kind, None) is None


@given(value=TEXTS, kind=st.sampled_from(KINDS))
@settings(max_examples=600, deadline=None)
def test_sql_and_python_fold_alike(value: str, kind: int) -> None:
    assert in_sql(kind, value) == folded(kind, value)


@given(value=TEXTS)
@settings(max_examples=300, deadline=None)
def test_each_type_is_wider_than_the_one_before(value: str) -> None:
    for kind in (1, 2, 3):
        again = folded(kind, value)
        assert again is not None
        assert folded(4, again) == folded(4, value)
