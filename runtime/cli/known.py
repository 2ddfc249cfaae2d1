"""A folder's files go in; what was found when the very same files were checked last comes out, or nothing.

One entry for each configuration folder, in the user's cache folder. It holds data only, and is believed only when the
files, this program and the packages at hand are those it was made from; anything else in its place is ignored. A file
whose stamp is the one it had is not read; one whose stamp is new, or too young to tell, is read and compared.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from compiler.diagnostics.diagnostic import Diagnostic
from runtime.cli.answers import write
from runtime.cli.stamps import Look, Stamp, cache_folder, stamp_of


class Declared(Struct, frozen=True):
    """A connection of the configuration: its identifier, its package, and where its element begins, in bytes."""

    identifier: str
    package: str
    file: str
    byte: int


class Known(Struct, frozen=True):
    """What checking a configuration's XML leads to: its findings, its connections, the count of its files."""

    findings: list[Diagnostic]
    connections: list[Declared]
    files: int
    program: dict[str, tuple[int, int]]
    """The files that made this, as they were."""


class _File(Struct, frozen=True):
    """A file that was checked: the SHA-256 of its bytes, and its stamp if that changes whenever the file does."""

    digest: bytes
    stamp: Stamp | None


class _Entry(Struct, frozen=True):
    """What is stored."""

    files: dict[str, _File]
    known: Known


def recall(look: Look) -> Known | None:
    """What is known of exactly the files that were looked at; None when it is not."""
    try:
        with open(_place(look), "rb") as file:
            entry = msgspec.msgpack.decode(file.read(), type=_Entry)
        same = _compared(look, entry.files) if _is_ours(entry.known) else None
    except (OSError, ValueError):  # none yet, not readable, or not ours
        return None
    if same is not None and same != entry.files:
        _write(look, same, entry.known)
    return entry.known if same is not None else None


def remember(look: Look, files: Iterable[tuple[str, bytes]], known: Known) -> None:
    """Store what is known of files that were read after they were looked at."""
    if look.files is not None:
        _write(look, {name: _File(_digest(data), look.settled(name)) for name, data in files}, known)


def program() -> dict[str, tuple[int, int]]:
    """The files whose change may change a finding: this program, its schemas, the packages, what is installed."""
    return {path: stamp_of(path) for path in _program()}


def _program() -> Iterator[str]:
    from compiler.schema.grammar import schema_folder
    from runtime import registry

    packages = {package.opens.__module__.partition(".")[0] for package in registry.catalogue().packages}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in {"compiler", "runtime", *packages} and getattr(module, "__file__", None):
            yield str(module.__file__)
    yield from (str(path) for path in (schema_folder(), *sorted(schema_folder().glob("*.xsd"))))
    yield from (path for path in sys.path if path.endswith("-packages") and os.path.isdir(path))
    yield str(Path(__file__).parents[1] / "connectors")


def _is_ours(known: Known) -> bool:
    return bool(known.program) and all(stamp_of(path) == stamp for path, stamp in known.program.items())


def _compared(look: Look, files: dict[str, _File]) -> dict[str, _File] | None:
    """The files with their present stamps; None when there are others, or when one has other bytes."""
    if look.files is None or look.files.keys() != files.keys():
        return None
    moved = {name for name, stamp in look.files.items() if stamp != files[name].stamp}
    for name in moved:
        with open(os.path.join(look.folder, name), "rb") as file:
            if _digest(file.read()) != files[name].digest:
                return None
    return {name: _File(files[name].digest, look.settled(name)) for name in moved} | {
        name: each for name, each in files.items() if name not in moved
    }


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _write(look: Look, files: dict[str, _File], known: Known) -> None:
    write(_place(look), msgspec.msgpack.encode(_Entry(files, known)))


def _place(look: Look) -> str:
    name = hashlib.sha256(os.fsencode(look.folder)).hexdigest()[:32]
    return os.path.join(cache_folder(), f"{name}.checked")
