"""`accordant synchronise`: prepared rows in, an up-to-date store out."""

from pathlib import Path
from typing import Any

import click

from runtime.cli import options
from runtime.cli.stages import run_stages
from runtime.runner.report import Stage
from runtime.workspace import Workspace


@click.command("synchronise")
@options.conf
@options.workspace
@options.together(options.mode, options.connectors, options.force, options.max_absent, options.as_json)
def command(conf: Path, workspace: Workspace, **selected: Any) -> int:
    """Bring the store up to the prepared files, within the limits.

    Stops with exit code 3, the store untouched, when a threshold is exceeded.
    """
    return run_stages(conf, workspace, {Stage.SYNCHRONISE}, **selected)
