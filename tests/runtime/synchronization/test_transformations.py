"""What transformations make of raw files: joined columns, shifted dates, kept rows, one after the other."""

from pathlib import Path

import msgspec
import pytest

from compiler.catalogue.catalogue import Catalogue
from compiler.pipeline import compile_sources
from compiler.plan.changes import AnyChange, JoinColumns, KeepRows, ShiftDates, TransformedTable
from compiler.plan.steps import EntitySource, Limits, Prepare, SourceColumn
from runtime.contract import Mode, Value
from runtime.engine.engine import literal
from runtime.synchronization.raw import PrepareFailed
from runtime.synchronization.sessions import Prepared
from tests.runtime.synchronization.harbour import ORIGIN, Harbour, prepare_step, sailor

COLUMNS = ("a", "b", "c", "d", "e")


def change_of(text: str, catalogue: Catalogue) -> AnyChange:
    """The change that one element in a connection of the garden is lowered to."""
    garden = Path(__file__).parents[2] / "compiler" / "cases" / "_garden.xml"
    head, tail = garden.read_bytes().split(b'Connector="Staff" Package="Garden.Sheets@0000001" />', 1)
    element = f'<Transformation Table="StaffList_people" {text} />'.encode()
    middle = b'Connector="Staff" Package="Garden.Sheets@0000001">' + element + b"</Connection>"
    compilation = compile_sources([("garden.xml", head + middle + tail)], catalogue)
    assert compilation.plan is not None, compilation.findings
    prepare = next(each for each in compilation.plan.of(Prepare) if each.connector == "Staff")
    return prepare.transformed[0].changes[0]


def crates(harbour: Harbour, rows: list[list[Value]], *changes: AnyChange, out: str = "out") -> list[tuple[Value, ...]]:
    """The keys and one column of a small table after the changes; the key is `a`."""
    columns = (SourceColumn("Key", "a"), SourceColumn("Out", out))
    source = EntitySource(
        entity_type="Crate", table="Crew_crates", key="Key", columns=columns, limits=Limits(), origin=ORIGIN
    )
    table = TransformedTable("Crew_Crates", changes)
    harbour.step = msgspec.structs.replace(
        prepare_step(), entity_types=(source,), associations=(), transformed=(table,)
    )
    harbour.write("Crew_crates", COLUMNS, rows)
    return prepared_rows(harbour, harbour.prepare())


def prepared_rows(harbour: Harbour, prepared: Prepared, name: str = "Crate") -> list[tuple[Value, ...]]:
    file = literal(str(prepared.path(f"{name}.parquet")))
    return harbour.engine.rows(f"SELECT * EXCLUDE (_hash) FROM read_parquet({file})")


def row(key: str, *cells: Value) -> list[Value]:
    return [key, *cells, *[None] * (4 - len(cells))]


@pytest.mark.parametrize(
    ("operator", "value", "kept"),
    [
        ("Equals", "North", ["1"]),
        ("Equals", "", ["3", "4"]),
        ("NotEquals", "North", ["2", "3", "4", "5"]),
        ("Contains", "orth", ["1", "2"]),
        ("NotContains", "orth", ["3", "4", "5"]),
        ("CotContains", "orth", ["3", "4", "5"]),
        ("StartsWith", "N", ["1"]),
        ("EndsWith", "h", ["1", "2"]),
        ("Regex", "^[Nn]o", ["1", "2"]),
        ("Regex", r"\d$", ["5"]),
        ("Regex", r"(?i)NORTH|ß", ["1", "2"]),
        ("Regex", "", ["1", "2", "3", "4", "5"]),
    ],
)
def test_where_value_keeps_rows(
    tmp_path: Path, catalogue: Catalogue, operator: str, value: str, kept: list[str]
) -> None:
    change = change_of(f'Type="WhereValue" Column="b" WhereOperator="{operator}" WhereValue="{value}"', catalogue)
    rows = [row("1", "North"), row("2", "north"), row("3", None), row("4", ""), row("5", "Żółć 7")]
    found = crates(Harbour(tmp_path), rows, change, out="b")
    assert [key for key, _ in found] == kept


def test_where_value_compares_quotes_and_percent_signs_as_they_are(tmp_path: Path) -> None:
    rows = [row("1", "it's 100%"), row("2", "it is")]
    assert crates(Harbour(tmp_path), rows, KeepRows(column="b", value="it's 100%"), out="b") == [("1", "it's 100%")]


@pytest.mark.parametrize(
    ("change", "joined"),
    [
        (JoinColumns(column="out", inputs=("b", "c", "d")), "z--aa"),
        (JoinColumns(column="out", inputs=("b", "c", "d"), separator="|"), "z|--|aa"),
        (JoinColumns(column="out", inputs=("e", "b"), separator="-"), "-z"),
        (JoinColumns(column="out", inputs=("e", "b"), separator="-", without_empty=True), "z"),
        (JoinColumns(column="out", inputs=("b", "b", "c", "b"), separator=",", without_repetitions=True), "z,--,z"),
        (
            JoinColumns(
                column="out", inputs=("b", "e", "b"), separator=",", without_empty=True, without_repetitions=True
            ),
            "z",
        ),
        (JoinColumns(column="out", inputs=("b", "c", "d", "b"), separator=",", sorted=True), "--,aa,z,z"),
        (JoinColumns(column="out", inputs=("d", "c", "b", "b"), without_repetitions=True, sorted=True), "--aaz"),
        (JoinColumns(column="out", inputs=("e", "e"), separator="-"), None),
    ],
)
def test_columns_are_joined(tmp_path: Path, change: JoinColumns, joined: str | None) -> None:
    assert crates(Harbour(tmp_path), [["1", "z", "--", "aa", None]], change) == [("1", joined)]


def test_a_joined_column_may_take_the_place_of_one_that_is_there(tmp_path: Path) -> None:
    change = JoinColumns(column="b", inputs=("b", "c"), separator="/")
    assert crates(Harbour(tmp_path), [row("1", "x", "y")], change, out="b") == [("1", "x/y")]


@pytest.mark.parametrize(
    ("attributes", "cell", "shifted"),
    [
        ('AddedDays="1"', "2031-02-28", "2031-03-01"),
        ('AddedDays="-0.5"', "20310228000000", "20310227120000"),
        ('AddedDays="1"', "20320228", "20320229"),
        ('AddedDays="0.25"', "2031-02-28T22:30", "2031-03-01T04:30"),
        ('AddedDays="1"', " 2031-02-28 22:30:15.5+02:00", "2031-03-01 22:30:15.5+02:00"),
        ('AddedDays="1" MinYear="2031"', "2030-12-31", "2030-12-31"),
        ('AddedDays="1" MinYear="2030" MaxYear="2030"', "2030-12-31", "2031-01-01"),
        ('AddedDays="1" MaxYear="9998"', "9999-12-31", "9999-12-31"),
        ('AddedDays="1"', "9999-12-31", "9999-12-31"),
        ('AddedDays="-3000000"', "2031-02-28", "2031-02-28"),
        ('AddedDays="1"', "some day", "some day"),
        ('AddedDays="1"', "2031-02-30", "2031-02-30"),
        ('AddedDays="1"', None, None),
        ('AddedDays="1" DatePattern="dd/MM/yyyy"', "28/02/2031", "01/03/2031"),
        ('DatePattern="dd/MM/yyyy"', "2031-02-28", "28/02/2031"),
        ('DatePattern="yyyyMMddHHmmss"', "2031-02-28T01:00:00+02:00", "20310227230000"),
        ('AddedDays="1" DatePattern="MM/dd"', "2031-02-28", "03/01"),
        ('AddedDays="1" DatePattern="dd/MM/yyyy"', "31/02/2031", "31/02/2031"),
    ],
)
def test_dates_are_shifted(
    tmp_path: Path, catalogue: Catalogue, attributes: str, cell: str | None, shifted: str | None
) -> None:
    change = change_of(f'Type="TransformDate" Column="b" {attributes}', catalogue)
    assert crates(Harbour(tmp_path), [row("1", cell)], change, out="b") == [("1", shifted)]


def test_a_shifted_date_may_go_to_a_column_of_its_own(tmp_path: Path) -> None:
    change = ShiftDates(column="out", input="b", days=2)
    assert crates(Harbour(tmp_path), [row("1", "2031-02-03"), row("2", "x")], change) == [
        ("1", "2031-02-05"),
        ("2", "x"),
    ]


def test_changes_are_made_in_their_order_each_on_what_the_one_before_left(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    join = JoinColumns(column="made", inputs=("b", "c"), separator="-")
    keep = KeepRows(column="made", operator="StartsWith", value="x-")
    again = JoinColumns(column="out", inputs=("made", "a"), separator=":")
    rows = [row("1", "x", "y"), row("2", "y", "x")]
    assert crates(harbour, rows, join, keep, again) == [("1", "x-y:1")]
    first = KeepRows(column="b", value="y")
    swapped = JoinColumns(column="b", inputs=("c",))
    assert crates(harbour, rows, first, swapped, out="b") == [("2", "x")]
    assert crates(harbour, rows, swapped, first, out="b") == [("1", "y")]


def test_rejects_keep_the_line_numbers_of_their_records_and_rows_left_out_are_no_mistake(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    keep = TransformedTable("Crew_sailors", (KeepRows(column="ship", operator="NotEquals", value="sunk"),))
    harbour.step = msgspec.structs.replace(prepare_step(), transformed=(keep,))
    gone = [sailor("1", ship="sunk", rank="no number"), sailor(None, ship="sunk"), sailor("2", ship="sunk")]
    harbour.fill([*gone, sailor("3"), sailor("3", "again"), sailor("2", "B")])
    prepared = harbour.prepare()
    table = prepared.entity_types["Sailor"]
    assert (table.read, table.kept, table.duplicates, table.null_keys, table.errors) == (6, 2, 1, 0, 0)
    assert table.left_out == 3
    assert {cells[:2] for cells in prepared_rows(harbour, prepared, "Sailor")} == {("3", "N"), ("2", "B")}
    rejected = (harbour.workspace.collect / "Sailor.duplicates.csv").read_text(encoding="utf-8")
    assert '"Crew_sailors.csv",6,3,again' in rejected
    links = harbour.engine.rows(f"SELECT * FROM read_parquet({literal(str(prepared.path('Serves.parquet')))})")
    assert links == []


def test_an_instruction_on_a_row_that_is_left_out_deletes_it(tmp_path: Path) -> None:
    keep = TransformedTable("Crew_sailors", (KeepRows(column="unmapped", operator="NotEquals", value="ashore"),))
    harbour = Harbour(tmp_path, msgspec.structs.replace(prepare_step(), transformed=(keep,)))
    harbour.fill([sailor("1"), sailor("2"), sailor("3")])
    harbour.run()
    assert set(harbour.sailors()) == {"1", "2", "3"}
    columns = ("book no", "name", "mail", "signed", "active", "rank", "ship", "unmapped", "command")
    instructions = [
        [*sailor("1")[:-1], "ashore", "update"],
        [*sailor("2", "New")[:-1], "aboard", "update"],
        [*sailor("3")[:-1], None, "delete"],
        [*sailor("9")[:-1], "ashore", "insert"],
    ]
    harbour.write("Crew_sailors", columns, instructions)
    harbour.run(Mode.INCREMENTAL)
    assert {book: values[0] for book, values in harbour.sailors().items()} == {"2": "New"}


def test_other_rows_after_a_changed_transformation_are_changes_of_a_complete_session(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("1", ship=None), sailor("2", mail="x")])
    harbour.run()
    keep = TransformedTable("Crew_sailors", (KeepRows(column="mail", value="x"),))
    harbour.step = msgspec.structs.replace(prepare_step(), transformed=(keep,))
    prepared = harbour.prepare(Mode.INCREMENTAL)
    assert prepared.mode is Mode.COMPLETE
    assert prepared.escalated == "the mapping of Sailor changed since the previous state"


def test_a_missing_column_of_a_transformation_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrepareFailed, match="has no column hull, only a, b, c, d, e"):
        crates(Harbour(tmp_path), [row("1")], JoinColumns(column="out", inputs=("hull",)))


def test_a_hundred_thousand_rows_with_line_breaks_inside(tmp_path: Path) -> None:
    rows = [row(str(number), f"two\nlines {number % 7}", "2031-02-03") for number in range(100_000)]
    keep = KeepRows(column="b", operator="EndsWith", value=" 3")
    found = crates(Harbour(tmp_path), rows, keep, ShiftDates(column="c", input="c", days=1), out="c")
    assert len(found) == len(range(3, 100_000, 7))
    assert {out for _, out in found} == {"2031-02-04"}
