"""One step in, its counts and messages out: what the run does for each kind of step."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any

from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.steps import AnyStep, Compute, Evaluate, Export, Fulfil, Prepare, Roles, Synchronise
from runtime.contract import Mode, Note
from runtime.engine.duckdb import DuckDB
from runtime.engine.functions import Functions
from runtime.export.export import export
from runtime.journal import Journal
from runtime.provisioning.compute import compute
from runtime.provisioning.evaluate import Evaluated, evaluate
from runtime.provisioning.failing import failed
from runtime.provisioning.fulfil import fulfil, pending
from runtime.provisioning.roles import hold
from runtime.runner.connections import Open
from runtime.runner.report import Options
from runtime.runner.retry import retrying
from runtime.store.store import Store
from runtime.synchronization.apply import Synchronised, synchronise
from runtime.synchronization.blocked import blocked_in, blocked_sessions, dropped
from runtime.synchronization.prepare import prepare
from runtime.synchronization.sessions import Prepared, settle
from runtime.synchronization.sessions import pending as pending_sessions
from runtime.synchronization.snapshots import forget, keep
from runtime.workspace import Workspace

Progress = Callable[[int], None]
"""Told of units just done: rows, orders."""


class Done(Struct, frozen=True, kw_only=True):
    """What a step came to: counts in the order in which they should be read, messages for a person.

    `passed`: the limits that it passed at somebody's word.
    """

    counts: dict[str, int]
    messages: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    errored_orders: int = 0


class Stages:
    """Does the steps of one run. Holds what all of them share: plan, store, workspace, connections, options."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        workspace: Workspace,
        connect: Open,
        options: Options,
        journal: Journal,
        stop: Event,
        functions: Functions,
    ) -> None:
        self._functions = functions
        self._preparing = Lock()
        self._plan = plan
        self._store = store
        self._workspace = workspace
        self._connect = connect
        self._options = options
        self._journal = journal
        self._stop = stop
        self._modes = {step.connector: self._mode(step.connector) for step in plan.of(Synchronise)}

    def do(self, step: AnyStep, progress: Progress) -> Done:
        """Carry out one step. Raises what the stage raises."""
        match step:
            case Export():
                return self._export(step, progress)
            case Prepare():
                return self._prepare(step, progress)
            case Synchronise():
                return self._synchronise(step, progress)
            case Compute():
                return self._compute(step)
            case Roles():
                held = hold(step, self._store.engine, now=now())
                counts = {"contexts": held.contexts, "take no part": held.excluded, "roles held": held.roles}
                return Done(counts=counts, messages=self._functions.failures())
            case Evaluate():
                return self._evaluate(step)
            case Fulfil():
                return self._fulfil(step, progress)

    def mode(self, connector: str) -> Mode:
        """How a connector is synchronised in this run."""
        return self._modes.get(connector, self._options.mode or Mode.COMPLETE)

    def waiting(self) -> dict[str, str]:
        """The connectors whose blocked session waits for a person, with that session.

        An incremental run leaves them out: its changes are worked out from behind the session. A complete one takes
        the session's place.
        """
        return {
            each.connector: each.session
            for each in blocked_sessions(self._workspace)
            if self.mode(each.connector) is Mode.INCREMENTAL
            and each.session != self._journal.run.run
            and each.connector not in self._options.accepted
        }

    def _mode(self, connector: str) -> Mode:
        """Complete unless asked otherwise; the first load has nothing to compare with (decisions.md)."""
        asked = self._options.mode or self._options.modes.get(connector)
        if asked is Mode.INCREMENTAL and dropped(self._workspace, connector):
            return Mode.COMPLETE
        if asked is not None:
            return asked
        own = [each.name for each in self._plan.entity_types if each.connector == connector]
        return Mode.INITIAL if self._store.is_empty(own) else Mode.COMPLETE

    def _export(self, step: Export, progress: Progress) -> Done:
        mode = self.mode(step.connector)
        connector = self._connect(step.connection, step.package)
        exported = retrying(
            lambda: export(step, connector, self._workspace, mode, progress=progress, cancelled=self._stop.is_set),
            self._stop.wait,
        )
        return Done(counts=exported.tables, messages=_told(exported.notes))

    def _prepare(self, step: Prepare, progress: Progress) -> Done:
        store = self._store.engine
        with self._preparing:  # one after the other: each alone takes all processors, and the memory is for one
            prepared = prepare(
                step,
                self._workspace,
                self.mode(step.connector),
                session=self._journal.run.run,
                keep_csv=self._options.keep_csv,
                progress=progress,
                engine=store.beside() if isinstance(store, DuckDB) else None,
            )
        tables = {**prepared.entity_types, **prepared.associations}
        counts = {"kept": sum(each.kept for each in tables.values())}
        counts |= {
            "null keys": sum(each.null_keys for each in tables.values()),
            "duplicates": sum(each.duplicates for each in tables.values()),
            "left out": sum(each.left_out for each in tables.values()),
            "not converted": sum(each.errors for each in tables.values()),
        }
        messages = [*_told(prepared.notes), prepared.escalated]
        if gone := dropped(self._workspace, step.connector):
            messages.append(f"everything is compared, because session {gone} was dropped")
        return Done(counts=counts, messages=tuple(each for each in messages if each))

    def _synchronise(self, step: Synchronise, progress: Progress) -> Done:
        sessions = self._sessions(step.connector)
        if not sessions:
            return Done(counts={}, messages=("nothing is prepared",))
        settle(sessions[0], self._store.applied(step.connector))
        keep(self._workspace, step.connector)  # what a run left that was killed before it could
        done = [self._synchronise_session(step, each, progress) for each in sessions]
        forget(self._workspace, self._options.retention)
        first = ("first load: nothing was compared",) if sessions[-1].mode is Mode.INITIAL else ()
        passed = tuple(str(limit) for each in done for limit in each.passed)
        allowed = tuple(f"let past the limits: {each}" for each in passed)
        messages = (*first, *allowed, *(said for each in done for said in _told(each.notes)))
        return Done(counts=_synchronised_counts(done), messages=messages, passed=passed)

    def _synchronise_session(self, step: Synchronise, prepared: Prepared, progress: Progress) -> Synchronised:
        done = synchronise(
            step,
            prepared,
            self._plan,
            self._store,
            mode=prepared.mode,
            force=self._is_forced(step),
            max_absent=self._options.max_absent,
            accepted=blocked_in(prepared) if step.connector in self._options.accepted else None,
            progress=progress,
        )
        keep(self._workspace, step.connector)
        return done

    def _sessions(self, connector: str) -> list[Prepared]:
        """What is to be synchronised, in order: the session that was accepted, or this run's, else the oldest.

        Before it those that wait with instructions which the source gave once, as a killed run leaves them.
        """
        waiting = pending_sessions(self._workspace, connector)
        if connector in self._options.accepted:
            chosen = [each for each in waiting if blocked_in(each)]
        else:
            chosen = [each for each in waiting if each.session == self._journal.run.run] or waiting
        if not chosen or chosen[0].mode is not Mode.INCREMENTAL:
            return chosen[:1]
        before = [each for each in waiting if each.announced < chosen[0].announced and each.is_commanded]
        return [*before, chosen[0]]

    def _compute(self, step: Compute) -> Done:
        done = compute(step, self._plan, self._store)
        messages = self._failures(step) if done.evaluated else ()
        return Done(counts={"evaluated": done.evaluated, "changed": done.changed}, messages=messages)

    def _evaluate(self, step: Evaluate) -> Done:
        done = evaluate(
            step,
            self._store.engine,
            run=self._journal.run.run,
            now=now(),
            review=self._options.review,
            force=self._is_forced(step),
            retry_errors=self._options.retry_errors,
        )
        return Done(counts=_evaluated_counts(done), messages=(*_evaluated_messages(step, done), *self._failures(step)))

    def _is_forced(self, step: AnyStep) -> bool:
        return self._options.force or step.id in self._options.forced

    def _failures(self, step: Compute | Evaluate) -> tuple[str, ...]:
        """The expressions that failed for some resource."""
        return (*failed(step.failing, self._store.engine), *self._functions.failures())

    def _fulfil(self, step: Fulfil, progress: Progress) -> Done:
        orders = pending(step, self._store.engine, retry_errors=self._options.retry_errors)
        if not orders:
            return Done(counts={"sent": 0})
        connector = self._connect(step.connection, step.package)
        done = retrying(
            lambda: fulfil(
                step,
                pending(step, self._store.engine, retry_errors=self._options.retry_errors),
                self._plan,
                self._store.engine,
                self._workspace,
                connector,
                self._journal,
                run=self._journal.run.run,
                now=now(),
                progress=progress,
            ),
            self._stop.wait,
        )
        counts = {"sent": done.sent, "executed": done.executed, "errored": done.errored}
        return Done(counts=counts, messages=done.messages, errored_orders=done.errored)


def now() -> str:
    """The time in internal text form: 14 digits, UTC."""
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def _told(notes: Iterable[Note]) -> tuple[str, ...]:
    return tuple(note.message if note.count == 1 else f"{note.message} ({note.count} times)" for note in notes)


def _synchronised_counts(done: list[Synchronised]) -> dict[str, int]:
    """Resources and links by what happened to them."""
    resources = [each for session in done for each in session.entity_types.values()]
    linked = [each for session in done for each in session.associations.values()]
    counts = {action: sum(getattr(each, action) for each in resources) for action in ("inserted", "updated", "deleted")}
    links = {f"links {action}": sum(getattr(each, action) for each in linked) for action in ("inserted", "deleted")}
    absent = sum(each.absent for each in resources)
    return counts | ({"of them absent": absent} if absent else {}) | links


def _evaluated_counts(done: Evaluated) -> dict[str, int]:
    counts: dict[str, Any] = {
        "correlated": done.assignments.correlated,
        "ordered": done.orders.created,
        "awaiting approval": done.orders.awaiting,
        "superseded": done.orders.superseded,
        "verified": done.orders.verified,
    }
    return {name: int(count) for name, count in counts.items()}


def _evaluated_messages(step: Evaluate, done: Evaluated) -> Iterable[str]:
    """What is left to a person, each with its number."""
    if not step.is_provisioned:
        yield f"policy {step.policy} is not provisioned: no orders"
    if done.orders.awaiting:
        yield f"{done.orders.awaiting} orders wait for approval" + (f" ({step.blocked})" if step.blocked else "")
    if done.assignments.suggested:
        yield f"{done.assignments.suggested} matches are only suggested; accordant correlations list shows them"
    if done.found_links:
        yield f"{done.found_links} links that no rule expects are left as they are"
    if done.orphans:
        yield f"{done.orphans} resources whose owner is gone are left as they are"
    if done.assignments.classified:
        yield f"{done.assignments.classified} resources without owner are of this type"
