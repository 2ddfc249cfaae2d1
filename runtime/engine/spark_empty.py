"""A query, and which tables have no rows, in; whether it can give no rows either, out: then Spark is not asked."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from runtime.engine.spark_trees import is_aggregate, within

if TYPE_CHECKING:
    from sqlglot import exp

IsEmpty = Callable[["exp.Table"], bool]
"""Whether a table is known to have no rows."""


def gives_nothing(query: "exp.Expr", is_empty: IsEmpty) -> bool:
    """Whether a query is known to give no rows. One that counts gives a row whatever it reads."""
    from sqlglot import exp

    if isinstance(query, exp.Subquery):
        return gives_nothing(query.this, is_empty)
    if isinstance(query, exp.Union):
        return gives_nothing(query.left, is_empty) and gives_nothing(query.right, is_empty)
    if not isinstance(query, exp.Select) or _counts(query):
        return False
    where = query.args.get("where")
    return (where is not None and _is_false(where.this)) or _reads_nothing(query, is_empty)


def _counts(select: "exp.Select") -> bool:
    """Whether all rows become one."""
    from sqlglot import exp

    if select.args.get("group"):
        return False
    windows = [each for column in select.expressions for each in column.find_all(exp.Window)]
    return not windows and any(is_aggregate(each) for column in select.expressions for each in within(column))


def _is_false(condition: "exp.Expr") -> bool:
    from sqlglot import exp

    return isinstance(condition, exp.Boolean) and not condition.this


def _reads_nothing(select: "exp.Select", is_empty: IsEmpty) -> bool:
    source = select.args.get("from_")
    if source is None:
        return False
    found = _is_empty(source.this, is_empty)
    for join in (*(source.this.args.get("joins") or ()), *(select.args.get("joins") or ())):
        other, side = _is_empty(join.this, is_empty), join.side or join.kind
        if side == "FULL":
            found = found and other
        elif side in ("", "INNER", "CROSS", "SEMI"):
            found = found or other
        elif side == "RIGHT":
            found = other
    return found


def _is_empty(relation: "exp.Expr", is_empty: IsEmpty) -> bool:
    from sqlglot import exp

    if isinstance(relation, exp.Table):
        return isinstance(relation.this, exp.Identifier) and is_empty(relation)
    return isinstance(relation, exp.Subquery) and gives_nothing(relation.this, is_empty)
