"""A plan and a workspace in, a report out: the run itself, from the first export to the last result."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any

import msgspec

from compiler.plan.plan import Plan
from compiler.plan.steps import AnyStep, Compute, Evaluate, Export, Fulfil, Prepare, Roles, Synchronise
from runtime.contract import Misconfigured, Mode, Throttled, Unreachable
from runtime.engine.functions import Functions
from runtime.engine.memory import engines_share
from runtime.engine.opening import opened
from runtime.export.export import Cancelled
from runtime.journal import Decided, Decision, Journal, last_unfinished
from runtime.journal import StepState as Recorded
from runtime.provisioning.fulfil import record
from runtime.provisioning.orders import counts_by_state
from runtime.provisioning.tables import create_tables
from runtime.runner import deployment
from runtime.runner.connections import Open
from runtime.runner.jobs import steps_of
from runtime.runner.report import ExitCode, Observer, Options, RunReport, Stage, StepReport, StepState
from runtime.runner.schedule import walk
from runtime.runner.stages import Done, Progress, Stages, now
from runtime.store.limits import ThresholdExceeded
from runtime.store.store import Store
from runtime.synchronization.apply import SynchroniseFailed
from runtime.synchronization.raw import PrepareFailed
from runtime.workspace import Workspace

STAGES: dict[type[Any], Stage] = {
    Export: Stage.EXPORT,
    Prepare: Stage.PREPARE,
    Synchronise: Stage.SYNCHRONISE,
    Compute: Stage.COMPUTE,
    Roles: Stage.EVALUATE,
    Evaluate: Stage.EVALUATE,
    Fulfil: Stage.FULFIL,
}


FAILURES = (Unreachable, Throttled, Misconfigured, Cancelled, PrepareFailed, SynchroniseFailed)
"""What ends a step in words; anything else is a bug."""


class NothingToResume(Exception):
    """There is no unfinished run of this plan."""


def run(
    plan: Plan, workspace: Workspace, connect: Open, options: Options, observer: Observer, stop: Event | None = None
) -> RunReport:
    """Run the plan's steps that the options select. The caller holds the workspace's lock.

    Never raises for a failing system: the report says what failed and carries the exit code. `stop` ends the run
    between two rows or orders; what is done stays done.
    """
    deployment.recover(workspace)
    with _Opened(workspace, options) as store:
        recover(workspace, store)
        kept = msgspec.to_builtins(options)
        journal = Journal.start(workspace, digest=plan.digest, mode=str(options.mode or Mode.COMPLETE), options=kept)
        _record_decision(journal, options)
        return _Run(plan, store, workspace, connect, options, observer, journal, stop or Event()).go()


def resume(
    plan: Plan,
    workspace: Workspace,
    connect: Open,
    observer: Observer,
    *,
    change: Callable[[Options], Options] = lambda options: options,
    stop: Event | None = None,
) -> RunReport:
    """Go on with the last unfinished run of this very plan, with its own options, `change`d by what was decided since.

    Raises `NothingToResume`.
    """
    path = last_unfinished(workspace)
    if path is None:
        raise NothingToResume("no run broke off")
    journal = Journal.resume(path)
    if journal.run.digest != plan.digest:
        journal.close()
        raise NothingToResume("the configuration has changed since the run broke off: apply it anew")
    before = msgspec.convert(journal.run.options, Options)
    options = change(before)
    if options != before:
        _record_decision(journal, options)
    deployment.recover(workspace)
    with _Opened(workspace, options) as store:
        _record_results(journal, store)
        return _Run(plan, store, workspace, connect, options, observer, journal, stop or Event()).go()


def recover(workspace: Workspace, store: Store) -> None:
    """Bring the results that a killed run had on disk into the store, so that no order is taken for unsent."""
    path = last_unfinished(workspace)
    if path is not None:
        journal = Journal.resume(path)
        _record_results(journal, store)
        journal.close()


def _record_decision(journal: Journal, options: Options) -> None:
    """Keep at whose word the run may pass limits, and why."""
    if options.force or options.forced:
        journal.decided(Decided(what=Decision.FORCED, who=options.who, reason=options.reason))
    elif options.accepted:
        connectors = tuple(sorted(options.accepted))
        journal.decided(Decided(what=Decision.ACCEPTED, who=options.who, reason=options.reason, connectors=connectors))


def _record_results(journal: Journal, store: Store) -> None:
    for step in journal.steps_with_results():
        record(store.engine, journal.results_of(step).values(), run=journal.run.run, now=now())


class _Opened:
    """The workspace's store, open for one run."""

    def __init__(self, workspace: Workspace, options: Options) -> None:
        workspace.create()
        limit = engines_share(options.memory)
        self._engine = opened(workspace, memory_limit=limit)

    def __enter__(self) -> Store:
        create_tables(self._engine)
        return Store(self._engine)

    def __exit__(self, *_: object) -> None:
        self._engine.close()


class _Run:
    """One run, from its selected steps to its report."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        workspace: Workspace,
        connect: Open,
        options: Options,
        observer: Observer,
        journal: Journal,
        stop: Event,
    ) -> None:
        self._plan = plan
        self._store = store
        self._options = options
        self._observer = observer
        self._journal = journal
        self._stop = stop
        self._lock = Lock()
        self._reports: list[StepReport] = []
        self._errored = 0
        store.lay_out(plan)
        store.begin(journal.run.run)
        functions = Functions(plan.functions, store.engine)
        self._stages = Stages(plan, store, workspace, connect, options, journal, stop, functions)

    def go(self) -> RunReport:
        try:
            walk(self._without_blocked(), self._work, self._skip, self._stop)
            code = self._exit_code()
        except KeyboardInterrupt:
            self._stop.set()
            code = ExitCode.INTERRUPTED
        self._forget()
        self._journal.finished(code)
        return RunReport(
            id=self._journal.run.run,
            exit_code=code,
            steps=tuple(self._reports),
            orders=counts_by_state(self._store.engine),
        )

    def _forget(self) -> None:
        """Give up what the settings want the store to tell no longer."""
        days = self._options.retention.history_days
        if days:
            moment = datetime.now(UTC) - timedelta(days=days)
            self._store.forget(moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))

    def _without_blocked(self) -> list[AnyStep]:
        """The selected steps without those of connectors that wait for a person (synchronization.md 9)."""
        waiting = self._stages.waiting()
        steps = list(selected(self._plan, self._options))
        loading = [each for each in steps if isinstance(each, Export | Prepare | Synchronise)]
        out = [each for each in loading if each.connector in waiting]
        for step in {each.connector: each for each in out}.values():
            why = f"session {waiting[step.connector]} is blocked: accept or discard it, or run in complete mode"
            self._fail(step, StepState.BLOCKED, (f"{step.connector} is left out, because {why}",), time.monotonic())
        return [each for each in steps if each not in out]

    def _work(self, step: AnyStep) -> bool:
        """Do a step unless the journal says that it is done; tells whether it is."""
        if self._journal.state_of(step.id) is Recorded.DONE:
            return True
        if self._stop.is_set():
            return False
        began = time.monotonic()
        with self._lock:
            self._observer.started(step.id, STAGES[type(step)], subject(step), None)
        self._journal.started(step.id)
        try:
            done = self._stages.do(step, self._progress(step))
        except FAILURES as failure:
            self._fail(step, StepState.FAILED, (str(failure),), began)
            return False
        except ThresholdExceeded as threshold:
            self._fail(step, StepState.BLOCKED, threshold.messages, began)
            return False
        self._succeed(step, done, began)
        return True

    def _progress(self, step: AnyStep) -> Progress:
        total = 0

        def advance(units: int) -> None:
            nonlocal total
            total += units
            with self._lock:
                self._observer.advanced(step.id, total)

        return advance

    def _succeed(self, step: AnyStep, done: Done, began: float) -> None:
        self._errored += done.errored_orders
        passed = {"passed": done.passed} if done.passed else {}
        self._journal.done(step.id, counts=done.counts, output=passed)
        self._report(step, StepState.DONE, began, done.counts, done.messages)

    def _fail(self, step: AnyStep, state: StepState, messages: tuple[str, ...], began: float) -> None:
        note = self._journal.blocked if state is StepState.BLOCKED else self._journal.failed
        note(step.id, "; ".join(messages))
        self._report(step, state, began, {}, messages)

    def _skip(self, step: AnyStep) -> None:
        self._report(step, StepState.SKIPPED, time.monotonic(), {}, ("a step it waits for did not end well",))

    def _report(
        self, step: AnyStep, state: StepState, began: float, counts: dict[str, int], messages: Iterable[str]
    ) -> None:
        report = StepReport(
            id=step.id,
            stage=STAGES[type(step)],
            subject=subject(step),
            state=state,
            seconds=time.monotonic() - began,
            counts=counts,
            messages=tuple(messages),
        )
        with self._lock:
            self._reports.append(report)
            self._observer.finished(report)

    def _exit_code(self) -> int:
        states = {report.state for report in self._reports}
        if self._stop.is_set():
            return ExitCode.INTERRUPTED
        if StepState.BLOCKED in states:
            return ExitCode.THRESHOLD
        if StepState.FAILED in states:
            return ExitCode.BROKE_OFF
        return ExitCode.ORDERS_FAILED if self._errored else ExitCode.DONE


def selected(plan: Plan, options: Options) -> Iterable[AnyStep]:
    """The steps of the plan that the options ask for."""
    for step in steps_of(plan, options.job) if options.job else plan.steps:
        if STAGES[type(step)] not in options.stages:
            continue
        if options.connectors and not _concerns(step, options.connectors):
            continue
        if options.resource_types and not _gives(step, options.resource_types):
            continue
        yield step


def _concerns(step: AnyStep, connectors: frozenset[str]) -> bool:
    return isinstance(step, Compute | Roles) or step.connector in connectors


def _gives(step: AnyStep, resource_types: frozenset[str]) -> bool:
    match step:
        case Evaluate():
            return step.resource_type in resource_types
        case Fulfil():
            return any(each.resource_type in resource_types for each in step.resource_types)
        case _:
            return True


def subject(step: AnyStep) -> str:
    """What a step is about, for people."""
    return step.id.partition(" ")[2]
