"""Values in, sqlglot nodes out: the few shapes from which every expression's SQL is put together (dialect DuckDB).

Texts of authors only ever become `text(...)`, a literal node, so they cannot become SQL.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sqlglot import exp

_BOUND = "_bound"


def call(name: str, *arguments: "exp.Expression") -> "exp.Expression":
    """A function call; functions that sqlglot knows become its own nodes, so that it can translate them."""
    from sqlglot import exp

    return cast("exp.Expression", exp.func(name, *arguments, dialect="duckdb"))


def plain_call(name: str, *arguments: "exp.Expression") -> "exp.Expression":
    """A call of a function that only DuckDB has, or that sqlglot would write in another way."""
    from sqlglot import exp

    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> "exp.Expression":
    """A text constant."""
    from sqlglot import exp

    return exp.Literal.string(value)


def number(value: int | float) -> "exp.Expression":
    """A number constant; integers are BIGINT and reals DOUBLE, whatever their size."""
    from sqlglot import exp

    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE", dialect="duckdb")
    if -(2**31) < value < 2**31:
        return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    return exp.cast(exp.Literal.string(str(value)), "BIGINT", dialect="duckdb")


def boolean(value: bool) -> "exp.Expression":
    """TRUE or FALSE."""
    from sqlglot import exp

    return exp.Boolean(this=value)


def null() -> "exp.Expression":
    """NULL."""
    from sqlglot import exp

    return exp.Null()


def timestamp(value: str) -> "exp.Expression":
    """A point in time from `yyyy-mm-dd hh:mm:ss`."""
    from sqlglot import exp

    return exp.cast(exp.Literal.string(value), "TIMESTAMP", dialect="duckdb")


def cast_to(value: "exp.Expression", sql_type: str) -> "exp.Expression":
    """CAST; only where it cannot fail."""
    from sqlglot import exp

    return exp.cast(value, sql_type, dialect="duckdb")


def try_cast(value: "exp.Expression", sql_type: str) -> "exp.Expression":
    """TRY_CAST: null for a value that is not of the type."""
    from sqlglot import exp

    return exp.TryCast(this=value, to=exp.DataType.build(sql_type, dialect="duckdb"))


def attempt(value: "exp.Expression") -> "exp.Expression":
    """TRY: null where the evaluation fails (overflow, division by zero)."""
    from sqlglot import exp

    return exp.Try(this=value)


def operation(kind: str, left: "exp.Expression", right: "exp.Expression") -> "exp.Expression":
    """Two operands under a sqlglot operator, named by its class; both in parentheses where they need them."""
    from sqlglot import exp

    node: type[exp.Expression] = getattr(exp, kind)
    return node(this=_wrapped(left), expression=_wrapped(right))


def negation(value: "exp.Expression") -> "exp.Expression":
    """NOT."""
    from sqlglot import exp

    return exp.Not(this=_wrapped(value))


def joined(kind: str, operands: "list[exp.Expression]") -> "exp.Expression":
    """Many operands under AND or OR."""
    from sqlglot import exp

    combine = exp.and_ if kind == "And" else exp.or_
    return cast("exp.Expression", combine(*operands, copy=False))


def is_null(value: "exp.Expression") -> "exp.Expression":
    """IS NULL."""
    from sqlglot import exp

    return exp.Is(this=_wrapped(value), expression=exp.Null())


def coalesce(*values: "exp.Expression") -> "exp.Expression":
    """The first that is not null."""
    from sqlglot import exp

    return exp.Coalesce(this=values[0], expressions=list(values[1:]))


def case(branches: "list[tuple[exp.Expression, exp.Expression]]", default: "exp.Expression | None") -> "exp.Expression":
    """CASE WHEN … THEN … ELSE … END."""
    from sqlglot import exp

    return exp.Case(ifs=[exp.If(this=test, true=value) for test, value in branches], default=default)


def choice(value: "exp.Expression", branches: "list[tuple[exp.Expression, exp.Expression]]") -> "exp.Expression":
    """CASE value WHEN … THEN … END; null for any other value."""
    from sqlglot import exp

    return exp.Case(this=value, ifs=[exp.If(this=equal, true=then) for equal, then in branches])


def between(value: "exp.Expression", low: "exp.Expression", high: "exp.Expression") -> "exp.Expression":
    """BETWEEN, both ends included."""
    from sqlglot import exp

    return exp.Between(this=_wrapped(value), low=_wrapped(low), high=_wrapped(high))


def each(
    function: str, items: "exp.Expression", body: "Callable[[exp.Expression], exp.Expression]", name: str = _BOUND
) -> "exp.Expression":
    """LIST_TRANSFORM or LIST_FILTER with `body` as its lambda."""
    from sqlglot import exp

    lambda_ = exp.Lambda(this=body(exp.column(name)), expressions=[exp.to_identifier(name)])
    return plain_call(function, items, lambda_)


def each_numbered(
    function: str,
    items: "exp.Expression",
    body: "Callable[[exp.Expression, exp.Expression], exp.Expression]",
    name: str = "_item",
    number: str = "_number",
) -> "exp.Expression":
    """As `each`; `body` also gets the item's number, from 1."""
    from sqlglot import exp

    names = [exp.to_identifier(name), exp.to_identifier(number)]
    return plain_call(function, items, exp.Lambda(this=body(exp.column(name), exp.column(number)), expressions=names))


def reduced(
    items: "exp.Expression", body: "exp.Expression", names: tuple[str, str], start: "exp.Expression"
) -> "exp.Expression":
    """LIST_REDUCE; `names` are those of what came before and of the item in the body."""
    from sqlglot import exp

    lambda_ = exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in names])
    return plain_call("LIST_REDUCE", items, lambda_, start)


def record(**fields: "exp.Expression") -> "exp.Expression":
    """A STRUCT."""
    from sqlglot import exp

    pairs = [
        exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=each) for name, each in fields.items()
    ]
    return exp.Struct(expressions=pairs)


def field(value: "exp.Expression", name: str) -> "exp.Expression":
    """A field of a STRUCT."""
    return plain_call("STRUCT_EXTRACT", value, text(name))


def bound(
    value: "exp.Expression", body: "Callable[[exp.Expression], exp.Expression]", name: str = _BOUND
) -> "exp.Expression":
    """`body` of a value that it uses more than once (each time as a copy), written and computed once.

    A column or literal is simply repeated; anything else is bound by a one-element list and a lambda, so that the
    size of the SQL stays proportional to the size of the expression. `name` keeps nested bindings apart.
    """
    from sqlglot import exp

    if isinstance(value, (exp.Column, exp.Literal)):
        return body(value)
    return first(each("LIST_TRANSFORM", exp.Array(expressions=[value]), body, name))


def only_if(value: "exp.Expression", test: "Callable[[exp.Expression], exp.Expression]") -> "exp.Expression":
    """The value where `test` of it holds, else null; the value is written once."""
    from sqlglot import exp

    return first(each("LIST_FILTER", exp.Array(expressions=[value]), test))


def first(items: "exp.Expression") -> "exp.Expression":
    """The first item of a list, null for an empty one."""
    return plain_call("LIST_EXTRACT", items, number(1))


def _wrapped(value: "exp.Expression") -> "exp.Expression":
    from sqlglot import exp

    needs = isinstance(value, (exp.Binary, exp.Not, exp.Neg, exp.Case, exp.Between))
    return exp.Paren(this=value) if needs else value
