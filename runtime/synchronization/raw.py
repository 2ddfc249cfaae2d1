"""A connector's mappings and export folder in; one raw table at a time, checked and loaded with the cells they need."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from compiler.plan.steps import EntitySource, LinkEnd, LinkSource, Prepare
from compiler.plan.transformations import columns_read
from runtime.contract import Mode, Note
from runtime.engine.engine import Engine
from runtime.synchronization.guards import Stamp, look, words_of
from runtime.synchronization.records import count
from runtime.synchronization.source import Source, Unreadable, open_source
from runtime.synchronization.stage import BadCell, Cell, RawTable
from runtime.workspace import ExportedTable, file_name

MOST_ERRORS = 100
"""Cells of one file that may fail to convert before nothing of it is believed (synchronization.md 6)."""

_SHOWN_ERRORS = 20


class PrepareFailed(Exception):
    """The raw files cannot be prepared. Nothing was staged; the message says what, where and what to do."""


class Sources(Struct, frozen=True):
    """Everything that reads one raw table."""

    table: str
    entity_types: tuple[EntitySource, ...]
    associations: tuple[LinkSource, ...]

    @property
    def mappings(self) -> tuple[EntitySource | LinkSource, ...]:
        """Entity types and associations together."""
        return (*self.entity_types, *self.associations)


def by_table(step: Prepare) -> Iterator[Sources]:
    """The sources table by table; names of tables differ by more than case."""
    spelled: dict[str, str] = {}
    for table in [each.table for each in step.entity_types] + [each.table for each in step.associations]:
        spelled.setdefault(table.casefold(), table)
    for folded, table in spelled.items():
        entities = tuple(each for each in step.entity_types if each.table.casefold() == folded)
        links = tuple(each for each in step.associations if each.table.casefold() == folded)
        yield Sources(table, entities, links)


class RawFile(Struct, frozen=True):
    """A raw file whose header was read. `stamp` is how it stood then, `command` its column of instructions, `exported`
    what its export said.

    `commanded`: its rows are instructions, to be carried out as they are.
    """

    sources: Sources
    source: Source
    stamp: Stamp
    command: str | None
    exported: ExportedTable | None
    commanded: bool


def open_table(
    step: Prepare, sources: Sources, folder: Path, exported: tuple[str, ExportedTable] | None, mode: Mode
) -> RawFile:
    """Open the raw file of a table; `exported` is what its export said, with the export's mode."""
    path = _path(sources, folder)
    stamp = look(path, exported[1] if exported else None)
    source = _open(step, sources, path)
    command = _command_column(source, sources, step.instructions)
    changes_only = mode is Mode.INCREMENTAL and (exported is None or exported[0] in ("", Mode.INCREMENTAL))
    return RawFile(sources, source, stamp, command, exported[1] if exported else None, bool(command) and changes_only)


def load(engine: Engine, step: Prepare, file: RawFile) -> RawTable:
    """Load a raw file. Raises `PrepareFailed`."""
    sources, cells = file.sources, _cells(step, file.sources)
    table = RawTable(
        engine,
        file.source,
        sources.entity_types,
        cells,
        cells if file.commanded else _link_cells(step, sources),
        file.command,
        step.changes_of(sources.table),
    )
    _load(table)
    _check_count(table, file.exported)
    return table


def _path(sources: Sources, folder: Path) -> Path:
    """Where the raw file of a table stands; letter case is no difference."""
    wanted = f"{file_name(sources.table)}.csv"
    path = next((each for each in sorted(folder.glob("*")) if each.name.casefold() == wanted.casefold()), None)
    if path is None:
        raise PrepareFailed(f"table {sources.table}: there is no {wanted} in {folder}; export the connection first")
    return path


def _open(step: Prepare, sources: Sources, path: Path) -> Source:
    """A raw file with every column in its header that the mapped ones are or are made from."""
    columns = columns_read((cell.column for cell in _cells(step, sources)), step.changes_of(sources.table))
    try:
        source = open_source(path, columns)
    except Unreadable as error:
        raise PrepareFailed(f"table {sources.table}: {error}") from error
    for column in columns:
        _check_column(sources.table, column, source)
    return source


def _check_column(table: str, column: str, source: Source) -> None:
    times = source.columns.count(column)
    if times == 1:
        return
    if times > 1:
        raise PrepareFailed(f"table {table}: {source.path.name} has the column {column} {times} times")
    close = difflib.get_close_matches(column.casefold(), [each.casefold() for each in source.columns], 1)
    meant = next((each for each in source.columns if [each.casefold()] == close), "")
    hint = f"; did you mean {meant}?" if meant else ""
    known = ", ".join(source.columns)
    raise PrepareFailed(f"table {table}: {source.path.name} has no column {column}, only {known}{hint}")


def _cells(step: Prepare, sources: Sources) -> list[Cell]:
    """Every column that the table's mappings read, as the type it lands in."""
    cells = [Cell(each.column, each.type) for entity in sources.entity_types for each in entity.columns]
    return list(dict.fromkeys(cells + _link_cells(step, sources)))


def _link_cells(step: Prepare, sources: Sources) -> list[Cell]:
    ends = [end for link in sources.associations for end in (link.side1, link.side2)]
    return [Cell(end.column, type_of(step, end)) for end in ends]


def type_of(step: Prepare, end: LinkEnd) -> str:
    """The type of the property that a link's cells are keys of, so that both take the same internal form."""
    for entity in step.entity_types:
        if entity.entity_type == end.entity_type:
            return next((each.type for each in entity.columns if each.property == end.property), "String")
    return "String"


def _command_column(source: Source, sources: Sources, name: str) -> str | None:
    """The column of instructions, unless a mapping reads it as data."""
    mapped = {each.column for entity in sources.entity_types for each in entity.columns}
    mapped |= {end.column for link in sources.associations for end in (link.side1, link.side2)}
    named = [each for each in source.columns if each.casefold() == name.casefold() and each not in mapped]
    return named[0] if named else None


def _load(table: RawTable) -> None:
    """Read with several threads; text that looks like CSV inside a cell can defeat that, then with one.

    With one thread the engine drops a cell whose quotes never end and all behind it, so the records are counted.
    """
    import duckdb

    try:
        try:
            table.load(parallel=True)
        except duckdb.Error:
            table.load(parallel=False)
            if table.rows != count(table.source):
                raise
    except duckdb.Error as error:
        path = table.source.path
        raise PrepareFailed(f"{path.name} cannot be read as CSV: {words_of(error, path)}") from None


def _check_count(table: RawTable, exported: ExportedTable | None) -> None:
    """A file that is still the exported one must have the rows that were exported."""
    if exported and table.source.path.stat().st_size == exported.size and table.rows != exported.rows:
        raise PrepareFailed(
            f"{table.source.path.name} holds {table.rows} rows where {exported.rows} were exported; export again"
        )


def bad_cells(table: RawTable, notes: list[Note]) -> list[BadCell]:
    """The cells that could not be converted, each of the first ones with a note of its own."""
    bad = table.bad_cells(MOST_ERRORS + 1)
    file = table.source.path.name
    shown = bad[:_SHOWN_ERRORS]
    lines = table.lines({each.row for each in shown})
    said = [
        f"{file}, line {lines[each.row]}, column {each.column}: {each.value!r} is no {_kind(table, each)}"
        for each in shown
    ]
    if len(bad) > MOST_ERRORS:
        raise PrepareFailed(
            f"{file}: more than {MOST_ERRORS} cells cannot be converted, so nothing was changed; the first: {said[0]}"
        )
    notes.extend(Note(each) for each in said)
    if len(bad) > len(said):
        notes.append(Note(f"{file}: more cells could not be converted", len(bad) - len(said)))
    return bad


def _kind(table: RawTable, bad: BadCell) -> str:
    types = [cell.type for cell in table.cells if cell.column == bad.column]
    return types[0] if types else "instruction (insert, update, delete, merge)"
