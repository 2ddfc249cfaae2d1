"""`accordant synchronise`: prepared rows in, an up-to-date store out; and what a person says to a blocked session."""

from pathlib import Path
from typing import Any

import click

from runtime.cli import options
from runtime.cli.blocked import accept_session, discard_session
from runtime.cli.stages import run_stages
from runtime.runner.report import Stage
from runtime.workspace import Workspace

_ONLY = "the only one that is blocked"

accepting = click.option(
    "--accept", is_flag=False, flag_value=_ONLY, metavar="[SESSION]", help="Let a blocked session do what was shown."
)
discarding = click.option(
    "--discard", is_flag=False, flag_value=_ONLY, metavar="[SESSION]", help="Drop a blocked session for good."
)


@click.command("synchronise")
@options.conf
@options.workspace
@accepting
@discarding
@options.together(
    options.mode,
    options.connectors,
    options.force,
    options.reason,
    options.who,
    options.max_absent,
    options.memory,
    options.engine,
    options.as_json,
)
def command(conf: Path, workspace: Workspace, accept: str | None, discard: str | None, **selected: Any) -> int:
    """Bring the store up to the prepared files, within the limits.

    Stops with exit code 3, the store untouched, when a threshold is exceeded. The session then waits: `accordant
    status` shows what it would do; --accept lets it do exactly that, and goes on with the run that it belongs to, up to
    its orders; --discard drops it, and the connector's next run compares everything.
    """
    if accept is None and discard is None:
        return run_stages(conf, workspace, {Stage.SYNCHRONISE}, **selected)
    if (
        accept
        and discard
        or any(selected[each] is not None for each in ("mode", "max_absent", "memory"))
        or selected["force"]
    ):
        raise click.UsageError("--accept and --discard stand alone, but for --connector, --reason, --as and --json")
    session = accept or discard or ""
    decide = accept_session if accept else discard_session
    return decide(
        conf,
        workspace,
        "" if session == _ONLY else session,
        selected["connectors"],
        who=selected["who"],
        reason=selected["reason"],
        as_json=selected["as_json"],
    )
