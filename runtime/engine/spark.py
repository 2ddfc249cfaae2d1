"""The engine for data past one machine: DuckDB SQL carried out by Apache Spark over tables of Parquet files.

The driver holds the catalogue and the rows of small tables (`spark_driver`); those of large ones are in Parquet files
(`spark_tables`). Queries are Spark's, whatever the size (`spark_sql`, `spark_work`). Statements that read nothing but
the catalogue and the schema `state`, and what reads no table at all, are answered by the driver.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from runtime.engine import spark_sql
from runtime.engine.engine import Failed, Row, literal
from runtime.engine.spark_changes import Changes
from runtime.engine.spark_driver import Driver, named, quoted
from runtime.engine.spark_statements import bound, is_creation, is_of_driver, is_temporary
from runtime.engine.spark_tables import ROW, Files, Key, Stored, key_of
from runtime.engine.spark_work import FEW, Large, Work, tables_of

if TYPE_CHECKING:
    from sqlglot import exp

_COUNT = re.compile(r"SELECT COUNT\(\*\) FROM (\w+|\"(?:[^\"]|\"\")+\")(\.(\w+|\"(?:[^\"]|\"\")+\"))?")


class Spark:
    """One store on Spark. Safe to use from one thread at a time."""

    def __init__(self, folder: Path | None = None, *, master: str = "local[2]", temporary: Path | None = None) -> None:
        """Open the store in a folder, or one that ends with this object. Spark itself starts when it is needed."""
        if temporary:
            temporary.mkdir(parents=True, exist_ok=True)
        self._scratch = TemporaryDirectory(prefix="spark-", dir=temporary)
        self._functions: dict[str, Callable[..., str | None]] = {}
        self._told: dict[str, Failed] = {}
        self._driver = Driver()
        self._work = Work(master, temporary, self._driver, self._functions)
        self._files = Files(folder, Path(self._scratch.name))
        self._changes = Changes(self._driver, self._work, self._files)
        self._stored: dict[Key, Stored] = {}
        self._before: dict[Key, Large] = {}
        self._within = False
        self._is_closed = False
        self._load()

    @property
    def version(self) -> str:
        import duckdb

        return f"spark with duckdb {duckdb.__version__}"

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        with self._alone():
            tree = bound(sql, parameters, self._driver.keep)
            changed = self._carry_out(tree)
        self._tell()
        return changed

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return list(self._rows(sql, parameters))

    def batches(self, sql: str, size: int) -> Iterator[list[Row]]:
        rows = self._rows(sql, ())
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def register(self, name: str, function: Callable[..., str | None], failed: Failed) -> None:
        self._functions[name] = function
        self._told[name] = failed

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._begin()
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self._commit()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._work.close()
        self._driver.close()
        self._scratch.cleanup()

    def _rows(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        tree = bound(sql, parameters, self._driver.keep)
        if is_of_driver(tree) or self._work.reads_nothing(tree):
            return self._driver.rows(spark_sql.written(tree))
        counted = self._counted(tree)
        if counted is not None:
            return [(counted,)]
        found: list[Row] = []
        answer = self._work.answer(tree)
        self._driver.given(answer.rows(), answer.types, lambda query: found.extend(self._driver.rows(query)))
        self._tell()
        return found

    def _counted(self, tree: "exp.Expr") -> int | None:
        """How many rows a table has, when that is what is asked: it is known."""
        match = _COUNT.fullmatch(spark_sql.written(tree))
        if match is None:
            return None
        table = next(tables_of(tree))
        key = self._driver.resolved(table.db, table.name)
        large = self._work.large.get(key)
        return large.rows if large else self._driver.count(key)

    def _carry_out(self, tree: "exp.Expr") -> int:
        if is_of_driver(tree) and not is_creation(tree):
            self._touch_all(tree)
            return self._driver.run(spark_sql.written(tree))
        return self._changes.carry_out(tree)

    def _touch_all(self, tree: "exp.Expr") -> None:
        for table in tables_of(tree):
            self._changes.touch(self._driver.resolved(table.db, table.name))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A statement outside of a transaction is one of its own."""
        if self._within:
            yield
            return
        with self.transaction():
            yield

    def _begin(self) -> None:
        self._driver.run("BEGIN")
        self._before = dict(self._work.large)
        self._within = True

    def _roll_back(self) -> None:
        self._driver.run("ROLLBACK")
        self._within = False
        self._work.large.clear()
        self._work.large.update(self._before)
        for key in self._changes.touched:
            self._work.forget(key)
        self._changes.touched.clear()

    def _commit(self) -> None:
        try:
            self._save()
        except BaseException:
            self._roll_back()
            raise
        self._driver.run("COMMIT")
        self._within = False
        self._changes.touched.clear()

    def _save(self) -> None:
        """Write what has changed, and name it in the manifest."""
        kept = [key for key in self._changes.touched if not is_temporary(key)]
        if not self._files.is_kept or not kept and self._driver.schemas() == list(self._files.manifest.schemas):
            return
        standing = self._driver.names()
        stored = {key: each for key, each in self._stored.items() if key in standing}
        for key in kept:
            if key in standing:
                stored[key] = self._changes.stored(key, standing[key])
        self._files.commit(self._driver.schemas(), stored.values())
        self._stored = stored

    def _load(self) -> None:
        """Bring the last commit into the driver."""
        for schema in self._files.manifest.schemas:
            self._driver.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        for each in self._files.tables():
            key = key_of(each.schema, each.name)
            self._stored[key] = each
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in each.columns)
            self._driver.run(f"CREATE TABLE {quoted(each.schema)}.{quoted(each.name)} ({columns})")
            if each.rows > FEW:
                self._work.large[key] = Large(each.files, each.rows, each.next_row)
            elif each.files:
                names = ", ".join(quoted(name) for name, _ in each.columns)
                files = "[" + ", ".join(literal(file) for file in each.files) + "]"
                self._driver.run(
                    f"INSERT INTO {named(key)} SELECT {names} FROM read_parquet({files}, union_by_name = true) "
                    f"ORDER BY {ROW}"
                )

    def _tell(self) -> None:
        """Pass on which values Python functions failed on."""
        for (name, kind), count in self._work.failures().items():
            self._told[name](kind, count)
