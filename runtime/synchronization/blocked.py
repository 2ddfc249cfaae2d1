"""A session that a limit stopped in; what it would do, kept beside its files until a person decides, out.

`blocked.json` stands in the session's folder and goes with it. A session that a person drops leaves
`<connector>.complete`: what it held may be known to nobody else, so the connector's next run compares everything
(synchronization.md 9).
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.contract import Mode
from runtime.store.limits import Exceeded
from runtime.synchronization.links import LinkChanges
from runtime.synchronization.resources import Changes
from runtime.synchronization.sessions import Prepared, discard, pending
from runtime.workspace import Workspace, file_name, sync_folder, write_atomic

_FILE = "blocked.json"


class Effect(Struct, frozen=True, kw_only=True):
    """What a session does to the store: `base` is the connector's session before it, empty when it is the first."""

    mode: Mode
    base: str
    entity_types: dict[str, Changes]
    associations: dict[str, LinkChanges]


class Blocked(Struct, frozen=True, kw_only=True):
    """A blocked session: what it would do, the limits that this passes, and since when (ISO 8601, UTC) it waits."""

    connector: str
    session: str
    since: str
    effect: Effect
    exceeded: tuple[Exceeded, ...]


def block(prepared: Prepared, effect: Effect, exceeded: list[Exceeded]) -> None:
    """Keep what a session would do, for `status` and for whoever accepts it."""
    found = Blocked(
        connector=prepared.connector,
        session=prepared.session,
        since=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        effect=effect,
        exceeded=tuple(exceeded),
    )
    write_atomic(Path(prepared.folder) / _FILE, msgspec.json.encode(found))


def blocked_in(prepared: Prepared) -> Blocked | None:
    """What was shown of a session when it was blocked; None when it was not."""
    path = Path(prepared.folder) / _FILE
    return msgspec.json.decode(path.read_bytes(), type=Blocked) if path.exists() else None


def unblock(prepared: Prepared) -> None:
    """The session is applied: it waits no longer."""
    (Path(prepared.folder) / _FILE).unlink(missing_ok=True)


def blocked_sessions(workspace: Workspace) -> list[Blocked]:
    """Every blocked session of a workspace, by connector."""
    paths = workspace.synchronization.glob(f"[!.]*/{_FILE}")
    found = [msgspec.json.decode(path.read_bytes(), type=Blocked) for path in paths]
    return sorted(found, key=lambda each: (each.connector, each.session))


def drop(workspace: Workspace, connector: str, session: str) -> None:
    """Drop a session for good: the connector's next run compares everything."""
    write_atomic(_marker(workspace.synchronization, connector), session.encode())
    for each in pending(workspace, connector):
        if each.session == session:
            discard(each)
    sync_folder(workspace.synchronization)


def dropped(workspace: Workspace, connector: str) -> str:
    """The session of a connector that was dropped since its last complete synchronisation, empty when none was."""
    path = _marker(workspace.synchronization, connector)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def compared(prepared: Prepared) -> None:
    """A session that compared everything is applied: nothing that was dropped is missing any more."""
    _marker(Path(prepared.folder).parent, prepared.connector).unlink(missing_ok=True)


def _marker(folder: Path, connector: str) -> Path:
    return folder / f"{file_name(connector)}.complete"
