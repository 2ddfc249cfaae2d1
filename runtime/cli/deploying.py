"""A compiled plan and the folder it came from in, the deployed configuration out; or why it is not deployed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from compiler.bind.write import rewritten
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.pipeline import digest
from compiler.plan.plan import Plan
from compiler.source.files import read_folder
from runtime.cli.configuration import show
from runtime.cli.views.preview import loss_in_words
from runtime.cli.views.stream import tell
from runtime.runner.deployment import deploy
from runtime.runner.history import Sources
from runtime.runner.report import ExitCode
from runtime.store.losses import Loss
from runtime.workspace import Workspace


def deploy_folder(
    conf: Path, workspace: Workspace, plan: Plan, *, who: str, reason: str = "", cascade: bool = False
) -> bool:
    """Deploy the plan of a folder with the XML it was compiled from; whether it was not deployed before."""
    sources = partial(_sources, conf, plan)
    return deploy(workspace, plan, sources, who=who, reason=reason, cascade=cascade) is not None


def refuse_losses(losses: Sequence[Loss]) -> None:
    """End the command where stored data would be lost (E320)."""
    help = "put it back into the configuration, or apply with --force-cascade-delete to lose the data"
    guarded = [each for each in losses if each.is_guarded]
    if guarded:
        show([Diagnostic("E320", f"deploying would lose {loss_in_words(each)}", help=help) for each in guarded], {})
        tell("Nothing was changed.")
        raise click.exceptions.Exit(ExitCode.CONFIGURATION)


def _sources(conf: Path, plan: Plan) -> Sources:
    files, _ = read_folder(conf)
    if digest(files) != plan.sources:
        raise click.ClickException(f"files below {conf} changed while they were compiled: run it again")
    return rewritten(files)
