"""Local times of a zone go in, UTC comes out, and the other way round, in SQL and Python.

Zones have Windows or IANA names. A local time that occurs twice is the first; one that is skipped is moved forward.
"""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import sql
from compiler.expressions.windows_zones import WINDOWS_ZONES

if TYPE_CHECKING:
    from sqlglot import exp


def problem_of_zone(zone: object) -> str:
    """Why a text names no time zone; empty when it does."""
    if isinstance(zone, str) and (zone in WINDOWS_ZONES or zone in _iana_names()):
        return ""
    question = did_you_mean(str(zone), [*WINDOWS_ZONES, *sorted(_iana_names())])
    return f"`{zone}` is no time zone" + (f"; {question}" if question else "")


def to_utc(local: datetime, zone: str) -> datetime | None:
    """The point in time of a local time; None outside the years 1 to 9999."""
    from zoneinfo import ZoneInfo

    try:
        return local.replace(tzinfo=ZoneInfo(_iana(zone)), fold=0).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def from_utc(utc: datetime, zone: str) -> datetime | None:
    """The local time at a point in time; None outside the years 1 to 9999."""
    from zoneinfo import ZoneInfo

    try:
        return utc.replace(tzinfo=UTC).astimezone(ZoneInfo(_iana(zone))).replace(tzinfo=None, fold=0, microsecond=0)
    except OverflowError:
        return None


def to_utc_sql(local: "exp.Expression", zone: str) -> "exp.Expression":
    """`to_utc` in SQL. DuckDB takes the second of two equal local times, so the offset before it is tried as well."""
    return sql.bound(local, lambda it: sql.bound(_last(it, zone), lambda utc: _first(it, utc, zone), "_utc"), "_local")


def from_utc_sql(utc: "exp.Expression", zone: str) -> "exp.Expression":
    """`from_utc` in SQL."""
    return sql.plain_call("TIMEZONE", sql.text(_iana(zone)), sql.plain_call("TIMEZONE", sql.text("UTC"), utc))


def _last(local: "exp.Expression", zone: str) -> "exp.Expression":
    instant = sql.plain_call("TIMEZONE", sql.text(_iana(zone)), local.copy())
    return sql.plain_call("TIMEZONE", sql.text("UTC"), instant)


def _first(local: "exp.Expression", utc: "exp.Expression", zone: str) -> "exp.Expression":
    def earlier() -> "exp.Expression":
        return sql.operation("Sub", utc.copy(), sql.plain_call("TO_HOURS", sql.number(3)))

    offset_before = sql.operation("Sub", from_utc_sql(earlier(), zone), earlier())
    candidate = sql.operation("Sub", local.copy(), offset_before)

    def chosen(it: "exp.Expression") -> "exp.Expression":
        same = sql.operation("EQ", from_utc_sql(it.copy(), zone), local.copy())
        first = sql.joined("And", [sql.operation("LT", it.copy(), utc.copy()), same])
        return sql.case([(first, it.copy())], utc.copy())

    return sql.bound(candidate, chosen, "_first")


def _iana(zone: str) -> str:
    return WINDOWS_ZONES.get(zone, zone)


@cache
def _iana_names() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones()) | frozenset(WINDOWS_ZONES.values())
