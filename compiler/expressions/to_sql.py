"""A tree and the columns of its paths go in, DuckDB SQL as a sqlglot tree comes out.

A value is decoded from its internal text where its type is needed, computed in DuckDB's own types, and encoded again
at the root. Where C# would raise an exception the value is null: a member of null (as in `a?.b`), a position outside a
text, an overflow, a division by zero.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import python_calls, sequences, sql
from compiler.expressions.function import number_text
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.measure import operands
from compiler.expressions.sequences import Frame
from compiler.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Item,
    Not,
    Path,
)
from compiler.expressions.types import ValueType
from compiler.expressions.value_functions import double_text_sql, finite

if TYPE_CHECKING:
    from sqlglot import exp

Column = Callable[[tuple[str, ...]], "exp.Expression"]

INTERNAL_DATE = "%Y%m%d%H%M%S"

_RELATIONAL = {"<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
_ARITHMETIC = {"+": "Add", "-": "Sub", "*": "Mul", "/": "IntDiv", "%": "Mod"}


def to_sql(tree: Expression, column: Column) -> "exp.Expression":
    """The value in its internal text form, a VARCHAR (language.md §6.2).

    `column(path)` is the VARCHAR that holds a scalar, or the BIGINT id of the resource that a path arrives at. Lists
    ask more of it: `compiler.expressions.sequences.Columns`.
    """
    if tree.type is ValueType.NULL:
        return _typed_null(ValueType.STRING)
    if isinstance(tree, Conditional):
        return _case(tree, lambda branch: to_sql(branch, column), column)
    if isinstance(tree, Coalesce):
        return sql.coalesce(*(to_sql(each, column) for each in operands(tree)))
    if isinstance(tree, Path) and tree.type not in (ValueType.RESOURCE, ValueType.LIST):
        return column(tree.segments)
    if isinstance(tree, Constant) and tree.value is not None:
        return sql.text(internal_text(tree.value))
    return _encoded(native(tree, column), tree.type)


def condition(tree: Expression, column: Column) -> "exp.Expression":
    """A Boolean tree as a SQL condition that is never null: null counts as false."""
    test = native(tree, column)
    return sql.coalesce(test, sql.boolean(False)) if _may_be_null(tree) else test


def native(tree: Expression, column: Column) -> "exp.Expression":
    """The value in DuckDB's own type."""
    if tree.type is ValueType.NULL:
        return sql.null()
    if isinstance(tree, Path) and tree.type is not ValueType.LIST:
        return _decoded(column(tree.segments), tree.type)
    if isinstance(tree, Constant):
        return _constant(tree)
    if isinstance(tree, Call):
        return _called(tree, column)
    if isinstance(tree, Binary):
        return _binary(tree, column)
    if isinstance(tree, Conditional):
        return _case(tree, lambda branch: native(branch, column), column)
    if isinstance(tree, Coalesce):
        return sql.coalesce(*(native(each, column) for each in operands(tree)))
    if isinstance(tree, Not):
        return sql.negation(native(tree.operand, column))
    return _of_list(tree, column if isinstance(column, Frame) else Frame(column, native))


def _of_list(tree: Item | sequences.Listed, frame: Frame) -> "exp.Expression":
    if isinstance(tree, Item) and tree.type is not ValueType.LIST:
        value, is_text = sequences.item(tree, frame)
        return _decoded(value, tree.type) if is_text else value
    return sequences.value(tree, frame)


def internal_text(value: str | int | float | bool) -> str:
    """A constant as the store writes it."""
    return str(value).lower() if isinstance(value, bool) else number_text(value)


def _called(tree: Call, column: Column) -> "exp.Expression":
    function = FUNCTIONS[tree.function]
    if function.sql is None:
        passed = [to_sql(each, column) for each in python_calls.passed_to(tree)]
        return _decoded(python_calls.call_sql(tree, passed), tree.type)
    given = zip(function.parameters, tree.arguments, strict=False)
    return function.sql(
        *(_typed_null(want.type) if each.type is ValueType.NULL else native(each, column) for want, each in given)
    )


def _typed_null(kind: ValueType) -> "exp.Expression":
    """A null that chooses between DuckDB's overloads as a value of the type would."""
    return sql.cast_to(sql.null(), _SQL_TYPES.get(kind, "VARCHAR"))


_SQL_TYPES = {
    ValueType.INTEGER: "BIGINT",
    ValueType.DOUBLE: "DOUBLE",
    ValueType.BOOLEAN: "BOOLEAN",
    ValueType.DATETIME: "TIMESTAMP",
    ValueType.SPAN: "BIGINT",
}


def _decoded(column: "exp.Expression", kind: ValueType) -> "exp.Expression":
    if kind in (ValueType.INTEGER, ValueType.SPAN):
        return sql.try_cast(column, "BIGINT")
    if kind is ValueType.DOUBLE:
        return sql.try_cast(column, "DOUBLE")
    if kind is ValueType.BOOLEAN:
        return sql.operation("EQ", column, sql.text("true"))
    if kind is ValueType.DATETIME:
        return sql.plain_call("TRY_STRPTIME", column, sql.text(INTERNAL_DATE))
    return column


def _encoded(value: "exp.Expression", kind: ValueType) -> "exp.Expression":
    if kind in (ValueType.INTEGER, ValueType.SPAN, ValueType.BOOLEAN, ValueType.RESOURCE):
        return sql.cast_to(value, "VARCHAR")
    if kind is ValueType.DOUBLE:
        return double_text_sql(value)
    return sql.call("STRFTIME", value, sql.text(INTERNAL_DATE)) if kind is ValueType.DATETIME else value


def _constant(tree: Constant) -> "exp.Expression":
    value = tree.value
    if value is None:
        return sql.null()
    if isinstance(value, bool):
        return sql.boolean(value)
    if isinstance(value, int | float):
        return sql.number(value)
    return _timestamp(value) if tree.type is ValueType.DATETIME else sql.text(value)


def _timestamp(digits: str) -> "exp.Expression":
    date, time = (digits[:4], digits[4:6], digits[6:8]), (digits[8:10], digits[10:12], digits[12:14])
    return sql.timestamp("-".join(date) + " " + ":".join(time))


def _case(tree: Conditional, value: "Callable[[Expression], exp.Expression]", column: Column) -> "exp.Expression":
    """Chains of `else if` become one CASE."""
    branches = []
    otherwise: Expression = tree
    while isinstance(otherwise, Conditional):
        branches.append((native(otherwise.test, column), value(otherwise.then)))
        otherwise = otherwise.otherwise
    is_null = isinstance(otherwise, Constant) and otherwise.value is None
    return sql.case(branches, None if is_null else value(otherwise))


def _binary(tree: Binary, column: Column) -> "exp.Expression":
    operator = tree.operator
    if operator == "concat":
        return sql.call("CONCAT", *(native(each, column) for each in operands(tree)))
    if operator in ("&&", "||"):
        return sql.joined("And" if operator == "&&" else "Or", [native(each, column) for each in operands(tree)])
    left, right = native(tree.left, column), native(tree.right, column)
    if operator in ("==", "!="):
        return _equality(tree, left, right)
    if operator in _RELATIONAL:
        return sql.coalesce(sql.operation(_RELATIONAL[operator], left, right), sql.boolean(False))
    if tree.type is ValueType.DOUBLE:
        return finite(sql.operation({"/": "Div"}.get(operator, _ARITHMETIC[operator]), left, right))
    if isinstance(tree.left, Constant | Conditional | Coalesce):
        left = sql.cast_to(left, "BIGINT")  # a constant alone is an INTEGER, and would overflow as one
    return sql.attempt(sql.operation(_ARITHMETIC[operator], left, right))


def _equality(tree: Binary, left: "exp.Expression", right: "exp.Expression") -> "exp.Expression":
    """null equals null and nothing else."""
    for side, other in ((tree.left, right), (tree.right, left)):
        if isinstance(side, Constant) and side.value is None:
            return sql.is_null(other) if tree.operator == "==" else sql.negation(sql.is_null(other))
    return sql.operation("NullSafeEQ" if tree.operator == "==" else "NullSafeNEQ", left, right)


def _may_be_null(tree: Expression) -> bool:
    if isinstance(tree, Constant):
        return tree.value is None
    if isinstance(tree, Not):
        return _may_be_null(tree.operand)
    if isinstance(tree, Binary):
        return tree.operator in ("&&", "||") and any(_may_be_null(each) for each in operands(tree))
    return not (isinstance(tree, Call) and tree.function in _NEVER_NULL)


_NEVER_NULL = ("string.IsNullOrEmpty", "string.IsNullOrWhiteSpace")
