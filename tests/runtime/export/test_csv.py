"""The CSV dialect: what is written is what is read back, null and the empty string apart."""

from pathlib import Path

import pytest

from runtime.contract import Value
from runtime.engine.duckdb import DuckDB
from runtime.export.csv import CsvFile
from runtime.synchronization.source import open_source

AWKWARD: list[list[Value]] = [
    ["1", None, ""],
    ["2", "a,b", 'she said "no"'],
    ["3", "line\nbreak", "carriage\rreturn"],
    ["4", "both\r\n", " spaces "],
    ["5", "żółć 漢字 🚢", "\t"],
    ["6", '"', '""'],
    ["", "", None],
    ["7", "#", ";"],
]


def read_back(path: Path) -> list[list[Value]]:
    engine = DuckDB()
    source = open_source(path, ["a"])
    rows = engine.rows(f"FROM {source.relation(parallel=True)}")
    engine.close()
    return [list(row) for row in rows]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    with CsvFile(tmp_path / "t.csv", ["a", "b", "c"]) as file:
        file.write(AWKWARD)
        file.write([row for row in AWKWARD if "" not in row])
    assert read_back(tmp_path / "t.csv") == AWKWARD + [row for row in AWKWARD if "" not in row]
    assert file.rows == len(AWKWARD) + 6
    assert file.size == (tmp_path / "t.csv").stat().st_size


def test_a_single_column_keeps_null_and_empty_apart(tmp_path: Path) -> None:
    with CsvFile(tmp_path / "t.csv", ["a"]) as file:
        file.write([["x"], [None], [""], ["y"]])
    assert (tmp_path / "t.csv").read_bytes() == b'a\nx\n\n""\ny\n'
    assert read_back(tmp_path / "t.csv") == [["x"], [None], [""], ["y"]]


def test_the_bytes_are_those_of_the_dialect(tmp_path: Path) -> None:
    with CsvFile(tmp_path / "t.csv", ["a,b", "c"]) as file:
        file.write([["é", None], ["x", ""], ["\r", '"']])
    assert (tmp_path / "t.csv").read_bytes() == '"a,b",c\né,\nx,""\n"\r",""""\n'.encode()


@pytest.mark.parametrize("rows", [[["1"]], [["1", "2", "3"]], [["1", "2"], []], [["\ud800", "x"]]])
def test_a_row_that_does_not_fit_is_refused(tmp_path: Path, rows: list[list[Value]]) -> None:
    with pytest.raises(ValueError), CsvFile(tmp_path / "t.csv", ["a", "b"]) as file:
        file.write(rows)
