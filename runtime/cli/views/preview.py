"""The changes that a deployment makes, and the steps of a plan, for a person, on standard output."""

from collections import Counter
from collections.abc import Sequence

from compiler.plan.compare import Change
from compiler.plan.plan import Plan
from compiler.plan.render import functions, steps
from runtime.cli.views.stream import say

_SIGNS = {"insert": "+", "update": "~", "delete": "-"}
_PAST = {"insert": "to insert", "update": "to update", "delete": "to delete"}
_KEY_LENGTH = 100


def preview(changes: Sequence[Change], plan: Plan, *, first: bool) -> None:
    """What applying changes in the deployed configuration, then what it runs."""
    configuration(changes, first=first)
    say()
    say("Steps:")
    say(steps(plan))
    if plan.functions:
        say("Run in Python, because SQL cannot say them:")
        say(functions(plan))
    say()


def configuration(changes: Sequence[Change], *, first: bool) -> None:
    """What a deployment changes, item by item; only counts where everything is new."""
    if first:
        counts = Counter(change.kind for change in changes)
        say(f"Nothing is deployed yet: {len(changes)} items to insert")
        say("  " + ", ".join(f"{number} {kind}" for kind, number in counts.items()))
        return
    if not changes:
        say("Configuration: no changes")
        return
    totals: Counter[str] = Counter(change.action for change in changes)
    say("Configuration: " + ", ".join(f"{totals[action]} {_PAST[action]}" for action in _SIGNS if totals[action]))
    for change in changes:
        _change(change)


def _change(change: Change) -> None:
    say(f"  {_SIGNS[change.action]} {change.kind} {_short(change.key)}  ({change.origin})")
    if change.renamed_from is not None:
        say(
            f"      probably {_short(change.renamed_from)} under a new name: the store keeps the old name's data unused"
        )
    for name, (old, new) in change.attributes.items():
        say(f"      {name}: {_short(str(old))} -> {_short(str(new))}")


def _short(text: str) -> str:
    return text if len(text) <= _KEY_LENGTH else f"{text[: _KEY_LENGTH - 1]}…"
