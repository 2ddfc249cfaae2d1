"""A statement that changes tables in; the tables changed, and how many rows it was, out.

What is to be inserted, updated or deleted is worked out by a query; then the rows are put into the driver's table, or
into new files. The files of a table never change: a table that loses or changes rows is written anew.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runtime.engine import spark_sql
from runtime.engine.spark_driver import Driver, named, quoted
from runtime.engine.spark_sql import Types, Unsupported, written
from runtime.engine.spark_statements import is_of_driver, is_temporary
from runtime.engine.spark_tables import ROW, Files, Key, Stored, key_of
from runtime.engine.spark_types import spark_type
from runtime.engine.spark_work import FEW, Answer, Large, Work

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame
    from sqlglot import exp


class Few(Struct):
    """The rows of an answer, on the driver."""

    rows: "pyarrow.Table"
    types: Types


class Changes:
    """The tables of one store, as statements change them. `touched` are those that changed since it was emptied."""

    def __init__(self, driver: Driver, work: Work, files: Files) -> None:
        self._driver = driver
        self._work = work
        self._files = files
        self.touched: set[Key] = set()

    def carry_out(self, tree: "exp.Expr") -> int:
        """Carry out one statement; how many rows it inserted, updated or deleted."""
        from sqlglot import exp

        kinds: dict[type[exp.Expr], Callable[..., int]] = {
            exp.Create: self._create,
            exp.Drop: self._drop,
            exp.Alter: self._alter,
            exp.Insert: self._insert,
            exp.Update: self._update,
            exp.Delete: self._delete,
        }
        kind = next((each for each in kinds if isinstance(tree, each)), None)
        if kind is None:
            raise Unsupported(f"this statement is not known on Spark: {written(tree)}")
        return kinds[kind](tree)

    def _create(self, tree: "exp.Create") -> int:
        kind = str(tree.args.get("kind")).upper()
        if kind == "SCHEMA" or (kind == "TABLE" and tree.expression is None):
            changed = self._driver.run(written(tree))
            if kind == "TABLE":
                self.touch(self._target(tree))
            return changed
        if kind != "TABLE":
            raise Unsupported(f"CREATE {kind} is not known on Spark")
        return self._create_from(tree)

    def _create_from(self, tree: "exp.Create") -> int:
        """CREATE TABLE AS: the query is worked out first, for it may read what it replaces."""
        from sqlglot import exp

        table, query = tree.this, tree.expression
        temporary = any(isinstance(each, exp.TemporaryProperty) for each in tree.find_all(exp.TemporaryProperty))
        key = key_of("temp" if temporary else table.db, table.name)
        types = [
            (name, "INTEGER" if kind == '"NULL"' else kind) for name, kind in self._driver.describe(written(query))
        ]
        found = self._worked_out(query, types, None, 0, temporary=temporary)
        place = f"{quoted(table.db)}." if table.db and not temporary else ""
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types)
        begin = f"CREATE {'OR REPLACE ' if tree.args.get('replace') else ''}{'TEMP ' if temporary else ''}TABLE "
        self._driver.run(f"{begin}{place}{quoted(table.name)} ({columns})")
        self._work.large.pop(key, None)
        self.touch(key)
        names = [name for name, _ in types]
        if isinstance(found, Few) and found.rows.num_rows <= FEW:
            return self._put(key, found, names)
        large = found if isinstance(found, Large) else self._written(key, found, names, 0)
        self._work.large[key] = large
        return large.rows

    def _drop(self, tree: "exp.Drop") -> int:
        key = self._target(tree)
        self._driver.run(written(tree))
        self._work.large.pop(key, None)
        self.touch(key)
        return 0

    def _alter(self, tree: "exp.Alter") -> int:
        """A new column is null in the files that do not have it; those of one that goes are written anew."""
        from sqlglot import exp

        key = self._target(tree)
        self._driver.run(written(tree))
        if key in self._work.large and tree.find(exp.Drop):
            columns = self._driver.columns(key)
            self._rewrite(key, self._work.frame_of(key, columns, rowid=ROW))
        self.touch(key)
        return 0

    def _insert(self, tree: "exp.Insert") -> int:
        from sqlglot import exp

        _refuse_more(tree, ("this", "expression", "by_name"))
        schema = tree.this
        table = schema.this if isinstance(schema, exp.Schema) else schema
        key = self._driver.resolved(table.db, table.name)
        columns = self._driver.columns(key)
        names = [each.name for each in schema.expressions] if isinstance(schema, exp.Schema) else []
        if tree.args.get("by_name"):
            names = [name for name, _ in self._driver.describe(written(tree.expression))]
        names = names or [name for name, _ in columns]
        large = self._work.large.get(key)
        next_row = large.next_row if large else 0
        query = tree.expression
        found = self._worked_out(query, columns, names, next_row, temporary=is_temporary(key))
        self.touch(key)
        if isinstance(found, Few) and large is None and self._driver.count(key) + found.rows.num_rows <= FEW:
            return self._put(key, found, names)
        before = large or self._spilled(key)
        if isinstance(found, Few):
            found = self._written(key, found, names, before.next_row)
        elif large is None and before.rows:
            found = self._worked_out(query, columns, names, before.next_row, temporary=is_temporary(key))
            assert isinstance(found, Large)
        self._work.large[key] = Large((*before.files, *found.files), before.rows + found.rows, found.next_row)
        return found.rows

    def _update(self, tree: "exp.Update") -> int:
        _refuse_more(tree, ("this", "expressions", "from_", "where"))
        key = self._driver.resolved(tree.this.db, tree.this.name)
        sets = {each.this.name: each.expression for each in tree.expressions}
        values = [f"{written(value)} AS v{index}" for index, value in enumerate(sets.values())]
        matched = self._matched(tree.this, values, tree.args.get("from_"), tree.args.get("where"))
        kinds = {name.casefold(): kind for name, kind in self._driver.columns(key)}
        types = [(ROW, "BIGINT"), *((f"v{index}", kinds[name.casefold()]) for index, name in enumerate(sets))]
        found = self._worked_out(matched, types, None, 0, temporary=True, once=True)
        if key in self._work.large:
            return self._update_files(key, found, list(sets))
        assert isinstance(found, Few)
        news = ", ".join(f"{quoted(name)} = m.v{index}" for index, name in enumerate(sets))
        changed = self._apply(key, found, f"UPDATE {named(key)} AS t SET {news} FROM")
        return changed

    def _delete(self, tree: "exp.Delete") -> int:
        _refuse_more(tree, ("this", "using", "where"))
        key = self._driver.resolved(tree.this.db, tree.this.name)
        using = tree.args.get("using")
        matched = self._matched(tree.this, [], using, tree.args.get("where"))
        found = self._worked_out(matched, [(ROW, "BIGINT")], None, 0, temporary=True, once=True)
        if key not in self._work.large:
            assert isinstance(found, Few)
            return self._apply(key, found, f"DELETE FROM {named(key)} AS t USING")
        gone = self._frame(found)
        before = self._work.large[key]
        self._rewrite(key, self._work.frame_of(key, self._driver.columns(key), rowid=ROW).join(gone, ROW, "left_anti"))
        after = self._work.large[key].rows if key in self._work.large else self._driver.count(key)
        self.touch(key)
        return before.rows - after

    def _matched(
        self,
        table: "exp.Expr",
        values: list[str],
        others: "exp.Expr | list[exp.Expr] | None",
        where: "exp.Expr | None",
    ) -> "exp.Expr":
        """The query of the rows of a table that a statement means, by their numbers, with the values they get."""
        name = quoted(table.alias_or_name)
        more = others if isinstance(others, list) else [others.this] if others else []
        sources = ", ".join(written(each) for each in (table, *more))
        condition = f" {written(where)}" if where else ""
        return spark_sql.parsed(f"SELECT {', '.join((f'{name}.rowid AS {ROW}', *values))} FROM {sources}{condition}")

    def _worked_out(
        self,
        query: "exp.Expr",
        columns: Types,
        names: Sequence[str] | None,
        next_row: int,
        *,
        temporary: bool,
        once: bool = False,
    ) -> Few | Large:
        """The rows of a query: few on the driver, many in files of a table with these columns.

        `names` are the columns that the query gives, in its order; None for all of them. `once`: of several rows with
        the same first column one is taken.
        """
        if is_of_driver(query) or self._work.reads_nothing(query):
            return self._by_driver(written(query))
        answer = self._work.answer(query)
        if answer.is_few:
            return Few(answer.rows(), answer.types)
        frame = answer.named().dropDuplicates(["c0"]) if once else answer.named()
        large = self._write(_shaped(answer, frame, columns, names), next_row, temporary=temporary)
        if large.rows > FEW:
            return large
        if not large.rows:
            return self._by_driver(f"SELECT * FROM ({written(query)}) WHERE false")
        return Few(self._read(large, columns, names), answer.types)

    def _by_driver(self, sql: str) -> Few:
        """The rows of a query that the driver answers."""
        types = self._driver.describe(sql)
        return Few(self._driver.arrow(sql).rename_columns([f"c{index}" for index in range(len(types))]), types)

    def _write(self, frame: "DataFrame", next_row: int, *, temporary: bool) -> Large:
        """The rows in new files, numbered."""
        from pyspark.sql import functions

        path = self._files.new(temporary=temporary)
        if ROW not in frame.columns:
            frame = frame.withColumn(ROW, functions.monotonically_increasing_id() + functions.lit(next_row))
        frame.write.parquet(str(path))
        return _counted(tuple(str(each) for each in sorted(path.glob("part-*"))), next_row)

    def _read(self, large: Large, columns: Types, names: Sequence[str] | None) -> "pyarrow.Table":
        """What turned out to be few, back from its files."""
        asked = names or [name for name, _ in columns]
        frame = self._work.read(large.files).select(*(f"`{name}`" for name in asked))
        return frame.toDF(*(f"c{index}" for index in range(len(asked)))).toArrow()

    def _put(self, key: Key, found: Few, names: Sequence[str]) -> int:
        """Put rows into a table of the driver."""
        changed = 0

        def insert(query: str) -> None:
            nonlocal changed
            changed = self._driver.run(f"INSERT INTO {named(key)} ({', '.join(map(quoted, names))}) {query}")

        self._driver.given(found.rows, [(f"c{index}", kind) for index, (_, kind) in enumerate(found.types)], insert)
        return changed

    def _apply(self, key: Key, found: Few, change: str) -> int:
        """Change the rows of a driver's table whose numbers were found."""
        names = [ROW, *(f"v{index}" for index in range(len(found.types) - 1))]
        types = [(name, kind) for name, (_, kind) in zip(names, found.types, strict=True)]
        changed = 0

        def run(query: str) -> None:
            nonlocal changed
            once = f"SELECT DISTINCT ON ({ROW}) * FROM ({query})"
            changed = self._driver.run(f"{change} ({once}) AS m WHERE t.rowid = m.{ROW}")

        self._driver.given(found.rows, types, run)
        if changed:
            self.touch(key)
        return changed

    def _update_files(self, key: Key, found: Few | Large, names: list[str]) -> int:
        """Write a large table anew, with the values that were found for some of its rows."""
        from pyspark.sql import functions

        new, columns = self._frame(found).withColumnRenamed(ROW, "_matched"), self._driver.columns(key)
        changed = found.rows.num_rows if isinstance(found, Few) else found.rows
        old = self._work.frame_of(key, columns, rowid=ROW)
        joined = old.join(new, old[ROW] == new["_matched"], "left")
        places = {name.casefold(): f"v{index}" for index, name in enumerate(names)}
        kept = [
            functions.when(new["_matched"].isNull(), old[f"`{name}`"])
            .otherwise(new[places[name.casefold()]].cast(spark_type(kind)))
            .alias(name)
            if name.casefold() in places
            else old[f"`{name}`"]
            for name, kind in columns
        ]
        self._rewrite(key, joined.select(*kept, old[ROW]))
        return changed

    def _rewrite(self, key: Key, frame: "DataFrame") -> None:
        """Give a large table other rows."""
        before = self._work.large[key]
        after = self._write(frame, before.next_row, temporary=is_temporary(key))
        self._work.large[key] = Large(after.files, after.rows, before.next_row)
        self.touch(key)

    def _spilled(self, key: Key) -> Large:
        """The rows of a driver's table, in a file."""
        rows = self._driver.table(key, rowid=ROW)
        self._driver.run(f"DELETE FROM {named(key)}")
        return self._saved(rows, 0, temporary=is_temporary(key))

    def _written(self, key: Key, found: Few, names: Sequence[str], next_row: int) -> Large:
        """A few rows in a file of a large table."""
        rows: list[pyarrow.Table] = []
        given = {name.casefold(): f"c{index}" for index, name in enumerate(names)}
        columns = self._driver.columns(key)
        chosen = ", ".join(f"{given.get(name.casefold(), 'NULL')}::{kind} AS {quoted(name)}" for name, kind in columns)
        number = f"{next_row} + row_number() OVER () - 1 AS {ROW}"
        types = [(f"c{index}", kind) for index, (_, kind) in enumerate(found.types)]
        self._driver.given(
            found.rows,
            types,
            lambda query: rows.append(self._driver.arrow(f"SELECT {chosen}, {number} FROM ({query})")),
        )
        return self._saved(rows[0], next_row, temporary=is_temporary(key))

    def _saved(self, rows: "pyarrow.Table", next_row: int, *, temporary: bool) -> Large:
        """Rows of the driver in a file, if there are any."""
        from pyarrow import parquet

        if not rows.num_rows:
            return Large((), 0, next_row)
        path = self._files.new(temporary=temporary)
        parquet.write_table(rows, path, compression="zstd")
        return _counted((str(path),), next_row)

    def _frame(self, found: Few | Large) -> "DataFrame":
        """Numbers of rows, and values, for Spark."""
        if isinstance(found, Large):
            return self._work.read(found.files)
        names = [ROW, *(f"v{index}" for index in range(len(found.types) - 1))]
        return self._work.given(found.rows.rename_columns(names))

    def _target(self, tree: "exp.Expr") -> Key:
        """The one table that a statement makes, changes or drops."""
        from sqlglot import exp

        table = next(tree.find_all(exp.Table))
        if tree.find(exp.TemporaryProperty):
            return key_of("temp", table.name)
        return self._driver.resolved(table.db, table.name)

    def stored(self, key: Key, names: tuple[str, str]) -> Stored:
        """A table as the manifest has it, its rows in files."""
        large, columns = self._work.large.get(key), tuple(self._driver.columns(key))
        if large is None:
            rows = self._driver.table(key, rowid=ROW)
            large = self._saved(rows, 0, temporary=False)
        schema, name = names
        return Stored(
            schema=schema, name=name, columns=columns, files=large.files, rows=large.rows, next_row=large.next_row
        )

    def touch(self, key: Key) -> None:
        """A table has changed."""
        self._work.forget(key)
        self.touched.add(key)


def _refuse_more(tree: "exp.Expr", known: tuple[str, ...]) -> None:
    """Raise `Unsupported` where a statement says more than the parts that are carried out."""
    more = [name for name, value in tree.args.items() if value and name not in known]
    if more:
        raise Unsupported(f"{', '.join(more)} of this statement is not known on Spark: {written(tree)}")


def _shaped(answer: Answer, frame: "DataFrame", columns: Types, names: Sequence[str] | None) -> "DataFrame":
    """The frame of a query with the columns of a table."""
    from pyspark.sql import functions

    asked = names or [name for name, _ in columns]
    places = {name.casefold(): f"c{index}" for index, name in enumerate(asked)}
    return frame.select(
        *(
            (frame[places[name.casefold()]] if name.casefold() in places else functions.lit(None))
            .cast(spark_type(kind))
            .alias(name)
            for name, kind in columns
        )
    )


def _counted(files: tuple[str, ...], next_row: int) -> Large:
    """Files that were just written, with what their own footers say."""
    from pyarrow import parquet

    rows = 0
    for file in files:
        metadata = parquet.read_metadata(Path(file))
        place = metadata.schema.names.index(ROW)
        for group in (metadata.row_group(index) for index in range(metadata.num_row_groups)):
            rows += group.num_rows
            if group.num_rows:
                next_row = max(next_row, group.column(place).statistics.max + 1)
    return Large(files, rows, next_row)
