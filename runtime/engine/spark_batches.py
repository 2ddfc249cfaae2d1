"""An expression in DuckDB SQL in; a function of Arrow arrays that computes it, batch by batch, in Spark's workers, out.

What Spark cannot say, or says in another way (regular expressions, letter case, dates, lists), is computed by DuckDB
itself, inside the Python processes that Spark runs beside its executors. So it means the same there.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runtime.engine.spark_types import arrow_type, held_type

if TYPE_CHECKING:
    import duckdb
    import pyarrow

Failed = Callable[[str, str], None]
"""Told that a function of a name failed on one value, and with what kind of error."""

_opened: "dict[str, duckdb.DuckDBPyConnection]" = {}
"""One database for each expression in a process, so that its functions are registered once."""

_told: dict[str, Failed] = {}
"""Who is told of failures now: each task of Spark has its own."""


class Batch(Struct, frozen=True):
    """An expression over the columns `c0`, `c1` …, whose types these are; `functions` are the Python ones it calls."""

    name: str
    expression: str
    types: tuple[str, ...]
    result: str
    functions: Mapping[str, Callable[..., str | None]]

    def function(self, failed: Failed) -> "Callable[..., pyarrow.Array]":
        """What Spark calls."""
        import pyarrow

        batch = self

        def computed(*arrays):  # type: ignore[no-untyped-def]  # Spark reads the annotations below, which must be classes
            return _computed(batch, failed, arrays)

        computed.__annotations__ = {"arrays": pyarrow.Array, "return": pyarrow.Array}
        return computed


def _computed(batch: Batch, failed: Failed, arrays: "tuple[pyarrow.Array, ...]") -> "pyarrow.Array":
    import pyarrow

    _told[batch.name] = failed
    connection = _connection(batch)
    names = [f"c{index}" for index in range(len(arrays))]
    given = pyarrow.Table.from_arrays(list(arrays), names=names)
    columns = ", ".join(f"{name}::{kind} AS {name}" for name, kind in zip(names, batch.types, strict=True))
    connection.register("given", given)
    try:
        query = f"SELECT ({batch.expression})::{held_type(batch.result)} AS result FROM (SELECT {columns} FROM given)"
        result: Any = connection.sql(query).to_arrow_table().column(0).combine_chunks()
    finally:
        connection.unregister("given")
    return result.cast(arrow_type(batch.result))


def _connection(batch: Batch) -> "duckdb.DuckDBPyConnection":
    import duckdb

    found = _opened.get(batch.name)
    if found is None:
        found = _opened[batch.name] = duckdb.connect(":memory:", config={"threads": 1})
        for name, function in batch.functions.items():
            _register(found, batch.name, name, function)
    return found


def _register(
    connection: "duckdb.DuckDBPyConnection", batch: str, name: str, function: Callable[..., str | None]
) -> None:
    from duckdb.func import FunctionNullHandling

    def of_any_number(*arguments):  # type: ignore[no-untyped-def]  # DuckDB would take a hint for one parameter
        try:
            return function(*arguments)
        except Exception as error:  # whatever one value does to a function, the others are computed
            _told[batch](name, type(error).__name__)
            return None

    connection.create_function(name, of_any_number, None, "VARCHAR", null_handling=FunctionNullHandling.SPECIAL)
