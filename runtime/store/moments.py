"""What a person calls a moment in, the run whose state was the store's at that moment out.

A moment is a run (its id, or the beginning of it that no other run has), or a time in ISO 8601 with its hyphens
(`2031-02-03`, `2031-02-03T09:30`, `2031-02-03T09:30Z`): a day alone stands for its end, a time without an offset is the
machine's local one. A run counts from its first change on.
"""

import re
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from compiler.diagnostics.suggest import did_you_mean
from runtime.engine.engine import Engine

_RUNS_SHOWN = 3
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class NoSuchMoment(Exception):
    """The text names no moment that the store knows; the message says what to do."""


class Moment(Struct, frozen=True, order=True):
    """A state of the store: that which the run `number` left. `moment` is its first change, ISO 8601, UTC."""

    number: int
    run: str
    moment: str


def moments(engine: Engine) -> list[Moment]:
    """All states that the store still tells apart, oldest first."""
    return [Moment(*row) for row in engine.rows("SELECT number, id, moment FROM state.run ORDER BY number")]


def moment_of(engine: Engine, text: str) -> Moment:
    """The state that a person means. Raises `NoSuchMoment`."""
    known = moments(engine)
    if not known:
        raise NoSuchMoment("the store has no history yet: no run has changed it")
    time = _time(text)
    return _at(known, text, time) if time else _run(known, text)


def _run(known: list[Moment], text: str) -> Moment:
    found = [each for each in known if each.run == text] or [each for each in known if each.run.startswith(text)]
    if not text or not found:
        newest = ", ".join(each.run for each in known[: -_RUNS_SHOWN - 1 : -1])
        help = did_you_mean(text, {each.run for each in known}) or f"the last ones are {newest}"
        raise NoSuchMoment(f"'{text}' is neither a time in ISO 8601 nor a run that changed the store; {help}")
    if len({each.run for each in found}) > 1:
        raise NoSuchMoment(f"{len(found)} runs begin with '{text}': write more of the one that you mean")
    return found[-1]


def _at(known: list[Moment], text: str, time: datetime) -> Moment:
    moment = time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found = [each for each in known if each.moment <= moment]
    if not found:
        first = known[0]
        raise NoSuchMoment(f"the store's history begins at {first.moment} with run {first.run}, after {text}")
    return found[-1]


def _time(text: str) -> datetime | None:
    """A time in ISO 8601, the end of the day for a day alone; None for anything else, such as a run's id."""
    if not _DAY.match(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        is_day = _DAY.fullmatch(text)
        return (found + timedelta(days=1, milliseconds=-1) if is_day else found).astimezone()
    except (ValueError, OverflowError):
        return None
