"""`accordant fulfil`: pending orders in, their results out."""

from pathlib import Path
from typing import Any

import click

from runtime.cli import options
from runtime.cli.stages import run_stages
from runtime.runner.report import Stage
from runtime.workspace import Workspace


@click.command("fulfil")
@options.conf
@options.workspace
@options.together(options.connectors, options.resource_types, options.no_review, options.retry_errors, options.as_json)
def command(conf: Path, workspace: Workspace, **selected: Any) -> int:
    """Send the pending orders to the managed systems.

    Orders that wait for approval stay; errored ones go again only with --retry-errors.
    """
    return run_stages(conf, workspace, {Stage.FULFIL}, **selected)
