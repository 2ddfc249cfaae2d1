"""The store's layout follows the plan without losing data."""

from collections.abc import Iterator

import msgspec
import pytest

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from runtime.store.store import Store
from tests.runtime import engines


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


pytestmark = pytest.mark.on_spark_too


@pytest.fixture
def store(each_engine: str) -> Iterator[Store]:
    engine = engines.opened()
    yield Store(engine)
    engine.close()


def columns(store: Store, table: str) -> list[str]:
    return [row[0] for row in store.engine.rows(f"DESCRIBE {table}")]


def test_tables_for_the_plan(store: Store) -> None:
    store.lay_out(plan(Ship=("Code", 'Odd "name"; --'), Sailor=()))
    assert columns(store, 'resource."Ship"') == ["_id", "_hash", "_from", "Code", 'Odd "name"; --']
    assert columns(store, 'resource."Sailor"') == ["_id", "_hash", "_from"]
    assert columns(store, 'link."Has ""one"""') == ["_1", "_2", "_from"]
    assert store.counts().entity_types == {"Sailor": 0, "Ship": 0}
    assert store.counts().associations == {'Has "one"': 0}
    assert store.is_empty(["Ship", "Sailor"])


def test_new_columns_are_added_and_vanished_ones_kept_until_told(store: Store) -> None:
    before = plan(Ship=("Code", "Old"), Gone=("X",))
    store.lay_out(before)
    store.engine.execute("INSERT INTO resource.\"Ship\" VALUES (1, NULL, NULL, 'c', 'o')")
    later = msgspec.structs.replace(plan(Ship=("Code", "New")), associations=())
    store.lay_out(later)
    assert store.engine.rows('SELECT "Code", "Old", "New" FROM resource."Ship"') == [("c", "o", None)]
    assert store.counts().entity_types == {"Gone": 0, "Ship": 1}
    losses, drops = store.losses(before, later)
    assert [(each.kind, each.name, each.what, each.count) for each in losses] == [("Property", "Ship:Old", "values", 1)]
    store.change_layout(later, drops)
    store.change_layout(later, drops)
    assert store.losses(later, later) == ((), ())
    assert columns(store, 'resource."Ship"') == ["_id", "_hash", "_from", "Code", "New"]
    assert store.counts().associations == {}


def test_names_that_differ_in_case_are_the_same_table(store: Store) -> None:
    store.lay_out(plan(Ship=("Code",)))
    renamed = plan(SHIP=("CODE", "Title"))
    store.lay_out(renamed)
    assert columns(store, 'resource."Ship"') == ["_id", "_hash", "_from", "Code", "Title"]
    assert store.losses(None, renamed) == ((), ())


def laid_out(store: Store) -> Plan:
    """A plan that the store holds a resource and a link of."""
    before = plan(Ship=("Code", "Name"), Quay=("Code",))
    ship = msgspec.structs.replace(before.entity_types[0], connector="Fleet", key="Code")
    before = msgspec.structs.replace(before, entity_types=(ship, before.entity_types[1]))
    store.lay_out(before)
    store.engine.execute("INSERT INTO resource.\"Ship\" VALUES (1, NULL, NULL, 'c', 'n')")
    store.engine.execute('INSERT INTO link."Has ""one""" (_1, _2) VALUES (1, 1)')
    store.record("Fleet", "S1", "complete")
    return before


def test_another_primary_key_is_a_loss_that_drops_nothing(store: Store) -> None:
    before = laid_out(store)
    ship = msgspec.structs.replace(before.entity_types[0], key="Name")
    later = msgspec.structs.replace(before, entity_types=(ship, before.entity_types[1]))
    (loss,), drops = store.losses(before, later)
    assert (loss.kind, loss.name, loss.what, loss.count) == ("EntityType", "Ship", "resources", 1)
    assert "Code" in loss.why and "Name" in loss.why
    assert drops == ()


def test_an_association_between_other_entity_types_loses_its_links(store: Store) -> None:
    before = laid_out(store)
    link = msgspec.structs.replace(before.associations[0], entity_type2="Quay")
    later = msgspec.structs.replace(before, associations=(link,))
    (loss,), drops = store.losses(before, later)
    assert (loss.kind, loss.what, loss.count) == ("EntityAssociation", "links", 1)
    store.change_layout(later, drops)
    assert store.counts().associations == {'Has "one"': 0}


def test_a_connector_that_goes_takes_the_resources_that_nothing_else_loads(store: Store) -> None:
    before = laid_out(store)
    ship = msgspec.structs.replace(before.entity_types[0], connector=None, key=None)
    later = msgspec.structs.replace(before, entity_types=(ship, before.entity_types[1]))
    (loss,), drops = store.losses(before, later)
    assert (loss.kind, loss.name, loss.count) == ("EntityType", "Ship", 1)
    assert "Fleet" in loss.why
    store.change_layout(later, drops)
    assert store.counts().entity_types == {"Quay": 0, "Ship": 0}
    assert store.applied("Fleet") == ""
    other = msgspec.structs.replace(before.entity_types[0], connector="Harbour")
    assert store.losses(before, msgspec.structs.replace(before, entity_types=(other, before.entity_types[1])))[0] == ()


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
    store.engine.execute("INSERT INTO resource.\"Ship\" VALUES (1, 7, NULL, 'c', 't'), (2, NULL, NULL, 'd', 't')")
    assert not store.rehash("Ship", ["Code"])
    store.engine.execute('UPDATE resource."Ship" SET _hash = 7 WHERE _id = 1')
    assert not store.rehash("Ship", ["Code"])
    assert store.engine.rows('SELECT _hash FROM resource."Ship" ORDER BY _id') == [(7,), (None,)]
    assert store.rehash("Ship", ["Code", "Title"])
    assert store.engine.rows("SELECT _hash = hash('c', 't') FROM resource.\"Ship\" ORDER BY _id") == [(True,), (None,)]
