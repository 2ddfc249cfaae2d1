"""A folder's files go in; what was found when the very same files were checked last comes out, or nothing.

One entry for each configuration folder, in the user's cache folder. It holds data only, and is believed only when the
files, this program and the packages at hand are those it was made from; anything else in its place is ignored.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.span import Span

Stamp = tuple[int, int]
"""Size and time of the last change, in nanoseconds, of a file or folder."""


class Declared(Struct, frozen=True):
    """A connection of the configuration: its identifier, its package, and where the identifier stands."""

    identifier: str
    package: str
    span: Span


class Known(Struct, frozen=True):
    """What checking a configuration's XML leads to: its findings, its connections, the count of its files."""

    findings: list[Diagnostic]
    connections: list[Declared]
    files: int


class _Entry(Struct, frozen=True):
    """What is stored. `program` are the files that made it, as they were."""

    digest: str
    program: dict[str, Stamp]
    known: Known


def recall(folder: Path, files: Iterable[tuple[str, bytes]]) -> Known | None:
    """What is known of exactly these files; None when it is not."""
    try:
        entry = msgspec.msgpack.decode(_place(folder).read_bytes(), type=_Entry)
        is_ours = all(_stamp(path) == stamp for path, stamp in entry.program.items())
        return entry.known if is_ours and entry.program and entry.digest == _digest(files) else None
    except (OSError, ValueError):  # none yet, not readable, or not ours
        return None


def remember(folder: Path, files: Iterable[tuple[str, bytes]], known: Known) -> None:
    """Store what is known of these files. A cache folder that cannot be written is no reason to fail."""
    entry = _Entry(_digest(files), {path: _stamp(path) for path in _program()}, known)
    place = _place(folder)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = place.with_name(f"{place.name}.{os.getpid()}")
        temporary.write_bytes(msgspec.msgpack.encode(entry))
        temporary.replace(place)
    except OSError:
        return


def _place(folder: Path) -> Path:
    """The entry of a folder, below $XDG_CACHE_HOME or ~/.cache (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if os.path.isabs(given) else Path(os.path.expanduser("~/.cache"))
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return base / "accordant" / f"{name}.checked"


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    hashed = hashlib.sha256()
    for name, data in files:
        hashed.update(f"{len(name.encode())} {len(data)} {name} ".encode())
        hashed.update(data)
    return hashed.hexdigest()


def _program() -> Iterator[str]:
    """The files whose change may change a finding: this program, its schemas, the packages, what is installed."""
    from compiler.schema.grammar import schema_folder
    from runtime import registry

    packages = {package.opens.__module__.partition(".")[0] for package in registry.catalogue().packages}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in {"compiler", "runtime", *packages} and getattr(module, "__file__", None):
            yield str(module.__file__)
    yield from (str(path) for path in (schema_folder(), *sorted(schema_folder().glob("*.xsd"))))
    yield from (path for path in sys.path if path.endswith("-packages") and os.path.isdir(path))
    yield str(Path(__file__).parents[1] / "connectors")


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (0 if os.path.isdir(path) else found.st_size, found.st_mtime_ns)
