"""Places in source text: offsets go in, lines and columns come out.

The lowest layer: everything that can be wrong about a configuration is pointed at with a `Span`.
Lines and columns count from 1; columns count characters, not bytes.
"""

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple


class Position(NamedTuple):
    """One character of a file, as a person counts: line and column from 1."""

    line: int
    column: int


class Span(NamedTuple):
    """A stretch of one file, from `start` up to but not including `end`."""

    file: str
    start: Position
    end: Position


_CHUNK = 8192
"""Characters after which the bytes before them are counted."""


class SourceFile:
    """The decoded text of one file, with line ends normalised to LF, and the index that turns offsets into places.

    `name` is how the file is shown to a person: its path below the configuration folder, with `/`.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    @cached_property
    def _chunk_starts(self) -> list[int]:
        """The byte at which each stretch of `_CHUNK` characters begins in UTF-8."""
        starts = [0]
        for at in range(0, len(self.text), _CHUNK):
            starts.append(starts[-1] + len(self.text[at : at + _CHUNK].encode()))
        return starts

    def offset_of(self, byte: int) -> int:
        """The offset, in characters, of the character that begins at a byte of the text in UTF-8."""
        if self.text.isascii():
            return byte
        chunk = bisect_right(self._chunk_starts, byte) - 1
        data = self.text[chunk * _CHUNK : (chunk + 1) * _CHUNK].encode()
        return chunk * _CHUNK + len(data[: byte - self._chunk_starts[chunk]].decode("utf-8", "ignore"))

    def position(self, offset: int) -> Position:
        """The place of the character at `offset` (0-based, in characters)."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    @cached_property
    def _line_bytes(self) -> list[int]:
        """The byte at which each line begins in UTF-8."""
        if self.text.isascii():
            return self._line_starts
        data = self.text.encode()
        return [0, *(found.end() for found in re.finditer(b"\n", data))]

    def line_of(self, byte: int) -> int:
        """The line of the character that begins at a byte of the text in UTF-8."""
        return bisect_right(self._line_bytes, byte)

    def span(self, start: int, end: int) -> Span:
        """The span of the characters from offset `start` up to `end`."""
        return Span(self.name, self.position(start), self.position(end))

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line end; empty past the end."""
        starts = self._line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end]
