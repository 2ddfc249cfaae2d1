"""A connector's accepted session in; its rows kept by what they are, for as long as a setting says, out.

`Snapshots/<first two digits>/<SHA-256>.parquet` holds a file once however many sessions have it; it is a second name of
the session's own file where the file system can do that. `Snapshots/<connector>/<session>.json` is a session's
manifest: tables, counts, the digests of its mappings, the checksums of its files.
"""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.synchronization.sessions import Prepared, checksum, last_accepted
from runtime.workspace import Workspace, file_name, sync_folder, write_atomic

_SUFFIX = ".session.json"


class Retention(Struct, frozen=True, kw_only=True):
    """How long snapshots are kept: at most so many sessions of a connector, at most so many days; 0 is no limit.

    The last session of a connector is always kept. `history_days` is how far back the store tells what it was.
    """

    sessions: int = 10
    days: int = 30
    history_days: int = 0


class Snapshot(Struct, frozen=True, kw_only=True):
    """A session that was accepted: since when it is kept (ISO 8601, UTC), and by table the files that hold its rows.

    A file is named by its SHA-256 in hexadecimal digits. A session of instructions alone has these as its files.
    """

    kept: str
    prepared: Prepared
    files: dict[str, tuple[str, ...]]


def keep(workspace: Workspace, connector: str) -> None:
    """Keep the files of a connector's last accepted session, unless they are kept already. May be repeated.

    A session of which a file is missing, or of before files had checksums, is no snapshot any more.
    """
    prepared = last_accepted(workspace, connector)
    if prepared is None or _manifest(workspace, prepared).exists():
        return
    files = _files(prepared)
    names = {name for names in files.values() for name in names}
    if not all(name in prepared.checksums and prepared.path(name).exists() for name in names):
        return
    for name in names:
        _link(prepared.path(name), _content(workspace, prepared.checksums[name]))
    named = {table: tuple(prepared.checksums[name] for name in names) for table, names in files.items()}
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    manifest = _manifest(workspace, prepared)
    manifest.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(manifest, msgspec.json.encode(Snapshot(kept=moment, prepared=prepared, files=named)))


def snapshots(workspace: Workspace) -> list[Snapshot]:
    """All sessions that are kept, by connector, oldest first."""
    paths = workspace.snapshots.glob(f"*/*{_SUFFIX}")
    found = [msgspec.json.decode(path.read_bytes(), type=Snapshot) for path in paths]
    return sorted(found, key=lambda each: (each.prepared.connector, each.kept))


def wrong_files(workspace: Workspace, snapshot: Snapshot) -> list[str]:
    """The files of a snapshot that are missing or are no longer what their names say, by their names."""
    names = {file for files in snapshot.files.values() for file in files}
    return sorted(name for name in names if checksum(_content(workspace, name)) != name)


def forget(workspace: Workspace, retention: Retention) -> int:
    """Take away the snapshots that are kept no longer, and the files that no other one has; how many sessions went."""
    known = snapshots(workspace)
    gone = _outdated(known, retention)
    for each in gone:
        _manifest(workspace, each.prepared).unlink(missing_ok=True)
    held = {file for each in known if each not in gone for files in each.files.values() for file in files}
    for path in workspace.snapshots.glob("??/*.parquet"):
        if path.stem not in held:
            path.unlink(missing_ok=True)
    return len(gone)


def _outdated(known: list[Snapshot], retention: Retention) -> list[Snapshot]:
    moment = datetime.now(UTC) - timedelta(days=retention.days)
    gone = []
    for connector in {each.prepared.connector for each in known}:
        own = [each for each in reversed(known) if each.prepared.connector == connector]
        for place, each in enumerate(own[1:], 2):
            is_many = retention.sessions and place > retention.sessions
            is_old = retention.days and datetime.fromisoformat(each.kept) < moment
            gone += [each] if is_many or is_old else []
    return gone


def _files(prepared: Prepared) -> dict[str, tuple[str, ...]]:
    """The files of each table: all rows, or the instructions where a source gave nothing else."""
    tables = {f"entity:{name}": each for name, each in prepared.entity_types.items()}
    tables |= {f"link:{name}": each for name, each in prepared.associations.items()}
    return {
        name: tuple(file for file in ((each.rows, each.patch) if each.rows else (each.changes,)) if file)
        for name, each in tables.items()
    }


def _link(file: Path, to: Path) -> None:
    """Give a file a second name, or copy it where the file system has no such thing."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if to.exists() and to.samefile(file):
        return
    temporary = to.with_name(f".{to.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(file, temporary)
    except OSError:
        shutil.copyfile(file, temporary)
    os.replace(temporary, to)
    sync_folder(to.parent)


def _content(workspace: Workspace, digest: str) -> Path:
    return workspace.snapshots / digest[:2] / f"{digest}.parquet"


def _manifest(workspace: Workspace, prepared: Prepared) -> Path:
    folder = workspace.snapshots / f"connector.{file_name(prepared.connector)}"
    return folder / f"{file_name(prepared.session)}{_SUFFIX}"
