"""Two plans in, the configuration changes between them out: inserted, updated, deleted items, probable renames."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from compiler.plan.plan import Item, Plan
from compiler.plan.renames import renames

Action = Literal["insert", "update", "delete"]
Key = tuple[str, str]


class Change(Struct, frozen=True, kw_only=True):
    """One item that deploying would change, or one child of an item that is updated.

    `attributes` maps a name to its old and new value, None where absent; of an inserted or deleted item they are all
    of its own. `origin` is where it stands, or stood, if that is known. `renamed_from` is the key of a deleted item of
    nearly the same content: a probable rename, which the language cannot say, so that what the old item holds would be
    lost (decisions.md, O-85).
    """

    action: Action
    kind: str
    key: str
    origin: str
    attributes: dict[str, tuple[Any, Any]] = {}
    children: tuple["Change", ...] = ()
    renamed_from: str | None = None


class _Entry(NamedTuple):
    """An item or a child, where it stands, its way from the item, and where all below the item stand."""

    content: Mapping[str, Any]
    origin: str
    way: str
    item: Item


_Entries = dict[Key, _Entry]


def compare(old: Plan | None, new: Plan) -> tuple[Change, ...]:
    """What deploying `new` over `old` changes; everything is an insert when nothing is deployed yet."""
    return _compare(_entries(old.items if old else ()), _entries(new.items))


def _entries(items: Iterable[Item]) -> _Entries:
    return {(item.kind, item.key): _Entry(item.content, item.origin, "", item) for item in items}


def _compare(before: _Entries, after: _Entries) -> tuple[Change, ...]:
    """Inserts, updates, deletes, each in the order of its plan."""
    inserted = {at: entry for at, entry in after.items() if at not in before}
    deleted = {at: entry for at, entry in before.items() if at not in after}
    found = renames(_contents(deleted), _contents(inserted))
    inserts = (replace(_whole("insert", *each), renamed_from=found.get(each[0])) for each in inserted.items())
    updates = (_update(at, before[at], entry) for at, entry in after.items() if at in before)
    deletes = (_whole("delete", *each) for each in deleted.items())
    return (*inserts, *(change for change in updates if change), *deletes)


def _contents(entries: _Entries) -> dict[Key, Mapping[str, Any]]:
    return {at: entry.content for at, entry in entries.items()}


def _whole(action: Action, at: Key, entry: _Entry) -> Change:
    """An item that comes or goes, with its own attributes; its children come and go with it."""
    own = {name: value for name, value in entry.content.items() if not isinstance(value, dict)}
    values: dict[str, tuple[Any, Any]] = {
        name: (None, value) if action == "insert" else (value, None) for name, value in own.items()
    }
    before, after = ({}, _children(entry)) if action == "insert" else (_children(entry), {})
    children = _compare(before, after)
    return Change(action=action, kind=at[0], key=at[1], origin=entry.origin, attributes=values, children=children)


def _update(at: Key, old: _Entry, new: _Entry) -> Change | None:
    attributes = dict(_attributes(old.content, new.content))
    children = _compare(_children(old), _children(new)) if old.content != new.content else ()
    if not attributes and not children:
        return None
    return Change(action="update", kind=at[0], key=at[1], origin=new.origin, attributes=attributes, children=children)


def _attributes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in dict.fromkeys((*old, *new)):
        values = old.get(name), new.get(name)
        if isinstance(values[0], dict) or isinstance(values[1], dict):
            yield from _order(name, values[0] or {}, values[1] or {})
        elif values[0] != values[1]:
            yield name, values


def _order(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The order of children where it alone differs: some are applied one after the other."""
    if old.keys() == new.keys() and list(old) != list(new):
        yield f"order of {name}", (", ".join(old), ", ".join(new))


def _children(entry: _Entry) -> _Entries:
    """The children of an item by kind and key."""
    return {
        (kind, key): _child(content, f"{entry.way} > {kind} {key}" if entry.way else f"{kind} {key}", entry.item)
        for kind, nested in entry.content.items()
        if isinstance(nested, dict)
        for key, content in nested.items()
    }


def _child(content: Mapping[str, Any], way: str, item: Item) -> _Entry:
    place = item.places.get(way, "")
    is_line = isinstance(place, int)
    return _Entry(content, f"{item.origin.rpartition(':')[0]}:{place}" if is_line else str(place), way, item)
