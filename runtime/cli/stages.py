"""Some stages of the deployed plan in, a run and its exit code out: what `export` to `fulfil` have in common."""

from pathlib import Path
from typing import Any

from compiler.plan.plan import Plan
from runtime.cli.configuration import connections_for, plan_of, retention_of
from runtime.cli.deploying import deploy_folder, refuse_losses
from runtime.cli.options import current_user
from runtime.cli.running import options_of, show_report, watched_run
from runtime.cli.views.stream import tell
from runtime.runner.deployment import losses
from runtime.runner.history import deployed
from runtime.runner.report import Stage
from runtime.workspace import Workspace


def run_stages(conf: Path, workspace: Workspace, stages: set[Stage], *, as_json: bool, **selected: Any) -> int:
    """Run some stages of the deployed plan; its connections' settings come from `conf`."""
    with workspace.lock():
        plan = deployed_plan(conf, workspace)
        chosen = options_of(plan, stages=stages, retention=retention_of(conf, workspace), **selected)
        connect = connections_for(conf, workspace, plan, chosen)
        return show_report(watched_run(plan, workspace, connect, chosen), as_json=as_json)


def deployed_plan(conf: Path, workspace: Workspace) -> Plan:
    """The plan that a workspace has deployed; one without any takes that of `conf`. The caller holds the lock."""
    return deployed(workspace) or _first(conf, workspace)


def _first(conf: Path, workspace: Workspace) -> Plan:
    """The plan of `conf`, which a workspace without any takes as its deployed one."""
    plan = plan_of(conf)
    refuse_losses(losses(workspace, plan))
    deploy_folder(conf, workspace, plan, who=current_user())
    tell(f"nothing was deployed here yet: deployed {conf} ({plan.digest[:12]})")
    return plan
