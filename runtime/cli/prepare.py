"""`accordant prepare`: exported CSV in, clean and sorted rows out."""

from pathlib import Path
from typing import Any

import click

from runtime.cli import options
from runtime.cli.stages import run_stages
from runtime.runner.report import Stage
from runtime.workspace import Workspace


@click.command("prepare")
@options.conf
@options.workspace
@options.together(options.mode, options.connectors, options.keep_csv, options.memory, options.as_json)
def command(conf: Path, workspace: Workspace, **selected: Any) -> int:
    """Clean the exported CSV and work out what changed.

    Rows without key or with a key seen before go to .nullpk.csv and .duplicates.csv in Work/Collect.
    """
    return run_stages(conf, workspace, {Stage.PREPARE}, **selected)
