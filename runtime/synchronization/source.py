"""One raw CSV file in; its header, its dialect and a DuckDB relation over it out."""

import csv
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from runtime.engine.engine import literal

_SEPARATORS = (",", ";", "\t")
LONGEST_LINE = 16_000_000
"""Bytes. The reader holds a few buffers of this size."""


class Unreadable(Exception):
    """The file is no CSV that can be read; the message says what is wrong."""


class Source(Struct, frozen=True):
    """A raw file as its header says it is. Column i of `relation` is named `c<i>`."""

    path: Path
    separator: str
    columns: tuple[str, ...]

    def relation(self, *, parallel: bool) -> str:
        """The file as a table function in SQL: every cell text, null and the empty string apart."""
        return self._read(self.path, self._types(), f"header = true, parallel = {str(parallel).lower()}")

    def numbered(self, path: Path) -> str:
        """A file of some of the records, each behind its number, as a table function with that in column `row`."""
        return self._read(path, f"'row': 'BIGINT', {self._types()}", "header = false")

    def _types(self) -> str:
        return ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.columns)))

    def _read(self, path: Path, types: str, others: str) -> str:
        return (
            f"read_csv({literal(str(path))}, columns = {{{types}}}, auto_detect = false, "
            f"delim = {literal(self.separator)}, quote = '\"', escape = '\"', nullstr = '', "
            f"allow_quoted_nulls = false, max_line_size = {LONGEST_LINE}, buffer_size = {LONGEST_LINE}, {others})"
        )


def open_source(path: Path, wanted: Iterable[str]) -> Source:
    """Read a file's header. The separator is the one of `,`, `;` and tab under which most `wanted` columns appear."""
    names = set(wanted)
    headers = {separator: _header(path, separator) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda each: len(names & set(headers[each])))
    if not any(headers[separator]):
        raise Unreadable(f"{path.name} has no header line")
    return Source(path, separator, headers[separator])


def _header(path: Path, separator: str) -> tuple[str, ...]:
    """The names in the header; none when it cannot be read with this separator."""
    _allow_long_cells()
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            return tuple(next(csv.reader(file, delimiter=separator, strict=True), ()))
        except csv.Error:
            return ()
        except UnicodeDecodeError as error:
            raise Unreadable(f"{path.name} cannot be read as CSV in UTF-8: {error}") from error


def _allow_long_cells() -> None:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
