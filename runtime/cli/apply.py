"""`accordant apply`: compile, preview, confirm, deploy, run."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from compiler.plan.compare import compare
from compiler.plan.plan import Plan
from runtime.cli import options
from runtime.cli.configuration import connections_for, plan_of, retention_of
from runtime.cli.deploying import deploy_folder, refuse_losses
from runtime.cli.plan import show_changes
from runtime.cli.running import (
    BEFORE_WRITING,
    clone_of,
    options_of,
    resumed_run,
    show_report,
    waiting_orders,
    watched_run,
)
from runtime.cli.views import human, machine
from runtime.cli.views.preview import configuration
from runtime.cli.views.stream import say, tell
from runtime.provisioning.states import OrderState
from runtime.runner.connections import Open
from runtime.runner.deployment import losses
from runtime.runner.history import deployed
from runtime.runner.report import ExitCode, Options, Stage
from runtime.store.losses import Loss
from runtime.workspace import Workspace


@click.command("apply")
@options.conf
@options.workspace
@click.option("-y", "--yes", is_flag=True, help="Do not ask; needed where nobody can answer.")
@click.option("--dry-run", is_flag=True, help="Try it on a copy of the workspace: send nothing, show the orders.")
@click.option("--resume", is_flag=True, help="Go on with the last run of this configuration that broke off.")
@click.option("--force-cascade-delete", "cascade", is_flag=True, help="Lose the data of what the XML no longer has.")
@click.option("--no-fulfil", is_flag=True, help="Stop before anything is sent to a managed system.")
@options.together(
    options.mode,
    options.connectors,
    options.resource_types,
    options.force,
    options.reason,
    options.who,
    options.no_review,
    options.max_absent,
    options.keep_csv,
    options.memory,
    options.engine,
    options.as_json,
)
def command(
    conf: Path,
    workspace: Workspace,
    yes: bool,
    dry_run: bool,
    resume: bool,
    no_fulfil: bool,
    as_json: bool,
    who: str,
    reason: str,
    cascade: bool,
    **selected: Any,
) -> int:
    """Compile, preview, confirm, deploy, then run the plan.

    On a terminal it asks twice: before the run, and before orders are sent. Without a terminal it needs --yes.
    """
    if dry_run and resume:
        raise click.UsageError("--dry-run starts on a copy, --resume goes on with a real run: give one of them")
    asks = not (yes or dry_run or resume)
    if asks and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody can be asked here; give --yes, or look first with --dry-run")
    plan = plan_of(conf)
    chosen = options_of(
        plan,
        stages=BEFORE_WRITING if no_fulfil or dry_run else Stage,
        who=who,
        reason=reason,
        retention=retention_of(conf, workspace),
        **selected,
    )
    if dry_run:
        return _try(conf, workspace, plan, chosen, as_json=as_json)
    connect = connections_for(conf, workspace, plan, chosen)
    with workspace.lock():
        if resume:
            return show_report(resumed_run(plan, workspace, connect, chosen), as_json=as_json)
        lost = losses(workspace, plan)
        _show_changes(workspace, plan, lost, as_json=as_json)
        if not cascade:
            refuse_losses(lost)
        if asks and not click.confirm("Apply this?", err=True):
            return _unchanged()
        if deploy_folder(conf, workspace, plan, who=who, reason=reason, cascade=cascade):
            tell(f"deployed {plan.digest[:12]}")
        if asks and Stage.FULFIL in chosen.stages:
            return _asked_run(plan, workspace, connect, chosen)
        return show_report(watched_run(plan, workspace, connect, chosen), as_json=as_json)


def _show_changes(workspace: Workspace, plan: Plan, lost: Sequence[Loss], *, as_json: bool) -> None:
    before = deployed(workspace)
    if as_json or before is None or compare(before, plan):
        show_changes(before, plan, lost, as_json=as_json)
    else:
        configuration((), lost, first=False)


def _unchanged() -> int:
    tell("Nothing was changed.")
    return ExitCode.DONE


def _asked_run(plan: Plan, workspace: Workspace, connect: Open, chosen: Options) -> int:
    """Run up to the orders, show them, ask, and only then send them."""
    code = show_report(watched_run(plan, workspace, connect, replace(chosen, stages=BEFORE_WRITING)), as_json=False)
    if code != ExitCode.DONE:
        return code
    ready = [each for each in waiting_orders(workspace) if each.state is OrderState.PENDING or not chosen.review]
    if not ready:
        return code
    human.orders(ready, title="Ready to be sent:")
    if not click.confirm(f"Send {len(ready)} orders?", err=True):
        tell("Nothing was sent; the orders wait for `accordant fulfil`.")
        return code
    sending = replace(chosen, stages=frozenset({Stage.FULFIL}))
    return show_report(watched_run(plan, workspace, connect, sending), as_json=False)


def _try(conf: Path, workspace: Workspace, plan: Plan, chosen: Options, *, as_json: bool) -> int:
    """Everything up to the orders, on a copy of the workspace."""
    with clone_of(workspace) as copy:
        _show_changes(copy, plan, losses(copy, plan), as_json=as_json)
        connect = connections_for(conf, copy, plan, chosen)
        code = show_report(watched_run(plan, copy, connect, chosen), as_json=as_json)
        found = waiting_orders(copy)
    if as_json:
        machine.orders(found)
    else:
        human.orders(found, title="Orders that would wait or be sent:")
        say("Nothing was changed.")
    return code
