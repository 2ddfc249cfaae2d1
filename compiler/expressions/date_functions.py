"""The functions over dates, one entry each. A date is a point in time in UTC, in whole seconds, from year 1 to 9999."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from compiler.expressions import date_formats, local_time, sql
from compiler.expressions.function import Function, Parameter, Scalar, parameters
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

S, I, D = ValueType.STRING, ValueType.INTEGER, ValueType.DATETIME  # noqa: E741 - columns of the table below

_TICKS = 10_000_000
_SINCE_1601 = 11_644_473_600


def _minutes_problem(minutes: Scalar) -> str:
    try:
        return "" if abs(int(str(minutes))) < 2**31 else "the number of minutes is too large"
    except ValueError:
        return f"`{minutes}` is not a whole number of minutes"


def in_range(value: "exp.Expression") -> "exp.Expression":
    """The date, or null outside the years that .NET has."""
    first, last = sql.timestamp("0001-01-01 00:00:00"), sql.timestamp("9999-12-31 23:59:59")
    return sql.only_if(sql.attempt(value), lambda date: sql.between(date, first, last))


def _added_sql(unit: str) -> "Callable[[exp.Expression, exp.Expression], exp.Expression]":
    """`unit` is the DuckDB function that makes an interval; those of days and longer take 32-bit integers."""
    size = "BIGINT" if unit in ("TO_HOURS", "TO_MINUTES", "TO_SECONDS") else "INTEGER"

    def added(date: "exp.Expression", count: "exp.Expression") -> "exp.Expression":
        return in_range(sql.operation("Add", date, sql.plain_call(unit, sql.try_cast(count, size))))

    return added


def _added(seconds: int) -> Callable[[datetime, int], datetime | None]:
    def added(date: datetime, count: int) -> datetime | None:
        try:
            return date + timedelta(seconds=seconds * count)
        except OverflowError:
            return None

    return added


def _months(per_unit: int) -> Callable[[datetime, int], datetime | None]:
    return lambda date, count: date_formats.add_months(date, count * per_unit)


def _minutes_later(date: datetime | None, minutes: object) -> datetime | None:
    return None if date is None else _added(60)(date, int(str(minutes)))


def _format_sql(date: "exp.Expression", pattern: "exp.Expression | None" = None) -> "exp.Expression":
    written = date_formats.strftime(pattern.name if pattern is not None else date_formats.DEFAULT)
    return sql.call("STRFTIME", date, sql.text(written))


def _parse_sql(value: "exp.Expression", pattern: "exp.Expression") -> "exp.Expression":
    """Only a text of exactly the format's shape: strptime alone would take `1` for `01`."""
    shape, groups = date_formats.regular_expression(pattern.name)
    form = sql.text(date_formats.strptime(pattern.name))
    if not groups:
        shaped = sql.call("REGEXP_EXTRACT", value, sql.text(shape))
    else:
        shaped = sql.bound(value, lambda it: _groups_sql(it, shape, groups), "_written")
    parsed = sql.plain_call("TRY_STRPTIME", shaped, form)
    return sql.bound(parsed, _near_sql, "_parsed") if date_formats.has_short_year(pattern.name) else parsed


def _groups_sql(value: "exp.Expression", shape: str, groups: int) -> "exp.Expression":
    """What the groups of a shape capture, one after the other."""
    numbers = range(1, groups + 1)
    return sql.call(
        "CONCAT", *(sql.call("REGEXP_EXTRACT", value.copy(), sql.text(shape), sql.number(each)) for each in numbers)
    )


def _near_sql(date: "exp.Expression") -> "exp.Expression":
    """Years of two digits: DuckDB begins at 1969, .NET at 1950."""
    is_late = sql.operation("GTE", date.copy(), sql.timestamp("2050-01-01 00:00:00"))
    earlier = sql.operation("Sub", date.copy(), sql.plain_call("TO_YEARS", sql.number(100)))
    return sql.case([(is_late, earlier)], date.copy())


def _parse_local(value: str, zone: str, pattern: str) -> datetime | None:
    local = date_formats.parse_date(value, pattern)
    return None if local is None else local_time.to_utc(local, zone)


def _parse_local_sql(value: "exp.Expression", zone: "exp.Expression", pattern: "exp.Expression") -> "exp.Expression":
    return in_range(local_time.to_utc_sql(_parse_sql(value, pattern), zone.name))


def _later_sql(date: "exp.Expression", minutes: "exp.Expression") -> "exp.Expression":
    return _added_sql("TO_MINUTES")(date, sql.number(int(minutes.name)))


def _format_local(date: datetime, zone: str, pattern: str) -> str | None:
    local = local_time.from_utc(date, zone)
    return None if local is None else date_formats.format_date(local, pattern)


def _format_local_sql(date: "exp.Expression", zone: "exp.Expression", pattern: "exp.Expression") -> "exp.Expression":
    return _format_sql(in_range(local_time.from_utc_sql(date, zone.name)), pattern)


def _ticks(date: datetime) -> str:
    since = date - datetime(1, 1, 1)
    return str((since.days * 86_400 + since.seconds - 50_491_123_200) * _TICKS)


def _ticks_sql(date: "exp.Expression") -> "exp.Expression":
    seconds = sql.operation("Add", sql.cast_to(sql.plain_call("EPOCH", date), "BIGINT"), sql.number(_SINCE_1601))
    return sql.cast_to(sql.operation("Mul", seconds, sql.number(_TICKS)), "VARCHAR")


def _part(name: str, read: Callable[[datetime], int]) -> Function:
    return Function(
        name,
        "property",
        parameters(D),
        I,
        lambda v: sql.plain_call(name.upper(), v),
        read,
        f"The {name.lower()} of the date.",
    )


_INPUT = Parameter(S, date_formats.problem_of_input)
_OUTPUT = Parameter(S, date_formats.problem_of_output)
_ZONE = Parameter(S, local_time.problem_of_zone)
_MINUTES = Parameter(S, _minutes_problem)

DATE_FUNCTIONS = (
    Function(
        "ParseUniversalDate",
        "builtin",
        (Parameter(S), _INPUT),
        D,
        _parse_sql,
        date_formats.parse_date,
        "The date that a text in exactly this format names, in UTC.",
        nesting=9,
    ),
    Function(
        "ParseUniversalDateThenAddMinutes",
        "builtin",
        (Parameter(S), _INPUT, _MINUTES),
        D,
        lambda v, pattern, minutes: _later_sql(_parse_sql(v, pattern), minutes),
        lambda v, pattern, minutes: _minutes_later(date_formats.parse_date(v, pattern), minutes),
        "ParseUniversalDate, some minutes later.",
        nesting=18,
    ),
    Function(
        "ParseLocalDate",
        "builtin",
        (Parameter(S), _ZONE, _INPUT),
        D,
        _parse_local_sql,
        _parse_local,
        "The date that a text in exactly this format names, in a time zone; the result is in UTC.",
        nesting=26,
    ),
    Function(
        "ParseLocalDateThenAddMinutes",
        "builtin",
        (Parameter(S), _ZONE, _INPUT, _MINUTES),
        D,
        lambda v, zone, pattern, minutes: _later_sql(_parse_local_sql(v, zone, pattern), minutes),
        lambda v, zone, pattern, minutes: _minutes_later(_parse_local(v, zone, pattern), minutes),
        "ParseLocalDate, some minutes later.",
        nesting=34,
    ),
    Function(
        "FormatLocalDate",
        "builtin",
        (Parameter(D), _ZONE, _OUTPUT),
        S,
        _format_local_sql,
        _format_local,
        "The date written in a time zone and format.",
        nesting=12,
    ),
    Function(
        "Text.FormatLocalDate",
        "method",
        (Parameter(S), _ZONE, _INPUT),
        D,
        lambda v, _, pattern: _parse_sql(v, pattern),
        lambda v, _, pattern: date_formats.parse_date(v, pattern),
        "The date that a text in exactly this format names, as it is in its time zone.",
        nesting=9,
    ),
    Function(
        "ToSince1601DateString",
        "builtin",
        parameters(D),
        S,
        _ticks_sql,
        _ticks,
        "The 100-nanosecond ticks since 1601-01-01 in UTC.",
        nesting=6,
    ),
    Function(
        "DateTime.ToString",
        "method",
        (Parameter(D), _OUTPUT),
        S,
        _format_sql,
        lambda v, pattern=date_formats.DEFAULT: date_formats.format_date(v, pattern),
        "The date in a custom format.",
        required=1,
    ),
    Function(
        "AddYears",
        "method",
        parameters(D, I),
        D,
        _added_sql("TO_YEARS"),
        _months(12),
        "The same day some years later.",
        nesting=9,
    ),
    Function(
        "AddMonths",
        "method",
        parameters(D, I),
        D,
        _added_sql("TO_MONTHS"),
        _months(1),
        "The same day some months later, or the month's last.",
        nesting=9,
    ),
    Function(
        "AddDays", "method", parameters(D, I), D, _added_sql("TO_DAYS"), _added(86_400), "Some days later.", nesting=9
    ),
    Function(
        "AddHours", "method", parameters(D, I), D, _added_sql("TO_HOURS"), _added(3_600), "Some hours later.", nesting=9
    ),
    Function(
        "AddMinutes",
        "method",
        parameters(D, I),
        D,
        _added_sql("TO_MINUTES"),
        _added(60),
        "Some minutes later.",
        nesting=9,
    ),
    Function(
        "AddSeconds",
        "method",
        parameters(D, I),
        D,
        _added_sql("TO_SECONDS"),
        _added(1),
        "Some seconds later.",
        nesting=9,
    ),
    _part("Year", lambda v: v.year),
    _part("Month", lambda v: v.month),
    _part("Day", lambda v: v.day),
    _part("Hour", lambda v: v.hour),
    _part("Minute", lambda v: v.minute),
    _part("Second", lambda v: v.second),
    Function(
        "Date",
        "property",
        parameters(D),
        D,
        lambda v: sql.plain_call("DATE_TRUNC", sql.text("day"), v),
        lambda v: v.replace(hour=0, minute=0, second=0),
        "The day, at midnight.",
    ),
)
