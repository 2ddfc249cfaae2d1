"""`value is test` of a Jinja template goes in, the condition that it stands for comes out."""

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer
from compiler.expressions.infer import Place, Report
from compiler.expressions.tree import Constant, Expression, ListCall, Operator
from compiler.expressions.types import ValueType

_COMPARED: dict[str, Operator] = {
    **dict.fromkeys(("eq", "equalto", "sameas"), "=="),
    "ne": "!=",
    **dict.fromkeys(("lt", "lessthan"), "<"),
    "le": "<=",
    **dict.fromkeys(("gt", "greaterthan"), ">"),
    "ge": ">=",
}
_OF_NULL: dict[str, Operator] = {"none": "==", "undefined": "==", "defined": "!="}
_OF_BOOLEAN = {"true": True, "false": False}
_OF_NUMBERS = {"even": (2, 0), "odd": (2, 1)}
_CASES = {"lower": "ToLower", "upper": "ToUpper"}
NAMES = (*_COMPARED, *_OF_NULL, *_OF_BOOLEAN, *_OF_NUMBERS, *_CASES, "divisibleby", "in")


def tested(report: Report, name: str, value: Expression, given: list[Expression], place: Place) -> Expression:
    """Whether a value passes a test."""
    if name not in NAMES:
        help = did_you_mean(name, NAMES) or "use `==`"
        return report.error("E601", f"the test `{name}` is not supported", place, help)
    needed = 1 if name in _COMPARED or name in ("divisibleby", "in") else 0
    if len(given) != needed:
        return report.error("E605", f"the test `{name}` takes {needed or 'no'} value" + "s" * (needed != 1), place)
    if name in _OF_NULL:
        return infer.binary(_OF_NULL[name], value, infer.null_at(place), place, report)
    if name in _COMPARED:
        return infer.binary(_COMPARED[name], value, given[0], place, report)
    if name in _OF_BOOLEAN:
        wanted = Constant(type=ValueType.BOOLEAN, value=_OF_BOOLEAN[name], start=place[0], end=place[1])
        return infer.binary("==", value, wanted, place, report)
    if name in _CASES:
        folded = infer.call(functions.FUNCTIONS[_CASES[name]], [value], place, report)
        return infer.binary("==", value, folded, place, report)
    return contained(report, value, given[0], place) if name == "in" else _divided(report, name, value, given, place)


def contained(report: Report, value: Expression, among: Expression, place: Place) -> Expression:
    """`value in list`, `part in text`."""
    if among.type is ValueType.LIST and among.item is not ValueType.RESOURCE:
        if value.type not in (among.item, ValueType.NULL) and among.item is not None:
            kinds = infer.named(among.item), infer.named(value.type)
            return report.error("E602", f"each item is {kinds[0]}, and this is {kinds[1]}", place)
        start, end = place
        return ListCall(type=ValueType.BOOLEAN, function="contains", arguments=(among, value), start=start, end=end)
    return infer.call(functions.FUNCTIONS["Contains"], [among, value], place, report)


def _divided(report: Report, name: str, value: Expression, given: list[Expression], place: Place) -> Expression:
    """`even`, `odd` and `divisibleby(n)`, as Python has them: the rest of an odd negative number is 1."""
    by, rest = (given[0], 0) if name == "divisibleby" else (_whole(2, place), _OF_NUMBERS[name][1])
    left = infer.binary("%", value, by, place, report)
    is_even = infer.binary("==", left, _whole(0, place), place, report)
    if rest == 0:
        return is_even
    present = infer.binary("!=", left, infer.null_at(place), place, report)
    return infer.binary("&&", present, infer.negated(is_even, place, report), place, report)


def _whole(value: int, place: Place) -> Constant:
    return Constant(type=ValueType.INTEGER, value=value, start=place[0], end=place[1])
