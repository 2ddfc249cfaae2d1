"""A store and the next plan in; the orders whose resource type that plan has no more, and what closes them, out."""

from collections.abc import Iterator

from compiler.plan.plan import Plan
from compiler.plan.steps import Evaluate
from runtime.engine.engine import Engine, literal
from runtime.provisioning.states import UNSENT, OrderState, names
from runtime.provisioning.tables import create_tables
from runtime.store.losses import Loss

CLOSED = "the resource type is no longer in the configuration"


def vanished_orders(engine: Engine, plan: Plan) -> Iterator[Loss]:
    """The orders that nothing would send any more, by resource type: those that wait, for people or to be sent."""
    create_tables(engine)
    known = {step.resource_type for step in plan.of(Evaluate)}
    rows = engine.rows(
        f"SELECT resource_type, count(*) FROM provisioning.orders WHERE state IN {names(UNSENT)} GROUP BY 1 ORDER BY 1"
    )
    for name, count in rows:
        if name not in known:
            yield Loss(kind="ResourceType", name=name, what="orders", count=count, why="the resource type is gone")


def closing(resource_type: str) -> str:
    """The statement that closes the waiting orders of a resource type; it may be run again after it was."""
    return (
        f"UPDATE provisioning.orders SET state = {literal(OrderState.SUPERSEDED.value)}, message = {literal(CLOSED)} "
        f"WHERE resource_type = {literal(resource_type)} AND state IN {names(UNSENT)}"
    )
