"""Typed parts of an expression go in; the typed node of the whole, and a problem where types do not fit, come out.

After a problem the node is a null constant, which fits anywhere, so that one mistake is reported once.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from compiler.expressions.function import Function, number_text
from compiler.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Constant,
    Each,
    Expression,
    Fold,
    Item,
    ListCall,
    Not,
    Operator,
    Path,
    Problem,
    Sorted,
    Store,
)
from compiler.expressions.types import ValueType

Place = tuple[int, int]

_NAMES = {
    ValueType.STRING: "a text",
    ValueType.INTEGER: "an integer",
    ValueType.DOUBLE: "a real number",
    ValueType.BOOLEAN: "a Boolean",
    ValueType.DATETIME: "a date",
    ValueType.GUID: "a GUID",
    ValueType.BYTES: "bytes",
    ValueType.RESOURCE: "a resource",
    ValueType.CHAR: "a character",
    ValueType.LIST: "a collection",
    ValueType.MAP: "a dictionary",
    ValueType.SPAN: "a time span",
    ValueType.MATCH: "a match",
    ValueType.NULL: "null",
}
_NUMBERS = (ValueType.INTEGER, ValueType.DOUBLE)
_RELATED = ({ValueType.DATETIME}, {ValueType.CHAR}, {ValueType.SPAN})
_TIMES: dict[tuple[ValueType, Operator, ValueType], tuple[str, ValueType]] = {
    (ValueType.DATETIME, "-", ValueType.DATETIME): ("DateTime.Difference", ValueType.SPAN),
    (ValueType.DATETIME, "+", ValueType.SPAN): ("DateTime.Later", ValueType.DATETIME),
    (ValueType.DATETIME, "-", ValueType.SPAN): ("DateTime.Earlier", ValueType.DATETIME),
    (ValueType.SPAN, "+", ValueType.SPAN): ("TimeSpan.Sum", ValueType.SPAN),
    (ValueType.SPAN, "-", ValueType.SPAN): ("TimeSpan.Difference", ValueType.SPAN),
}
"""What an operator does to dates and time spans."""


class Report:
    """Collects the problems of one text."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._variables = 0

    def variable(self) -> int:
        """A number that no `Item` of the text has yet."""
        self._variables += 1
        return self._variables

    def error(self, code: str, message: str, place: Place, help: str = "") -> Constant:
        """Note a problem and go on with null in its place."""
        self.problems.append(Problem(code, message, place[0], place[1], help))
        return null_at(place)

    @property
    def has_errors(self) -> bool:
        return any(problem.code[0] == "E" for problem in self.problems)


def named(value_type: ValueType) -> str:
    """A type in the words of messages."""
    return _NAMES[value_type]


def null_at(place: Place) -> Constant:
    """Null, written at a place."""
    return Constant(type=ValueType.NULL, value=None, start=place[0], end=place[1])


def text_at(value: str, place: Place) -> Constant:
    """A text constant, written at a place."""
    return Constant(type=ValueType.STRING, value=value, start=place[0], end=place[1])


def place_of(tree: Expression) -> Place:
    """The characters a node was written as."""
    return tree.start, tree.end


def binary(operator: Operator, left: Expression, right: Expression, place: Place, report: Report) -> Expression:
    """`left operator right` as C# types it."""
    start, end = place
    types = {left.type, right.type} - {ValueType.NULL}
    if operator == "+" and ValueType.STRING in types:
        return _concatenation(left, right, place, report)
    if operator in ("&&", "||"):
        left, right = condition(left, report), condition(right, report)
    elif operator in ("==", "!="):
        if not _comparable(types):
            return _mismatch(operator, left, right, place, report)
        left, right = _alike(left, right)
    elif operator in ("<", "<=", ">", ">="):
        if not types <= set(_NUMBERS) and types not in _RELATED:
            return _mismatch(operator, left, right, place, report)
        left, right = _alike(left, right)
    else:
        return _computed(operator, left, right, place, report)
    return Binary(type=ValueType.BOOLEAN, operator=operator, left=left, right=right, start=start, end=end)


def _computed(operator: Operator, left: Expression, right: Expression, place: Place, report: Report) -> Expression:
    """Arithmetic: real as soon as one side is; dates and time spans are added and subtracted."""
    types = {left.type, right.type} - {ValueType.NULL}
    function = _TIMES.get((left.type, operator, right.type))
    if function is not None:
        name, kind = function
        return Call(type=kind, function=name, arguments=(left, right), start=place[0], end=place[1])
    if types - set(_NUMBERS):
        return _mismatch(operator, left, right, place, report)
    left, right = _alike(left, right)
    kind = ValueType.DOUBLE if ValueType.DOUBLE in types else ValueType.INTEGER
    return Binary(type=kind, operator=operator, left=left, right=right, start=place[0], end=place[1])


def _alike(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Of an integer and a real number, both as real numbers."""
    if {left.type, right.type} != set(_NUMBERS):
        return left, right
    return as_double(left), as_double(right)


def negated(operand: Expression, place: Place, report: Report) -> Expression:
    """`!operand`."""
    return Not(type=ValueType.BOOLEAN, operand=condition(operand, report), start=place[0], end=place[1])


def condition(tree: Expression, report: Report) -> Expression:
    """The tree, which must be a Boolean."""
    if tree.type in (ValueType.BOOLEAN, ValueType.NULL):
        return tree
    return report.error(
        "E602",
        f"{named(tree.type)} stands where a condition is needed",
        place_of(tree),
        "compare it with something, for example `!= null`",
    )


def conditional(test: Expression, then: Expression, other: Expression, place: Place, report: Report) -> Expression:
    """`test ? then : other`; both arms must have one type."""
    joined = unified(then, other)
    if joined is None:
        return report.error(
            "E602",
            f"the two outcomes are {named(then.type)} and {named(other.type)}",
            place_of(other),
            "let both have the same type, for example with `.ToString()`",
        )
    test = condition(test, report)
    then, other = _alike(then, other)
    return Conditional(
        type=joined, item=then.item or other.item, test=test, then=then, otherwise=other, start=place[0], end=place[1]
    )


def coalesced(left: Expression, right: Expression, place: Place, report: Report) -> Expression:
    """`left ?? right`; both must have one type."""
    joined = unified(left, right)
    if joined is None:
        return _mismatch("??", left, right, place, report)
    left, right = _alike(left, right)
    return Coalesce(type=joined, item=left.item or right.item, left=left, right=right, start=place[0], end=place[1])


def unified(left: Expression, right: Expression) -> ValueType | None:
    """The one type of two alternatives, or None when they have none in common."""
    types = {left.type, right.type} - {ValueType.NULL}
    if types == {ValueType.RESOURCE} and len(targets_of(left) | targets_of(right)) > 1:
        return None
    if types == {ValueType.LIST} and not _one_list(left, right):
        return None
    if types == set(_NUMBERS):
        return ValueType.DOUBLE
    if len(types) > 1:
        return None
    return types.pop() if types else ValueType.NULL


def _one_list(left: Expression, right: Expression) -> bool:
    """Lists of resources carry what is read of them, which differs from one to the other."""
    return ValueType.RESOURCE not in (left.item, right.item) and (
        left.item == right.item or None in (left.item, right.item)
    )


def any_of(tree: Expression, place: Place) -> Expression:
    """Whether a list has items."""
    return ListCall(type=ValueType.BOOLEAN, function="any", arguments=(tree,), start=place[0], end=place[1])


def targets_of(tree: Expression) -> frozenset[str | None]:
    """The entity types that a resource can be of, or the resources in a list."""
    found: set[str | None] = set()
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Conditional):
            waiting += (each.then, each.otherwise)
        elif isinstance(each, Coalesce):
            waiting += (each.left, each.right)
        elif isinstance(each, Path | Item | Store):
            found.add(each.target)
        elif isinstance(each, Each):
            waiting.append(each.source if each.operation == "where" else each.body)
        elif isinstance(each, Sorted):
            waiting.append(each.source)
        elif isinstance(each, Fold):
            waiting.append(each.body[each.result])
        elif isinstance(each, ListCall):
            waiting += each.arguments[:1]
    return frozenset(found)


def call(function: Function, arguments: Sequence[Expression], place: Place, report: Report) -> Expression:
    """A function applied to arguments, the receiver first; their number and types must fit."""
    shown = function.written
    hidden = 0 if function.form == "static" else 1
    if not function.fewest <= len(arguments) <= len(function.parameters):
        return report.error(
            "E605", f"`{shown}` takes {_count(function, hidden)}, not {len(arguments) - hidden}", place, function.doc
        )
    before = len(report.problems)
    for parameter, argument in zip(function.parameters, arguments, strict=False):
        if not _accepts(parameter.type, argument.type):
            report.error(
                "E602",
                f"`{shown}` needs {named(parameter.type)}, and this is {named(argument.type)}",
                place_of(argument),
                function.doc,
            )
        elif parameter.check is not None:
            wrong = parameter.check(argument.value if isinstance(argument, Constant) else None)
            if wrong:
                report.error("E605", wrong, place_of(argument), function.doc)
    if len(report.problems) > before:
        return null_at(place)
    return Call(type=function.result, function=function.name, arguments=tuple(arguments), start=place[0], end=place[1])


def as_text(tree: Expression, report: Report) -> Expression:
    """What `ToString()` makes of a value, as string `+` does; null stays null."""
    if tree.type in (ValueType.STRING, ValueType.NULL):
        return tree
    if tree.type in (ValueType.CHAR, ValueType.MATCH):
        return replace(tree, type=ValueType.STRING)
    if isinstance(tree, Conditional):
        return over_branches(tree, lambda branch: as_text(branch, report))
    if isinstance(tree, Coalesce):
        return replace(tree, type=ValueType.STRING, left=as_text(tree.left, report), right=as_text(tree.right, report))
    if isinstance(tree, Path) and tree.type in _NUMBERS:
        return replace(tree, type=ValueType.STRING)  # the store's text of a number is the invariant one
    if isinstance(tree, Constant) and tree.type in _NUMBERS:
        return replace(tree, type=ValueType.STRING, value=number_text(tree.value))
    written = {
        ValueType.INTEGER: "Integer.ToString",
        ValueType.BOOLEAN: "Boolean.ToString",
        ValueType.DATETIME: "DateTime.ToString",
        ValueType.GUID: "Guid.ToString",
        ValueType.DOUBLE: "Double.ToString",
        ValueType.SPAN: "TimeSpan.ToString",
    }.get(tree.type)
    if written is None:
        return report.error("E602", f"{named(tree.type)} has no text", place_of(tree), "name one of its properties")
    return Call(type=ValueType.STRING, function=written, arguments=(tree,), start=tree.start, end=tree.end)


def as_double(tree: Expression) -> Expression:
    """An integer as a real number; a real number as it is."""
    if tree.type is not ValueType.INTEGER:
        return tree
    if isinstance(tree, Constant) and isinstance(tree.value, int):
        return replace(tree, type=ValueType.DOUBLE, value=float(tree.value))
    return Call(type=ValueType.DOUBLE, function="Integer.ToDouble", arguments=(tree,), start=tree.start, end=tree.end)


def over_branches(tree: Conditional, change: Callable[[Expression], Expression]) -> Expression:
    """The conditional with each of its outcomes changed; chains of `otherwise` may be long, so they are a loop."""
    chain = [tree]
    while isinstance(chain[-1].otherwise, Conditional):
        chain.append(chain[-1].otherwise)
    changed = change(chain[-1].otherwise)
    for each in reversed(chain):
        then = change(each.then)
        kind = unified(then, changed) or ValueType.NULL
        changed = replace(each, type=kind, then=then, otherwise=changed)
    return changed


def _concatenation(left: Expression, right: Expression, place: Place, report: Report) -> Expression:
    texts = as_text(left, report), as_text(right, report)
    return Binary(type=ValueType.STRING, operator="concat", left=texts[0], right=texts[1], start=place[0], end=place[1])


def _comparable(types: set[ValueType]) -> bool:
    return len(types) <= 1 or types <= set(_NUMBERS)


def _accepts(wanted: ValueType, given: ValueType) -> bool:
    if wanted is ValueType.STRING and given in (ValueType.CHAR, ValueType.MATCH):
        return True
    return given in (wanted, ValueType.NULL) or (wanted is ValueType.DOUBLE and given is ValueType.INTEGER)


def _mismatch(operator: str, left: Expression, right: Expression, place: Place, report: Report) -> Expression:
    message = f"`{operator}` does not go between {named(left.type)} and {named(right.type)}"
    return report.error("E602", message, place, _ADVICE.get(operator, "convert one of them first"))


_ADVICE = {
    "+": "numbers are added, texts are joined; dates have AddDays, AddMonths and AddYears",
    "-": "numbers, dates and time spans are subtracted",
    "<": "only numbers and dates have an order",
    "<=": "only numbers and dates have an order",
    ">": "only numbers and dates have an order",
    ">=": "only numbers and dates have an order",
}


def _count(function: Function, hidden: int) -> str:
    most, fewest = len(function.parameters) - hidden, function.fewest - hidden
    if most == 0:
        return "no arguments"
    if fewest == most:
        return f"{most} argument" + ("s" if most > 1 else "")
    return f"{fewest} to {most} arguments"
