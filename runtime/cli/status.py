"""`accordant status`: a workspace in, where it stands out."""

import click

from runtime import journal
from runtime.cli import options
from runtime.cli.running import opened_store
from runtime.cli.views import human, machine
from runtime.provisioning.orders import counts_by_state
from runtime.runner.history import deployed
from runtime.workspace import Workspace


@click.command("status")
@options.together(options.workspace, options.as_json)
def command(workspace: Workspace, as_json: bool) -> int:
    """Show the last run and the orders by state.

    And which configuration is deployed.
    """
    plan = deployed(workspace)
    last = next(iter(journal.history(workspace)), None)
    (machine if as_json else human).status(last, plan.digest if plan else None, _counts(workspace))
    return 0


def _counts(workspace: Workspace) -> dict[str, int]:
    if not workspace.store.exists():
        return {}
    with workspace.lock(), opened_store(workspace) as engine:
        return counts_by_state(engine)
