"""Whatever ended a command in, one message on standard error and an exit code out."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.cli.views.stream import clean, tell
from runtime.runner.report import ExitCode

if TYPE_CHECKING:
    import click


def interrupted() -> int:
    """Somebody pressed Ctrl-C or asked the process to end."""
    tell("interrupted; `accordant apply --resume` goes on with the run, if one had begun")
    return ExitCode.INTERRUPTED


def nobody_reads() -> int:
    """Standard output was closed, as by `| head`: what is still buffered goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.BROKE_OFF


def wrong_usage(error: "click.ClickException") -> int:
    """The arguments are wrong, or a command stopped with a message of its own."""
    context = getattr(error, "ctx", None)
    if context is not None:
        tell(f"{context.get_usage()}\n")
    tell(f"error: {error.format_message()}")
    return error.exit_code


def report(error: Exception, arguments: Sequence[str]) -> int:
    """A failure that is foreseen gets its own words; any other is a bug, whose traceback goes into a file."""
    foreseen = _foreseen(error)
    if foreseen is not None:
        tell(f"error: {foreseen}")
        return ExitCode.BROKE_OFF
    tell(f"internal error: {type(error).__name__}: {error}")
    tell(_keep_traceback(error, arguments))
    return ExitCode.BROKE_OFF


def _foreseen(error: Exception) -> str | None:
    """What a person can do about the failures that machines bring about; None for anything else."""
    from compiler.plan.codec import PlanUnreadable
    from runtime.contract import Misconfigured, Refused, Throttled, Unreachable
    from runtime.engine.spark_session import NoSpark
    from runtime.engine.spark_sql import Unsupported
    from runtime.journal import JournalDamaged
    from runtime.runner.history import DeploymentDamaged
    from runtime.workspace import WorkspaceInUse

    if isinstance(error, Misconfigured) and error.key:
        return f"{error} (setting {error.key})"
    if isinstance(error, WorkspaceInUse):
        return f"{error}; wait for its end, or give another workspace with -w"
    if isinstance(
        error,
        PlanUnreadable
        | DeploymentDamaged
        | JournalDamaged
        | Misconfigured
        | Refused
        | Throttled
        | Unreachable
        | NoSpark
        | Unsupported,
    ):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return _of_the_store(error)


def _of_the_store(error: Exception) -> str | None:
    """The engine's own words when the store's file cannot be opened, read or written."""
    engine = sys.modules.get("duckdb")
    if engine is None or not isinstance(error, engine.IOException | engine.FatalException):
        return None
    return f"the store cannot be used: {error}"


def _keep_traceback(error: Exception, arguments: Sequence[str]) -> str:
    """Write the traceback below the workspace, masked; say where."""
    import traceback
    from datetime import UTC, datetime

    lines = "".join(traceback.format_exception(error))
    folder = _workspace_of(arguments) / "Errors"
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(clean(lines), encoding="utf-8")
        file.chmod(0o600)
    except OSError as failed:
        return f"this is a bug; its details could not be written to {file}: {failed.strerror}"
    return f"this is a bug; please report it with {file}"


def _workspace_of(arguments: Sequence[str]) -> Path:
    """The workspace that the arguments name; parsed anew, since the command's own parser may be what failed."""
    for at, argument in enumerate(arguments):
        if argument in ("-w", "--workspace") and at + 1 < len(arguments):
            return Path(arguments[at + 1])
        if argument.startswith("--workspace="):
            return Path(argument.partition("=")[2])
    return Path("workspace")
