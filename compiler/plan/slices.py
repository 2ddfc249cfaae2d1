"""What rules ask of an owner in, SQL over contexts and roles out: the slices of time in which who meets which rule.

Rules are data: those that ask for the same kinds of things (the same dimensions, with or without what is below, a role
or none) share one query over a table of their values, so that thousands of rules cost a few joins.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from compiler.plan.tables import context_table, dimension_table, role_table, text


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


def slices(entity_type: str, criteria: Sequence[Criteria]) -> str:
    """`owner_id`, `starts`, `ends`, `number`, `rule`: every slice of time in which an owner meets a rule."""
    ordered = sorted(criteria, key=lambda each: each.kind)
    groups = (list(group) for _, group in groupby(ordered, key=lambda each: each.kind))
    return " UNION ALL ".join(_alike(entity_type, group) for group in groups)


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
