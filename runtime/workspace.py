"""The workspace: one folder that holds all a run reads and leaves behind, and the ways its files are written safely."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import msgspec
from msgspec import Struct

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%]|^\.|[. ]$')
_LONGEST = 160
_REMOVED = ".removed.json"

SPARK_STORE = "store.spark"
"""The folder of a store on Spark, in a workspace."""

_LANDING = RLock()
"""Exports of several connections land in one folder, from several threads."""


class WorkspaceInUse(Exception):
    """Another process holds the workspace's lock."""


class Workspace:
    """The folders of one workspace, as documented for the agent's Temp and Work folders (synchronization.md §2)."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.temp = self.root / "Temp"
        self.export_output = self.temp / "ExportOutput"
        self.work = self.root / "Work"
        self.collect = self.work / "Collect"
        self.cookies = self.work / "ExportCookies"
        self.synchronization = self.work / "Synchronization"
        self.orders = self.work / "ProvisioningOrders"
        self.journal = self.root / "Journal"
        self.deployed = self.root / "Deployed"
        self.snapshots = self.root / "Snapshots"

    @property
    def store(self) -> Path:
        """The store: a file of DuckDB, or a folder where its engine is Spark."""
        folder = self.root / SPARK_STORE
        return folder if folder.is_dir() else self.root / "store.duckdb"

    def create(self) -> None:
        """Make the folders that do not exist yet; only the owner may enter them."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (
            self.export_output,
            self.collect,
            self.cookies,
            self.synchronization,
            self.orders,
            self.journal,
            self.deployed,
            self.snapshots,
        ):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace alone. Raises `WorkspaceInUse` at once when another process holds it."""
        self.create()
        with open(self.root / ".lock", "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkspaceInUse(f"{self.root} is in use by another run") from None
            yield


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part: temporary file, fsync, rename."""
    temporary = path.with_name(f".{path.name}.tmp")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class ExportedTable(Struct, frozen=True, kw_only=True):
    """One file of an export: its name in the export folder, its header, rows, size in bytes."""

    file: str
    columns: tuple[str, ...]
    rows: int
    size: int


class ExportManifest(Struct, frozen=True, kw_only=True):
    """What the last export of a connection left in the export folder. `time` is ISO 8601, UTC.

    `mode` is what the files hold: an incremental export that had no cookie to start from is a complete one.
    `cookie` is the SHA-256 of the cookie that belongs to these files, empty when there is none.
    """

    connection: str
    package: str
    mode: str
    time: str
    tables: dict[str, ExportedTable]
    cookie: str = ""


def export_manifests(workspace: Workspace) -> Iterator[ExportManifest]:
    """The manifests in the export folder, after finishing what a killed export began to put there."""
    finish_landings(workspace.export_output)
    for path in sorted(workspace.export_output.glob("*.manifest.json")):
        yield msgspec.json.decode(path.read_bytes(), type=ExportManifest)


def file_name(name: str) -> str:
    """A name out of the XML or of a system as a file name: it never leaves its folder, nor begins with a dot.

    What a file system refuses or reads as a path is percent-encoded; a name that is too long ends in its SHA-256.
    """
    safe = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", name) or "%"
    if len(safe.encode(errors="replace")) <= _LONGEST:
        return safe
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
    return safe.encode(errors="replace")[:80].decode(errors="ignore") + "%" + digest


def land(staged: Path, removed: Iterable[str] = ()) -> None:
    """Move all files of `staged` into the folder that it stands in, and delete `removed` there, as one step.

    The rename of the staged folder is the moment it counts: a run killed later is finished by `finish_landings`.
    """
    finish_landings(staged.parent)
    write_atomic(staged / _REMOVED, msgspec.json.encode(sorted(removed)))
    with _LANDING:
        os.replace(staged, staged.with_name(f"{staged.name}.landing"))
        sync_folder(staged.parent)
        finish_landings(staged.parent)


def finish_landings(folder: Path) -> None:
    """Finish every `land` that was cut short."""
    with _LANDING:
        for landing in sorted(folder.glob("*.landing")):
            _finish(landing)


def _finish(landing: Path) -> None:
    folder, removed = landing.parent, landing / _REMOVED
    for name in msgspec.json.decode(removed.read_bytes()) if removed.exists() else ():
        (folder / Path(name).name).unlink(missing_ok=True)
    for file in sorted(landing.iterdir()):
        if file != removed:
            os.replace(file, folder / file.name)
    sync_folder(folder)
    removed.unlink(missing_ok=True)
    landing.rmdir()
