"""The functions over time spans, and those over dates that need one or a part of a day, one entry each.

A span is a number of microseconds; .NET's ticks are ten times finer, and what is finer is cut off. Numbers of days and
hours may have fractions.
"""

import math
from calendar import monthrange
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from compiler.expressions import sql
from compiler.expressions.date_formats import DAYS
from compiler.expressions.date_functions import in_range
from compiler.expressions.function import Function, parameters
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

S, I, F = ValueType.STRING, ValueType.INTEGER, ValueType.DOUBLE  # noqa: E741 - columns of the table below
D, T = ValueType.DATETIME, ValueType.SPAN

_SPAN = ("TimeSpan", "System.TimeSpan")
_DATE = ("DateTime", "System.DateTime")
UNITS = {
    "Days": 86_400_000_000,
    "Hours": 3_600_000_000,
    "Minutes": 60_000_000,
    "Seconds": 1_000_000,
    "Milliseconds": 1_000,
    "Microseconds": 1,
}
"""Microseconds."""

_LARGER = {"Hours": 24, "Minutes": 60, "Seconds": 60, "Milliseconds": 1000, "Microseconds": 1000}
_WIDEST = 2**63 // 10
_SINCE_1 = 62_135_596_800_000_000


def _span_sql(unit: int) -> "Callable[[exp.Expression], exp.Expression]":
    """So many units, whole ones and the fraction each for themselves, as .NET computes it."""

    def span(count: "exp.Expression") -> "exp.Expression":
        def parts(it: "exp.Expression") -> "exp.Expression":
            whole = sql.plain_call("TRUNC", it.copy())
            rest = sql.plain_call(
                "TRUNC", sql.operation("Mul", sql.operation("Sub", it.copy(), whole), sql.number(unit))
            )
            units = sql.operation("Mul", sql.try_cast(whole.copy(), "BIGINT"), sql.number(unit))
            return _within(sql.operation("Add", units, sql.cast_to(rest, "BIGINT")))

        return sql.bound(count, parts, "_count")

    return span


def _within(value: "exp.Expression") -> "exp.Expression":
    low, high = sql.number(-_WIDEST), sql.number(_WIDEST)
    return sql.only_if(sql.attempt(value), lambda it: sql.between(it, low, high))


def _span(unit: int) -> Callable[[float], int | None]:
    def span(count: float) -> int | None:
        whole = math.trunc(count)
        return _in_span(whole * unit + math.trunc((count - whole) * unit)) if abs(whole) < 2**63 else None

    return span


def _in_span(value: int) -> int | None:
    return value if -_WIDEST <= value <= _WIDEST else None


def _later_sql(date: "exp.Expression", span: "exp.Expression") -> "exp.Expression":
    return in_range(sql.operation("Add", date, sql.plain_call("TO_MICROSECONDS", span)))


def _earlier_sql(date: "exp.Expression", span: "exp.Expression") -> "exp.Expression":
    return in_range(sql.operation("Sub", date, sql.plain_call("TO_MICROSECONDS", span)))


def _later(date: datetime, span: int | None) -> datetime | None:
    try:
        return None if span is None else date + timedelta(microseconds=span)
    except OverflowError:
        return None


def _difference_sql(left: "exp.Expression", right: "exp.Expression") -> "exp.Expression":
    return sql.operation("Sub", sql.plain_call("EPOCH_US", left), sql.plain_call("EPOCH_US", right))


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _of_span(name: str) -> tuple[Function, ...]:
    unit, larger = UNITS[name], _LARGER.get(name)

    def part_sql(span: "exp.Expression") -> "exp.Expression":
        whole = sql.operation("IntDiv", span, sql.number(unit))
        return sql.operation("Mod", whole, sql.number(larger)) if larger else whole

    def part(span: int) -> int:
        whole = abs(span) // unit
        whole = whole % larger if larger else whole
        return whole if span >= 0 else -whole

    def total_sql(span: "exp.Expression") -> "exp.Expression":
        return sql.operation("Div", sql.cast_to(span, "DOUBLE"), sql.number(float(unit)))

    return (
        Function(f"TimeSpan.{name}", "property", parameters(T), I, part_sql, part, f"The {name.lower()} in a span."),
        Function(f"TimeSpan.Total{name}", "property", parameters(T), F, total_sql, lambda v: v / float(unit),
                 f"A span in {name.lower()} and fractions of them.", nesting=4),
        Function(f"TimeSpan.From{name}", "static", parameters(F), T, _span_sql(unit), _span(unit),
                 f"A span of so many {name.lower()}.", classes=_SPAN, nesting=12),
    )  # fmt: skip


def _text(span: int) -> str:
    """`[-][d.]hh:mm:ss[.fffffff]`."""
    whole, rest = divmod(abs(span), 1_000_000)
    days, seconds = divmod(whole, 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{rest:06}0" if rest else "")
    return ("-" if span < 0 else "") + (f"{days}." if days else "") + clock


def _days_in_month(year: int, month: int) -> int | None:
    return monthrange(year, month)[1] if 1 <= year <= 9999 and 1 <= month <= 12 else None


def _days_in_month_sql(year: "exp.Expression", month: "exp.Expression") -> "exp.Expression":
    """A year of four digits and a month of two are a date, anything else is none."""
    padded = [
        sql.call("LPAD", sql.cast_to(each, "VARCHAR"), sql.number(width), sql.text("0"))
        for each, width in ((year, 4), (month, 2))
    ]
    known = [
        sql.between(year.copy(), sql.number(1), sql.number(9999)),
        sql.between(month.copy(), sql.number(1), sql.number(12)),
    ]
    text = sql.operation("DPipe", padded[0], padded[1])
    first = sql.plain_call("TRY_STRPTIME", text, sql.text("%Y%m"))
    return sql.case([(sql.joined("And", known), sql.plain_call("DAY", sql.plain_call("LAST_DAY", first)))], None)


def _bound_pair(body: "Callable[[exp.Expression, exp.Expression], exp.Expression]") -> "Callable[..., exp.Expression]":
    def made(first: "exp.Expression", second: "exp.Expression") -> "exp.Expression":
        return sql.bound(first, lambda one: sql.bound(second, lambda two: body(one.copy(), two.copy()), "_two"), "_one")

    return made


TIME_FUNCTIONS = (
    *(function for name in UNITS for function in _of_span(name)),
    Function("AddTicks", "method", parameters(D, I), D,
             lambda date, ticks: _later_sql(date, sql.operation("IntDiv", ticks, sql.number(10))),
             lambda date, ticks: _later(date, abs(ticks) // 10 * (1 if ticks >= 0 else -1)),
             "Some 100-nanosecond ticks later, down to the microsecond.", nesting=9),
    Function("DateTime.Difference", "operator", parameters(D, D), T, _difference_sql,
             lambda left, right: _microseconds(left - right), "The time from the second date to the first."),
    Function("DateTime.Later", "operator", parameters(D, T), D, _later_sql, _later, "A span later.", nesting=9),
    Function("DateTime.Earlier", "operator", parameters(D, T), D, _earlier_sql,
             lambda date, span: _later(date, -span), "A span earlier.", nesting=9),
    Function("TimeSpan.Sum", "operator", parameters(T, T), T,
             lambda left, right: _within(sql.operation("Add", left, right)), lambda left, right: _in_span(left + right),
             "Two spans together.", nesting=6),
    Function("TimeSpan.Difference", "operator", parameters(T, T), T,
             lambda left, right: _within(sql.operation("Sub", left, right)), lambda left, right: _in_span(left - right),
             "What a span is longer than another.", nesting=6),
    Function("TimeSpan.ToString", "method", parameters(T), S, None, _text, "A span as `[-][d.]hh:mm:ss[.fffffff]`."),
    Function("TimeSpan.Ticks", "property", parameters(T), I, lambda v: sql.operation("Mul", v, sql.number(10)),
             lambda v: v * 10, "A span in 100-nanosecond ticks."),
    Function("DateTime.Ticks", "property", parameters(D), I,
             lambda v: sql.operation("Mul", sql.operation("Add", sql.plain_call("EPOCH_US", v), sql.number(_SINCE_1)),
                                     sql.number(10)),
             lambda v: _microseconds(v - datetime(1, 1, 1)) * 10,
             "The 100-nanosecond ticks since the year 1.", nesting=5),
    Function("DateTime.TimeOfDay", "property", parameters(D), T,
             lambda v: sql.operation("Mod", sql.operation("Add", sql.plain_call("EPOCH_US", v), sql.number(_SINCE_1)),
                                     sql.number(86_400_000_000)),
             lambda v: _microseconds(v - v.replace(hour=0, minute=0, second=0, microsecond=0)),
             "The time since midnight.", nesting=5),
    Function("DateTime.DayOfYear", "property", parameters(D), I, lambda v: sql.plain_call("DAYOFYEAR", v),
             lambda v: v.timetuple().tm_yday, "The day of the year, from 1."),
    Function("DateTime.DayOfWeek", "property", parameters(D), S, lambda v: sql.call("STRFTIME", v, sql.text("%A")),
             lambda v: DAYS[v.weekday()], "The day of the week, by its English name."),
    Function("DateTime.Millisecond", "property", parameters(D), I,
             lambda v: sql.operation("Mod", sql.plain_call("MILLISECOND", v), sql.number(1000)),
             lambda v: v.microsecond // 1000, "The milliseconds of the second.", nesting=3),
    Function("DateTime.DaysInMonth", "static", parameters(I, I), I, _bound_pair(_days_in_month_sql), _days_in_month,
             "How many days a month of a year has.", classes=_DATE, nesting=16),
)  # fmt: skip
