"""An entity type and a moment in; its resources with their links as they were then, and the versions of one, out."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from compiler.plan.tables import FROM, ID, TO, quoted
from runtime.engine.engine import Row, literal
from runtime.store.past import NAME, LinkSide, Past, Shape

Pair = tuple[str | None, str | None]

HIDDEN = "(hidden)"
"""What is shown in place of a value that nobody shall read."""

_AT_ONCE = 1000


class Links(Struct, frozen=True):
    """How many links a resource has, and the names of the first of them."""

    count: int
    names: tuple[str, ...]


class Resource(Struct, frozen=True, kw_only=True):
    """One resource as it was: properties with a value, navigations with a link."""

    entity_type: str
    id: int
    key: str
    properties: dict[str, str]
    links: dict[str, Links]


class Version(Struct, frozen=True, kw_only=True):
    """What a resource was from one run to another; numbers of runs, None for before all and for until now.

    `changes` are the properties that differ from the version before: what they were, what they are.
    """

    id: int
    key: str
    begun: int | None
    ended: int | None
    changes: dict[str, Pair]


class LinkVersion(Struct, frozen=True, kw_only=True):
    """A link of a resource from one run to another."""

    property: str
    name: str
    begun: int | None
    ended: int | None


def count(past: Past, shape: Shape, number: int, key: str | None) -> int:
    """How many resources there were; of that name, where one is given."""
    query = f"SELECT count(*) FROM ({past.resources(shape, number)}) WHERE {_named(key)}"
    return int(past.engine.rows(query)[0][0])


def read(
    past: Past, shape: Shape, number: int, *, key: str | None, limit: int | None, names: int | None
) -> Iterator[Resource]:
    """The resources in the order of their names, at most `limit`, with at most `names` names of links each."""
    query = (
        f"SELECT {ID}, {NAME}{_columns(shape)} FROM ({past.resources(shape, number)}) WHERE {_named(key)} "
        f"ORDER BY {NAME}, {ID}" + (f" LIMIT {limit}" if limit is not None else "")
    )
    for rows in past.engine.batches(query, _AT_ONCE):
        links = _links_of(past, shape, number, [row[0] for row in rows], names)
        for row in rows:
            yield _resource(shape, row, links.get(row[0], {}))


def _resource(shape: Shape, row: Row, links: dict[str, Links]) -> Resource:
    told = {name: shown(shape, name, value) for name, value in zip(shape.properties, row[2:], strict=False)}
    properties = {name: value for name, value in told.items() if value is not None}
    return Resource(entity_type=shape.entity_type, id=row[0], key=row[1], properties=properties, links=links)


def versions(past: Past, shape: Shape, key: str) -> list[Version]:
    """All versions of the resources that bear or bore this name, oldest first."""
    rows = past.engine.rows(
        f"SELECT {ID}, {FROM}, {TO}, {NAME}{_columns(shape)} FROM ({past.versions(shape, 'true')}) "
        f"WHERE {ID} IN ({_ids(past, shape, key)}) ORDER BY {ID}, {FROM} NULLS FIRST"
    )
    found: list[Version] = []
    before: Row = (None,)
    for row in rows:
        old = before if before[0] == row[0] else (None,) * len(row)
        changes = changed(shape, old[4:], row[4:])
        found.append(Version(id=row[0], key=row[3], begun=row[1], ended=row[2], changes=changes))
        before = row
    return found


def link_versions(past: Past, shape: Shape, key: str) -> list[LinkVersion]:
    """All links that the resources of this name have or had, by navigation, oldest first."""
    found = []
    for side in shape.links:
        links = past.link_versions(side.association, side.side, _ids(past, shape, key))
        other = past.shape(side.entity_type)
        last = (
            f"SELECT {ID}, {NAME} FROM ({past.versions(other, 'true')}) "
            f"QUALIFY row_number() OVER (PARTITION BY {ID} ORDER BY {FROM} DESC NULLS LAST) = 1"
        )
        rows = past.engine.rows(
            f"SELECT coalesce(o.{NAME}, '#' || l.other), l.{FROM}, l.{TO} FROM ({links}) AS l "
            f"LEFT JOIN ({last}) AS o ON o.{ID} = l.other ORDER BY l.{FROM} NULLS FIRST, 1"
        )
        found += [LinkVersion(property=side.property, name=row[0], begun=row[1], ended=row[2]) for row in rows]
    return found


def shown(shape: Shape, name: str, value: str | None) -> str | None:
    """A value as it may be shown."""
    return HIDDEN if value is not None and name in shape.hidden else value


def changed(shape: Shape, old: Row, new: Row) -> dict[str, Pair]:
    """The properties that differ, with what they were and what they are."""
    return {
        name: (shown(shape, name, before), shown(shape, name, after))
        for name, before, after in zip(shape.properties, old, new, strict=False)
        if before != after
    }


def _links_of(
    past: Past, shape: Shape, number: int, ids: Sequence[int], names: int | None
) -> dict[int, dict[str, Links]]:
    """The links of some resources by navigation."""
    found: dict[int, dict[str, Links]] = {}
    for side in shape.links if ids else ():
        for id, name, total in past.engine.rows(_names(past, side, number, ids, names)):
            known = found.setdefault(id, {}).setdefault(side.property, Links(total, ()))
            found[id][side.property] = Links(total, (*known.names, name))
    return found


def _names(past: Past, side: LinkSide, number: int, ids: Sequence[int], most: int | None) -> str:
    own, other = f"_{side.side}", f"_{3 - side.side}"
    far = past.resources(past.shape(side.entity_type), number)
    few = "" if most is None else f"QUALIFY row_number() OVER (PARTITION BY l.{own} ORDER BY _far) <= {max(most, 1)}"
    return (
        f"SELECT l.{own}, coalesce(r.{NAME}, '#' || l.{other}) AS _far, count(*) OVER (PARTITION BY l.{own}) "
        f"FROM ({past.links(side.association, number)}) AS l LEFT JOIN ({far}) AS r ON r.{ID} = l.{other} "
        f"WHERE l.{own} IN ({', '.join(map(str, ids))}) {few} ORDER BY l.{own}, _far"
    )


def _ids(past: Past, shape: Shape, key: str) -> str:
    return f"SELECT {ID} FROM ({past.versions(shape, 'true')}) WHERE {_named(key)}"


def _named(key: str | None) -> str:
    return "true" if key is None else f"{NAME} = {literal(key)}"


def _columns(shape: Shape) -> str:
    return "".join(f", {quoted(each)}" for each in shape.properties)
