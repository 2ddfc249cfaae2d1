"""CSV files by many hands: awk, PostgreSQL, iconv, and a program that is not done writing."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.plan.steps import ExportColumn, ExportTable
from runtime.connectors.csv import PACKAGE, CsvFile, CsvSettings
from runtime.contract import Misconfigured, Mode, Opening, Request, Unreachable
from tests.runtime.connectors.contract import Case, ExportContract, Exported, Failure, gather
from tests.servers.postgresql import PostgreSQL

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts a file that was finished an hour ago."""

    def put(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        an_hour_ago = time.time() - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
        return path

    return put


def request(mode: Mode = Mode.COMPLETE, *columns: str) -> Request:
    tables = (ExportTable("Ferry", tuple(map(ExportColumn, columns))),) if columns else ()
    return Request(mode=mode, tables=tables)


def opened(settings: CsvSettings, *roots: Path) -> CsvFile:
    return CsvFile(settings, Opening(identifier="Ferry", package="Usercube.CSV", work=Path(), roots=roots))


def export(settings: CsvSettings, mode: Mode = Mode.COMPLETE, *columns: str) -> Exported:
    return gather(opened(settings).export(request(mode, *columns)))


class TestContract(ExportContract):
    package = PACKAGE

    @pytest.fixture
    def case(self, write: Write, tmp_path: Path) -> Case:
        program = (
            'BEGIN { print "Badge;Name;Deck"; for (i = 0; i < 25000; i++) print i ";Hand " i ";" (i % 5 ? "B" : "")}'
        )
        crew = write("crew.csv", subprocess.run(["awk", program], capture_output=True, check=True).stdout)

        def spoil() -> None:
            with crew.open("a") as file:
                file.write("late;row;\n")

        return Case(
            identifier="Ferry",
            settings=CsvSettings(path=str(crew), separator=";"),
            written={"Path": "crew.csv", "Separator": ";"},
            request=request(Mode.COMPLETE, "Badge", "Name"),
            cut=spoil,
            failures=(
                Failure(settings=CsvSettings(path=str(tmp_path / "gone.csv")), kind=Unreachable),
                Failure(settings=CsvSettings(path=str(tmp_path / "no" / "a.csv")), kind=Misconfigured, key="Path"),
                Failure(settings=CsvSettings(path=str(tmp_path)), kind=Misconfigured, key="Path"),
                Failure(settings=CsvSettings(path=str(write("empty.csv", b""))), kind=Misconfigured, key="Path"),
            ),
        )


def test_the_documented_shape(write: Write) -> None:
    """Pattern, lines to skip, values to trim, a column without header."""
    write("crew_1.txt", b"old\n'Badge'\n'1'\n")
    os.utime(write("crew_20.txt", b"exported 2031-02-01\n'Badge'|'Name'||'Deck'\n'17'|'O''Hara'|x|'B'\n"), None)
    write("crew_x.txt", b"no digits")
    folder = write("other", b"").parent
    settings = CsvSettings(
        path=rf"{folder}/crew_(?<number>[0-9]+)\.txt",
        is_file_name_regex=True,
        separator="|",
        number_of_lines_to_skip=1,
        values_to_trim=("'",),
    )
    exported = export(settings)
    assert exported.columns == {"Ferry": ("Badge", "Name", "Deck")}
    assert exported.rows == {"Ferry": [("17", "O''Hara", "B")]}
    assert "newest of 2" in exported.notes[0].message


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


def test_null_and_empty_as_postgresql_writes_them(write: Write, postgresql: PostgreSQL) -> None:
    rows = "VALUES (1, NULL, ''), (2, E'two\\nlines', 'a \"word\", too'), (3, ' spaced ', NULL)"
    sql = f"COPY (SELECT * FROM ({rows}) AS crew(badge, name, deck)) TO STDOUT (FORMAT csv, HEADER)"
    path = write("pg.csv", postgresql.run(sql).encode())
    assert export(CsvSettings(path=str(path))).rows["Ferry"] == [
        ("1", None, ""),
        ("2", "two\nlines", 'a "word", too'),
        ("3", " spaced ", None),
    ]


@pytest.mark.parametrize(
    ("peer", "encoding"),
    [
        ("ISO-8859-15", "iso-8859-15"),
        ("UTF-16", None),
        ("UTF-16LE", "Unicode"),
        ("UTF-16BE", "unicodeFFFE"),
        ("CP1252", "1252"),
        ("IBM1047", "IBM1047"),
        ("UTF-8", None),
    ],
)
def test_encodings_as_iconv_writes_them(write: Write, peer: str, encoding: str | None) -> None:
    name = "Zoë ÿ" if peer == "IBM1047" else "Zoë €"
    text = f"badge;name\r\n1;{name}\r\n"
    octets = subprocess.run(["iconv", "-f", "UTF-8", "-t", peer], input=text.encode(), capture_output=True, check=True)
    path = write("crew.csv", octets.stdout)
    assert export(CsvSettings(path=str(path), encoding=encoding)).rows["Ferry"] == [("1", name)]


def test_a_mark_wins_over_the_setting_and_says_so(write: Write) -> None:
    path = write("crew.csv", b"\xef\xbb\xbfbadge\nZo\xc3\xab\n")
    exported = export(CsvSettings(path=str(path), encoding="windows-1252"))
    assert exported.rows["Ferry"] == [("Zoë",)]
    assert ["mark wins" in note.message for note in exported.notes] == [True]


def test_the_separator_is_sniffed_only_without_a_setting(write: Write) -> None:
    path = write("crew.csv", b"badge;a,b,c\n1;2\n")
    assert export(CsvSettings(path=str(path), separator=";")).columns["Ferry"] == ("badge", "a,b,c")
    assert export(CsvSettings(path=str(path))).columns["Ferry"] == ("badge;a", "b", "c")
    tabbed = write("tab.csv", b"badge\tname\n1\t2\n")
    assert export(CsvSettings(path=str(tabbed), separator="\\t")).rows["Ferry"] == [("1", "2")]


def test_the_mode_chooses_the_file(write: Write) -> None:
    whole, part = write("whole.csv", b"k\n1\n"), write("part.csv", b"k,command\n2,insert\n")
    both = CsvSettings(path=str(whole), path_incremental=str(part))
    assert export(both, Mode.COMPLETE).columns["Ferry"] == ("k",)
    assert export(both, Mode.INITIAL).columns["Ferry"] == ("k",)
    assert export(both, Mode.INCREMENTAL).rows["Ferry"] == [("2", "insert")]
    assert export(CsvSettings(path_incremental=str(part)), Mode.INITIAL).rows["Ferry"] == [("2", "insert")]
    with pytest.raises(Misconfigured, match="PathIncremental"):
        export(CsvSettings(path=str(whole)), Mode.INCREMENTAL)
    with pytest.raises(Misconfigured, match="Path"):
        export(CsvSettings(path_incremental=str(part)), Mode.COMPLETE)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"a,b\n1,2,3\n", ":2: 3 cells"),
        (b"a,a\n", ":1: columns 1 and 2"),
        (b"\n\n", ":1: there is no header"),
        (b"", ":1: there is no header"),
        (b",,\n1,2,3\n", ":1: the header names no column"),
        (b'a,b\n"1,2\n', ":2: a quoted"),
        (b"a\n\xff\n", ":2: octet 2"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(write: Write, content: bytes, place: str) -> None:
    path = write("crew.csv", content)
    with pytest.raises(Misconfigured) as raised:
        export(CsvSettings(path=str(path), separator=","))
    assert str(raised.value).startswith(f"{path}{place}")
    assert raised.value.key == "Path"


def test_a_header_alone_is_an_empty_table(write: Write) -> None:
    exported = export(CsvSettings(path=str(write("crew.csv", b"badge,name\n"))))
    assert exported.columns == {"Ferry": ("badge", "name")}
    assert exported.rows == {"Ferry": []}


def test_a_mapped_column_that_is_not_there(write: Write) -> None:
    path = write("crew.csv", b"badge,name\n1,x\n")
    with pytest.raises(Misconfigured, match="no column 'Deck'"):
        export(CsvSettings(path=str(path)), Mode.COMPLETE, "badge", "Deck")


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    path, done = tmp_path / "crew.csv", threading.Event()

    def writer() -> None:
        with path.open("w", buffering=1) as file:
            file.write("badge,name\n")
            while not done.wait(0.05):
                file.write("1,x\n")

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        while not path.exists():
            time.sleep(0.01)
        with pytest.raises(Unreachable, match="still being written"):
            export(CsvSettings(path=str(path)))
    finally:
        done.set()
        thread.join()
    assert export(CsvSettings(path=str(path))).columns["Ferry"] == ("badge", "name")


def test_a_link_does_not_lead_out_of_the_roots(write: Write, tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "crew.csv").symlink_to(write("secret.csv", b"a\n1\n"))
    with pytest.raises(Misconfigured, match="SourcesRootPaths"):
        opened(CsvSettings(path=str(inside / "crew.csv")), inside).check()
    assert "columns a" in opened(CsvSettings(path=str(inside / "crew.csv")), tmp_path).check()


def test_a_pattern_with_a_careless_dot_is_remarked(write: Write) -> None:
    path = write("crew1xcsv", b"a\n1\n")
    exported = export(CsvSettings(path=f"{path.parent}/crew.*.csv", is_file_name_regex=True))
    assert ["does not end in .csv" in note.message for note in exported.notes] == [False, True]


def test_another_table_than_the_connections_is_refused(write: Write) -> None:
    path = write("crew.csv", b"a\n1\n")
    other = Request(mode=Mode.COMPLETE, tables=(ExportTable("Ferry_crew", (ExportColumn("a"),)),))
    with pytest.raises(Misconfigured, match="Ferry_crew"):
        gather(opened(CsvSettings(path=str(path))).export(other))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "Path"),
        ({"path": "a", "separator": "||"}, "Separator"),
        ({"path": "a", "separator": '"'}, "Separator"),
        ({"path": "a", "encoding": "klingon"}, "klingon"),
        ({"path": "a", "values_to_trim": ("",)}, "ValuesToTrim"),
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        CsvSettings(**wrong)  # type: ignore[arg-type]
