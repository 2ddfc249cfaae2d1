"""Columns and rows in, a raw CSV file in any dialect that may be met out, with the line and text of every record."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct


class Dialect(Struct, frozen=True):
    """How a program writes CSV. `quotes_all` writes every value in quotes; null is an unquoted empty field always."""

    separator: str = ","
    line_end: str = "\n"
    quotes_all: bool = False
    byte_order_mark: bool = False


class Record(Struct, frozen=True):
    """One record: its cells by column, the number of its first line, its text as it stands in the file."""

    cells: dict[str, str | None]
    line: int
    text: str


class RawFile(Struct, frozen=True):
    """A table as a source gives it, before it is written."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    dialect: Dialect = Dialect()


def write(path: Path, file: RawFile) -> list[Record]:
    """Write a file; the records that stand in it."""
    dialect = file.dialect
    text = _line(file.columns, dialect)
    records = []
    for row in file.rows:
        line = _line(row, dialect)
        records.append(Record(dict(zip(file.columns, row, strict=True)), text.count("\n") + 1, line.rstrip("\r\n")))
        text += line
    data = text.encode()
    path.write_bytes(b"\xef\xbb\xbf" + data if dialect.byte_order_mark else data)
    return records


def quoted(cell: str) -> str:
    """A field in quotes."""
    return '"' + cell.replace('"', '""') + '"'


def _line(row: Sequence[str | None], dialect: Dialect) -> str:
    return dialect.separator.join(_field(cell, dialect) for cell in row) + dialect.line_end


def _field(cell: str | None, dialect: Dialect) -> str:
    if cell is None:
        return ""
    needed = cell == "" or any(each in cell for each in ('"', "\r", "\n", dialect.separator))
    return quoted(cell) if needed or dialect.quotes_all else cell
