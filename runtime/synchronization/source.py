"""One raw CSV file in; its header, its dialect, a DuckDB relation over it, and single records by their number out."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from runtime.engine.engine import literal

_SEPARATORS = (",", ";", "\t")
_LONGEST_LINE = 16_000_000


class Unreadable(Exception):
    """The file is no CSV that can be read; the message says what is wrong."""


class Source(Struct, frozen=True):
    """A raw file as its header says it is. Column i of `relation` is named `c<i>`."""

    path: Path
    separator: str
    columns: tuple[str, ...]

    def relation(self, *, parallel: bool) -> str:
        """The file as a table function in SQL: every cell text, null and the empty string apart."""
        columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.columns)))
        return (
            f"read_csv({literal(str(self.path))}, columns = {{{columns}}}, auto_detect = false, header = true, "
            f"delim = {literal(self.separator)}, quote = '\"', escape = '\"', nullstr = '', "
            f"allow_quoted_nulls = false, max_line_size = {_LONGEST_LINE}, parallel = {str(parallel).lower()})"
        )

    def records(self, wanted: Iterable[int]) -> Iterator[tuple[int, str]]:
        """For record numbers in ascending order (0 is the first after the header): line number and the raw text."""
        everything = _records(self.path, skips_blank=len(self.columns) > 1)
        next(everything)
        number = -1
        for each in wanted:
            while number < each:
                line, text = next(everything)
                number += 1
            yield line, text


def open_source(path: Path, wanted: Iterable[str]) -> Source:
    """Read a file's header. The separator is the one of `,`, `;` and tab under which most `wanted` columns appear."""
    try:
        headers = {separator: _header(path, separator) for separator in _SEPARATORS}
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{path.name} cannot be read as CSV in UTF-8: {error}") from error
    names = set(wanted)
    separator = max(_SEPARATORS, key=lambda each: len(names & set(headers[each])))
    if not any(headers[separator]):
        raise Unreadable(f"{path.name} has no header line")
    return Source(path, separator, headers[separator])


def _header(path: Path, separator: str) -> tuple[str, ...]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return tuple(next(csv.reader(file, delimiter=separator, strict=True), ()))


def _records(path: Path, *, skips_blank: bool) -> Iterator[tuple[int, str]]:
    """Every record with the number of its first line. A record ends at a line break outside quotes."""
    with open(path, encoding="utf-8-sig", newline="\n") as file:
        parts: list[str] = []
        start, quotes = 1, 0
        for line, text in enumerate(file, 1):
            parts.append(text)
            quotes += text.count('"')
            if quotes % 2:
                continue
            record = "".join(parts).rstrip("\r\n")
            if record or not skips_blank:
                yield start, record
            parts.clear()
            start, quotes = line + 1, 0
