"""What prepare keeps, rejects, refuses and says, with exact line numbers."""

from pathlib import Path

import msgspec
import pytest

from compiler.plan.steps import EntitySource, Limits, LinkEnd, LinkSource, SourceColumn
from runtime.contract import Mode, Value
from runtime.engine.engine import literal
from runtime.synchronization.raw import PrepareFailed
from runtime.synchronization.sessions import Prepared, pending
from runtime.workspace import ExportedTable, ExportManifest, file_name
from tests.runtime.synchronization.harbour import ORIGIN, SAILOR_COLUMNS, Harbour, prepare_step, sailor


def rows(harbour: Harbour, prepared: Prepared, name: str) -> list[tuple[Value, ...]]:
    file = prepared.path(f"{name}.parquet")
    excluded = " EXCLUDE (_hash)" if name in prepared.entity_types else ""
    return harbour.engine.rows(f"SELECT *{excluded} FROM read_parquet({literal(str(file))})")


def collected(harbour: Harbour, name: str) -> str | None:
    path = harbour.workspace.collect / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def test_columns_types_null_and_empty(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill(
        [
            ["1", "", None, "2031-02-03T04:05:06+01:00", "TRUE", "007", None, "dropped"],
            ["2", None, "", "", "", "", "", None],
            ["3", 'says "ahoy"\n, żółć 漢字', "a;b", None, "0", None, "1", ""],
        ]
    )
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Sailor") == [
        ("1", "", None, "20310203030506", "true", "7"),
        ("2", None, "", None, None, None),
        ("3", 'says "ahoy"\n, żółć 漢字', "a;b", None, "false", None),
    ]
    assert rows(harbour, prepared, "Serves") == [("3", "1")]


def test_null_and_duplicate_keys_are_reported_with_their_lines(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    two_lines = sailor("1", "first\nof two lines")
    later = [sailor("1", 'a "later" one'), sailor(" \t"), sailor("A"), sailor("a"), sailor("1")]
    harbour.fill([two_lines, sailor(None), *later])
    prepared = harbour.prepare()
    table = prepared.entity_types["Sailor"]
    assert (table.read, table.kept, table.null_keys, table.duplicates) == (7, 3, 2, 2)
    kept = sorted(row[:2] for row in rows(harbour, prepared, "Sailor"))
    assert kept == [("1", "first\nof two lines"), ("A", "N"), ("a", "N")]
    header = '"SourceFile","LineNumber","book no","name","mail","signed","active","rank","ship","unmapped"\n'
    assert collected(harbour, "Sailor.duplicates.csv") == header + (
        '"Crew_sailors.csv",5,1,"a ""later"" one",,2031-02-03,TRUE,,,x\n"Crew_sailors.csv",9,1,N,,2031-02-03,TRUE,,,x\n'
    )
    assert collected(harbour, "Sailor.nullpk.csv") == header + (
        '"Crew_sailors.csv",4,,N,,2031-02-03,TRUE,,,x\n"Crew_sailors.csv",6, \t,N,,2031-02-03,TRUE,,,x\n'
    )
    harbour.fill([sailor("1")])
    harbour.prepare()
    assert collected(harbour, "Sailor.duplicates.csv") is None
    assert collected(harbour, "Sailor.nullpk.csv") is None


def test_keys_compare_in_internal_form(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("1", ship="02")], [["Two", "2"], ["Again", "002"], ["Not", "two"]])
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Ship") == [("2", "Two")]
    table = prepared.entity_types["Ship"]
    assert (table.duplicates, table.null_keys, table.errors) == (1, 1, 1)
    assert [note.message for note in prepared.notes] == ["Crew_ships.csv, line 4, column code: 'two' is no Int32"]
    assert rows(harbour, prepared, "Serves") == [("1", "2")]


def test_cells_that_do_not_convert_are_null_and_said(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor(str(number), rank="high\x1e\x1fer" if number % 2 else None) for number in range(50)])
    prepared = harbour.prepare()
    assert prepared.entity_types["Sailor"].errors == 25
    assert {row[5] for row in rows(harbour, prepared, "Sailor")} == {None}
    assert prepared.notes[0].message == "Crew_sailors.csv, line 3, column rank: 'higher' is no Int32"
    assert len(prepared.notes) == 21
    assert prepared.notes[20].count == 5


def test_too_many_errors_fail_and_change_nothing(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("1"), sailor("1")])
    harbour.run()
    before = {path: path.read_bytes() for path in harbour.workspace.work.rglob("*") if path.is_file()}
    harbour.fill([sailor(str(number), rank="high") for number in range(101)])
    with pytest.raises(PrepareFailed, match="more than 100 cells .* line 2, column rank: 'high' is no Int32"):
        harbour.prepare()
    assert {path: path.read_bytes() for path in harbour.workspace.work.rglob("*") if path.is_file()} == before


def test_a_missing_column_is_named_with_what_there_is(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([])
    harbour.write("Crew_ships", ("Code", "titel"), [])
    with pytest.raises(PrepareFailed) as failure:
        harbour.prepare()
    assert str(failure.value) == (
        "table Crew_ships: Crew_ships.csv has no column code, only Code, titel; did you mean Code?"
    )
    harbour.write("Crew_ships", ("code", "title", "code"), [])
    with pytest.raises(PrepareFailed, match="has the column code 2 times"):
        harbour.prepare()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no Crew_ships.csv"),
        (b"", "is empty"),
        (b"code,title\n1\n", "cannot be read as CSV"),
        (b'code,title\n1,"open\n', "cannot be read as CSV"),
        (b"code,title\n1,\xff\n", "line 2 holds the byte 0xff"),
        ("code,title\n1,x\n".encode("utf-16"), "UTF-16"),
        (b'"code\n', "no header line"),
    ],
)
def test_a_file_that_is_no_csv_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([])
    path = harbour.workspace.export_output / "Crew_ships.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PrepareFailed, match=said):
        harbour.prepare()
    assert pending(harbour.workspace, "Crew") == []


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbfcode;title\r\n1;"a\r\nb"\r\n;x\r\n',
        b'code\ttitle\n1\t"a\r\nb"\n\tx\n',
        b'"code",title\n\n1,"a\r\nb"\n\n,x',
    ],
)
def test_files_of_other_programs(tmp_path: Path, content: bytes) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([])
    (harbour.workspace.export_output / "crew_SHIPS.csv").write_bytes(content)
    (harbour.workspace.export_output / "Crew_ships.csv").unlink()
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Ship") == [("1", "a\r\nb")]
    rejected = collected(harbour, "Ship.nullpk.csv")
    assert rejected is not None
    assert rejected.splitlines()[1].replace(";", ",").replace("\t", ",") in (
        '"crew_SHIPS.csv",4,,x',
        '"crew_SHIPS.csv",6,,x',
    )


def test_more_rows_than_one_batch_keep_their_order_and_lines(tmp_path: Path) -> None:
    """200,000 rows: several of the engine's vectors, row groups and threads."""
    harbour = Harbour(tmp_path)
    count = 200_000
    people = [sailor(f"K{number}", "two\nlines" if number % 3 == 0 else "one") for number in range(count)]
    for number in (70_000, 150_000, 199_999):
        people[number][0] = "K5"
    people[123_456][0] = None
    harbour.fill(people)
    prepared = harbour.prepare()
    assert prepared.entity_types["Sailor"].kept == count - 4

    def line(row: int) -> str:
        return str(2 + row + sum(1 for number in range(row) if number % 3 == 0))

    duplicates, nulls = collected(harbour, "Sailor.duplicates.csv"), collected(harbour, "Sailor.nullpk.csv")
    assert duplicates is not None and nulls is not None
    found = [record.split(",")[1] for record in duplicates.splitlines()[1:] if record.startswith('"Crew')]
    assert found == [line(70_000), line(150_000), line(199_999)]
    assert [record.split(",")[1] for record in nulls.splitlines()[1:] if record.startswith('"Crew')] == [line(123_456)]


def test_cells_that_look_like_csv(tmp_path: Path) -> None:
    """Threads begin in the middle of the file, where a cell may pretend to be rows."""
    harbour = Harbour(tmp_path)
    pretends = '1,2\n"c","d"\n"e\n""x"",y\n1,2\n'
    ships: list[list[Value]] = [[pretends * (1 + number % 300), str(number)] for number in range(8_000)]
    harbour.fill([], ships)
    prepared = harbour.prepare()
    assert sorted(rows(harbour, prepared, "Ship")) == sorted((code, title) for title, code in ships)


def test_links_of_a_file_of_their_own(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([], [], [["a", "1"], ["a", None], ["", "1"], ["a", "01"], ["a", "2"], ["b", "x"]])
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Permits") == [("a", "1"), ("a", "2")]
    assert collected(harbour, "Permits.nullpk.csv") == (
        '"SourceFile","LineNumber","sailor mail","ship code"\n'
        '"Crew_permits.csv",3,a,\n"Crew_permits.csv",4,"",1\n"Crew_permits.csv",7,b,x\n'
    )
    assert collected(harbour, "Permits.duplicates.csv") == (
        '"SourceFile","LineNumber","sailor mail","ship code"\n"Crew_permits.csv",5,a,01\n'
    )


def test_links_of_an_entity_table_follow_its_rows(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("1", ship="5"), sailor("2"), sailor("1", ship="6"), sailor(None, ship="7")])
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Serves") == [("1", "5")]
    assert collected(harbour, "Serves.nullpk.csv") is None
    assert collected(harbour, "Serves.duplicates.csv") is None


def test_a_mono_valued_side_keeps_the_first_in_sort_order(tmp_path: Path) -> None:
    step = prepare_step()
    own = LinkSource(
        association="Permits",
        table="Crew_permits",
        own_file=True,
        limits=Limits(),
        origin=ORIGIN,
        side1=LinkEnd("sailor mail", "Sailor", "Mail", False),
        side2=LinkEnd("ship code", "Ship", "Code", True),
    )
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, associations=(step.associations[0], own)))
    harbour.fill([], [], [["a", "9"], ["a", "10"], ["b", "9"]])
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Permits") == [("a", "10"), ("b", "9")]
    assert prepared.associations["Permits"].duplicates == 1
    assert collected(harbour, "Permits.duplicates.csv") == (
        '"SourceFile","LineNumber","sailor mail","ship code"\n"Crew_permits.csv",2,a,9\n'
    )


def test_sorted_files_when_asked(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("b", ""), sailor("B", None), sailor("10"), sailor("9")])
    harbour.apply(harbour.prepare(keep_csv=True))
    assert collected(harbour, "Sailor.sorted.csv") == (
        "Book,Name,Mail,SignedOn,Active,Rank\n10,N,,20310203000000,true,\n9,N,,20310203000000,true,\n"
        'B,,,20310203000000,true,\nb,"",,20310203000000,true,\n'
    )
    harbour.fill([sailor("b", ""), sailor("B", "x"), sailor("10"), sailor("c")])
    harbour.prepare(Mode.INCREMENTAL, keep_csv=True)
    assert collected(harbour, "Sailor.sorted.delta") == (
        "command,Book,Name,Mail,SignedOn,Active,Rank\ndelete,9,,,,,\n"
        "update,B,x,,20310203000000,true,\ninsert,c,N,,20310203000000,true,\n"
    )
    harbour.prepare()
    assert collected(harbour, "Sailor.sorted.csv") is None
    assert collected(harbour, "Sailor.sorted.delta") is None


def test_two_entity_types_of_one_table(tmp_path: Path) -> None:
    step = prepare_step()
    post = EntitySource(
        entity_type="Post",
        table="crew_SAILORS",
        key="Rank",
        limits=Limits(),
        origin=ORIGIN,
        columns=(SourceColumn("Rank", "rank", "Int32"), SourceColumn("Label", "rank")),
    )
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, entity_types=(*step.entity_types, post)))
    harbour.fill([sailor("1", rank="05"), sailor("2", rank="5"), sailor("3")])
    prepared = harbour.prepare()
    assert rows(harbour, prepared, "Post") == [("5", "05")]
    assert len(rows(harbour, prepared, "Sailor")) == 3
    assert (prepared.entity_types["Post"].null_keys, prepared.entity_types["Post"].duplicates) == (1, 1)


def test_another_column_of_instructions(tmp_path: Path) -> None:
    """Then `command` is a column like any other."""
    harbour = Harbour(tmp_path, msgspec.structs.replace(prepare_step(), instructions="What"))
    harbour.fill([], [["One", "1"], ["Two", "2"]])
    harbour.run()
    harbour.write("Crew_ships", ("title", "code", "command", "what"), [["1st", "1", "delete", "Update"]])
    done = harbour.apply(harbour.prepare(Mode.INCREMENTAL), Mode.INCREMENTAL)
    assert (done.entity_types["Ship"].updated, done.entity_types["Ship"].deleted) == (1, 0)
    harbour.write("Crew_ships", ("title", "code", "command"), [["1st", "1", "update"]])
    assert not harbour.prepare(Mode.INCREMENTAL).entity_types["Ship"].commanded


def test_names_out_of_the_xml_are_hostile(tmp_path: Path) -> None:
    name = "x'; DROP TABLE stage; --\"/../../y"
    column = "c'o\"l,u}m\nn"
    source = EntitySource(
        entity_type=name,
        table=name,
        key=column,
        limits=Limits(),
        origin=ORIGIN,
        columns=(SourceColumn(column, column),),
    )
    harbour = Harbour(tmp_path)
    harbour.step = msgspec.structs.replace(prepare_step(), entity_types=(source,), associations=(), connector=name)
    harbour.write(file_name(name), (column, "other"), [["1", "x"], [None, "y"]])
    prepared = harbour.prepare(session="../../s'")
    assert prepared.entity_types[name].kept == 1
    assert {path.name for path in tmp_path.iterdir()} == {"Temp", "Work", "Journal", "Deployed", "Snapshots"}
    assert Path(prepared.folder).parent == harbour.workspace.synchronization


def test_a_file_shorter_than_its_manifest_says_is_refused(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("1")])
    size = (harbour.workspace.export_output / "Crew_sailors.csv").stat().st_size
    table = ExportedTable(file="Crew_sailors.csv", columns=SAILOR_COLUMNS, rows=2, size=size)
    tables = {"Crew_sailors": table}
    manifest = ExportManifest(connection="Crew", package="csv", mode="complete", time="", tables=tables)
    (harbour.workspace.export_output / "Crew.manifest.json").write_bytes(msgspec.json.encode(manifest))
    with pytest.raises(PrepareFailed, match="holds 1 rows where 2 were exported"):
        harbour.prepare()


def test_two_mappings_of_one_name_are_refused(tmp_path: Path) -> None:
    step = prepare_step()
    again = msgspec.structs.replace(step.associations[0], association="sailor")
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, associations=(again,)))
    harbour.fill([])
    with pytest.raises(PrepareFailed, match="two mappings are named sailor"):
        harbour.prepare()
