"""Criteria of rules in, SQL over contexts and roles out: which owners meet a rule, in which time, and whether now.

Rules are data: those that ask for the same kinds of things (the same dimensions, with or without what is below, a role
or none) share one query over a table of their values, so that thousands of rules cost a few joins.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from compiler.model.provisioning import TimeOffsetReference
from compiler.plan.tables import context_table, dimension_table, moment, role_table, text


class Criteria(Struct, frozen=True, kw_only=True):
    """What a rule asks of an owner: these values of dimensions (number and key; `below`: or one below it), any value of
    the `required` ones, a role. `number` is its place among the rules that one query treats, `rule` its name."""

    number: int
    rule: str
    values: tuple[tuple[int, str], ...] = ()
    below: tuple[int, ...] = ()
    required: tuple[int, ...] = ()
    role: str | None = None

    @property
    def kind(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], bool]:
        """What rules have in common that share a query."""
        return tuple(number for number, _ in self.values), self.below, self.required, self.role is not None


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


def slices(entity_type: str, criteria: Sequence[Criteria]) -> str:
    """`owner_id`, `starts`, `ends`, `number`, `rule`: every slice of time in which an owner meets a rule."""
    ordered = sorted(criteria, key=lambda each: each.kind)
    groups = (list(group) for _, group in groupby(ordered, key=lambda each: each.kind))
    return " UNION ALL ".join(_alike(entity_type, group) for group in groups)


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


def _alike(entity_type: str, rules: Sequence[Criteria]) -> str:
    """The slices of rules of one kind."""
    numbers, below, required, has_role = rules[0].kind
    names = ["number", "rule", *(f"k{number}" for number in numbers), *(["role"] if has_role else [])]
    rows = ", ".join(f"({', '.join(_row(each))})" for each in rules)
    joins = [f"FROM {context_table(entity_type)} AS c"]
    joins += _dimensions(numbers, below)
    on = " AND ".join(f"v.k{number} = d{number}.key" for number in numbers) or "true"
    joins.append(f"JOIN (VALUES {rows}) AS v({', '.join(names)}) ON {on}")
    if has_role:
        held = "r.owner_id = c.owner_id AND r.starts = c.starts AND r.role = v.role"
        joins.append(f"JOIN {role_table(entity_type)} AS r ON {held}")
    given = "".join(f' AND c."{number}" IS NOT NULL' for number in required)
    return f"SELECT DISTINCT c.owner_id, c.starts, c.ends, v.number, v.rule {' '.join(joins)} WHERE true{given}"


def _dimensions(numbers: Sequence[int], below: Sequence[int]) -> Iterator[str]:
    for number in numbers:
        itself = "" if number in below else f" AND NOT d{number}.is_below"
        yield f'JOIN {dimension_table(number)} AS d{number} ON d{number}._id = c."{number}"{itself}'


def _row(rule: Criteria) -> Iterator[str]:
    yield str(rule.number)
    yield text(rule.rule)
    yield from (text(key) for _, key in rule.values)
    if rule.role is not None:
        yield text(rule.role)
