"""A plan in, the workspace's deployed configuration out: one file replaced whole, and a copy of each kept for ever."""

from datetime import UTC, datetime
from pathlib import Path

from compiler.plan import codec
from compiler.plan.plan import Plan
from runtime.workspace import Workspace, sync_folder, write_atomic


def deployed(workspace: Workspace) -> Plan | None:
    """The plan that is deployed; None in a workspace that never had one. Raises `PlanUnreadable`."""
    try:
        data = _current(workspace).read_bytes()
    except FileNotFoundError:
        return None
    return codec.decode(data)


def deploy(workspace: Workspace, plan: Plan) -> bool:
    """Make `plan` the deployed one, unless it is already; whether it was new. The caller holds the workspace's lock."""
    data = codec.encode(plan)
    current = _current(workspace)
    if current.exists() and current.read_bytes() == data:
        return False
    history = workspace.deployed / "history"
    history.mkdir(mode=0o700, exist_ok=True)
    sync_folder(workspace.deployed)
    write_atomic(history / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{plan.digest[:12]}.json", data)
    write_atomic(current, data)
    return True


def _current(workspace: Workspace) -> Path:
    return workspace.deployed / "plan.json"
