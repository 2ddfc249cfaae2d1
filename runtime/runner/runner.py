"""A plan and a workspace in, a report out: the run itself."""

from compiler.plan.plan import Plan
from runtime.runner.connections import Open
from runtime.runner.report import Observer, Options, RunReport
from runtime.workspace import Workspace


def run(plan: Plan, workspace: Workspace, connect: Open, options: Options, observer: Observer) -> RunReport:
    """Run the plan's steps that the options select. The caller holds the workspace's lock. Never raises for a
    failing system: the report says what failed and carries the exit code."""
    raise NotImplementedError


def resume(plan: Plan, workspace: Workspace, connect: Open, observer: Observer) -> RunReport | None:
    """Go on with the last unfinished run of this very plan; None when there is none."""
    raise NotImplementedError
