"""One raw table inside an engine in; the clean rows of its entity types and associations out, and why others are not.

Rules of synchronization.md 4.2: the first row of a key wins, keys compare ordinally in internal form, a row without
key goes to `.nullpk.csv`, a later one of a known key to `.duplicates.csv`. Rows that carry instructions are folded:
the last one of a key counts.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from compiler.plan.steps import AnyChange, EntitySource, LinkSource
from compiler.plan.tables import HASH, SIDE, quoted
from runtime.engine.engine import Engine
from runtime.synchronization.cells import internal, is_blank, is_typed
from runtime.synchronization.source import Source
from runtime.synchronization.transformations import KEPT, changed

COMMAND = "_command"
CLEAR = "clear"
"""The instruction of a link row that stands for an object's whole row: its links that no other row repeats go."""

_BAD = "_bad"
_FIELD, _ITEM = "chr(31)", "chr(30)"
_WORDS = "('insert', 'update', 'delete', 'merge')"


class Cell(Struct, frozen=True):
    """A column as one property type."""

    column: str
    type: str


class BadCell(Struct, frozen=True):
    """A cell that could not be converted: the record's number, its column, the beginning of its value."""

    row: int
    column: str
    value: str


class Cleaned(Struct, frozen=True):
    """Counts of one entity type or association: kept, without key, duplicates, left out by transformations."""

    kept: int
    null_keys: int
    duplicates: int
    left_out: int = 0


class RawTable:
    """The table of one raw file, loaded with the cells that its mappings need. `rowid` is the record's number."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        cells: Iterable[Cell],
        command: str | None,
        changes: tuple[AnyChange, ...] = (),
    ) -> None:
        self.engine = engine
        self.source = source
        self._changes = changes
        self._changed = changed("", source.columns, changes)
        self.has_command = command is not None
        self._command = command
        self.cells = {cell: f"v{index}" for index, cell in enumerate(dict.fromkeys(cells))}
        self.rows = 0

    def load(self, *, parallel: bool) -> None:
        """Read the file into the engine, its changes made."""
        relation = changed(self.source.relation(parallel=parallel), self.source.columns, self._changes).relation
        self.engine.execute("DROP TABLE IF EXISTS stage")
        columns = [f"{internal(self._raw(cell.column), cell.type)} AS {name}" for cell, name in self.cells.items()]
        columns += [f"{self._instruction()} AS {COMMAND}"] if self._command else []
        columns += [f"{self._complaints()} AS {_BAD}"]
        columns += [KEPT] if self.marks_rows else []
        self.engine.execute(f"CREATE TABLE stage AS SELECT {', '.join(columns)} FROM {relation}")
        self.rows = self.engine.rows("SELECT count(*) FROM stage")[0][0]

    def bad_cells(self, most: int) -> list[BadCell]:
        """The cells that could not be converted, in file order; those of `most` records at most."""
        names = [*(cell.column for cell in self.cells), self._command or ""]
        rows = self.engine.rows(f"SELECT rowid, {_BAD} FROM stage WHERE {_BAD} <> '' ORDER BY rowid LIMIT {most}")
        items = [(row, item.split("\x1f", 1)) for row, said in rows for item in said.split("\x1e")]
        return [BadCell(row, names[int(index)], value) for row, (index, value) in items]

    def alias(self, column: str, type: str) -> str:
        """The name of a converted cell."""
        return self.cells[Cell(column, type)]

    @property
    def marks_rows(self) -> bool:
        """Whether some of its rows may be left out by a transformation: those whose `_kept` is false."""
        return self._changed.marks_rows

    def _raw(self, column: str) -> str:
        return self._changed.names[column]

    def _instruction(self) -> str:
        """The instruction of a row in its canonical spelling; null for a word that is none.

        A row that a transformation leaves out is gone: whatever its instruction, it means to delete.
        """
        word = f"lower(cell_trimmed(coalesce({self._raw(self._command or '')}, '')))"
        gone = f"WHEN NOT {KEPT} AND {word} IN ('', 'add', 'insert', 'update', 'merge') THEN 'delete' "
        return (
            f"CASE {gone if self.marks_rows else ''}WHEN {word} = '' THEN 'merge' WHEN {word} = 'add' THEN 'insert' "
            f"WHEN {word} IN {_WORDS} THEN {word} END"
        )

    def _complaints(self) -> str:
        """The cells of a row that say something which their type cannot hold, as index and value."""
        wrong = [
            (index, raw, f"NOT {is_blank(raw)} AND {internal(raw, cell.type)} IS NULL")
            for index, cell in enumerate(self.cells)
            if is_typed(cell.type)
            for raw in [self._raw(cell.column)]
        ]
        if self._command:
            wrong.append((len(self.cells), self._raw(self._command), f"{self._instruction()} IS NULL"))
        items = [
            f"CASE WHEN {test} THEN '{index}' || {_FIELD} || left({_plain(raw)}, 80) END" for index, raw, test in wrong
        ]
        said = f"concat_ws({_ITEM}, {', '.join(items)})" if items else "''"
        return f"CASE WHEN {KEPT} THEN {said} ELSE '' END" if self.marks_rows else said


def clean_entities(table: RawTable, entity: EntitySource, to: Path, *, commanded: bool) -> Cleaned:
    """Write the rows of an entity type to Parquet: `_hash` and its properties, before them the command if commanded.

    Leaves the table `reject` with the number of each row left out, and why.
    """
    engine = table.engine
    key = next(each for each in entity.columns if each.property == entity.key)
    alias = table.alias(key.column, key.type)
    reject_entities(table, entity, commanded=commanded)
    names = [table.alias(each.column, each.type) for each in entity.columns]
    properties = ", ".join(
        f"{name} AS {quoted(each.property)}" for name, each in zip(names, entity.columns, strict=True)
    )
    row_hash = f"hash({', '.join(names)})"
    if commanded:
        query = (
            f"SELECT {_folded_command()}, CASE WHEN {COMMAND} <> 'delete' THEN {row_hash} END AS {HASH}, {properties} "
            f"FROM stage JOIN ({_last_rows([alias])}) ON stage.rowid = last_row ORDER BY stage.rowid"
        )
    else:
        query = f"SELECT {row_hash} AS {HASH}, {properties} FROM stage ANTI JOIN reject ON stage.rowid = reject.row"
    return _written(engine, query, to)


def reject_entities(table: RawTable, entity: EntitySource, *, commanded: bool) -> None:
    """Make the table `reject`: the rows that are no row of the entity type."""
    key = next(each for each in entity.columns if each.property == entity.key)
    alias = table.alias(key.column, key.type)
    _reject_unusable(table, is_blank(alias), commanded=commanded)
    if not commanded:
        _reject_later(table.engine, alias)


def reject_nothing(table: RawTable) -> None:
    """Make the table `reject` without rows but for those that are no row of a full extract."""
    _reject_unusable(table, "false", commanded=False)


def clean_links(table: RawTable, link: LinkSource, types: tuple[str, str], to: Path, *, own: bool) -> Cleaned:
    """Write the links of an association to Parquet: `_1`, `_2`, the keys of both sides.

    `own`: the file holds nothing else, so that an empty side is a mistake. Otherwise `reject` must hold the rows that
    the entity type of the file left out. Where a side may have one link only, the first in sort order wins.
    """
    engine, keys = table.engine, _link_keys(table, link, types)
    if own:
        _reject_unusable(table, " OR ".join(is_blank(key) for key in keys), commanded=False)
    else:
        blank = " OR ".join(is_blank(key) for key in keys)
        engine.execute("UPDATE reject SET why = 'dropped'")
        engine.execute(f"INSERT INTO reject SELECT rowid, 'dropped' FROM ({_kept()}) WHERE {blank}")
    _reject_later(engine, *keys, why="duplicates" if own else "dropped")
    for key, end in zip(keys, (link.side1, link.side2), strict=True):
        if not end.is_collection:
            _reject_conflicts(engine, key, keys)
    return _written(engine, f"SELECT {_sides(keys)} FROM ({_kept()})", to)


def clean_link_commands(
    table: RawTable, link: LinkSource, types: tuple[str, str], to: Path, *, owner: int | None
) -> Cleaned:
    """Write instructions on links to Parquet: the command, `_1`, `_2`.

    `owner` is the side whose objects the rows are (None: each row is one link). A row of an object says all its links,
    so that each is preceded by the instruction to clear those it had; deleted objects lose theirs without being told.
    """
    engine, keys = table.engine, _link_keys(table, link, types)
    blank = " OR ".join(is_blank(key) for key in (keys if owner is None else keys[owner - 1 : owner]))
    _reject_unusable(table, blank, commanded=True)
    if owner is None:
        query = (
            f"SELECT CASE WHEN {COMMAND} = 'delete' THEN 'delete' ELSE 'insert' END AS {COMMAND}, {_sides(keys)} "
            f"FROM stage JOIN ({_last_rows(keys)}) ON stage.rowid = last_row"
        )
        return _written(engine, query, to)
    mine, other = keys[owner - 1], keys[2 - owner]
    last = f"SELECT * FROM stage JOIN ({_last_rows([mine])}) ON stage.rowid = last_row WHERE {COMMAND} <> 'delete'"
    sides = (f"{mine} AS {SIDE[owner]}", f"CAST(NULL AS VARCHAR) AS {SIDE[3 - owner]}")
    query = (
        f"SELECT '{CLEAR}' AS {COMMAND}, {', '.join(sorted(sides, key=lambda each: each[-1]))} FROM ({last}) "
        f"UNION ALL SELECT 'insert', {_sides(keys)} FROM ({last}) WHERE NOT {is_blank(other)}"
    )
    return _written(engine, query, to)


def write_rejects(table: RawTable, folder: Path, name: str) -> None:
    """The rejected records as they came, each behind its file and line number: absent when there is none."""
    for why in ("nullpk", "duplicates"):
        rows = table.engine.rows("SELECT DISTINCT row FROM reject WHERE why = ? ORDER BY row", [why])
        if rows:
            _write_records(table.source, (row for (row,) in rows), folder / f"{name}.{why}.csv")


def _write_records(source: Source, rows: Iterable[int], path: Path) -> None:
    cell: Callable[[str], str] = lambda text: '"' + text.replace('"', '""') + '"'  # noqa: E731
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        header = ["SourceFile", "LineNumber", *source.columns]
        file.write(source.separator.join(cell(each) for each in header) + "\n")
        for line, record in source.records(rows):
            file.write(source.separator.join((cell(source.path.name), str(line), record)) + "\n")


def _reject_unusable(table: RawTable, blank: str, *, commanded: bool) -> None:
    """Begin `reject` with the rows without key, and those that are no row of a full extract, or no instruction."""
    engine = table.engine
    engine.execute("CREATE OR REPLACE TEMP TABLE reject (row BIGINT, why VARCHAR)")
    if table.has_command:
        unusable = f"{COMMAND} IS NULL" if commanded else f"{COMMAND} IS NULL OR {COMMAND} = 'delete'"
        engine.execute(f"INSERT INTO reject SELECT rowid, 'command' FROM stage WHERE {unusable}")
    elif table.marks_rows:
        engine.execute(f"INSERT INTO reject SELECT rowid, 'left out' FROM stage WHERE NOT {KEPT}")
    engine.execute(f"INSERT INTO reject SELECT rowid, 'nullpk' FROM ({_kept()}) WHERE {blank}")


def _reject_later(engine: Engine, *keys: str, why: str = "duplicates") -> None:
    """Reject every row whose key an earlier row has."""
    same = " AND ".join(f"kept.{key} = many.{key}" for key in keys)
    engine.execute(
        f"INSERT INTO reject WITH kept AS ({_kept()}), many AS (SELECT {', '.join(keys)}, min(rowid) AS first_row "
        f"FROM kept GROUP BY ALL HAVING count(*) > 1) "
        f"SELECT kept.rowid, '{why}' FROM kept JOIN many ON {same} WHERE kept.rowid > many.first_row"
    )


def _reject_conflicts(engine: Engine, key: str, keys: tuple[str, str]) -> None:
    """Reject the links of a key that may have one only, but for the first in sort order."""
    engine.execute(
        f"INSERT INTO reject WITH kept AS ({_kept()}), "
        f"many AS (SELECT {key} AS k FROM kept GROUP BY 1 HAVING count(*) > 1) "
        f"SELECT rowid, 'duplicates' FROM kept SEMI JOIN many ON kept.{key} = many.k "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {keys[0]}, {keys[1]}, rowid) > 1"
    )


def _plain(value: str) -> str:
    return f"replace(replace({value}, {_FIELD}, ''), {_ITEM}, '')"


def _kept() -> str:
    return "SELECT rowid, stage.* FROM stage ANTI JOIN reject ON stage.rowid = reject.row"


def _last_rows(keys: Iterable[str]) -> str:
    """For every key its last row and how many it has."""
    return f"SELECT max(rowid) AS last_row, count(*) AS many FROM ({_kept()}) GROUP BY {', '.join(keys)}"


def _folded_command() -> str:
    """A key with several rows may be in the store or not: `delete` stays, everything else is a `merge`."""
    return f"CASE WHEN many > 1 AND {COMMAND} <> 'delete' THEN 'merge' ELSE {COMMAND} END AS {COMMAND}"


def _link_keys(table: RawTable, link: LinkSource, types: tuple[str, str]) -> tuple[str, str]:
    return table.alias(link.side1.column, types[0]), table.alias(link.side2.column, types[1])


def _sides(keys: tuple[str, str]) -> str:
    return f"{keys[0]} AS {SIDE[1]}, {keys[1]} AS {SIDE[2]}"


def _written(engine: Engine, query: str, to: Path) -> Cleaned:
    kept = engine.execute(f"COPY ({query}) TO ? (FORMAT parquet)", [str(to)])
    counts: dict[str, int] = dict(engine.rows("SELECT why, count(DISTINCT row) FROM reject GROUP BY why"))
    return Cleaned(kept, counts.get("nullpk", 0), counts.get("duplicates", 0), counts.get("left out", 0))
