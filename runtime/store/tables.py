"""A plan's layouts in; the statements that make the store's tables fit them out.

The tables of resources and links, and of what was before, are those of `compiler.plan.tables`. The schema `state` is
the store's own: `next_id` (the next `_id`; none is ever used twice), `hashed` (what the `_hash` of an entity type was
made of), `session` (the sessions applied, in order), `unresolved` (links whose other end is not known yet, by their
keys), `computed` (which run the values of a property know, see `changes`), `run` (the runs that changed the store:
`_from` and `_to` are their numbers, `moment` is that of the first change, ISO 8601, UTC).
"""

from collections.abc import Iterator, Mapping, Sequence

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan
from compiler.plan.tables import (
    FROM,
    HASH,
    ID,
    LINK_HISTORY_SCHEMA,
    LINK_SCHEMA,
    RESOURCE_HISTORY_SCHEMA,
    RESOURCE_SCHEMA,
    SIDE,
    TO,
    link_history_table,
    link_table,
    quoted,
    resource_history_table,
    resource_table,
)

STATE = (
    "CREATE SCHEMA IF NOT EXISTS state",
    f"CREATE SCHEMA IF NOT EXISTS {RESOURCE_SCHEMA}",
    f"CREATE SCHEMA IF NOT EXISTS {LINK_SCHEMA}",
    f"CREATE SCHEMA IF NOT EXISTS {RESOURCE_HISTORY_SCHEMA}",
    f"CREATE SCHEMA IF NOT EXISTS {LINK_HISTORY_SCHEMA}",
    "CREATE TABLE IF NOT EXISTS state.next_id (value BIGINT)",
    "INSERT INTO state.next_id SELECT 1 WHERE NOT EXISTS (FROM state.next_id)",
    "CREATE TABLE IF NOT EXISTS state.hashed (entity_type VARCHAR, basis VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state.session (number BIGINT, connector VARCHAR, id VARCHAR, mode VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state.unresolved (association VARCHAR, _1 VARCHAR, _2 VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state.run (number INTEGER, id VARCHAR, moment VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state.computed (entity_type VARCHAR, property VARCHAR, digest VARCHAR, number INTEGER)",
)

Columns = Mapping[str, Sequence[str]]
"""The columns of each table of a schema that stand already."""

_OWN = frozenset({ID, HASH, FROM, TO, *SIDE.values()})


def missing(plan: Plan, resources: Columns, links: Columns) -> Iterator[str]:
    """The statements that add what the plan has and the store has not."""
    for entity in plan.entity_types:
        yield from _entity(entity, resources)
    for association in plan.associations:
        yield from _association(association, links)


def untracked(resources: Columns, links: Columns) -> Iterator[str]:
    """The statements that fit a store that was made before versions were kept."""
    for table, columns in resources.items():
        if FROM not in columns:
            yield f"ALTER TABLE {resource_table(table)} ADD COLUMN {FROM} INTEGER"
    for table, columns in links.items():
        if FROM not in columns:
            yield f"ALTER TABLE {link_table(table)} ADD COLUMN {FROM} INTEGER"


def missing_history(resources: Columns, links: Columns, past_resources: Columns, past_links: Columns) -> Iterator[str]:
    """The statements that make room for the closed versions of everything that stands."""
    for table, columns in resources.items():
        yield from _history(table, [each for each in columns if each not in _OWN], past_resources)
    for table in links:
        if _standing(table, past_links) is None:
            sides = f"{SIDE[1]} BIGINT, {SIDE[2]} BIGINT"
            yield f"CREATE TABLE {link_history_table(table)} ({sides}, {FROM} INTEGER, {TO} INTEGER)"


def _entity(entity: EntityTypeLayout, resources: Columns) -> Iterator[str]:
    standing = _standing(entity.name, resources)
    table = resource_table(entity.name)
    if standing is None:
        columns = "".join(f", {quoted(each.name)} VARCHAR" for each in entity.properties)
        yield f"CREATE TABLE {table} ({ID} BIGINT, {HASH} UBIGINT, {FROM} INTEGER{columns})"
        return
    for each in entity.properties:
        if each.name.casefold() not in standing:
            yield f"ALTER TABLE {table} ADD COLUMN {quoted(each.name)} VARCHAR"


def _association(association: AssociationLayout, links: Columns) -> Iterator[str]:
    if _standing(association.name, links) is None:
        table = link_table(association.name)
        yield f"CREATE TABLE {table} ({SIDE[1]} BIGINT, {SIDE[2]} BIGINT, {FROM} INTEGER)"


def _history(table: str, properties: Sequence[str], past: Columns) -> Iterator[str]:
    standing, name = _standing(table, past), resource_history_table(table)
    if standing is None:
        columns = "".join(f", {quoted(each)} VARCHAR" for each in properties)
        yield f"CREATE TABLE {name} ({ID} BIGINT, {FROM} INTEGER, {TO} INTEGER{columns})"
        return
    for each in properties:
        if each.casefold() not in standing:
            yield f"ALTER TABLE {name} ADD COLUMN {quoted(each)} VARCHAR"


def _standing(name: str, tables: Columns) -> set[str] | None:
    """The folded columns of a table, None when there is no such table."""
    for table, columns in tables.items():
        if table.casefold() == name.casefold():
            return {each.casefold() for each in columns}
    return None
