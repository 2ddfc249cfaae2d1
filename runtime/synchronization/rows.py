"""A table of a session in; SQL over its rows out, and whether they are known by hashes that this engine makes.

All rows of an entity type lie in a base file, which later sessions share, and a patch: command rows over the base.
"""

from pathlib import Path

from msgspec import Struct

from compiler.plan.steps import EntitySource
from compiler.plan.tables import HASH, quoted
from runtime.engine.engine import literal
from runtime.synchronization.sessions import Prepared, PreparedTable
from runtime.synchronization.stage import COMMAND


class Before(Struct, frozen=True, kw_only=True):
    """The rows of an entity type in an earlier session.

    `rows` is SQL of `_hash` and the properties, `keys` SQL of the hashes `k` of the key and `h` of the row. `patched`:
    how many rows its patch has.
    """

    rows: str
    keys: str
    base: Path
    patch: Path | None
    patched: int


def parquet(path: Path) -> str:
    """A Parquet file in SQL."""
    return f"read_parquet({literal(str(path))})"


def all_rows(prepared: Prepared, table: PreparedTable) -> str:
    """SQL: every row of a table that is no instruction."""
    base = parquet(prepared.path(table.rows))
    if not table.patch:
        return f"SELECT * FROM {base}"
    patch, key = parquet(prepared.path(table.patch)), quoted(table.key)
    return (
        f"SELECT b.* FROM {base} b ANTI JOIN {patch} p ON b.{key} = p.{key} "
        f"UNION ALL BY NAME SELECT * EXCLUDE ({COMMAND}) FROM {patch} WHERE {COMMAND} <> 'delete'"
    )


def before(prepared: Prepared, entity: EntitySource, engine: str) -> Before:
    """The rows of an entity type in a session that was accepted; hashes of another engine are made anew."""
    table = prepared.entity_types[entity.entity_type]
    rows = all_rows(prepared, table)
    keys = f"FROM {parquet(prepared.path(table.keys))}" if table.keys else ""
    if prepared.engine != engine or not keys:
        hashed = f"hash({', '.join(quoted(each.property) for each in entity.columns)})"
        rows = f"SELECT * REPLACE ({hashed} AS {HASH}) FROM ({rows})"
        keys = f"SELECT hash({quoted(entity.key)}) AS k, {HASH} AS h FROM ({rows})"
    return Before(
        rows=rows,
        keys=keys,
        base=prepared.path(table.rows),
        patch=prepared.path(table.patch) if table.patch else None,
        patched=table.patched,
    )
