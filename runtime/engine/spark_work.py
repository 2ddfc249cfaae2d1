"""A query and the tables of a store in; its rows, in Arrow or as files, out: the part that talks to Spark.

A table is seen by Spark through a view of its present version. Tables of a few rows come from the driver as they are,
and a query over nothing but those runs in one task, in a session that is set up for it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from runtime.engine import spark_sql
from runtime.engine.engine import literal
from runtime.engine.spark_batches import Batch
from runtime.engine.spark_driver import Driver, column_list
from runtime.engine.spark_empty import gives_nothing
from runtime.engine.spark_session import sessions
from runtime.engine.spark_sql import Types
from runtime.engine.spark_tables import ROW, Key
from runtime.engine.spark_types import spark_type

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession
    from sqlglot import exp

Functions = Mapping[str, Callable[..., str | None]]

FEW = 10_000
"""A table of at most so many rows stays on the driver."""

MANY = 100_000_000
"""More rows than this a query over a few may not have to look at, were it to pair all with all."""


class Large(Struct, frozen=True):
    """The rows of a large table: its files, how many there are, and the number of the next."""

    files: tuple[str, ...]
    rows: int
    next_row: int


class Answer(Struct):
    """What a query comes to: its columns with DuckDB types, and a frame that gives them in this order.

    `is_few`: it reads a few rows, so that what it gives may be asked for without a file between.
    """

    types: Types
    frame: "DataFrame"
    is_few: bool

    def rows(self) -> "pyarrow.Table":
        """All rows, on the driver; the columns are named c0, c1 …"""
        return self.frame.toArrow().rename_columns([f"c{index}" for index in range(len(self.types))])

    def named(self) -> "DataFrame":
        """The frame with its columns named c0, c1 …"""
        return self.frame.toDF(*(f"c{index}" for index in range(len(self.types))))


class Work:
    """Spark, and the views through which it sees the tables of one store."""

    def __init__(
        self, master: str, temporary: Path | None, driver: Driver, functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._master = master
        self._temporary = temporary
        self._driver = driver
        self._functions = functions
        self.large: dict[Key, Large] = {}
        self._sides: tuple[_Side, _Side] | None = None
        self._failures: Any = None

    def answer(self, tree: "exp.Expr") -> Answer:
        """Carry out a query; what it gives is not worked out yet."""
        types = self._driver.describe(spark_sql.written(tree))
        is_few = self._is_few(tree)
        side = self._side(is_few)
        frame = side.frame(spark_sql.spark_query(tree, side))
        return Answer(types, frame, is_few)

    def reads_nothing(self, tree: "exp.Expr") -> bool:
        """Whether a query needs no work: its tables have no rows, or it can give none whatever the others have."""
        empty = {id(table): self._is_empty(table) for table in tables_of(tree)}
        if all(empty.values()) and not any(files_of(tree)):
            return True
        return gives_nothing(tree, lambda table: empty.get(id(table), False))

    def _is_empty(self, table: "exp.Table") -> bool:
        key = self._driver.resolved(table.db, table.name)
        return key not in self.large and self._driver.count(key) == 0

    def frame_of(self, key: Key, columns: Types, *, rowid: str = "") -> "DataFrame":
        """A large table. `rowid` is the name of the column that numbers its rows, absent when empty."""
        return self._side(False).stored(self.large[key], columns, rowid)

    def forget(self, key: Key) -> None:
        """A table has changed: its views are of another version."""
        for side in self._sides or ():
            side.forget(key)

    def failures(self) -> Counter[tuple[str, str]]:
        """How often which Python function failed, and how, since this was asked last."""
        if self._failures is None:
            return Counter()
        found = Counter(self._failures.value)
        self._failures.value = Counter()
        return found

    def close(self) -> None:
        """Drop what Spark holds of this store."""
        for side in self._sides or ():
            side.close()
        self._sides = None

    def given(self, rows: "pyarrow.Table") -> "DataFrame":
        """Rows of the driver, to be joined with large tables."""
        return self._side(False).given(rows)

    def read(self, files: Sequence[str]) -> "DataFrame":
        """Parquet files as they are."""
        return self._side(False).session.read.parquet(*files)

    def _is_few(self, tree: "exp.Expr") -> bool:
        """Whether a query reads a few rows, and cannot give very many whatever it joins."""
        if not all(_is_short(path) for path in files_of(tree)):
            return False
        keys = [self._driver.resolved(table.db, table.name) for table in tables_of(tree)]
        most = prod(max(1, self._driver.count(key)) for key in keys)
        return most <= MANY and not any(key in self.large for key in keys)

    def _side(self, is_few: bool) -> "_Side":
        if self._sides is None:
            large, few = sessions(self._master, self._temporary)
            self._failures = large.sparkContext.accumulator(Counter(), _counting())
            self._sides = tuple(_Side(each, self, self._driver, self._functions) for each in (large, few))  # type: ignore[assignment]
            assert self._sides is not None
        return self._sides[is_few]

    def failed(self) -> Callable[[str, str], None]:
        """What functions tell of values they fail on."""
        failures = self._failures

        def failed(name: str, kind: str) -> None:
            failures.add(Counter({(name, kind): 1}))

        return failed


class _Side:
    """One session: its views of tables, and the functions it knows (`spark_sql.Place`)."""

    def __init__(self, session: "SparkSession", work: Work, driver: Driver, functions: Functions) -> None:
        self.session = session
        self.functions = functions
        self._work = work
        self._driver = driver
        self._views: dict[tuple[Key, bool], str] = {}
        self._passing: list[str] = []
        self._batches: set[str] = set()
        self._number = 0

    def frame(self, sql: str) -> "DataFrame":
        """The frame of a query."""
        frame = self.session.sql(sql)
        for view in self._passing:
            self.session.catalog.dropTempView(view)
        self._passing.clear()
        return frame

    def describe(self, sql: str) -> Types:
        return self._driver.describe(sql)

    def table(self, schema: str, name: str, *, rowid: bool) -> str:
        key = self._driver.resolved(schema, name)
        view = self._views.get((key, rowid))
        if view is None:
            view = self._views[key, rowid] = self._new(self._frame(key, rowid))
        return view

    def constant(self, sql: str) -> str:
        return self._pass(self.given(self._driver.arrow(sql)))

    def file(self, path: str) -> str:
        if not _is_short(path):
            return self._pass(self.session.read.parquet(path))
        return self._pass(self.given(self._driver.arrow(f"FROM read_parquet({literal(path)})")))

    def value(self, sql: str, kind: str) -> "exp.Expr":
        from sqlglot import exp

        value = self._driver.rows(f"SELECT ({sql})::VARCHAR")[0][0]
        constant = exp.Null() if value is None else exp.Literal.string(value)
        return exp.Anonymous(this="CAST", expressions=[exp.Var(this=f"{constant.sql('spark')} AS {spark_type(kind)}")])

    def batch(self, batch: Batch) -> str:
        if batch.name not in self._batches:
            from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined]  # its types do not say so

            function = batch.function(self._work.failed())
            self.session.udf.register(batch.name, arrow_udf(function, spark_type(batch.result)))
            self._batches.add(batch.name)
        return batch.name

    def stored(self, large: Large, columns: Types, rowid: str) -> "DataFrame":
        """The rows in the files of a table; a column that is younger than a file is null there."""
        held = column_list(columns, spark_type)
        frame = self.session.read.schema(f"{held}{', ' if held else ''}`{ROW}` BIGINT").parquet(*large.files)
        return frame.withColumnRenamed(ROW, rowid) if rowid else frame.drop(ROW)

    def forget(self, key: Key) -> None:
        for rowid in (False, True):
            view = self._views.pop((key, rowid), None)
            if view:
                self.session.catalog.dropTempView(view)

    def close(self) -> None:
        for view in (*self._views.values(), *self._passing):
            self.session.catalog.dropTempView(view)
        self._views.clear()

    def _frame(self, key: Key, rowid: bool) -> "DataFrame":
        large = self._work.large.get(key)
        if large is not None:
            return self.stored(large, self._driver.columns(key), "rowid" if rowid else "")
        return self.given(self._driver.table(key, rowid="rowid" if rowid else ""))

    def given(self, rows: "pyarrow.Table") -> "DataFrame":
        """Rows of the driver, in one partition: what needs them together has them without moving any."""
        return self.session.createDataFrame(cast(Any, rows)).coalesce(1)

    def _pass(self, frame: "DataFrame") -> str:
        view = self._new(frame)
        self._passing.append(view)
        return view

    def _new(self, frame: "DataFrame") -> str:
        self._number += 1
        view = f"_view_{self._number}"
        frame.createOrReplaceTempView(view)
        return view


def _is_short(path: str) -> bool:
    """Whether a Parquet file has a few rows."""
    from pyarrow import parquet

    return int(parquet.read_metadata(path).num_rows) <= FEW


def _counting() -> Any:
    from pyspark import AccumulatorParam

    class Counting(AccumulatorParam):  # type: ignore[type-arg]
        def zero(self, value: Any) -> Any:
            return Counter()

        def addInPlace(self, value1: Any, value2: Any) -> Any:  # noqa: N802  # Spark's own name
            value1.update(value2)
            return value1

    return Counting()


def tables_of(tree: "exp.Expr") -> "Iterator[exp.Table]":
    """The tables that a statement names, common table expressions left out."""
    from sqlglot import exp

    ctes = {each.alias.casefold() for each in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.casefold() not in ctes):
            yield table


def files_of(tree: "exp.Expr") -> "Iterator[str]":
    """The Parquet files that a statement reads."""
    from sqlglot import exp

    for table in tree.find_all(exp.Table):
        if table.this is not None and table.this.name.upper() == "READ_PARQUET":
            yield table.this.expressions[0].name
