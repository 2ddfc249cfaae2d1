"""One export step and its connector in; the connection's CSV files in the export folder out, all of them or none."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from compiler.plan.steps import Export
from runtime.contract import Batch, Cookie, Exports, Misconfigured, Mode, Note, Request
from runtime.export.csv import CsvFile
from runtime.export.incremental import Cookies
from runtime.workspace import ExportedTable, ExportManifest, Workspace, export_manifests, file_name, land, write_atomic


class Cancelled(Exception):
    """The run was to stop while the export went on; the files of the export before it stand untouched."""


class Exported(Struct, frozen=True, kw_only=True):
    """What an export left: rows and columns of each table, notes with their counts, and the mode of the files.

    `mode` is complete where an incremental export was asked for but there was no cookie to start from.
    """

    tables: dict[str, int]
    columns: dict[str, tuple[str, ...]]
    notes: tuple[Note, ...]
    mode: Mode


def export(
    step: Export,
    connector: Exports,
    workspace: Workspace,
    mode: Mode,
    *,
    progress: Callable[[int], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    """Read the system behind a connection into `<export folder>/<table>.csv`.

    `progress` is given the number of rows just written. The files take effect together, with the manifest beside them
    and the cookie, once all tables are complete and on disk; files that the connection no longer yields go away then.
    Raises what the connector raises, `Misconfigured` when it breaks its contract, and `Cancelled`.
    """
    before = {manifest.connection: manifest for manifest in export_manifests(workspace)}.get(step.connection)
    cookies = Cookies(workspace, step)
    cookies.settle(before.cookie if before else "")
    start = cookies.read() if mode is Mode.INCREMENTAL else None
    staged = workspace.export_output / f".{file_name(step.connection)}.new"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    try:
        with _Tables(staged) as tables:
            _fill(tables, connector.export(Request(mode=mode, tables=step.tables, cookie=start)), progress, cancelled)
            _check_announced(step, tables)
        if tables.cookie is not None and start is None and mode is Mode.INCREMENTAL:
            mode = Mode.COMPLETE
        cookie = cookies.stage(tables.cookie) if tables.cookie is not None else before.cookie if before else ""
        manifest = _manifest(step, tables, mode, cookie)
        _land(staged, manifest, before)
        cookies.settle(cookie)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Exported(
        tables={name: table.rows for name, table in manifest.tables.items()},
        columns={name: table.columns for name, table in manifest.tables.items()},
        notes=tuple(Note(message, count) for message, count in tables.notes.items()),
        mode=mode,
    )


class _Tables:
    """The files of one export while the connector fills them, and what it said beside the rows."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, CsvFile] = {}
        self.notes: dict[str, int] = {}
        self.cookie: bytes | None = None
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> "_Tables":
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.__exit__(*raised)  # type: ignore[arg-type]  # handed on as it came

    def add(self, batch: Batch) -> None:
        """Append the rows of a batch to the file of its table."""
        file = self.files.get(batch.table)
        if file is None:
            path = self._folder / f"{file_name(batch.table)}.csv"
            file = self.files[batch.table] = self._stack.enter_context(CsvFile(path, batch.columns))
        if file.columns != tuple(batch.columns):
            raise Misconfigured(f"table {batch.table}: the columns changed in the middle of the export")
        try:
            file.write(batch.rows)
        except ValueError as error:
            raise Misconfigured(f"table {batch.table}: {error}") from error

    def note(self, note: Note) -> None:
        """Count a note together with those of the same message."""
        self.notes[note.message] = self.notes.get(note.message, 0) + note.count


def _fill(
    tables: _Tables,
    said: Iterable[Batch | Cookie | Note],
    progress: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> None:
    """Take what the connector yields. A connector that stops early because it was cancelled must not count as done."""
    for item in said:
        if isinstance(item, Batch):
            tables.add(item)
            progress(len(item.rows))
        elif isinstance(item, Cookie):
            tables.cookie = item.data
        else:
            tables.note(item)
        if cancelled():
            break
    if cancelled():
        raise Cancelled("the export was cancelled; nothing was changed")


def _check_announced(step: Export, tables: _Tables) -> None:
    missing = [table.name for table in step.tables if table.name not in tables.files]
    if missing:
        raise Misconfigured(f"connection {step.connection} did not export {', '.join(missing)}, which a mapping reads")


def _manifest(step: Export, tables: _Tables, mode: Mode, cookie: str) -> ExportManifest:
    return ExportManifest(
        connection=step.connection,
        package=step.package,
        mode=mode,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        tables={
            name: ExportedTable(file=f"{file_name(name)}.csv", columns=file.columns, rows=file.rows, size=file.size)
            for name, file in tables.files.items()
        },
        cookie=cookie,
    )


def _land(staged: Path, manifest: ExportManifest, before: ExportManifest | None) -> None:
    kept = {table.file for table in manifest.tables.values()}
    removed = {table.file for table in before.tables.values()} - kept if before else set()
    name = f"{file_name(manifest.connection)}.manifest.json"
    write_atomic(staged / name, msgspec.json.format(msgspec.json.encode(manifest)))
    land(staged, removed)
