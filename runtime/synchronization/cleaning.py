"""The staged records of a raw file in; the rows of its associations, and instructions, as Parquet files out.

Rows that carry instructions are folded: the last one of a key counts (synchronization.md 4.2).
"""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from compiler.plan.steps import EntitySource, LinkSource
from compiler.plan.tables import HASH, SIDE, quoted
from runtime.synchronization.cells import is_blank
from runtime.synchronization.rejects import REJECT, begin, kept
from runtime.synchronization.stage import COMMAND as COMMAND  # what readers of prepared files look for
from runtime.synchronization.stage import RawTable

CLEAR = "clear"
"""The instruction of a link row that stands for an object's whole row: its links that no other row repeats go."""


class Owner(Struct, frozen=True):
    """Whose objects the rows of a link's table are: the side, the cell that is their key, their table of rejects."""

    side: int
    key: str
    reject: str


def clean_entity_commands(table: RawTable, entity: EntitySource, reject: str, to: Path) -> int:
    """Write the instructions on an entity type to Parquet: the command, `_hash`, the properties. Their number."""
    key = table.key(entity)
    begin(table, reject, is_blank(key), commanded=True)
    properties = ", ".join(
        f"{table.alias(each.column, each.type)} AS {quoted(each.property)}" for each in entity.columns
    )
    row_hash = f"CASE WHEN {COMMAND} <> 'delete' THEN {table.row_hash(entity)} END AS {HASH}"
    return _write(
        table,
        f"SELECT {_folded_command()}, {row_hash}, {properties} "
        f"FROM stage JOIN ({_last_rows(reject, [key])}) ON stage.rowid = last_row ORDER BY stage.rowid",
        to,
    )


def clean_links(table: RawTable, link: LinkSource, types: tuple[str, str], to: Path, *, owner: Owner | None) -> int:
    """Write the links of an association to Parquet: `_1`, `_2`, the keys of both sides.

    An empty side is a mistake in a file of its own only; a row that its `owner` leaves out has no links. Where a side
    may have one link only, the first in sort order wins. The number of links.
    """
    keys = _link_keys(table, link, types)
    blank = " OR ".join(is_blank(key) for key in keys)
    if link.own_file:
        begin(table, REJECT, blank, commanded=False)
    else:
        _begin_with(table, owner)
        table.engine.execute(f"INSERT INTO {REJECT} SELECT rowid, 'dropped' FROM ({kept(REJECT)}) WHERE {blank}")
    _reject_later(table, *keys, why="duplicates" if link.own_file else "dropped")
    for key, end in zip(keys, (link.side1, link.side2), strict=True):
        if not end.is_collection:
            _reject_conflicts(table, key, keys)
    return _write(table, f"SELECT {_sides(keys)} FROM ({kept(REJECT)})", to)


def clean_link_commands(
    table: RawTable, link: LinkSource, types: tuple[str, str], to: Path, *, owner: Owner | None
) -> int:
    """Write instructions on links to Parquet: the command, `_1`, `_2`.

    Without `owner` each row is one link. A row of an object says all its links, so that each is preceded by the
    instruction to clear those it had; deleted objects lose theirs without being told. The number of instructions.
    """
    keys = _link_keys(table, link, types)
    if owner is not None:
        _begin_with(table, owner)
        return _write(table, _owned_commands(keys, owner), to)
    begin(table, REJECT, " OR ".join(is_blank(key) for key in keys), commanded=True)
    return _write(
        table,
        f"SELECT CASE WHEN {COMMAND} = 'delete' THEN 'delete' ELSE 'insert' END AS {COMMAND}, {_sides(keys)} "
        f"FROM stage JOIN ({_last_rows(REJECT, keys)}) ON stage.rowid = last_row",
        to,
    )


def _owned_commands(keys: tuple[str, str], owner: Owner) -> str:
    mine, other = keys[owner.side - 1], keys[2 - owner.side]
    rows = _last_rows(REJECT, [owner.key])
    last = (
        f"SELECT * FROM stage JOIN ({rows}) ON stage.rowid = last_row "
        f"WHERE {COMMAND} <> 'delete' AND NOT {is_blank(mine)}"
    )
    sides = (f"{mine} AS {SIDE[owner.side]}", f"CAST(NULL AS VARCHAR) AS {SIDE[3 - owner.side]}")
    return (
        f"SELECT '{CLEAR}' AS {COMMAND}, {', '.join(sorted(sides, key=lambda each: each[-1]))} FROM ({last}) "
        f"UNION ALL SELECT 'insert', {_sides(keys)} FROM ({last}) WHERE NOT {is_blank(other)}"
    )


def _begin_with(table: RawTable, owner: Owner | None) -> None:
    """Begin with what the entity type of the file leaves out: a rejected row has no links either."""
    if owner:
        table.engine.execute(f"CREATE OR REPLACE TABLE {REJECT} AS SELECT row, 'dropped' AS why FROM {owner.reject}")
    else:
        begin(table, REJECT, "false", commanded=False)
        table.engine.execute(f"UPDATE {REJECT} SET why = 'dropped'")


def _reject_later(table: RawTable, *keys: str, why: str) -> None:
    """Reject every row whose keys an earlier row has. Hashes tell cheaply which rows to look at."""
    hashed = f"hash({', '.join(keys)})"
    table.engine.execute(
        f"CREATE OR REPLACE TABLE twice AS SELECT {hashed} AS k FROM ({kept(REJECT)}) GROUP BY 1 HAVING count(*) > 1"
    )
    table.engine.execute(
        f"INSERT INTO {REJECT} SELECT rowid, '{why}' FROM ({kept(REJECT)}) WHERE {hashed} IN (FROM twice) "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY rowid) > 1"
    )


def _reject_conflicts(table: RawTable, key: str, keys: tuple[str, str]) -> None:
    """Reject the links of a key that may have one only, but for the first in sort order."""
    table.engine.execute(
        f"INSERT INTO {REJECT} WITH kept AS ({kept(REJECT)}), "
        f"many AS (SELECT {key} AS k FROM kept GROUP BY 1 HAVING count(*) > 1) "
        f"SELECT rowid, 'duplicates' FROM kept SEMI JOIN many ON kept.{key} = many.k "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {keys[0]}, {keys[1]}, rowid) > 1"
    )


def _last_rows(reject: str, keys: Iterable[str]) -> str:
    """For every key its last row and how many it has."""
    return f"SELECT max(rowid) AS last_row, count(*) AS many FROM ({kept(reject)}) GROUP BY {', '.join(keys)}"


def _folded_command() -> str:
    """A key with several rows may be in the store or not: `delete` stays, everything else is a `merge`."""
    return f"CASE WHEN many > 1 AND {COMMAND} <> 'delete' THEN 'merge' ELSE {COMMAND} END AS {COMMAND}"


def _link_keys(table: RawTable, link: LinkSource, types: tuple[str, str]) -> tuple[str, str]:
    return table.alias(link.side1.column, types[0]), table.alias(link.side2.column, types[1])


def _sides(keys: tuple[str, str]) -> str:
    return f"{keys[0]} AS {SIDE[1]}, {keys[1]} AS {SIDE[2]}"


def _write(table: RawTable, query: str, to: Path) -> int:
    return table.engine.execute(f"COPY ({query}) TO ? (FORMAT parquet)", [str(to)])
