"""Cells to internal text, type by type."""

from collections.abc import Iterator

import pytest

from runtime.engine.duckdb import DuckDB
from runtime.synchronization.cells import define_conversions, internal, is_blank


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    engine = DuckDB()
    define_conversions(engine)
    yield engine
    engine.close()


CASES: dict[str, dict[str, str | None]] = {
    "Bool": {"true": "true", "TRUE": "true", "1": "true", " False": "false", "0": "false", "yes": None, "": None},
    "Byte": {"0": "0", "255": "255", "256": None, "-1": None},
    "Int16": {"-32768": "-32768", "32768": None},
    "Int32": {"007": "7", "+5": "5", "-0": "0", "2147483648": None, "1.5": None, "1e3": None, "x": None, "٣": None},
    "Int64": {"9223372036854775807": "9223372036854775807", "9223372036854775808": None, "9" * 40: None},
    "Double": {"1": "1", "1.50": "1.5", ".5": "0.5", "1e3": "1000", "-0": "0", "1,5": None, "nan": None, "1e999": None},
    "DateTime": {
        "20310203040506": "20310203040506",
        "20310203040506.7Z": "20310203040506",
        "2031-02-03": "20310203000000",
        "20310203": "20310203000000",
        "2031-02-03T04:05:06Z": "20310203040506",
        "2031-02-03T04:05:06.999Z": "20310203040506",
        "2031-02-03 04:05": "20310203040500",
        "2031-02-03T04:05:06+02:00": "20310203020506",
        "2031-02-03T04:05:06-0230": "20310203063506",
        "2031-01-01T00:30:00+01": "20301231233000",
        "2031-02-30": None,
        "20310230000000": None,
        "03/02/2031": None,
        "infinity": None,
    },
    "Guid": {
        "{6F9619FF-8B86-D011-B42D-00C04FC964FF}": "6f9619ff8b86d011b42d00c04fc964ff",
        "6f9619ff8b86d011b42d00c04fc964ff": "6f9619ff8b86d011b42d00c04fc964ff",
        "6f9619ff8b86d011b42d00c04fc964f": None,
    },
    "Bytes": {"AAEC": "AAEC", "not base64!": None},
    "String": {" as it is ": " as it is ", "": ""},
}


@pytest.mark.parametrize("kind", CASES)
def test_internal_text(engine: DuckDB, kind: str) -> None:
    found = {text: engine.rows(f"SELECT {internal('$1', kind)}", [text])[0][0] for text in CASES[kind]}
    assert found == CASES[kind]


@pytest.mark.parametrize("kind", CASES)
def test_null_stays_null(engine: DuckDB, kind: str) -> None:
    assert engine.rows(f"SELECT {internal('CAST(NULL AS VARCHAR)', kind)}") == [(None,)]


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        (None, True),
        ("", True),
        (" ", True),
        ("\t\n\u00a0\u2003", True),
        ("x", False),
        (" x", False),
        ("é", False),
    ],
)
def test_blank(engine: DuckDB, text: str | None, blank: bool) -> None:
    assert engine.rows(f"SELECT {is_blank('CAST($1 AS VARCHAR)')}", [text]) == [(blank,)]
