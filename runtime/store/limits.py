"""Counts and limits in, exceeded limits out: the one rule of every threshold (synchronization.md §8, decisions.md).

Strictly greater exceeds; 0 is off; a percentage over an empty base is exceeded by any change.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from compiler.plan.steps import Limits, Origin

LINE_NAMES = {
    "inserted": ("MaximumInsertedLines", "MaxPercentageInsertedLines"),
    "updated": ("MaximumUpdatedLines", "MaxPercentageUpdatedLines"),
    "deleted": ("MaximumDeletedLines", "MaxPercentageDeletedLines"),
}
"""The attributes that limit the rows of a connector or mapping, by action: absolute, percentage."""

LINK_NAMES = {
    "inserted": ("MaximumLinkInsertedLines", "MaxLinkPercentageInsertedLines"),
    "deleted": ("MaximumLinkDeletedLines", "MaxLinkPercentageDeletedLines"),
}
"""The attributes that limit a connector's links."""


class Exceeded(Struct, frozen=True, kw_only=True):
    """One limit that a run would pass: whose, which attribute says so, how many against how many.

    `attribute` is empty where no attribute sets the limit: a source that was full is all but empty.
    """

    scope: str
    attribute: str
    action: str
    count: int
    limit: int
    total: int
    is_percent: bool
    origin: Origin

    def __str__(self) -> str:
        what = f"{self.scope}: {self.count} {self.action} of {self.total}"
        if not self.attribute:
            return f"{what}, so that hardly anything is left: the source looks emptied or cut off"
        return f"{what}, more than {self.attribute} = {self.limit}{' %' if self.is_percent else ''}"


class ThresholdExceeded(Exception):
    """A run was stopped before anything was written because it would have changed too much."""

    def __init__(self, exceeded: list[Exceeded], note: str = "") -> None:
        """`note` says what else a person should know, empty when there is nothing."""
        self.exceeded = exceeded
        self.messages = (*([note] if note else []), *(str(each) for each in exceeded))
        super().__init__("; ".join(self.messages))


class Counts(NamedTuple):
    """What a run would do in one scope."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


def exceeded(
    limits: Limits,
    counts: Counts,
    *,
    total: int,
    scope: str,
    origin: Origin,
    names: Mapping[str, tuple[str, str]] = LINE_NAMES,
) -> list[Exceeded]:
    """The limits that `counts` pass, where `total` is what is stored now; `names` are the attributes to name."""
    found = []
    for action, (absolute_name, percent_name) in names.items():
        count, absolute = getattr(counts, action), getattr(limits, action)
        percent = getattr(limits, f"{action}_percent")
        passed = (
            (absolute > 0 and count > absolute, absolute_name, absolute, False),
            (percent > 0 and 100 * count > percent * total, percent_name, percent, True),
        )
        found += [
            Exceeded(
                scope=scope,
                attribute=name,
                action=action,
                count=count,
                limit=limit,
                total=total,
                is_percent=is_percent,
                origin=origin,
            )
            for is_over, name, limit, is_percent in passed
            if is_over
        ]
    return found
