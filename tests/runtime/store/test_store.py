"""The store's layout follows the plan without losing data."""

from collections.abc import Iterator

import msgspec
import pytest

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from runtime.engine.duckdb import DuckDB
from runtime.store.store import Store


def plan(**entity_types: tuple[str, ...]) -> Plan:
    layouts = tuple(
        EntityTypeLayout(
            name=name, connector=None, key=None, display=None, properties=tuple(map(PropertyLayout, names))
        )
        for name, names in entity_types.items()
    )
    link = AssociationLayout(
        name='Has "one"',
        connector=None,
        entity_type1="Ship",
        property1="A",
        is_collection1=True,
        entity_type2="Ship",
        property2="B",
        is_collection2=True,
    )
    return Plan(form=1, digest="", entity_types=layouts, associations=(link,), steps=(), items=())


@pytest.fixture
def store() -> Iterator[Store]:
    engine = DuckDB()
    yield Store(engine)
    engine.close()


def columns(store: Store, table: str) -> list[str]:
    return [row[0] for row in store.engine.rows(f"DESCRIBE {table}")]


def test_tables_for_the_plan(store: Store) -> None:
    store.lay_out(plan(Ship=("Code", 'Odd "name"; --'), Sailor=()))
    assert columns(store, 'resource."Ship"') == ["_id", "_hash", "Code", 'Odd "name"; --']
    assert columns(store, 'resource."Sailor"') == ["_id", "_hash"]
    assert columns(store, 'link."Has ""one"""') == ["_1", "_2"]
    assert store.counts().entity_types == {"Sailor": 0, "Ship": 0}
    assert store.counts().associations == {'Has "one"': 0}
    assert store.is_empty(["Ship", "Sailor"])


def test_new_columns_are_added_and_vanished_ones_kept_until_told(store: Store) -> None:
    store.lay_out(plan(Ship=("Code", "Old"), Gone=("X",)))
    store.engine.execute("INSERT INTO resource.\"Ship\" VALUES (1, NULL, 'c', 'o')")
    later = msgspec.structs.replace(plan(Ship=("Code", "New")), associations=())
    store.lay_out(later)
    assert store.engine.rows('SELECT "Code", "Old", "New" FROM resource."Ship"') == [("c", "o", None)]
    assert store.vanished(later) == ("Gone", "Ship:Old", 'Has "one"')
    assert store.counts().entity_types == {"Gone": 0, "Ship": 1}
    store.drop_vanished(later)
    assert store.vanished(later) == ()
    assert columns(store, 'resource."Ship"') == ["_id", "_hash", "Code", "New"]
    assert store.counts().associations == {}


def test_names_that_differ_in_case_are_the_same_table(store: Store) -> None:
    store.lay_out(plan(Ship=("Code",)))
    renamed = plan(SHIP=("CODE", "Title"))
    store.lay_out(renamed)
    assert columns(store, 'resource."Ship"') == ["_id", "_hash", "Code", "Title"]
    assert store.vanished(renamed) == ()


def test_reserved_ids_follow_one_another(store: Store) -> None:
    store.lay_out(plan())
    store.lay_out(plan())
    assert (store.reserve(10), store.reserve(1), store.reserve(0)) == (1, 11, 12)


def test_sessions(store: Store) -> None:
    store.lay_out(plan())
    assert store.applied("HR") == ""
    store.record("HR", "a", "complete")
    store.record("CRM", "b", "complete")
    store.record("HR", "c", "incremental")
    assert (store.applied("HR"), store.applied("CRM")) == ("c", "b")
    assert store.was_applied("HR", "a") and not store.was_applied("HR", "b")


def test_hashes_are_made_anew_for_other_properties_only(store: Store) -> None:
    store.lay_out(plan(Ship=("Code", "Title")))
    store.engine.execute("INSERT INTO resource.\"Ship\" VALUES (1, 7, 'c', 't'), (2, NULL, 'd', 't')")
    assert not store.rehash("Ship", ["Code"])
    store.engine.execute('UPDATE resource."Ship" SET _hash = 7 WHERE _id = 1')
    assert not store.rehash("Ship", ["Code"])
    assert store.engine.rows('SELECT _hash FROM resource."Ship" ORDER BY _id') == [(7,), (None,)]
    assert store.rehash("Ship", ["Code", "Title"])
    assert store.engine.rows("SELECT _hash = hash('c', 't') FROM resource.\"Ship\" ORDER BY _id") == [(True,), (None,)]
