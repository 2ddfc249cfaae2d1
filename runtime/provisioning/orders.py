"""Provisioning orders as people look at them: list, show with reasons, approve, decline."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from compiler.plan.plan import Plan
from runtime.engine.engine import Engine
from runtime.provisioning.document import Documents
from runtime.provisioning.states import OrderState
from runtime.provisioning.tables import create_tables


class OrderSummary(Struct, frozen=True, kw_only=True):
    """One line of a list of orders. `owner` and `target` are display names, None where there is no such resource.

    `properties` are those it changes; `reason` is in a few words why it exists; `corrects` whether it would undo what
    stands in the managed system; `message` what the system answered.
    """

    id: int
    resource_type: str
    change: str
    state: OrderState
    owner: str | None
    target: str | None
    properties: tuple[str, ...]
    reason: str
    corrects: bool
    message: str
    created: str


class OrderDetail(Struct, frozen=True, kw_only=True):
    """One order whole: the documented JSON object, why it exists (one entry per change), what was answered."""

    summary: OrderSummary
    document: dict[str, Any]
    reasons: tuple[dict[str, Any], ...]
    results: tuple[dict[str, Any], ...]


def list_orders(
    engine: Engine,
    *,
    states: frozenset[OrderState] = frozenset(),
    resource_types: frozenset[str] = frozenset(),
    orders: Sequence[int] = (),
    limit: int | None = None,
) -> list[OrderSummary]:
    """The orders in those states, of those types, of those numbers (all where none is named), newest first."""
    create_tables(engine)
    rows = engine.rows(
        """
        SELECT o.id, o.resource_type, o.change, o.state, o.owner, o.target,
            coalesce(l.properties, []), coalesce(l.causes, []), o.review <> '', o.message, o.created
        FROM provisioning.orders AS o
        LEFT JOIN (SELECT order_id, list_distinct(list(property) FILTER (property <> '')) AS properties,
            list_sort(list_distinct(list(cause))) AS causes FROM provisioning.lines GROUP BY order_id) AS l
          ON l.order_id = o.id
        WHERE (len(?) = 0 OR list_contains(?, o.state)) AND (len(?) = 0 OR list_contains(?, o.resource_type))
          AND (len(?) = 0 OR o.id IN (SELECT unnest(?::BIGINT[])))
        ORDER BY o.id DESC LIMIT ?""",
        [
            *_twice(sorted(states)),
            *_twice(sorted(resource_types)),
            *_twice(list(orders)),
            limit if limit is not None else 2**31 - 1,
        ],
    )
    return [_summary(row) for row in rows]


def show_order(plan: Plan, engine: Engine, order: int) -> OrderDetail | None:
    """One order; None when there is none of that number."""
    found = list_orders(engine, orders=[order])
    if not found:
        return None
    built = next(Documents(plan, engine).build([order]), None)
    document = built.document if built else {}
    answers = engine.rows(
        """SELECT outcome, message, run, answered FROM provisioning.results WHERE order_id = ?
        ORDER BY answered""",
        [order],
    )
    names = ("outcome", "message", "run", "answered")
    return OrderDetail(
        summary=found[0],
        document=document,
        reasons=tuple(document.get("Reasons", ())),
        results=tuple(dict(zip(names, answer, strict=True)) for answer in answers),
    )


def approve(engine: Engine, orders: Sequence[int]) -> list[int]:
    """Let waiting orders go out with the next fulfilment; gives back those that were waiting."""
    return _decide(engine, orders, OrderState.PENDING)


def decline(engine: Engine, orders: Sequence[int]) -> list[int]:
    """Refuse waiting orders; gives back those that were waiting. They come back only when their values change."""
    return _decide(engine, orders, OrderState.DECLINED)


def counts_by_state(engine: Engine) -> dict[str, int]:
    """How many orders stand in each state."""
    create_tables(engine)
    rows = engine.rows("SELECT state, count(*) FROM provisioning.orders GROUP BY state ORDER BY state")
    return {state: int(count) for state, count in rows}


def _decide(engine: Engine, orders: Sequence[int], state: OrderState) -> list[int]:
    create_tables(engine)
    with engine.transaction():
        waiting = [
            number
            for (number,) in engine.rows(
                """
            SELECT id FROM provisioning.orders WHERE id IN (SELECT unnest(?::BIGINT[])) AND state = ? ORDER BY id""",
                [list(orders), str(OrderState.AWAITING)],
            )
        ]
        engine.execute(
            "UPDATE provisioning.orders SET state = ?, approved = ? WHERE id IN (SELECT unnest(?::BIGINT[]))",
            [str(state), state is OrderState.PENDING, waiting],
        )
    return waiting


def _twice(values: list[Any]) -> list[Any]:
    return [values, values]


def _summary(row: Sequence[Any]) -> OrderSummary:
    number, resource_type, change, state, owner, target, properties, causes, corrects, message, created = row
    return OrderSummary(
        id=number,
        resource_type=resource_type,
        change=change,
        state=OrderState(state),
        owner=owner,
        target=target,
        properties=tuple(sorted(properties)),
        reason=", ".join(causes),
        corrects=corrects,
        message=message,
        created=created,
    )
