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
        numbered = enumerate(self._everything())
        try:
            for each in wanted:
                yield next(record for number, record in numbered if number == each)
        except (csv.Error, StopIteration) as error:
            raise Unreadable(f"{self.path.name} is not the CSV it was a moment ago: {error}") from error

    def count(self) -> int:
        """The number of records, read one by one. Raises `Unreadable` for a file that ends inside quotes."""
        try:
            return sum(1 for _ in self._everything())
        except csv.Error as error:
            raise Unreadable(f"{self.path.name} cannot be read as CSV: {error}") from error

    def _everything(self) -> Iterator[tuple[int, str]]:
        """Every record after the header: the number of its first line, and its text without the line break."""
        _allow_long_cells()
        with open(self.path, encoding="utf-8-sig", newline="\n") as file:
            taken: list[str] = []
            reader = csv.reader(_noted(file, taken), delimiter=self.separator, strict=True)
            next(reader, None)
            taken.clear()
            for cells in reader:
                if cells or len(self.columns) == 1:  # a blank line is a record of a single column only
                    yield reader.line_num - len(taken) + 1, "".join(taken).rstrip("\r\n")
                taken.clear()


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, each of them put into `taken` as it is taken."""
    for line in lines:
        taken.append(line)
        yield line


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
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_LINE))
