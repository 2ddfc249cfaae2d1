"""The lines of an LDIF file in; its records out, one at a time (RFC 2849). A malformed record is never skipped.

Besides the RFC, the last block that `ldapsearch` writes is understood: a search that the server cut short is an error.
"""

import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from runtime.clients.tabular import Malformed

Follow = Callable[[str], bytes]
"""Reads the value that `attribute:< url` points to; raises ValueError with the reason why not."""

_DESCRIPTION = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)(?:;[A-Za-z0-9-]+)*")
_IGNORED = {b"\n", b"\r\n"}


class Record(Struct, frozen=True):
    """One record: the line where it begins, `add` or the other kind of change it is, and the values wanted of it.

    `values` are by attribute description in lower case, without `;binary`; `dn` is one of them.
    """

    line: int
    change: str
    values: dict[str, list[bytes]]


def key_of(description: str) -> str:
    """An attribute description as `Record.values` has it: `;binary` says only how a value travels (RFC 4522)."""
    return description.lower().replace(";binary", "")


class Reader:
    """Reads the records of one file; `wanted` are the attributes whose values to keep."""

    def __init__(self, wanted: Iterable[str], follow: Follow) -> None:
        self._wanted = {*map(key_of, wanted), "dn"}
        self._follow = follow
        self._keys: dict[bytes, str] = {}

    def records(self, lines: Iterable[bytes]) -> Iterator[Record]:
        """The records of lines that end in LF or CR LF. Raises `Malformed`."""
        block: list[bytes] = []
        number = 0
        for line in lines:
            number += 1
            if line not in _IGNORED:
                block.append(line)
            elif block:
                yield from self._record(block, number - len(block))
                block = []
        if block:
            yield from self._record(block, number - len(block) + 1)

    def _record(self, block: list[bytes], first: int) -> Iterator[Record]:
        content = _unfolded(block, first)
        if content and content[0].lower().startswith(b"version:"):
            del content[0]
        if not content or _is_search_result(content, first):
            return
        if content[0][:3].lower() != b"dn:":
            raise Malformed(first, f"a record that does not begin with `dn:` but with {_shown(content[0])}")
        try:
            _dn(content[0], self._value(content[0][3:], content[0]))
            change, start = _change(content)
            values = self._values([content[0], *content[start:]] if change == "add" else content[:1])
        except _BadLine as error:
            raise Malformed(_line_of(block, first, error.content), error.reason) from None
        yield Record(first, change, values)

    def _values(self, content: list[bytes]) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for line in content:
            name, colon, rest = line.partition(b":")
            key = self._keys.get(name)
            if key is None:
                key = self._key(name, line if colon else b"")
            if key:
                found.setdefault(key, []).append(self._value(rest, line))
        return found

    def _key(self, name: bytes, line: bytes) -> str:
        """The attribute that a description means, empty when nobody wants it; kept for the lines to come."""
        if not line or not _DESCRIPTION.fullmatch(name):
            raise _BadLine(line or name, f"neither `attribute: value` nor a continued line: {_shown(line or name)}")
        key = key_of(name.decode())
        self._keys[name] = key if key in self._wanted else ""
        return self._keys[name]

    def _value(self, rest: bytes, line: bytes) -> bytes:
        if rest[:1] == b":":
            return _from_base64(rest[1:], line)
        if rest[:1] == b"<":
            return self._followed(rest[1:], line)
        value = rest.lstrip(b" ")
        if not value.isascii():
            try:
                value.decode()
            except UnicodeDecodeError:
                raise _BadLine(line, "octets that are no text in the file's encoding: set LdifEncoding") from None
        return value

    def _followed(self, rest: bytes, line: bytes) -> bytes:
        try:
            return self._follow(rest.strip().decode())
        except ValueError as error:
            raise _BadLine(line, str(error)) from None


class _BadLine(Exception):
    """A line, unfolded, that is wrong; its number is looked up only then."""

    def __init__(self, content: bytes, reason: str) -> None:
        super().__init__(reason)
        self.content = content
        self.reason = reason


def _unfolded(block: list[bytes], first: int) -> list[bytes]:
    """The lines of a record, continued lines joined, comments gone."""
    if block[0][:1] == b" ":
        raise Malformed(first, "a continued line with nothing before it")
    text = b"".join(block)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    if b"\n " in text:
        text = text.replace(b"\n ", b"")
    return [line for line in text.split(b"\n") if line and line[0] != 35]  # 35: "#"


def _change(content: list[bytes]) -> tuple[str, int]:
    """What kind of record it is, and where its attributes begin."""
    at = 1
    while at < len(content) and content[at][:8].lower() == b"control:":
        at += 1
    if at < len(content) and content[at][:11].lower() == b"changetype:":
        return content[at][11:].strip().lower().decode("ascii", "replace"), at + 1
    if at > 1:
        raise _BadLine(content[1], "a control on a record that is no change")
    return "add", 1


def _dn(line: bytes, value: bytes) -> None:
    try:
        value.decode()
    except UnicodeDecodeError:
        raise _BadLine(line, "a distinguished name that is no UTF-8 text") from None


def _is_search_result(content: list[bytes], first: int) -> bool:
    """Whether the block is the end that `ldapsearch` writes without -LLL. Raises `Malformed` when it is an error's."""
    if content[0][:7].lower() not in {b"search:", b"result:"}:
        return False
    said = Counter(line.partition(b": ")[0] for line in content)
    result = next((line[8:] for line in content if line.startswith(b"result: ")), b"0")
    if said[b"result"] and not result.startswith(b"0"):
        raise Malformed(first, f"the search that wrote this file was cut short: {result.decode(errors='replace')}")
    return True


def _from_base64(text: bytes, line: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text.strip(b" "), strict_mode=True)
    except binascii.Error as error:
        raise _BadLine(line, f"no base64 text: {error}") from None


def _line_of(block: list[bytes], first: int, content: bytes) -> int:
    """The number of the physical line where an unfolded line begins."""
    starts = [at for at, line in enumerate(block) if line[:1] != b" "]
    for start, stop in zip(starts, [*starts[1:], len(block)], strict=True):
        if content in _unfolded(block[start:stop], first):
            return first + start
    return first


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace")
    return repr(text if len(text) <= 40 else text[:40] + "…")
