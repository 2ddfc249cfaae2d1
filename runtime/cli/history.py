"""`accordant history`: a workspace in, its runs out."""

import click

from runtime import journal
from runtime.cli import options
from runtime.cli.views import human, machine
from runtime.workspace import Workspace


@click.command("history")
@options.together(options.workspace, options.as_json)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many runs.")
def command(workspace: Workspace, as_json: bool, limit: int) -> int:
    """Show the runs of a workspace.

    Newest first; a run without an end was killed.
    """
    runs = journal.history(workspace)[:limit]
    (machine if as_json else human).history(runs)
    return 0
