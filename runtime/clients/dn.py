"""Distinguished names: text in, relative names out and back (RFC 4514), escaped, compared, taken apart in one place.

A `Dn` is a tuple of relative names, the entry's own first; a relative name is a tuple of (type, value), values without
any escapes. Octets that are no UTF-8 stand in a value as surrogate escapes and come out as they went in.
"""

import re
import unicodedata

Rdn = tuple[tuple[str, str], ...]
Dn = tuple[Rdn, ...]

_TYPE = re.compile(r" *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*) *= *", re.ASCII)
_HEX = re.compile(r"#((?:[0-9A-Fa-f]{2})+) *", re.ASCII)
_PIECE = re.compile(r'\\([0-9A-Fa-f]{2})|\\([ "#+,;<=>\\])|([^"+,;<>\\\x00]+)', re.ASCII)
_FIRST_RDN = re.compile(r"(?:[^,\\]|\\.)*", re.DOTALL)
_SPECIAL = re.compile(r'["+,;<>\\]')
_SYNONYMS = {
    "2.5.4.3": "cn", "commonname": "cn", "2.5.4.7": "l", "localityname": "l", "2.5.4.8": "st",
    "stateorprovincename": "st", "2.5.4.10": "o", "organizationname": "o", "2.5.4.11": "ou",
    "organizationalunitname": "ou", "2.5.4.6": "c", "countryname": "c", "2.5.4.4": "sn", "surname": "sn",
    "0.9.2342.19200300.100.1.25": "dc", "domaincomponent": "dc", "0.9.2342.19200300.100.1.1": "uid", "userid": "uid",
}  # fmt: skip


def parse(text: str) -> Dn:
    """The relative names of a DN; the empty text is the root. Raises ValueError with the place of the mistake.

    Spaces around separators are allowed, as servers and people write them.
    """
    if not text.strip(" "):
        return ()
    names: list[Rdn] = []
    at = 0
    while True:
        rdn, at = _rdn(text, at)
        names.append(rdn)
        if at == len(text):
            return tuple(names)
        at += 1


def parse_rdn(text: str) -> Rdn:
    """One relative name. Raises ValueError when it is none, or more than one."""
    name = parse(text)
    if len(name) != 1:
        raise ValueError(f"{text!r} is no relative distinguished name")
    return name[0]


def _rdn(text: str, at: int) -> tuple[Rdn, int]:
    pairs = []
    while True:
        found = _TYPE.match(text, at)
        if not found:
            raise ValueError(f"{text!r} is no distinguished name: expected 'type=value' at character {at + 1}")
        value, at = _value(text, found.end())
        pairs.append((found[1], value))
        if text[at : at + 1] != "+":
            return tuple(pairs), at
        at += 1


def _value(text: str, at: int) -> tuple[str, int]:
    if found := _HEX.match(text, at):
        value, at = _of_ber(bytes.fromhex(found[1])), found.end()
    else:
        value, at = _of_string(text, at)
    if text[at : at + 1] not in {"", ",", "+"}:
        raise ValueError(f"{text!r} is no distinguished name: {text[at]!r} must be escaped (character {at + 1})")
    return value, at


def _of_string(text: str, at: int) -> tuple[str, int]:
    parts: list[bytes] = []
    plain = b""
    while found := _PIECE.match(text, at):
        octet, special, plain_text = found.groups()
        plain = plain_text.encode("utf-8", "surrogateescape") if plain_text else b""
        parts.append(plain or (bytes.fromhex(octet) if octet else special.encode()))
        at = found.end()
    if plain:  # trailing spaces count only when they are escaped
        parts[-1] = plain.rstrip(b" ")
    return b"".join(parts).decode("utf-8", "surrogateescape"), at


def _of_ber(data: bytes) -> str:
    if len(data) < 2 or data[1] != len(data) - 2:
        raise ValueError("a '#' value of a distinguished name must be one short BER string")
    return data[2:].decode("utf-8", "surrogateescape")


def to_text(name: Dn) -> str:
    """The DN as text, everything escaped that has to be."""
    return ",".join(map(rdn_text, name))


def rdn_text(rdn: Rdn) -> str:
    """One relative name as text."""
    return "+".join(f"{kind}={escape(value)}" for kind, value in rdn)


def escape(value: str) -> str:
    """A value as it may stand in a DN (RFC 4514 2.4)."""
    text = _SPECIAL.sub(r"\\\g<0>", value).replace("\x00", r"\00")
    if text[:1] in {" ", "#"}:
        text = "\\" + text
    if text.endswith(" ") and len(value) > 1:
        text = text[:-1] + r"\ "
    if text.isascii():
        return text
    return "".join(rf"\{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in text)


def key(name: Dn) -> Dn:
    """The form in which two spellings of one DN are equal: case, spaces, type synonyms, order in a relative name."""
    return tuple(tuple(sorted((type_key(kind), _folded(value)) for kind, value in rdn)) for rdn in name)


def same(one: str, other: str) -> bool:
    """Whether two texts name the same entry; texts that are no DN are the same when they are equal."""
    try:
        return one == other or key(parse(one)) == key(parse(other))
    except ValueError:
        return False


def type_key(kind: str) -> str:
    """The form in which two names of an attribute type of RFC 4514 are equal."""
    return _SYNONYMS.get(kind.lower(), kind.lower())


def parent_text(text: str) -> str:
    """The DN of the parent in the spelling of `text`; empty for the root and for a DN of one relative name."""
    found = _FIRST_RDN.match(text)
    return text[found.end() + 1 :].lstrip(" ") if found else ""


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
