"""A connection's cookie to and from disk: the state from which its next incremental export goes on."""

import hashlib
import os

import msgspec

from compiler.plan.steps import Export
from runtime.workspace import Workspace, file_name, sync_folder, write_atomic

_MAGIC = b"ACCORDANT COOKIE 1\n"


class Cookies:
    """The cookie of one connection: `.bin`, the one before it as `.prev`, and `.new` until the files have landed."""

    def __init__(self, workspace: Workspace, step: Export) -> None:
        self._path = workspace.cookies / f"{file_name(step.connection)}.bin"
        self._new = self._path.with_suffix(".bin.new")
        self._before = self._path.with_suffix(".bin.prev")
        self._header = _MAGIC + _digest(msgspec.json.encode([step.package, step.tables])).encode() + b"\n"

    def read(self) -> bytes | None:
        """The last cookie; None when there is none, or it was made for other tables, columns or another package."""
        data = self._path.read_bytes() if self._path.exists() else b""
        return data[len(self._header) :] if data.startswith(self._header) else None

    def stage(self, data: bytes) -> str:
        """Keep the cookie of an export that has not landed yet; its SHA-256."""
        write_atomic(self._new, self._header + data)
        return _digest(self._header + data)

    def settle(self, landed: str) -> None:
        """Take the staged cookie when its SHA-256 is the one that landed, and drop any other."""
        if not self._new.exists():
            return
        if _digest(self._new.read_bytes()) != landed:
            self._new.unlink()
            return
        if self._path.exists():
            os.replace(self._path, self._before)
        os.replace(self._new, self._path)
        sync_folder(self._path.parent)

    def rewind(self) -> bool:
        """Go back to the cookie before the last, so that changes that were never accepted are exported again."""
        if not self._before.exists():
            self._path.unlink(missing_ok=True)
            return False
        os.replace(self._before, self._path)
        return True


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
