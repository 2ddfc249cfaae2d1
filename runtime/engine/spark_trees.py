"""A tree of a statement in; its parts out: queries inside it, expressions of one row, what those are made of."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runtime.engine.spark_functions import AGGREGATES, GATHERING

if TYPE_CHECKING:
    from sqlglot import exp


def name_of(node: "exp.Expr") -> str:
    """The name of a function in capitals; empty for what is no call."""
    from sqlglot import exp

    return str(node.this).upper() if isinstance(node, exp.Anonymous) else ""


def is_query(node: "exp.Expr") -> bool:
    """Whether a node is a query."""
    from sqlglot import exp

    return isinstance(node, exp.Query | exp.Subquery)


def is_aggregate(node: "exp.Expr") -> bool:
    """Whether a node is a function of many rows."""
    return name_of(node) in AGGREGATES or name_of(node) in GATHERING


def is_edge(node: "exp.Expr") -> bool:
    """What is of many rows: an expression over one row ends there."""
    from sqlglot import exp

    return is_query(node) or is_aggregate(node) or isinstance(node, exp.Window | exp.Filter)


def within(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """An expression and what is in it, subqueries left out."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if not is_query(each):
            waiting += each.iter_expressions()


def inside(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """The parts of an expression that are of one row."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if is_edge(each):
            continue
        yield each
        waiting += each.iter_expressions()


def edges(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """What ends an expression of one row."""
    waiting = list(node.iter_expressions())
    while waiting:
        each = waiting.pop()
        if is_edge(each):
            yield each
        else:
            waiting += each.iter_expressions()


def leaves(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """The columns that an expression reads, and what in it is of many rows."""
    from sqlglot import exp

    waiting: list[tuple[exp.Expr, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        each, bound = waiting.pop()
        if isinstance(each, exp.Column) and (each.table or each.name not in bound) or is_edge(each):
            yield each
            continue
        if isinstance(each, exp.Lambda):
            bound |= {name.name for name in each.expressions}
        waiting += [(child, bound) for child in each.iter_expressions()]


def nested(query: "exp.Expr") -> "Iterator[exp.Expr]":
    """The queries directly inside a query."""
    from sqlglot import exp

    waiting = list(query.iter_expressions())
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.Select | exp.SetOperation):
            yield each
        else:
            waiting += each.iter_expressions()


def parts(select: "exp.Select") -> "Iterator[exp.Expr]":
    """The expressions of a SELECT, wherever they stand."""
    yield from list(select.expressions)
    for name in ("where", "having", "qualify"):
        if select.args.get(name):
            yield select.args[name].this
    for name in ("group", "order"):
        if select.args.get(name):
            yield from list(select.args[name].expressions)
    distinct = select.args.get("distinct")
    if distinct and distinct.args.get("on"):
        yield distinct.args["on"]
    yield from conditions(select)


def conditions(select: "exp.Select") -> "Iterator[exp.Expr]":
    """What the joins of a SELECT ask for."""
    from sqlglot import exp

    waiting = [*(select.args.get("joins") or ())]
    held = select.args.get("from_")
    waiting += [held] if held else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.Join) and each.args.get("on"):
            yield each.args["on"]
        if not isinstance(each, exp.Select | exp.SetOperation):
            waiting += [it for it in each.iter_expressions() if isinstance(it, exp.Join | exp.Table | exp.Subquery)]


def is_constant(select: "exp.Select") -> bool:
    """Whether a query reads nothing: no table, and no column of a query around it."""
    from sqlglot import exp

    return not select.find(exp.Table) and not select.find(exp.Column) and not select.find(exp.Values)


def expand_group_by_all(select: "exp.Select") -> None:
    """Name the keys of GROUP BY ALL by their places."""
    from sqlglot import exp

    group = select.args.get("group")
    if group and group.args.get("all"):
        keys = [
            exp.Literal.number(index)
            for index, each in enumerate(select.expressions, 1)
            if not any(is_aggregate(it) for it in within(each))
        ]
        select.set("group", exp.Group(expressions=keys) if keys else None)


def own_columns(select: "exp.Select") -> "Iterator[exp.Expr]":
    """The columns that the expressions of a SELECT read, those of its subqueries left out."""
    from sqlglot import exp

    for part in parts(select):
        yield from (each for each in within(part) if isinstance(each, exp.Column))


def is_rowid(column: "exp.Expr") -> bool:
    """Whether a column is the number of a row."""
    return column.name.casefold() == "rowid"


def wants_rowid(table: "exp.Table") -> bool:
    """Whether the SELECT around a table reads the numbers of its rows."""
    from sqlglot import exp

    select = table.find_ancestor(exp.Select)
    name = table.alias_or_name.casefold()
    columns = own_columns(select) if select else iter(())
    return any(is_rowid(each) and each.text("table").casefold() in ("", name) for each in columns)
