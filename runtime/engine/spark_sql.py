"""A query in DuckDB SQL in; the same query in Spark SQL out, over views that somebody makes of its tables.

Relations (joins, groups, windows, subqueries) become Spark's. An expression becomes Spark's where every part of it
means the same there; otherwise the whole of it becomes one call of a function that computes it in batches. What types
its columns have is asked of DuckDB, which knows the tables. Raises `Unsupported` for what is in no table of
`spark_functions`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from runtime.engine.spark_batches import Batch
from runtime.engine.spark_functions import (
    AGGREGATES,
    AS_SPARK,
    GATHERING,
    IN_BATCHES,
    OPEN,
    OPERATORS_IN_BATCHES,
    SAME,
)

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

Types = Sequence[tuple[str, str]]
"""Names and DuckDB types of columns."""

_PLAIN = ("VARCHAR", "BIGINT", "INTEGER", "BOOLEAN", '"NULL"')
"""The types whose texts are the same on Spark."""


class Unsupported(Exception):
    """A statement says what this version cannot carry out on Spark; the message names it."""


class Place(Protocol):
    """Where a query is carried out: what it asks for while it is translated."""

    functions: Mapping[str, Callable[..., str | None]]

    def describe(self, sql: str) -> Types:
        """The columns of a query, as DuckDB has them."""

    def table(self, schema: str, name: str, *, rowid: bool) -> str:
        """The view of a table."""

    def constant(self, sql: str) -> str:
        """The view of what a query gives that reads no table."""

    def file(self, path: str) -> str:
        """The view of a Parquet file."""

    def value(self, sql: str, kind: str) -> "exp.Expr":
        """A constant expression's value."""

    def batch(self, batch: Batch) -> str:
        """The function that computes an expression in batches."""


@cache
def dialect() -> "Dialect":
    """DuckDB's dialect in which every function keeps its name and arguments as they were written."""
    from sqlglot.dialects.duckdb import DuckDB

    parser: Any = DuckDB.Parser
    kept = {
        "FUNCTIONS": {},
        "FUNCTION_PARSERS": {name: parser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST")},
        "NO_PAREN_FUNCTION_PARSERS": {"CASE": parser.NO_PAREN_FUNCTION_PARSERS["CASE"]},
        "NO_PAREN_FUNCTIONS": {},
    }
    made: Dialect = type("Verbatim", (DuckDB,), {"Parser": type("Parser", (parser,), kept)})()
    return made


def parsed(sql: str) -> "exp.Expr":
    """One statement as a tree."""
    found: exp.Expr = dialect().parse(sql)[0]  # type: ignore[assignment]
    return found


def written(tree: "exp.Expr") -> str:
    """A tree as DuckDB SQL."""
    return dialect().generate(tree)


def spark_query(tree: "exp.Expr", place: Place) -> str:
    """The query in Spark SQL."""
    from sqlglot import exp

    distinct = tree.args.get("distinct")  # of a UNION it is true or false
    if isinstance(distinct, exp.Distinct) and distinct.args.get("on"):
        raise Unsupported("DISTINCT ON in the order of its rows is not known on Spark; put it into a subquery")
    return _Query(tree.copy(), place).text()


class _Query:
    """One query on its way from one dialect to the other."""

    def __init__(self, tree: "exp.Expr", place: Place) -> None:
        from sqlglot import exp

        self._place = place
        self._tree = exp.Subquery(this=tree)
        self._with = [each.copy() for each in tree.find_all(exp.With)]
        self._ctes = {each.alias.casefold() for each in tree.find_all(exp.CTE)}

    def text(self) -> str:
        self._query(self._tree.this)
        self._tables(self._tree)
        found: str = self._tree.this.sql(dialect="spark", identify=True)
        return found

    def _query(self, query: "exp.Expr") -> None:
        """See to a query and to those inside it, the outer one first: it is described while those are DuckDB's."""
        from sqlglot import exp

        if isinstance(query, exp.Select):
            if _is_constant(query) and query is not self._tree.this:
                query.replace(self._constant(query))
                return
            _Scope(query, self._place, self._with).see()
        if isinstance(query, exp.SetOperation) and query.args.get("by_name"):
            self._by_place(query)
        for each in list(_nested(query)):
            self._query(each)

    def _by_place(self, union: "exp.SetOperation") -> None:
        """UNION BY NAME: each side is asked for all columns, in one order."""
        from sqlglot import exp

        names = [name for name, _ in self._place.describe(written(union))]
        for part in ("this", "expression"):
            side = union.args[part]
            own = {name.casefold() for name, _ in self._place.describe(written(side))}
            columns = [
                exp.column(name, quoted=True) if name.casefold() in own else exp.alias_(exp.Null(), name, quoted=True)
                for name in names
            ]
            union.set(part, exp.select(*columns).from_(side.copy().subquery("_side")))
        union.set("by_name", False)

    def _constant(self, query: "exp.Select") -> "exp.Expr":
        from sqlglot import exp

        return exp.select("*").from_(exp.to_identifier(self._place.constant(written(query)), quoted=True))

    def _tables(self, tree: "exp.Expr") -> None:
        from sqlglot import exp

        for table in list(tree.find_all(exp.Table)):
            if not table.db and table.name.casefold() in self._ctes or table.args.get("_view"):
                continue
            self._table(table)
        for values in list(tree.find_all(exp.Values)):
            view = self._place.constant(f"SELECT * FROM {written(values)}")
            values.replace(exp.alias_(exp.table_(view, quoted=True), values.alias, table=True, quoted=True))
        for column in tree.find_all(exp.Column):
            column.set("db", None)
            column.set("catalog", None)

    def _table(self, table: "exp.Table") -> None:
        from sqlglot import exp

        name = table.name
        if isinstance(table.this, exp.Identifier):
            view = self._place.table(table.db, name, rowid=_wants_rowid(table))
        elif table.this.name.upper() == "READ_PARQUET":
            view, name = self._place.file(table.this.expressions[0].name), ""
        else:
            view, name = self._place.constant(f"SELECT * FROM {written(table.this)}"), ""
        table.set("this", exp.to_identifier(view, quoted=True))
        table.set("db", None)
        table.set("catalog", None)
        if not table.args.get("alias") and name:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))


class _Scope:
    """One SELECT: its expressions."""

    def __init__(self, select: "exp.Select", place: Place, ctes: "Sequence[exp.With]") -> None:
        self._select = select
        self._place = place
        self._before = select.copy()
        self._with = ctes

    def see(self) -> None:
        """Turn every expression of the SELECT into Spark's."""
        from sqlglot import exp

        select = self._select
        _expand_group_by_all(select)
        if any(_is_rowid(each) for each in _own_columns(select)):
            for star in [each for each in select.expressions if isinstance(each, exp.Star)]:
                star.set("except_", [*(star.args.get("except_") or ()), exp.column("rowid")])
        for part in _parts(select):
            self._seen_in_place(part)

    def _seen_in_place(self, node: "exp.Expr") -> None:
        found = self._seen(node)
        if found is not node:
            node.replace(found)

    def _seen(self, node: "exp.Expr") -> "exp.Expr":
        """The expression on Spark."""
        from sqlglot import exp

        if _is_query(node):
            return node
        if isinstance(node, exp.Filter) and _name(node.this) in GATHERING:
            return self._gathered(node.this, node.expression)
        if _name(node) in GATHERING:
            return self._gathered(node, None)
        if type(node).__name__ in OPEN or _name(node) in AGGREGATES:
            for each in list(node.iter_expressions()):
                self._seen_in_place(each)
            if _name(node) in AGGREGATES:
                node.set("this", AGGREGATES[_name(node)])
            return node
        if _name(node) == "UNNEST":
            return exp.Anonymous(this="EXPLODE", expressions=[self._given(node.expressions[0].copy())])
        return self._same(node) if self._means_the_same(node) else self._in_batches(node)

    def _means_the_same(self, node: "exp.Expr") -> bool:
        from sqlglot import exp

        for each in _inside(node):
            if isinstance(each, exp.Cast) and not isinstance(each, exp.TryCast):
                if not self._casts_the_same(each):
                    return False
            elif isinstance(each, exp.DPipe) or _name(each) == "CONCAT_WS":
                if not self._are_plain(each):
                    return False
            elif type(each).__name__ not in SAME | OPEN and _name(each) not in AS_SPARK:
                return False
        return True

    def _casts_the_same(self, cast: "exp.Cast") -> bool:
        from sqlglot import exp

        if isinstance(cast.this, exp.Null):
            return True
        source, target = self._types([cast.this, cast])
        return source == target or target == "VARCHAR" and source in _PLAIN or (source, target) == ("INTEGER", "BIGINT")

    def _are_plain(self, node: "exp.Expr") -> bool:
        from sqlglot import exp

        given = list(node.iter_expressions())
        return all(isinstance(each, exp.Literal) for each in given) or set(self._types(given)) <= set(_PLAIN)

    def _same(self, node: "exp.Expr") -> "exp.Expr":
        for each in list(_edges(node)):
            self._seen_in_place(each)
        return node

    def _in_batches(self, node: "exp.Expr") -> "exp.Expr":
        """A call of a function that is given the columns, and whatever of many rows stands inside the expression."""
        from sqlglot import exp

        functions = self._checked(node)
        leaves = {written(each): each for each in _leaves(node)}
        if not leaves:
            return self._place.value(written(node), self._types([node])[0])
        *types, result = self._types([*leaves.values(), node])
        names = {text: f"c{index}" for index, text in enumerate(leaves)}
        inner = exp.Paren(this=node.copy())
        for leaf in list(_leaves(inner)):
            leaf.replace(exp.column(names[written(leaf)]))
        expression = written(inner)
        name = "batch_" + hashlib.sha256("\n".join((expression, *types, result)).encode()).hexdigest()[:16]
        batch = Batch(name, expression, tuple(types), result, functions)
        given = [self._given(each.copy()) for each in leaves.values()]
        return exp.Anonymous(this=self._place.batch(batch), expressions=given)

    def _given(self, leaf: "exp.Expr") -> "exp.Expr":
        from sqlglot import exp

        holder = exp.Paren(this=leaf)
        self._seen_in_place(leaf)
        found: exp.Expr = holder.this
        return found

    def _checked(self, node: "exp.Expr") -> dict[str, Callable[..., str | None]]:
        """The Python functions that an expression calls. Raises `Unsupported` for what nobody knows."""
        functions: dict[str, Callable[..., str | None]] = {}
        own = {name.upper(): name for name in self._place.functions}
        for each in _inside(node):
            name = _name(each)
            if name in own:
                functions[own[name]] = self._place.functions[own[name]]
            elif name and name not in IN_BATCHES and name not in AS_SPARK:
                raise Unsupported(f"the function {name} is not known on Spark")
            elif not name and type(each).__name__ not in SAME | OPEN | OPERATORS_IN_BATCHES:
                raise Unsupported(f"{type(each).__name__} is not known on Spark: {written(each)}")
        return functions

    def _types(self, nodes: "Sequence[exp.Expr]") -> list[str]:
        """The types of expressions of this SELECT."""
        from sqlglot import exp

        columns = [exp.alias_(each.copy(), f"_t{index}") for index, each in enumerate(nodes)]
        query = exp.select(*columns)
        for part in ("from_", "joins"):
            held = self._before.args.get(part)
            if held:
                query.set(part, [each.copy() for each in held] if isinstance(held, list) else held.copy())
        if any(is_aggregate(each) for column in columns for each in within(column)):
            query.set("group", exp.Group(all=True))
        if self._with:
            query.set("with_", self._with[0].copy())
        return [kind for _, kind in self._place.describe(written(query))]

    def _gathered(self, node: "exp.Expr", where: "exp.Expr | None") -> "exp.Expr":
        """LIST and STRING_AGG: structs of keys and value are collected, put in order, and their values taken."""
        from sqlglot import exp

        *first, last = node.expressions
        order = last.expressions if isinstance(last, exp.Order) else []
        last = last.this if isinstance(last, exp.Order) else last
        arguments = [*first, last]
        fields = [("v", arguments[0]), *((f"k{index}", each.this) for index, each in enumerate(order))]
        record = exp.Anonymous(this="NAMED_STRUCT", expressions=[
            part for name, value in fields for part in (exp.Literal.string(name), self._given(value.copy()))
        ])  # fmt: skip
        collected: exp.Expr = exp.Anonymous(this="COLLECT_LIST", expressions=[record])
        if where is not None:
            collected = exp.Filter(this=collected, expression=exp.Where(this=self._given(where.this.copy())))
        if order:
            collected = exp.Anonymous(this="ARRAY_SORT", expressions=[collected, exp.Var(this=_comparison(order))])
        if _name(node) == "STRING_AGG":
            collected = exp.Anonymous(this="FILTER", expressions=[collected, exp.Var(this="s -> s.v IS NOT NULL")])
        values: exp.Expr = exp.Anonymous(this="TRANSFORM", expressions=[collected, exp.Var(this="s -> s.v")])
        size = exp.Anonymous(this="SIZE", expressions=[values.copy()])
        if _name(node) == "STRING_AGG":
            values = exp.Anonymous(this="ARRAY_JOIN", expressions=[values, self._given(arguments[1].copy())])
        return exp.Case(ifs=[exp.If(this=exp.GT(this=size, expression=exp.Literal.number(0)), true=values)])


def _comparison(order: "Sequence[exp.Expr]") -> str:
    """A function that says which of two structs comes first."""
    text = "0"
    for index, each in reversed(list(enumerate(order))):
        left, right, key = f"l.k{index}", f"r.k{index}", each.args
        nulls, less = (-1 if key.get("nulls_first") else 1), (1 if key.get("desc") else -1)
        text = (
            f"CASE WHEN {left} <=> {right} THEN {text} WHEN {left} IS NULL THEN {nulls} "
            f"WHEN {right} IS NULL THEN {-nulls} WHEN {left} < {right} THEN {less} ELSE {-less} END"
        )
    return f"(l, r) -> {text}"


def _name(node: "exp.Expr") -> str:
    """The name of a function in capitals; empty for what is no call."""
    from sqlglot import exp

    return str(node.this).upper() if isinstance(node, exp.Anonymous) else ""


def _is_query(node: "exp.Expr") -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Query | exp.Subquery)


def is_aggregate(node: "exp.Expr") -> bool:
    return _name(node) in AGGREGATES or _name(node) in GATHERING


def _is_edge(node: "exp.Expr") -> bool:
    """What is of many rows: an expression over one row ends there."""
    from sqlglot import exp

    return _is_query(node) or is_aggregate(node) or isinstance(node, exp.Window | exp.Filter)


def within(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """An expression and what is in it, subqueries left out."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if not _is_query(each):
            waiting += each.iter_expressions()


def _inside(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """The parts of an expression that are of one row."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if _is_edge(each):
            continue
        yield each
        waiting += each.iter_expressions()


def _edges(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """What ends an expression of one row."""
    waiting = list(node.iter_expressions())
    while waiting:
        each = waiting.pop()
        if _is_edge(each):
            yield each
        else:
            waiting += each.iter_expressions()


def _leaves(node: "exp.Expr") -> "Iterator[exp.Expr]":
    """The columns that an expression reads, and what in it is of many rows."""
    from sqlglot import exp

    waiting: list[tuple[exp.Expr, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        each, bound = waiting.pop()
        if isinstance(each, exp.Column) and (each.table or each.name not in bound) or _is_edge(each):
            yield each
            continue
        if isinstance(each, exp.Lambda):
            bound |= {name.name for name in each.expressions}
        waiting += [(child, bound) for child in each.iter_expressions()]


def _nested(query: "exp.Expr") -> "Iterator[exp.Expr]":
    """The queries directly inside a query."""
    from sqlglot import exp

    waiting = list(query.iter_expressions())
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.Select | exp.SetOperation):
            yield each
        else:
            waiting += each.iter_expressions()


def _parts(select: "exp.Select") -> "Iterator[exp.Expr]":
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
    yield from _conditions(select)


def _conditions(select: "exp.Select") -> "Iterator[exp.Expr]":
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


def _is_constant(select: "exp.Select") -> bool:
    """Whether a query reads nothing: no table, and no column of a query around it."""
    from sqlglot import exp

    return not select.find(exp.Table) and not select.find(exp.Column) and not select.find(exp.Values)


def _expand_group_by_all(select: "exp.Select") -> None:
    from sqlglot import exp

    group = select.args.get("group")
    if group and group.args.get("all"):
        keys = [
            exp.Literal.number(index)
            for index, each in enumerate(select.expressions, 1)
            if not any(is_aggregate(it) for it in within(each))
        ]
        select.set("group", exp.Group(expressions=keys) if keys else None)


def _own_columns(select: "exp.Select") -> "Iterator[exp.Expr]":
    from sqlglot import exp

    for part in _parts(select):
        yield from (each for each in within(part) if isinstance(each, exp.Column))


def _is_rowid(column: "exp.Expr") -> bool:
    return column.name.casefold() == "rowid"


def _wants_rowid(table: "exp.Table") -> bool:
    """Whether the SELECT around a table reads the numbers of its rows."""
    from sqlglot import exp

    select = table.find_ancestor(exp.Select)
    name = table.alias_or_name.casefold()
    columns = _own_columns(select) if select else iter(())
    return any(_is_rowid(each) and each.text("table").casefold() in ("", name) for each in columns)
