"""A word that was not found and the words that exist, to the one that was probably meant."""

from collections.abc import Iterable
from functools import lru_cache


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The question "did you mean `X`?" for the closest candidate; empty when none is close."""
    meant = closest(word, candidates)
    return f"did you mean `{meant}`?" if meant else ""


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a typing mistake turned into `word`, or None.

    Equal but for letter case, `_` and `-` wins; then the smallest edit distance (insert, delete, replace, swap of
    neighbours) that is at most a third of the longer word. Ties go to the candidate that comes first.
    """
    return _closest(word, tuple(candidates))


@lru_cache(maxsize=512)
def _closest(word: str, candidates: tuple[str, ...]) -> str | None:
    """Kept, because one mistake often stands in a file a thousand times."""
    folded, best, least = _fold(word), None, None
    for candidate in candidates:
        other = _fold(candidate)
        if other == folded:
            return candidate
        limit = max(len(folded), len(other)) // 3 if least is None else least - 1
        distance = _distance(folded, other, min(limit, max(len(folded), len(other)) // 3))
        if distance is not None:
            best, least = candidate, distance
    return best


def _fold(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def _distance(first: str, second: str, limit: int) -> int | None:
    """The edit distance with swaps (optimal string alignment), or None when it is greater than `limit`."""
    if limit < 0 or abs(len(first) - len(second)) > limit or _apart(first, second) > limit:
        return None
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before, previous, row = row, before, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return None
    return row[-1] if row[-1] <= limit else None


def _apart(first: str, second: str) -> int:
    """A lower bound of the distance, from letters alone: letters of one word that the other does not have."""
    letters, others = set(first), set(second)
    return max(len(letters - others), len(others - letters))
