"""`accordant plan`: a configuration and a workspace in, what applying would change out; nothing is touched."""

from collections.abc import Sequence
from pathlib import Path

import click

from compiler.plan.compare import compare
from compiler.plan.plan import Plan
from runtime.cli import options
from runtime.cli.configuration import learn_secrets, plan_of
from runtime.cli.running import clone_of, show_report, waiting_orders, watched_run
from runtime.cli.views import human, machine
from runtime.cli.views.preview import preview
from runtime.runner.deployment import losses
from runtime.runner.history import deployed
from runtime.runner.report import ExitCode, Options, Stage
from runtime.store.losses import Loss
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
    learn_secrets(conf, workspace)
    if not workspace.store.exists():
        show_changes(deployed(workspace), plan, (), as_json=as_json)
        return ExitCode.DONE
    with clone_of(workspace) as copy:
        show_changes(deployed(copy), plan, losses(copy, plan), as_json=as_json)
        return _orders(copy, plan, as_json=as_json)


def show_changes(before: Plan | None, plan: Plan, lost: Sequence[Loss], *, as_json: bool) -> None:
    """What deploying `plan` over `before` changes and loses, and its steps."""
    changes = compare(before, plan)
    if as_json:
        machine.preview(changes, plan, lost)
    else:
        preview(changes, plan, lost, first=before is None)


def _orders(copy: Workspace, plan: Plan, *, as_json: bool) -> int:
    """Evaluate the new plan on a copy of the store and show what it would order."""
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
