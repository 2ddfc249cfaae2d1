"""What changes is kept as it was: closed versions, stores made before there were any, deployments that drop."""

from collections.abc import Iterator

import msgspec
import pytest

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import Row
from runtime.store.store import Store


def plan(ship: tuple[str, ...] = ("Code", "Flag"), *, linked: bool = True) -> Plan:
    properties = tuple(map(PropertyLayout, ship))
    layout = EntityTypeLayout(name="Ship", connector="Fleet", key="Code", display=None, properties=properties)
    link = AssociationLayout(
        name="Tows",
        connector=None,
        entity_type1="Ship",
        property1="Tug",
        is_collection1=True,
        entity_type2="Ship",
        property2="Towed",
        is_collection2=True,
    )
    return Plan(form=1, digest="", entity_types=(layout,), associations=(link,) if linked else (), steps=(), items=())


@pytest.fixture
def store() -> Iterator[Store]:
    engine = DuckDB()
    yield Store(engine)
    engine.close()


def fill(store: Store) -> None:
    store.lay_out(plan())
    store.begin("first")
    number = store.run()
    store.engine.execute(
        f"INSERT INTO resource.\"Ship\" VALUES (1, NULL, {number}, 'A', 'red'), (2, NULL, {number}, 'B', NULL)"
    )
    store.engine.execute(f'INSERT INTO link."Tows" VALUES (1, 2, {number})')


def past(store: Store, table: str = 'resource_history."Ship"') -> list[Row]:
    return store.engine.rows(f"SELECT * FROM {table} ORDER BY ALL")


def test_a_version_ends_with_the_run_that_changes_it(store: Store) -> None:
    fill(store)
    store.begin("second")
    store.close_resources("ship", "SELECT 1")
    assert past(store) == [(1, 1, 2, "A", "red")]
    store.close_links("Tows", "l._1 = 1")
    assert past(store, 'link_history."Tows"') == [(1, 2, 1, 2)]
    assert store.engine.rows("SELECT number, id FROM state.run ORDER BY number") == [(1, "first"), (2, "second")]


def test_what_the_same_run_made_leaves_no_version(store: Store) -> None:
    fill(store)
    store.close_resources("Ship", "SELECT 1 UNION ALL SELECT 2")
    store.close_links("Tows", "true")
    assert past(store) == [] and past(store, 'link_history."Tows"') == []


def test_a_run_that_was_rolled_back_has_its_number_anew(store: Store) -> None:
    fill(store)
    store.begin("second")
    with pytest.raises(KeyError), store.engine.transaction():
        store.close_resources("Ship", "SELECT 1")
        raise KeyError
    assert past(store) == []
    store.close_resources("Ship", "SELECT 2")
    assert past(store) == [(2, 1, 2, "B", None)]
    assert store.engine.rows("SELECT number, id FROM state.run ORDER BY number") == [(1, "first"), (2, "second")]


def test_a_run_that_is_resumed_goes_on_under_another_number(store: Store) -> None:
    fill(store)
    store.begin("first")
    assert store.run() == 2
    assert store.run() == 2


def test_a_store_of_an_older_version_gets_its_history(store: Store) -> None:
    store.lay_out(plan())
    for statement in (
        'ALTER TABLE resource."Ship" DROP COLUMN _from',
        'ALTER TABLE link."Tows" DROP COLUMN _from',
        "DROP SCHEMA resource_history CASCADE",
        "DROP SCHEMA link_history CASCADE",
        "DROP TABLE state.run",
        "INSERT INTO resource.\"Ship\" VALUES (1, 7, 'A', 'red')",
        'INSERT INTO link."Tows" VALUES (1, 1)',
    ):
        store.engine.execute(statement)
    store.lay_out(plan(("Code", "Flag", "Tons")))
    assert store.engine.rows('SELECT _id, _hash, "Code", "Flag", "Tons", _from FROM resource."Ship"') == [
        (1, 7, "A", "red", None, None)
    ]
    store.close_resources("Ship", "SELECT 1")
    store.close_links("Tows", "true")
    columns = '_id, _from, _to, "Code", "Flag", "Tons"'
    assert store.engine.rows(f'SELECT {columns} FROM resource_history."Ship"') == [(1, None, 1, "A", "red", None)]
    assert past(store, 'link_history."Tows"') == [(1, 1, None, 1)]


def test_a_property_that_comes_later_is_null_in_older_versions(store: Store) -> None:
    fill(store)
    store.begin("second")
    store.close_resources("Ship", "SELECT 1")
    store.lay_out(plan(("Code", "Flag", "Tons")))
    store.engine.execute('UPDATE resource."Ship" SET "Tons" = \'9\', _from = 2 WHERE _id = 1')
    store.begin("third")
    store.close_resources("Ship", "SELECT 1")
    assert past(store) == [(1, 1, 2, "A", "red", None), (1, 2, 3, "A", "red", "9")]


def test_what_a_deployment_drops_stays_as_a_version(store: Store) -> None:
    fill(store)
    later = plan(("Code",), linked=False)
    losses, drops = store.losses(plan(), later)
    assert [(each.name, each.count) for each in losses] == [("Ship:Flag", 1), ("Tows", 1)]
    store.begin("deployment")
    for _ in range(2):  # what a kill leaves unfinished is repeated
        with store.engine.transaction():
            store.change_layout(later, drops)
        assert past(store) == [(1, 1, 2, "A", "red")]
        assert past(store, 'link_history."Tows"') == [(1, 2, 1, 2)]
        assert store.engine.rows('SELECT _id, _from, "Code" FROM resource."Ship" ORDER BY 1') == [
            (1, 2, "A"),
            (2, 1, "B"),
        ]
    nothing = msgspec.structs.replace(later, entity_types=())
    _, drops = store.losses(later, nothing)
    store.begin("another")
    for _ in range(2):
        store.change_layout(nothing, drops)
        assert past(store) == [(1, 1, 2, "A", "red"), (1, 2, 3, "A", None), (2, 1, 3, "B", None)]
    assert store.counts().entity_types == {}


def test_what_is_older_than_it_shall_be_is_given_up(store: Store) -> None:
    fill(store)
    for number, name in enumerate(("second", "third", "fourth"), 2):
        store.begin(name)
        store.close_resources("Ship", "SELECT 1")
        store.engine.execute(f'UPDATE resource."Ship" SET "Flag" = \'{name}\', _from = {number} WHERE _id = 1')
    for number in range(1, 5):
        store.engine.execute(
            "UPDATE state.run SET moment = ? WHERE number = ?", [f"2031-01-0{number}T00:00:00.000Z", number]
        )
    assert store.forget("2030-12-31T00:00:00.000Z") == 0
    assert store.forget("2031-01-03T12:00:00.000Z") == 2
    assert past(store) == [(1, 3, 4, "A", "third")]
    assert store.engine.rows("SELECT id FROM state.run ORDER BY number") == [("third",), ("fourth",)]
    assert store.forget("2031-01-03T12:00:00.000Z") == 0
