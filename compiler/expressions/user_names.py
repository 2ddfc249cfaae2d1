"""Names of a person go in, a user name comes out, in SQL and in Python (provisioning.md §4.6).

All arguments may be null: a name, separator or suffix then counts as empty, an iteration as 0.
"""

import re
from typing import TYPE_CHECKING

from compiler.expressions import folding, sql

if TYPE_CHECKING:
    from sqlglot import exp


def build_username(
    first: str | None, last: str | None, separator: str | None, suffix: str | None, iteration: int | None
) -> str:
    """Both names simplified around the separator, then the iteration where it is more than 0, then the suffix."""
    number = str(iteration) if iteration and iteration > 0 else ""
    return _simple(first) + (separator or "") + _simple(last) + number + (suffix or "")


def build_username_sql(
    first: "exp.Expression",
    last: "exp.Expression",
    separator: "exp.Expression",
    suffix: "exp.Expression",
    iteration: "exp.Expression",
) -> "exp.Expression":
    """The same in SQL."""
    number = sql.bound(
        iteration,
        lambda it: sql.case([(sql.operation("GT", it.copy(), sql.number(0)), sql.cast_to(it.copy(), "VARCHAR"))], None),
        "_iteration",
    )
    names = [folding.simplify_sql(first), separator, folding.simplify_sql(last)]
    return sql.call("CONCAT", *names, number, suffix)


def build_username_with_initials(
    first: str | None,
    last: str | None,
    separator: str | None,
    suffix: str | None,
    longest: int | None,
    iteration: int | None,
) -> str:
    """The initials of the first name's parts, the separator, the last name, the suffix; at most `longest` characters.

    Each iteration takes one more letter of the first name, part after part; when there are none left, it is a number
    after the last name. What is too long is cut from the last name, and where that is not enough from the end.
    """
    initials, left = _initials(first, iteration or 0)
    number = str(left) if left else ""
    start, end = initials + (separator or ""), number + (suffix or "")
    name = _simple(last)
    if longest is None or longest < 0:
        return start + name + end
    return (start + name[: max(0, longest - len(start) - len(end))] + end)[:longest]


def _initials(first: str | None, iteration: int) -> tuple[str, int]:
    """The first letters of the parts of a first name, and the iterations for which no letter was left."""
    parts = [part for part in map(_simple, re.split(r"[\s-]+", first or "")) if part]
    taken, left = [1] * len(parts), max(0, iteration)
    for number, part in enumerate(parts):
        more = min(left, len(part) - 1)
        taken[number] += more
        left -= more
    return "".join(part[:count] for part, count in zip(parts, taken, strict=True)), left


def _simple(name: str | None) -> str:
    return folding.simplify(name or "")
