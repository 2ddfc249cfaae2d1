"""The octets of a CSV file in; its header and rows out, null (`a,,b`) kept apart from the empty text (`a,"",b`).

RFC 4180 with any separator of one character: quotes double inside quotes, line breaks may stand inside quotes. A quote
inside an unquoted value is text. Lines end in CR LF or LF. Python's own reader cannot tell `""` from nothing.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import BinaryIO

from msgspec import Struct

from runtime.contract import Misconfigured, Value

BATCH = 10_000
"""Rows that go on together."""

SEPARATORS = ",;\t|"
"""What a separator may be when no setting says."""

_CHUNK = 1 << 20
_LONGEST = 16 << 20
"""Characters of a line or quoted cell; a quote that is never closed would swallow the rest of the file."""

Row = list[Value]
Numbered = tuple[int, Row]
"""The line on which a record begins, from 1, and its cells."""


class Malformed(Exception):
    """The file breaks its own form at a line, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class Header(Struct, frozen=True):
    """The named columns: their names, their positions in a record, and how many cells the header has."""

    names: tuple[str, ...]
    positions: tuple[int, ...]
    width: int
    remarks: tuple[str, ...] = ()


def lines(file: BinaryIO, decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    """The lines of a file without their line feed. Raises `Malformed` at octets that the encoding does not have."""
    number, offset, rest = 0, 0, ""
    while chunk := file.read(_CHUNK):
        rest += _decoded(decoder, chunk, offset, number, final=False)
        offset += len(chunk)
        *whole, rest = rest.split("\n")
        number += len(whole)
        yield from whole
        if len(rest) > _LONGEST:
            raise Malformed(number + 1, "a line of more than 16 million characters")
    rest += _decoded(decoder, b"", offset, number, final=True)
    if rest:
        yield rest


def records(source: Iterator[str], separator: str, *, first: int = 1) -> Iterator[Numbered]:
    """The records of lines of which the first has the number `first`; blank lines are none. Raises `Malformed`."""
    number = first - 1
    for line in source:
        number += 1
        if '"' not in line:
            line = line.removesuffix("\r")
            if line:
                yield number, [cell or None for cell in line.split(separator)]
            continue
        begin = number
        cells = _all_quoted(line, separator)
        if cells is None:
            cells, number = _mixed(line, source, separator, begin)
        yield begin, cells


def sniff_separator(line: str) -> str:
    """The separator of a header line: the most frequent of the usual ones outside quotes, else a comma."""
    outside = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def read_header(record: Numbered) -> Header:
    """The header that a record is: cells without a name are columns that nobody wants. Raises `Malformed`."""
    line, cells = record
    named = [(name, at) for at, name in enumerate(cells) if name]
    if not named:
        raise Malformed(line, "the header names no column")
    if any("\0" in name for name, _ in named):
        raise Malformed(line, "the header holds NUL characters: the encoding is another, perhaps utf-16")
    remarks = _doubles(line, named)
    return Header(tuple(name for name, _ in named), tuple(at for _, at in named), len(cells), remarks)


def fitted(source: Iterable[Numbered], header: Header) -> Iterator[Sequence[Value]]:
    """The named cells of each record: a short one ends in nulls, a long one holds nothing more."""
    width, every = header.width, header.positions == tuple(range(header.width))
    pick = itemgetter(*header.positions) if len(header.positions) > 1 else _pick_one(header.positions[0])
    for line, cells in source:
        if len(cells) != width:
            if any(cells[width:]):
                raise Malformed(line, f"{len(cells)} cells where the header has {width}")
            cells = cells[:width] + [None] * (width - len(cells))
        yield cells if every else pick(cells)


def batched(rows: Iterator[Sequence[Value]], size: int = BATCH) -> Iterator[list[Sequence[Value]]]:
    """Rows in lists of at most `size`."""
    while batch := list(islice(rows, size)):
        yield batch


def trimmer(entries: Sequence[str]) -> Callable[[Value], Value]:
    """A function that removes every repetition of each entry at both ends, entry by entry; nothing left is null."""

    def trimmed(value: Value) -> Value:
        if not value:
            return value
        for entry in entries:
            value = value.strip(entry) if len(entry) == 1 else _strip_text(value, entry)
        return value or None

    return trimmed


def aligned(columns: Sequence[str], mapped: Iterable[str], source: str) -> tuple[str, ...]:
    """The columns under the names that the mappings use: equal, or alone in being equal but for letter case.

    Raises `Misconfigured` when a mapping reads a column that `source` does not have: reading nulls instead would
    clear what is stored.
    """
    names = list(columns)
    for name in mapped:
        if name in names:
            continue
        alike = [at for at, column in enumerate(columns) if column.lower() == name.lower()]
        if len(alike) != 1:
            raise Misconfigured(f"{source} has no column {name!r}, which a mapping reads; it has {', '.join(columns)}")
        names[alike[0]] = name
    return tuple(names)


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int, lines_before: int, *, final: bool) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        good = error.object[: error.start]
        at = offset + len(chunk) - len(error.object) + error.start
        line = lines_before + 1 + good.decode(error.encoding, "ignore").count("\n")
        shown = error.object[error.start : error.start + 1].hex()
        raise Malformed(line, f"octet {at} (0x{shown}) is no text in the file's encoding: set Encoding") from None


def _all_quoted(line: str, separator: str) -> Row | None:
    """The cells of a line that quotes every cell and has no quote inside one, the usual case; else None."""
    line = line.removesuffix("\r")
    cells: Row = list(line[1:-1].split(f'"{separator}"'))
    is_plain = line[0] == '"' and line[-1] == '"' and line.count('"') == 2 * len(cells)
    return cells if is_plain else None


def _mixed(line: str, source: Iterator[str], separator: str, begin: int) -> tuple[Row, int]:
    """The cells of a record with some quotes, and its last line. A quoted cell is whole where its quotes are even."""
    cells: Row = []
    number, parts, quotes, size = begin, list[str](), 0, 0
    while True:
        body = line.removesuffix("\r")
        joint = "\r\n" if line.endswith("\r") else "\n"
        for piece in body.split(separator):
            if not parts and piece[:1] != '"':
                cells.append(piece or None)
                continue
            if not parts and piece[-1] == '"' and piece.count('"') == 2:
                cells.append(piece[1:-1])
                continue
            parts.append(piece)
            quotes += piece.count('"')
            if quotes % 2 == 0:
                cells.append(_unquoted("".join(parts), number))
                parts, quotes = [], 0
            else:
                parts.append(separator)
        if not parts:
            return cells, number
        parts[-1] = joint
        size += len(line)
        following = next(source, None)
        if following is None or size > _LONGEST:
            raise Malformed(begin, "a quoted cell that begins in this record is never closed")
        line, number = following, number + 1


def _unquoted(text: str, line: int) -> str:
    if text[-1] != '"' or '"' in text[1:-1].replace('""', ""):
        raise Malformed(line, f"text after a closing quote: {text[:40]}")
    return text[1:-1].replace('""', '"')


def _doubles(line: int, named: list[tuple[str, int]]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    folded: dict[str, str] = {}
    remarks = []
    for name, at in named:
        if name in seen:
            raise Malformed(line, f"columns {seen[name] + 1} and {at + 1} are both named {name!r}")
        if name.lower() in folded:
            remarks.append(f"the columns {folded[name.lower()]!r} and {name!r} differ by letter case only")
        seen[name], folded[name.lower()] = at, name
    return tuple(remarks)


def _pick_one(position: int) -> Callable[[Row], Row]:
    return lambda cells: [cells[position]]


def _strip_text(value: str, entry: str) -> str:
    while entry and value.startswith(entry):
        value = value[len(entry) :]
    while entry and value.endswith(entry):
        value = value[: -len(entry)]
    return value
