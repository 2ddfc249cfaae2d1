"""The workspace: one folder that holds all a run reads and leaves behind, and the ways its files are written safely."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        self.store = self.root / "store.duckdb"
        self.journal = self.root / "Journal"
        self.deployed = self.root / "Deployed"

    def create(self) -> None:
        """Make the folders that do not exist yet; only the owner may enter them."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.export_output, self.collect, self.cookies, self.synchronization, self.orders,
                       self.journal, self.deployed):  # fmt: skip
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
