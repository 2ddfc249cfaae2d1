"""A tree and the values of its paths go in, its value comes out: the meaning that the SQL must have.

Slow and plain on purpose. It is what the SQL is tested against, and what runs where SQL cannot say a call.
"""

import math
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from compiler.expressions import sequence_values
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.measure import operands
from compiler.expressions.python_calls import PythonFunction
from compiler.expressions.to_sql import internal_text
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

Value = Callable[[tuple[str, ...]], object]

_WIDE = 2**63
_REMEMBERED = 65_536


def evaluate(tree: Expression, value: Value) -> object:
    """The value as a Python value; dates are naive datetimes in UTC.

    `value(path)` is the internal text of a scalar or the id of a resource, None for null.
    """
    if isinstance(tree, Path) and tree.type is not ValueType.LIST:
        return _decoded(value(tree.segments), tree.type)
    if isinstance(tree, Constant):
        return _decoded(tree.value, tree.type) if tree.type is ValueType.DATETIME else tree.value
    if isinstance(tree, Call):
        return _called(tree, [evaluate(each, value) for each in tree.arguments])
    if isinstance(tree, Binary):
        return _binary(tree, value)
    if isinstance(tree, Conditional):
        return _conditional(tree, value)
    if isinstance(tree, Coalesce):
        return next((found for each in operands(tree) if (found := evaluate(each, value)) is not None), None)
    if isinstance(tree, Not):
        negated = evaluate(tree.operand, value)
        return None if negated is None else not negated
    around = value if isinstance(value, sequence_values.Around) else sequence_values.Around(value, {}, evaluate)
    if not isinstance(tree, Item):
        return sequence_values.value(tree, around)
    held, is_text = sequence_values.item(tree, around)
    return _decoded(held, tree.type) if is_text else held


def implementation(function: PythonFunction) -> Callable[..., str | None]:
    """What computes a function, from internal texts to one; what its arguments led to before is remembered."""

    @lru_cache(maxsize=_REMEMBERED)
    def computed(*arguments: str | None) -> str | None:
        return text_of(evaluate(function.tree, lambda path: arguments[int(path[0])]))

    return lambda *arguments: computed(*arguments)


def text_of(found: object) -> str | None:
    """A value in its internal text form."""
    if found is None:
        return None
    if isinstance(found, datetime):
        return f"{found.year:04}{found:%m%d%H%M%S}"
    assert isinstance(found, str | int | float | bool)
    return internal_text(found)


def _decoded(found: object, kind: ValueType) -> object:
    if found is None or kind is ValueType.RESOURCE:
        return found
    text = str(found)
    if kind in (ValueType.INTEGER, ValueType.SPAN):
        return int(text)
    if kind is ValueType.DOUBLE:
        return float(text)
    if kind is ValueType.BOOLEAN:
        return text == "true"
    return datetime.strptime(text, "%Y%m%d%H%M%S") if kind is ValueType.DATETIME else text


def _called(tree: Call, arguments: list[object]) -> object:
    function = FUNCTIONS[tree.function]
    if not function.takes_null and any(each is None for each in arguments):
        return None
    return function.python(*arguments)


def _conditional(tree: Conditional, value: Value) -> object:
    chosen: Expression = tree
    while isinstance(chosen, Conditional):
        chosen = chosen.then if evaluate(chosen.test, value) is True else chosen.otherwise
    return evaluate(chosen, value)


def _binary(tree: Binary, value: Value) -> object:
    if tree.operator in ("concat", "&&", "||"):
        found = [evaluate(each, value) for each in operands(tree)]
        if tree.operator == "concat":
            return "".join(str(each) for each in found if each is not None)
        return _connected(found, decides=tree.operator == "||")
    left, right = evaluate(tree.left, value), evaluate(tree.right, value)
    if tree.operator in ("==", "!="):
        return (left == right) is (tree.operator == "==")
    if tree.operator in ("<", "<=", ">", ">="):
        return left is not None and right is not None and _ordered(tree.operator, left, right)
    if left is None or right is None:
        return None
    if tree.type is ValueType.DOUBLE:
        assert isinstance(left, float) and isinstance(right, float)
        return _computed_real(tree.operator, left, right)
    assert isinstance(left, int) and isinstance(right, int)
    return _computed(tree.operator, left, right)


def _connected(found: list[object], *, decides: bool) -> object:
    """AND and OR with null as the unknown: one deciding value is enough."""
    if any(each is decides for each in found):
        return decides
    return None if any(each is None for each in found) else not decides


def _ordered(operator: str, left: object, right: object) -> bool:
    order = (left > right) - (left < right)  # type: ignore[operator]  # numbers or dates, by their types
    return bool({"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator])


def _computed(operator: str, left: int, right: int) -> int | None:
    if operator in ("/", "%") and right == 0:
        return None
    quotient = 0 if operator not in ("/", "%") else abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    result = {"+": left + right, "-": left - right, "*": left * right, "/": quotient, "%": left - quotient * right}[
        operator
    ]
    return result if -_WIDE <= result < _WIDE else None


def _computed_real(operator: str, left: float, right: float) -> float | None:
    if operator in ("/", "%"):
        if right == 0 or not math.isfinite(left):
            return None
        result = left / right if operator == "/" else math.fmod(left, right)
    else:
        result = {"+": left + right, "-": left - right, "*": left * right}[operator]
    return result if math.isfinite(result) else None
