"""Rows as they are and as they were in; Parquet files of command rows out (synchronization.md 4.3)."""

from pathlib import Path

from compiler.plan.steps import EntitySource
from compiler.plan.tables import HASH, SIDE, quoted
from runtime.engine.engine import Engine, literal
from runtime.synchronization.rows import parquet
from runtime.synchronization.stage import COMMAND

_ONE, _TWO = SIDE[1], SIDE[2]


def entity_changes(engine: Engine, entity: EntitySource, new: str, old: str, to: Path) -> int:
    """Write what turns rows into others: whole rows to insert and update, keys to delete. The number of changes.

    `new` is SQL of `_hash` and the properties of all rows that may differ, `old` of `_hash` and the key.
    """
    key = quoted(entity.key)
    names = [quoted(each.property) for each in entity.columns]
    columns = ", ".join(f"n.{name}" if name != key else f"coalesce(n.{key}, o.{key}) AS {key}" for name in names)
    command = f"CASE WHEN o.{HASH} IS NULL THEN 'insert' WHEN n.{HASH} IS NULL THEN 'delete' ELSE 'update' END"
    return engine.execute(
        f"COPY (SELECT {command} AS {COMMAND}, n.{HASH}, {columns} FROM ({new}) n FULL JOIN ({old}) o "
        f"ON n.{key} = o.{key} WHERE n.{HASH} IS DISTINCT FROM o.{HASH} ORDER BY {key}) TO ? (FORMAT parquet)",
        [str(to)],
    )


def patch(engine: Engine, entity: EntitySource, old: Path | None, changes: Path, to: Path) -> int:
    """Write the command rows that take a base to where changes lead: those before, but for what changed again."""
    key, rows = quoted(entity.key), f"SELECT * FROM {parquet(changes)}"
    if old:
        rows += (
            f" UNION ALL BY NAME SELECT o.* FROM {parquet(old)} o ANTI JOIN {parquet(changes)} c ON o.{key} = c.{key}"
        )
    return engine.execute(f"COPY ({rows}) TO ? (FORMAT parquet)", [str(to)])


def link_changes(engine: Engine, new: Path, old: Path, to: Path) -> int:
    """Write the links to insert and to delete. The number of changes."""
    numbered = {path: f"read_parquet({literal(str(path))}, file_row_number = true)" for path in (new, old)}
    hashed = f"SELECT hash({_ONE}) AS k, hash({_TWO}) AS h, file_row_number AS row FROM"
    engine.execute(
        f"CREATE OR REPLACE TABLE moved AS SELECT n.row AS fresh, o.row AS gone FROM ({hashed} {numbered[new]}) n "
        f"FULL JOIN ({hashed} {numbered[old]}) o ON n.k = o.k AND n.h = o.h WHERE n.row IS NULL OR o.row IS NULL"
    )
    parts = [
        f"SELECT '{command}' AS {COMMAND}, {_ONE}, {_TWO} FROM {numbered[path]} "
        f"SEMI JOIN moved ON file_row_number = {row}"
        for command, path, row in (("insert", new, "fresh"), ("delete", old, "gone"))
    ]
    return engine.execute(f"COPY ({' UNION ALL '.join(parts)}) TO ? (FORMAT parquet)", [str(to)])
