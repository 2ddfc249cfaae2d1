"""A configuration folder to the names and bytes of its XML files, in a fixed order."""

from collections.abc import Iterator
from pathlib import Path

from compiler.diagnostics.diagnostic import Diagnostic

SKIPPED = "workspace"
"""The folder a run works in; what it holds is no configuration."""


def read_folder(root: Path) -> tuple[list[tuple[str, bytes]], list[Diagnostic]]:
    """Every `*.xml` below `root`, as (path below it with `/`, bytes), sorted by path.

    Hidden files and folders and folders named `workspace` are left out. E100 for what cannot be read: a missing
    folder, a folder without XML, a file without permission, a link that leads out of the folder.
    """
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        return [], [_unreadable(f"the configuration folder `{root}` {what}")]
    files: list[tuple[str, bytes]] = []
    findings: list[Diagnostic] = []
    inside = root.resolve()
    for path in _walk(root, findings):
        name = path.relative_to(root).as_posix()
        problem = _refusal(path, inside)
        if problem:
            findings.append(_unreadable(f"`{name}` {problem}"))
            continue
        try:
            files.append((name, path.read_bytes()))
        except OSError as error:
            findings.append(_unreadable(f"`{name}` cannot be read: {error.strerror}"))
    if not files and not findings:
        hint = "give the folder that holds the configuration's XML files"
        findings.append(_unreadable(f"the configuration folder `{root}` holds no `*.xml` file", hint))
    return sorted(files), findings


def _walk(folder: Path, findings: list[Diagnostic]) -> Iterator[Path]:
    """The XML files below a folder. Folders that are links are not followed, so no walk is endless."""
    try:
        entries = [(path, path.is_dir()) for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        findings.append(_unreadable(f"the folder `{folder}` cannot be read: {error.strerror}"))
        return
    for path, is_folder in entries:
        if not is_folder:
            if path.suffix.lower() == ".xml":
                yield path
        elif path.is_symlink():
            findings.append(_unreadable(f"the folder `{path}` is a link; links to folders are not followed"))
        elif path.name.lower() != SKIPPED:
            yield from _walk(path, findings)


def _refusal(path: Path, inside: Path) -> str:
    """Why a file must not be read, in words; empty when it may."""
    if not path.is_symlink():  # no folder on the way to it is a link
        return "" if path.is_file() else "is not a file"
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # a circle of links is a RuntimeError before Python 3.13
        return "is a link to a file that does not exist"
    if not target.is_relative_to(inside):
        return "is a link that leads out of the configuration folder"
    return "" if target.is_file() else "is not a file"


def _unreadable(message: str, help: str = "") -> Diagnostic:
    return Diagnostic("E100", message, help=help)
