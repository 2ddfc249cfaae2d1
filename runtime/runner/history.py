"""The deployed configuration of a workspace and those before it: who deployed what, when and why, read and written.

Each deployment is a folder below `Deployed/history`: `plan.json`, `deployment.json`, and in `sources.zip` the XML that
it was compiled from. `Deployed/current.json` names the one that is deployed. A folder that no chain of deployments
leads to from there was never deployed.
"""

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from compiler.plan import codec
from compiler.plan.plan import FORMAT, Plan
from runtime.store.losses import Loss
from runtime.workspace import Workspace, sync_folder, write_atomic

Sources = list[tuple[str, bytes]]
"""Each XML file's name below the configuration's folder, and its bytes."""

Kind = TypeVar("Kind")

_EPOCH = (1980, 1, 1, 0, 0, 0)


class Deployment(Struct, frozen=True, kw_only=True):
    """One entry of the history. `when` is ISO 8601, UTC; the counts are of items; `previous` is empty for the first."""

    id: str
    when: str
    who: str
    reason: str
    digest: str
    sources: str
    inserted: int
    updated: int
    deleted: int
    lost: tuple[Loss, ...]
    previous: str


class DeploymentDamaged(Exception):
    """What a deployment left cannot be read."""


class Current(Struct, frozen=True):
    """Which deployment is the current one, and the statements that the store may not have seen yet."""

    id: str
    unfinished: tuple[str, ...] = ()


def deployed(workspace: Workspace) -> Plan | None:
    """The plan that is deployed; None in a workspace that never had one. Raises `DeploymentDamaged`."""
    current = current_of(workspace)
    if current is None:
        return None
    path = _folder(workspace, current.id) / "plan.json"
    try:
        return codec.decode(_read(path))
    except codec.PlanUnreadable as error:
        way = f"to deploy anew, move {workspace.deployed} away; the store keeps its data"
        raise DeploymentDamaged(f"the deployed configuration {path} is {error}; {way}") from None


def renew(workspace: Workspace, recompile: Callable[[Sources], Plan]) -> None:
    """Bring a plan that an older version deployed into this version's form, from its kept sources.

    What the older version wrote stays beside it. Raises what `recompile` raises, and `DeploymentDamaged`.
    """
    current = current_of(workspace)
    if current is None:
        return
    path = _folder(workspace, current.id) / "plan.json"
    form = codec.form_of(_beginning(path))
    sources = deployed_sources(workspace) if 0 < form < FORMAT else None
    if sources is None:
        return
    plan = recompile(sources)
    shutil.copy2(path, path.with_name(f"plan.form{form}.json"))
    write_atomic(path, codec.encode(plan))


def deployments(workspace: Workspace) -> Iterator[Deployment]:
    """The deployments of a workspace, newest first."""
    current = current_of(workspace)
    at = current.id if current else ""
    while at:
        entry = _decoded(_folder(workspace, at) / "deployment.json", Deployment)
        yield entry
        at = entry.previous


def deployed_sources(workspace: Workspace) -> Sources | None:
    """The XML of the deployed configuration, as it was kept; None in a workspace that never had one."""
    current = current_of(workspace)
    if current is None:
        return None
    path = _folder(workspace, current.id) / "sources.zip"
    try:
        with zipfile.ZipFile(io.BytesIO(_read(path))) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]
    except zipfile.BadZipFile as error:
        raise DeploymentDamaged(f"{path}: {error}") from None


def current_of(workspace: Workspace) -> Current | None:
    """Which deployment is the current one; None in a workspace that never had one."""
    path = workspace.deployed / "current.json"
    return _decoded(path, Current) if path.exists() else None


def point(workspace: Workspace, current: Current) -> None:
    """Make a deployment the current one."""
    write_atomic(workspace.deployed / "current.json", msgspec.json.encode(current) + b"\n")


def write(workspace: Workspace, entry: Deployment, plan: bytes, sources: Sources) -> None:
    """Write a deployment's folder; those of later deployments that never came to be are swept away before."""
    history = workspace.deployed / "history"
    history.mkdir(mode=0o700, exist_ok=True)
    for folder in history.iterdir():
        if entry.previous and folder.name > entry.previous:
            shutil.rmtree(folder)
    folder = history / entry.id
    folder.mkdir(mode=0o700)
    write_atomic(folder / "plan.json", plan)
    write_atomic(folder / "sources.zip", _zipped(sources))
    write_atomic(folder / "deployment.json", msgspec.json.format(msgspec.json.encode(entry)) + b"\n")
    sync_folder(history)
    sync_folder(workspace.deployed)


def _zipped(sources: Sources) -> bytes:
    """The files in one archive: the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(sources):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _folder(workspace: Workspace, id: str) -> Path:
    return workspace.deployed / "history" / os.path.basename(id)


def _beginning(path: Path) -> bytes:
    """The first bytes of a file; none where it is missing, which is told when the file is asked for."""
    if not path.exists():
        return b""
    with path.open("rb") as stream:
        return stream.read(200)


def _decoded(path: Path, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(_read(path), type=kind)
    except msgspec.MsgspecError as error:
        raise DeploymentDamaged(f"{path}: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DeploymentDamaged(f"{path} is missing: the deployed configuration is damaged") from None
