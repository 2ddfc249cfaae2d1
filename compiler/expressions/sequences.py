"""Nodes over lists go in, DuckDB SQL over LIST columns comes out.

A collection of resources is one LIST column of STRUCTs, made by whoever makes the query (`Rows`): an item holds what
the expression reads of a resource, asked for while it is lowered. What is done to a list is a list function of DuckDB
with a lambda, so that a row of the query stays a row.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from compiler.expressions import sql
from compiler.expressions.list_functions import LIST_FUNCTIONS
from compiler.expressions.measure import nodes
from compiler.expressions.tree import (
    Binary,
    Each,
    Expression,
    Fold,
    Item,
    ListCall,
    Path,
    Sorted,
    Store,
)
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

Segments = tuple[str, ...]


class Rows(Protocol):
    """A LIST column of resources."""

    def value(self) -> "exp.Expression":
        """The column."""

    def field(self, path: Segments) -> str:
        """The field of an item that holds a scalar's internal text, or the id of a resource."""

    def collection(self, path: Segments) -> "tuple[str, Rows]":
        """The field of an item that holds a further LIST, and what its items are."""


class Query(Protocol):
    """A LIST of what a query over a whole entity type finds, before its column is made."""

    def column(self, path: Segments) -> "exp.Expression":
        """A value of the resource in question, inside the query."""

    def rows(
        self,
        where: "Sequence[exp.Expression]",
        keys: "Sequence[tuple[exp.Expression, exp.Expression]]",
        order: "Sequence[tuple[exp.Expression, bool]]",
    ) -> Rows:
        """The LIST of those for which `where` holds and whose keys, inside, are equal to values of the row outside."""


class Columns(Protocol):
    """What makes the columns of a query that expressions become part of."""

    def __call__(self, path: Segments, /) -> "exp.Expression":
        """The VARCHAR that holds a scalar, or the BIGINT id of the resource that a path arrives at."""

    def collection(self, path: Segments) -> Rows:
        """The LIST of a multi-valued navigation; null where the resource before it is missing."""

    def query(self, entity_type: str) -> Query:
        """A query over all resources of an entity type."""


class Variable(Struct, frozen=True):
    """What an `Item` reads: a parameter of a lambda, or a resource of the query that is being made."""

    column: "Callable[[Segments], exp.Expression]"
    is_text: bool
    collection: "Callable[[Segments], tuple[exp.Expression, Rows]] | None" = None


class Frame:
    """The columns of the query, and the variables around a node."""

    def __init__(
        self,
        columns: "Callable[[Segments], exp.Expression]",
        lower: "Callable[[Expression, Frame], exp.Expression]",
        variables: dict[int, Variable] | None = None,
    ) -> None:
        self.columns = columns
        self._lower = lower
        self.variables = variables or {}

    def __call__(self, path: Segments) -> "exp.Expression":
        return self.columns(path)

    def value(self, tree: Expression) -> "exp.Expression":
        """The native value of a node in this frame."""
        return self._lower(tree, self)

    def inside(self, number: int, variable: Variable) -> "Frame":
        """The frame in which a variable is known."""
        return Frame(self.columns, self._lower, {**self.variables, number: variable})


def item(tree: Item, frame: Frame) -> "tuple[exp.Expression, bool]":
    """What a variable holds, and whether it is internal text that is still to be decoded."""
    variable = frame.variables[tree.variable]
    return variable.column(tree.segments), variable.is_text


Listed = Each | Sorted | Fold | Store | ListCall | Path | Item


def value(tree: Listed, frame: Frame) -> "exp.Expression":
    """A list, or what a function makes of it."""
    return _fold(tree, frame) if isinstance(tree, Fold) else _listed(tree, frame)[0]


def _listed(tree: Expression, frame: Frame) -> "tuple[exp.Expression, Rows | None]":
    """A list, and what its items are when they are resources."""
    if isinstance(tree, Path) and tree.type is ValueType.LIST:
        rows: Rows = frame.columns.collection(tree.segments)  # type: ignore[attr-defined]  # `Columns`, by its type
        return rows.value(), rows
    if isinstance(tree, Item) and tree.type is ValueType.LIST:
        variable = frame.variables[tree.variable]
        if variable.collection is None:
            return variable.column(tree.segments), None
        return variable.collection(tree.segments)
    if isinstance(tree, Each):
        return _each(tree, frame)
    if isinstance(tree, Sorted):
        return _sorted(tree, frame)
    if isinstance(tree, Store):
        return _found(tree, frame)
    if isinstance(tree, ListCall):
        return _called(tree, frame)
    return frame.value(tree), None


def _called(tree: ListCall, frame: Frame) -> "tuple[exp.Expression, Rows | None]":
    if not tree.arguments:
        return LIST_FUNCTIONS[tree.function].sql(), None
    first, rows = _listed(tree.arguments[0], frame)
    others = (frame.value(each) for each in tree.arguments[1:])
    return LIST_FUNCTIONS[tree.function].sql(first, *others), rows


def _each(tree: Each, frame: Frame) -> "tuple[exp.Expression, Rows | None]":
    source, rows = _listed(tree.source, frame)
    name = _name(tree.variable)
    inner = frame.inside(tree.variable, _parameter(name, rows))
    if tree.index is not None:
        inner = inner.inside(tree.index, _number(tree.index))
    if tree.operation == "select":
        body, further = _listed(tree.body, inner)
        return _through(tree, "LIST_TRANSFORM", source, body), further
    test = sql.coalesce(inner.value(tree.body), sql.boolean(False))
    return _through(tree, "LIST_FILTER", source, test), rows


def _through(tree: Each, function: str, source: "exp.Expression", body: "exp.Expression") -> "exp.Expression":
    name = _name(tree.variable)
    if tree.index is None:
        return sql.each(function, source, lambda _: body, name)
    return sql.each_numbered(function, source, lambda *_: body, name, _name(tree.index))


def _number(index: int) -> Variable:
    """An item's number: DuckDB counts from 1."""
    return Variable(lambda path: sql.operation("Sub", _column(_name(index)), sql.number(1)), is_text=False)


def _sorted(tree: Sorted, frame: Frame) -> "tuple[exp.Expression, Rows | None]":
    """DuckDB sorts whole lists, so one key after the other, the least significant first, each with the place before:
    the order stays stable, and null comes first whatever DuckDB does inside a STRUCT."""
    items, rows = _listed(tree.source, frame)
    name = _name(tree.variable)
    inner = frame.inside(tree.variable, _parameter(name, rows))
    for key in reversed(tree.keys):
        items = _by(items, inner.value(key.value), name, is_descending=key.is_descending)
    return items, rows


def _by(items: "exp.Expression", key: "exp.Expression", name: str, *, is_descending: bool) -> "exp.Expression":
    def entry(each: "exp.Expression", number: "exp.Expression") -> "exp.Expression":
        place = sql.operation("Sub", sql.number(0), number) if is_descending else number
        known = sql.negation(sql.is_null(key.copy()))
        return sql.record(known=known, key=key, place=place, value=each)

    entries = sql.each_numbered("LIST_TRANSFORM", items, entry, name)
    ordered = sql.plain_call("LIST_SORT", entries, sql.text("DESC" if is_descending else "ASC"))
    return sql.each("LIST_TRANSFORM", ordered, lambda it: sql.field(it, "value"), "_entry")


def _fold(tree: Fold, frame: Frame) -> "exp.Expression":
    """LIST_REDUCE over STRUCTs of the accumulators and the item, since it wants one type for both."""
    source, rows = _listed(tree.source, frame)
    before, here = f"_state{tree.variable}", _name(tree.variable)
    names = [f"a{number}" for number in range(len(tree.initial))]
    kinds = {name: _sql_type(each) for name, each in zip(names, tree.initial, strict=True)}
    empty = {name: sql.cast_to(sql.null(), kind) for name, kind in kinds.items()}
    entries = sql.each("LIST_TRANSFORM", source, lambda it: sql.record(**empty, item=it), here)
    state = Variable(lambda path: sql.field(_column(before), f"a{path[0]}"), is_text=False)
    inner = frame.inside(tree.state, state).inside(tree.variable, _parameter(here, rows, "item"))
    step = {name: sql.cast_to(inner.value(each), kinds[name]) for name, each in zip(names, tree.body, strict=True)}
    start = {name: sql.cast_to(frame.value(each), kinds[name]) for name, each in zip(names, tree.initial, strict=True)}
    body = sql.record(**step, item=sql.field(_column(here), "item"))
    folded = sql.reduced(entries, body, (before, here), sql.record(**start, item=sql.null()))
    return sql.field(folded, f"a{tree.result}")


_SQL_TYPES = {
    ValueType.INTEGER: "BIGINT",
    ValueType.DOUBLE: "DOUBLE",
    ValueType.BOOLEAN: "BOOLEAN",
    ValueType.DATETIME: "TIMESTAMP",
    ValueType.RESOURCE: "BIGINT",
    ValueType.SPAN: "BIGINT",
    ValueType.MAP: "MAP(VARCHAR, VARCHAR)",
}


def _sql_type(tree: Expression) -> str:
    if tree.type is ValueType.LIST:
        return _SQL_TYPES.get(tree.item or ValueType.NULL, "VARCHAR") + "[]"
    return _SQL_TYPES.get(tree.type, "VARCHAR")


def _found(tree: Store, frame: Frame) -> "tuple[exp.Expression, Rows | None]":
    """What concerns the resource alone is part of the query over it, equality with the row outside is its join, and
    the rest filters the list."""
    query = frame.columns.query(tree.target)  # type: ignore[attr-defined]  # `Columns`, by its type
    own = frame.inside(tree.variable, Variable(query.column, is_text=True))
    where, keys, rest = [], [], []
    for each in _conjuncts(tree.where):
        sides = _key(each, tree.variable)
        if _variables(each) <= {tree.variable} and not _reads_outside(each):
            where.append(own.value(each))
        elif sides is not None:
            keys.append((own.value(sides[0]), frame.value(sides[1])))
        else:
            rest.append(each)
    rows: Rows = query.rows(where, keys, [(own.value(key.value), key.is_descending) for key in tree.order])
    items = rows.value()
    for each in rest:
        name = _name(tree.variable)
        test = sql.coalesce(frame.inside(tree.variable, _parameter(name, rows)).value(each), sql.boolean(False))
        items = sql.each("LIST_FILTER", items, lambda _, test=test: test, name)  # type: ignore[misc]
    if tree.limit is not None:
        items = sql.plain_call("LIST_SLICE", items, sql.number(1), sql.number(tree.limit))
    return items, rows


def _conjuncts(tree: Expression) -> list[Expression]:
    found: list[Expression] = []
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Binary) and each.operator == "&&":
            waiting += (each.right, each.left)
        else:
            found.append(each)
    return found


def _key(tree: Expression, variable: int) -> tuple[Expression, Expression] | None:
    """An equality of something of the resource with something of the row outside: the two sides, the own one first."""
    if not isinstance(tree, Binary) or tree.operator != "==":
        return None
    for own, other in ((tree.left, tree.right), (tree.right, tree.left)):
        if _variables(own) == {variable} and not _reads_outside(own) and not _variables(other):
            return own, other
    return None


def _variables(tree: Expression) -> set[int]:
    return {each.variable for each in nodes(tree) if isinstance(each, Item)}


def _reads_outside(tree: Expression) -> bool:
    return any(isinstance(each, Path | Store) for each in nodes(tree))


def _parameter(name: str, rows: Rows | None, field: str = "") -> Variable:
    """A parameter of a lambda; `rows` when it is a resource, `field` when it stands inside a STRUCT."""

    def itself() -> "exp.Expression":
        return sql.field(_column(name), field) if field else _column(name)

    if rows is None:
        return Variable(lambda path: itself(), is_text=False)

    def collection(path: Segments) -> "tuple[exp.Expression, Rows]":
        inner, further = rows.collection(path)
        return sql.field(itself(), inner), further

    return Variable(lambda path: sql.field(itself(), rows.field(path)), is_text=True, collection=collection)


def _name(variable: int) -> str:
    return f"_item{variable}"


def _column(name: str) -> "exp.Expression":
    from sqlglot import exp

    return exp.column(name)
