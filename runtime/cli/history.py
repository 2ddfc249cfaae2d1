"""`accordant history`: a workspace in, its runs or its deployments out."""

from itertools import islice

import click

from runtime import journal
from runtime.cli import options
from runtime.cli.views import human, machine
from runtime.runner.history import deployments
from runtime.workspace import Workspace


@click.command("history")
@options.together(options.workspace, options.as_json)
@click.option("--deployments", "of_deployments", is_flag=True, help="The deployed configurations instead.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
def command(workspace: Workspace, as_json: bool, of_deployments: bool, limit: int) -> int:
    """Show the runs of a workspace, or what was deployed.

    Newest first; a run without an end was killed.
    """
    if of_deployments:
        (machine if as_json else human).deployments(list(islice(deployments(workspace), limit)))
        return 0
    runs = journal.history(workspace)[:limit]
    (machine if as_json else human).history(runs)
    return 0
