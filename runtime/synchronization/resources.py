"""A session's rows of one entity type and the store in; a temporary table of what to insert, update, delete out.

The staged table has `_id` (new ones for inserts), `_key`, `action`, `absent` (deleted because the row is missing) and
`drifted` (an `insert` of what is stored, an `update` of what is not).
"""

from msgspec import Struct

from compiler.plan.steps import EntitySource
from compiler.plan.tables import FROM, HASH, ID, quoted, resource_table
from runtime.store.store import Store
from runtime.store.versions import columns_of
from runtime.synchronization.cleaning import COMMAND


class Changes(Struct, frozen=True, kw_only=True):
    """How many resources of one entity type change. `absent` of the deleted ones go because their row is missing."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    absent: int = 0
    drifted: int = 0


class StagedEntity(Struct, frozen=True, kw_only=True):
    """The staged changes of one entity type: `rows` is SQL over its Parquet file, `table` the temporary table."""

    source: EntitySource
    rows: str
    table: str
    changes: Changes
    total: int


def stage_complete(store: Store, entity: EntitySource, rows: str, table: str) -> StagedEntity:
    """Compare everything stored with all rows: what is not among them goes."""
    key = quoted(entity.key)
    found = f"""
        SELECT s.{ID}, coalesce(r.{key}, s.{key}) AS _key,
            CASE WHEN r.{HASH} IS NULL THEN 'delete' WHEN s.{ID} IS NULL THEN 'insert' ELSE 'update' END AS action,
            r.{HASH} IS NULL AS absent, false AS drifted
        FROM (SELECT {key}, {HASH} FROM ({rows})) r
        FULL JOIN (SELECT {ID}, {HASH}, {key} FROM {resource_table(entity.entity_type)}) s ON r.{key} = s.{key}
        WHERE r.{HASH} IS NULL OR s.{ID} IS NULL OR r.{HASH} IS DISTINCT FROM s.{HASH}"""
    return _staged(store, entity, rows, table, found)


def stage_commands(store: Store, entity: EntitySource, rows: str, table: str, *, explicit: bool) -> StagedEntity:
    """Take command rows as they are; what they do not name stays. `explicit`: the source itself gave the commands."""
    key = quoted(entity.key)
    found = f"""
        SELECT s.{ID}, r.{key} AS _key,
            CASE WHEN r.{COMMAND} = 'delete' THEN 'delete' WHEN s.{ID} IS NULL THEN 'insert' ELSE 'update' END
            AS action,
            r.{COMMAND} = 'delete' AND {str(not explicit).lower()} AS absent,
            r.{COMMAND} = 'insert' AND s.{ID} IS NOT NULL OR r.{COMMAND} = 'update' AND s.{ID} IS NULL AS drifted
        FROM (SELECT {COMMAND}, {key}, {HASH} FROM ({rows})) r
        LEFT JOIN (SELECT {ID}, {HASH}, {key} FROM {resource_table(entity.entity_type)}) s ON r.{key} = s.{key}
        WHERE CASE WHEN r.{COMMAND} = 'delete' THEN s.{ID} IS NOT NULL
              ELSE s.{ID} IS NULL OR r.{HASH} IS DISTINCT FROM s.{HASH} END"""
    return _staged(store, entity, rows, table, found)


def _staged(store: Store, entity: EntitySource, rows: str, table: str, found: str) -> StagedEntity:
    engine, first = store.engine, store.reserve(0)
    engine.execute(
        f"CREATE TEMP TABLE {table} AS SELECT CASE WHEN action = 'insert' "
        f"THEN {first} - 1 + row_number() OVER (PARTITION BY action ORDER BY _key) ELSE {ID} END AS {ID}, "
        f"_key, action, absent, drifted FROM ({found})"
    )
    counted = engine.rows(
        "SELECT count(*) FILTER (action = 'insert'), count(*) FILTER (action = 'update'), "
        f"count(*) FILTER (action = 'delete'), count(*) FILTER (absent), count(*) FILTER (drifted) FROM {table}"
    )[0]
    inserted, updated, deleted, absent, drifted = counted
    store.reserve(inserted)
    changes = Changes(inserted=inserted, updated=updated, deleted=deleted, absent=absent, drifted=drifted)
    total = store.resources(entity.entity_type)
    return StagedEntity(source=entity, rows=rows, table=table, changes=changes, total=total)


def delete_resources(store: Store, staged: StagedEntity) -> None:
    """Take the deleted resources out of the store; their links must be gone."""
    if staged.changes.deleted:
        store.close_resources(staged.source.entity_type, deleted_ids(staged))
        store.engine.execute(
            f"DELETE FROM {resource_table(staged.source.entity_type)} WHERE {ID} IN ({deleted_ids(staged)})"
        )


def write_resources(store: Store, staged: StagedEntity) -> None:
    """Insert the new resources, and set every mapped property of the changed ones."""
    table, run = resource_table(staged.source.entity_type), store.run()
    names = [quoted(HASH), *(quoted(each.property) for each in staged.source.columns)]
    key = quoted(staged.source.key)
    rows = f"FROM ({staged.rows}) r JOIN {staged.table} c ON r.{key} = c._key"
    values = ", ".join(f"r.{name}" for name in names)
    if staged.changes.inserted:
        store.engine.execute(
            f"INSERT INTO {table} ({ID}, {FROM}, {', '.join(names)}) "
            f"SELECT c.{ID}, {run}, {values} {rows} WHERE c.action = 'insert'"
        )
    if staged.changes.updated:
        updated = f"SELECT {ID} FROM {staged.table} WHERE action = 'update'"
        store.close_resources(staged.source.entity_type, updated)
        new = {name: f"r.{name}" for name in names} | {quoted(FROM): str(run)}
        _replace(store, staged, updated, f"{rows} JOIN {table} s ON s.{ID} = c.{ID} WHERE c.action = 'update'", new)


def _replace(store: Store, staged: StagedEntity, updated: str, rows: str, new: dict[str, str]) -> None:
    """Put rows in the place of those that are `updated`, `new` values and the old ones `s` that no mapping loads.

    An engine of columns is much slower at updating many of them in place.
    """
    table = resource_table(staged.source.entity_type)
    names = [quoted(each) for each in columns_of(store.engine, staged.source.entity_type)]
    by_folded = {name.casefold(): value for name, value in new.items()}
    values = ", ".join(f"{by_folded.get(name.casefold(), f's.{name}')} AS {name}" for name in names)
    store.engine.execute(f"CREATE TEMP TABLE new_{staged.table} AS SELECT {values} {rows}")
    store.engine.execute(f"DELETE FROM {table} WHERE {ID} IN ({updated})")
    store.engine.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(names)} FROM new_{staged.table}")
    store.engine.execute(f"DROP TABLE temp.new_{staged.table}")


def deleted_ids(staged: StagedEntity) -> str:
    """SQL: the `_id`s of the resources that go."""
    return f"SELECT {ID} FROM {staged.table} WHERE action = 'delete'"


def ids_after(staged: StagedEntity, property: str) -> str:
    """SQL: `value`, `_id` and primary `key` of a property as it will be once the changes are applied."""
    name, key = quoted(property), quoted(staged.source.key)
    return (
        f"SELECT r.{name} AS value, c.{ID}, c._key AS key FROM ({staged.rows}) r "
        f"JOIN {staged.table} c ON r.{key} = c._key WHERE c.action <> 'delete' AND r.{name} IS NOT NULL UNION ALL "
        f"SELECT s.{name}, s.{ID}, s.{key} FROM {resource_table(staged.source.entity_type)} s "
        f"ANTI JOIN {staged.table} c ON s.{ID} = c.{ID} WHERE s.{name} IS NOT NULL"
    )


def ids_before(entity_type: str, property: str, staged: StagedEntity | None) -> str:
    """SQL: `value`, `_id` and primary `key` of a property as it is stored; the `_id` where no key is known."""
    name, key = quoted(property), quoted(staged.source.key) if staged else ID
    return f"SELECT {name} AS value, {ID}, {key} AS key FROM {resource_table(entity_type)} WHERE {name} IS NOT NULL"


def moved_values(staged: StagedEntity, property: str) -> str:
    """SQL: every `value` of a property that a resource gets or loses by the changes."""
    name, key = quoted(property), quoted(staged.source.key)
    found = (
        f"SELECT s.{name} AS old, r.{name} AS new FROM {staged.table} c "
        f"LEFT JOIN {resource_table(staged.source.entity_type)} s ON s.{ID} = c.{ID} "
        f"LEFT JOIN ({staged.rows}) r ON r.{key} = c._key AND c.action <> 'delete'"
    )
    return (
        f"SELECT DISTINCT unnest([old, new]) AS value FROM ({found}) WHERE old IS DISTINCT FROM new "
        "AND coalesce(old, new) IS NOT NULL"
    )
