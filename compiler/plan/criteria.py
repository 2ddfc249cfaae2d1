"""Criteria of rules and their offsets in, SQL out: which owners meet a rule now."""

from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from compiler.model.provisioning import TimeOffsetReference
from compiler.plan.slices import Criteria, slices
from compiler.plan.tables import moment


class Offset(Struct, frozen=True, order=True):
    """How the period of a rule lies to the time in which its criteria are met; in minutes, signed (§7.4)."""

    reference: TimeOffsetReference = TimeOffsetReference.Default
    before: int = 0
    after: int = 0

    @property
    def minutes(self) -> tuple[int, int]:
        """The moments, from the present, by which the period must have begun, and after which it must end."""
        return -self.before, -self.after


class Timed(Struct, frozen=True):
    """Criteria, and when they count."""

    criteria: Criteria
    offset: Offset = Offset()


def active(entity_type: str, rules: Sequence[Timed], ahead: int) -> str:
    """`owner_id`, `number`, `rule` of the rules whose period holds the present, or begins within `ahead` minutes."""
    ordered = sorted(rules, key=lambda each: each.offset)
    parts = [
        _active(slices(entity_type, [each.criteria for each in group]), offset, ahead)
        for offset, group in groupby(ordered, key=lambda each: each.offset)
    ]
    return " UNION ".join(parts)


def periods(met: str) -> str:
    """Slices that touch or overlap as one: `owner_id`, `number`, `rule`, `starts`, `ends`."""
    of = "PARTITION BY owner_id, number ORDER BY starts ROWS BETWEEN UNBOUNDED PRECEDING"
    reached = f"SELECT *, max(ends) OVER ({of} AND 1 PRECEDING) AS reached FROM ({met}) AS met"
    begins = "CASE WHEN starts <= reached THEN 0 ELSE 1 END"
    island = f"SELECT *, sum({begins}) OVER ({of} AND CURRENT ROW) AS island FROM ({reached}) AS reached"
    return (
        f"SELECT owner_id, number, rule, min(starts) AS starts, max(ends) AS ends FROM ({island}) AS islands "
        "GROUP BY owner_id, number, rule, island"
    )


def _active(met: str, offset: Offset, ahead: int) -> str:
    by, after = offset.minutes
    first, last = moment(by + ahead), moment(after)
    if offset.reference is TimeOffsetReference.Default:
        return f"SELECT DISTINCT owner_id, number, rule FROM ({met}) AS met WHERE starts <= {first} AND ends > {last}"
    from_end = offset.reference is TimeOffsetReference.After
    to_start = offset.reference is TimeOffsetReference.Before
    begins, ends = "ends" if from_end else "starts", "starts" if to_start else "ends"
    return (
        f"SELECT DISTINCT owner_id, number, rule FROM ({periods(met)}) AS periods "
        f"WHERE {begins} <= {first} AND {ends} > {last}"
    )
