"""The functions over dates, one entry each. A date is a point in time in UTC, in microseconds, from year 1 to 9999.

Stored dates have whole seconds; what is finer lives inside an expression only, and is cut off at its end.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from compiler.expressions import date_formats, local_time, sql
from compiler.expressions.function import Function, Parameter, Scalar, parameters
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

    from compiler.expressions.date_formats import Shape, Token

S, I, D = ValueType.STRING, ValueType.INTEGER, ValueType.DATETIME  # noqa: E741 - columns of the table below

_TICKS = 10
"""100-nanosecond ticks in a microsecond."""

_SINCE_1601 = 11_644_473_600_000_000


def _minutes_problem(minutes: Scalar) -> str:
    try:
        return "" if abs(int(str(minutes))) < 2**31 else "the number of minutes is too large"
    except ValueError:
        return f"`{minutes}` is not a whole number of minutes"


def in_range(value: "exp.Expression") -> "exp.Expression":
    """The date, or null outside the years that .NET has."""
    first, last = sql.timestamp("0001-01-01 00:00:00"), sql.timestamp("9999-12-31 23:59:59.999999")
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
    parts = date_formats.strftime(pattern.name if pattern is not None else date_formats.DEFAULT)
    if len(parts) == 1:
        return _piece_sql(date, parts[0])
    return sql.bound(date, lambda it: _pieces_sql(it, parts), "_date")


def _pieces_sql(date: "exp.Expression", parts: "list[str | Token]") -> "exp.Expression":
    pieces = [_piece_sql(date.copy(), each) for each in parts]
    return reduce(lambda before, after: sql.operation("DPipe", before, after), pieces)


def _piece_sql(date: "exp.Expression", part: "str | Token") -> "exp.Expression":
    """A stretch of a format, or a fraction of a second: `FFF` without zeros at the end, nor the point before them."""
    if isinstance(part, str):
        return sql.call("STRFTIME", date, sql.text(part))
    digits = sql.operation("DPipe", sql.call("STRFTIME", date, sql.text("%f")), sql.text("0"))
    digits = sql.call("LEFT", digits, sql.number(len(part.text.strip("."))))
    if part.text[-1] == "f":
        return digits
    point = sql.operation("DPipe", sql.text("."), digits) if part.text[0] == "." else digits
    return sql.call("REGEXP_REPLACE", point, sql.text("[.]?0*$"), sql.text(""))


def _parse_sql(value: "exp.Expression", pattern: "exp.Expression") -> "exp.Expression":
    """Only a text of exactly the format's shape: strptime alone would take `1` for `01`."""
    shape = date_formats.shape(pattern.name)
    if len(shape.read) == 1 and not (shape.fraction or shape.offset or shape.weekday):
        return _read_sql(value, shape, pattern.name)
    return sql.bound(value, lambda it: _with_rest_sql(it, shape, pattern.name), "_written")


def _read_sql(value: "exp.Expression", shape: "Shape", pattern: str) -> "exp.Expression":
    """What strptime reads: the groups of a shape that are for it, one after the other."""
    groups = [_captured(value.copy(), shape, number) for number in shape.read]
    text = groups[0] if len(groups) == 1 else sql.plain_call("CONCAT_WS", sql.text(date_formats.SEPARATOR), *groups)
    parsed = sql.plain_call("TRY_STRPTIME", text, sql.text(date_formats.strptime(pattern)))
    return sql.bound(parsed, _near_sql, "_parsed") if date_formats.has_short_year(pattern) else parsed


def _with_rest_sql(value: "exp.Expression", shape: "Shape", pattern: str) -> "exp.Expression":
    """With the fraction of a second, on the weekday that is named, and without the offset from UTC."""
    date = _read_sql(value, shape, pattern)
    if shape.fraction:
        digits = sql.call("REPLACE", _captured(value.copy(), shape, shape.fraction), sql.text("."), sql.text(""))
        digits = sql.call("RPAD", sql.call("LEFT", digits, sql.number(6)), sql.number(6), sql.text("0"))
        date = sql.operation("Add", date, sql.plain_call("TO_MICROSECONDS", sql.try_cast(digits, "BIGINT")))
    if shape.weekday:
        day = sql.call("LOWER", sql.call("LEFT", _captured(value.copy(), shape, shape.weekday), sql.number(3)))
        date = sql.only_if(date, lambda it: sql.operation("EQ", sql.call("LOWER", _weekday_sql(it)), day))
    if shape.offset:
        minutes = _offset_sql(_captured(value.copy(), shape, shape.offset))
        date = in_range(sql.operation("Sub", date, sql.plain_call("TO_MINUTES", minutes)))
    return date


def _weekday_sql(date: "exp.Expression") -> "exp.Expression":
    return sql.call("STRFTIME", date, sql.text("%a"))


def _captured(value: "exp.Expression", shape: "Shape", number: int) -> "exp.Expression":
    return sql.call("REGEXP_EXTRACT", value, sql.text(shape.pattern), sql.number(number))


def _offset_sql(offset: "exp.Expression") -> "exp.Expression":
    """`+01:30`, `-0130`, `+1` as minutes; 0 for `Z` and nothing."""

    def minutes(it: "exp.Expression") -> "exp.Expression":
        def part(pattern: str) -> "exp.Expression":
            digits = sql.call("REGEXP_EXTRACT", it.copy(), sql.text(pattern), sql.number(1))
            return sql.coalesce(sql.try_cast(digits, "BIGINT"), sql.number(0))

        hours = sql.operation("Mul", part(r"^[+-]([0-9]{1,2})"), sql.number(60))
        total = sql.operation("Add", hours, part(r"^[+-][0-9]{2}:?([0-9]{2})$"))
        is_before = sql.plain_call("STARTS_WITH", it.copy(), sql.text("-"))
        return sql.case([(is_before, sql.operation("Sub", sql.number(0), total))], total.copy())

    return sql.bound(offset, minutes, "_offset")


def _near_sql(date: "exp.Expression") -> "exp.Expression":
    """Years of two digits: DuckDB begins at 1969, .NET at 1950."""
    is_late = sql.operation("GTE", date.copy(), sql.timestamp("2050-01-01 00:00:00"))
    earlier = sql.operation("Sub", date.copy(), sql.plain_call("TO_YEARS", sql.number(100)))
    return sql.case([(is_late, earlier)], date.copy())


def _parse_local(value: str, zone: str, pattern: str) -> datetime | None:
    local = date_formats.parse_date(value, pattern)
    return local if local is None or date_formats.has_offset(pattern) else local_time.to_utc(local, zone)


def _parse_local_sql(value: "exp.Expression", zone: "exp.Expression", pattern: "exp.Expression") -> "exp.Expression":
    if date_formats.has_offset(pattern.name):
        return _parse_sql(value, pattern)
    return in_range(local_time.to_utc_sql(_parse_sql(value, pattern), zone.name))


def _later_sql(date: "exp.Expression", minutes: "exp.Expression") -> "exp.Expression":
    return _added_sql("TO_MINUTES")(date, sql.number(int(minutes.name)))


def _format_local(date: datetime, zone: str, pattern: str) -> str | None:
    local = local_time.from_utc(date, zone)
    return None if local is None else date_formats.format_date(local, pattern)


def _format_local_sql(date: "exp.Expression", zone: "exp.Expression", pattern: "exp.Expression") -> "exp.Expression":
    return _format_sql(in_range(local_time.from_utc_sql(date, zone.name)), pattern)


def _ticks(date: datetime) -> str:
    return str((date - datetime(1601, 1, 1)) // timedelta(microseconds=1) * _TICKS)


def _ticks_sql(date: "exp.Expression") -> "exp.Expression":
    since = sql.operation("Add", sql.plain_call("EPOCH_US", date), sql.number(_SINCE_1601))
    return sql.cast_to(sql.operation("Mul", since, sql.number(_TICKS)), "VARCHAR")


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
        lambda v: v.replace(hour=0, minute=0, second=0, microsecond=0),
        "The day, at midnight.",
    ),
)
