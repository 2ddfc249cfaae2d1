"""A query in DuckDB SQL in; the same query in Spark SQL out, over views that somebody makes of its tables.

Relations (joins, groups, windows, subqueries) become Spark's. An expression becomes Spark's where every part of it
means the same there; otherwise the whole of it becomes one call of a function that computes it in batches. What types
its columns have is asked of DuckDB, which knows the tables. Raises `Unsupported` for what is in no table of
`spark_functions`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
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
from runtime.engine.spark_trees import (
    edges,
    expand_group_by_all,
    inside,
    is_aggregate,
    is_constant,
    is_query,
    is_rowid,
    leaves,
    name_of,
    nested,
    own_columns,
    parts,
    wants_rowid,
    within,
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
            if is_constant(query) and query is not self._tree.this:
                query.replace(self._constant(query))
                return
            _Scope(query, self._place, self._with).see()
        if isinstance(query, exp.SetOperation) and query.args.get("by_name"):
            self._by_place(query)
        for each in list(nested(query)):
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
            view = self._place.table(table.db, name, rowid=wants_rowid(table))
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
        expand_group_by_all(select)
        if any(is_rowid(each) for each in own_columns(select)):
            for star in [each for each in select.expressions if isinstance(each, exp.Star)]:
                star.set("except_", [*(star.args.get("except_") or ()), exp.column("rowid")])
        for part in parts(select):
            self._seen_in_place(part)

    def _seen_in_place(self, node: "exp.Expr") -> None:
        found = self._seen(node)
        if found is not node:
            node.replace(found)

    def _seen(self, node: "exp.Expr") -> "exp.Expr":
        """The expression on Spark."""
        from sqlglot import exp

        if is_query(node):
            return node
        if isinstance(node, exp.Filter) and name_of(node.this) in GATHERING:
            return self._gathered(node.this, node.expression)
        if name_of(node) in GATHERING:
            return self._gathered(node, None)
        if type(node).__name__ in OPEN or name_of(node) in AGGREGATES:
            for each in list(node.iter_expressions()):
                self._seen_in_place(each)
            if name_of(node) in AGGREGATES:
                node.set("this", AGGREGATES[name_of(node)])
            return node
        if name_of(node) == "UNNEST":
            return exp.Anonymous(this="EXPLODE", expressions=[self._given(node.expressions[0].copy())])
        return self._same(node) if self._means_the_same(node) else self._in_batches(node)

    def _means_the_same(self, node: "exp.Expr") -> bool:
        from sqlglot import exp

        for each in inside(node):
            if isinstance(each, exp.Cast) and not isinstance(each, exp.TryCast):
                if not self._casts_the_same(each):
                    return False
            elif isinstance(each, exp.DPipe) or name_of(each) == "CONCAT_WS":
                if not self._are_plain(each):
                    return False
            elif type(each).__name__ not in SAME | OPEN and name_of(each) not in AS_SPARK:
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
        for each in list(edges(node)):
            self._seen_in_place(each)
        return node

    def _in_batches(self, node: "exp.Expr") -> "exp.Expr":
        """A call of a function that is given the columns, and whatever of many rows stands inside the expression."""
        from sqlglot import exp

        functions = self._checked(node)
        read = {written(each): each for each in leaves(node)}
        if not read:
            return self._place.value(written(node), self._types([node])[0])
        *types, result = self._types([*read.values(), node])
        names = {text: f"c{index}" for index, text in enumerate(read)}
        inner = exp.Paren(this=node.copy())
        for leaf in list(leaves(inner)):
            leaf.replace(exp.column(names[written(leaf)]))
        expression = written(inner)
        name = "batch_" + hashlib.sha256("\n".join((expression, *types, result)).encode()).hexdigest()[:16]
        batch = Batch(name, expression, tuple(types), result, functions)
        given = [self._given(each.copy()) for each in read.values()]
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
        for each in inside(node):
            name = name_of(each)
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
        if name_of(node) == "STRING_AGG":
            collected = exp.Anonymous(this="FILTER", expressions=[collected, exp.Var(this="s -> s.v IS NOT NULL")])
        values: exp.Expr = exp.Anonymous(this="TRANSFORM", expressions=[collected, exp.Var(this="s -> s.v")])
        size = exp.Anonymous(this="SIZE", expressions=[values.copy()])
        if name_of(node) == "STRING_AGG":
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
