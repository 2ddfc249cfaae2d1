"""`accordant plan`: a configuration and a workspace in, what applying would change out; nothing is touched."""

from pathlib import Path

import click

from compiler.plan.compare import compare
from compiler.plan.plan import Plan
from runtime.cli import options
from runtime.cli.configuration import plan_of
from runtime.cli.running import clone_of, show_report, waiting_orders, watched_run
from runtime.cli.views import human, machine
from runtime.cli.views.preview import preview
from runtime.runner.deployment import deployed
from runtime.runner.report import ExitCode, Options, Stage
from runtime.workspace import Workspace

STAGES = frozenset({Stage.COMPUTE, Stage.EVALUATE})


@click.command("plan")
@options.conf
@options.workspace
@options.as_json
def command(conf: Path, workspace: Workspace, as_json: bool) -> int:
    """Show what applying would change; touch nothing.

    Configuration items inserted, updated and deleted against the deployed ones, the steps of a run and, where the
    store holds data of an earlier run, the orders that these data lead to.
    """
    plan = plan_of(conf)
    before = deployed(workspace)
    changes = compare(before, plan)
    if as_json:
        machine.preview(changes, plan)
    else:
        preview(changes, plan, first=before is None)
    return _orders(workspace, plan, as_json=as_json) if workspace.store.exists() else ExitCode.DONE


def _orders(workspace: Workspace, plan: Plan, *, as_json: bool) -> int:
    """Evaluate the new plan on a copy of the store and show what it would order."""
    with clone_of(workspace) as copy:
        report = watched_run(plan, copy, _nothing_to_open, Options(stages=STAGES))
        if report.exit_code != ExitCode.DONE:
            return show_report(report, as_json=as_json)
        found = waiting_orders(copy)
    if as_json:
        machine.orders(found)
    else:
        human.orders(found, title="Orders that the data of the last synchronisation lead to:")
    return ExitCode.DONE


def _nothing_to_open(connection: str, package: str) -> object:
    raise AssertionError(f"evaluating opened the connection {connection} of {package}")
