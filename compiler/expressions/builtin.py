"""`Name` or `Name:a|b|c` and the bound value go in, the built-in function's call comes out (provisioning.md §4.5)."""

import re

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer
from compiler.expressions.function import Function
from compiler.expressions.infer import Place, Report
from compiler.expressions.tree import Expression
from compiler.expressions.types import ValueType

_NAME = re.compile(r"\s*([^\s:|]*)\s*")


def parse_builtin(expression: str, bound: Expression | None, report: Report) -> Expression:
    """The built-in function that `expression` names, with `bound` as its first argument."""
    match = _NAME.match(expression)
    assert match is not None
    name, place = match[1], match.span(1)
    rest = expression[match.end() :]
    if not re.fullmatch(r"\w+", name) or (rest and not rest.startswith(":")):
        return report.error(
            "E600",
            "this is neither a function nor `C#:…`, `Jinja:…` or `Literal:…`",
            (0, len(expression)),
            "write the name of a built-in function, or begin with `C#:`, `Jinja:` or `Literal:`",
        )
    function = functions.builtin(name)
    if function is None:
        return _unknown(name, place, report)
    if bound is None:
        return report.error(
            "E611",
            f"`{name}` needs a binding: the bound value is its input",
            place,
            "add a binding beside the expression",
        )
    if bound.type is ValueType.STRING:
        function = functions.method(bound.type, name) or function  # FormatLocalDate reads a text and writes a date
    arguments = _arguments(rest, match.end(), function)
    whole = (place[0], len(expression.rstrip()))
    receiver = _as_input(bound, function)
    return infer.call(function, [receiver, *arguments], whole, report)


def _as_input(bound: Expression, function: Function) -> Expression:
    """A number is its own text to a function over texts."""
    wants_text = function.parameters[0].type is ValueType.STRING
    return infer.as_text(bound, Report()) if wants_text and bound.type in _WITH_TEXT else bound


_WITH_TEXT = (ValueType.INTEGER, ValueType.DOUBLE)


def _arguments(rest: str, offset: int, function: Function) -> list[Expression]:
    """The texts between the bars, each typed as its parameter is."""
    found: list[Expression] = []
    if not rest:
        return found
    at = offset + 1
    for part in rest[1:].split("|"):
        place: Place = (at, at + len(part))
        found.append(infer.text_at(part, place))
        at += len(part) + 1
    if function.name == "ParseUniversalDateThenAddMinutes" and len(found) == 3:
        found.pop(0)  # documented with a time zone, which UTC does not need
    return found


def _unknown(name: str, place: Place, report: Report) -> Expression:
    names = list(functions.builtins())
    help = did_you_mean(name, names) or "the functions are " + ", ".join(sorted(names))
    return report.error("E604", f"there is no function `{name}`", place, help)
