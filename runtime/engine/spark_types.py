"""A DuckDB type as DESCRIBE writes it in; the same type for Spark SQL, and for Arrow, out.

Whole numbers that Spark has no type for are decimals there: a UBIGINT is a DECIMAL(20, 0).
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow
    from sqlglot import exp

_SIMPLE = {
    "BOOLEAN": ("BOOLEAN", "bool_"),
    "TINYINT": ("TINYINT", "int8"),
    "SMALLINT": ("SMALLINT", "int16"),
    "INT": ("INT", "int32"),
    "BIGINT": ("BIGINT", "int64"),
    "UINT": ("BIGINT", "int64"),
    "FLOAT": ("FLOAT", "float32"),
    "DOUBLE": ("DOUBLE", "float64"),
    "TEXT": ("STRING", "string"),
    "VARCHAR": ("STRING", "string"),
    "VARBINARY": ("BINARY", "binary"),
    "DATE": ("DATE", "date32"),
}
"""Names in Spark SQL and of pyarrow's functions, by sqlglot's."""

_DECIMALS = {"UBIGINT": 20, "INT128": 38}


class UnknownType(Exception):
    """A type that the tables of Spark cannot hold."""


def held_type(name: str) -> str:
    """The DuckDB type in which values go to Spark and come back."""
    return {"UBIGINT": "DECIMAL(20, 0)", "HUGEINT": "DECIMAL(38, 0)", '"NULL"': "INTEGER"}.get(name, name)


@cache
def spark_type(name: str) -> str:
    """The type in Spark SQL. Raises `UnknownType`."""
    return _spark(_parsed(name))


@cache
def arrow_type(name: str) -> "pyarrow.DataType":
    """The type of the same values in Arrow. Raises `UnknownType`."""
    return _arrow(_parsed(name))


def _parsed(name: str) -> "exp.DataType":
    from sqlglot import exp

    return exp.DataType.build("INTEGER" if name == '"NULL"' else name, dialect="duckdb")


def _spark(kind: "exp.DataType") -> str:
    name = kind.this.name
    if name in _SIMPLE:
        return _SIMPLE[name][0]
    if name in _DECIMALS:
        return f"DECIMAL({_DECIMALS[name]}, 0)"
    if name == "DECIMAL":
        return f"DECIMAL({', '.join(each.name for each in kind.expressions)})"
    if name == "TIMESTAMPNTZ":
        return "TIMESTAMP_NTZ"
    if name == "ARRAY":
        return f"ARRAY<{_spark(kind.expressions[0])}>"
    if name == "MAP":
        return f"MAP<{', '.join(_spark(each) for each in kind.expressions)}>"
    if name == "STRUCT":
        fields = ((_quoted(each.name), _spark(each.args["kind"])) for each in kind.expressions)
        return f"STRUCT<{', '.join(f'{field}: {held}' for field, held in fields)}>"
    raise UnknownType(f"there is no {kind.sql('duckdb')} on Spark")


def _arrow(kind: "exp.DataType") -> "pyarrow.DataType":
    import pyarrow

    name = kind.this.name
    if name in _SIMPLE:
        return getattr(pyarrow, _SIMPLE[name][1])()
    if name in _DECIMALS:
        return pyarrow.decimal128(_DECIMALS[name], 0)
    if name == "DECIMAL":
        return pyarrow.decimal128(*(int(each.name) for each in kind.expressions))
    if name == "TIMESTAMPNTZ":
        return pyarrow.timestamp("us")
    if name == "ARRAY":
        return pyarrow.list_(_arrow(kind.expressions[0]))
    if name == "MAP":
        return pyarrow.map_(*(_arrow(each) for each in kind.expressions))
    if name == "STRUCT":
        return pyarrow.struct([(each.name, _arrow(each.args["kind"])) for each in kind.expressions])
    raise UnknownType(f"there is no {kind.sql('duckdb')} on Spark")


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
