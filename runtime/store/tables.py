"""A plan's layouts in; the statements that make the store's tables fit them out.

The tables of resources and links are those of `compiler.plan.tables`. The schema `state` is the store's own:
`next_id` (the next `_id`; none is ever used twice), `hashed` (what the `_hash` of an entity type was made of),
`session` (the sessions applied, in order), `unresolved` (links whose other end is not known yet, by their keys).
"""

from collections.abc import Iterator, Mapping, Sequence

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan
from compiler.plan.tables import HASH, ID, LINK_SCHEMA, RESOURCE_SCHEMA, SIDE, link_table, quoted, resource_table

STATE = (
    "CREATE SCHEMA IF NOT EXISTS state",
    f"CREATE SCHEMA IF NOT EXISTS {RESOURCE_SCHEMA}",
    f"CREATE SCHEMA IF NOT EXISTS {LINK_SCHEMA}",
    "CREATE TABLE IF NOT EXISTS state.next_id (value BIGINT)",
    "INSERT INTO state.next_id SELECT 1 WHERE NOT EXISTS (FROM state.next_id)",
    "CREATE TABLE IF NOT EXISTS state.hashed (entity_type VARCHAR, basis VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state.session (number BIGINT, connector VARCHAR, id VARCHAR, mode VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state.unresolved (association VARCHAR, _1 VARCHAR, _2 VARCHAR)",
)

Columns = Mapping[str, Sequence[str]]
"""The columns of each table of a schema that stand already."""


def missing(plan: Plan, resources: Columns, links: Columns) -> Iterator[str]:
    """The statements that add what the plan has and the store has not."""
    for entity in plan.entity_types:
        yield from _entity(entity, resources)
    for association in plan.associations:
        yield from _association(association, links)


def _entity(entity: EntityTypeLayout, resources: Columns) -> Iterator[str]:
    standing = _standing(entity.name, resources)
    table = resource_table(entity.name)
    if standing is None:
        columns = "".join(f", {quoted(each.name)} VARCHAR" for each in entity.properties)
        yield f"CREATE TABLE {table} ({ID} BIGINT, {HASH} UBIGINT{columns})"
        return
    for each in entity.properties:
        if each.name.casefold() not in standing:
            yield f"ALTER TABLE {table} ADD COLUMN {quoted(each.name)} VARCHAR"


def _association(association: AssociationLayout, links: Columns) -> Iterator[str]:
    if _standing(association.name, links) is None:
        yield f"CREATE TABLE {link_table(association.name)} ({SIDE[1]} BIGINT, {SIDE[2]} BIGINT)"


def _standing(name: str, tables: Columns) -> set[str] | None:
    """The folded columns of a table, None when there is no such table."""
    for table, columns in tables.items():
        if table.casefold() == name.casefold():
            return {each.casefold() for each in columns}
    return None
