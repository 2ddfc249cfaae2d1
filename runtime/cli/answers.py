"""The arguments of `validate` in; what the same command printed last comes out, if nothing that it looked at changed.

Kept in the user's cache folder, one entry for each way of asking, and only where there are no settings: what those say
may depend on other files of this machine. Imports almost nothing; where it is not sure, the check is made as usual.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256

from runtime.cli.stamps import Look, cache_folder, stamp_of

_SETTINGS = "appsettings"
"""How the names of all settings files begin, in any letter case."""


def again(arguments: Sequence[str]) -> tuple[str, int] | None:
    """What the command printed last, and its exit code; None when that may not be the answer any more."""
    try:
        with open(_place(arguments), "rb") as file:
            entry = json.load(file)
        return (str(entry["text"]), int(entry["code"])) if _holds(entry) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # none yet, not readable, or not ours
        return None


def keep(look: Look, workspace: str, program: Mapping[str, tuple[int, int]], text: str, code: int) -> None:
    """Store what `validate` printed, and its exit code, as the answer to the arguments of this process."""
    if sys.argv[1:2] != ["validate"] or look.files is None or not all(map(look.settled, look.files)):
        return
    if _settings_of(look.folder, workspace):
        return
    entry = {
        "folder": look.folder,
        "workspace": workspace,
        "files": look.files,
        "program": program,
        "text": text,
        "code": code,
    }
    write(_place(sys.argv[1:]), json.dumps(entry).encode())


def write(place: str, data: bytes) -> None:
    """A file of the cache, whole or not at all. A cache folder that cannot be written is no reason to fail."""
    temporary = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True, mode=0o700)
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, place)
    except OSError:
        return


def _holds(entry: dict[str, dict[str, list[int]]]) -> bool:
    folder, workspace = str(entry["folder"]), str(entry["workspace"])
    if not entry["program"] or _settings_of(folder, workspace):
        return False
    if any(list(stamp_of(path)) != stamp for path, stamp in entry["program"].items()):
        return False
    found = Look(folder).files
    return found is not None and {name: list(stamp) for name, stamp in found.items()} == entry["files"]


def _settings_of(*folders: str) -> list[str]:
    """What may hold settings: files by that name, and variables whose names have sections."""
    found = [name for name in os.environ if "__" in name and all(name.split("__"))]
    for folder in folders:
        try:
            found += (name for name in os.listdir(folder) if name.lower().startswith(_SETTINGS))
        except OSError:  # a workspace that is not there yet
            continue
    return found


def _place(arguments: Sequence[str]) -> str:
    """The entry of one way of asking: from where, with which program, for whom."""
    asked = [*arguments, os.getcwd(), sys.executable, sys.version, str(os.isatty(1))]
    name = sha256("\0".join(asked).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return os.path.join(cache_folder(), f"{name}.answer")
