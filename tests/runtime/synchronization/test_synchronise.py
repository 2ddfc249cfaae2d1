"""Sessions into the store: every mode, links, thresholds, repetition, and what stays untouched."""

from pathlib import Path

import msgspec
import pytest

from compiler.plan.steps import Limits, LinkEnd, SourceColumn
from runtime.contract import Mode, Value
from runtime.store.limits import ThresholdExceeded
from runtime.synchronization.apply import Synchronised, SynchroniseFailed
from runtime.synchronization.raw import PrepareFailed
from runtime.synchronization.sessions import pending, previous
from tests.runtime.synchronization.harbour import (
    PERMIT_COLUMNS,
    SAILOR,
    SAILOR_COLUMNS,
    SHIP_COLUMNS,
    Harbour,
    prepare_step,
    sailor,
    synchronise_step,
)

Rows = list[list[Value]]
DEFAULTS = synchronise_step(Limits(100, 100, 100, 5, 5, 5), Limits(1000, 0, 1000, 5, 0, 5))


def crew(count: int, start: int = 0) -> Rows:
    return [sailor(f"B{number:05d}", mail=f"m{number}") for number in range(start, start + count)]


def numbers(done: Synchronised) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {
        name: (each.inserted, each.updated, each.deleted) for name, each in done.entity_types.items()
    }
    return found | {name: (each.inserted, each.deleted, each.unresolved) for name, each in done.associations.items()}


NOTHING = {"Sailor": (0, 0, 0), "Ship": (0, 0, 0), "Serves": (0, 0, 0), "Permits": (0, 0, 0)}


pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
def harbour(tmp_path: Path) -> Harbour:
    return Harbour(tmp_path)


@pytest.mark.parametrize("mode", [Mode.COMPLETE, Mode.INITIAL])
def test_a_first_load_and_the_same_again(harbour: Harbour, mode: Mode) -> None:
    sailors = [sailor("1", "", "a", "01", "07"), sailor("2", None, "b", "9"), sailor("3", "Ö'\n\"", "")]
    harbour.fill(sailors, [["One", "1"], ["Two", "2"]], [["a", "2"], ["b", "1"], ["nobody", "1"]])
    done = harbour.run(mode)
    assert numbers(done) == {"Sailor": (3, 0, 0), "Ship": (2, 0, 0), "Serves": (1, 0, 1), "Permits": (2, 0, 1)}
    assert harbour.sailors() == {
        "1": ("", "a", "20310203000000", "true", "7"),
        "2": (None, "b", "20310203000000", "true", None),
        "3": ("Ö'\n\"", "", "20310203000000", "true", None),
    }
    assert harbour.links("Serves") == {("1", "1")}
    assert harbour.links("Permits") == {("1", "2"), ("2", "1")}
    assert numbers(harbour.run()) == NOTHING | {"Serves": (0, 0, 1), "Permits": (0, 0, 1)}
    assert not harbour.store.is_empty(["Sailor", "Ship"])
    counts = harbour.store.counts()
    assert counts.entity_types == {"Sailor": 3, "Ship": 2}
    assert counts.associations == {"Likes": 0, "Permits": 2, "Serves": 1}


@pytest.mark.on_spark_too
def test_complete_inserts_updates_and_deletes(harbour: Harbour) -> None:
    harbour.fill([sailor("1", "old", ship="1"), sailor("2", ship="1"), sailor("3")], [["One", "1"]])
    harbour.run()
    ids: dict[str, int] = dict(harbour.engine.rows('SELECT "Book", _id FROM resource."Sailor"'))
    harbour.engine.execute('UPDATE resource."Sailor" SET "Nickname" = \'kept\' WHERE "Book" = \'1\'')
    ship = harbour.engine.rows('SELECT _id FROM resource."Ship"')[0][0]
    harbour.engine.execute(f'INSERT INTO link."Likes" (_1, _2) VALUES ({ids["2"]}, {ship}), ({ids["1"]}, {ship})')
    harbour.fill([sailor("1", "new", ship="1"), sailor("3", ship="1"), sailor("4")], [["One", "1"]])
    done = harbour.run()
    assert numbers(done) == NOTHING | {"Sailor": (1, 1, 1), "Serves": (1, 1, 0)}
    assert done.entity_types["Sailor"].absent == 1
    first = harbour.engine.rows('SELECT "Name", "Nickname" FROM resource."Sailor" WHERE "Book" = \'1\'')
    assert first == [("new", "kept")]
    after: dict[str, int] = dict(harbour.engine.rows('SELECT "Book", _id FROM resource."Sailor"'))
    assert {book: after[book] for book in ("1", "3")} == {book: ids[book] for book in ("1", "3")}
    assert after["4"] > max(ids.values())
    assert harbour.links("Serves") == {("1", "1"), ("3", "1")}
    assert harbour.links("Likes") == {("1", "1")}  # the deleted sailor's is gone, though no mapping loads it


def test_null_and_empty_are_different_values(harbour: Harbour) -> None:
    harbour.fill([sailor("1", ""), sailor("2", None)])
    harbour.run()
    harbour.fill([sailor("1", None), sailor("2", "")])
    assert numbers(harbour.run())["Sailor"] == (0, 2, 0)
    assert {book: row[0] for book, row in harbour.sailors().items()} == {"1": None, "2": ""}


def test_ids_are_never_used_twice(harbour: Harbour) -> None:
    harbour.fill(crew(5))
    harbour.run()
    everyone = 'SELECT _id FROM resource."Sailor"'
    first = {row[0] for row in harbour.engine.rows(everyone)}
    harbour.fill([])
    harbour.run()
    harbour.fill(crew(5), [["One", "1"]])
    harbour.run()
    second = {row[0] for row in harbour.engine.rows(f'{everyone} UNION ALL SELECT _id FROM resource."Ship"')}
    assert len(second) == 6
    assert not first & second


def test_initial_is_refused_where_there_is_something_and_forced_deletes_nothing(harbour: Harbour) -> None:
    harbour.fill([sailor("1"), sailor("2")])
    harbour.run(Mode.INITIAL)
    harbour.fill([sailor("2", "new"), sailor("3")])
    prepared = harbour.prepare(Mode.INITIAL)
    with pytest.raises(SynchroniseFailed, match="use complete mode"):
        harbour.apply(prepared, Mode.INITIAL)
    assert set(harbour.sailors()) == {"1", "2"}
    assert numbers(harbour.apply(prepared, Mode.INITIAL, force=True))["Sailor"] == (1, 1, 0)
    assert {book: row[0] for book, row in harbour.sailors().items()} == {"1": "N", "2": "new", "3": "N"}


@pytest.mark.on_spark_too
def test_incremental_sends_exactly_what_changed(harbour: Harbour) -> None:
    harbour.fill(crew(1000), [["One", "1"]], [["m1", "1"], ["m2", "1"]])
    harbour.run()
    people = crew(1000)
    people[5][1] = "changed"
    del people[7]
    harbour.fill([*people, sailor("new")], [["One", "1"]], [["m2", "1"], ["m3", "1"]])
    prepared = harbour.prepare(Mode.INCREMENTAL)
    assert (prepared.mode, prepared.base, prepared.escalated) == (Mode.INCREMENTAL, "session-1", "")
    delta = harbour.engine.rows(
        f"SELECT _command, \"Book\" FROM read_parquet('{prepared.path('Sailor.delta.parquet')}') ORDER BY 1"
    )
    assert delta == [("delete", "B00007"), ("insert", "new"), ("update", "B00005")]
    done = harbour.apply(prepared, Mode.INCREMENTAL)
    assert numbers(done) == NOTHING | {"Sailor": (1, 1, 1), "Permits": (1, 1, 0)}
    assert harbour.links("Permits") == {("B00002", "1"), ("B00003", "1")}
    again = harbour.apply(prepared, Mode.INCREMENTAL)
    assert again.repeated and again.entity_types == {}
    assert numbers(harbour.run(Mode.INCREMENTAL)) == NOTHING
    assert numbers(harbour.run()) == NOTHING


def test_without_a_previous_state_an_incremental_session_is_complete(harbour: Harbour) -> None:
    harbour.fill([sailor("1")])
    prepared = harbour.prepare(Mode.INCREMENTAL)
    assert (prepared.mode, prepared.escalated) == (Mode.COMPLETE, "there is no sound previous state")
    done = harbour.apply(prepared, Mode.INCREMENTAL)
    assert done.mode is Mode.COMPLETE
    assert done.notes[0].message == "synchronised in complete mode: there is no sound previous state"
    assert harbour.prepare(Mode.INCREMENTAL).mode is Mode.INCREMENTAL


def test_a_changed_mapping_or_a_changed_previous_state_makes_it_complete(harbour: Harbour) -> None:
    harbour.fill([sailor("1")])
    harbour.run()
    narrower = msgspec.structs.replace(harbour.step.entity_types[0], columns=harbour.step.entity_types[0].columns[:5])
    whole = harbour.step
    harbour.step = msgspec.structs.replace(whole, entity_types=(narrower, whole.entity_types[1]))
    assert harbour.prepare(Mode.INCREMENTAL).escalated == "the mapping of Sailor changed since the previous state"
    harbour.step = whole
    before = previous(harbour.workspace, "Crew")
    assert before is not None
    with open(before.path("Sailor.parquet"), "ab") as file:
        file.write(b"x")
    assert harbour.prepare(Mode.INCREMENTAL).escalated == (
        "there is no sound previous state (missing or changed since it was left: Sailor.parquet)"
    )


def test_a_new_mapped_property_updates_only_what_differs(tmp_path: Path) -> None:
    """The stored hashes were made of fewer columns: they are made anew before rows are compared."""
    step = prepare_step()
    narrower = msgspec.structs.replace(step.entity_types[0], columns=SAILOR[:5])
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, entity_types=(narrower, step.entity_types[1])))
    harbour.fill([sailor("1", rank="1"), sailor("2")])
    harbour.run()
    harbour.step = step
    harbour.plan = msgspec.structs.replace(harbour.plan, steps=(step, synchronise_step()))
    assert numbers(harbour.run())["Sailor"] == (0, 1, 0)
    assert harbour.sailors()["1"][4] == "1"
    assert numbers(harbour.run())["Sailor"] == (0, 0, 0)


def test_a_mono_valued_link_moves(harbour: Harbour) -> None:
    ships = [["One", "1"], ["Two", "2"]]
    harbour.fill([sailor("1", ship="1")], ships)
    harbour.run()
    harbour.fill([sailor("1", ship="2")], ships)
    assert numbers(harbour.run(Mode.INCREMENTAL)) == NOTHING | {"Serves": (1, 1, 0)}
    assert harbour.links("Serves") == {("1", "2")}
    harbour.fill([sailor("1")], ships)
    assert numbers(harbour.run(Mode.INCREMENTAL)) == NOTHING | {"Serves": (0, 1, 0)}


@pytest.mark.on_spark_too
@pytest.mark.parametrize("first", [Mode.COMPLETE, Mode.INITIAL])
def test_a_link_whose_target_comes_later_appears_then(harbour: Harbour, first: Mode) -> None:
    permits = [["a", "5"]]
    harbour.fill([sailor("1", mail="a", ship="5")], [], permits)
    assert numbers(harbour.run(first))["Permits"] == (0, 0, 1)
    harbour.fill([sailor("1", mail="a", ship="5")], [["Five", "5"]], permits)
    done = harbour.run(Mode.INCREMENTAL)
    assert numbers(done) == NOTHING | {"Ship": (1, 0, 0), "Serves": (1, 0, 0), "Permits": (1, 0, 0)}
    harbour.fill([sailor("1", mail="a", ship="5")], [], permits)
    done = harbour.run(Mode.INCREMENTAL)
    assert numbers(done)["Permits"] == (0, 1, 1)  # it goes with the ship
    harbour.fill([sailor("1", mail="a", ship="5")], [["Five", "5"]], permits)
    assert numbers(harbour.run(Mode.INCREMENTAL))["Permits"] == (1, 0, 0)  # and comes back with it
    assert harbour.links("Serves") == harbour.links("Permits") == {("1", "5")}
    assert harbour.engine.rows("FROM state.unresolved") == []


def test_the_key_of_a_link_changes_with_its_target(harbour: Harbour) -> None:
    """Permits find sailors by mail, which is no primary key."""
    ships = [["One", "1"]]
    harbour.fill([sailor("1", mail="old"), sailor("2", mail="b")], ships, [["old", "1"]])
    harbour.run()
    harbour.fill([sailor("1", mail="new"), sailor("2", mail="old")], ships, [["new", "1"]])
    assert numbers(harbour.run(Mode.INCREMENTAL)) == NOTHING | {"Sailor": (0, 2, 0)}
    assert harbour.links("Permits") == {("1", "1")}


@pytest.mark.on_spark_too
def test_instructions_of_the_source(harbour: Harbour) -> None:
    ships = [["One", "1"], ["Two", "2"], ["Three", "3"]]
    people = [sailor("1", mail="a", ship="1"), sailor("2", mail="b", ship="2"), sailor("3", mail="c", ship="3")]
    harbour.fill(people, ships, [["a", "1"], ["a", "2"]])
    harbour.run()
    harbour.write(
        "Crew_sailors",
        (*SAILOR_COLUMNS, "Command"),
        [
            [*sailor("1", "new", "a", "2"), "UPDATE"],
            [*sailor("2", mail="b"), None],
            [*sailor("3"), "delete"],
            [*sailor("4", ship="1"), "ADD"],
            [*sailor("5"), "insert"],
            [*sailor("5"), "delete"],
            [*sailor("6", "first"), "delete"],
            [*sailor("6", "last"), "insert"],
            [*sailor("7"), "sideways"],
            [*sailor(None), "insert"],
        ],
    )
    harbour.write("Crew_ships", (*SHIP_COLUMNS, "command"), [])
    permits = [["a", "1", "delete"], ["b", "3", "add"], ["a", "9", ""]]
    harbour.write("Crew_permits", (*PERMIT_COLUMNS, "command"), permits)
    prepared = harbour.prepare(Mode.INCREMENTAL)
    table = prepared.entity_types["Sailor"]
    assert (table.commanded, table.kept, table.null_keys, table.errors) == (True, 6, 1, 1)
    assert "'sideways' is no instruction" in prepared.notes[0].message
    done = harbour.apply(prepared, Mode.INCREMENTAL)
    assert numbers(done) == {"Sailor": (2, 1, 1), "Ship": (0, 0, 0), "Serves": (2, 3, 0), "Permits": (1, 1, 1)}
    assert done.entity_types["Sailor"].absent == 0
    assert {book: row[0] for book, row in harbour.sailors().items()} == {"1": "new", "2": "N", "4": "N", "6": "last"}
    assert harbour.links("Serves") == {("1", "2"), ("4", "1")}
    assert harbour.links("Permits") == {("1", "2"), ("2", "3")}
    assert previous(harbour.workspace, "Crew") is not None
    harbour.fill([sailor("1")], ships)
    assert harbour.prepare(Mode.INCREMENTAL).escalated == "the previous state does not hold Sailor"


def test_instructions_that_do_not_fit_the_store_are_said(harbour: Harbour) -> None:
    harbour.fill([sailor("1")])
    harbour.run()
    for table, columns in (("Crew_ships", SHIP_COLUMNS), ("Crew_permits", PERMIT_COLUMNS)):
        harbour.write(table, (*columns, "command"), [])
    harbour.write(
        "Crew_sailors",
        (*SAILOR_COLUMNS, "command"),
        [[*sailor("1", "x"), "insert"], [*sailor("2"), "update"], [*sailor("3"), "delete"]],
    )
    done = harbour.run(Mode.INCREMENTAL)
    assert numbers(done)["Sailor"] == (1, 1, 0)
    assert done.entity_types["Sailor"].drifted == 2
    assert "drifted" in done.notes[0].message


def test_changes_alone_never_pass_for_everything(harbour: Harbour) -> None:
    harbour.fill([sailor("1"), sailor("2")])
    harbour.write("Crew_sailors", (*SAILOR_COLUMNS, "command"), [[*sailor("1"), "update"]])
    with pytest.raises(PrepareFailed, match="hold changes only, and there is no sound previous state"):
        harbour.prepare(Mode.INCREMENTAL)
    harbour.write("Crew_ships", (*SHIP_COLUMNS, "command"), [])
    harbour.write("Crew_permits", (*PERMIT_COLUMNS, "command"), [])
    prepared = harbour.prepare(Mode.INCREMENTAL)
    for mode in (Mode.COMPLETE, Mode.INITIAL):
        with pytest.raises(SynchroniseFailed, match="holds changes only"):
            harbour.apply(prepared, mode)


def test_a_complete_file_with_instructions_is_all_rows(harbour: Harbour) -> None:
    harbour.fill([sailor("9")])
    harbour.run()
    harbour.write(
        "Crew_sailors",
        ("Command", *SAILOR_COLUMNS),
        [["insert", *sailor("1")], ["Insert", *sailor("2")], ["delete", *sailor("3")]],
    )
    assert numbers(harbour.run())["Sailor"] == (2, 0, 1)
    assert set(harbour.sailors()) == {"1", "2"}


def test_a_mapped_column_named_command_is_data(tmp_path: Path) -> None:
    step = prepare_step()
    columns = SourceColumn("Code", "code"), SourceColumn("Title", "Command")
    data = msgspec.structs.replace(step.entity_types[1], columns=columns)
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, entity_types=(step.entity_types[0], data)))
    harbour.fill([])
    harbour.write("Crew_ships", ("code", "Command"), [["1", "delete"]])
    harbour.run()
    assert harbour.engine.rows('SELECT "Title" FROM resource."Ship"') == [("delete",)]


def test_a_header_only_file_is_blocked_by_the_defaults(harbour: Harbour) -> None:
    harbour.fill(crew(40), [["One", "1"]], [["m1", "1"]])
    harbour.run()
    stored = harbour.sailors()
    harbour.fill([], [["One", "1"]])
    prepared = harbour.prepare()
    with pytest.raises(ThresholdExceeded) as stopped:
        harbour.apply(prepared, step=DEFAULTS)
    assert [str(each) for each in stopped.value.exceeded] == [
        "connector Crew: 40 deleted of 41, more than MaxPercentageDeletedLines = 5 %",
        "connector Crew: 1 deleted of 1, more than MaxLinkPercentageDeletedLines = 5 %",
        "entity type Sailor: 40 absent of 40, so that hardly anything is left: the source looks emptied or cut off",
    ]
    assert stopped.value.exceeded[0].origin.line == 3
    assert harbour.sailors() == stored and harbour.links("Permits") == {("B00001", "1")}
    before = previous(harbour.workspace, "Crew")
    assert before is not None and before.session == "session-1"
    assert [each.session for each in pending(harbour.workspace, "Crew")] == ["session-2"]
    assert numbers(harbour.apply(prepared, step=DEFAULTS, force=True))["Sailor"] == (0, 0, 40)
    assert pending(harbour.workspace, "Crew") == []


@pytest.mark.parametrize(
    ("stored", "after", "attributes"),
    [
        (crew(10_000), crew(10_101), ["MaximumInsertedLines"]),
        (crew(10_000), crew(10_100), []),
        (crew(100), crew(94), ["MaxPercentageDeletedLines"]),
        (crew(100), crew(95), []),
        (
            crew(100),
            [*crew(94), *(sailor(f"B{number:05d}", "new") for number in range(94, 100))],
            ["MaxPercentageUpdatedLines"],
        ),
        ([], crew(1), ["MaxPercentageInsertedLines"]),
    ],
)
def test_the_default_limits(harbour: Harbour, stored: Rows, after: Rows, attributes: list[str]) -> None:
    harbour.fill(stored)
    harbour.run()
    harbour.fill(after)
    prepared = harbour.prepare()
    if not attributes:
        harbour.apply(prepared, step=DEFAULTS)
        assert len(harbour.sailors()) == len(after)
        return
    with pytest.raises(ThresholdExceeded) as stopped:
        harbour.apply(prepared, step=DEFAULTS)
    assert [each.attribute for each in stopped.value.exceeded] == attributes
    assert len(harbour.sailors()) == len(stored)


def test_every_level_counts(tmp_path: Path) -> None:
    step = prepare_step()
    ship = msgspec.structs.replace(step.entity_types[1], limits=Limits(inserted=1))
    permits = msgspec.structs.replace(step.associations[1], limits=Limits(deleted_percent=50))
    sources, links = (step.entity_types[0], ship), (step.associations[0], permits)
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, entity_types=sources, associations=links))
    harbour.fill([sailor("1", mail="a")], [["One", "1"]], [["a", "1"]])
    harbour.run()
    harbour.fill([sailor("1", mail="a"), sailor("2"), sailor("3")], [["One", "1"], ["Two", "2"], ["Three", "3"]], [])
    prepared = harbour.prepare(Mode.INCREMENTAL)
    with pytest.raises(ThresholdExceeded) as stopped:
        harbour.apply(prepared, Mode.INCREMENTAL, step=synchronise_step(Limits(inserted=3)))
    assert [str(each) for each in stopped.value.exceeded] == [
        "connector Crew: 4 inserted of 2, more than MaximumInsertedLines = 3",
        "entity type Ship: 2 inserted of 1, more than MaximumInsertedLines = 1",
        "association Permits: 1 deleted of 1, more than MaxPercentageDeletedLines = 50 %",
    ]


def test_absences_have_a_limit_of_their_own(harbour: Harbour) -> None:
    harbour.fill(crew(5))
    harbour.run()
    harbour.fill(crew(3))
    for mode in (Mode.COMPLETE, Mode.INCREMENTAL):
        with pytest.raises(ThresholdExceeded) as stopped:
            harbour.apply(harbour.prepare(mode), mode, max_absent=1)
        said = ["connector Crew: 2 absent of 5, more than --max-absent = 1"]
        assert [str(each) for each in stopped.value.exceeded] == said
    assert numbers(harbour.apply(harbour.prepare(), max_absent=2))["Sailor"] == (0, 0, 2)
    for table, columns in (("Crew_ships", SHIP_COLUMNS), ("Crew_permits", PERMIT_COLUMNS)):
        harbour.write(table, (*columns, "command"), [])
    harbour.write("Crew_sailors", (*SAILOR_COLUMNS, "command"), [[*row, "delete"] for row in crew(3)])
    done = harbour.apply(harbour.prepare(Mode.INCREMENTAL), Mode.INCREMENTAL, max_absent=0)
    assert (done.entity_types["Sailor"].deleted, done.entity_types["Sailor"].absent) == (3, 0)


def test_a_complete_session_cancels_those_that_wait(harbour: Harbour) -> None:
    harbour.fill([sailor("1")])
    harbour.run()
    harbour.fill([sailor("1"), sailor("2")])
    first, second = harbour.prepare(Mode.INCREMENTAL), harbour.prepare(Mode.INCREMENTAL)
    assert [each.session for each in pending(harbour.workspace, "Crew")] == [first.session, second.session]
    complete = harbour.prepare()
    assert [each.session for each in pending(harbour.workspace, "Crew")] == [complete.session]


def test_a_session_compared_with_an_older_state_is_compared_completely(harbour: Harbour) -> None:
    """Two sessions wait; the first one moves the store on, so the second one's changes are against another state."""
    harbour.fill([sailor("1")])
    harbour.run()
    harbour.fill([sailor("1"), sailor("2")])
    first = harbour.prepare(Mode.INCREMENTAL)
    harbour.fill([sailor("1")])
    second = harbour.prepare(Mode.INCREMENTAL)  # against session 1: no change at all
    harbour.apply(first, Mode.INCREMENTAL)
    done = harbour.apply(second, Mode.INCREMENTAL)
    assert set(harbour.sailors()) == {"1"}
    assert done.notes[0].message.startswith("compared completely")


def test_a_newer_session_takes_the_place_of_full_extracts_that_wait(harbour: Harbour) -> None:
    harbour.fill([sailor("1")])
    harbour.run()
    harbour.fill([])
    harbour.prepare(Mode.INCREMENTAL)
    harbour.fill([sailor("2")])
    harbour.run(Mode.INCREMENTAL)
    assert set(harbour.sailors()) == {"2"}
    assert pending(harbour.workspace, "Crew") == []


def test_changes_that_wait_are_not_passed_over(harbour: Harbour) -> None:
    """The source gives them once: a newer session applied alone would lose them."""
    harbour.fill([sailor("1"), sailor("2")])
    harbour.run()
    for table, columns in (("Crew_ships", SHIP_COLUMNS), ("Crew_permits", PERMIT_COLUMNS)):
        harbour.write(table, (*columns, "command"), [])
    harbour.write("Crew_sailors", (*SAILOR_COLUMNS, "command"), [[*sailor("1"), "delete"]])
    first = harbour.prepare(Mode.INCREMENTAL)
    harbour.write("Crew_sailors", (*SAILOR_COLUMNS, "command"), [[*sailor("3"), "insert"]])
    second = harbour.prepare(Mode.INCREMENTAL)
    with pytest.raises(SynchroniseFailed, match="session-2 were prepared before and wait"):
        harbour.apply(second, Mode.INCREMENTAL)
    assert set(harbour.sailors()) == {"1", "2"}
    harbour.apply(first, Mode.INCREMENTAL)
    harbour.apply(second, Mode.INCREMENTAL)
    assert set(harbour.sailors()) == {"2", "3"}


@pytest.mark.on_spark_too
def test_one_to_one_links_take_the_place_of_others(tmp_path: Path) -> None:
    step = prepare_step()
    link = msgspec.structs.replace(
        step.associations[1],
        side1=LinkEnd("sailor mail", "Sailor", "Mail", False),
        side2=LinkEnd("ship code", "Ship", "Code", False),
    )
    harbour = Harbour(tmp_path, msgspec.structs.replace(step, associations=(step.associations[0], link)))
    ships = [["One", "1"], ["Two", "2"]]
    harbour.fill([sailor("1", mail="a"), sailor("2", mail="b")], ships, [["a", "1"], ["b", "2"]])
    harbour.run()
    for table, columns in (("Crew_sailors", SAILOR_COLUMNS), ("Crew_ships", SHIP_COLUMNS)):
        harbour.write(table, (*columns, "command"), [])
    harbour.write("Crew_permits", (*PERMIT_COLUMNS, "command"), [["a", "2", "insert"]])
    assert numbers(harbour.run(Mode.INCREMENTAL))["Permits"] == (1, 2, 0)
    assert harbour.links("Permits") == {("1", "2")}
    harbour.write("Crew_permits", (*PERMIT_COLUMNS, "command"), [["a", "1", "insert"], ["b", "1", "insert"]])
    done = harbour.run(Mode.INCREMENTAL)
    assert done.associations["Permits"].conflicts == 1
    assert harbour.links("Permits") == {("1", "1")}
