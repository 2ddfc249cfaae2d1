"""One raw file in; its records inside an engine as hashes out, and whole records when they are asked for.

The table `stage` has one row per record, whose `rowid` is the record's number: for each entity type the hash of its key
and of its row, and of the cells only those that are compared as text. All else is read again from the file.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from compiler.plan.changes import AnyChange
from compiler.plan.steps import EntitySource
from runtime.engine.engine import Engine
from runtime.synchronization.cells import internal, is_blank, is_typed
from runtime.synchronization.records import Places, places, records
from runtime.synchronization.source import Source, Unreadable
from runtime.synchronization.transformations import KEPT, changed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMMAND = "_command"
_BAD = "_bad"
_FIELD, _ITEM = "chr(31)", "chr(30)"
_WORDS = "('insert', 'update', 'delete', 'merge')"
_BATCH = 100_000


class Cell(Struct, frozen=True):
    """A column as one property type."""

    column: str
    type: str


class BadCell(Struct, frozen=True):
    """A cell that could not be converted: the record's number, its column, the beginning of its value."""

    row: int
    column: str
    value: str


class RawTable:
    """The table of one raw file. `as_text`: the cells that `stage` has as they are, under their alias."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        entities: tuple[EntitySource, ...],
        cells: Iterable[Cell],
        as_text: Iterable[Cell],
        command: str | None,
        changes: tuple[AnyChange, ...] = (),
    ) -> None:
        self.engine = engine
        self.source = source
        self.entities = entities
        self.cells = {cell: f"v{index}" for index, cell in enumerate(dict.fromkeys(cells))}
        self.has_command = command is not None
        self.rows = 0
        self._as_text = tuple(dict.fromkeys(as_text))
        self._command = command
        self._changes = changes
        self._changed = changed("", source.columns, changes)
        self._parallel = True
        self._places: Places | None = None
        self._misled = False

    def load(self, *, parallel: bool) -> None:
        """Read the file into `stage`, its changes made."""
        self._parallel = parallel
        staged = [self.alias(cell.column, cell.type) for cell in self._as_text]
        staged += [COMMAND] if self.has_command else []
        staged += [KEPT] if self.marks_rows else []
        for index, entity in enumerate(self.entities):
            key = self.key(entity)
            staged += [f"CASE WHEN NOT {is_blank(key)} THEN hash({key}) END AS k{index}"]
            staged += [f"{self.row_hash(entity)} AS h{index}"]
        bad = self._complaints()
        staged += [_BAD] if bad else []
        converted = self._converted(self.source.relation(parallel=parallel), f"{bad} AS {_BAD}" if bad else "")
        self.engine.execute("DROP TABLE IF EXISTS stage")
        self.engine.execute(f"CREATE TABLE stage AS SELECT {', '.join(staged)} FROM ({converted})")
        self.rows = self.engine.rows("SELECT count(*) FROM stage")[0][0]

    def stream(self) -> str:
        """SQL: every record, read once more from the file, with all its cells, command and mark."""
        return self._converted(self.source.relation(parallel=self._parallel))

    def fetch(self, wanted: str, scratch: Path) -> None:
        """Make the table `fetched`: the records whose numbers `wanted` (SQL) gives as `row`, with that and all cells.

        `scratch` is a file that is made and deleted.
        """
        self.engine.execute(f"CREATE OR REPLACE TABLE wanted AS SELECT DISTINCT row FROM ({wanted}) ORDER BY row")
        numbers = self.numbers("SELECT row FROM wanted ORDER BY row")
        if not self._is_read(numbers, scratch):
            self._fetch_by_counting()
            if not self._is_fetched(len(numbers)):
                raise Unreadable(f"{self.source.path.name} is not the CSV it was a moment ago")

    def numbers(self, query: str) -> "NDArray[np.int64]":
        """The one column of a query."""
        import numpy as np

        batches = self.engine.batches(query, _BATCH)
        return np.fromiter((row for batch in batches for (row,) in batch), np.int64)

    def locate(self, wanted: str) -> None:
        """Look once through the file for records that will be asked for: their numbers (SQL), ascending."""
        self._places = places(self.source, self.numbers(f"SELECT DISTINCT row FROM ({wanted}) ORDER BY row"), self.rows)

    def records(self, numbers: "NDArray[np.int64]") -> Iterator[tuple[int, bytes]]:
        """Line and text of the records of these numbers, which ascend."""
        if self._misled:
            return records(self.source, numbers, None)
        located = self._places.only(numbers) if self._places else None
        return records(self.source, numbers, located or places(self.source, numbers, self.rows))

    def lines(self, numbers: Iterable[int]) -> dict[int, int]:
        """The line that each of these records begins in."""
        import numpy as np

        wanted = sorted(numbers)
        found = (line for line, _ in self.records(np.array(wanted, np.int64)))
        return dict(zip(wanted, found, strict=True))

    def bad_cells(self, most: int) -> list[BadCell]:
        """The cells that could not be converted, in file order; those of `most` records at most."""
        if not self._complaints():
            return []
        names = [*(cell.column for cell in self.cells), self._command or ""]
        rows = self.engine.rows(f"SELECT rowid, {_BAD} FROM stage WHERE {_BAD} <> '' ORDER BY rowid LIMIT {most}")
        items = [(row, item.split("\x1f", 1)) for row, said in rows for item in said.split("\x1e")]
        return [BadCell(row, names[int(index)], value) for row, (index, value) in items]

    def alias(self, column: str, type: str) -> str:
        """The name of a converted cell."""
        return self.cells[Cell(column, type)]

    def key(self, entity: EntitySource) -> str:
        """The name of the cell that is an entity type's key."""
        key = next(each for each in entity.columns if each.property == entity.key)
        return self.alias(key.column, key.type)

    def row_hash(self, entity: EntitySource) -> str:
        """SQL: the hash of a row of an entity type."""
        return f"hash({', '.join(self.alias(each.column, each.type) for each in entity.columns)})"

    @property
    def marks_rows(self) -> bool:
        """Whether some of its rows may be left out by a transformation: those whose `_kept` is false."""
        return self._changed.marks_rows

    def usable(self, *, commanded: bool) -> str:
        """SQL: whether a row is one of a full extract, or an instruction."""
        if self.has_command:
            return f"{COMMAND} IS NOT NULL" if commanded else f"coalesce({COMMAND}, 'delete') <> 'delete'"
        return KEPT if self.marks_rows else "true"

    def _converted(self, relation: str, *others: str) -> str:
        """SQL: the records of a relation, their changes made, as converted cells."""
        columns = [f"{internal(self._raw(cell.column), cell.type)} AS {name}" for cell, name in self.cells.items()]
        columns += [f"{self._instruction()} AS {COMMAND}"] if self.has_command else []
        columns += [KEPT] if self.marks_rows else []
        columns += filter(None, others)
        return f"SELECT {', '.join(columns)} FROM {changed(relation, self.source.columns, self._changes).relation}"

    def _is_read(self, numbers: "NDArray[np.int64]", scratch: Path) -> bool:
        """Fetch the records from where they seem to stand; whether they are what was staged."""
        import duckdb

        try:
            self._write(numbers, scratch)
            relation = self._converted(self.source.numbered(scratch), "row")
            self.engine.execute(f"CREATE OR REPLACE TABLE fetched AS {relation}")
        except duckdb.Error:
            return False
        finally:
            scratch.unlink(missing_ok=True)
        return self._is_fetched(len(numbers))

    def _write(self, numbers: "NDArray[np.int64]", path: Path) -> None:
        separator = self.source.separator.encode()
        with open(path, "wb") as file:
            for number, (_, text) in zip(numbers.tolist(), self.records(numbers), strict=True):
                file.write(b"%d%s%s\n" % (number, separator, text))

    def _is_fetched(self, count: int) -> bool:
        """Whether what was fetched is what was staged, all of it."""
        hashes = [f"{self.row_hash(each)} AS f{index}" for index, each in enumerate(self.entities)]
        same = [f"f{index} = h{index}" for index in range(len(self.entities))]
        found = self.engine.rows(
            f"SELECT count(*) FROM (SELECT {', '.join(['row', *hashes])} FROM fetched) f "
            f"JOIN stage ON stage.rowid = f.row AND {' AND '.join(same) or 'true'}"
        )
        return bool(found[0][0] == count)

    def _fetch_by_counting(self) -> None:
        """The records one by one through the engine's own reader, which alone knows how it took them apart."""
        self._misled = True
        relation = f"(SELECT *, row_number() OVER () - 1 AS row FROM {self.source.relation(parallel=False)})"
        self.engine.execute(
            f"CREATE OR REPLACE TABLE fetched AS FROM ({self._converted(relation, 'row')}) SEMI JOIN wanted USING (row)"
        )

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
        """The cells of a row that say something which their type cannot hold, as index and value; empty for none."""
        wrong = [
            (index, raw, f"NOT {is_blank(raw)} AND {internal(raw, cell.type)} IS NULL")
            for index, cell in enumerate(self.cells)
            if is_typed(cell.type)
            for raw in [self._raw(cell.column)]
        ]
        if self._command:
            wrong.append((len(self.cells), self._raw(self._command), f"{self._instruction()} IS NULL"))
        if not wrong:
            return ""
        items = [
            f"CASE WHEN {test} THEN '{index}' || {_FIELD} || left({_plain(raw)}, 80) END" for index, raw, test in wrong
        ]
        said = f"concat_ws({_ITEM}, {', '.join(items)})"
        return f"CASE WHEN {KEPT} THEN {said} ELSE '' END" if self.marks_rows else said


def _plain(value: str) -> str:
    return f"replace(replace({value}, {_FIELD}, ''), {_ITEM}, '')"
