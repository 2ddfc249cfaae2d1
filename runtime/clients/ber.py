"""Values in, BER octets out, and back (ITU-T X.690, as far as RFC 4511 section 5.1 uses it: definite lengths only)."""

from collections.abc import Iterator

BOOLEAN = 0x01
INTEGER = 0x02
OCTETS = 0x04
ENUMERATED = 0x0A
SEQUENCE = 0x30
SET = 0x31


def tlv(tag: int, content: bytes) -> bytes:
    """One element: tag, length, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """The parts, one after another, in one constructed element."""
    return tlv(tag, b"".join(parts))


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A whole number in two's complement."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes | str, tag: int = OCTETS) -> bytes:
    """Octets; a text goes as UTF-8, octets that were no UTF-8 (surrogate escapes) as they were."""
    return tlv(tag, value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value)


def boolean(value: bool, tag: int = BOOLEAN) -> bytes:
    """A Boolean; true is 0xFF."""
    return tlv(tag, b"\xff" if value else b"\x00")


def header(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends. Raises ValueError when it is cut off or indefinite."""
    try:
        size = data[at + 1]
        start = at + 2
        if size >= 0x80:
            count = size & 0x7F
            if not 1 <= count <= 8:
                raise ValueError("an element of indefinite or absurd length")
            start += count
            size = int.from_bytes(data[at + 2 : start], "big")
    except IndexError:
        raise ValueError("an element is cut off") from None
    if start + size > len(data):
        raise ValueError("an element is cut off")
    return start, start + size


def elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, start and end of the content of each element between `at` and `end`. Raises ValueError."""
    while at < end:
        start, stop = header(data, at)
        if stop > end:
            raise ValueError("an element is longer than what holds it")
        yield data[at], start, stop
        at = stop
