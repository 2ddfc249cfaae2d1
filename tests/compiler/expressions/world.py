"""What the tests of expressions share: a small invented model, and a DuckDB that evaluates trees over given values."""

import atexit
from collections.abc import Iterable, Mapping

import duckdb
from duckdb.func import FunctionNullHandling
from sqlglot import exp

from compiler.expressions.compile import Compiled, compile_expression
from compiler.expressions.python_calls import functions_of
from compiler.expressions.to_python import implementation
from compiler.expressions.to_sql import condition, to_sql
from compiler.expressions.tree import Expression
from compiler.expressions.types import IDENTIFIER, Member, ValueType
from tests.compiler.expressions.given import Columns

Path = tuple[str, ...]
Values = Mapping[str, object]

_ENTITY_TYPES: dict[str, dict[str, Member]] = {
    "Keeper": {
        member.name: member
        for member in (
            Member("FirstName", ValueType.STRING),
            Member("LastName", ValueType.STRING),
            Member("Rank", ValueType.INTEGER),
            Member("Pay", ValueType.DOUBLE),
            Member("Since", ValueType.DATETIME),
            Member("Until", ValueType.DATETIME),
            Member("OnDuty", ValueType.BOOLEAN),
            Member("Badge", ValueType.GUID),
            Member("Photo", ValueType.BYTES),
            Member("Light", ValueType.RESOURCE, "Lighthouse"),
            Member("Logs", ValueType.RESOURCE, "Log", is_collection=True),
            Member("code", ValueType.STRING),
            Member("Code", ValueType.STRING),
        )
    },
    "Lighthouse": {
        member.name: member
        for member in (
            Member("Name", ValueType.STRING),
            Member("Height", ValueType.INTEGER),
            Member("Chief", ValueType.RESOURCE, "Keeper"),
            Member("Island", ValueType.RESOURCE, "Island"),
        )
    },
    "Log": {
        member.name: member
        for member in (
            Member("Text", ValueType.STRING),
            Member("Hours", ValueType.INTEGER),
            Member("Depth", ValueType.DOUBLE),
            Member("At", ValueType.DATETIME),
            Member("IsOpen", ValueType.BOOLEAN),
            Member("Light", ValueType.RESOURCE, "Lighthouse"),
            Member("Author", ValueType.RESOURCE, "Keeper"),
            Member("Lines", ValueType.RESOURCE, "Line", is_collection=True),
        )
    },
    "Line": {"Word": Member("Word", ValueType.STRING)},
    "Island": {"Name": Member("Name", ValueType.STRING)},
}


class World:
    """The model as expressions see it."""

    def member(self, entity_type: str, name: str) -> Member | None:
        known = _ENTITY_TYPES.get(entity_type, {})
        return Member(name, ValueType.INTEGER) if known and name == IDENTIFIER else known.get(name)

    def members(self, entity_type: str) -> Iterable[str]:
        return _ENTITY_TYPES.get(entity_type, {})


def compiled(
    expression: str | None = None,
    binding: str | None = None,
    expected: ValueType | None = ValueType.STRING,
    *,
    allow_literal: bool = True,
) -> Compiled:
    """Compile over keepers."""
    return compile_expression(
        expression=expression,
        binding=binding,
        entity_type="Keeper",
        scope=World(),
        expected=expected,
        allow_literal=allow_literal,
    )


def tree_of(expression: str | None = None, binding: str | None = None, expected: ValueType | None = None) -> Expression:
    """The tree of a sound expression."""
    result = compiled(expression, binding, expected)
    assert result.tree is not None, (result.problems, result.binding_problems)
    return result.tree


def shown(path: Path) -> exp.Expression:
    """A path as one column, for SQL that is compared as text; the resource itself is `_id`."""
    return exp.column(".".join(path) or "_id", quoted=True)


_CONNECTION = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})


def run(sql: exp.Expression, values: Values | None = None) -> object:
    """One SQL value over one row of values, which are given as parameters of their own: text, or ids of resources."""
    return _run(sql, Columns(values or {}))


def _run(sql: exp.Expression, columns: Columns) -> object:
    source, parameters = columns.source()
    found = _CONNECTION.execute(f"SELECT {sql.sql(dialect='duckdb')} FROM {source}", parameters).fetchall()
    return found[0][0]


atexit.register(_CONNECTION.close)  # before the functions that it holds are gone
_REGISTERED: set[str] = set()


def _register(tree: Expression) -> None:
    """The Python functions of a tree, as a run registers those of a plan."""
    for each in functions_of(tree):
        if each.name not in _REGISTERED:
            _CONNECTION.create_function(
                each.name,
                implementation(each),
                None,
                "VARCHAR",
                null_handling=FunctionNullHandling.SPECIAL,
            )
            _REGISTERED.add(each.name)


def value_in_sql(tree: Expression, values: Values | None = None) -> object:
    """The internal text of a tree's value, by DuckDB."""
    _register(tree)
    columns = Columns(values or {})
    return _run(to_sql(tree, columns), columns)


def condition_in_sql(tree: Expression, values: Values | None = None) -> object:
    """Whether a condition holds, by DuckDB."""
    _register(tree)
    columns = Columns(values or {})
    return _run(condition(tree, columns), columns)
