"""The functions over lists, one entry each: SQL over DuckDB's lists, and the same over Python's.

Null in, null out, unless an entry `takes_null`. Lists keep their order. What C# would raise an exception for is null.
"""

import math
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from compiler.expressions import sql
from compiler.expressions.regular_expressions import python_pattern

if TYPE_CHECKING:
    from sqlglot import exp

_WIDE = 2**63
_LONGEST = 2**31 - 1


class ListFunction(Struct, frozen=True):
    """One function; `nesting` is how deep its SQL is."""

    name: str
    sql: "Callable[..., exp.Expression]"
    python: Callable[..., object]
    takes_null: bool = False
    nesting: int = 3


def _length(items: "exp.Expression") -> "exp.Expression":
    return sql.plain_call("LEN", items)


def _single_sql(items: "exp.Expression") -> "exp.Expression":
    return sql.bound(
        items,
        lambda it: sql.case([(sql.operation("EQ", _length(it.copy()), sql.number(1)), sql.first(it.copy()))], None),
        "_only",
    )


def _at_sql(items: "exp.Expression", index: "exp.Expression") -> "exp.Expression":
    def item(at: "exp.Expression") -> "exp.Expression":
        inside = sql.operation("GTE", at.copy(), sql.number(0))
        found = sql.plain_call("LIST_EXTRACT", items, sql.operation("Add", at.copy(), sql.number(1)))
        return sql.case([(inside, found)], None)

    return sql.bound(index, item, "_at")


def _at(items: list[object], index: int) -> object:
    return items[index] if 0 <= index < len(items) else None


def _skip_sql(items: "exp.Expression", count: "exp.Expression") -> "exp.Expression":
    return sql.plain_call("LIST_SLICE", items, _plus_one(_count(count)), sql.number(_LONGEST))


def _skip_last_sql(items: "exp.Expression", count: "exp.Expression") -> "exp.Expression":
    last = sql.number(-_constant(count) - 1) if _is_constant(count) else _negative(_plus_one(_count(count)))
    return sql.plain_call("LIST_SLICE", items, sql.number(1), last)


def _take_sql(items: "exp.Expression", count: "exp.Expression") -> "exp.Expression":
    return sql.plain_call("LIST_SLICE", items, sql.number(1), _count(count))


def _count(count: "exp.Expression") -> "exp.Expression":
    """How many: less than nothing is nothing, and no list is longer than the longest."""
    if _is_constant(count):
        return sql.number(_constant(count))
    within = sql.call("LEAST", sql.call("GREATEST", count.copy(), sql.number(0)), sql.number(_LONGEST - 1))
    return sql.case([(sql.negation(sql.is_null(count)), within)], None)


def _plus_one(count: "exp.Expression") -> "exp.Expression":
    return sql.number(_constant(count) + 1) if _is_constant(count) else sql.operation("Add", count, sql.number(1))


def _negative(count: "exp.Expression") -> "exp.Expression":
    return sql.operation("Sub", sql.number(0), count)


def _is_constant(count: "exp.Expression") -> bool:
    return isinstance(count.to_py() if count.is_int else None, int)


def _take_last_sql(items: "exp.Expression", count: "exp.Expression") -> "exp.Expression":
    """The last so many of a list are the first so many of it turned round."""
    turned = sql.plain_call("LIST_SLICE", sql.plain_call("LIST_REVERSE", items), sql.number(1), _count(count))
    return sql.plain_call("LIST_REVERSE", turned)


def _index_sql(items: "exp.Expression", item: "exp.Expression") -> "exp.Expression":
    found = sql.coalesce(sql.plain_call("LIST_POSITION", items, item), sql.number(0))
    return sql.operation("Sub", found, sql.number(1))


def _constant(count: "exp.Expression") -> int:
    """A constant count; less than nothing is nothing."""
    return min(max(int(str(count.to_py())), 0), _LONGEST - 1)


def _distinct_sql(items: "exp.Expression") -> "exp.Expression":
    def first_of_each(it: "exp.Expression") -> "exp.Expression":
        return sql.each_numbered(
            "LIST_FILTER",
            it.copy(),
            lambda item, number: sql.operation("EQ", sql.plain_call("LIST_POSITION", it.copy(), item), number),
        )

    return sql.bound(items, first_of_each, "_all")


def _distinct(items: list[object]) -> list[object]:
    return list(dict.fromkeys(items))


def _contains_sql(items: "exp.Expression", item: "exp.Expression") -> "exp.Expression":
    def found(it: "exp.Expression") -> "exp.Expression":
        place = sql.coalesce(sql.plain_call("LIST_POSITION", it.copy(), item), sql.number(0))
        known = sql.negation(sql.is_null(it.copy()))
        return sql.case([(known, sql.operation("GT", place, sql.number(0)))], None)

    return sql.bound(items, found, "_all")


def _present(items: list[Any]) -> list[Any]:
    return [each for each in items if each is not None]


def _sum_sql(kind: str) -> "Callable[[exp.Expression], exp.Expression]":
    def total(items: "exp.Expression") -> "exp.Expression":
        def of(it: "exp.Expression") -> "exp.Expression":
            known = sql.negation(sql.is_null(it.copy()))
            found = sql.try_cast(sql.coalesce(sql.plain_call("LIST_SUM", it.copy()), sql.number(0)), kind)
            return sql.case([(known, found)], None)

        return sql.bound(items, of, "_all")

    return total


def _sum_integer(items: list[Any]) -> int | None:
    total = sum(_present(items))
    return total if -_WIDE <= total < _WIDE else None


def _sum_double(items: list[Any]) -> float:
    return reduce(lambda total, each: total + each, _present(items), 0.0)


def _average(items: list[Any]) -> float | None:
    found = _present(items)
    return math.fsum(found) / len(found) if found else None


def _joined_sql(separator: "exp.Expression", items: "exp.Expression") -> "exp.Expression":
    filled = sql.each("LIST_TRANSFORM", items, lambda item: sql.coalesce(item, sql.text("")), "_item")
    return sql.plain_call("ARRAY_TO_STRING", filled, sql.coalesce(separator, sql.text("")))


def _joined(separator: str | None, items: list[Any] | None) -> str | None:
    return None if items is None else (separator or "").join("" if each is None else str(each) for each in items)


def _characters_sql(value: "exp.Expression") -> "exp.Expression":
    pieces = sql.plain_call("STRING_SPLIT", value, sql.text(""))
    return sql.each("LIST_FILTER", pieces, lambda item: sql.operation("NEQ", item, sql.text("")), "_item")


def _split(value: str, *separators: str) -> list[str]:
    pieces = [value]
    for separator in separators:
        pieces = [part for piece in pieces for part in piece.split(separator)]
    return pieces


def _split_sql(value: "exp.Expression", *separators: "exp.Expression") -> "exp.Expression":
    """Any of several separators, all constant: the later ones become the first."""
    for other in separators[1:]:
        value = sql.call("REPLACE", value, other, separators[0].copy())
    return sql.plain_call("STRING_SPLIT", value, separators[0])


def _list_sql(*items: "exp.Expression") -> "exp.Expression":
    from sqlglot import exp

    return exp.Array(expressions=list(items))


def _map_sql(*entries: "exp.Expression") -> "exp.Expression":
    """DuckDB fails on a key that is null or stands twice: the first is left out, of the second the last entry stays."""
    maps = [_entry_sql(key, value) for key, value in zip(entries[::2], entries[1::2], strict=True)]
    if not maps:
        return _as_map(sql.plain_call("MAP", _list_sql(), _list_sql()))
    return maps[0] if len(maps) == 1 else sql.plain_call("MAP_CONCAT", *maps)


def _entry_sql(key: "exp.Expression", value: "exp.Expression") -> "exp.Expression":
    def entry(it: "exp.Expression") -> "exp.Expression":
        known = sql.negation(sql.is_null(it.copy()))
        one = sql.plain_call("MAP", _list_sql(it.copy()), _list_sql(value))
        return _as_map(sql.case([(known, one)], sql.plain_call("MAP", _list_sql(), _list_sql())))

    return sql.bound(key, entry, "_key")


def _as_map(value: "exp.Expression") -> "exp.Expression":
    return sql.cast_to(value, "MAP(VARCHAR, VARCHAR)")


def _put_sql(entries: "exp.Expression", key: "exp.Expression", value: "exp.Expression") -> "exp.Expression":
    return sql.plain_call("MAP_CONCAT", entries, _entry_sql(key, value))


def _map(*entries: Any) -> dict[str, str | None]:
    return {key: value for key, value in zip(entries[::2], entries[1::2], strict=True) if key is not None}


def _put(entries: dict[str, str | None] | None, key: str | None, value: str | None) -> dict[str, str | None]:
    return {**(entries or {}), **_map(key, value)}


LIST_FUNCTIONS = {
    each.name: each
    for each in (
        ListFunction("count", _length, len),
        ListFunction("any", lambda it: sql.operation("GT", _length(it), sql.number(0)), lambda it: len(it) > 0),
        ListFunction("first", sql.first, lambda it: it[0] if it else None),
        ListFunction(
            "last", lambda it: sql.plain_call("LIST_EXTRACT", it, sql.number(-1)), lambda it: it[-1] if it else None
        ),
        ListFunction("single", _single_sql, lambda it: it[0] if len(it) == 1 else None, nesting=7),
        ListFunction("at", _at_sql, _at, nesting=8),
        ListFunction("skip", _skip_sql, lambda it, n: it[max(n, 0) :]),
        ListFunction("skiplast", _skip_last_sql, lambda it, n: it[: max(len(it) - max(n, 0), 0)]),
        ListFunction("take", _take_sql, lambda it, n: it[: max(n, 0)]),
        ListFunction("takelast", _take_last_sql, lambda it, n: it[-n:] if n > 0 else []),
        ListFunction("index", _index_sql, lambda it, x: it.index(x) if x in it else -1, takes_null=False, nesting=4),
        ListFunction("equal", lambda a, b: sql.operation("NullSafeEQ", a, b), lambda a, b: a == b),
        ListFunction("reverse", lambda it: sql.plain_call("LIST_REVERSE", it), lambda it: it[::-1]),
        ListFunction("distinct", _distinct_sql, _distinct, nesting=8),
        ListFunction(
            "contains", _contains_sql, lambda it, x: None if it is None else x in it, takes_null=True, nesting=10
        ),
        ListFunction("min", lambda it: sql.plain_call("LIST_MIN", it), lambda it: min(_present(it), default=None)),
        ListFunction("max", lambda it: sql.plain_call("LIST_MAX", it), lambda it: max(_present(it), default=None)),
        ListFunction("sum_integer", _sum_sql("BIGINT"), _sum_integer, nesting=9),
        ListFunction("sum_double", _sum_sql("DOUBLE"), _sum_double, nesting=9),
        ListFunction("average", lambda it: sql.plain_call("LIST_AVG", it), _average),
        ListFunction("join", _joined_sql, _joined, takes_null=True, nesting=5),
        ListFunction(
            "concat", lambda *it: sql.plain_call("LIST_CONCAT", *it), lambda *it: [x for each in it for x in each]
        ),
        ListFunction("characters", _characters_sql, list, nesting=5),
        ListFunction("split", _split_sql, _split, nesting=3),
        ListFunction(
            "matches",
            lambda v, p: sql.plain_call("REGEXP_EXTRACT_ALL", v, p),
            lambda v, p: [each[0] for each in python_pattern(p).finditer(v)],
        ),
        ListFunction(
            "splitat",
            lambda v, p: sql.plain_call("STRING_SPLIT_REGEX", v, p),
            lambda v, p: python_pattern(p).split(v),
        ),
        ListFunction("listof", _list_sql, lambda *items: list(items), takes_null=True),
        ListFunction("mapof", _map_sql, _map, takes_null=True, nesting=9),
        ListFunction("put", _put_sql, _put, takes_null=True, nesting=10),
        ListFunction("haskey", lambda m, k: sql.plain_call("MAP_CONTAINS", m, k), lambda m, k: k in m),
        ListFunction("value", lambda m, k: sql.plain_call("MAP_EXTRACT_VALUE", m, k), lambda m, k: m.get(k)),
    )
}
"""By the name that a `ListCall` has."""
