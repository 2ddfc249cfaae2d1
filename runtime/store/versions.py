"""Resources and links that are about to change in; what they are until now kept as closed versions, out.

Whoever changes or deletes a resource or a link closes it first, in the same transaction, and writes the number of the
run into `_from` of what it writes. A version that this very run made is not kept: a run leaves one version at most.
"""

from compiler.plan.tables import (
    FROM,
    HASH,
    ID,
    SIDE,
    TO,
    link_history_table,
    link_table,
    quoted,
    resource_history_table,
    resource_table,
)
from runtime.engine.engine import Engine


def close_resources(engine: Engine, entity_type: str, ids: str, run: int) -> int:
    """Keep the resources whose `_id`s the query `ids` gives as they stand; how many that were."""
    columns = ", ".join(quoted(name) for name in columns_of(engine, entity_type) if name not in (HASH, FROM))
    return engine.execute(
        f"INSERT INTO {resource_history_table(entity_type)} ({columns}, {FROM}, {TO}) SELECT {columns}, {FROM}, {run} "
        f"FROM {resource_table(entity_type)} WHERE {ID} IN ({ids}) AND {is_older(run)}"
    )


def columns_of(engine: Engine, entity_type: str) -> list[str]:
    """The columns of an entity type's table, in their order."""
    rows = engine.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'resource' "
        "AND lower(table_name) = lower(?) AND table_catalog = current_database() ORDER BY ordinal_position",
        [entity_type],
    )
    return [name for (name,) in rows]


def close_links(engine: Engine, association: str, which: str, run: int) -> int:
    """Keep the links `l` for which the condition `which` holds as they stand; how many that were."""
    columns = f"{SIDE[1]}, {SIDE[2]}, {FROM}"
    return engine.execute(
        f"INSERT INTO {link_history_table(association)} ({columns}, {TO}) SELECT {columns}, {run} "
        f"FROM {link_table(association)} AS l WHERE ({which}) AND {is_older(run)}"
    )


def before_drop(entity_type: str) -> tuple[str, ...]:
    """The statements that keep all resources of a table that is dropped; they may be run again after it was."""
    table = resource_table(entity_type)
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({ID} BIGINT, {HASH} UBIGINT, {FROM} INTEGER)",
        _kept(resource_history_table(entity_type), f"SELECT * EXCLUDE ({HASH})", table, "true"),
    )


def before_drop_of_links(association: str) -> tuple[str, ...]:
    """The statements that keep all links of a table that is dropped; they may be run again after it was."""
    table = link_table(association)
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({SIDE[1]} BIGINT, {SIDE[2]} BIGINT, {FROM} INTEGER)",
        _kept(link_history_table(association), "SELECT *", table, "true"),
    )


def before_drop_of_property(entity_type: str, column: str) -> tuple[str, ...]:
    """The statements that keep what has a value in a column that is dropped; they may be run again after it was."""
    table, name = resource_table(entity_type), quoted(column)
    return (
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} VARCHAR",
        _kept(resource_history_table(entity_type), f"SELECT * EXCLUDE ({HASH})", table, f"{name} IS NOT NULL"),
        f"UPDATE {table} SET {FROM} = {LAST_RUN} WHERE {name} IS NOT NULL",
    )


LAST_RUN = "(SELECT max(number) FROM state.run)"
"""SQL: the run under way, in the statements of a deployment, which are worked out before it begins."""


def _kept(history: str, columns: str, table: str, which: str) -> str:
    return (
        f"INSERT INTO {history} BY NAME {columns}, {LAST_RUN} AS {TO} FROM {table} "
        f"WHERE {which} AND {is_older(LAST_RUN)}"
    )


def is_older(run: int | str) -> str:
    """SQL: whether a version was there before a run."""
    return f"({FROM} IS NULL OR {FROM} < {run})"
