"""The embedded engine: DuckDB in the workspace's own file, or in memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.engine.engine import Failed, Row

if TYPE_CHECKING:
    import duckdb

_NUMBERS = count(1)


class DuckDB:
    """One DuckDB database. Safe to use from one thread at a time."""

    def __init__(self, path: Path | None = None, *, memory_limit: str = "", temporary: Path | None = None) -> None:
        """Open the file, or a database in memory. `memory_limit` is DuckDB's own form ("512MB")."""
        import duckdb

        self._connection = duckdb.connect(str(path) if path else ":memory:")
        self.execute("SET preserve_insertion_order = true")
        self.execute("SET autoinstall_known_extensions = false")
        if memory_limit:
            self.execute("SET memory_limit = ?", [memory_limit])
        if temporary:
            self.execute("SET temp_directory = ?", [str(temporary)])

    @property
    def version(self) -> str:
        import duckdb

        return f"duckdb {duckdb.__version__}"

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        cursor = self._connection.execute(sql, list(parameters))
        return _affected(cursor)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(sql, list(parameters)).fetchall()

    def batches(self, sql: str, size: int) -> Iterator[list[Row]]:
        cursor = self._cursor().execute(sql)
        while rows := cursor.fetchmany(size):
            yield rows

    def register(self, name: str, function: Callable[..., str | None], failed: Failed) -> None:
        from duckdb.func import FunctionNullHandling

        def of_any_number(*arguments):  # type: ignore[no-untyped-def]  # DuckDB would take a hint for one parameter
            try:
                return function(*arguments)
            except Exception as error:  # whatever one value does to a function, the others are computed
                failed(type(error).__name__, 1)
                return None

        special = FunctionNullHandling.SPECIAL
        self._connection.create_function(name, of_any_number, None, "VARCHAR", null_handling=special)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def beside(self) -> "DuckDB":
        """An empty database in memory for another thread, within the limits of this one; closing it drops it."""
        return _Beside(self._connection.cursor())

    def close(self) -> None:
        self._connection.close()

    def _cursor(self) -> "duckdb.DuckDBPyConnection":
        return self._connection.cursor()


class _Beside(DuckDB):
    """A database in memory that shares another one's memory and threads."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self._connection = connection
        self._name = f"beside_{next(_NUMBERS)}"
        self._home = str(self.rows("SELECT current_database()")[0][0])
        self.execute(f"ATTACH ':memory:' AS {self._name}")
        self.execute(f"USE {self._name}")

    def close(self) -> None:
        self.execute('USE "' + self._home.replace('"', '""') + '"')
        self.execute(f"DETACH {self._name}")
        super().close()

    def _cursor(self) -> "duckdb.DuckDBPyConnection":
        return super()._cursor().execute(f"USE {self._name}")


def _affected(cursor: "duckdb.DuckDBPyConnection") -> int:
    """DuckDB answers a change with one row of one number, named Count."""
    described = cursor.description
    if not described or described[0][0] != "Count":
        return 0
    row = cursor.fetchone()
    return int(row[0]) if row else 0
