"""`accordant export`: systems in, CSV out."""

from pathlib import Path
from typing import Any

import click

from runtime.cli import options
from runtime.cli.stages import run_stages
from runtime.runner.report import Stage
from runtime.workspace import Workspace


@click.command("export")
@options.conf
@options.workspace
@options.together(options.mode, options.connectors, options.as_json)
def command(conf: Path, workspace: Workspace, **selected: Any) -> int:
    """Read the managed systems into CSV.

    The files land in Temp/ExportOutput of the workspace, all of a connection's or none.
    """
    return run_stages(conf, workspace, {Stage.EXPORT}, **selected)
