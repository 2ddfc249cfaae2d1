"""What is computed where something changed equals what is computed everywhere; where nothing changed nothing is."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from compiler.pipeline import compile_sources
from compiler.plan.plan import Plan
from compiler.plan.steps import Compute, ComputedProperty, Prepare
from compiler.plan.tables import COMPUTING, ID, SIDE, link_table, quoted, resource_table
from runtime.contract import Mode
from runtime.provisioning.compute import Computed, compute
from tests.conftest import CATALOGUE
from tests.runtime.synchronization.port import Port
from tests.runtime.synchronization.raw_files import RawFile

MODEL = """<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile>
  <Language Code="en-GB" IndicatorNumber="1" />
  <Connector Identifier="Crew" DisplayName_L1="Crew" />
  <Connection Identifier="Books" DisplayName_L1="Books" Connector="Crew" Package="Garden.Sheets" />
  <EntityType Identifier="Sailor">
    <Property Identifier="Book" IsKey="true" /><Property Identifier="Name" /><Property Identifier="Rank" />
    <Property Identifier="Alias" /><Property Identifier="Full" /><Property Identifier="On" />
    <Property Identifier="Under" /><Property Identifier="Far" /><Property Identifier="Mates" />
    <Property Identifier="HomeTitle" /><Property Identifier="Known" /><Property Identifier="Many" />
    <Property Identifier="Ship" Type="ForeignKey" /><Property Identifier="Mate" Type="ForeignKey" />
    <Property Identifier="MateOf" Type="ForeignKey" /><Property Identifier="Home" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Ship">
    <Property Identifier="Code" IsKey="true" /><Property Identifier="Title" /><Property Identifier="Roll" />
    <Property Identifier="Size" /><Property Identifier="Fleet" />
    <Property Identifier="Crew" Type="ForeignKey" /><Property Identifier="Flag" Type="ForeignKey" />
    <Property Identifier="Leads" Type="ForeignKey" /><Property Identifier="HomeOf" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Serves" Property1="Sailor:Ship" Property2="Ship:Crew"
                     IsProperty2Collection="true" />
  <EntityAssociation Identifier="Mate" Property1="Sailor:Mate" Property2="Sailor:MateOf"
                     IsProperty2Collection="true" />
  <EntityAssociation Identifier="Flag" Property1="Ship:Flag" Property2="Ship:Leads" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Home" Property1="Sailor:Home" Property2="Ship:HomeOf"
                     IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Sailor" Connector="Crew" ConnectionTable="Books_sailors">
    <Property Identifier="Book" ConnectionColumn="book" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" /><Property Identifier="Rank" ConnectionColumn="rank" />
    <Property Identifier="Alias" ConnectionColumn="alias" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Ship" Connector="Crew" ConnectionTable="Books_ships">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
    <Property Identifier="Title" ConnectionColumn="title" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Serves" Connector="Crew" ConnectionTable="Books_sailors" Column1="book"
                            EntityPropertyMapping1="Sailor:Book" Column2="ship" EntityPropertyMapping2="Ship:Code" />
  <EntityAssociationMapping Identifier="Mate" Connector="Crew" ConnectionTable="Books_sailors" Column1="book"
                            EntityPropertyMapping1="Sailor:Book" Column2="mate" EntityPropertyMapping2="Sailor:Book" />
  <EntityAssociationMapping Identifier="Flag" Connector="Crew" ConnectionTable="Books_ships" Column1="code"
                            EntityPropertyMapping1="Ship:Code" Column2="flag" EntityPropertyMapping2="Ship:Code" />
  %s
</ConfigurationFile>
"""
PROPERTIES = {
    "Sailor:Alias": 'Expression="C#:s:return s.Name + &quot;!&quot;;"',  # loaded too: the computed value wins
    "Sailor:Full": 'Expression="C#:s:return s.Name + s.Rank;"',
    "Sailor:On": 'Binding="Ship.Title"',
    "Sailor:Under": 'Binding="Ship.Flag.Title"',
    "Sailor:Far": 'Expression="C#:s:return s.Mate.Mate.Ship.Flag.Title;"',
    "Sailor:Mates": 'Expression="C#:s:return s.Mate.Full + s.Mate.Alias;"',
    "Sailor:Home": 'Binding="Rank" PropertyCriteria="Code"',
    "Sailor:HomeTitle": 'Expression="C#:s:return s.Home.Title + s.Home.Fleet;"',
    "Sailor:Known": 'Expression="C#:s:return queryHandler'
    '.Select&lt;Ship&gt;(&quot;where Title = \\&quot;X\\&quot;&quot;).Count().ToString();"',
    "Sailor:Many": 'Expression="C#:s:return s.Ship.Size + s.MateOf.Count().ToString();"',
    "Ship:Roll": 'Expression="C#:h:return string.Join(&quot;,&quot;, h.Crew.Select(s => s.Full));"',
    "Ship:Size": 'Expression="C#:h:return h.Crew.Count().ToString();"',
    "Ship:Fleet": 'Expression="C#:h:return string.Join(&quot;,&quot;, h.Leads.Select(l => l.Roll + l.Flag.Title));"',
}

Row = tuple[str | None, ...]
SAILORS, SHIPS = ("book", "name", "rank", "alias", "ship", "mate"), ("code", "title", "flag")


class Files(Struct):
    """The rows of both files."""

    sailors: list[Row]
    ships: list[Row]


def planned(order: list[str]) -> Plan:
    """The plan with all computed properties, written in some order and with priorities that follow it."""
    written = "\n".join(
        f'<EntityPropertyExpression Identifier="e{number}" EntityType="{name.split(":")[0]}" '
        f'Property="{name.split(":")[1]}" Priority="{number // 3}" {PROPERTIES[name]} />'
        for number, name in enumerate(order)
    )
    compilation = compile_sources([("crew.xml", (MODEL % written).encode())], CATALOGUE)
    assert compilation.plan is not None, [(each.code, each.message) for each in compilation.findings]
    return compilation.plan


def opened(folder: str, plan: Plan) -> Port:
    return Port(Path(folder) / "port", next(plan.of(Prepare)), plan)


def synchronised(port: Port, files: Files, mode: Mode) -> None:
    sailors, ships = RawFile(SAILORS, tuple(files.sailors)), RawFile(SHIPS, tuple(files.ships))
    port.write({"Books_sailors": sailors, "Books_ships": ships})
    port.apply(port.prepare(mode))


def computed(port: Port, steps: list[Compute]) -> Computed:
    done = [compute(step, port.plan, port.store) for step in steps]
    return Computed(sum(each.evaluated for each in done), sum(each.changed for each in done))


def wrong_values(port: Port) -> Iterator[tuple[str, str, set[tuple[object, ...]]]]:
    """Every property that holds anything else than its query gives for all resources."""
    for step in port.plan.of(Compute):
        port.engine.execute(f"CREATE OR REPLACE TEMP TABLE {COMPUTING} AS SELECT {ID} FROM {_table(step)}")
        for each in step.properties:
            rows = port.engine.rows(each.query)
            told = set(rows) if each.association is None else {row for row in rows if row[1] is not None}
            stored = set(port.engine.rows(_stored(step, each)))
            if told ^ stored:
                yield step.entity_type, each.property, told ^ stored


def _table(step: Compute) -> str:
    return resource_table(step.entity_type)


def _stored(step: Compute, item: ComputedProperty) -> str:
    if item.association is None:
        return f"SELECT {ID}, {quoted(item.property)} FROM {_table(step)}"
    return f"SELECT {SIDE[item.side]}, {SIDE[3 - item.side]} FROM {link_table(item.association)}"


BOOKS, CODES = st.sampled_from("abcde"), st.sampled_from("123")
CODES_OR_NONE = st.none() | CODES
SAILOR_ROWS = st.tuples(
    BOOKS, st.sampled_from("PQ"), CODES_OR_NONE, st.sampled_from("PQ"), CODES_OR_NONE, st.none() | BOOKS
)
SHIP_ROWS = st.tuples(CODES, st.sampled_from("XY"), CODES_OR_NONE)
FILES = st.builds(
    Files,
    sailors=st.lists(SAILOR_ROWS, unique_by=lambda row: row[0], max_size=5),
    ships=st.lists(SHIP_ROWS, unique_by=lambda row: row[0], max_size=3),
)
MODES = st.sampled_from([Mode.INCREMENTAL, Mode.COMPLETE])


@st.composite
def edited(draw: st.DrawFn, before: Files) -> Files:
    """Files in which few rows differ, or all."""
    fresh = draw(FILES)
    if draw(st.booleans()):
        return fresh
    sailors = {row[0]: row for row in (*before.sailors, *fresh.sailors[:1])}
    ships = {row[0]: row for row in (*before.ships, *fresh.ships[:1])}
    for rows in (sailors, ships):
        if draw(st.booleans()) and rows:
            rows.pop(draw(st.sampled_from(sorted(rows, key=str))))
    return Files(list(sailors.values()), list(ships.values()))


@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_incremental_equals_everywhere_and_nothing_where_nothing_changed(data: st.DataObject) -> None:
    plan = planned(data.draw(st.permutations(sorted(PROPERTIES))))
    steps = list(plan.of(Compute))
    files = Files([], [])
    with tempfile.TemporaryDirectory() as folder:
        port = opened(folder, plan)
        for number in range(data.draw(st.integers(1, 5))):
            files = data.draw(edited(files))
            port.store.begin(f"run {number}")
            if data.draw(st.booleans()):  # a job of another order, whatever it comes to
                computed(port, data.draw(st.permutations(steps)))
            synchronised(port, files, data.draw(MODES))
            computed(port, steps)
            assert list(wrong_values(port)) == []
            port.store.begin(f"again {number}")
            synchronised(port, files, data.draw(MODES))
            assert computed(port, steps) == Computed(0, 0)
        port.close()


@settings(deadline=None, max_examples=4, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_the_order_was_the_next_run_sets_it_right(data: st.DataObject) -> None:
    plan = planned(sorted(PROPERTIES))
    steps = list(plan.of(Compute))
    files = Files([], [])
    with tempfile.TemporaryDirectory() as folder:
        port = opened(folder, plan)
        for number in range(data.draw(st.integers(1, 4))):
            files = data.draw(edited(files))
            port.store.begin(f"run {number}")
            synchronised(port, files, data.draw(MODES))
            computed(port, data.draw(st.permutations(steps)))
        port.store.begin("last")
        computed(port, steps)
        assert list(wrong_values(port)) == []
        port.close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    """Twenty sailors on ten ships, the first of which is everyone's flagship; each is the next one's mate."""
    made = opened(str(tmp_path), planned(sorted(PROPERTIES)))
    synchronised(made, _fleet(), Mode.COMPLETE)
    computed(made, list(made.plan.of(Compute)))
    made.store.begin("next")
    yield made
    made.close()


def _fleet() -> Files:
    ships: list[Row] = [(str(number), f"T{number}", "0") for number in range(10)]
    sailors: list[Row] = [
        (f"s{number}", f"N{number}", "7", "x", str(number % 10), f"s{number - 1}") for number in range(20)
    ]
    return Files(sailors, ships)


def test_only_what_a_change_concerns_is_evaluated(port: Port) -> None:
    files = _fleet()
    files.sailors[5] = ("s5", "new", "7", "x", "5", "s4")
    synchronised(port, files, Mode.INCREMENTAL)
    # its Alias and Full; Mates of s6; Roll of ship 5; Fleet of the flagship; no one's home
    assert computed(port, list(port.plan.of(Compute))) == Computed(5, 5)
    port.store.begin("flag")
    files.ships[0] = ("0", "new", "0")
    synchronised(port, files, Mode.INCREMENTAL)
    done = computed(port, list(port.plan.of(Compute)))
    # On of 2, Under of 20, Far of 18, Fleet of the flagship; and everyone's Known, which looks at all ships' titles
    assert done == Computed(2 + 20 + 18 + 1 + 20, 2 + 20 + 18 + 1)
    assert list(wrong_values(port)) == []


def test_another_expression_is_evaluated_everywhere_and_the_others_are_not(port: Port) -> None:
    changed = PROPERTIES | {"Sailor:Full": 'Expression="C#:s:return s.Rank + s.Name;"'}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROPERTIES, "Sailor:Full", changed["Sailor:Full"])
        port.plan = planned(sorted(PROPERTIES))
    port.store.lay_out(port.plan)
    done = computed(port, list(port.plan.of(Compute)))
    assert done == Computed(20 + 19 + 10 + 1, 20 + 19 + 10 + 1)  # Full, Mates, Roll, Fleet
    assert list(wrong_values(port)) == []


def test_what_the_store_forgot_is_computed_anew(port: Port) -> None:
    """Closed versions tell what changed; without them everything may have."""
    files = _fleet()
    files.sailors[5] = ("s5", "new", "7", "x", None, "s4")
    synchronised(port, files, Mode.INCREMENTAL)
    port.store.begin("later")
    synchronised(port, _fleet(), Mode.INCREMENTAL)
    port.store.forget("9999-12-31T00:00:00.000Z")
    steps = list(port.plan.of(Compute))
    assert computed(port, steps).evaluated == 20 * 10 + 10 * 3
    assert list(wrong_values(port)) == []
    assert computed(port, steps) == Computed(0, 0)


def test_what_is_read_comes_first_whatever_the_priorities() -> None:
    names, chance = sorted(PROPERTIES), random.Random(7)
    for _ in range(10):
        chance.shuffle(names)
        done: set[str] = set()
        for step in planned(names).of(Compute):
            for each in step.properties:
                read = {f"{read.entity_type}:{name}" for read in each.reads for name in read.properties}
                assert read & PROPERTIES.keys() <= done, each.property
                done.add(f"{step.entity_type}:{each.property}")
