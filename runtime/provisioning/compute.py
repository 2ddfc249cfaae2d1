"""Computed properties in, updated resources out: one statement per property, for all resources at once."""

from compiler.plan.steps import Compute, ComputedProperty
from compiler.plan.tables import ID, SIDE, link_table, quoted, resource_table
from runtime.engine.engine import Engine


def compute(step: Compute, engine: Engine) -> int:
    """Recompute the properties of one entity type in order; gives how many values and links changed."""
    with engine.transaction():
        return sum(_compute(step.entity_type, each, engine) for each in step.properties)


def _compute(entity_type: str, item: ComputedProperty, engine: Engine) -> int:
    if item.association is None:
        column = quoted(item.property)
        return engine.execute(f"""
            UPDATE {resource_table(entity_type)} AS r SET {column} = v.value FROM ({item.query}) AS v
            WHERE r.{ID} = v.{ID} AND r.{column} IS DISTINCT FROM v.value""")
    return _link(item, item.association, engine)


def _link(item: ComputedProperty, association: str, engine: Engine) -> int:
    """The links of a computed navigation, whose side the computing entity type is."""
    table, near, far = link_table(association), SIDE[item.side], SIDE[3 - item.side]
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE computed_link AS
        SELECT {ID} AS near, min(value) AS far FROM ({item.query}) AS v WHERE value IS NOT NULL GROUP BY {ID}""")
    removed = engine.execute(f"DELETE FROM {table} WHERE ({near}, {far}) NOT IN (SELECT near, far FROM computed_link)")
    return removed + engine.execute(f"""
        INSERT INTO {table} ({near}, {far}) SELECT near, far FROM computed_link
        WHERE (near, far) NOT IN (SELECT {near}, {far} FROM {table})""")
