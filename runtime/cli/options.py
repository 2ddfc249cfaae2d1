"""The arguments and options that several commands share."""

import os
import pwd
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from runtime.cli.renewing import renewed
from runtime.contract import Mode
from runtime.engine.memory import LEAST, bytes_of
from runtime.engine.opening import ENGINES, AnotherEngine, choose
from runtime.workspace import Workspace

Function = TypeVar("Function", bound=Callable[..., Any])


def current_user() -> str:
    """Who decides unless somebody else is named: `ACCORDANT_USER`, else the user of the operating system."""
    try:
        return os.environ.get("ACCORDANT_USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


class WorkspaceType(click.ParamType[Workspace]):
    """A folder that is or becomes a workspace."""

    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Workspace:
        if isinstance(value, Workspace):
            return value
        if Path(value).exists() and not Path(value).is_dir():
            self.fail(f"'{value}' is no folder", param, ctx)
        return renewed(Workspace(Path(value)))


class Size(click.ParamType[int]):
    """A number of bytes, written like 512MB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            size = bytes_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if size < LEAST:
            self.fail(f"'{value}' is too little; give {LEAST // 10**6}MB or more", param, ctx)
        return size


conf = click.argument("conf", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
workspace = click.option(
    "-w",
    "--workspace",
    default="workspace",
    show_default=True,
    type=WorkspaceType(),
    help="The folder that holds the store and all that a run leaves behind.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON lines for a machine.")
mode = click.option(
    "--mode",
    type=click.Choice([each.value for each in Mode]),
    default=None,
    help="How to synchronise: complete unless given, initial for what was never loaded.",
)
connectors = click.option(
    "--connector", "connectors", multiple=True, metavar="NAME", help="Only this connector; may be repeated."
)
resource_types = click.option(
    "--resource-type", "resource_types", multiple=True, metavar="NAME", help="Only this resource type; may be repeated."
)
force = click.option("--force", is_flag=True, help="Go past the thresholds; needs --reason.")
reason = click.option("--reason", default="", metavar="TEXT", help="Why, for `history`.")
who = click.option("--as", "who", metavar="NAME", default=current_user, help="Who (else ACCORDANT_USER, the user).")
no_review = click.option(
    "--no-review", is_flag=True, help="Let orders out that only wait because their type blocks them."
)
max_absent = click.option(
    "--max-absent",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Stop when more than N resources of a connector are gone without a word.",
)
keep_csv = click.option("--keep-csv", is_flag=True, help="Also write the prepared files as CSV.")
memory = click.option(
    "--memory",
    type=Size(),
    default=None,
    metavar="SIZE",
    help="How much memory to take, like 512MB (half of the machine's unless given); what does not fit goes to disk.",
)


def engine(function: Function) -> Function:
    """`--engine` and `--master`: said once, they are the workspace's before the command begins."""

    @wraps(function)
    def chosen(workspace: Workspace, engine: str | None, master: str | None, **others: Any) -> Any:
        if engine or master:
            try:
                choose(workspace, engine, master)
            except AnotherEngine as error:
                raise click.UsageError(str(error)) from None
        return function(workspace=workspace, **others)

    named = click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default=None,
        help="What carries out the SQL of a new workspace (duckdb unless given); spark needs accordant[spark].",
    )
    where = click.option("--master", default=None, metavar="URL", help="Where Spark runs (local[2] unless given).")
    return cast(Function, named(where(chosen)))


retry_errors = click.option("--retry-errors", is_flag=True, help="Send the orders again that ended in error.")


def together(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Several options as one decorator; help shows them in this order."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
