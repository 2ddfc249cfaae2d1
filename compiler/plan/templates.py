"""What all rules share of their queries goes in as sqlglot trees, once; text with holes for what differs comes out.

Lowering thousands of rules would spend nearly all of its time writing these parts again and again.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

Template = tuple[str, ...]
"""The text before the first hole, the hole's number, the text after it, and so on."""

_HOLE = re.compile("\0([0-9]+)\0")


def filled(template: Template, *texts: str) -> str:
    """The text with something in each hole."""
    return "".join(texts[int(part)] if at % 2 else part for at, part in enumerate(template))


@cache
def pairs(ids: tuple[tuple[str, str], ...], constants: tuple[str, ...] = ()) -> Template:
    """Two queries of `_id`, `key`, in holes 0 and 1, joined on equal, non-empty keys.

    `ids` names the output columns and their sides; `constants` are further columns, in the holes from 2 on.
    """
    from sqlglot import exp

    (_, first), (_, second) = ids
    columns = [exp.alias_(exp.column("_id", table=side, quoted=True), name, quoted=True) for name, side in ids]
    columns += [exp.alias_(_hole(number), name) for number, name in enumerate(constants, 2)]
    key = exp.column("key", table=first, quoted=True)
    equal = exp.EQ(this=key, expression=exp.column("key", table=second, quoted=True))
    query = exp.select(*columns).from_(_subquery(_hole(0), first))
    return _template(query.join(_subquery(_hole(1), second), on=equal).where(present(key)))


@cache
def best(*, first_only: bool, single: bool) -> Template:
    """The rows of the rules' queries, whose union is in hole 0. `first_only`: of each owner, those of the first rule
    with a match; `single`: none where that rule matched more than one resource (provisioning.md §7.6)."""
    from sqlglot import exp

    names = ("owner_id", "resource_id", "rule", "confidence")
    if not first_only:
        place = "row_number() OVER (PARTITION BY owner_id, resource_id ORDER BY level) AS place"
        return _template(_ranked(names, exp.select(*names, place), "place = 1"))
    query = _ranked(
        names, exp.select(*names, "level", "min(level) OVER (PARTITION BY owner_id) AS best"), "level = best"
    )
    if single:
        counted = exp.select("*", "count(*) OVER (PARTITION BY owner_id) AS matches").from_(query.subquery("found"))
        query = exp.select(*names).from_(counted.subquery("counted")).where("matches = 1")
    return _template(query)


def present(value: "exp.Expression") -> "exp.Expression":
    """A condition: a text that is neither null nor empty."""
    from sqlglot import exp

    return exp.NEQ(this=value.copy(), expression=exp.Literal.string(""))


def _ranked(names: tuple[str, ...], ranked: "exp.Select", condition: str) -> "exp.Select":
    """The rows of the union that meet a condition on their rank."""
    from sqlglot import exp

    return exp.select(*names).from_(ranked.from_(_subquery(_hole(0), "matched")).subquery("ranked")).where(condition)


def _hole(number: int) -> "exp.Expression":
    from sqlglot import exp

    return exp.Var(this=f"\0{number}\0")


def _subquery(query: "exp.Expression", alias: str) -> "exp.Subquery":
    from sqlglot import exp

    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias)))


def _template(query: "exp.Expression") -> Template:
    return tuple(_HOLE.split(query.sql(dialect="duckdb")))
