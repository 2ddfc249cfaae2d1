"""A path or a pattern in; the one file to read, and the certainty that nobody wrote to it meanwhile, out.

Shared by the connectors that read files (spec: _common-file-http-ticket-group.md 5).
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from runtime.contract import Misconfigured, Unreachable

SETTLED_SECONDS = 60.0
"""A file whose last change is longer ago is not being written."""

_LOOK_SECONDS = 1.0


class Chosen(Struct, frozen=True):
    """The file to read, how many files matched, and what a person should know of the choice."""

    path: Path
    matches: int = 1
    remark: str = ""


def choose(text: str, *, is_pattern: bool, key: str, roots: tuple[Path, ...]) -> Chosen:
    """The file of a setting; of a pattern (.NET regular expression in the last segment) the newest that matches.

    Raises `Unreachable` when there is no such file now, `Misconfigured` when there can be none or it lies outside
    `roots`; `key` is the setting at fault.
    """
    chosen = _newest(text, key) if is_pattern else Chosen(Path(text))
    if roots and not any(chosen.path.resolve().is_relative_to(root.resolve()) for root in roots):
        raise Misconfigured(f"{chosen.path} lies outside the folders of SourcesRootPaths", key)
    if chosen.path.is_dir():
        raise Misconfigured(f"{chosen.path} is a folder", key)
    if not chosen.path.parent.is_dir():
        raise Misconfigured(f"the folder {chosen.path.parent} does not exist", key)
    if not chosen.path.exists():
        raise Unreachable(f"there is no file {chosen.path}")
    return chosen


@contextmanager
def settled(path: Path, cancelled: Callable[[], bool]) -> Iterator[BinaryIO]:
    """The open file, once nobody writes to it. Raises `Unreachable` when somebody does, now or while it is read."""
    before = _wait_until_still(path, cancelled)
    with opened(path) as file:
        yield file
    if _look(path) != before:
        raise Unreachable(f"{path} changed while it was read")


def opened(path: Path) -> BinaryIO:
    """The open file as it is now. Raises `Unreachable`."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}") from None


def _newest(text: str, key: str) -> Chosen:
    folder, _, pattern = text.rpartition("/")
    compiled = _compiled(pattern, key)
    try:
        found = [entry for entry in os.scandir(folder or ".") if entry.is_file() and compiled.fullmatch(entry.name)]
    except OSError as error:
        raise Misconfigured(f"the folder {folder} cannot be read: {error.strerror}", key) from None
    if not found:
        raise Unreachable(f"no file in {folder} matches {pattern}")
    last = max(found, key=lambda entry: (_created(entry.stat()), entry.name))
    return Chosen(Path(last.path), len(found), _extension_remark(last.name, pattern))


def _compiled(pattern: str, key: str) -> re.Pattern[str]:
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern), re.IGNORECASE)
    except re.error as error:
        raise Misconfigured(f"{pattern!r} is no regular expression: {error}", key) from None


def _extension_remark(name: str, pattern: str) -> str:
    """An unescaped `.` matches any character, which surprises where an extension was meant."""
    extension = re.search(r"\.(\w+)$", pattern)
    if not extension or name.lower().endswith(f".{extension[1].lower()}"):
        return ""
    return f"{name} matches {pattern} but does not end in .{extension[1]}: write \\. for a dot"


def _created(stat: os.stat_result) -> float:
    """When it was created where the system says so, else last changed."""
    return float(getattr(stat, "st_birthtime", stat.st_mtime))


def _wait_until_still(path: Path, cancelled: Callable[[], bool]) -> tuple[int, int, int]:
    first = _look(path)
    if time.time() - first[1] / 1e9 > SETTLED_SECONDS:
        return first
    until = time.monotonic() + _LOOK_SECONDS
    while time.monotonic() < until:
        if cancelled():
            raise Unreachable("cancelled")
        time.sleep(0.05)
    if _look(path) != first:
        raise Unreachable(f"{path} is still being written")
    return first


def _look(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}") from None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
