"""CSV text in every dress, against the rows it was written from."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clients.encodings import decoder
from runtime.clients.tabular import (
    Header,
    Malformed,
    aligned,
    fitted,
    lines,
    read_header,
    records,
    sniff_separator,
    trimmer,
)
from runtime.contract import Misconfigured


def parse(data: bytes, separator: str = ",", encoding: str = "utf-8") -> list[list[str | None]]:
    return [cells for _, cells in records(lines(io.BytesIO(data), decoder(encoding)), separator)]


CELL = st.none() | st.text(st.sampled_from('ab",;\n\r é'), max_size=6)


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=5), max_size=5),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_what_was_written_is_read(rows: list[list[str | None]], quote_all: bool, end: str, final: bool) -> None:
    def cell(text: str | None) -> str:
        if text is None:
            return ""
        plain = text and not quote_all and not set(text) & set('",\r\n')
        return text if plain else '"' + text.replace('"', '""') + '"'

    text = end.join(",".join(map(cell, row)) for row in rows) + (end if final else "")
    assert parse(text.encode()) == rows


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab",;\n é'), min_size=1, max_size=6), min_size=2, max_size=5), max_size=5
    )
)
def test_python_writes_what_we_read(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    assert parse(out.getvalue().encode(), ";") == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,,""\n', [["a", None, ""]]),
        ('"",""\n', [["", ""]]),
        ('"a"",""b",c\n', [['a","b', "c"]]),
        ('5" pipe,x\n', [['5" pipe', "x"]]),
        ('"one\r\ntwo",3\r\n', [["one\r\ntwo", "3"]]),
        ('x,"a\n\n,b"\ny,z', [["x", "a\n\n,b"], ["y", "z"]]),
        ("\n\na,b\n\r\n", [["a", "b"]]),
        (" a , b \n", [[" a ", " b "]]),
        ('""""\n', [['"']]),
    ],
)
def test_forms(text: str, rows: list[list[str | None]]) -> None:
    assert parse(text.encode()) == rows


def test_records_know_their_line() -> None:
    source = lines(io.BytesIO(b'a,b\n\n"x\ny",2\nc,d\n'), decoder("utf-8"))
    assert [line for line, _ in records(source, ",", first=5)] == [5, 7, 9]


@pytest.mark.parametrize(
    ("text", "line"), [('a,b\n"x"y,2\n', 2), ('a,b\n1,"open\n2,3\n', 2), ('a\n"x"" ,"y"\n', 2), ('a,b\n"p"q"r",2\n', 2)]
)
def test_broken_quotes_name_the_line(text: str, line: int) -> None:
    with pytest.raises(Malformed) as raised:
        parse(text.encode())
    assert raised.value.line == line


def test_octets_outside_the_encoding_name_octet_and_line() -> None:
    with pytest.raises(Malformed, match="octet 6 .0xe9") as raised:
        parse(b"a,b\nx,\xe9\n")
    assert raised.value.line == 2


def test_a_sequence_cut_between_two_reads_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.clients.tabular._CHUNK", 3)
    assert parse("aé,ñb\ncü,d\n".encode()) == [["aé", "ñb"], ["cü", "d"]]
    with pytest.raises(Malformed, match="octet 9 ") as raised:
        parse("aé,ñb\n".encode() + b"c\xff,d\n")
    assert raised.value.line == 2


@pytest.mark.parametrize(
    ("line", "separator"), [("a;b,c;d", ";"), ('"a,b,c"|d', "|"), ("a\tb", "\t"), ("alone", ","), ("", ",")]
)
def test_separator_of_a_header(line: str, separator: str) -> None:
    assert sniff_separator(line) == separator


def test_header_drops_columns_without_name() -> None:
    assert read_header((1, ["a", None, "", "b"])) == Header(("a", "b"), (0, 3), 4)


def test_header_with_one_name_twice() -> None:
    with pytest.raises(Malformed, match="columns 1 and 3 are both named 'a'"):
        read_header((1, ["a", "b", "a"]))


def test_header_with_names_that_differ_by_case() -> None:
    assert read_header((1, ["a", "A"])).remarks == ("the columns 'a' and 'A' differ by letter case only",)


@pytest.mark.parametrize("cells", [[None, None], ["", None], ["a\0", "b"]])
def test_header_that_is_none(cells: list[str | None]) -> None:
    with pytest.raises(Malformed):
        read_header((1, cells))


def test_rows_are_fitted_to_the_header() -> None:
    header = read_header((1, ["a", None, "b"]))
    rows = fitted([(2, ["1", "x", "2"]), (3, ["1"]), (4, ["1", "x", "2", None, ""])], header)
    assert [tuple(row) for row in rows] == [("1", "2"), ("1", None), ("1", "2")]


def test_a_row_with_more_values_than_the_header() -> None:
    with pytest.raises(Malformed, match="4 cells where the header has 3") as raised:
        list(fitted([(9, ["1", "2", "3", "4"])], read_header((1, ["a", "b", "c"]))))
    assert raised.value.line == 9


@pytest.mark.parametrize(
    ("entries", "text", "trimmed"),
    [
        (["#", "="], "#=x=#", "x"),
        (["#", "="], "=#x#=", "#x#"),
        (["--"], "-----a--", "-a"),
        (["'"], "''", None),
        (["'"], "", ""),
    ],
)
def test_trimming_goes_entry_by_entry(entries: list[str], text: str, trimmed: str | None) -> None:
    assert trimmer(entries)(text) == trimmed


def test_columns_take_the_spelling_of_the_mapping() -> None:
    assert aligned(["BADGE", "Name", "name"], ["Badge", "name"], "crew.csv") == ("Badge", "Name", "name")
    with pytest.raises(Misconfigured, match="no column 'Deck'.*BADGE, Name"):
        aligned(["BADGE", "Name"], ["Deck"], "crew.csv")
