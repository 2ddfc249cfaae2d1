"""A search filter as text in (RFC 4515), its BER form out (RFC 4511 4.5.1.7); and values made safe to stand in one."""

import re

from runtime.clients import ber

AND, OR, NOT, EQUALITY, SUBSTRINGS, GREATER, LESS, PRESENT, APPROXIMATE, EXTENSIBLE = (
    0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0x87, 0xA8, 0xA9,
)  # fmt: skip
_SIGNS = {"=": EQUALITY, ">=": GREATER, "<=": LESS, "~=": APPROXIMATE}
_ITEM = re.compile(r"\s*([A-Za-z0-9.;-]*)((?::[A-Za-z0-9.-]+)*)(:=|>=|<=|~=|=)([^()]*)", re.ASCII)
_ATTRIBUTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)(?:;[A-Za-z0-9-]+)*", re.ASCII)
_VALUE = re.compile(r"(?:[^\\\x00]|\\[0-9A-Fa-f]{2})*", re.ASCII)
_ESCAPE = re.compile(r"\\(..)")
_DEEPEST = 100


def encode(text: str) -> bytes:
    """The filter in BER. Raises ValueError with the place of the mistake. Parentheses around a single item may lack."""
    whole = text.strip()
    if not whole.startswith("("):
        whole = f"({whole})"
    data, at = _filter(whole, 0, 0)
    if whole[at:].strip():
        raise _mistake(whole, at, "nothing may follow the filter")
    return data


def escape(value: str | bytes) -> str:
    """A value as it may stand in a filter: every octet that is not a plain letter or digit escaped (RFC 4515 3)."""
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return "".join(chr(octet) if chr(octet).isascii() and chr(octet).isalnum() else rf"\{octet:02x}" for octet in data)


def equals(attribute: str, value: str | bytes) -> str:
    """The filter `(attribute=value)` for any value. Raises ValueError when the attribute's name is none."""
    if not _ATTRIBUTE.fullmatch(attribute):
        raise ValueError(f"{attribute!r} is no attribute name")
    return f"({attribute}={escape(value)})"


def any_of(filters: list[str]) -> str:
    """A filter that one of these meets."""
    return filters[0] if len(filters) == 1 else f"(|{''.join(filters)})"


def _filter(text: str, at: int, depth: int) -> tuple[bytes, int]:
    if depth > _DEEPEST:
        raise _mistake(text, at, f"filters may be nested {_DEEPEST} deep")
    at = _past_space(text, _expect(text, at, "("))
    sign = text[at : at + 1]
    if sign in {"&", "|"}:
        parts, at = _list(text, at + 1, depth)
        data = ber.sequence(*parts, tag=AND if sign == "&" else OR)
    elif sign == "!":
        part, at = _filter(text, at + 1, depth + 1)
        data = ber.tlv(NOT, part)
    else:
        data, at = _item(text, at)
    return data, _expect(text, at, ")")


def _list(text: str, at: int, depth: int) -> tuple[list[bytes], int]:
    parts = []
    while text.startswith("(", at := _past_space(text, at)):
        part, at = _filter(text, at, depth + 1)
        parts.append(part)
    return parts, at  # none is "always true" or "always false" (RFC 4526)


def _item(text: str, at: int) -> tuple[bytes, int]:
    found = _ITEM.match(text, at)
    if not found:
        raise _mistake(text, at, "expected 'attribute=value'")
    attribute, rules, sign, value = found.groups()
    if not _VALUE.fullmatch(value):
        raise _mistake(text, found.start(4), "a backslash starts two hexadecimal digits, as in '\\2a'")
    if sign == ":=":
        return _extensible(text, at, attribute, rules, value), found.end()
    if rules or not _ATTRIBUTE.fullmatch(attribute):
        raise _mistake(text, at, f"{attribute + rules!r} is no attribute name")
    return _simple(text, found.start(4), attribute, sign, value), found.end()


def _simple(text: str, at: int, attribute: str, sign: str, value: str) -> bytes:
    if sign == "=" and value == "*":
        return ber.octets(attribute, PRESENT)
    if "*" not in value:
        return ber.sequence(ber.octets(attribute), ber.octets(_octets(value)), tag=_SIGNS[sign])
    if sign != "=":
        raise _mistake(text, at, "'*' may stand only after '='; elsewhere write '\\2a'")
    first, *middle, last = value.split("*")
    parts = [(0x80, first), *((0x81, part) for part in middle), (0x82, last)]
    if not all(middle):
        raise _mistake(text, at, "two '*' in a row")
    pieces = [ber.octets(_octets(part), tag) for tag, part in parts if part]
    return ber.sequence(ber.octets(attribute), ber.sequence(*pieces), tag=SUBSTRINGS)


def _extensible(text: str, at: int, attribute: str, rules: str, value: str) -> bytes:
    names = rules.split(":")[1:]
    through_dn = bool(names) and names[0].lower() == "dn"
    names = names[1:] if through_dn else names
    if len(names) > 1 or not (attribute or names) or attribute and not _ATTRIBUTE.fullmatch(attribute):
        raise _mistake(text, at, f"{attribute + rules!r} is no extensible match")
    if "*" in value:
        raise _mistake(text, at, "'*' may stand only after '='; elsewhere write '\\2a'")
    parts = [ber.octets(names[0], 0x81)] if names else []
    parts += [ber.octets(attribute, 0x82)] if attribute else []
    parts += [ber.octets(_octets(value), 0x83)]
    parts += [ber.boolean(True, 0x84)] if through_dn else []
    return ber.sequence(*parts, tag=EXTENSIBLE)


def _octets(value: str) -> bytes:
    """Escapes are octets, everything else is UTF-8."""
    parts = _ESCAPE.split(value)
    return b"".join(bytes.fromhex(p) if i % 2 else p.encode("utf-8", "surrogateescape") for i, p in enumerate(parts))


def _expect(text: str, at: int, sign: str) -> int:
    at = _past_space(text, at)
    if text[at : at + 1] != sign:
        raise _mistake(text, at, f"expected '{sign}'")
    return at + 1


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _mistake(text: str, at: int, what: str) -> ValueError:
    return ValueError(f"{text!r} is no search filter: {what} (character {at + 1})")
