"""Computed properties in, updated resources out: a few statements per property, for all resources that it concerns.

A property is computed for the resources on which something that it reads changed since it was computed last, through
any depth of links; for all when its query is another, or when something changed that it looks for in the whole store.
"""

import hashlib

from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.steps import Compute, ComputedProperty, Hop, Read
from compiler.plan.tables import COMPUTING, FROM, ID, SIDE, link_table, quoted, resource_table
from runtime.store.changes import gather, knows, last_number, learn, outdate_computed
from runtime.store.store import Store


class Computed(Struct, frozen=True):
    """How many values were computed, and how many values and links changed by it."""

    evaluated: int
    changed: int


def compute(step: Compute, plan: Plan, store: Store) -> Computed:
    """Recompute the properties of one entity type in order, where something that they read changed."""
    with store.engine.transaction():
        done = [_compute(step.entity_type, each, plan, store) for each in step.properties]
        store.engine.execute(f"DROP TABLE IF EXISTS {COMPUTING}")
    return Computed(sum(each.evaluated for each in done), sum(each.changed for each in done))


def _compute(entity_type: str, item: ComputedProperty, plan: Plan, store: Store) -> Computed:
    engine, digest = store.engine, _digest(item, store)
    since = knows(engine, entity_type, item.property, digest)
    if since == last_number(engine):
        return Computed(0, 0)
    evaluated = gather(engine, entity_type, (*item.reads, _own(entity_type, item)), since)
    changed = _write(entity_type, item, store) if evaluated else 0
    if changed:
        outdate_computed(engine, plan, entity_type, item)
    learn(engine, entity_type, item.property, digest)
    return Computed(evaluated, changed)


def _digest(item: ComputedProperty, store: Store) -> str:
    return hashlib.sha256(f"{store.engine.version}: {item.query}".encode()).hexdigest()


def _own(entity_type: str, item: ComputedProperty) -> Read:
    """The value itself: what a synchronisation loads into a computed property is computed over."""
    if item.association is None:
        return Read(entity_type=entity_type, properties=(item.property,))
    return Read(entity_type=entity_type, links=(Hop(item.association, item.side),))


def _write(entity_type: str, item: ComputedProperty, store: Store) -> int:
    return _scalar(entity_type, item, store) if item.association is None else _link(item, item.association, store)


def _scalar(entity_type: str, item: ComputedProperty, store: Store) -> int:
    engine, table, column = store.engine, resource_table(entity_type), quoted(item.property)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE computed AS
        SELECT r.{ID}, v.value FROM {table} AS r JOIN ({item.query}) AS v ON r.{ID} = v.{ID}
        WHERE r.{column} IS DISTINCT FROM v.value""")
    if not engine.rows("SELECT count(*) FROM computed")[0][0]:
        return 0
    store.close_resources(entity_type, f"SELECT {ID} FROM computed")
    return engine.execute(f"""
        UPDATE {table} AS r SET {column} = c.value, {FROM} = {store.run()} FROM computed AS c
        WHERE r.{ID} = c.{ID}""")


def _link(item: ComputedProperty, association: str, store: Store) -> int:
    """The links of a computed navigation, whose side the computing entity type is."""
    engine, table, near, far = store.engine, link_table(association), SIDE[item.side], SIDE[3 - item.side]
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE computed_link AS
        SELECT {ID} AS near, min(value) AS far FROM ({item.query}) AS v WHERE value IS NOT NULL GROUP BY {ID}""")
    outdated = (
        f"EXISTS (SELECT 1 FROM {COMPUTING} AS s WHERE s.{ID} = l.{near}) "
        f"AND NOT EXISTS (SELECT 1 FROM computed_link AS c WHERE c.near = l.{near} AND c.far = l.{far})"
    )
    store.close_links(association, outdated)
    removed = engine.execute(f"DELETE FROM {table} AS l WHERE {outdated}")
    return removed + engine.execute(f"""
        INSERT INTO {table} ({near}, {far}, {FROM}) SELECT near, far, {store.run()} FROM computed_link AS c
        WHERE NOT EXISTS (SELECT 1 FROM {table} AS l WHERE c.near = l.{near} AND c.far = l.{far})""")
