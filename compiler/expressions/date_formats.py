"""A .NET date format goes in; formats for DuckDB, and functions that write and read dates by it, come out.

Invariant culture throughout. Dates are UTC, so where they are written the offset is +00:00, or `Z` for `K`; one that is
read is taken off. A year of two digits is one from 1950 to 2049.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from msgspec import Struct

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DEFAULT = "MM/dd/yyyy HH:mm:ss"
"""What `ToString()` of a date writes."""

_STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": DEFAULT,
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
    "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
    "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
    "r": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "o": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
    "O": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
    "U": "dddd, dd MMMM yyyy HH:mm:ss",
}

_CODES = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dddd": "%A",
    "ddd": "%a",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "tt": "%p",
}

_PATTERNS = {
    "yyyy": "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)",  # year 0 is none
    "yy": "[0-9]{2}",
    "MMMM": "(?:" + "|".join(MONTHS) + ")",
    "MMM": "(?:" + "|".join(m[:3] for m in MONTHS) + ")",
    "MM": "[0-9]{2}",
    "M": "[0-9]{1,2}",
    "dd": "[0-9]{2}",
    "d": "[0-9]{1,2}",
    "HH": "[0-9]{2}",
    "H": "[0-9]{1,2}",
    "hh": "[0-9]{2}",
    "h": "[0-9]{1,2}",
    "mm": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "ss": "[0-9]{2}",
    "s": "[0-9]{1,2}",
    "tt": "(?:AM|PM)",
    "ddd": "(?:" + "|".join(day[:3] for day in DAYS) + ")",
    "dddd": "(?:" + "|".join(DAYS) + ")",
}

_OFFSETS = {
    "+0": "[+-][0-9]{1,2}",
    "+00": "[+-][0-9]{2}",
    "+00:00": "[+-][0-9]{2}:?[0-5][0-9]",
    "Z": "(?:(?-i:Z)|[+-][0-9]{2}:?[0-5][0-9])?",
}
"""What an offset matches where a date is read, by how the one of UTC is written."""

SEPARATOR = "/"
"""What stands between the parts of a text that strptime reads."""

_LONGEST_FRACTION = 6
"""Digits of a second that dates have; .NET has a seventh, which is cut off."""

_TOKEN = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)|%(?=[A-Za-z])|(([dfFghHKmMstyz])\5*)|(.)", re.DOTALL)


_MOST_DIGITS = 7
_LAST_SHORT_YEAR = 49


class Token(Struct, frozen=True):
    """A specifier of the format (`yyyy`), or, when `literal`, characters that stand for themselves.

    `offset` marks a literal that is really the specifier of the offset from UTC, the same for every stored date. Of a
    fraction of a second, `fff` or `FFF`, the second form is one with the point before it, as it goes with the digits.
    """

    text: str
    literal: bool
    offset: bool = False

    @property
    def is_fraction(self) -> bool:
        return not self.literal and self.text[-1] in "fF"

    @property
    def kind(self) -> str:
        """What the part says: a `fraction`, an `offset`, a `weekday`, or nothing that strptime does not read."""
        if self.is_fraction or self.offset:
            return "fraction" if self.is_fraction else "offset"
        return "weekday" if not self.literal and self.text in ("ddd", "dddd") else ""


class Shape(Struct, frozen=True):
    """The exact shape of a date in a format, in the syntax common to RE2 and Python, and what its groups capture.

    `read` are those that strptime reads one after the other; the others are 0 where there is none.
    """

    pattern: str
    read: tuple[int, ...]
    fraction: int = 0
    offset: int = 0
    weekday: int = 0


@cache
def tokens(pattern: str) -> tuple[Token, ...]:
    """The parts of a custom or one-letter standard format; letters that .NET gives no meaning stand for themselves."""
    pattern = _STANDARD.get(pattern, pattern)
    found: list[Token] = []
    for match in _TOKEN.finditer(pattern):
        single, double, escaped, run, _, other = match.groups()
        if run is not None:
            point = found.pop().text if run[0] == "F" and found and found[-1].text == "." else ""
            found.append(_offset(run) or Token(point + run, False))
        else:
            literal = next((part for part in (single, double, escaped, other) if part is not None), "")
            found.append(Token(literal, True))
    return tuple(found)


def problem_of_output(pattern: object) -> str:
    """Why dates cannot be written by a format; empty when they can."""
    return _unknown(pattern, set(_CODES))


def problem_of_input(pattern: object) -> str:
    """Why dates cannot be read by a format; empty when they can."""
    wrong = _unknown(pattern, set(_PATTERNS))
    if wrong:
        return wrong
    parts = tokens(str(pattern))
    named = [each for each in parts if not each.literal or each.offset]
    used = [each.kind or {"h": "H"}.get(each.text[0], each.text[0]) for each in named]
    if len(set(used)) < len(used):
        return f"the format `{pattern}` names one part of the date twice"
    spaces = "".join(each.text if each.literal and not each.offset else "x" for each in parts)
    if spaces != " ".join(spaces.split()):
        return f"the format `{pattern}` has white space other than single spaces between its parts"
    return "" if "y" in used else f"the format `{pattern}` has no year (yyyy)"


def has_short_year(pattern: str) -> bool:
    """Whether the year has two digits."""
    return any(token.text == "yy" and not token.literal for token in tokens(pattern))


def has_offset(pattern: str) -> bool:
    """Whether a date in the format says how far from UTC it is."""
    return any(token.offset for token in tokens(pattern))


def strftime(pattern: str) -> list[str | Token]:
    """The parts of a format as DuckDB's strftime knows them, and between them the fractions, which it does not."""
    parts: list[str | Token] = [""]
    for token in tokens(pattern):
        if token.is_fraction:
            parts += [token, ""]
        else:
            parts[-1] = f"{parts[-1]}{token.text.replace('%', '%%') if token.literal else _CODES[token.text]}"
    return [each for each in parts if each]


def strftime_of_seconds(pattern: str) -> str:
    """The format as DuckDB's strftime knows it, for dates in whole seconds."""
    return "".join(part if isinstance(part, str) else "0" * part.text.count("f") for part in strftime(pattern))


def strptime(pattern: str) -> str:
    """The format as DuckDB's strptime knows it, for what `Shape.read` captures, joined by `SEPARATOR`."""
    return SEPARATOR.join(_strptime(run) for run, is_read in _runs(pattern) if is_read)


def shape(pattern: str) -> Shape:
    """What texts in a format look like. Letter case counts in literals only."""
    inner, count, read, numbers = "", 0, [], {}
    for run, is_read in _runs(pattern):
        written = "".join(_literal_pattern(t.text) if t.literal and not t.offset else _pattern(t) for t in run)
        if not is_read and not run[0].kind:
            inner += written
            continue
        count += 1
        inner += f"({written})"
        if is_read:
            read.append(count)
        else:
            numbers[run[0].kind] = count
    return Shape(f"(?is)\\A{inner}\\z", tuple(read), **numbers)


def _runs(pattern: str) -> Iterator[tuple[list[Token], bool]]:
    """The parts of a format in groups, and whether strptime reads the group: parts that it does not read stand alone,
    and literals next to those in groups of their own, since strptime minds white space at the ends."""
    for kind, parts in groupby(tokens(pattern), key=lambda token: token.kind):
        run = list(parts)
        specifiers = [number for number, token in enumerate(run) if not token.literal]
        if kind or not specifiers:
            yield run, False
            continue
        first, last = specifiers[0], specifiers[-1] + 1
        for part in (run[:first], run[first:last], run[last:]):
            if part:
                yield part, not part[0].literal


def _strptime(run: list[Token]) -> str:
    return "".join(t.text.replace("%", "%%") if t.literal else _CODES[t.text] for t in run).replace("%-", "%")


def format_date(value: datetime, pattern: str) -> str:
    """The date written in a format."""
    return "".join(t.text if t.literal else _written(value, t) for t in tokens(pattern))


def parse_date(value: str, pattern: str) -> datetime | None:
    """The date that a text in exactly this format names, or None."""
    shape = "".join(f"(?-i:{re.escape(t.text)})" if t.literal and not t.offset else _group(t) for t in tokens(pattern))
    match = re.fullmatch(shape, value, re.IGNORECASE | re.DOTALL)
    if match is None:
        return None
    parts = {name: _read(name, text) for name, text in match.groupdict().items()}
    try:
        found = _assembled(parts)
        return found - timedelta(minutes=parts.get("offset", 0))
    except (ValueError, OverflowError):
        return None


def add_months(value: datetime, months: int) -> datetime | None:
    """The same day some months later, or the month's last day; None outside the years 1 to 9999."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1) if (year, month) != (9999, 11) else None
    last = (following - timedelta(days=1)).day if following else 31
    return value.replace(year=year, month=month + 1, day=min(value.day, last))


def _group(token: Token) -> str:
    return f"(?P<{token.kind or token.text}>{_pattern(token)})"


def _pattern(token: Token) -> str:
    """What a specifier matches where a date is read."""
    if token.offset:
        return _OFFSETS[token.text]
    if not token.is_fraction:
        return _PATTERNS[token.text]
    digits = len(token.text.removeprefix("."))
    if token.text[0] == "f":
        return f"[0-9]{{{digits}}}"
    return f"(?:[.][0-9]{{0,{digits}}})?" if token.text[0] == "." else f"[0-9]{{0,{digits}}}"


def _unknown(pattern: object, known: set[str]) -> str:
    if not isinstance(pattern, str) or not pattern:
        return "the format must be a constant text"
    for token in tokens(pattern):
        is_known = token.text in known or (token.is_fraction and len(token.text.strip(".")) <= _MOST_DIGITS)
        if not token.literal and not is_known:
            return f"`{token.text}` in the format `{pattern}` is not supported"
        if token.literal and token.text in ("'", '"', "\\"):
            return f"the format `{pattern}` has a quote or backslash without its other half"
        if "\0" in token.text:
            return "the format holds a NUL character"
    return "" if any(token.text for token in tokens(pattern)) else "the format is empty"


def _offset(run: str) -> Token | None:
    """The offset from UTC, which every date has in common."""
    if run == "K":
        return Token("Z", True, True)
    if set(run) == {"z"} and len(run) <= 3:
        return Token({1: "+0", 2: "+00", 3: "+00:00"}[len(run)], True, True)
    return None


def _literal_pattern(literal: str) -> str:
    escaped = "".join(each if each.isalnum() and each.isascii() else f"\\x{{{ord(each):x}}}" for each in literal)
    return f"(?-i:{escaped})" if literal.upper() != literal.lower() else escaped


def _written(value: datetime, token: Token) -> str:
    if token.is_fraction:
        return _fraction(value, token)
    part = token.text
    numbers = {
        "M": value.month,
        "d": value.day,
        "H": value.hour,
        "h": value.hour % 12 or 12,
        "m": value.minute,
        "s": value.second,
    }
    if part[0] in numbers and len(part) <= 2:
        return str(numbers[part[0]]).zfill(len(part))
    words = {
        "yyyy": f"{value.year:04}",
        "yy": f"{value.year % 100:02}",
        "tt": "AM" if value.hour < 12 else "PM",
        "MMMM": MONTHS[value.month - 1],
        "MMM": MONTHS[value.month - 1][:3],
        "dddd": DAYS[value.weekday()],
        "ddd": DAYS[value.weekday()][:3],
    }
    return words[part]


def _fraction(value: datetime, token: Token) -> str:
    """Digits of a second; `FFF` without zeros at the end, and without the point before them when nothing is left."""
    digits = f"{value.microsecond:06}0"[: len(token.text.strip("."))]
    if token.text[-1] == "f":
        return digits
    left = digits.rstrip("0")
    return f".{left}" if left and token.text[0] == "." else left


def minutes_of(offset: str) -> int:
    """An offset as minutes: `+01:30`, `-0130`, `+1`; 0 for `Z` and nothing."""
    digits = offset[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0) if digits else 0
    return -minutes if offset[:1] == "-" else minutes


def _read(name: str, written: str) -> int:
    if name == "offset":
        return minutes_of(written)
    if name == "fraction":
        return int(written.strip(".")[:_LONGEST_FRACTION].ljust(_LONGEST_FRACTION, "0"))
    if name == "weekday":
        return [day[:3].lower() for day in DAYS].index(written[:3].lower())
    if name in ("MMM", "MMMM"):
        return 1 + [month[:3].lower() for month in MONTHS].index(written[:3].lower())
    if name == "yy":
        return int(written) + (1900 if int(written) > _LAST_SHORT_YEAR else 2000)
    return int(written.lower() == "pm") if name == "tt" else int(written)


def _assembled(parts: dict[str, int]) -> datetime:
    by_letter = {name[0]: value for name, value in parts.items() if name not in ("fraction", "offset", "weekday")}
    hour = by_letter.get("H", 0)
    if "h" in by_letter:
        if not 1 <= by_letter["h"] <= 12:
            raise ValueError("hour")
        hour = by_letter["h"] % 12 + 12 * by_letter.get("t", 0)
    time = hour, by_letter.get("m", 0), by_letter.get("s", 0), parts.get("fraction", 0)
    found = datetime(by_letter["y"], by_letter.get("M", 1), by_letter.get("d", 1), *time)
    if parts.get("weekday", found.weekday()) != found.weekday():
        raise ValueError("weekday")
    return found
