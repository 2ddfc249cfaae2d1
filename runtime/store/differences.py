"""Two moments in; what turns the state of the store at the one into that at the other, out.

Resources are the same when they have the same primary key (the same `_id`, where there is none), links when they link
the same resources: what went and came again meanwhile is no difference.
"""

from collections.abc import Iterator

from msgspec import Struct

from compiler.plan.tables import ID, quoted
from runtime.store.past import NAME, Past, Shape
from runtime.store.reading import Pair, changed

ACTIONS = ("inserted", "updated", "deleted")

_AT_ONCE = 1000


class ResourceChange(Struct, frozen=True, kw_only=True):
    """One resource that was inserted, updated or deleted: each property that differs, old and new."""

    entity_type: str
    action: str
    key: str
    changes: dict[str, Pair]


class LinkChange(Struct, frozen=True, kw_only=True):
    """One link that was inserted or deleted, by the names of what it links."""

    association: str
    action: str
    name1: str
    name2: str


def resource_counts(past: Past, shape: Shape, before: int, after: int) -> dict[str, int]:
    """How many resources differ, by action."""
    return dict(past.engine.rows(f"SELECT _action, count(*) FROM ({_changes(past, shape, before, after)}) GROUP BY 1"))


def resource_changes(past: Past, shape: Shape, before: int, after: int, limit: int | None) -> Iterator[ResourceChange]:
    """The resources that differ, in the order of their names, at most `limit`."""
    width = len(shape.properties)
    query = f"SELECT * FROM ({_changes(past, shape, before, after)}) ORDER BY _key, _action{_at_most(limit)}"
    for rows in past.engine.batches(query, _AT_ONCE):
        for action, key, *rest in rows:
            changes = changed(shape, tuple(rest[:width]), tuple(rest[width:]))
            yield ResourceChange(entity_type=shape.entity_type, action=action, key=key, changes=changes)


def link_counts(past: Past, association: str, before: int, after: int) -> dict[str, int]:
    """How many links differ, by action."""
    changes = _link_changes(past, association, before, after)
    return dict(past.engine.rows(f"SELECT action, count(*) FROM ({changes}) GROUP BY 1"))


def link_changes(past: Past, association: str, before: int, after: int, limit: int | None) -> Iterator[LinkChange]:
    """The links that differ, in the order of their names, at most `limit`."""
    changes = _link_changes(past, association, before, after)
    query = f"SELECT * FROM ({changes}) ORDER BY name1, name2, action{_at_most(limit)}"
    for rows in past.engine.batches(query, _AT_ONCE):
        for action, name1, name2 in rows:
            yield LinkChange(association=association, action=action, name1=name1, name2=name2)


def _changes(past: Past, shape: Shape, before: int, after: int) -> str:
    """SQL: `_action`, `_key`, all properties before, all properties after."""
    low, high = sorted((before, after))
    old, new = (
        f"SELECT * FROM ({past.resources(shape, number)}) WHERE {ID} IN ({past.touched(shape, low, high)})"
        for number in (before, after)
    )
    names = [quoted(each) for each in shape.properties]
    columns = "".join(f", o.{each} AS {quoted(f'o{at}')}" for at, each in enumerate(names))
    columns += "".join(f", n.{each} AS {quoted(f'n{at}')}" for at, each in enumerate(names))
    differs = " OR ".join(f"o.{each} IS DISTINCT FROM n.{each}" for each in names) or "false"
    return (
        f"SELECT CASE WHEN o.{ID} IS NULL THEN 'inserted' WHEN n.{ID} IS NULL THEN 'deleted' ELSE 'updated' END "
        f"AS _action, coalesce(n.{NAME}, o.{NAME}) AS _key{columns} FROM ({old}) AS o "
        f"FULL JOIN ({new}) AS n ON o.{NAME} = n.{NAME} WHERE o.{ID} IS NULL OR n.{ID} IS NULL OR {differs}"
    )


def _link_changes(past: Past, association: str, before: int, after: int) -> str:
    low, high = sorted((before, after))
    old, new = (
        f"SELECT name1, name2 FROM ({past.named_links(association, number, (low, high))})" for number in (before, after)
    )
    return (
        f"SELECT 'deleted' AS action, name1, name2 FROM ({old} EXCEPT {new}) "
        f"UNION ALL SELECT 'inserted', name1, name2 FROM ({new} EXCEPT {old})"
    )


def _at_most(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {limit}"
