"""Computed properties in, updated resources out: a few statements per property, for all resources at once."""

from compiler.plan.steps import Compute, ComputedProperty
from compiler.plan.tables import FROM, ID, SIDE, link_table, quoted, resource_table
from runtime.store.store import Store


def compute(step: Compute, store: Store) -> int:
    """Recompute the properties of one entity type in order; gives how many values and links changed."""
    with store.engine.transaction():
        return sum(_compute(step.entity_type, each, store) for each in step.properties)


def _compute(entity_type: str, item: ComputedProperty, store: Store) -> int:
    if item.association is not None:
        return _link(item, item.association, store)
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
    outdated = f"NOT EXISTS (SELECT 1 FROM computed_link AS c WHERE c.near = l.{near} AND c.far = l.{far})"
    store.close_links(association, outdated)
    removed = engine.execute(f"DELETE FROM {table} AS l WHERE {outdated}")
    return removed + engine.execute(f"""
        INSERT INTO {table} ({near}, {far}, {FROM}) SELECT near, far, {store.run()} FROM computed_link AS c
        WHERE NOT EXISTS (SELECT 1 FROM {table} AS l WHERE c.near = l.{near} AND c.far = l.{far})""")
