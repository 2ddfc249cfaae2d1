"""`accordant evaluate`: the store in, provisioning orders out."""

from pathlib import Path
from typing import Any

import click

from runtime.cli import options
from runtime.cli.stages import run_stages
from runtime.runner.report import Stage
from runtime.workspace import Workspace


@click.command("evaluate")
@options.conf
@options.workspace
@options.together(
    options.resource_types,
    options.force,
    options.reason,
    options.who,
    options.no_review,
    options.memory,
    options.engine,
    options.as_json,
)
def command(conf: Path, workspace: Workspace, **selected: Any) -> int:
    """Work out the provisioning orders.

    Computed properties first, then what every target should be, and the orders that lead there. Sends nothing.
    """
    return run_stages(conf, workspace, {Stage.COMPUTE, Stage.EVALUATE}, **selected)
