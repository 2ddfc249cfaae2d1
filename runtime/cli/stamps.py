"""Folders and files in; what the file system says of them comes out: whether something changed, told without reading.

As git's index does it: size, times of content and of entry, inode. A file as young as the look at it may change again
within the same tick, so its stamp proves nothing. Imports almost nothing: an unchanged configuration is known at once.
"""

import os
import time
from collections.abc import Iterator
from stat import S_ISREG

Stamp = tuple[int, int, int, int]
"""Size, time of the last change of the content and of the entry (nanoseconds), inode."""

TICK = 2_000_000_000
"""Nanoseconds within which a file system may not tell two changes apart (FAT: two seconds)."""

_SKIPPED = "workspace"
"""As in `compiler.source.files`, which reads what is looked at here."""


class Look:
    """One look at a configuration, before it is read: when, and the stamp of each `*.xml` by its path below the folder.

    `files` is None where reading would have findings, or follow a link: such configurations are read each time.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self.time = time.time_ns()
        try:
            self.files = dict(sorted(_stamps(self.folder, ""))) or None
        except OSError:
            self.files = None

    def settled(self, name: str) -> Stamp | None:
        """The stamp of a file, if it changes whenever the file does."""
        stamp = (self.files or {})[name]
        return stamp if max(stamp[1], stamp[2]) < self.time - TICK else None


def stamp_of(path: str) -> tuple[int, int]:
    """Size and time of the last change of a file or folder; zeros for what is not there. A folder has no size."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_size if S_ISREG(found.st_mode) else 0, found.st_mtime_ns)


def cache_folder() -> str:
    """The user's cache folder: $XDG_CACHE_HOME or ~/.cache (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(given if os.path.isabs(given) else os.path.expanduser("~/.cache"), "accordant")


def _stamps(folder: str, prefix: str) -> Iterator[tuple[str, Stamp]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if entry.is_symlink():
                    raise OSError(f"{entry.path} is a link")
                if entry.name.lower() != _SKIPPED:
                    yield from _stamps(entry.path, f"{prefix}{entry.name}/")
            elif os.path.splitext(entry.name)[1].lower() == ".xml":
                yield prefix + entry.name, _stamp(entry)


def _stamp(entry: "os.DirEntry[str]") -> Stamp:
    found = entry.stat(follow_symlinks=False)
    if not S_ISREG(found.st_mode):
        raise OSError(f"{entry.path} is no file of its own")
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
