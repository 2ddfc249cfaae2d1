"""Local times in SQL and Python, over the transitions of several zones, and the names of zones."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlglot import exp

from compiler.expressions import local_time
from compiler.expressions.windows_zones import WINDOWS_ZONES

ZONES = [
    "Romance Standard Time",
    "Eastern Standard Time",
    "Lord Howe Standard Time",
    "India Standard Time",
    "UTC",
    "Samoa Standard Time",
    "Africa/Casablanca",
    "Newfoundland Standard Time",
]


def times(year: int) -> list[datetime]:
    """Every quarter of an hour of a year's days around midnight to four, where clocks are changed, and each noon."""
    days = [datetime(year, 1, 1) + timedelta(days=day) for day in range(365)]
    return [day + timedelta(minutes=15 * step) for day in days for step in (*range(-2, 20), 48)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [1995, 2024])
def test_both_ways_in_both_languages(zone: str, year: int) -> None:
    to_utc = local_time.to_utc_sql(exp.column("t"), zone).sql(dialect="duckdb")
    from_utc = local_time.from_utc_sql(exp.column("t"), zone).sql(dialect="duckdb")
    given = times(year)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")  # the session's own zone must not matter
        rows = connection.execute(f"SELECT t, {to_utc}, {from_utc} FROM (SELECT unnest(?) AS t)", [given]).fetchall()
    wrong = [row for row in rows if row[1:] != (local_time.to_utc(row[0], zone), local_time.from_utc(row[0], zone))]
    assert len(rows) == len(given)
    assert wrong == []


def test_every_windows_name_is_a_zone() -> None:
    assert len(WINDOWS_ZONES) > 130
    for zone in WINDOWS_ZONES.values():
        assert ZoneInfo(zone).key == zone
    with duckdb.connect() as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    assert set(WINDOWS_ZONES.values()) <= known


def test_names_of_zones() -> None:
    assert local_time.problem_of_zone("Europe/Paris") == ""
    assert local_time.problem_of_zone("Tokyo Standard Time") == ""
    assert "`Europe/Pariss` is no time zone; did you mean `Europe/Paris`?" == local_time.problem_of_zone(
        "Europe/Pariss"
    )
    assert local_time.problem_of_zone(None) != ""
