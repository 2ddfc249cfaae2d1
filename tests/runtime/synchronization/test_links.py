"""Links: one or many, found by any key, waiting for an end that is not known, lost with an end and back with it."""

from pathlib import Path

import msgspec
import pytest

from compiler.pipeline import compile_sources
from compiler.plan.steps import LinkEnd, LinkSource, Prepare
from runtime import registry
from runtime.contract import Mode, Value
from runtime.synchronization.unresolved import waiting_links
from tests.runtime.synchronization.harbour import (
    PERMIT_COLUMNS,
    SAILOR_COLUMNS,
    SHIP_COLUMNS,
    Harbour,
    plan,
    prepare_step,
    sailor,
)

Rows = list[list[Value]]
SHIPS: Rows = [["One", "1"], ["Two", "2"], ["Three", "3"]]
MODES = [Mode.COMPLETE, Mode.INCREMENTAL]


def with_link(association: str, side1: LinkEnd, side2: LinkEnd) -> Prepare:
    """The step with other ends of one association."""
    step = prepare_step()
    links = [
        msgspec.structs.replace(each, side1=side1, side2=side2) if each.association == association else each
        for each in step.associations
    ]
    return msgspec.structs.replace(step, associations=tuple(links))


def told(harbour: Harbour, sailors: Rows = [], ships: Rows = [], permits: Rows = []) -> None:  # noqa: B006
    """All three files as instructions: the last cell of each row is one."""
    harbour.write("Crew_sailors", (*SAILOR_COLUMNS, "command"), sailors)
    harbour.write("Crew_ships", (*SHIP_COLUMNS, "command"), ships)
    harbour.write("Crew_permits", (*PERMIT_COLUMNS, "command"), permits)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("sailor_key", "ship_key"),
    [("Book", "Code"), ("Book", "Title"), ("Mail", "Code"), ("Mail", "Title"), ("Name", "Title")],
)
def test_any_key_finds_either_end(tmp_path: Path, sailor_key: str, ship_key: str, mode: Mode) -> None:
    """A typed key is compared in its internal form: `01` is ship 1."""
    ends = LinkEnd("sailor mail", "Sailor", sailor_key, True), LinkEnd("ship code", "Ship", ship_key, True)
    harbour = Harbour(tmp_path, with_link("Permits", *ends))
    people = [sailor("b1", "n1", "m1"), sailor("b2", "n2", "m2")]
    keys = {"Book": "b{}", "Name": "n{}", "Mail": "m{}"}[sailor_key]
    ships = {"Code": ["01", "+2", "3"], "Title": ["One", "Two", "Three"]}[ship_key]
    harbour.fill(people, SHIPS, [[keys.format(1), ships[0]], [keys.format(1), ships[1]], [keys.format(2), ships[1]]])
    harbour.run()
    assert harbour.links("Permits") == {("b1", "1"), ("b1", "2"), ("b2", "2")}
    harbour.fill(people, SHIPS, [[keys.format(1), ships[0]], [keys.format(2), ships[2]]])
    changes = harbour.run(mode).associations["Permits"]
    assert (changes.inserted, changes.deleted, changes.absent, changes.unresolved) == (1, 2, 2, 0)
    assert harbour.links("Permits") == {("b1", "1"), ("b2", "3")}


def mentors(tmp_path: Path) -> Harbour:
    """Sailors who may have one mentor among the sailors, named by mail in the column of ships."""
    step = prepare_step()
    mentor = LinkSource(
        association="Mentors",
        table="Crew_sailors",
        own_file=False,
        limits=step.associations[0].limits,
        origin=step.origin,
        side1=LinkEnd("book no", "Sailor", "Book", False),
        side2=LinkEnd("ship", "Sailor", "Mail", True),
    )
    step = msgspec.structs.replace(step, associations=(mentor, step.associations[1]))
    harbour = Harbour(tmp_path, step)
    layout = msgspec.structs.replace(plan(step).associations[0], name="Mentors", entity_type2="Sailor")
    harbour.plan = msgspec.structs.replace(harbour.plan, associations=(layout, *harbour.plan.associations[1:]))
    harbour.store.lay_out(harbour.plan)
    return harbour


def pairs(harbour: Harbour) -> set[tuple[str, str]]:
    return set(
        harbour.engine.rows(
            'SELECT a."Book", b."Book" FROM link."Mentors" l JOIN resource."Sailor" a ON l._1 = a._id '
            'JOIN resource."Sailor" b ON l._2 = b._id'
        )
    )


@pytest.mark.parametrize("mode", MODES)
def test_links_within_one_entity_type(tmp_path: Path, mode: Mode) -> None:
    harbour = mentors(tmp_path)
    harbour.fill([sailor("1", mail="a", ship="b"), sailor("2", mail="b", ship="b"), sailor("3", mail="c", ship="z")])
    assert harbour.run().associations["Mentors"].unresolved == 1
    assert pairs(harbour) == {("1", "2"), ("2", "2")}
    harbour.fill([sailor("1", mail="a", ship="c"), sailor("3", mail="c", ship="z"), sailor("4", mail="z", ship="a")])
    harbour.run(mode)
    assert pairs(harbour) == {("1", "3"), ("3", "4"), ("4", "1")}, "2 went with its links, 4 is whom 3 waited for"
    harbour.fill([sailor("1", mail="b", ship="c"), sailor("3", mail="c"), sailor("4", mail="z", ship="b")])
    harbour.run(mode)
    assert pairs(harbour) == {("1", "3"), ("4", "1")}, "1 is found by its new key"


@pytest.mark.parametrize("second", MODES)
@pytest.mark.parametrize("first", [Mode.INITIAL, Mode.COMPLETE])
def test_unresolved_links_are_told_with_what_they_miss_and_made_in_a_later_run(
    tmp_path: Path, first: Mode, second: Mode
) -> None:
    harbour = Harbour(tmp_path)
    permits: Rows = [["a", "1"], ["a", "9"], ["nobody", "1"], ["m\u202ene", "8"], ["ghost", "9"]]
    harbour.fill([sailor("1", mail="a", ship="9")], SHIPS, permits)
    done = harbour.run(first)
    assert {name: each.unresolved for name, each in done.associations.items()} == {"Serves": 1, "Permits": 4}
    known = {each.association: each for each in waiting_links(harbour.engine, harbour.plan)}
    assert known["Serves"].examples == ("'1' to '9': no Ship with Code '9'",)
    assert (known["Permits"].count, known["Permits"].examples) == (
        4,
        (
            "'a' to '9': no Ship with Code '9'",
            "'ghost' to '9': no Sailor with Mail 'ghost' and no Ship with Code '9'",
            "'m\\u202ene' to '8': no Sailor with Mail 'm\\u202ene' and no Ship with Code '8'",
        ),
    )
    harbour.fill([sailor("1", mail="a", ship="9"), sailor("2", mail="ghost")], [*SHIPS, ["Nine", "9"]], permits)
    done = harbour.run(second)
    assert {name: each.inserted for name, each in done.associations.items()} == {"Serves": 1, "Permits": 2}
    assert harbour.links("Permits") == {("1", "1"), ("1", "9"), ("2", "9")}
    (waiting,) = waiting_links(harbour.engine, harbour.plan)
    assert (waiting.association, waiting.count) == ("Permits", 2)
    harbour.fill([sailor("1", mail="a", ship="9")], SHIPS, [["a", "1"]])
    harbour.run(second)
    assert [each.association for each in waiting_links(harbour.engine, harbour.plan)] == ["Serves"], "revoked, or lost"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rounds", [1, 2])
def test_a_link_goes_with_either_end_and_comes_back_with_it(tmp_path: Path, mode: Mode, rounds: int) -> None:
    harbour = Harbour(tmp_path)
    people, permits = [sailor("1", mail="a", ship="1"), sailor("2", mail="b", ship="2")], [["a", "2"], ["b", "2"]]
    harbour.fill(people, SHIPS, permits)
    harbour.run()
    whole = harbour.links("Serves"), harbour.links("Permits")
    for _ in range(rounds):
        harbour.fill(people[:1], SHIPS, permits)
        harbour.run(mode)
        assert (harbour.links("Serves"), harbour.links("Permits")) == ({("1", "1")}, {("1", "2")})
        harbour.fill(people[:1], SHIPS[:1], permits)
        harbour.run(mode)
        assert (harbour.links("Serves"), harbour.links("Permits")) == ({("1", "1")}, set())
        harbour.fill(people, SHIPS, permits)
        harbour.run(mode)
        assert (harbour.links("Serves"), harbour.links("Permits")) == whole
    assert waiting_links(harbour.engine, harbour.plan) == []


def test_instructions_wait_for_their_end_from_run_to_run(tmp_path: Path) -> None:
    harbour = Harbour(tmp_path)
    harbour.fill([sailor("1", mail="a")], [])
    harbour.run()
    told(harbour, permits=[["a", "7", "insert"], ["a", "8", "insert"], ["x", "7", "insert"]])
    assert harbour.run(Mode.INCREMENTAL).associations["Permits"].unresolved == 3
    told(harbour, permits=[["a", "8", "delete"]])
    assert harbour.run(Mode.INCREMENTAL).associations["Permits"].unresolved == 2, "one was revoked before it came to be"
    told(harbour, ships=[["Seven", "7", "insert"], ["Eight", "8", "insert"]])
    assert harbour.run(Mode.INCREMENTAL).associations["Permits"].inserted == 1
    assert harbour.links("Permits") == {("1", "7")}
    told(harbour, sailors=[[*sailor("2", mail="x"), "insert"]])
    assert harbour.run(Mode.INCREMENTAL).associations["Permits"].inserted == 1
    assert harbour.links("Permits") == {("1", "7"), ("2", "7")}
    told(harbour, ships=[["Seven", "7", "delete"]])
    changes = harbour.run(Mode.INCREMENTAL).associations["Permits"]
    assert (changes.deleted, changes.absent, changes.unresolved) == (2, 0, 0), "what the source deletes does not wait"


def test_where_one_link_is_allowed_the_first_that_can_be_made_counts(tmp_path: Path) -> None:
    """The link that waits comes second to the one that is told; it stays out as long as its place is taken."""
    harbour = Harbour(tmp_path)
    told_rows: Rows = [[*sailor("1", ship="5"), "insert"]]
    harbour.fill([], SHIPS)
    harbour.run()
    told(harbour, sailors=told_rows)
    assert harbour.run(Mode.INCREMENTAL).associations["Serves"].unresolved == 1
    told(harbour, sailors=[[*sailor("1", ship="2"), "update"]])
    harbour.run(Mode.INCREMENTAL)
    told(harbour, ships=[["Five", "5", "insert"]])
    harbour.run(Mode.INCREMENTAL)
    assert harbour.links("Serves") == {("1", "2")}
    assert waiting_links(harbour.engine, harbour.plan) == []


TWICE = b"""<ConfigurationFile>
  <Language Code="en-GB" IndicatorNumber="1" />
  <Connector Identifier="Office" DisplayName_L1="Office" />
  <Connection Identifier="Staff" DisplayName_L1="Staff" Connector="Office" Package="Usercube.CSV@0000001" />
  <Connector Identifier="Agency" DisplayName_L1="Agency" />
  <Connection Identifier="Temps" DisplayName_L1="Temps" Connector="Agency" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person"><Property Identifier="Number" IsKey="true" /></EntityType>
  <EntityTypeMapping Identifier="Person" Connector="Office" ConnectionTable="Staff">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityTypeMapping Identifier="Person" Connector="Agency" ConnectionTable="Temps">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" /></EntityTypeMapping>
</ConfigurationFile>"""


def test_an_entity_type_has_one_mapping_so_no_connector_deletes_what_another_loads() -> None:
    """The language names a mapping by its entity type: a second one is refused, never run."""
    compilation = compile_sources([("Twice.xml", TWICE)], registry.catalogue())
    assert compilation.plan is None
    assert "E164" in {each.code for each in compilation.findings}
