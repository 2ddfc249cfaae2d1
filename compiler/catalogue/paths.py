"""A path as an author wrote it and the folder it is relative to go in; the place on this machine comes out."""

import re
from pathlib import Path

_WINDOWS_ROOT = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class BadPath(Exception):
    """The text cannot be a path on this machine; the message says why."""


def locate(text: str, folder: Path) -> Path:
    """The absolute path, symbolic links resolved; `text` may be relative to `folder` and use either separator.

    Raises `BadPath`.
    """
    _refuse_foreign(text)
    try:
        return (folder / text.replace("\\", "/")).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadPath(f"cannot be followed: {error}") from None


def locate_pattern(text: str, folder: Path) -> Path:
    """As `locate`, where what follows the last `/` is a regular expression: it stays as it is, backslashes included.

    Raises `BadPath`.
    """
    _refuse_foreign(text)
    head, slash, pattern = text.rpartition("/")
    return locate(head + slash, folder) / pattern


def is_below(path: Path, roots: tuple[Path, ...]) -> bool:
    """Whether a resolved path lies in one of the folders; upper and lower case differ."""
    return any(path.is_relative_to(root) for root in roots)


def _refuse_foreign(text: str) -> None:
    if "\0" in text:
        raise BadPath("holds a null character")
    if _WINDOWS_ROOT.match(text):
        raise BadPath("begins with a drive or share of Windows, which this machine does not have")
