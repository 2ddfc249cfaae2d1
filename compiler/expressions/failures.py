"""A tree goes in; the condition under which C# would raise an exception, and the tree that is null there, come out.

Without it a failure would be a null among others: an empty text in a sum, a condition that does not hold. What happens
inside lambdas and loops is not looked into, nor are lists, nor a member of null, which is null here.
"""

from collections.abc import Callable, Sequence
from functools import reduce

from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.measure import excess, nodes, operands
from compiler.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Not,
    Operator,
)
from compiler.expressions.types import ValueType

_DIVISIONS = ("/", "%")
_ARITHMETIC = ("+", "-", "*", *_DIVISIONS)
_FALLIBLE = frozenset((
    "Substring", "Remove", "Insert", "string.Character", "int.Parse", "long.Parse", "bool.Parse", "double.Parse",
    "AddYears", "AddMonths", "AddDays", "AddHours", "AddMinutes", "AddSeconds", "AddTicks", "DateTime.Later",
    "DateTime.Earlier", "DateTime.DaysInMonth", "Random.Next",
))  # fmt: skip
"""Functions that raise an exception in C# where they are null here though what they are given is not. So do those that
convert, and those that read a date from a text that is not empty."""

_TRUE = Constant(type=ValueType.BOOLEAN, value=True)
_EMPTY = Constant(type=ValueType.STRING, value="")
_FALSE = Constant(type=ValueType.BOOLEAN, value=False)
_NULL = Constant(type=ValueType.NULL, value=None)


def guarded(tree: Expression) -> Expression:
    """The tree, null where a part of it fails; the tree itself where that is so anyway, or it would grow too large."""
    if not _absorbs(tree):
        return tree
    test = failure(tree)
    if test is None:
        return tree
    made = Conditional(
        type=tree.type, item=tree.item, test=test, then=_NULL, otherwise=tree, start=tree.start, end=tree.end
    )
    return tree if excess(made) else made


def cause(tree: Expression) -> Expression | None:
    """The condition under which a tree of `guarded` is null because a part of it fails; None where none can."""
    if isinstance(tree, Conditional) and tree.then == _NULL:
        test = failure(tree.otherwise)
        if test is not None and test == tree.test:
            return test
    return failure(tree)


def failure(tree: Expression) -> Expression | None:
    """The condition under which a part of the tree that is needed fails; None where none can."""
    if isinstance(tree, Conditional):
        return _of_branches(tree)
    if isinstance(tree, Coalesce):
        return _one_after_the_other(tree, lambda each: _compared(each, "==", _NULL))
    if isinstance(tree, Binary) and tree.operator in ("&&", "||"):
        sign: Operator = "==" if tree.operator == "&&" else "!="
        return _one_after_the_other(tree, lambda each: _compared(each, sign, _TRUE))
    if isinstance(tree, Binary | Call | Not):
        return reduce(_either, [*(failure(each) for each in operands(tree)), _own(tree)])
    return None


def failing(tree: Expression) -> tuple[str, ...]:
    """What may fail in a tree, as authors write it."""
    found = (each for each in nodes(tree) if _may_fail(each))
    return tuple(dict.fromkeys(_written(each) for each in found))


def _written(tree: Expression) -> str:
    if isinstance(tree, Call):
        return FUNCTIONS[tree.function].written.partition("(")[0]
    return tree.operator if isinstance(tree, Binary) else ""


def _own(tree: Expression) -> Expression | None:
    """The condition under which a node itself fails: it is null though nothing that it is made of is."""
    if not _may_fail(tree):
        return None
    parts = operands(tree)
    if any(isinstance(each, Constant) and each.value is None for each in parts):
        return None
    given = [_compared(each, "!=", _NULL) for each in parts if not isinstance(each, Constant)]
    if isinstance(tree, Call) and tree.function.startswith("Parse"):
        given.append(_compared(parts[0], "!=", _EMPTY))
    return _joined("&&", [*given, _compared(tree, "==", _NULL)])


def _may_fail(tree: Expression) -> bool:
    if isinstance(tree, Binary):
        return tree.operator in _DIVISIONS
    return isinstance(tree, Call) and (tree.function in _FALLIBLE or tree.function.startswith(("Convert.", "Parse")))


def _absorbs(tree: Expression) -> bool:
    """Whether a part that fails stands where its null would not make the whole null."""
    waiting = [(tree, False)]
    while waiting:
        each, absorbed = waiting.pop()
        if absorbed and _may_fail(each):
            return True
        if isinstance(each, Conditional):
            waiting += ((each.test, True), (each.then, absorbed), (each.otherwise, absorbed))
        elif isinstance(each, Coalesce):
            waiting += ((each.left, True), (each.right, absorbed))
        elif isinstance(each, Binary | Call | Not):
            inner = absorbed or not _is_strict(each)
            waiting += ((part, inner) for part in operands(each))
    return False


def _is_strict(tree: Binary | Call | Not) -> bool:
    if isinstance(tree, Binary):
        return tree.operator in _ARITHMETIC
    return isinstance(tree, Not) or not FUNCTIONS[tree.function].takes_null


def _of_branches(tree: Conditional) -> Expression | None:
    """A chain of `else if`, from its end: what fails is the test, or the outcome that it chooses."""
    chain = [tree]
    while isinstance(chain[-1].otherwise, Conditional):
        chain.append(chain[-1].otherwise)
    found = failure(chain[-1].otherwise)
    for each in reversed(chain):
        then = failure(each.then)
        if then is not None or found is not None:
            chosen = Conditional(type=ValueType.BOOLEAN, test=each.test, then=then or _FALSE, otherwise=found or _FALSE)
            found = _either(failure(each.test), chosen)
        else:
            found = failure(each.test)
    return found


def _one_after_the_other(tree: Expression, goes_on: Callable[[Expression], Expression]) -> Expression | None:
    """A later operand is looked at only when those before it let go on."""
    found: Expression | None = None
    for each in reversed(operands(tree)):
        later = _joined("&&", [goes_on(each), found]) if found is not None else None
        found = _either(failure(each), later)
    return found


def _either(first: Expression | None, second: Expression | None) -> Expression | None:
    if first is None or second is None:
        return first or second
    return _joined("||", [first, second])


def _joined(operator: Operator, parts: Sequence[Expression]) -> Expression:
    return reduce(lambda left, right: _binary(operator, left, right), parts)


def _compared(tree: Expression, operator: Operator, other: Constant) -> Expression:
    return _binary(operator, tree, other)


def _binary(operator: Operator, left: Expression, right: Expression) -> Expression:
    return Binary(type=ValueType.BOOLEAN, operator=operator, left=left, right=right)
