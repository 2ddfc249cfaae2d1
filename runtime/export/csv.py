"""Rows to CSV in the one dialect of the export folder: UTF-8, `,`, RFC 4180, LF, header; null is empty, '' is `""`."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace, TracebackType

from runtime.contract import Value

_QUOTED = re.compile(r'[",\r\n]')


class CsvFile:
    """One file being written. `rows` and `size` (bytes) grow with it; closing it makes it durable."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Create the file with its header."""
        self.columns = tuple(columns)
        self.rows = 0
        self.size = 0
        self._file = open(path, "wb", buffering=1 << 20)  # noqa: SIM115 - closed by __exit__
        self._lines: list[str] = []
        # csv.writer quotes a bare carriage return only when its own line ending holds one: it is cut off again below.
        self._writer = csv.writer(SimpleNamespace(write=self._lines.append), lineterminator="\r\n")
        self._put([_line(self.columns)])

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows. Raises ValueError for a row of another width and for text that is no valid Unicode."""
        width = len(self.columns)
        if any(len(row) != width for row in rows):
            raise ValueError(f"a row does not have the {width} cells of its header")
        fast = width > 1 and not any("" in row for row in rows)
        self._put(self._fast(rows) if fast else [_line(row) for row in rows])
        self.rows += len(rows)

    def _fast(self, rows: Sequence[Sequence[Value]]) -> Iterable[str]:
        self._lines.clear()
        self._writer.writerows(rows)
        return [line[:-2] for line in self._lines]

    def _put(self, lines: Iterable[str]) -> None:
        data = "".join([line + "\n" for line in lines]).encode()
        self._file.write(data)
        self.size += len(data)

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._file:
            if error is None:
                self._file.flush()
                os.fsync(self._file.fileno())


def _line(row: Sequence[Value]) -> str:
    """One row where csv.writer would write null and '' alike."""
    return ",".join(["" if value is None else _cell(value) for value in row])


def _cell(value: str) -> str:
    if value == "" or _QUOTED.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value
