"""The staged records of an entity type, and its rows before, in; its rows and what changed as Parquet files out.

Rules of synchronization.md 4.2: the first row of a key wins, keys compare ordinally in internal form. All rows are
compared by hashes; only those that seem to have changed, or to have a key twice, are read again and compared as text,
so that two keys of one hash are still two.
"""

import os
import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from compiler.plan.steps import EntitySource
from compiler.plan.tables import HASH, quoted
from runtime.synchronization.cells import is_blank
from runtime.synchronization.delta import entity_changes
from runtime.synchronization.delta import patch as write_patch
from runtime.synchronization.rejects import begin
from runtime.synchronization.rows import Before, parquet
from runtime.synchronization.sessions import PreparedTable
from runtime.synchronization.source import Unreadable
from runtime.synchronization.stage import RawTable

_MOST_PATCHED = 0.2
"""The part of all rows from which on a new base is written rather than a patch over the old one."""

_WRITTEN = "FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1"
"""Dictionaries cost more time than they save space."""

_HASHES = "FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1"


class Entity(Struct, frozen=True):
    """An entity type of a raw table: its index there, and its rows before unless everything is to be compared later."""

    table: RawTable
    source: EntitySource
    index: int
    before: Before | None


def rejects_of(index: int) -> str:
    """The name of an entity type's table of rejects."""
    return f"reject{index}"


def suspect(entity: Entity) -> None:
    """Make the tables of suspects: `twice` and `gone` of hashes, `later` and `fresh` of record numbers.

    A key in `twice` may have several rows, which are `later` and, when there are rows before, `fresh` as well; so is
    every row that no row before equals; `gone` are the hashes of those before that no row equals.
    """
    if entity.before is None:
        _find_twice(entity, "")
        return
    engine, index, before = entity.table.engine, entity.index, f"({entity.before.keys})"
    engine.execute(
        f"CREATE OR REPLACE TABLE differs{index} AS SELECT n.row, n.k AS new, o.k, o.h FROM ({_staged(entity)}) n "
        f"FULL JOIN {before} o ON n.k = o.k AND n.h = o.h WHERE n.row IS NULL OR o.k IS NULL"
    )
    _find_twice(entity, "" if _repeats(entity) else f"SEMI JOIN differs{index} d ON s.k = d.new")
    engine.execute(
        f"CREATE OR REPLACE TABLE fresh{index} AS SELECT row FROM differs{index} WHERE row IS NOT NULL "
        f"UNION SELECT row FROM later{index}"
    )
    engine.execute(
        f"CREATE OR REPLACE TABLE gone{index} AS SELECT k, h FROM differs{index} WHERE row IS NULL "
        f"UNION FROM (SELECT k, h FROM {before}) SEMI JOIN twice{index} USING (k)"
    )


def _find_twice(entity: Entity, among: str) -> None:
    engine, index, staged = entity.table.engine, entity.index, _staged(entity)
    engine.execute(
        f"CREATE OR REPLACE TABLE twice{index} AS SELECT k FROM ({staged}) s {among} GROUP BY k HAVING count(*) > 1"
    )
    engine.execute(f"CREATE OR REPLACE TABLE later{index} AS FROM ({staged}) SEMI JOIN twice{index} USING (k)")


def _repeats(entity: Entity) -> bool:
    """Whether a row before equals several rows: then keys are to be looked for twice among all of them."""
    index, before = entity.index, entity.before
    rows = f"SELECT count(*) FROM ({_staged(entity)})"
    olds = f"SELECT count(*) FROM ({before.keys if before else ''})"
    fresh, gone = (f"SELECT count(*) FROM differs{index} WHERE row IS {what}" for what in ("NOT NULL", "NULL"))
    return bool(entity.table.engine.rows(f"SELECT ({rows}) - ({fresh}) <> ({olds}) - ({gone})")[0][0])


def wanted(entity: Entity) -> str:
    """SQL: the numbers of the records that have to be read again."""
    return f"SELECT row FROM {'later' if rewrites(entity) else 'fresh'}{entity.index}"


def without_key(entity: Entity) -> str:
    """SQL: the numbers of the records without key."""
    return f"SELECT rowid AS row FROM stage WHERE k{entity.index} IS NULL"


def rewrites(entity: Entity) -> bool:
    """Whether a new base is written: there is none, or too much of it is no longer so."""
    if entity.before is None:
        return True
    fresh, gone = (
        entity.table.engine.rows(f"SELECT count(*) FROM {name}{entity.index}")[0][0] for name in ("fresh", "gone")
    )
    return bool(fresh + gone + entity.before.patched > _MOST_PATCHED * entity.table.rows)


def settle(entity: Entity) -> None:
    """Make the table of rejects, now that the suspects are `fetched`."""
    table, reject = entity.table, rejects_of(entity.index)
    begin(table, reject, f"k{entity.index} IS NULL", commanded=False)
    key = table.key(entity.source)
    table.engine.execute(
        f"INSERT INTO {reject} SELECT row, 'duplicates' FROM fetched SEMI JOIN later{entity.index} USING (row) "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY row) > 1"
    )


def write(entity: Entity, folder: Path, name: str) -> PreparedTable:
    """Write the files of an entity type; what is said of rejects is not in it yet. Raises `Unreadable`."""
    written = PreparedTable(rows=f"{name}.parquet", keys=f"{name}.keys.parquet", key=entity.source.key)
    written = msgspec.structs.replace(written, kept=_write_keys(entity, folder / written.keys))
    anew, base = rewrites(entity), folder / written.rows
    if anew and _write_base(entity, base) != written.kept:
        raise Unreadable(f"{entity.table.source.path.name} was changed while it was read")
    if entity.before is None:
        return written
    engine, changes = entity.table.engine, folder / f"{name}.delta.parquet"
    new = _rows_of_base(entity, base) if anew else _fetched(entity, f"fresh{entity.index}")
    entity_changes(engine, entity.source, new, _gone(entity, entity.before), changes)
    written = msgspec.structs.replace(written, changes=changes.name)
    if anew:
        return written
    _share(entity.before.base, base)
    patch = folder / f"{name}.patch.parquet"
    count = write_patch(engine, entity.source, entity.before.patch, changes, patch)
    return msgspec.structs.replace(written, patch=patch.name, patched=count)


def _staged(entity: Entity) -> str:
    """SQL: number, hash of the key and hash of the row of every record that is a row, were there no duplicates."""
    index, usable = entity.index, entity.table.usable(commanded=False)
    return f"SELECT rowid AS row, k{index} AS k, h{index} AS h FROM stage WHERE k{index} IS NOT NULL AND {usable}"


def _columns(entity: Entity) -> str:
    """SQL: the hash of a row and its properties, of converted cells."""
    table = entity.table
    named = [f"{table.alias(each.column, each.type)} AS {quoted(each.property)}" for each in entity.source.columns]
    return ", ".join([f"{table.row_hash(entity.source)} AS {HASH}", *named])


def _fetched(entity: Entity, among: str) -> str:
    """SQL: the rows among the fetched records that a table of numbers names and nothing rejects."""
    return (
        f"SELECT {_columns(entity)} FROM fetched SEMI JOIN {among} USING (row) "
        f"ANTI JOIN {rejects_of(entity.index)} USING (row)"
    )


def _gone(entity: Entity, before: Before) -> str:
    """SQL: key and hash of the rows before that no row equals."""
    key = quoted(entity.source.key)
    return (
        f"SELECT {key}, {HASH} FROM (SELECT {key}, {HASH}, hash({key}) AS k FROM ({before.rows})) r "
        f"SEMI JOIN gone{entity.index} g ON r.k = g.k AND r.{HASH} = g.h"
    )


def _rows_of_base(entity: Entity, base: Path) -> str:
    """SQL: the rows of a new base that may differ from those before."""
    key, index = quoted(entity.source.key), entity.index
    fresh = f"SELECT k{index} AS k, h{index} AS h FROM stage SEMI JOIN fresh{index} ON stage.rowid = fresh{index}.row"
    return (
        f"SELECT * EXCLUDE (k) FROM (SELECT *, hash({key}) AS k FROM {parquet(base)}) r "
        f"SEMI JOIN ({fresh}) f ON r.k = f.k AND r.{HASH} = f.h"
    )


def _write_base(entity: Entity, path: Path) -> int:
    """Write all rows: those of keys that are there once as they stream by, and the first of each other key."""
    table, twice = entity.table, f"twice{entity.index}"
    key = table.key(entity.source)
    once = (
        f"SELECT {_columns(entity)} FROM ({table.stream()}) WHERE NOT {is_blank(key)} "
        f"AND {table.usable(commanded=False)}"
    )
    if table.engine.rows(f"FROM {twice} LIMIT 1"):
        once += f" AND hash({key}) NOT IN (FROM {twice}) UNION ALL {_fetched(entity, f'later{entity.index}')}"
    return table.engine.execute(f"COPY ({once}) TO ? ({_WRITTEN})", [str(path)])


def _write_keys(entity: Entity, path: Path) -> int:
    staged = f"FROM ({_staged(entity)}) ANTI JOIN {rejects_of(entity.index)} USING (row)"
    return entity.table.engine.execute(f"COPY (SELECT k, h {staged}) TO ? ({_HASHES})", [str(path)])


def _share(file: Path, to: Path) -> None:
    """The same file once more, without a copy where the file system can."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copyfile(file, to)
