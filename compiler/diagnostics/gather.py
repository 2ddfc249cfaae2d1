"""All findings go in; those that have one cause come out as one.

What names something that is nowhere is one mistake, however many places name it: the declaration's, or a name that was
copied. The message says what is missing, so equal messages are one finding, which lists the other places. Where a
declaration with a malformed identifier may be what is missing, that is said there alone.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from msgspec.structs import replace

from compiler.diagnostics.diagnostic import Diagnostic, Label, Severity
from compiler.diagnostics.suggest import closest

_MISSING = re.compile(r"(E120|E123|W221) (there is no |`[^`]*` has no property `)|(E121|W606) ", re.DOTALL)
"""The code and first words of a message that names what is missing: that is in quotes at its end."""

_MISNAMED = "E122"


Misnamed = Mapping[str, list[str]]
"""Malformed identifiers by the words that say that such an item is missing, as in `there is no EntityType`."""


def gathered(findings: Iterable[Diagnostic], misnamed: Callable[[], Misnamed]) -> list[Diagnostic]:
    """One finding per cause; `misnamed` is asked when there is a malformed identifier."""
    kept: list[Diagnostic] = []
    missing: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    for each in findings:
        if _MISSING.match(f"{each.code} {each.message}"):
            missing[each.message].append(each)
        else:
            kept.append(each)
    places = {each.span for each in kept if each.code == _MISNAMED}
    excused = _excused(missing, misnamed()) if places else set()
    together = (_together(alike) for message, alike in missing.items() if message not in excused)
    return [*kept, *(each for each in together if each.span not in places)]


def _excused(missing: Mapping[str, list[Diagnostic]], misnamed: Misnamed) -> set[str]:
    """The messages that miss a misnamed item: the most alike for each, else the one that is repeated most."""
    excused: set[str] = set()
    for words, names in misnamed.items():
        absent = {message[len(words) + 2 : -1]: message for message in missing if message.startswith(f"{words} `")}
        for name in names:
            found = closest(name.strip(), absent) or max(
                absent, key=lambda each: len(missing[absent[each]]), default=""
            )
            excused.update(filter(None, [absent.pop(found, "")]))
    return excused


def _together(alike: list[Diagnostic]) -> Diagnostic:
    """The first of several findings of one cause, an error if there is one, with the places of the others."""
    if len(alike) == 1:
        return alike[0]
    first, *others = sorted(dict.fromkeys(alike), key=_rank)
    places = dict.fromkeys(each.span for each in others if each.span is not None and each.span != first.span)
    known = {label.span for label in first.related}
    more = (Label(span, "here too") for span in places if span not in known)
    return replace(first, related=tuple(chain(first.related, more)))


def _rank(finding: Diagnostic) -> tuple[object, ...]:
    return (finding.severity is not Severity.ERROR, finding.span or ("", (0, 0), (0, 0)), finding.code)
