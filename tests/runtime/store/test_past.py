"""What the store says it was equals what a plain model of our own remembers, run by run; and what is shown of it."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.plan.plan import PropertyLayout
from compiler.plan.steps import Compute, ComputedProperty, Read
from runtime.contract import Mode
from runtime.provisioning.compute import compute
from runtime.store import differences, reading
from runtime.store.moments import NoSuchMoment, moment_of, moments
from runtime.store.past import NoSuchEntityType, Past
from tests.runtime.synchronization.harbour import ORIGIN, Harbour, sailor

State = dict[str, object]

NICKNAMES = Compute(
    id="compute Sailor",
    origin=ORIGIN,
    entity_type="Sailor",
    properties=(
        ComputedProperty(
            property="Nickname",
            query='SELECT _id, upper("Name") AS value FROM computing JOIN resource."Sailor" USING (_id)',
            reads=(Read(entity_type="Sailor", properties=("Name",)),),
            origin=ORIGIN,
        ),
        ComputedProperty(
            property="Likes1",
            association="Likes",
            side=1,
            query="""SELECT s._id, h._id AS value FROM computing JOIN resource."Sailor" AS s USING (_id)
                JOIN resource."Ship" AS h ON h."Code" = s."Rank" """,
            reads=(
                Read(entity_type="Sailor", properties=("Rank",)),
                Read(entity_type="Ship", properties=("Code",), anywhere=True),
            ),
            origin=ORIGIN,
        ),
    ),
)


def crew(chance: random.Random) -> dict[str, tuple[str, str | None, str | None]]:
    """Name, ship and rank of some sailors, by book."""
    return {
        f"{book}": (chance.choice("AB"), chance.choice([None, "1", "2", "3"]), chance.choice([None, "1", "2"]))
        for book in range(8)
        if chance.random() < 0.7
    }


def expected(people: dict[str, tuple[str, str | None, str | None]], ships: dict[str, str]) -> State:
    """What the store shall hold after a run: sailors, ships, who serves where, who likes what."""
    return {
        "Sailor": {
            book: {
                "Book": book,
                "Name": name,
                "Nickname": name,
                "SignedOn": "20310203000000",
                "Active": "true",
                **({"Rank": rank} if rank else {}),
            }
            for book, (name, _, rank) in people.items()
        },
        "Ship": {code: {"Code": code, "Title": title} for code, title in ships.items()},
        "Serves": {(book, ship) for book, (_, ship, _) in people.items() if ship in ships},
        "Likes": {(book, rank) for book, (_, _, rank) in people.items() if rank in ships},
    }


def run(harbour: Harbour, chance: random.Random, name: str) -> State:
    """One run over random files, in a mode that fits."""
    people, ships = crew(chance), {code: chance.choice("XY") for code in "123" if chance.random() < 0.8}
    harbour.store.begin(name)
    harbour.fill(
        [sailor(book, who, ship=ship, rank=rank) for book, (who, ship, rank) in people.items()],
        [[title, code] for code, title in ships.items()],
    )
    harbour.run(chance.choice([Mode.COMPLETE, Mode.INCREMENTAL]))
    compute(NICKNAMES, harbour.plan, harbour.store)
    return expected(people, ships)


def told(past: Past, number: int) -> State:
    """The same as the store tells it."""
    found: State = {}
    for entity in ("Sailor", "Ship"):
        all_of_them = reading.read(past, past.shape(entity), number, key=None, limit=None, names=None)
        found[entity] = {each.key: each.properties for each in all_of_them}
    for association in ("Serves", "Likes"):
        rows = past.engine.rows(f"SELECT name1, name2 FROM ({past.named_links(association, number)})")
        assert len(rows) == len(set(rows))
        found[association] = set(rows)
    return found


def differing(old: State, new: State) -> set[tuple[str, str, object]]:
    """What turns one state of the model into another, by name and action."""
    found: set[tuple[str, str, object]] = set()
    for name in ("Sailor", "Ship"):
        one, two = old[name], new[name]
        assert isinstance(one, dict) and isinstance(two, dict)
        for key in one.keys() | two.keys():
            if one.get(key) != two.get(key):
                pairs = {
                    each: (one.get(key, {}).get(each), two.get(key, {}).get(each))
                    for each in (one.get(key) or {}) | (two.get(key) or {})
                    if one.get(key, {}).get(each) != two.get(key, {}).get(each)
                }
                action = "inserted" if key not in one else "deleted" if key not in two else "updated"
                found.add((name, action, (key, tuple(sorted(pairs.items())))))
    for name in ("Serves", "Likes"):
        one, two = old[name], new[name]
        assert isinstance(one, set) and isinstance(two, set)
        found |= {(name, "deleted", pair) for pair in one - two} | {(name, "inserted", pair) for pair in two - one}
    return found


def differences_told(past: Past, old: int, new: int) -> set[tuple[str, str, object]]:
    found: set[tuple[str, str, object]] = set()
    for name in ("Sailor", "Ship"):
        shape = past.shape(name)
        changes = list(differences.resource_changes(past, shape, old, new, None))
        counts = differences.resource_counts(past, shape, old, new)
        assert counts == {action: sum(each.action == action for each in changes) for action in counts}
        found |= {(name, each.action, (each.key, tuple(sorted(each.changes.items())))) for each in changes}
    for name in ("Serves", "Likes"):
        links = list(differences.link_changes(past, name, old, new, None))
        assert sum(differences.link_counts(past, name, old, new).values()) == len(links)
        found |= {(name, each.action, (each.name1, each.name2)) for each in links}
    return found


@settings(max_examples=2, deadline=None, database=None)
@given(st.data())
def test_every_moment_is_told_as_it_was(data: st.DataObject) -> None:
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    with tempfile.TemporaryDirectory() as folder:
        _a_story_of_five_runs(Harbour(Path(folder)), chance)


def _a_story_of_five_runs(harbour: Harbour, chance: random.Random) -> None:
    states = {name: run(harbour, chance, name) for name in ("one", "two", "three", "four", "five")}
    past = Past(harbour.engine, harbour.plan)
    known = {each.run: each for each in moments(harbour.engine)}
    assert list(known) == list(states)
    for name, state in states.items():
        assert told(past, known[name].number) == state, name
        assert moment_of(harbour.engine, known[name].moment) == known[name]
    for _ in range(6):
        old, new = chance.sample(list(states), 2)
        between = differences_told(past, known[old].number, known[new].number)
        assert between == differing(states[old], states[new]), f"{old} to {new}"
    assert differences_told(past, 3, 3) == set()
    harbour.engine.close()


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    """Two runs: one sailor is renamed and changes ships, another goes, a third comes."""
    made = Harbour(tmp_path)
    made.store.begin("20310101T000000.000000Z-aaaa")
    made.fill([sailor("1", "Vera", ship="1"), sailor("2", "Nils", ship="1")], [["One", "1"], ["Two", "2"]])
    made.run()
    made.store.begin("20310102T000000.000000Z-bbbb")
    made.fill([sailor("1", "Nora", ship="2"), sailor("3", "Ines")], [["One", "1"], ["Two", "2"]])
    made.run()
    yield made
    made.engine.close()


def test_loading_leaves_no_history_and_a_change_leaves_what_changed(harbour: Harbour) -> None:
    past = 'SELECT "Book", "Name", _from, _to FROM resource_history."Sailor" ORDER BY 1'
    assert harbour.engine.rows(past) == [("1", "Vera", 1, 2), ("2", "Nils", 1, 2)]
    assert harbour.engine.rows('SELECT count(*) FROM resource_history."Ship"') == [(0,)]
    assert harbour.engine.rows('SELECT count(*), min(_to) FROM link_history."Serves"') == [(2, 2)]


def test_one_resource_with_its_links(harbour: Harbour) -> None:
    past = Past(harbour.engine, harbour.plan)
    shape = past.shape("SAILOR")
    (now,) = reading.read(past, shape, 2, key="1", limit=None, names=1)
    assert (now.properties["Name"], now.links) == ("Nora", {"Serves1": reading.Links(1, ("2",))})
    ship = past.shape("Ship")
    (then,) = reading.read(past, ship, 1, key="1", limit=None, names=1)
    assert then.links == {"Serves2": reading.Links(2, ("1",))}
    assert reading.count(past, shape, 2, "2") == 0 and reading.count(past, shape, 1, "2") == 1
    assert [each.key for each in reading.read(past, shape, 2, key=None, limit=1, names=None)] == ["1"]


def test_the_versions_of_one_resource(harbour: Harbour) -> None:
    past = Past(harbour.engine, harbour.plan)
    shape = past.shape("Sailor")
    first, second = reading.versions(past, shape, "1")
    assert (first.begun, first.ended, first.changes["Name"]) == (1, 2, (None, "Vera"))
    assert (second.begun, second.ended, second.changes) == (2, None, {"Name": ("Vera", "Nora")})
    links = [(each.property, each.name, each.begun, each.ended) for each in reading.link_versions(past, shape, "1")]
    assert links == [("Serves1", "1", 1, 2), ("Serves1", "2", 2, None)]
    assert reading.versions(past, shape, "nobody") == []


def test_a_moment_is_named_in_many_ways(harbour: Harbour) -> None:
    engine = harbour.engine
    engine.execute("UPDATE state.run SET moment = '2031-01-01T10:00:00.000Z' WHERE number = 1")
    engine.execute("UPDATE state.run SET moment = '2031-01-02T10:00:00.000Z' WHERE number = 2")
    known = {
        "20310101": 1,
        "20310102T000000.000000Z-bbbb": 2,
        "2031-01-01T10:00Z": 1,
        "2031-01-02T11:59:59+02:00": 1,
        "2031-01-02T12:00:00+02:00": 2,
        "2031-01-05": 2,
        "2999-12-31": 2,
    }
    assert {text: moment_of(engine, text).number for text in known} == known
    for text, said in (
        ("2030-01-01", "begins at 2031-01-01T10:00:00.000Z"),
        ("2031", "2 runs begin with"),
        ("20310102T000000.000000Z-bbbc", "did you mean `20310102T000000.000000Z-bbbb`"),
        ("yesterday", "the last ones are 20310102T000000.000000Z-bbbb, 20310101"),
        ("", "neither a time"),
        ("2031-13-45", "neither a time"),
    ):
        with pytest.raises(NoSuchMoment, match=said):
            moment_of(engine, text)


def test_a_day_alone_is_its_end_where_the_machine_stands(harbour: Harbour) -> None:
    day = moments(harbour.engine)[0].moment[:10]
    harbour.engine.execute("UPDATE state.run SET moment = ? || 'T12:00:00.000Z' WHERE number = 1", [day])
    harbour.engine.execute("UPDATE state.run SET moment = '9000-01-01T00:00:00.000Z' WHERE number = 2")
    assert moment_of(harbour.engine, f"{day}T23:59:59.999").number == moment_of(harbour.engine, day).number


def test_what_the_plan_no_longer_has_is_told_by_its_tables(harbour: Harbour) -> None:
    sailor_only = harbour.plan.entity_types[:1]
    later = msgspec.structs.replace(harbour.plan, entity_types=sailor_only, associations=())
    _, drops = harbour.store.losses(harbour.plan, later)
    harbour.store.begin("deployment")
    harbour.store.change_layout(later, drops)
    past = Past(harbour.engine, later)
    assert past.entity_types() == ["Sailor", "Ship"]
    shape = past.shape("Ship")
    assert (shape.key, shape.links) == (None, ())
    assert [each.properties["Code"] for each in reading.read(past, shape, 2, key=None, limit=None, names=None)] == [
        "1",
        "2",
    ]
    assert reading.count(past, shape, 3, None) == 0
    with pytest.raises(NoSuchEntityType, match="did you mean `Sailor`"):
        past.shape("Sailer")


def test_what_nobody_shall_read_is_never_shown(harbour: Harbour) -> None:
    sailors = harbour.plan.entity_types[0]
    with_password = msgspec.structs.replace(sailors, properties=(*sailors.properties, PropertyLayout("unicodePwd")))
    step = next(each for each in harbour.plan.steps if each.id == "prepare Crew")
    source = step.entity_types[0]  # type: ignore[union-attr]  # the step is a Prepare
    column = msgspec.structs.replace(source.columns[2], column="User-Password")
    mapped = msgspec.structs.replace(source, columns=(*source.columns[:2], column, *source.columns[3:]))
    steps = (msgspec.structs.replace(step, entity_types=(mapped,)), *harbour.plan.steps[1:])
    plan = msgspec.structs.replace(
        harbour.plan, steps=steps, entity_types=(with_password, *harbour.plan.entity_types[1:])
    )
    harbour.store.lay_out(plan)
    harbour.store.begin("third")
    harbour.store.close_resources("Sailor", 'SELECT _id FROM resource."Sailor"')
    secrets = "\"unicodePwd\" = 'tops3cret', \"Mail\" = 'tops3cret'"
    harbour.engine.execute(f'UPDATE resource."Sailor" SET {secrets}, _from = {harbour.store.run()}')
    past = Past(harbour.engine, plan)
    shape = past.shape("Sailor")
    assert shape.hidden == {"unicodePwd", "Mail"}
    shown = [
        *reading.read(past, shape, 3, key=None, limit=None, names=None),
        *reading.versions(past, shape, "1"),
        *differences.resource_changes(past, shape, 2, 3, None),
    ]
    assert "tops3cret" not in repr(shown)
    assert repr(shown).count(reading.HIDDEN) == 10
