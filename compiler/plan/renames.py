"""Deleted and inserted items in, the pairs of nearly equal content out: what an author probably renamed.

Likeness is Dice's coefficient over facts (an attribute with its value, a child with its own): twice what two items
share over what they have. Each item is compared only with those it shares one of its rarest facts with; two items
that are alike enough always share one, so nothing is missed and thousands of items cost no square of thousands.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import Any

LIKENESS = 0.8
_OVERLAP = LIKENESS / (2 - LIKENESS)
"""The part of an item's facts that another one must share to be that like it."""
_FEWEST = 2
"""Items of fewer facts are too little to be told from one another."""

Key = tuple[str, str]
Facts = frozenset[tuple[str, ...]]


def renames(deleted: Mapping[Key, Mapping[str, Any]], inserted: Mapping[Key, Mapping[str, Any]]) -> dict[Key, str]:
    """The key of the deleted item that each inserted one resembles most; no deleted item is given twice."""
    old = {at: facts for at, content in deleted.items() if len(facts := _facts(at[0], content)) >= _FEWEST}
    new = {at: facts for at, content in inserted.items() if len(facts := _facts(at[0], content)) >= _FEWEST}
    found = dict(_equal(old, new))
    gone = set(found.values())
    rest = {at: facts for at, facts in old.items() if at not in gone}
    pairs = _alike(rest, {at: facts for at, facts in new.items() if at not in found})
    for _, after, before in sorted(pairs, key=lambda pair: -pair[0]):
        if after not in found and before not in gone:
            found[after] = before
            gone.add(before)
    return {after: before[1] for after, before in found.items()}


def _facts(kind: str, content: Mapping[str, Any]) -> Facts:
    """What an item says but for its own name; the kind is in every fact, so that only one kind's items share any."""
    return frozenset((kind, *fact) for fact in _walk(content) if fact[0] != "Identifier")


def _walk(content: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, value in content.items():
        if not isinstance(value, dict):
            yield name, str(value)
            continue
        for key, child in value.items():
            yield name, key
            yield from ((name, key, *fact) for fact in _walk(child))


def _equal(old: Mapping[Key, Facts], new: Mapping[Key, Facts]) -> Iterator[tuple[Key, Key]]:
    """Pairs of the very same facts, in order."""
    waiting: dict[Facts, list[Key]] = defaultdict(list)
    for at, facts in reversed(list(old.items())):
        waiting[facts].append(at)
    for at, facts in new.items():
        if waiting.get(facts):
            yield at, waiting[facts].pop()


def _alike(old: Mapping[Key, Facts], new: Mapping[Key, Facts]) -> Iterator[tuple[float, Key, Key]]:
    commonness = Counter(fact for facts in (*old.values(), *new.values()) for fact in facts)
    holders: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for at, facts in old.items():
        for fact in _rarest(facts, commonness):
            holders[fact].append(at)
    for at, facts in new.items():
        for rival in _rivals(_rarest(facts, commonness), holders):
            likeness = 2 * len(facts & old[rival]) / (len(facts) + len(old[rival]))
            if likeness >= LIKENESS:
                yield likeness, at, rival


def _rivals(facts: Iterable[tuple[str, ...]], holders: Mapping[tuple[str, ...], list[Key]]) -> Iterable[Key]:
    return dict.fromkeys(at for fact in facts for at in holders.get(fact, ()))


def _rarest(facts: Facts, commonness: Counter[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """So many of an item's rarest facts that an item which shares none of them cannot be alike."""
    ordered = sorted(facts, key=lambda fact: (commonness[fact], fact))
    return ordered[: len(ordered) - ceil(_OVERLAP * len(ordered)) + 1]
