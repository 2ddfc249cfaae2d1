"""`accordant correlations`: the matches that no rule is sure of; look at them, accept or refuse them."""

from collections.abc import Callable, Sequence

import click

from runtime.cli import options
from runtime.cli.orders import opened
from runtime.cli.views import human, machine
from runtime.cli.views.stream import tell
from runtime.engine.engine import Engine
from runtime.provisioning.suggestions import accept, list_suggestions, refuse
from runtime.workspace import Workspace

numbers = click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...")


@click.group("correlations")
def command() -> None:
    """List, accept or refuse matches of owners and targets that wait for a person."""


@command.command("list")
@options.together(options.workspace, options.as_json)
def list_command(workspace: Workspace, as_json: bool) -> int:
    """What the last evaluation suggests, the surest first."""
    with opened(workspace) as (_, engine):
        found = list_suggestions(engine)
    (machine if as_json else human).suggestions(found)
    return 0


@command.command("accept")
@numbers
@options.workspace
def accept_command(workspace: Workspace, numbers: Sequence[int]) -> int:
    """Let these owners have these targets, from the next evaluation on."""
    return _decide(workspace, numbers, accept, "accepted")


@command.command("refuse")
@numbers
@options.workspace
def refuse_command(workspace: Workspace, numbers: Sequence[int]) -> int:
    """These do not belong together; they are not suggested again."""
    return _decide(workspace, numbers, refuse, "refused")


def _decide(
    workspace: Workspace, numbers: Sequence[int], decide: Callable[[Engine, Sequence[int]], list[int]], word: str
) -> int:
    with opened(workspace) as (_, engine):
        done = decide(engine, numbers)
    tell(f"{len(done)} of {len(numbers)} {word}")
    others = sorted(set(numbers) - set(done))
    if others:
        tell(f"not suggested any more: {', '.join(map(str, others))}")
    return 0 if not others else 2
