"""`Regex.Method(…)` goes in, a function over regular expressions comes out; what RE2 cannot say is named."""

from typing import TYPE_CHECKING

from compiler.expressions import functions, infer
from compiler.expressions.csharp_arguments import arguments
from compiler.expressions.infer import Place
from compiler.expressions.regular_expressions import OPTIONS, groups_in, replacement, translated
from compiler.expressions.tree import Call, Constant, Expression
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_COUNTS = {"IsMatch": 2, "Replace": 3, "Match": 2}


def regex_call(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression:
    """`Regex.IsMatch(text, pattern[, options])`, `Replace`, `Match`; of a match its Value, Success and Groups."""
    count = _COUNTS.get(name)
    if count is None:
        return low.report.error("E601", f"`Regex.{name}` is not authorised", place, "use IsMatch, Match or Replace")
    if len(given) not in (count, count + 1):
        return low.report.error("E605", f"`Regex.{name}` takes {count} or {count + 1} arguments", place)
    flags = _flags(low, given[count]) if len(given) > count else ""
    trees = arguments(low, given[:count])
    pattern = _pattern(low, trees[1], flags)
    if pattern is None:
        return infer.null_at(place)
    trees[1] = pattern
    if count == 3:
        by = _replacement(low, trees[2], str(pattern.value))
        if by is None:
            return infer.null_at(place)
        trees[2] = by
    return infer.call(functions.FUNCTIONS[f"Regex.{name}"], trees, place, low.report)


def match_member(low: "Lowering", receiver: Expression, name: str, place: Place) -> Expression | None:
    """`Value` and `Success` of a match; None for anything else."""
    if not isinstance(receiver, Call) or receiver.function not in ("Regex.Match", "Regex.Group"):
        return None
    if name == "Value":
        return receiver
    if name != "Success" or receiver.function != "Regex.Match":
        return None
    return infer.call(functions.FUNCTIONS["Regex.IsMatch"], receiver.arguments, place, low.report)


def group(low: "Lowering", receiver: Expression, index: Expression, place: Place) -> Expression | None:
    """`match.Groups[1]`; None when the receiver is no match."""
    if not isinstance(receiver, Call) or receiver.function != "Regex.Match":
        return None
    value, pattern = receiver.arguments
    most = groups_in(str(pattern.value)) if isinstance(pattern, Constant) else 0
    if not isinstance(index, Constant) or not isinstance(index.value, int) or not 0 <= index.value <= most:
        message = f"the group must be a number from 0 to {most}"
        return low.report.error("E605", message, infer.place_of(index), "groups with names are not numbered")
    return infer.call(functions.FUNCTIONS["Regex.Group"], [value, pattern, index], place, low.report)


def _flags(low: "Lowering", node: "Node") -> str:
    flags = ""
    for part in low.source.text(node).split("|"):
        name = part.strip().removeprefix("System.Text.RegularExpressions.").removeprefix("RegexOptions.")
        if name not in OPTIONS:
            help = "allowed are " + ", ".join(OPTIONS)
            low.report.error("E601", f"the option `{part.strip()}` is not authorised", low.place(node), help)
        flags += OPTIONS.get(name, "")
    return flags


def _pattern(low: "Lowering", tree: Expression, flags: str) -> Constant | None:
    if not isinstance(tree, Constant) or not isinstance(tree.value, str):
        low.report.error("E605", "the pattern must be a constant text", infer.place_of(tree))
        return None
    text, problem = translated(tree.value, flags)
    if problem:
        low.report.error("E605", f"this regular expression cannot be used: {problem}", infer.place_of(tree))
        return None
    return Constant(type=ValueType.STRING, value=text, start=tree.start, end=tree.end)


def _replacement(low: "Lowering", tree: Expression, pattern: str) -> Constant | None:
    if not isinstance(tree, Constant) or not isinstance(tree.value, str):
        low.report.error("E605", "the replacement must be a constant text", infer.place_of(tree), "use Match first")
        return None
    text, problem = replacement(tree.value, groups_in(pattern))
    if problem:
        low.report.error("E605", problem, infer.place_of(tree))
        return None
    return Constant(type=ValueType.STRING, value=text, start=tree.start, end=tree.end)
