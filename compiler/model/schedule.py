"""A schedule in NCRONTAB goes in; what is wrong with it comes out, in words.

Six fields: second, minute, hour, day, month, day of the week. A field is `*`, a value, a range, or a list of these,
each with `/` and a step if wanted; months and days of the week have English names of three letters.
"""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)


def fault(schedule: str) -> str:
    """What is wrong with a schedule; empty when nothing is."""
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"a schedule has six fields, this has {len(fields)}"
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if not _is_part(part, low, high, names):
                return f"`{text}` is no {name}: from {low} to {high}"
    return ""


def _is_part(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    """A value or range, with or without a step."""
    span, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and 0 < int(step[:9]) <= high):
        return False
    if span == "*":
        return True
    first, hyphen, last = span.partition("-")
    ends = [_number(text, low, names) for text in ((first, last) if hyphen else (first,))]
    return all(low <= end <= high for end in ends) and ends[0] <= ends[-1]


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    """The value that a text stands for; -1 when it stands for none."""
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
