"""A plan and what the command line asked for in, a run and its exit code out: what `apply` and the stages share."""

import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.plan.plan import Plan
from compiler.plan.steps import Evaluate
from runtime.cli.interruption import stoppable
from runtime.cli.views import human, machine, progress
from runtime.contract import Mode
from runtime.engine.engine import Engine
from runtime.engine.opening import opened
from runtime.journal import Decided
from runtime.provisioning.orders import OrderSummary, list_orders
from runtime.provisioning.states import UNSENT
from runtime.runner.connections import Open
from runtime.runner.report import Options, RunReport, Stage
from runtime.runner.review import accept
from runtime.runner.runner import NothingToResume, resume, run
from runtime.synchronization.snapshots import Retention
from runtime.workspace import Workspace

_KEPT = shutil.ignore_patterns("sources.zip")
"""What a copy of a workspace does without."""

BEFORE_WRITING = frozenset(Stage) - {Stage.FULFIL}


def options_of(
    plan: Plan,
    *,
    stages: Iterable[Stage],
    retention: Retention,
    mode: str | None = None,
    connectors: Collection[str] = (),
    resource_types: Collection[str] = (),
    no_review: bool = False,
    force: bool = False,
    reason: str = "",
    **others: bool | int | str | None,
) -> Options:
    """What to run. A connector or resource type that the plan does not have is wrong usage; so is force without why."""
    known_names("--connector", connectors, {step.connector for step in plan.steps if hasattr(step, "connector")})
    known_names("--resource-type", resource_types, {step.resource_type for step in plan.of(Evaluate)})
    if force and not reason.strip():
        raise click.UsageError("--force goes past the thresholds: say why with --reason TEXT, for the history")
    return Options(
        mode=Mode(mode) if mode else None,
        force=force,
        reason=reason,
        retention=retention,
        stages=frozenset(stages),
        connectors=frozenset(connectors),
        resource_types=frozenset(resource_types),
        review=not no_review,
        **{name: value for name, value in others.items() if value is not None},  # type: ignore[arg-type]
    )


def watched_run(plan: Plan, workspace: Workspace, connect: Open, options: Options) -> RunReport:
    """Run with progress on a terminal."""
    with progress.observer() as observer, stoppable() as stop:
        return run(plan, workspace, connect, options, observer, stop)


def resumed_run(plan: Plan, workspace: Workspace, connect: Open, chosen: Options) -> RunReport:
    """Go on with the last run that broke off; when `chosen` is forced, past the threshold that stopped it."""

    def change(options: Options) -> Options:
        if not chosen.force:
            return options
        return replace(options, force=True, who=chosen.who, reason=chosen.reason)

    with progress.observer() as observer, stoppable() as stop:
        try:
            return resume(plan, workspace, connect, observer, change=change, stop=stop)
        except NothingToResume as nothing:
            raise click.UsageError(f"--resume: {nothing}") from None


def accepted_run(plan: Plan, workspace: Workspace, connect: Open, decided: Decided) -> RunReport:
    """Go on with the run whose blocked sessions were accepted."""
    with progress.observer() as observer, stoppable() as stop:
        return accept(plan, workspace, connect, decided, observer, stop)


def show_report(report: RunReport, *, as_json: bool) -> int:
    """Print how a run ended; its exit code."""
    (machine if as_json else human).report(report)
    return report.exit_code


@contextmanager
def opened_store(workspace: Workspace) -> Iterator[Engine]:
    """The store of a workspace, for looking and for reviewing; the caller holds the lock, or the only copy."""
    engine = opened(workspace)
    try:
        yield engine
    finally:
        engine.close()


def waiting_orders(workspace: Workspace) -> list[OrderSummary]:
    """The orders that wait for approval or to be sent, newest first; none where no store is yet."""
    if not workspace.store.exists():
        return []
    with opened_store(workspace) as engine:
        return list_orders(engine, states=frozenset(UNSENT))


@contextmanager
def clone_of(workspace: Workspace) -> Iterator[Workspace]:
    """A copy of a workspace in a temporary folder, gone afterwards: what is tried there touches nothing."""
    with tempfile.TemporaryDirectory(prefix="accordant-") as folder:
        copy = Workspace(Path(folder) / "workspace")
        copy.create()
        for name in ("Temp", "Work", "Deployed"):
            if (workspace.root / name).is_dir():
                shutil.copytree(workspace.root / name, copy.root / name, dirs_exist_ok=True, ignore=_KEPT)
        for file in workspace.root.glob(f"{workspace.store.name}*"):
            if file.is_file():
                shutil.copy2(file, copy.root)
            else:
                shutil.copytree(file, copy.root / file.name)
        yield copy


def known_names(option: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse a name that is not among the known ones, with the nearest of them."""
    for name in given:
        if name not in known:
            help = did_you_mean(name, known) or f"known are {', '.join(sorted(known)) or 'none'}"
            raise click.UsageError(f"{option}: there is no '{name}' here; {help}")
