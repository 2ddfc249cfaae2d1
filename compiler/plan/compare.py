"""Two plans in, the configuration changes between them out: inserted, updated, deleted items, probable renames."""

from difflib import SequenceMatcher
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from compiler.plan.plan import Item, Plan

Action = Literal["insert", "update", "delete"]
Items = dict[tuple[str, str], Item]
RENAME_LIKENESS = 0.8


class Change(Struct, frozen=True, kw_only=True):
    """One item that deploying would change. `attributes` maps a name to its old and new value, None where absent.

    `renamed_from` is the key of a deleted item of nearly the same content: a probable rename, which the language
    cannot say, so that what the old item holds would be lost (decisions.md, O-85).
    """

    action: Action
    kind: str
    key: str
    origin: str
    attributes: dict[str, tuple[Any, Any]] = {}
    renamed_from: str | None = None


def compare(old: Plan | None, new: Plan) -> tuple[Change, ...]:
    """What deploying `new` over `old` changes; everything is an insert when nothing is deployed yet."""
    before = {(item.kind, item.key): item for item in old.items} if old else {}
    after = {(item.kind, item.key): item for item in new.items}
    inserts = [_whole("insert", item) for at, item in after.items() if at not in before]
    deletes = [_whole("delete", item) for at, item in before.items() if at not in after]
    updates = [change for at, item in after.items() if at in before and (change := _update(before[at], item))]
    return (*_renames(inserts, deletes, before, after), *updates, *deletes)


def _whole(action: Action, item: Item) -> Change:
    return Change(action=action, kind=item.kind, key=item.key, origin=item.origin)


def _update(old: Item, new: Item) -> Change | None:
    names = dict.fromkeys((*old.content, *new.content))
    differ = {
        name: (old.content.get(name), new.content.get(name))
        for name in names
        if old.content.get(name) != new.content.get(name)
    }
    if not differ:
        return None
    return Change(action="update", kind=new.kind, key=new.key, origin=new.origin, attributes=differ)


def _renames(inserts: list[Change], deletes: list[Change], before: Items, after: Items) -> list[Change]:
    """The inserts, those marked that resemble a deleted item of the same kind."""
    found = []
    for insert in inserts:
        new = after[insert.kind, insert.key]
        rivals = [each.key for each in deletes if each.kind == insert.kind]
        likeness = {key: _likeness(before[insert.kind, key], new) for key in rivals}
        best = max(likeness, key=lambda key: likeness[key], default=None)
        alike = best is not None and likeness[best] >= RENAME_LIKENESS
        found.append(replace(insert, renamed_from=best) if alike else insert)
    return found


def _likeness(old: Item, new: Item) -> float:
    first, second = (
        sorted(f"{name}={value}" for name, value in item.content.items() if name != "Identifier") for item in (old, new)
    )
    return SequenceMatcher(None, "\n".join(first), "\n".join(second), autojunk=False).ratio()
