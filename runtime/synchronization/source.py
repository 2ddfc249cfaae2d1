"""One raw CSV file in; its header, its dialect and a DuckDB relation over it out."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from msgspec import Struct

from runtime.engine.engine import literal

_SEPARATORS = (",", ";", "\t")
LONGEST_LINE = 16_000_000
"""Bytes. The reader holds a few buffers of this size."""


class Unreadable(Exception):
    """The file is no CSV that can be read; the message says what is wrong."""


class Source(Struct, frozen=True):
    """A raw file as its header says it is. Column i of `relation` is named `c<i>`.

    `line_end` is what ends the header where a name in it has a line break, which the reader would take for its end.
    """

    path: Path
    separator: str
    columns: tuple[str, ...]
    line_end: str = ""

    def relation(self, *, parallel: bool) -> str:
        """The file as a table function in SQL: every cell text, null and the empty string apart."""
        return self._read(self.path, self._types(), f"header = true, parallel = {str(parallel).lower()}", self.line_end)

    def numbered(self, path: Path) -> str:
        """A file of some of the records, each behind its number, as a table function with that in column `row`."""
        return self._read(path, f"'row': 'BIGINT', {self._types()}", "header = false", "\n")

    def _types(self) -> str:
        return ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.columns)))

    def _read(self, path: Path, types: str, others: str, line_end: str) -> str:
        ends = f", new_line = {literal(line_end.encode('unicode_escape').decode())}" if line_end else ""
        return (
            f"read_csv({literal(str(path))}, columns = {{{types}}}, auto_detect = false, "
            f"delim = {literal(self.separator)}, quote = '\"', escape = '\"', nullstr = '', "
            f"allow_quoted_nulls = false, max_line_size = {LONGEST_LINE}, buffer_size = {LONGEST_LINE}, {others}{ends})"
        )


class _Header(Struct, frozen=True):
    """The names in a header, none when it cannot be read, and its text."""

    names: tuple[str, ...] = ()
    text: str = ""

    @property
    def line_end(self) -> str:
        """What ends it, if there is a line break in it before."""
        text = self.text.rstrip("\r\n")
        return self.text[len(text) :] if "\n" in text or "\r" in text else ""


def open_source(path: Path, wanted: Iterable[str]) -> Source:
    """Read a file's header. The separator is the one of `,`, `;` and tab under which most `wanted` columns appear."""
    names = set(wanted)
    headers = {separator: _header(path, separator) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda each: len(names & set(headers[each].names)))
    header = headers[separator]
    if not any(header.names):
        raise Unreadable(f"{path.name} has no header line")
    _check_first_name(path, header)
    return Source(path, separator, header.names, header.line_end)


def _check_first_name(path: Path, header: _Header) -> None:
    """DuckDB does not see the quotes that follow a byte order mark."""
    with open(path, "rb") as file:
        is_marked = file.read(3) == BOM_UTF8
    if is_marked and any(each in header.names[0] for each in "\r\n"):
        raise Unreadable(
            f"{path.name} has a line break in its first column's name, after a byte order mark: "
            "leave one of the two out, or put another column first"
        )


def _header(path: Path, separator: str) -> _Header:
    _allow_long_cells()
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.reader(file, delimiter=separator, strict=True)
            names = tuple(next(reader, ()))
            file.seek(0)
            return _Header(names, "".join(islice(file, reader.line_num)))
        except csv.Error:
            return _Header()
        except UnicodeDecodeError as error:
            raise Unreadable(f"{path.name} cannot be read as CSV in UTF-8: {error}") from error


def _allow_long_cells() -> None:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
