"""What computed values depend on and the store's versions in; which resources have to be computed anew, out.

`state.computed` has one row per computed property: what identifies its query, and the number of the last run that its
values know. What changed since is read from the versions: a resource is changed in a property when the version that
stood after that run says something else than the present one, and a link when it was not there then, or is no more.
"""

from collections.abc import Callable, Iterable, Iterator

from compiler.plan.plan import Plan
from compiler.plan.steps import Compute, ComputedProperty, Hop, Read
from compiler.plan.tables import (
    COMPUTING,
    FROM,
    ID,
    SIDE,
    TO,
    link_history_table,
    link_table,
    quoted,
    resource_history_table,
    resource_table,
)
from runtime.engine.engine import Engine


def last_number(engine: Engine) -> int:
    """The number of the last run that changed something."""
    return int(engine.rows("SELECT coalesce(max(number), 0) FROM state.run")[0][0])


def _first_number(engine: Engine) -> int:
    """The first run that the store still tells of."""
    return int(engine.rows("SELECT coalesce(min(number), 0) FROM state.run")[0][0])


def knows(engine: Engine, entity_type: str, property: str, digest: str) -> int | None:
    """The run that the values of a property know; None when this query never made them."""
    rows = engine.rows(
        "SELECT number FROM state.computed WHERE entity_type = ? AND property = ? AND digest = ?",
        [entity_type, property, digest],
    )
    return int(rows[0][0]) if rows else None


def learn(engine: Engine, entity_type: str, property: str, digest: str) -> None:
    """The values of a property know everything that was written until now."""
    forget(engine, entity_type, property)
    engine.execute(
        "INSERT INTO state.computed VALUES (?, ?, ?, ?)", [entity_type, property, digest, last_number(engine)]
    )


def forget(engine: Engine, entity_type: str, property: str) -> None:
    """Nothing is known of the values of a property any more."""
    engine.execute("DELETE FROM state.computed WHERE entity_type = ? AND property = ?", [entity_type, property])


def outdate_loaded(engine: Engine, plan: Plan, entity_types: set[str], associations: set[str]) -> None:
    """These were synchronised: what was computed of them in this very run, before, does not know it."""

    def is_outdated(each: ComputedProperty) -> bool:
        reads_type = any(read.entity_type in entity_types for read in each.reads)
        return reads_type or any(each.association == name or each.reads_links_of(name) for name in associations)

    _outdate(engine, plan, is_outdated)


def outdate_computed(engine: Engine, plan: Plan, entity_type: str, item: ComputedProperty) -> None:
    """This was computed: what reads it, and was computed in this very run before, does not know it."""
    _outdate(engine, plan, lambda each: each.reads_computed(entity_type, item))


def _outdate(engine: Engine, plan: Plan, is_outdated: Callable[[ComputedProperty], bool]) -> None:
    """A run computes after all that is read, so that this finds something in jobs of another order alone."""
    number = last_number(engine)
    for step in plan.of(Compute):
        for each in filter(is_outdated, step.properties):
            engine.execute(
                "UPDATE state.computed SET number = number - 1 WHERE entity_type = ? AND property = ? AND number = ?",
                [step.entity_type, each.property, number],
            )


def gather(engine: Engine, entity_type: str, reads: Iterable[Read], since: int | None) -> int:
    """Make the table `computing` of the resources on which something they read changed; how many those are.

    `since` is the run whose changes were the last known; None for all resources, as when the store no longer knows what
    was then.
    """
    query = f"SELECT {ID} FROM {resource_table(entity_type)}"
    if since is not None and since >= _first_number(engine) and not _somewhere(engine, reads, since):
        query = _affected(entity_type, reads, since)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {COMPUTING} AS {query}")
    return int(engine.rows(f"SELECT count(*) FROM {COMPUTING}")[0][0])


def _somewhere(engine: Engine, reads: Iterable[Read], since: int) -> bool:
    """Whether something changed that is read wherever it is, so that it concerns every resource."""
    parts = [part for read in reads if read.anywhere for part in _changes(read, since)]
    return any(engine.rows(f"SELECT 1 FROM ({each}) LIMIT 1") for each in parts)


def _affected(entity_type: str, reads: Iterable[Read], since: int) -> str:
    found = [_walked_back(part, read.hops) for read in reads if not read.anywhere for part in _changes(read, since)]
    if not found:
        return f"SELECT {ID} FROM {resource_table(entity_type)} WHERE false"
    return (
        f"SELECT DISTINCT {ID} FROM ({' UNION ALL '.join(found)}) SEMI JOIN {resource_table(entity_type)} USING ({ID})"
    )


def _changes(read: Read, since: int) -> Iterator[str]:
    """SQL: the `_id`s of the resources of which something that is read changed."""
    if read.properties or not read.hops:
        yield _changed(read, since)
    if read.anywhere:
        yield (
            f"SELECT {ID} FROM {resource_history_table(read.entity_type)} WHERE {_stood(since)} "
            f"AND {ID} NOT IN (SELECT {ID} FROM {resource_table(read.entity_type)})"
        )
    for hop in read.links:
        near = f"SELECT {SIDE[hop.side]} AS {ID} FROM"
        yield f"{near} {link_table(hop.association)} WHERE {FROM} > {since}"
        yield f"{near} {link_history_table(hop.association)} WHERE {_stood(since)}"


def _changed(read: Read, since: int) -> str:
    """New resources, and those with another value in a property than the version before."""
    now, before = resource_table(read.entity_type), resource_history_table(read.entity_type)
    differs = "".join(f" OR o.{quoted(each)} IS DISTINCT FROM n.{quoted(each)}" for each in read.properties)
    return (
        f"SELECT n.{ID} FROM {now} n LEFT JOIN (SELECT * FROM {before} WHERE {_stood(since)}) o ON n.{ID} = o.{ID} "
        f"WHERE n.{FROM} > {since} AND (o.{ID} IS NULL{differs})"
    )


def _stood(since: int) -> str:
    """SQL: whether a closed version was the one that stood after a run."""
    return f"coalesce({FROM}, 0) <= {since} AND {TO} > {since}"


def _walked_back(ids: str, hops: tuple[Hop, ...]) -> str:
    """SQL: the `_id`s from which the hops lead to these, by the links that stand."""
    for hop in reversed(hops):
        near, far = SIDE[hop.side], SIDE[3 - hop.side]
        ids = f"SELECT l.{near} AS {ID} FROM {link_table(hop.association)} l SEMI JOIN ({ids}) i ON l.{far} = i.{ID}"
    return ids
