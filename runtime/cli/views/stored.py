"""What the store holds and held in; tables for a person or JSON lines for a machine, on standard output.

The lines' `record` is `resource`, `resource change`, `link change`, `version`, `link version` or `snapshot`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from runtime.cli.views.stream import record, say
from runtime.cli.views.tables import table
from runtime.store.differences import ACTIONS, LinkChange, ResourceChange
from runtime.store.moments import Moment
from runtime.store.past import Shape
from runtime.store.reading import Links, LinkVersion, Resource, Version
from runtime.synchronization.snapshots import Snapshot

Runs = Mapping[int, Moment]

_COLUMNS = 6
_LONGEST = 40
_SIGNS = {"inserted": "+", "updated": "~", "deleted": "-"}


def resource_lines(found: Iterable[Resource]) -> None:
    """Resources, one line each."""
    for each in found:
        links = {name: links.names for name, links in each.links.items()}
        record({"record": "resource", **msgspec.to_builtins(each), "links": links})


def overview(found: Sequence[Resource], shape: Shape, total: int, when: str) -> None:
    """Some resources of an entity type in a table: their first properties, and how many links they have."""
    say(f"{total:,} resources of {shape.entity_type}{when}")
    if not found:
        return
    used = {name for each in found for name in each.properties}
    names = [name for name in shape.properties if name in used and name != shape.key][:_COLUMNS]
    navigations = list(dict.fromkeys(side.property for side in shape.links))
    rows = [
        (each.key, *(_cut(each.properties.get(name)) for name in names), _counted(each.links, navigations))
        for each in found
    ]
    table((shape.key or "resource", *names, "links"), rows)
    if total > len(found):
        say(f"… and {total - len(found):,} more; --limit or --json shows them, --key one with all there is of it")


def whole(found: Iterable[Resource]) -> None:
    """Resources with every property and the names of their links."""
    for each in found:
        say(f"{each.entity_type} {each.key}")
        width = max(map(len, (*each.properties, *each.links)), default=0)
        for name, value in each.properties.items():
            say(f"  {name:<{width}}  {value}")
        for name, links in each.links.items():
            say(f"  {name:<{width}}  {_named(links)}")


def changes(entity_type: str, counts: Mapping[str, int], found: Iterator[ResourceChange]) -> None:
    """What changed in an entity type: how many, and the first of them with old and new values."""
    if not counts:
        return
    say(f"{entity_type}: {_actions(counts)}")
    shown = list(found)
    for each in shown:
        say(f"  {_SIGNS[each.action]} {each.key}")
        for name, (old, new) in each.changes.items() if each.action == "updated" else ():
            say(f"      {name}: {_value(old)} → {_value(new)}")
    _rest(sum(counts.values()) - len(shown))


def link_changes(association: str, counts: Mapping[str, int], found: Iterator[LinkChange]) -> None:
    """What changed in an association: how many links, and the first of them."""
    if not counts:
        return
    say(f"{association}: {_actions(counts)}")
    shown = list(found)
    for each in shown:
        say(f"  {_SIGNS[each.action]} {each.name1} – {each.name2}")
    _rest(sum(counts.values()) - len(shown))


def nothing_changed() -> None:
    """Both moments have the same state."""
    say("Nothing differs.")


def change_lines(entity_type: str, counts: Mapping[str, int], found: Iterator[ResourceChange]) -> None:
    """Changed resources, one line each."""
    for each in found:
        record({"record": "resource change", **msgspec.to_builtins(each)})


def link_lines(association: str, counts: Mapping[str, int], found: Iterator[LinkChange]) -> None:
    """Changed links, one line each."""
    for each in found:
        record({"record": "link change", **msgspec.to_builtins(each)})


def history(entity_type: str, versions: Sequence[Version], links: Sequence[LinkVersion], runs: Runs) -> None:
    """The versions of a resource, and its links, with the runs that began and ended them."""
    for at, each in enumerate(versions):
        is_first = at == 0 or versions[at - 1].id != each.id
        say(f"{entity_type} {each.key}: {'came' if is_first else 'changed'} {_run(each.begun, runs)}")
        for name, (old, new) in each.changes.items():
            say(f"    {name}: {_value(new)}" if is_first else f"    {name}: {_value(old)} → {_value(new)}")
        is_last = at + 1 == len(versions) or versions[at + 1].id != each.id
        if is_last and each.ended is not None:
            say(f"{entity_type} {each.key}: went {_run(each.ended, runs)}")
    for link in links:
        gone = f", gone {_run(link.ended, runs)}" if link.ended is not None else ""
        say(f"{link.property}: {link.name} {_run(link.begun, runs)}{gone}")


def history_lines(entity_type: str, versions: Sequence[Version], links: Sequence[LinkVersion], runs: Runs) -> None:
    """Versions of a resource and of its links, one line each."""
    for each in versions:
        record({"record": "version", "entity_type": entity_type, **msgspec.to_builtins(each), **_ends(each, runs)})
    for link in links:
        record({"record": "link version", **msgspec.to_builtins(link), **_ends(link, runs)})


def snapshots(found: Sequence[tuple[Snapshot, list[str] | None]]) -> None:
    """Kept snapshots; with what is wrong with their files, where somebody looked."""
    if not found:
        say("No snapshots.")
        return
    rows = [
        (each.kept, each.prepared.connector, each.prepared.session, _rows(each), _soundness(wrong))
        for each, wrong in found
    ]
    table(("kept", "connector", "session", "rows", "files"), rows, numbers=frozenset({"rows"}))


def snapshot_lines(found: Sequence[tuple[Snapshot, list[str] | None]]) -> None:
    """Kept snapshots, one line each."""
    for each, wrong in found:
        names = {"connector": each.prepared.connector, "session": each.prepared.session, "kept": each.kept}
        record({"record": "snapshot", **names, "files": each.files, "wrong": wrong})


def _rows(snapshot: Snapshot) -> str:
    tables = (*snapshot.prepared.entity_types.values(), *snapshot.prepared.associations.values())
    return f"{sum(each.kept for each in tables):,}"


def _soundness(wrong: list[str] | None) -> str:
    if wrong is None:
        return ""
    return f"missing or changed: {', '.join(name[:12] for name in wrong)}" if wrong else "as they were"


def _ends(each: Version | LinkVersion, runs: Runs) -> dict[str, object]:
    """The runs that began and ended a version, in place of their numbers; null where that is not known, or not yet."""
    ends = {"begun": runs.get(each.begun or 0), "ended": runs.get(each.ended or 0)}
    return {name: {"run": run.run, "moment": run.moment} if run else None for name, run in ends.items()}


def _run(number: int | None, runs: Runs) -> str:
    moment = runs.get(number or 0)
    return f"with run {moment.run} ({moment.moment})" if moment else "before the history that is kept"


def _counted(links: Mapping[str, Links], navigations: Sequence[str]) -> str:
    return ", ".join(f"{links[name].count:,} {name}" for name in navigations if name in links)


def _named(links: Links) -> str:
    more = links.count - len(links.names)
    return ", ".join(links.names) + (f" and {more:,} more" if more else "")


def _actions(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[action]:,} {action}" for action in ACTIONS if action in counts)


def _rest(count: int) -> None:
    if count:
        say(f"  … and {count:,} more; --json prints all")


def _value(value: str | None) -> str:
    return "(empty)" if value is None else f"'{value}'"


def _cut(value: str | None) -> str:
    text = value or ""
    return text if len(text) <= _LONGEST else "".join(islice(text, _LONGEST - 1)) + "…"
