"""A .NET date format goes in; formats for DuckDB, and functions that write and read dates by it, come out.

Invariant culture throughout. Stored dates are UTC in whole seconds, so fractions are zeros and the offset is +00:00.
"""

import re
from datetime import datetime, timedelta
from functools import cache

from msgspec import Struct

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
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
}

_TOKEN = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)|%(?=[A-Za-z])|(([dfFghHKmMstyz])\5*)|(.)", re.DOTALL)


class Token(Struct, frozen=True):
    """A specifier of the format (`yyyy`), or, when `literal`, characters that stand for themselves.

    `fixed` marks literals that are really specifiers, whose value is the same for every stored date.
    """

    text: str
    literal: bool
    fixed: bool = False


@cache
def tokens(pattern: str) -> tuple[Token, ...]:
    """The parts of a custom or one-letter standard format; letters that .NET gives no meaning stand for themselves."""
    pattern = _STANDARD.get(pattern, pattern)
    found = []
    for match in _TOKEN.finditer(pattern):
        single, double, escaped, run, _, other = match.groups()
        if run is not None:
            found.append(_constant(run) or Token(run, False))
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
    used = ["H" if token.text[0] == "h" else token.text[0] for token in parts if not token.literal]
    if len(set(used)) < len(used):
        return f"the format `{pattern}` names one part of the date twice"
    if any(token.fixed for token in parts):
        return f"fractions of a second and offsets in the format `{pattern}` are not supported"
    spaces = "".join("x" if not token.literal else token.text for token in parts)
    if spaces != " ".join(spaces.split()):
        return f"the format `{pattern}` has white space other than single spaces between its parts"
    return "" if "y" in used else f"the format `{pattern}` has no year of four digits (yyyy)"


def strftime(pattern: str) -> str:
    """The format as DuckDB's strftime knows it."""
    return "".join(t.text.replace("%", "%%") if t.literal else _CODES[t.text] for t in tokens(pattern))


def strptime(pattern: str) -> str:
    """The format as DuckDB's strptime knows it, for texts that have the shape of `regular_expression`."""
    return strftime(pattern).replace("%-", "%")


def regular_expression(pattern: str) -> str:
    """The exact shape of a date in a format, in the syntax common to RE2 and Python; letter case counts not."""
    inner = "".join(_literal_pattern(t.text) if t.literal else _PATTERNS[t.text] for t in tokens(pattern))
    return f"(?is)\\A(?:{inner})\\z"


def format_date(value: datetime, pattern: str) -> str:
    """The date written in a format."""
    return "".join(t.text if t.literal else _written(value, t.text) for t in tokens(pattern))


def parse_date(value: str, pattern: str) -> datetime | None:
    """The date that a text in exactly this format names, or None."""
    shape = "".join(re.escape(t.text) if t.literal else f"(?P<{t.text}>{_PATTERNS[t.text]})" for t in tokens(pattern))
    match = re.fullmatch(shape, value, re.IGNORECASE | re.DOTALL)
    if match is None:
        return None
    parts = {name: _read(name, text) for name, text in match.groupdict().items()}
    try:
        return _assembled(parts)
    except ValueError:
        return None


def add_months(value: datetime, months: int) -> datetime | None:
    """The same day some months later, or the month's last day; None outside the years 1 to 9999."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1) if (year, month) != (9999, 11) else None
    last = (following - timedelta(days=1)).day if following else 31
    return value.replace(year=year, month=month + 1, day=min(value.day, last))


_INSTEAD = {"yy": "; write the year in four digits, `yyyy`"}


def _unknown(pattern: object, known: set[str]) -> str:
    if not isinstance(pattern, str) or not pattern:
        return "the format must be a constant text"
    for token in tokens(pattern):
        if not token.literal and token.text not in known:
            return f"`{token.text}` in the format `{pattern}` is not supported" + _INSTEAD.get(token.text, "")
        if token.literal and token.text in ("'", '"', "\\"):
            return f"the format `{pattern}` has a quote or backslash without its other half"
        if "\0" in token.text:
            return "the format holds a NUL character"
    return "" if any(token.text for token in tokens(pattern)) else "the format is empty"


def _constant(run: str) -> Token | None:
    """Fractions of a second and the offset from UTC, which every stored date has in common."""
    if set(run) == {"f"} and len(run) <= 7:
        return Token("0" * len(run), True, True)
    if set(run) == {"z"} and len(run) <= 3:
        return Token({1: "+0", 2: "+00", 3: "+00:00"}[len(run)], True, True)
    return None


def _literal_pattern(literal: str) -> str:
    return "".join(each if each.isalnum() and each.isascii() else f"\\x{{{ord(each):x}}}" for each in literal)


def _written(value: datetime, part: str) -> str:
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


def _read(name: str, written: str) -> int:
    if name in ("MMM", "MMMM"):
        return 1 + [month[:3].lower() for month in MONTHS].index(written[:3].lower())
    return int(written.lower() == "pm") if name == "tt" else int(written)


def _assembled(parts: dict[str, int]) -> datetime:
    by_letter = {name[0]: value for name, value in parts.items()}
    hour = by_letter.get("H", 0)
    if "h" in by_letter:
        if not 1 <= by_letter["h"] <= 12:
            raise ValueError("hour")
        hour = by_letter["h"] % 12 + 12 * by_letter.get("t", 0)
    return datetime(
        by_letter["y"], by_letter.get("M", 1), by_letter.get("d", 1), hour, by_letter.get("m", 0), by_letter.get("s", 0)
    )
