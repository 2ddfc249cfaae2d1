"""The store and the plan in; the links that wait for a resource which is not known, by association, out."""

from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.steps import LinkEnd, LinkSource, Prepare
from compiler.plan.tables import SIDE, quoted, resource_table
from runtime.engine.engine import Engine

_SHOWN = 3


class Waiting(Struct, frozen=True, kw_only=True):
    """The links of one association that wait, and some of them in words."""

    association: str
    count: int
    examples: tuple[str, ...]


def waiting_links(engine: Engine, plan: Plan) -> list[Waiting]:
    """Every association of which links wait, by name."""
    counted = engine.rows(
        "SELECT association, count(*) FROM state.unresolved GROUP BY association ORDER BY association"
    )
    sources = {link.association: link for step in plan.of(Prepare) for link in step.associations}
    return [
        Waiting(association=name, count=count, examples=_examples(engine, sources[name]))
        for name, count in counted
        if name in sources
    ]


def _examples(engine: Engine, link: LinkSource) -> tuple[str, ...]:
    rows = engine.rows(
        f"SELECT {SIDE[1]}, {_known(link.side1, SIDE[1])}, {SIDE[2]}, {_known(link.side2, SIDE[2])} "
        f"FROM state.unresolved u WHERE association = ? ORDER BY ALL LIMIT {_SHOWN}",
        [link.association],
    )
    return tuple(_sentence(link, *row) for row in rows)


def _known(end: LinkEnd, key: str) -> str:
    table, name = resource_table(end.entity_type), quoted(end.property)
    return f"EXISTS (FROM {table} r WHERE r.{name} = u.{key})"


def _sentence(link: LinkSource, key1: str, is_known1: bool, key2: str, is_known2: bool) -> str:
    ends = ((link.side1, key1, is_known1), (link.side2, key2, is_known2))
    missing = [f"{end.entity_type} with {end.property} {key!r}" for end, key, is_known in ends if not is_known]
    return f"{key1!r} to {key2!r}: no {' and no '.join(missing)}"
