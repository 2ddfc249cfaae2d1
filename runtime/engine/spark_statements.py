"""A statement and its parameters in; its tree, closed, and whether the driver can answer it alone, out."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from runtime.engine import spark_sql
from runtime.engine.spark_tables import Key

if TYPE_CHECKING:
    from sqlglot import exp

ON_DRIVER = ("state", "information_schema")
"""The schemas whose tables are the driver's: a few rows each, asked for one at a time."""

_LONG = 100
_PLACE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|(\?)")

Keep = Callable[[object], str]
"""Keeps a long list; gives the name it is known under."""


def bound(sql: str, parameters: Sequence[object], keep: Keep) -> "exp.Expr":
    """The tree of a statement, its parameters put in as constants."""
    from sqlglot import exp

    tree = spark_sql.parsed(_numbered(sql)).copy()
    for each in list(tree.find_all(exp.Parameter, exp.Placeholder)):
        each.replace(_constant(parameters[int(each.name) - 1], keep))
    return tree


def is_of_driver(tree: "exp.Expr") -> bool:
    """Whether a statement reads and changes nothing but what the driver has."""
    from sqlglot import exp

    if isinstance(tree, exp.Describe):
        return True
    ctes = {each.alias.casefold() for each in tree.find_all(exp.CTE)}
    return all(_is_of_driver(table, ctes) for table in tree.find_all(exp.Table))


def is_creation(tree: "exp.Expr") -> bool:
    """Whether a statement makes a table out of a query."""
    from sqlglot import exp

    return isinstance(tree, exp.Create) and tree.expression is not None


def is_temporary(key: Key) -> bool:
    """Whether a table ends with the process."""
    return key[0] == "temp"


def _is_of_driver(table: "exp.Table", ctes: set[str]) -> bool:
    from sqlglot import exp

    if isinstance(table.this, exp.Identifier):
        return table.db.casefold() in ON_DRIVER or (not table.db and table.name.casefold() in ctes)
    return table.this is None or table.this.name.upper() != "READ_PARQUET"


def _numbered(sql: str) -> str:
    """The statement with its parameters named $1, $2 …"""
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        if match[1] is None:
            return match[0]
        count += 1
        return f"${count}"

    return _PLACE.sub(number, sql)


def _constant(value: object, keep: Keep) -> "exp.Expr":
    from sqlglot import exp

    if isinstance(value, list | tuple):
        if len(value) > _LONG:
            return exp.Anonymous(this="GETVARIABLE", expressions=[exp.Literal.string(keep(list(value)))])
        return exp.Array(expressions=[_constant(each, keep) for each in value])
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    if isinstance(value, str):
        return exp.Literal.string(value)
    raise spark_sql.Unsupported(f"a parameter of type {type(value).__name__} is not known on Spark")
