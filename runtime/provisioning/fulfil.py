"""Pending orders in, results out: hands the orders of one connection to its connector and keeps what it answers.

Nothing is lost when the process dies at any instant: an order is Transmitted, on disk, before the connector sees it;
a result is in the run's journal, on disk, before it is in the store. Orders that are Transmitted without a result may
have been carried out: they are sent again, which every connector bears.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.steps import Fulfil
from runtime.contract import Fulfils, Order, Outcome, Result
from runtime.engine.engine import Engine
from runtime.provisioning.document import Documents
from runtime.provisioning.restore import Shifts, restored, shifts_of
from runtime.provisioning.states import OrderState
from runtime.workspace import Workspace, write_atomic

PER_FILE = 1000
"""Orders per file in Work/ProvisioningOrders and per query."""

PER_RECORD = 64
"""Results that are made durable together."""


class ResultLog(Protocol):
    """The durable record of results: the run's journal."""

    def results(self, step: str, results: Sequence[Result]) -> None:
        """Write results so that they survive the process; returns when they are on disk."""


class Fulfilled(Struct, frozen=True, kw_only=True):
    """What became of the orders of one connection."""

    sent: int
    executed: int
    errored: int
    messages: tuple[str, ...] = ()


def pending(step: Fulfil, engine: Engine, *, retry_errors: bool) -> list[int]:
    """The orders that are to go out: deletions first, so that names are free, then creations, then changes."""
    states = [OrderState.PENDING, OrderState.TRANSMITTED, *([OrderState.ERRORED] if retry_errors else [])]
    types = [each.resource_type for each in step.resource_types]
    rows = engine.rows(
        """
        SELECT id FROM provisioning.orders WHERE list_contains(?, resource_type) AND list_contains(?, state)
        ORDER BY list_position(['Deleted', 'Added', 'Modified'], change), list_position(?, resource_type), id""",
        [types, [str(state) for state in states], types],
    )
    return [number for (number,) in rows]


def fulfil(
    step: Fulfil,
    orders: list[int],
    plan: Plan,
    engine: Engine,
    workspace: Workspace,
    connector: Fulfils,
    log: ResultLog,
    *,
    run: str,
    now: str,
    progress: Callable[[int], None],
) -> Fulfilled:
    """Send orders to one connection and record each result. Raises what the connector raises when its system cannot
    be reached; orders it had not begun are pending again."""
    set_state(engine, orders, OrderState.TRANSMITTED)
    stream = _Stream(orders, Documents(plan, engine), workspace, f"{run}_{step.connection}", shifts_of(step))
    answered: list[Result] = []
    try:
        for batch in _batches(connector.fulfil(stream, step.resource_types)):
            log.results(step.id, batch)
            answered += batch
            progress(len(batch))
    finally:
        record(engine, answered, run=run, now=now)
        set_state(engine, stream.untouched(), OrderState.PENDING)
    stream.put_away()
    errored = [result for result in answered if result.outcome is Outcome.ERRORED]
    silent = stream.taken - len(answered)
    return Fulfilled(
        sent=stream.taken,
        executed=len(answered) - len(errored),
        errored=len(errored) + silent,
        messages=(*_summary(errored), *_unanswered(silent)),
    )


def record(engine: Engine, results: Iterable[Result], *, run: str, now: str) -> None:
    """Bring results into the store; a result that is there already changes nothing."""
    rows = [[int(each.order), str(each.outcome), each.message] for each in results]
    if not rows:
        return
    with engine.transaction():
        engine.execute("CREATE OR REPLACE TEMP TABLE answer (order_id BIGINT, outcome VARCHAR, message VARCHAR)")
        engine.execute(
            "INSERT INTO answer SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
            list(zip(*rows, strict=True)),
        )
        engine.execute(
            """
            UPDATE provisioning.orders SET state = answer.outcome, message = answer.message FROM answer
            WHERE orders.id = answer.order_id AND orders.state = ?""",
            [str(OrderState.TRANSMITTED)],
        )
        engine.execute(
            """
            INSERT INTO provisioning.results SELECT order_id, outcome, message, ?, ? FROM answer
            WHERE order_id NOT IN (SELECT order_id FROM provisioning.results WHERE run = ?)""",
            [run, now, run],
        )


def set_state(engine: Engine, orders: Sequence[int], state: OrderState) -> None:
    """Put orders into a state."""
    engine.execute(
        "UPDATE provisioning.orders SET state = ? WHERE id IN (SELECT unnest(?::BIGINT[]))", [str(state), list(orders)]
    )


def _unanswered(count: int) -> Iterator[str]:
    """A connector answers every order it takes; one that did not may have lost it, so it is sent again."""
    if count:
        yield f"{count} orders were taken and not answered; the next run sends them again"


class _Stream:
    """The orders as the connector takes them, each file of them written before its first order is handed out."""

    def __init__(
        self, orders: list[int], documents: Documents, workspace: Workspace, name: str, shifts: Shifts
    ) -> None:
        self._orders = orders
        self._shifts = shifts
        self._documents = documents
        self._folder = workspace.orders
        self._name = name
        self.taken = 0
        self._files: list[str] = []

    def __iter__(self) -> Iterator[Order]:
        for start in range(0, len(self._orders), PER_FILE):
            built = self._documents.build(self._orders[start : start + PER_FILE])
            part = [restored(order, self._shifts) for order in built]
            self._write([order.document for order in part])
            for order in part:
                self.taken += 1
                yield order

    def untouched(self) -> list[int]:
        """The orders that the connector never took."""
        return self._orders[self.taken :]

    def put_away(self) -> None:
        """Move the files of orders that were carried out to `Downloaded`."""
        done = self._folder / "Downloaded"
        done.mkdir(exist_ok=True)
        for name in self._files:
            os.replace(self._folder / name, done / name)

    def _write(self, documents: list[dict[str, Any]]) -> None:
        name = f"{self._name}_{len(self._files) + 1:04}.json"
        data = msgspec.json.format(msgspec.json.encode({"ProvisioningOrdersList": documents}), indent=1)
        write_atomic(self._folder / name, data + b"\n")
        self._files.append(name)


def _batches(results: Iterator[Result]) -> Iterator[list[Result]]:
    """Results in lists that are made durable together; what came before a failure is not lost."""
    batch: list[Result] = []
    try:
        for result in results:
            batch.append(result)
            if len(batch) >= PER_RECORD:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _summary(errored: list[Result]) -> Iterator[str]:
    """The distinct answers of failed orders, the most frequent first."""
    counts: dict[str, int] = {}
    for result in errored:
        counts[result.message] = counts.get(result.message, 0) + 1
    for message, count in sorted(counts.items(), key=lambda item: -item[1])[:5]:
        yield f"{count} x {message}"
