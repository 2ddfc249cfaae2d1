"""Some stages of the deployed plan in, a run and its exit code out: what `export` to `fulfil` have in common."""

from pathlib import Path
from typing import Any

from compiler.plan.plan import Plan
from runtime.cli.configuration import connections_for, plan_of
from runtime.cli.running import options_of, show_report, watched_run
from runtime.cli.views.stream import tell
from runtime.runner.deployment import deploy, deployed
from runtime.runner.report import Stage
from runtime.workspace import Workspace


def run_stages(conf: Path, workspace: Workspace, stages: set[Stage], *, as_json: bool, **selected: Any) -> int:
    """Run some stages of the deployed plan; its connections' settings come from `conf`."""
    with workspace.lock():
        plan = deployed(workspace) or _first(conf, workspace)
        chosen = options_of(plan, stages=stages, **selected)
        connect = connections_for(conf, workspace, plan, chosen)
        return show_report(watched_run(plan, workspace, connect, chosen), as_json=as_json)


def _first(conf: Path, workspace: Workspace) -> Plan:
    """The plan of `conf`, which a workspace without any takes as its deployed one."""
    plan = plan_of(conf)
    deploy(workspace, plan)
    tell(f"nothing was deployed here yet: deployed {conf} ({plan.digest[:12]})")
    return plan
