"""Tables in, files out: what of a Spark store stands on disk, and the one rename by which it changes.

A table is immutable Parquet files. The manifest names the files of every table; a commit writes it anew beside the old
one and renames it, so that what all statements of a transaction changed takes effect together or not at all. Files
that no manifest names are left over from a run that was killed, and go when the store is opened.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.workspace import sync_folder, write_atomic

ROW = "__row"
"""The column that numbers the rows of a table in its files; no two have the same."""

Key = tuple[str, str]
"""Schema and name of a table, in lower case: DuckDB minds the case of neither."""


def key_of(schema: str, name: str) -> Key:
    """The key of a table."""
    return (schema or "main").casefold(), name.casefold()


class Stored(Struct, frozen=True, kw_only=True):
    """A table as the manifest has it: its names as they were written, columns with DuckDB types, files, rows."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    rows: int
    next_row: int


class Manifest(Struct, frozen=True, kw_only=True):
    """All tables of a store. `number` grows with each commit."""

    form: int = 1
    number: int = 0
    schemas: tuple[str, ...] = ()
    tables: tuple[Stored, ...] = ()


class Files:
    """The folder of a store. Without one nothing is kept: the tables are those of this process."""

    def __init__(self, folder: Path | None, scratch: Path) -> None:
        self._folder = folder
        self._scratch = scratch
        self._made = 0
        self.manifest = Manifest()
        if folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path(folder).exists():
                self.manifest = msgspec.json.decode(self._path(folder).read_bytes(), type=Manifest)
            self._sweep()

    @property
    def is_kept(self) -> bool:
        """Whether what is committed is on disk."""
        return self._folder is not None

    def new(self, *, temporary: bool) -> Path:
        """A path that no file has yet, for a file or folder of a table's rows."""
        self._made += 1
        folder = self._scratch if temporary or self._folder is None else self._folder
        return folder / f"{self.manifest.number + 1}-{self._made}.parquet"

    def commit(self, schemas: Iterable[str], tables: Iterable[Stored]) -> None:
        """Make these the tables of the store, all at once."""
        if self._folder is None:
            return
        tables = tuple(sorted(tables, key=lambda each: (each.schema, each.name)))
        for table in tables:
            known = {file for each in self.manifest.tables for file in each.files}
            for file in table.files:
                if file not in known:
                    _sync(Path(file))
        number = self.manifest.number + 1
        self.manifest = Manifest(number=number, schemas=tuple(sorted(schemas)), tables=self._relative(tables))
        write_atomic(self._path(self._folder), msgspec.json.encode(self.manifest))
        self._sweep()

    def tables(self) -> list[Stored]:
        """The tables of the last commit, their files with the folder they stand in."""
        folder = self._folder or self._scratch
        return [
            msgspec.structs.replace(each, files=tuple(str(folder / file) for file in each.files))
            for each in self.manifest.tables
        ]

    def _relative(self, tables: Iterable[Stored]) -> tuple[Stored, ...]:
        folder = self._folder or self._scratch
        return tuple(
            msgspec.structs.replace(each, files=tuple(str(Path(file).relative_to(folder)) for file in each.files))
            for each in tables
        )

    def _sweep(self) -> None:
        """Take away what the manifest does not name."""
        assert self._folder is not None
        named = {Path(file).parts[0] for table in self.manifest.tables for file in table.files}
        for path in self._folder.glob("*.parquet"):
            if path.name not in named:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    @staticmethod
    def _path(folder: Path) -> Path:
        return folder / "manifest.json"


def _sync(file: Path) -> None:
    """Bring a file, and the name it stands under, to disk."""
    with open(file, "rb") as opened:
        os.fsync(opened.fileno())
    sync_folder(file.parent)
    sync_folder(file.parent.parent)
