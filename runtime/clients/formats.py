"""A `Format` name in; functions between a system's octets and internal text out (spec: language.md 6.2, 6.3).

Dates are 14 digits, `yyyyMMddHHmmss`, UTC; Booleans `true`/`false`; octets base64; a Guid 32 lower-case digits. Several
values of one attribute are one text, joined by line breaks. `Bit` is not here: it needs a second attribute.
"""

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

Decoder = Callable[[Sequence[bytes]], str | None]
"""All values of one attribute, as the system sent them, to one internal text; None when there is none."""

Encoder = Callable[[str | None], list[bytes]]
"""An internal text to all values that the attribute shall have; none of them clears it."""

RANGES = {
    "byte": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}
FORMATS = frozenset(
    {*RANGES, "bool", "double", "bytes", "binary", "guid", "sid", "datetime", "1601date", "rdn", "multivaluedtext",
     "concat"}
)  # fmt: skip
"""The names that `decoder` and `encoder` know, lower case; `concat` stands for `Concat:<separator>`."""

_EPOCH_1601 = datetime(1601, 1, 1, tzinfo=UTC)
_UNSET_TICKS = {0, 2**63 - 1}
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
_DOUBLE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_GENERALIZED = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)?", re.ASCII | re.IGNORECASE
)
_SID = re.compile(r"S-1-(\d{1,15}|0x[0-9a-f]{12})((?:-\d{1,10}){0,15})", re.ASCII | re.IGNORECASE)


def decoder(format: str | None, type: str = "String") -> Decoder:
    """The function from a system's values to internal text. Raises ValueError for an unknown format.

    The function itself raises ValueError with a short reason when a value does not have the form. Without a format
    the first value passes as it is, whatever the property's `type`.
    """
    name, argument = _parse(format)
    if name == "multivaluedtext":
        return lambda values: joined(_text(value) for value in values) if values else None
    if name == "concat":
        return lambda values: "\n".join(filter(None, _text(values[0]).split(argument))) or None if values else None
    convert = _DECODE[name]
    return lambda values: convert(values[0]) if values else None


def encoder(format: str | None, type: str = "String") -> Encoder:
    """The function from internal text to a system's values. Raises ValueError for an unknown format.

    Null and the empty text give no value: no attribute of these systems holds an empty one. A date is written as
    GeneralizedTime (RFC 4517 3.3.13), with `1601Date` as 100 ns ticks.
    """
    name, argument = _parse(format)
    if name == "multivaluedtext":
        return lambda text: [part.encode() for part in (text or "").split("\n") if part]
    if name == "concat":
        return lambda text: [argument.join(filter(None, text.split("\n"))).encode()] if text else []
    if name == "rdn":
        return _not_writable
    convert = _ENCODE[name]
    return lambda text: [convert(text)] if text else []


def joined(values: Iterable[str]) -> str:
    """Several values as one text, in the order of .NET's OrdinalIgnoreCase."""
    return "\n".join(sorted(values, key=ordinal_ignore_case))


def ordinal_ignore_case(text: str) -> tuple[bytes, str]:
    """The sort key of .NET's OrdinalIgnoreCase: upper case one to one, UTF-16 code units; ties by the text itself."""
    if text.isascii():
        return text.upper().encode("utf-16-be"), text
    upper = "".join(big if len(big := letter.upper()) == 1 else letter for letter in text)
    return upper.encode("utf-16-be", "surrogatepass"), text


def date_text(moment: datetime) -> str:
    """A moment as 14 digits in UTC, fractions of a second cut off; without a zone it is taken as UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment.year:04}{moment:%m%d%H%M%S}"


def number_text(number: float) -> str:
    """The shortest decimal text that reads back as the same number; whole numbers without a fraction."""
    return repr(number).removesuffix(".0")


def _parse(format: str | None) -> tuple[str, str]:
    name, colon, argument = (format or "").partition(":")
    name = name.strip().lower()
    if name == "concat" and argument:
        return name, argument
    if name == "concat":
        raise ValueError("the format Concat needs a separator: Concat:<separator>")
    if colon or name not in _DECODE and name != "multivaluedtext":
        raise ValueError(f"unknown format {format!r}")
    return name, ""


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError('octets that are no UTF-8 text: Format="Bytes" keeps them') from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _bool_text(value: bytes) -> str:
    text = _text(value).strip().lower()
    if text in {"true", "1"}:
        return "true"
    if text in {"false", "0"}:
        return "false"
    raise ValueError(f"{_shown(text)} is neither TRUE nor FALSE")


def _integer(name: str) -> Callable[[str], str]:
    low, high = RANGES[name]

    def canonical(text: str) -> str:
        if not _INTEGER.fullmatch(text.strip()):
            raise ValueError(f"{_shown(text)} is no whole number")
        number = int(text)
        if not low <= number <= high:
            raise ValueError(f"{_shown(text)} is outside {low} to {high}")
        return str(number)

    return canonical


def _double(text: str) -> str:
    if not _DOUBLE.fullmatch(text.strip()) or not math.isfinite(float(text)):
        raise ValueError(f"{_shown(text)} is no number")
    return number_text(float(text))


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64 text") from None


def _guid_text(value: bytes) -> str:
    """Octets have Microsoft's field order; systems that keep text (entryUUID) are read too."""
    if len(value) == 16:
        return UUID(bytes_le=value).hex
    return _guid(_text(value)).hex


def _guid(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError:
        raise ValueError(f"{_shown(text)} is no Guid") from None


def _sid_text(value: bytes) -> str:
    """MS-DTYP 2.4.2: revision, count, 48-bit authority big-endian, 32-bit sub-authorities little-endian."""
    if value[:2] in {b"S-", b"s-"}:
        return _sid_text(_sid(_text(value)))
    if len(value) < 8 or value[0] != 1 or len(value) != 8 + 4 * value[1]:
        raise ValueError("no SID")
    authority = int.from_bytes(value[2:8], "big")
    shown = str(authority) if authority < 2**32 else f"0x{authority:012X}"
    return "-".join(["S-1", shown, *map(str, struct.unpack(f"<{value[1]}I", value[8:]))])


def _sid(text: str) -> bytes:
    found = _SID.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{_shown(text)} is no SID")
    subs = [int(part) for part in found[2].split("-")[1:]]
    authority = int(found[1], 0) if found[1][:2].lower() == "0x" else int(found[1])
    if authority >= 2**48 or any(sub >= 2**32 for sub in subs):
        raise ValueError(f"{_shown(text)} is no SID")
    return bytes([1, len(subs)]) + authority.to_bytes(6, "big") + struct.pack(f"<{len(subs)}I", *subs)


def _rdn_text(value: bytes) -> str:
    """The relative name of a DN (RFC 4514), escapes kept as they are written."""
    text = _text(value)
    end = re.match(r'(?:\\.|"(?:\\.|[^"\\])*"|[^,;"\\])*', text, re.DOTALL)
    rdn = end[0].strip() if end else ""
    if not re.match(r"[^=]+=", rdn) or end is None or text[end.end() : end.end() + 1] not in {"", ",", ";"}:
        raise ValueError(f"{_shown(text)} is no distinguished name")
    return rdn


def _not_writable(text: str | None) -> list[bytes]:
    raise ValueError("a property with the format RDN cannot be written")


def _date_from_system(value: bytes) -> str | None:
    """Ticks of 100 ns since 1601, or GeneralizedTime; the ticks for "never" and "unset" are null."""
    text = _text(value).strip()
    date = _generalized(text)
    if date is not None:
        return date_text(date)
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII):
        raise ValueError(f"{_shown(text)} is no date")
    ticks = int(text)
    if ticks in _UNSET_TICKS:
        return None
    try:
        return date_text(_EPOCH_1601 + timedelta(microseconds=ticks // 10))
    except OverflowError:
        raise ValueError(f"{text} ticks are past the year 9999") from None


def _generalized(text: str) -> datetime | None:
    """RFC 4517 3.3.13, a missing zone meaning UTC; without zone or fraction only the form of 14 digits counts."""
    found = _GENERALIZED.fullmatch(text)
    if not found or text.isdecimal() and len(text) != 14:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    unit = 1 if second else 60 if minute else 3600
    try:
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute or 0), min(int(second or 0), 59))
        return (whole + timedelta(seconds=unit * float(f"0.{fraction or 0}")) - _offset(zone)).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if not zone or zone in "zZ":
        return timedelta()
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
    return size if zone[0] == "+" else -size


def read_date(text: str) -> datetime:
    """A date in internal text (14 digits, or ISO 8601; UTC unless it says otherwise). Raises ValueError."""
    date = _generalized(text)
    if date is None:
        try:
            date = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{_shown(text)} is no date") from None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _ticks(text: str) -> bytes:
    since = read_date(text) - _EPOCH_1601
    if since <= timedelta():
        raise ValueError(f"{_shown(text)} is before 1601")
    return str((since.days * 86_400 + since.seconds) * 10_000_000).encode()


def _of_text(convert: Callable[[str], str]) -> Callable[[bytes], str]:
    return lambda value: convert(_text(value))


def _to_octets(convert: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: convert(text).encode()


_DECODE: dict[str, Callable[[bytes], str | None]] = {
    "": _text,
    "bool": _bool_text,
    **{name: _of_text(_integer(name)) for name in RANGES},
    "double": _of_text(_double),
    "bytes": lambda value: base64.b64encode(value).decode(),
    "binary": lambda value: base64.b64encode(value).decode(),
    "guid": _guid_text,
    "sid": _sid_text,
    "datetime": _date_from_system,
    "1601date": _date_from_system,
    "rdn": _rdn_text,
}
_ENCODE: dict[str, Callable[[str], bytes]] = {
    "": str.encode,
    "bool": lambda text: _bool_text(text.encode()).upper().encode(),
    **{name: _to_octets(_integer(name)) for name in RANGES},
    "double": _to_octets(_double),
    "bytes": _octets,
    "binary": _octets,
    "guid": lambda text: _guid(text).bytes_le,
    "sid": _sid,
    "datetime": lambda text: f"{date_text(read_date(text))}Z".encode(),
    "1601date": _ticks,
}
