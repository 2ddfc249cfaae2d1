"""The changes that a deployment makes, what they cost, and the steps of a plan, for a person, on standard output."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from compiler.plan.compare import Change
from compiler.plan.plan import Plan
from compiler.plan.render import functions, steps
from runtime.cli.views.stream import clean, is_terminal, rendered, say
from runtime.store.losses import Loss

_SIGNS = {"insert": "+", "update": "~", "delete": "-"}
_PAST = {"insert": "to insert", "update": "to update", "delete": "to delete"}
_COLOURS = {"+": "32", "~": "33", "-": "31", "!": "1;31"}
_KEY_LENGTH = 100
_VALUE_LENGTH = 60
_CONTEXT = 12
"""Characters shown before the first difference of two long values."""


class Line(NamedTuple):
    """A line of a difference: how deep it stands, its sign (a blank beside a value), its text."""

    depth: int
    sign: str
    text: str


def preview(changes: Sequence[Change], plan: Plan, losses: Sequence[Loss], *, first: bool) -> None:
    """What applying changes in the deployed configuration, then what it runs."""
    configuration(changes, losses, first=first)
    say()
    say("Steps:")
    say(steps(plan))
    if plan.functions:
        say("Run in Python, because SQL cannot say them:")
        say(functions(plan))
    say()


def configuration(changes: Sequence[Change], losses: Sequence[Loss], *, first: bool) -> None:
    """What a deployment changes, item by item; only counts where everything is new. Losses stand below."""
    if first:
        counts = Counter(change.kind for change in changes)
        say(f"Nothing is deployed yet: {len(changes)} items to insert")
        say("  " + ", ".join(f"{number} {kind}" for kind, number in counts.items()))
    elif changes:
        for change in changes:
            _show(_lines(change, 1))
        say(_summary(changes))
    else:
        say("Configuration: no changes")
    _losses(losses, changes)


def _summary(changes: Sequence[Change]) -> str:
    totals: Counter[str] = Counter(change.action for change in changes)
    return "Configuration: " + ", ".join(f"{totals[action]} {_PAST[action]}" for action in _SIGNS if totals[action])


def _lines(change: Change, depth: int) -> Iterator[Line]:
    place = f"  ({change.origin})" if change.origin else ""
    yield Line(depth, _SIGNS[change.action], f"{change.kind} {_short(change.key)}{place}")
    if change.renamed_from is not None:
        yield Line(depth + 1, " ", f"probably {_short(change.renamed_from)} under a new name: its data do not follow")
    if change.action == "update":
        for name, (old, new) in change.attributes.items():
            yield Line(depth + 1, " ", f"{name}: {' -> '.join(_pair(old, new))}")
        for child in change.children:
            yield from _lines(child, depth + 1)


def _show(lines: Iterator[Line]) -> None:
    colour = is_terminal()
    for depth, sign, text in lines:
        line = f"{'  ' * depth}{sign} {text}"
        if colour and sign in _COLOURS:
            rendered(f"\x1b[{_COLOURS[sign]}m{clean(line)}\x1b[0m")
        else:
            say(line)


def _losses(losses: Sequence[Loss], changes: Sequence[Change]) -> None:
    """The stored data that would go, and the new name of what was probably renamed."""
    names = {change.renamed_from: change.key for change in changes if change.renamed_from is not None}
    guarded = [each for each in losses if each.is_guarded]
    closed = [each for each in losses if not each.is_guarded]
    for title, found in (
        ("Stored data that would be lost:", guarded),
        ("Waiting orders that would be closed:", closed),
    ):
        if found:
            say(title)
            _show(Line(1, "!", loss_in_words(each) + _renamed(each, names)) for each in found)


def loss_in_words(loss: Loss) -> str:
    """One loss in a sentence without its full stop."""
    number = f"{loss.count:,} {loss.what if loss.count != 1 else loss.what.removesuffix('s')}"
    return f"{number} of {loss.kind} {loss.name}: {loss.why}"


def _renamed(loss: Loss, names: dict[str, str]) -> str:
    return f" (probably renamed to {names[loss.name]})" if loss.name in names else ""


def _pair(old: object, new: object) -> tuple[str, str]:
    """Two values, cut around their first difference where they are long."""
    texts = _plain(old), _plain(new)
    if max(map(len, texts)) <= _VALUE_LENGTH:
        return texts
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False)))
    start = max(0, same - _CONTEXT)
    return _cut(texts[0], start), _cut(texts[1], start)


def _cut(text: str, start: int) -> str:
    if len(text) <= start:
        return text[-_VALUE_LENGTH:]
    part = text[start : start + _VALUE_LENGTH]
    return ("…" if start else "") + part + ("…" if start + _VALUE_LENGTH < len(text) else "")


def _plain(value: object) -> str:
    """A value on one line: texts quoted, line breaks as `\\n`."""
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= _KEY_LENGTH else f"{text[: _KEY_LENGTH - 1]}…"
