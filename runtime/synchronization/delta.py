"""A session's full extracts and the previous ones in; Parquet files of command rows out (synchronization.md 4.3)."""

from pathlib import Path

from compiler.plan.steps import EntitySource
from compiler.plan.tables import HASH, SIDE, quoted
from runtime.engine.engine import Engine, literal
from runtime.synchronization.cleaning import COMMAND


def entity_changes(engine: Engine, entity: EntitySource, new: Path, old: Path, to: Path, *, rehash: bool) -> int:
    """Write what turns `old` into `new`: whole rows to insert and update, keys to delete. The number of changes.

    `rehash`: the old hashes are another engine's and must be made anew.
    """
    key = quoted(entity.key)
    names = [quoted(each.property) for each in entity.columns]
    old_hash = f"hash({', '.join(names)})" if rehash else HASH
    columns = ", ".join(f"n.{name}" if name != key else f"c.{name}" for name in names)
    return engine.execute(
        f"""COPY (
        WITH n AS (FROM read_parquet({literal(str(new))})), o AS (FROM read_parquet({literal(str(old))})),
        c AS (
            SELECT coalesce(n.{key}, o.{key}) AS {key},
                CASE WHEN o.{HASH} IS NULL THEN 'insert' WHEN n.{HASH} IS NULL THEN 'delete' ELSE 'update' END
                AS {COMMAND}
            FROM (SELECT {key}, {HASH} FROM n) n
            FULL JOIN (SELECT {key}, {old_hash} AS {HASH} FROM o) o ON n.{key} = o.{key}
            WHERE n.{HASH} IS DISTINCT FROM o.{HASH})
        SELECT c.{COMMAND}, n.{HASH}, {columns} FROM c LEFT JOIN n ON n.{key} = c.{key} ORDER BY c.{key}
        ) TO ? (FORMAT parquet)""",
        [str(to)],
    )


def link_changes(engine: Engine, new: Path, old: Path, to: Path) -> int:
    """Write the links to insert and to delete. The number of changes."""
    sides = f"{SIDE[1]}, {SIDE[2]}"
    fresh, gone = (f"SELECT {sides} FROM read_parquet({literal(str(path))})" for path in (new, old))
    return engine.execute(
        f"""COPY (
        SELECT 'insert' AS {COMMAND}, {sides} FROM (({fresh}) a ANTI JOIN ({gone}) b USING ({sides}))
        UNION ALL
        SELECT 'delete', {sides} FROM (({gone}) a ANTI JOIN ({fresh}) b USING ({sides}))
        ) TO ? (FORMAT parquet)""",
        [str(to)],
    )
