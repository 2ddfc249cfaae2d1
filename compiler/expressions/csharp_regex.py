"""`Regex.Method(…)` and methods of `new Regex(…)` go in, functions over regular expressions come out.

What RE2 cannot say is named.
"""

from typing import TYPE_CHECKING

from compiler.expressions import functions, infer
from compiler.expressions.infer import Place
from compiler.expressions.regular_expressions import (
    OPTIONS,
    group_number,
    has_groups,
    is_empty_somewhere,
    replacement,
    translated,
)
from compiler.expressions.tree import Call, Constant, Expression, ListCall, Path
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

REGEX = "$regex"
"""Where a path begins that stands for `new Regex(…)`; it goes on with RE2's pattern."""

_KNOWN = "use IsMatch, Match, Matches, Replace or Split"
_COUNTS = {"IsMatch": 2, "Replace": 3, "Match": 2, "Matches": 2, "Split": 2}


def regex_call(low: "Lowering", name: str, given: "list[Node]", place: Place) -> Expression:
    """`Regex.IsMatch(text, pattern[, options])`, `Replace`, `Match`, `Matches`, `Split`."""
    count = _COUNTS.get(name)
    if count is None:
        return low.report.error("E601", f"`Regex.{name}` is not authorised", place, _KNOWN)
    if len(given) not in (count, count + 1):
        return low.report.error("E605", f"`Regex.{name}` takes {count} or {count + 1} arguments", place)
    flags = flags_of(low, given[count]) if len(given) > count else ""
    value, pattern, *others = low.arguments(given[:count])
    translated = pattern_of(low, pattern, flags)
    return infer.null_at(place) if translated is None else found(low, name, value, translated, others, place)


def regex_method(
    low: "Lowering", receiver: Expression, name: str, given: "list[Node]", place: Place
) -> Expression | None:
    """The same of `new Regex(pattern)`; None where the receiver is none."""
    if not isinstance(receiver, Path) or receiver.segments[:1] != (REGEX,):
        return None
    count = _COUNTS.get(name)
    if count is None or len(given) != count - 1:
        return low.report.error("E601", f"`{name}` is not authorised on `Regex`", place, _KNOWN)
    value, *others = low.arguments(given)
    return found(low, name, value, infer.text_at(receiver.segments[1], place), others, place)


def found(
    low: "Lowering", name: str, value: Expression, pattern: Constant, others: list[Expression], place: Place
) -> Expression:
    """What a method finds in a text by a pattern of RE2."""
    if name in ("Matches", "Split"):
        return _listed(low, name, infer.as_text(value, low.report), pattern, place)
    if name == "Replace":
        by = _replacement(low, others[0], str(pattern.value))
        if by is None:
            return infer.null_at(place)
        others = [by]
    return infer.call(functions.FUNCTIONS[f"Regex.{name}"], [value, pattern, *others], place, low.report)


def _listed(low: "Lowering", name: str, value: Expression, pattern: Constant, place: Place) -> Expression:
    text = str(pattern.value)
    problem = "it finds empty stretches as well" if is_empty_somewhere(text) else ""
    if name == "Split" and has_groups(text):
        problem = problem or "what its groups capture would be among the pieces; write `(?:…)`"
    if problem:
        message = f"this regular expression cannot be used for `{name}`: {problem}"
        return low.report.error("E605", message, infer.place_of(pattern))
    function, item = ("matches", ValueType.MATCH) if name == "Matches" else ("splitat", ValueType.STRING)
    return ListCall(
        type=ValueType.LIST, item=item, function=function, arguments=(value, pattern), start=place[0], end=place[1]
    )


def match_member(low: "Lowering", receiver: Expression, name: str, place: Place) -> Expression | None:
    """`Value`, `Success` and `Length` of a match or one of its groups; None for anything else."""
    if receiver.type is ValueType.MATCH:
        return _of_one(low, receiver, name, place)
    if not isinstance(receiver, Call) or receiver.function not in ("Regex.Match", "Regex.Group"):
        return None
    if name == "Value":
        return receiver
    if name != "Success":
        return None
    if receiver.function == "Regex.Match":
        return infer.call(functions.FUNCTIONS["Regex.IsMatch"], receiver.arguments, place, low.report)
    return infer.call(functions.FUNCTIONS["Regex.HasGroup"], receiver.arguments, place, low.report)


def _of_one(low: "Lowering", receiver: Expression, name: str, place: Place) -> Expression | None:
    """Of one of `Matches`, which was found."""
    if name == "Success":
        return infer.binary("!=", receiver, infer.null_at(place), place, low.report)
    text = infer.as_text(receiver, low.report)
    if name == "Length":
        return infer.call(functions.FUNCTIONS["Length"], [text], place, low.report)
    return text if name == "Value" else None


def group(low: "Lowering", receiver: Expression, index: Expression, place: Place) -> Expression | None:
    """`match.Groups[1]`, `match.Groups["name"]`; None when the receiver is no match."""
    if not isinstance(receiver, Call) or receiver.function != "Regex.Match":
        return None
    value, pattern = receiver.arguments
    text = str(pattern.value) if isinstance(pattern, Constant) else ""
    sought = index.value if isinstance(index, Constant) else None
    number = group_number(text, sought) if isinstance(sought, int | str) else None
    if number is None:
        message = "the group must be a constant number or name of a group in the pattern"
        return low.report.error("E605", message, infer.place_of(index))
    place_of_group = Constant(type=ValueType.INTEGER, value=number, start=index.start, end=index.end)
    return infer.call(functions.FUNCTIONS["Regex.Group"], [value, pattern, place_of_group], place, low.report)


def created(low: "Lowering", given: "list[Node]", place: Place) -> Expression:
    """`new Regex(pattern[, options])`: it is nothing but its methods."""
    if len(given) not in (1, 2):
        return low.report.error("E605", "`Regex` takes a pattern, and options", place)
    flags = flags_of(low, given[1]) if len(given) == 2 else ""
    pattern = pattern_of(low, low.arguments(given[:1])[0], flags)
    if pattern is None:
        return infer.null_at(place)
    return Path(type=ValueType.RESOURCE, segments=(REGEX, str(pattern.value)), start=place[0], end=place[1])


def flags_of(low: "Lowering", node: "Node") -> str:
    """RE2's flags for the options that an argument combines."""
    flags = ""
    for part in low.source.text(node).split("|"):
        name = part.strip().removeprefix("System.Text.RegularExpressions.").removeprefix("RegexOptions.")
        if name not in OPTIONS:
            help = "allowed are " + ", ".join(OPTIONS)
            low.report.error("E601", f"the option `{part.strip()}` is not authorised", low.place(node), help)
        flags += OPTIONS.get(name, "")
    return flags


def pattern_of(low: "Lowering", tree: Expression, flags: str) -> Constant | None:
    """The RE2 form of a pattern; None after a problem."""
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
    text, problem = replacement(tree.value, pattern)
    if problem:
        low.report.error("E605", problem, infer.place_of(tree))
        return None
    return Constant(type=ValueType.STRING, value=text, start=tree.start, end=tree.end)
