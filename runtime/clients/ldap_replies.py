"""A server's octets in; entries, results and controls out (RFC 4511 section 4).

Reading entries is the hot path of every directory export, so `read_entry` is one loop over the octets, without
intermediate elements, and knows the shape that most attributes have.
"""

from collections.abc import Mapping

from runtime.clients import ber
from runtime.clients.ldap_messages import CONTROLS, PAGED_RESULTS, Attributes, Entry, Reply

ENTRY, REFERENCE, INTERMEDIATE = 0x64, 0x73, 0x79
"""The kinds of messages that come before the last one of an answer."""


def split(data: bytes) -> tuple[list[bytes], int]:
    """The whole messages at the front of `data`, and how many octets the next one needs in all (0: not known yet).

    Raises ValueError when what follows is no LDAP message.
    """
    found: list[bytes] = []
    at, size = 0, len(data)
    while size - at >= 2:
        if data[at] != ber.SEQUENCE:
            raise ValueError("the server sent something that is no LDAP message")
        start, length = at + 2, data[at + 1]
        if length >= 0x80:
            start += length & 0x7F
            if start == at + 2 or start > at + 6:
                raise ValueError("the server sent a message of absurd length")
            if start > size:
                break
            length = int.from_bytes(data[at + 2 : start], "big")
        if start + length > size:
            return found, start + length - at
        found.append(data[at : start + length])
        at = start + length
    return found, 0


def read_result(data: bytes, at: int) -> Reply:
    """The result that begins at `at`. Raises ValueError."""
    start, stop = ber.header(data, at)
    parts = [(tag, data[first:last]) for tag, first, last in ber.elements(data, start, stop)]
    if len(parts) < 3 or parts[0][0] != ber.ENUMERATED:
        raise ValueError("the server sent a result without a code")
    code, matched, words = (content for _, content in parts[:3])
    text = words.decode("utf-8", "replace").replace("\x00", "").strip()
    return Reply(int.from_bytes(code, "big"), matched.decode("utf-8", "replace"), text)


def read_controls(data: bytes, at: int) -> dict[str, bytes]:
    """The values of the response controls after the operation at `at`, by object identifier. Raises ValueError."""
    _, stop = ber.header(data, at)
    found: dict[str, bytes] = {}
    for tag, start, end in ber.elements(data, stop, len(data)):
        for _, first, last in ber.elements(data, start, end) if tag == CONTROLS else ():
            parts = list(ber.elements(data, first, last))
            value = next((data[a:b] for kind, a, b in parts[1:] if kind == ber.OCTETS), b"")
            found[data[parts[0][1] : parts[0][2]].decode("ascii", "replace")] = value
    return found


def page_cookie(controls: Mapping[str, bytes]) -> bytes:
    """The cookie of the next page; empty when this was the last one. Raises ValueError."""
    value = controls.get(PAGED_RESULTS)
    if not value:
        return b""
    start, stop = ber.header(value, 0)
    *_, (_, first, last) = ber.elements(value, start, stop)
    return value[first:last]


class Names:
    """Attribute names as servers send them, read once: options cut off, lower case; None for `name;range=…`."""

    def __init__(self) -> None:
        self.known: dict[bytes, str | None] = {}

    def learn(self, raw: bytes) -> str | None:
        """Read a name that is not yet known."""
        base, *options = raw.decode("ascii", "replace").lower().split(";")
        self.known[raw] = None if any(option.startswith("range=") for option in options) else base
        return self.known[raw]


def read_entry(data: bytes, at: int, names: Names) -> tuple[Entry, list[tuple[str, str]]]:
    """The entry that begins at `at`, and the ranges (`member`, `0-1499`) of attributes that came in part.

    Raises ValueError or IndexError when the octets are no entry.
    """
    start, end = ber.header(data, at)
    first, at = ber.header(data, start)
    dn = data[first:at].decode("utf-8", "surrogateescape")
    at, _ = ber.header(data, at)
    known = names.known
    attributes: Attributes = {}
    ranges: list[tuple[str, str]] = []
    while at < end:
        # The commonest attribute has one short value: SEQUENCE size, OCTETS size, name, SET size, OCTETS size, value.
        size = data[at + 1]
        stop = at + 2 + size
        value = at + 8 + data[at + 3]
        if size < 0x80 and value <= stop == value + data[value - 1]:
            raw = data[at + 4 : value - 4]
            values = [data[value:stop]]
            at = stop
        else:
            raw, values, at = _attribute(data, at)
        name = known.get(raw) or names.learn(raw)
        if name is None:
            name, part = _range(raw)
            ranges.append((name, part))
        if name in attributes:
            attributes[name] += values
        else:
            attributes[name] = values
    if at != end:
        raise ValueError("the server sent an entry that does not end where it should")
    return Entry(dn, attributes), ranges


def _attribute(data: bytes, at: int) -> tuple[bytes, list[bytes], int]:
    """Any attribute: its name, its values, and where the next one begins."""
    start, end = ber.header(data, at)
    first, at = ber.header(data, start)
    raw = data[first:at]
    at, stop = ber.header(data, at)
    values = []
    while at < stop:
        size = data[at + 1]
        at += 2
        if size >= 0x80:
            size, at = int.from_bytes(data[at : at + (size & 0x7F)], "big"), at + (size & 0x7F)
        values.append(data[at : at + size])
        at += size
    if at != stop or stop != end:
        raise ValueError("the server sent an attribute that does not end where it should")
    return raw, values, end


def _range(raw: bytes) -> tuple[str, str]:
    base, *options = raw.decode("ascii", "replace").lower().split(";")
    return base, next(option for option in options if option.startswith("range=")).removeprefix("range=")
