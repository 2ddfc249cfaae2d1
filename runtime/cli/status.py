"""`accordant status`: a workspace in, where it stands out."""

import click

from compiler.plan.plan import Plan
from runtime import journal
from runtime.cli import options
from runtime.cli.running import opened_store
from runtime.cli.views import human, machine
from runtime.provisioning.orders import counts_by_state
from runtime.runner.history import deployed
from runtime.store.store import Store
from runtime.synchronization.blocked import blocked_sessions
from runtime.synchronization.unresolved import Waiting, waiting_links
from runtime.workspace import Workspace


@click.command("status")
@options.together(options.workspace, options.as_json)
def command(workspace: Workspace, as_json: bool) -> int:
    """Show the last run and the orders by state.

    And which configuration is deployed, what waits for a person because a threshold stopped it, and which links wait
    for a resource that is not known.
    """
    plan = deployed(workspace)
    last = next(iter(journal.history(workspace)), None)
    digest = plan.digest if plan else None
    orders, links = _stored(workspace, plan)
    (machine if as_json else human).status(last, digest, orders, blocked_sessions(workspace), links)
    return 0


def _stored(workspace: Workspace, plan: Plan | None) -> tuple[dict[str, int], list[Waiting]]:
    """The orders by state, and the links that wait."""
    if plan is None or not workspace.store.exists():
        return {}, []
    with workspace.lock(), opened_store(workspace) as engine:
        Store(engine).lay_out(plan)  # a plan may be deployed that no run has reached yet
        return counts_by_state(engine), waiting_links(engine, plan)
