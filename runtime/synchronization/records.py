"""A raw CSV file and the numbers of records in; each record as it stands there, with its line number, out.

The file's bytes are scanned for line breaks that end a record: those with an even number of quotes before them. Quotes
inside a cell that is not itself quoted defeat that; the count of records tells, and then they are read one by one.
"""

import csv
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import local
from typing import TYPE_CHECKING

from msgspec import Struct

from runtime.synchronization.source import LONGEST_LINE, Source, Unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CHUNK = 1 << 19
_ROOM = local()
_THREADS = 2
_LINE_BREAK, _RETURN, _QUOTE = 10, 13, 34
_HEADER = -1
"""The number of the header; the first record after it has number 0."""


class Places(Struct, frozen=True):
    """Where records of some numbers begin and end, in bytes, and their line numbers; by ascending number."""

    numbers: "NDArray[np.int64]"
    starts: "NDArray[np.int64]"
    ends: "NDArray[np.int64]"
    lines: "NDArray[np.int64]"

    def only(self, numbers: "NDArray[np.int64]") -> "Places | None":
        """The places of these among them, in their order; None when not all are among them."""
        at = self.numbers.searchsorted(numbers)
        if len(numbers) and (at[-1] >= len(self.numbers) or (self.numbers[at] != numbers).any()):
            return None
        return Places(numbers, self.starts[at], self.ends[at], self.lines[at])


class _Breaks(Struct, frozen=True):
    """A piece of a file: its size, the line breaks in it, the quotes before each, all quotes.

    `returns`: which of the line breaks stand behind a carriage return, as far as the piece tells.
    """

    size: int
    breaks: "NDArray[np.int64]"
    quotes_before: "NDArray[np.int64]"
    quotes: int
    returns: "NDArray[np.bool_]"
    ends_in_return: bool


def records(source: Source, wanted: "NDArray[np.int64]", places: Places | None) -> Iterator[tuple[int, bytes]]:
    """Line number and text, without its line break, of the wanted records: their numbers, ascending.

    `places` is where they are, None when that is not known. Raises `Unreadable` when there are fewer.
    """
    return _cut(source, places) if places else _one_by_one(source, wanted)


def places(source: Source, wanted: "NDArray[np.int64]", total: int) -> Places | None:
    """Where the wanted records are, by ascending number.

    None when the file does not have `total` records by this reckoning.
    """
    scan = _Scan(source, wanted)
    for piece in _pieces(source):
        scan.take(piece)
    return scan.places(total)


def count(source: Source) -> int:
    """The number of records, read one by one. Raises `Unreadable` for a file that ends inside quotes."""
    return sum(1 for _ in _everything(source))


def _cut(source: Source, places: Places) -> Iterator[tuple[int, bytes]]:
    file = os.open(source.path, os.O_RDONLY)
    try:
        each = zip(places.starts.tolist(), places.ends.tolist(), places.lines.tolist(), strict=True)
        for start, end, line in each:
            yield line, os.pread(file, end - start, start).rstrip(b"\r")
    finally:
        os.close(file)


def _pieces(source: Source) -> Iterator[_Breaks]:
    """The file piece by piece, looked through by several threads, few of them at a time."""
    size = source.path.stat().st_size
    file = os.open(source.path, os.O_RDONLY)
    waiting: deque[Future[_Breaks]] = deque()
    try:
        with ThreadPoolExecutor(_THREADS) as threads:
            for start in range(0, size, _CHUNK):
                waiting.append(threads.submit(_breaks, file, start))
                if len(waiting) > 4 * _THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        os.close(file)


def _breaks(file: int, start: int) -> _Breaks:
    import numpy as np

    buffer = _buffer()
    data = buffer[: os.preadv(file, [buffer.data], start)]
    found = np.flatnonzero((data == _LINE_BREAK) | (data == _QUOTE))
    is_quote = data[found] == _QUOTE
    breaks = found[~is_quote]
    return _Breaks(
        size=len(data),
        breaks=breaks,
        quotes_before=is_quote.cumsum()[~is_quote],
        quotes=int(is_quote.sum()),
        returns=data[np.maximum(breaks - 1, 0)] == _RETURN,
        ends_in_return=bool(data[-1] == _RETURN),
    )


def _buffer() -> "NDArray[np.uint8]":
    """The room of this thread for a piece of a file."""
    import numpy as np

    if not hasattr(_ROOM, "buffer"):
        _ROOM.buffer = np.empty(_CHUNK, np.uint8)
    buffer: NDArray[np.uint8] = _ROOM.buffer
    return buffer


class _Scan:
    """A scan over a file, piece by piece: what it carries from one to the next, and the places found so far."""

    def __init__(self, source: Source, wanted: "NDArray[np.int64]") -> None:
        self._wanted = wanted
        self._skips_blank = len(source.columns) > 1  # a blank line is a record of a single column only
        self._offset = 0
        self._quotes = 0
        self._lines = 0
        self._number = _HEADER
        self._start, self._line = 0, 1
        self._blank = True
        self._found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = [(wanted[:0],) * 3]

    def take(self, piece: _Breaks) -> None:
        """The next piece of the file."""
        import numpy as np

        index = np.flatnonzero((piece.quotes_before + self._quotes) % 2 == 0)
        ends = piece.breaks[index] + self._offset
        if len(ends):
            starts = np.concatenate(([self._start], ends[:-1] + 1))
            lines = np.concatenate(([self._line], index[:-1] + self._lines + 2))
            self._keep(starts, ends, lines, self._is_full(piece, index, ends - starts))
            self._start, self._line = int(ends[-1]) + 1, int(index[-1]) + self._lines + 2
        self._quotes += piece.quotes
        self._lines += len(piece.breaks)
        self._offset += piece.size
        behind = self._offset - self._start
        self._blank = behind == 0 or (behind == 1 and piece.ends_in_return)

    def _keep(
        self,
        starts: "NDArray[np.int64]",
        ends: "NDArray[np.int64]",
        lines: "NDArray[np.int64]",
        full: "NDArray[np.bool_]",
    ) -> None:
        """Of the next records those that are wanted; blank lines are none."""
        if not full.all():
            starts, ends, lines = starts[full], ends[full], lines[full]
        mine = self._mine(len(ends))
        self._found.append((starts[mine], ends[mine], lines[mine]))
        self._number += len(ends)

    def _is_full(self, piece: _Breaks, index: "NDArray[np.int64]", lengths: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Which records count: all that hold more than a line break."""
        if not self._skips_blank:
            return lengths >= 0
        full: NDArray[np.bool_] = (lengths > 1) | ((lengths == 1) & ~piece.returns[index])
        if piece.breaks[index[0]] == 0:  # what stands before it was in the piece before
            full[0] = not self._blank
        return full

    def _mine(self, count: int) -> "NDArray[np.int64]":
        """Which of the next records are wanted."""
        first, last = self._wanted.searchsorted((self._number, self._number + count))
        return self._wanted[first:last] - self._number

    def places(self, total: int) -> Places | None:
        """The places of the wanted records; None when the file does not have `total` records by this reckoning."""
        import numpy as np

        if self._start < self._offset and not (self._skips_blank and self._blank):
            if len(self._mine(1)):
                self._found.append((np.array([self._start]), np.array([self._offset]), np.array([self._line])))
            self._number += 1
        if self._quotes % 2 or self._number != total:
            return None
        starts, ends, lines = (np.concatenate(each) for each in zip(*self._found, strict=True))
        return Places(self._wanted, starts, ends, lines) if len(starts) == len(self._wanted) else None


def _one_by_one(source: Source, wanted: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    numbered = enumerate(_everything(source))
    try:
        for each in wanted:
            line, text = next(record for number, record in numbered if number == each)
            yield line, text.encode()
    except StopIteration:
        raise Unreadable(f"{source.path.name} is not the CSV it was a moment ago") from None


def _everything(source: Source) -> Iterator[tuple[int, str]]:
    """Every record after the header: the number of its first line, and its text without the line break."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    with open(source.path, encoding="utf-8-sig", newline="\n") as file:
        taken: list[str] = []
        reader = csv.reader(_noted(file, taken), delimiter=source.separator, strict=True)
        try:
            next(reader, None)
            taken.clear()
            for cells in reader:
                if cells or len(source.columns) == 1:
                    yield reader.line_num - len(taken) + 1, "".join(taken).rstrip("\r\n")
                taken.clear()
        except csv.Error as error:
            line = reader.line_num - len(taken) + 1
            where = f"the record that begins in line {line}"
            raise Unreadable(f"{source.path.name} cannot be read as CSV: {where}: {error}") from error


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, each of them put into `taken` as it is taken."""
    for line in lines:
        taken.append(line)
        yield line
