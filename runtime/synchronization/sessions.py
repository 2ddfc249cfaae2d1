"""Prepared sessions on disk: saved, found again, accepted once the store has them; the `previous` state they leave.

A session is a folder `Work/Synchronization/<session>.<connector>`. Its full extracts become
`Work/Collect/previous/<connector>/<session>` when it is accepted, and the file `current` beside names that session.
Its manifest holds the SHA-256 of each file: one that is missing or was changed is noticed before it is read.
"""

import hashlib
import shutil
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from compiler.plan.changes import AnyChange
from compiler.plan.steps import EntitySource, LinkSource, Prepare
from runtime.contract import Mode, Note
from runtime.workspace import Workspace, file_name, sync_folder, write_atomic

_MANIFEST = "session.json"
_CURRENT = "current"
_HASHED_AT_ONCE = 2


class PreparedTable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entity type or association of a session.

    `rows` is the Parquet file of the full extract, empty when the source gave instructions alone; `patch`, if any, that
    of the `patched` command rows over it that bring it up to date by `key` (rows.py reads both); `keys` that of the
    rows' hashes. `changes` is that of command rows, empty when everything is to be compared. `commanded`: the
    instructions are the source's own.
    Counts: records read, rows kept, rejected for a null key, rejected as duplicates, left out by transformations, cells
    or rows not converted.
    """

    rows: str = ""
    patch: str = ""
    patched: int = 0
    key: str = ""
    keys: str = ""
    changes: str = ""
    commanded: bool = False
    read: int = 0
    kept: int = 0
    null_keys: int = 0
    duplicates: int = 0
    left_out: int = 0
    errors: int = 0


class Prepared(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session: what is to be brought into the store.

    `mode` is what it became: an incremental session without a usable previous state is complete, and `escalated` says
    why. `base` is the session whose rows the changes were worked out against. `digests` tell whether a mapping
    changed; `engine` is the one whose `hash()` made the row hashes. `announced` is in nanoseconds since 1970.
    `checksums` are the SHA-256 of the files, in hexadecimal digits.
    """

    session: str
    connector: str
    mode: Mode
    folder: str
    previous: str
    engine: str
    announced: int
    entity_types: dict[str, PreparedTable]
    associations: dict[str, PreparedTable]
    digests: dict[str, str]
    checksums: dict[str, str] = {}
    base: str = ""
    escalated: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def is_commanded(self) -> bool:
        """Whether some of it is instructions of the source, which it gives only once."""
        return any(table.commanded for table in (*self.entity_types.values(), *self.associations.values()))

    def path(self, file: str) -> Path:
        """A file of the session."""
        return Path(self.folder) / file


def session_folder(workspace: Workspace, session: str, connector: str) -> Path:
    """The folder of a session of a connector."""
    return workspace.synchronization / f"{file_name(session)}.{file_name(connector)}"


def previous_folder(workspace: Workspace, connector: str) -> Path:
    """The folder of a connector's last accepted rows."""
    return workspace.collect / "previous" / file_name(connector)


def digests(step: Prepare) -> dict[str, str]:
    """What identifies each mapping: its rows can be compared with earlier ones only while this stays the same."""
    sources: tuple[EntitySource | LinkSource, ...] = (*step.entity_types, *step.associations)
    return {mapping_key(each): _digest(each, step.changes_of(each.table)) for each in sources}


def save(staged: Path, prepared: Prepared) -> Prepared:
    """Make a staged folder the session's, complete with its manifest, in one rename."""
    folder = Path(prepared.folder)
    prepared = msgspec.structs.replace(prepared, checksums=_checksums(staged, _shared(prepared)))
    write_atomic(staged / _MANIFEST, msgspec.json.encode(prepared))
    shutil.rmtree(folder, ignore_errors=True)
    staged.rename(folder)
    sync_folder(folder.parent)
    return prepared


def pending(workspace: Workspace, connector: str) -> list[Prepared]:
    """The sessions of a connector that were prepared and not yet accepted or discarded, oldest first."""
    return _waiting(workspace.synchronization, connector, str(previous_folder(workspace, connector)))


def older(prepared: Prepared) -> list[Prepared]:
    """The sessions of the same connector that were prepared before and wait."""
    waiting = _waiting(Path(prepared.folder).parent, prepared.connector, prepared.previous)
    return [each for each in waiting if each.announced < prepared.announced]


def discard(prepared: Prepared) -> None:
    """Cancel a session: its files go, and the previous state stays."""
    shutil.rmtree(prepared.folder, ignore_errors=True)


def previous(workspace: Workspace, connector: str) -> Prepared | None:
    """The last accepted session with its files; None when there is none or its files are not as they were left."""
    prepared = last_accepted(workspace, connector)
    return None if prepared is None or damaged(prepared, _state(prepared)) else prepared


def unsound(workspace: Workspace, connector: str) -> str:
    """What is wrong with the files of the last accepted session; empty when nothing is, or there is none."""
    prepared = last_accepted(workspace, connector)
    if prepared is None:
        return "its manifest is missing or damaged" if _current(previous_folder(workspace, connector)) else ""
    wrong = damaged(prepared, _state(prepared))
    return f"missing or changed since it was left: {', '.join(wrong)}" if wrong else ""


def last_accepted(workspace: Workspace, connector: str) -> Prepared | None:
    """The last accepted session, as its manifest tells it; nobody looked at its files."""
    return _accepted(previous_folder(workspace, connector))


def damaged(prepared: Prepared, files: Iterable[str]) -> list[str]:
    """Those files of a session that are missing or are not as they were written."""
    names = sorted(set(files))
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        found = pool.map(checksum, (prepared.path(name) for name in names))
        return [name for name, now in zip(names, found, strict=True) if prepared.checksums.get(name, "none") != now]


def _state(prepared: Prepared) -> list[str]:
    """The files that hold all rows of a session, and what is known of them."""
    tables = (*prepared.entity_types.values(), *prepared.associations.values())
    return [file for table in tables for file in (table.rows, table.patch, table.keys) if file]


def accept(prepared: Prepared) -> None:
    """The store has the session: its full extracts become the previous state. May be repeated after a kill."""
    folder, home = Path(prepared.folder), Path(prepared.previous)
    kept = home / file_name(prepared.session)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.exists() and folder != kept:
        shutil.rmtree(kept, ignore_errors=True)
        folder.rename(kept)
        sync_folder(folder.parent)
    if not kept.exists():
        return
    write_atomic(home / _CURRENT, prepared.session.encode())
    for other in home.iterdir():
        if other.is_dir() and other != kept:
            shutil.rmtree(other, ignore_errors=True)


def settle(prepared: Prepared, applied: str) -> None:
    """Finish the acceptance of the session that the store applied last, if a kill came between."""
    if not applied or _current(Path(prepared.previous)) == applied:
        return
    folder = Path(prepared.folder).with_name(f"{file_name(applied)}.{file_name(prepared.connector)}")
    kept = Path(prepared.previous) / file_name(applied)
    for place in (folder, kept):
        if (place / _MANIFEST).exists():
            accept(msgspec.structs.replace(_read(place / _MANIFEST), previous=prepared.previous))
            return


def now() -> int:
    """The moment a session is announced."""
    return time.time_ns()


def _waiting(folder: Path, connector: str, home: str) -> list[Prepared]:
    found = [_read(path) for path in folder.glob(f"[!.]*/{_MANIFEST}")]
    own = [msgspec.structs.replace(each, previous=home) for each in found if each.connector == connector]
    return sorted(own, key=lambda each: each.announced)


def _accepted(home: Path) -> Prepared | None:
    path = home / file_name(_current(home)) / _MANIFEST
    try:
        return _read(path)
    except (OSError, msgspec.MsgspecError):
        return None


def _shared(prepared: Prepared) -> dict[tuple[int, int], str]:
    """The checksums of the files that a session may share with the one before, by device and number."""
    before = _accepted(Path(prepared.previous))
    paths = {name: before.path(name) for name in before.checksums} if before else {}
    return {
        (path.stat().st_dev, path.stat().st_ino): before.checksums[name]
        for name, path in paths.items()
        if before and path.exists()
    }


def _checksums(folder: Path, known: dict[tuple[int, int], str]) -> dict[str, str]:
    """The SHA-256 of each Parquet file; one that was checked when it was shared is not read again."""
    files = sorted(folder.glob("*.parquet"))
    at = {file: known.get((file.stat().st_dev, file.stat().st_ino)) for file in files}
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        found = pool.map(lambda file: at[file] or checksum(file), files)
        return {file.name: checksum for file, checksum in zip(files, found, strict=True)}


def checksum(path: Path) -> str:
    """The SHA-256 of a file, empty when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _current(home: Path) -> str:
    """The session whose rows are the previous state, empty when there is none."""
    path = home / _CURRENT
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _read(path: Path) -> Prepared:
    """A manifest; the folder is where it stands now, should the workspace have moved."""
    return msgspec.structs.replace(msgspec.json.decode(path.read_bytes(), type=Prepared), folder=str(path.parent))


def mapping_key(source: EntitySource | LinkSource) -> str:
    """What a mapping is known by in `digests`."""
    return f"entity:{source.entity_type}" if isinstance(source, EntitySource) else f"link:{source.association}"


def _digest(source: EntitySource | LinkSource, changes: tuple[AnyChange, ...]) -> str:
    fields = msgspec.to_builtins(source)
    fields.pop("origin")
    fields.pop("limits")
    if changes:
        fields["changes"] = msgspec.to_builtins(changes)
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
