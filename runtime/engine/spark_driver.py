"""The driver's own database: the catalogue of a store on Spark, and the rows of its small tables.

It is a DuckDB database in memory. Every table of the store stands in it, a large one without rows, so that DuckDB says
which columns and types a query has, and answers what is asked of the catalogue.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from runtime.engine.engine import Row
from runtime.engine.spark_sql import Types
from runtime.engine.spark_tables import Key, key_of
from runtime.engine.spark_types import held_type

if TYPE_CHECKING:
    import pyarrow


def quoted(name: str) -> str:
    """An identifier in DuckDB SQL."""
    return '"' + name.replace('"', '""') + '"'


def column_list(columns: Types, kind: Callable[[str], str]) -> str:
    """Columns as a schema in Spark SQL."""
    return ", ".join("`{}` {}".format(name.replace("`", "``"), kind(held)) for name, held in columns)


class Driver:
    """The database in memory."""

    def __init__(self) -> None:
        import duckdb

        self._connection = duckdb.connect(":memory:")
        self._kept = 0
        self._keys: set[Key] | None = None
        self._counts: dict[Key, int] = {}
        self.run("SET preserve_insertion_order = true")
        self.run("SET autoinstall_known_extensions = false")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Carry out a statement; how many rows it changed."""
        self._keys, self._counts = None, {}
        cursor = self._connection.execute(sql, list(parameters))
        described = cursor.description
        row = cursor.fetchone() if described and described[0][0] == "Count" else None
        return int(row[0]) if row else 0

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Every row of a query."""
        return self._connection.execute(sql, list(parameters)).fetchall()

    def describe(self, sql: str) -> Types:
        """The names and types of a query's columns. DESCRIBE gives a column its old name where only case differs."""
        relation = self._connection.sql(sql)
        return list(zip(relation.columns, map(str, relation.types), strict=True))

    def resolved(self, schema: str, name: str) -> Key:
        """The table that a name means: without a schema the temporary one, if there is one."""
        if not schema and key_of("temp", name) in self.keys():
            return key_of("temp", name)
        return key_of(schema, name)

    def names(self) -> dict[Key, tuple[str, str]]:
        """The tables that are kept, with their names as they were written."""
        found = self.rows("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary")
        return {key_of(schema, name): (schema, name) for schema, name in found}

    def schemas(self) -> list[str]:
        """The schemas."""
        found = self.rows(
            "SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE database_name = current_database() "
            "AND NOT internal ORDER BY schema_name"
        )
        return [name for (name,) in found]

    def keep(self, values: object) -> str:
        """Keep a list under a name, for statements that get it as a parameter."""
        self._kept = (self._kept + 1) % 8
        self.run(f"SET VARIABLE _kept{self._kept} = ?", [values])
        return f"_kept{self._kept}"

    def keys(self) -> set[Key]:
        """Every table, temporary ones in the schema `temp`."""
        if self._keys is None:
            temporary = "CASE WHEN temporary THEN 'temp' ELSE schema_name END"
            found = self.rows(f"SELECT {temporary}, table_name FROM duckdb_tables()")
            self._keys = {key_of(schema, name) for schema, name in found}
        return self._keys

    def columns(self, key: Key) -> Types:
        """The columns of a table."""
        return self.describe(f"FROM {named(key)}")

    def count(self, key: Key) -> int:
        """How many rows of a table stand here."""
        if key not in self._counts:
            self._counts[key] = int(self.rows(f"SELECT count(*) FROM {named(key)}")[0][0])
        return self._counts[key]

    def table(self, key: Key, *, rowid: str = "") -> "pyarrow.Table":
        """The rows of a table as Spark takes them, numbered in a column of that name unless it is empty."""
        return self.arrow(f"FROM {named(key)}", f"rowid AS {quoted(rowid)}" if rowid else "")

    def arrow(self, sql: str, more: str = "") -> "pyarrow.Table":
        """The rows of a query that reads nothing of Spark's, as Spark takes them."""
        types = self.describe(sql)
        columns = [f"{quoted(name)}::{held_type(kind)} AS {quoted(name)}" for name, kind in types]
        columns += [more] if more else []
        source = sql.removeprefix("FROM ") if more else f"({sql})"
        return self._connection.sql(f"SELECT {', '.join(columns)} FROM {source}").to_arrow_table()

    def given(self, rows: "pyarrow.Table", types: Types, then: Callable[[str], object]) -> None:
        """Do something with rows that came from Spark: `then` is given a query of them, with these names and types."""
        self._connection.register("_given", rows)
        columns = (f"c{index}::{kind} AS {quoted(name)}" for index, (name, kind) in enumerate(types))
        then(f"SELECT {', '.join(columns)} FROM _given")
        self._connection.unregister("_given")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def named(key: Key) -> str:
    """A table in DuckDB SQL."""
    return f"{quoted(key[0])}.{quoted(key[1])}"
