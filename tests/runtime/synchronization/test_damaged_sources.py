"""Kinds of damaged source files: each ends in words that name the file, and the row if there is one; nothing changes.

No threshold is set, so that nothing but the damage itself can stop the synchronisation.
"""

import gzip
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from runtime.contract import Mode
from runtime.store.limits import ThresholdExceeded
from runtime.synchronization.prepare import prepare
from runtime.synchronization.raw import PrepareFailed
from runtime.synchronization.resources import Changes
from runtime.synchronization.sessions import discard, pending, previous
from runtime.workspace import ExportedTable, ExportManifest
from tests.runtime.synchronization.harbour import PERMIT_COLUMNS, SAILOR_COLUMNS, SHIP_COLUMNS, Harbour

HEADER = b"book no,name,mail,signed,active,rank,ship,unmapped\n"
ROWS = [f"B{number:03d},Name {number},m{number},2031-02-03,TRUE,7,1,x\n".encode() for number in range(120)]
WHOLE = HEADER + b"".join(ROWS)

Damage = Callable[[Path], None]


def holds(data: bytes) -> Damage:
    """The sailors' file holds these bytes instead."""
    return lambda folder: _set(folder / "Crew_sailors.csv", data)


def _set(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def with_row(row: bytes, at: int = 5) -> Damage:
    """A row in the middle of the file is another one."""
    return holds(HEADER + b"".join([*ROWS[:at], row, *ROWS[at + 1 :]]))


def with_column(column: int, value: bytes) -> Damage:
    """All rows have one value in a column."""
    rows = [row.rstrip(b"\n").split(b",") for row in ROWS]
    return holds(HEADER + b"".join(b",".join([*row[:column], value, *row[column + 1 :]]) + b"\n" for row in rows))


def gone(folder: Path) -> None:
    (folder / "Crew_sailors.csv").unlink()


def a_folder(folder: Path) -> None:
    gone(folder)
    (folder / "Crew_sailors.csv").mkdir()


def a_dangling_link(folder: Path) -> None:
    gone(folder)
    (folder / "Crew_sailors.csv").symlink_to(folder / "nowhere")


def a_pipe(folder: Path) -> None:
    gone(folder)
    os.mkfifo(folder / "Crew_sailors.csv")


def a_link_to_itself(folder: Path) -> None:
    """What nobody may read, root included: the name cannot be followed."""
    gone(folder)
    (folder / "Crew_sailors.csv").symlink_to("Crew_sailors.csv")


def an_archive(folder: Path) -> None:
    with zipfile.ZipFile(folder / "Crew_sailors.csv", "w") as archive:
        archive.writestr("Crew_sailors.csv", WHOLE)


def exported(rows: int, size: int) -> Damage:
    """The export said that its file has other rows, or another size."""

    def damage(folder: Path) -> None:
        table = ExportedTable(file="Crew_sailors.csv", columns=SAILOR_COLUMNS, rows=rows, size=size)
        manifest = ExportManifest(
            connection="Crew", package="p", mode="complete", time="", tables={"Crew_sailors": table}
        )
        (folder / "Crew.manifest.json").write_bytes(msgspec.json.encode(manifest))

    return damage


def mixed_line_ends(folder: Path) -> None:
    rows = [row.replace(b"\n", b"\r\n") if number % 2 else row for number, row in enumerate(ROWS)]
    _set(folder / "Crew_sailors.csv", HEADER + b"".join(rows))


def swapped_header(folder: Path) -> None:
    names = HEADER.replace(b"signed,active", b"active,signed")
    _set(folder / "Crew_sailors.csv", names + b"".join(ROWS))


def permits(text: bytes) -> Damage:
    return lambda folder: _set(folder / "Crew_permits.csv", b"sailor mail,ship code\n" + text)


PAGE = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>book no,name</body></html>\n"


def with_commands(rows: int, word: bytes) -> Damage:
    """So many rows with an instruction."""
    marked = [row.replace(b"\n", b"," + word + b"\n") for row in ROWS[:rows]]
    return holds(HEADER.replace(b"\n", b",command\n") + b"".join(marked))


DAMAGED: dict[str, tuple[Damage, str]] = {
    "an empty file": (holds(b""), r"Crew_sailors\.csv is empty"),
    "blank lines alone": (holds(b"\n\n\n"), r"Crew_sailors\.csv has no header"),
    "a header alone": (holds(HEADER), r"Sailor: 120 absent of 120, so that hardly anything is left"),
    "one row": (holds(HEADER + ROWS[0]), r"Sailor: 119 absent of 120, so that hardly anything is left"),
    "rows without a header": (holds(b"".join(ROWS)), r"Crew_sailors\.csv has no column book no"),
    "the header of another file": (
        holds(b"code,title\n1,One\n"),
        r"Crew_sailors\.csv has no column book no, only code, title",
    ),
    "a column that is gone": (holds(WHOLE.replace(b"mail", b"post", 1)), r"has no column mail"),
    "a column in other letter case": (holds(WHOLE.replace(b"mail", b"Mail", 1)), r"no column mail.*did you mean Mail"),
    "a column twice": (holds(WHOLE.replace(b"unmapped", b"mail", 1)), r"has the column mail 2 times"),
    "another separator": (holds(WHOLE.replace(b",", b"|")), r"Crew_sailors\.csv has no column book no"),
    "another separator in the rows": (
        holds(HEADER + b"".join(ROWS).replace(b",", b";")),
        r"Crew_sailors\.csv.*line 2:",
    ),
    "swapped columns in the header": (
        swapped_header,
        r"more than 100 cells cannot be converted.*line 2, column signed",
    ),
    "a file that is missing": (gone, r"there is no Crew_sailors\.csv"),
    "a folder": (a_folder, r"Crew_sailors\.csv is a folder"),
    "a pipe": (a_pipe, r"Crew_sailors\.csv is no file"),
    "a link that leads nowhere": (a_dangling_link, r"Crew_sailors\.csv.*[Nn]o such file"),
    "a name that cannot be followed": (a_link_to_itself, r"Crew_sailors\.csv.*symbolic links"),
    "compressed with gzip": (lambda folder: _set(folder / "Crew_sailors.csv", gzip.compress(WHOLE)), r"is compressed"),
    "an archive": (an_archive, r"Crew_sailors\.csv is .*archive"),
    "a web page": (holds(PAGE), r"Crew_sailors\.csv is a web page or XML"),
    "a web page after a byte order mark": (holds(b"\xef\xbb\xbf \n" + PAGE), r"Crew_sailors\.csv is a web page or XML"),
    "random bytes": (holds(bytes(range(256)) * 40), r"Crew_sailors\.csv.*(binary|NUL|UTF)"),
    "UTF-16 with a byte order mark": (holds(WHOLE.decode().encode("utf-16")), r"Crew_sailors\.csv is .*UTF-16"),
    "UTF-16 without one": (holds(WHOLE.decode().encode("utf-16-le")), r"Crew_sailors\.csv.*NUL"),
    "Latin-1": (with_row(b"B005,J\xf6rg,m5,2031-02-03,TRUE,7,1,x\n"), r"Crew_sailors\.csv.*line 7"),
    "Latin-1 in the header": (holds(WHOLE.replace(b"name", b"n\xe4me", 1)), r"Crew_sailors\.csv.*UTF-8"),
    "NUL bytes at the end, as a full disk leaves them": (
        holds(WHOLE[:3000] + b"\0" * 4096),
        r"Crew_sailors\.csv.*(NUL|line)",
    ),
    "a NUL byte in a key": (with_row(b"B0\x0005,J,m5,2031-02-03,TRUE,7,1,x\n"), r"Crew_sailors\.csv.*(NUL|line 7)"),
    "cut off in a row": (holds(WHOLE[: len(WHOLE) // 2 - 20]), r"Crew_sailors\.csv.*line 61"),
    "cut off inside quotes": (with_row(b'B005,"Jo', 119), r"Crew_sailors\.csv.*line"),
    "a quote that never ends": (with_row(b'B005,"Jo,m5,2031-02-03,TRUE,7,1,x\n'), r"Crew_sailors\.csv.*line"),
    "a row with a cell too few": (with_row(b"B005,J,m5,2031-02-03,TRUE,7,1\n"), r"Crew_sailors\.csv.*[Ll]ine.*7"),
    "a row with a cell too many": (with_row(b"B005,J,m5,2031-02-03,TRUE,7,1,x,y\n"), r"Crew_sailors\.csv.*[Ll]ine.*7"),
    "an unquoted separator in every row": (with_column(1, b"Quay, Ann"), r"Crew_sailors\.csv.*[Ll]ine.*2"),
    "a cell of 20 MB": (
        with_row(b'B005,"' + b"x" * 20_000_000 + b'",m5,2031-02-03,TRUE,7,1,x\n'),
        r"Crew_sailors\.csv",
    ),
    "carriage returns alone between rows": (holds(WHOLE.replace(b"\n", b"\r")), r"Crew_sailors\.csv"),
    "mixed line ends": (mixed_line_ends, r"Crew_sailors\.csv.*line 3 ends otherwise than the header"),
    "dates in a form that is not known": (with_column(3, b"03.02.2031"), r"more than 100 cells.*line 2, column signed"),
    "numbers past the limit": (with_column(5, b"99999999999"), r"more than 100 cells.*line 2, column rank"),
    "keys that are all empty": (with_column(0, b""), r"none of the 120 rows.*Crew_sailors\.csv"),
    "keys that are all blank": (with_column(0, b'"  "'), r"none of the 120 rows.*Crew_sailors\.csv"),
    "keys that are all the same": (with_column(0, b"B001"), r"1 of the 120 rows.*Crew_sailors\.csv"),
    "instructions of another language": (
        with_commands(120, b"modify"),
        r"'modify' is no instruction",
    ),
    "few instructions of another language": (with_commands(12, b"modify"), r"none of the 12 rows.*Crew_sailors\.csv"),
    "links without a target": (permits(b"m1,\n" * 12), r"none of the 12 rows.*Crew_permits\.csv"),
    "fewer rows than were exported": (exported(121, len(WHOLE)), r"holds 120 rows where 121 were exported"),
    "fewer bytes than were exported": (exported(120, len(WHOLE) + 1), r"Crew_sailors\.csv.*bytes.*exported"),
}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """A store of 120 sailors on one ship; whatever is read from now on is damaged."""
    harbour = Harbour(tmp_path_factory.mktemp("harbour"))
    fill(harbour)
    harbour.run()
    assert len(harbour.sailors()) == 120 and len(harbour.links("Serves")) == 120
    yield harbour
    harbour.engine.close()


def fill(harbour: Harbour) -> None:
    """All files as they should be."""
    folder = harbour.workspace.export_output
    for path in folder.iterdir():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for waiting in pending(harbour.workspace, "Crew"):
        discard(waiting)
    _set(folder / "Crew_sailors.csv", WHOLE)
    harbour.write("Crew_ships", SHIP_COLUMNS, [["One", "1"]])
    harbour.write("Crew_permits", PERMIT_COLUMNS, [[f"m{number}", "1"] for number in range(40)])


def content(harbour: Harbour) -> dict[str, object]:
    """Everything in the store, table by table, and which session it follows."""
    engine = harbour.engine
    tables = engine.rows("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL")
    found: dict[str, object] = {
        f"{schema}.{table}": engine.rows(f'FROM {schema}."{table}" ORDER BY ALL') for schema, table in tables
    }
    before = previous(harbour.workspace, "Crew")
    return found | {"previous": before and before.session}


def test_there_are_thirty_kinds() -> None:
    assert len(DAMAGED) >= 30


@pytest.mark.parametrize("mode", [Mode.COMPLETE, Mode.INCREMENTAL])
@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_source_is_said_and_changes_nothing(harbour: Harbour, kind: str, mode: Mode) -> None:
    damage, words = DAMAGED[kind]
    fill(harbour)
    damage(harbour.workspace.export_output)
    before = content(harbour)
    with pytest.raises((PrepareFailed, ThresholdExceeded), match=f"(?s){words}") as stopped:
        harbour.run(mode)
    assert len(str(stopped.value)) < 700, "words for a person, not a dump"
    assert content(harbour) == before
    assert len(pending(harbour.workspace, "Crew")) == (stopped.type is ThresholdExceeded)


def test_a_file_that_changes_while_it_is_read_is_said(harbour: Harbour) -> None:
    fill(harbour)
    path, before = harbour.workspace.export_output / "Crew_sailors.csv", content(harbour)

    def written_to(rows: int) -> None:
        with open(path, "ab") as file:
            file.write(b"B999,New,m999,2031-02-03,TRUE,7,1,x\n")

    with pytest.raises(PrepareFailed, match=r"Crew_sailors\.csv was changed while it was read"):
        prepare(harbour.step, harbour.workspace, Mode.COMPLETE, session="late", keep_csv=False, progress=written_to)
    assert content(harbour) == before and not pending(harbour.workspace, "Crew")


UNUSUAL = {
    "a byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "Windows line ends": WHOLE.replace(b"\n", b"\r\n"),
    "no line end at the end": WHOLE[:-1],
    "blank lines": HEADER + b"\n".join(ROWS) + b"\n\n",
    "semicolons": WHOLE.replace(b",", b";"),
    "every cell quoted": b"".join(b'"' + line.replace(b",", b'","') + b'"\n' for line in WHOLE.splitlines()),
    "rows in another order": HEADER + b"".join(reversed(ROWS)),
    "every row twice": HEADER + b"".join(ROWS) + b"".join(ROWS),
    "some rows without a key": WHOLE + b",Nobody,,,,,,\n" * 3,
    "columns in another order": b"".join(b",".join(reversed(line.split(b","))) + b"\n" for line in WHOLE.splitlines()),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_what_is_only_unusual_is_read_as_ever(harbour: Harbour, kind: str) -> None:
    fill(harbour)
    holds(UNUSUAL[kind])(harbour.workspace.export_output)
    done = harbour.run()
    assert done.entity_types["Sailor"] == Changes() and done.associations["Serves"].deleted == 0
    assert len(harbour.sailors()) == 120


def test_a_few_bad_cells_are_told_one_by_one_and_emptied(tmp_path: Path) -> None:
    """Two of them stand in one row."""
    harbour = Harbour(tmp_path)
    fill(harbour)
    with_row(b"B005,Jo,m5,yesterday,perhaps,7,1,x\n")(harbour.workspace.export_output)
    prepared = harbour.prepare()
    assert [note.message for note in prepared.notes] == [
        "Crew_sailors.csv, line 7, column signed: 'yesterday' is no DateTime",
        "Crew_sailors.csv, line 7, column active: 'perhaps' is no Bool",
    ]
    harbour.apply(prepared)
    assert harbour.sailors()["B005"] == ("Jo", "m5", None, None, "7")
    harbour.engine.close()
