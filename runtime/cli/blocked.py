"""A blocked session and a person's word in; the run that goes on, or the session gone, and an exit code, out."""

from collections.abc import Collection
from pathlib import Path

import click

from runtime.cli.configuration import connections_for
from runtime.cli.running import accepted_run, show_report, waiting_orders
from runtime.cli.stages import deployed_plan
from runtime.cli.views.stream import tell
from runtime.journal import Decided, Decision
from runtime.provisioning.states import OrderState
from runtime.runner.report import ExitCode, Options
from runtime.runner.review import ACCEPTED_STAGES, record_drop
from runtime.synchronization.blocked import Blocked, blocked_sessions, drop
from runtime.workspace import Workspace


def accept_session(
    conf: Path, workspace: Workspace, session: str, connectors: Collection[str], *, who: str, reason: str, as_json: bool
) -> int:
    """Go on with the run that a limit stopped, up to its orders; see `accept` of the runner."""
    with workspace.lock():
        chosen = _chosen(workspace, session, connectors)
        plan = deployed_plan(conf, workspace)
        decided = _decided(Decision.ACCEPTED, chosen, who, reason)
        connect = connections_for(conf, workspace, plan, Options(stages=ACCEPTED_STAGES))
        code = show_report(accepted_run(plan, workspace, connect, decided), as_json=as_json)
        ready = sum(each.state is OrderState.PENDING for each in waiting_orders(workspace))
    if code == ExitCode.DONE and ready:
        tell(f"{ready} orders are ready; `accordant fulfil` sends them")
    return code


def discard_session(
    conf: Path, workspace: Workspace, session: str, connectors: Collection[str], *, who: str, reason: str, as_json: bool
) -> int:
    """Drop a blocked session; its connector's next run compares everything."""
    with workspace.lock():
        chosen = _chosen(workspace, session, connectors)
        record_drop(workspace, _decided(Decision.DROPPED, chosen, who, reason))
        for each in chosen:
            drop(workspace, each.connector, each.session)
            tell(f"session {each.session} of {each.connector} is gone; the connector's next run compares everything")
    return ExitCode.DONE


def _decided(what: Decision, chosen: list[Blocked], who: str, reason: str) -> Decided:
    connectors = tuple(each.connector for each in chosen)
    return Decided(what=what, who=who, reason=reason, session=chosen[0].session, connectors=connectors)


def _chosen(workspace: Workspace, session: str, connectors: Collection[str]) -> list[Blocked]:
    """The blocked connectors of one session. Which one is meant must be plain: else it is wrong usage."""
    found = blocked_sessions(workspace)
    chosen = [
        each
        for each in found
        if (not session or each.session == session) and (not connectors or each.connector in connectors)
    ]
    if len({each.session for each in chosen}) == 1:
        return chosen
    known = ", ".join(f"{each.session} of {each.connector}" for each in found)
    if not found:
        raise click.UsageError("no session is blocked")
    hint = " (CONF goes before the option)" if session and Path(session).is_dir() else ""
    which = "name one session" if chosen else f"that session is not blocked{hint}"
    raise click.UsageError(f"{which}; blocked are {known}")
