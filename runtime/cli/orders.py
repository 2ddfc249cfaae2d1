"""`accordant orders`: look at provisioning orders, approve or decline those that wait."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import click

from compiler.plan.plan import Plan
from runtime.cli import options
from runtime.cli.running import opened_store
from runtime.cli.views import human, machine
from runtime.cli.views.stream import tell
from runtime.engine.engine import Engine
from runtime.provisioning.orders import OrderDetail, approve, decline, list_orders, show_order
from runtime.provisioning.states import OrderState
from runtime.runner.history import deployed
from runtime.store.store import Store
from runtime.workspace import Workspace

numbers = click.argument("orders", type=int, nargs=-1, metavar="[NUMBER]...")
all_waiting = click.option(
    "--all",
    "all_waiting",
    is_flag=True,
    help="Every order that waits, but for those that would undo what stands in a managed system.",
)
with_found = click.option(
    "--found", is_flag=True, help="With --all or --resource-type: also those that would undo what stands there."
)
number = click.argument("order", type=int, metavar="NUMBER")


@click.group("orders")
def command() -> None:
    """List, show, explain, approve or decline provisioning orders."""


@command.command("list")
@options.workspace
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([each.value for each in OrderState], False),
    help="Only orders in this state; may be repeated.",
)
@click.option("--limit", type=click.IntRange(min=1), default=None, metavar="N", help="At most N orders.")
@options.together(options.resource_types, options.as_json)
def list_command(
    workspace: Workspace, states: Sequence[str], limit: int | None, resource_types: Sequence[str], as_json: bool
) -> int:
    """The orders, newest first."""
    with opened(workspace) as (_, engine):
        wanted = frozenset(map(OrderState, states))
        found = list_orders(engine, states=wanted, resource_types=frozenset(resource_types), limit=limit)
    (machine if as_json else human).orders(found)
    return 0


@command.command("show")
@number
@options.together(options.workspace, options.as_json)
def show(workspace: Workspace, order: int, as_json: bool) -> int:
    """What one order changes, and what the managed system answered."""
    (machine if as_json else human).order(_one(workspace, order))
    return 0


@command.command("explain")
@number
@options.together(options.workspace, options.as_json)
def explain(workspace: Workspace, order: int, as_json: bool) -> int:
    """Why an order exists: the rule behind each change, and where it stands."""
    detail = _one(workspace, order)
    (machine.order if as_json else human.explain)(detail)
    return 0


@command.command("approve")
@numbers
@options.together(all_waiting, options.resource_types, with_found, options.workspace)
def approve_command(
    workspace: Workspace, orders: Sequence[int], all_waiting: bool, resource_types: Sequence[str], found: bool
) -> int:
    """Let waiting orders go out with the next `fulfil` or `apply`."""
    return _decide(workspace, orders, _Choice(all_waiting, frozenset(resource_types), found), approve, "approved")


@command.command("decline")
@numbers
@options.together(all_waiting, options.resource_types, with_found, options.workspace)
def decline_command(
    workspace: Workspace, orders: Sequence[int], all_waiting: bool, resource_types: Sequence[str], found: bool
) -> int:
    """Refuse waiting orders; they come back only when their values change."""
    return _decide(workspace, orders, _Choice(all_waiting, frozenset(resource_types), found), decline, "declined")


class _Choice(NamedTuple):
    """The waiting orders that are meant, where no numbers are given."""

    all_waiting: bool
    resource_types: frozenset[str]
    found: bool

    @property
    def is_made(self) -> bool:
        return self.all_waiting or bool(self.resource_types)

    def of(self, engine: Engine) -> list[int]:
        """Their numbers. Orders that would undo what stands in a system are left out unless they are asked for."""
        states = frozenset({OrderState.AWAITING})
        waiting = list_orders(engine, states=states, resource_types=self.resource_types)
        left = 0 if self.found else sum(each.corrects for each in waiting)
        if left:
            tell(f"{left} orders would undo what stands in a managed system; name them by number, or give --found")
        return [each.id for each in waiting if self.found or not each.corrects]


def _decide(
    workspace: Workspace,
    orders: Sequence[int],
    choice: _Choice,
    decide: Callable[[Engine, Sequence[int]], list[int]],
    word: str,
) -> int:
    if bool(orders) == choice.is_made or (orders and choice.found):
        raise click.UsageError("name the orders by number, or choose with --all or --resource-type (and --found)")
    with opened(workspace) as (_, engine):
        orders = orders or choice.of(engine)
        done = decide(engine, orders)
    tell(f"{len(done)} of {len(orders)} {word}")
    others = sorted(set(orders) - set(done))
    if others:
        tell(f"not waiting for approval: {', '.join(map(str, others))}")
    return 0 if not others else 2


def _one(workspace: Workspace, order: int) -> OrderDetail:
    with opened(workspace) as (plan, engine):
        detail = show_order(plan, engine, order)
    if detail is None:
        raise click.UsageError(f"there is no order {order} in {workspace.root}")
    return detail


@contextmanager
def opened(workspace: Workspace) -> Iterator[tuple[Plan, Engine]]:
    """The deployed plan and the store of a workspace that has both."""
    plan = deployed(workspace)
    if plan is None or not workspace.store.exists():
        raise click.UsageError(f"{workspace.root} holds no orders: nothing was applied there yet")
    with workspace.lock(), opened_store(workspace) as engine:
        Store(engine).lay_out(plan)  # a plan may be deployed that no run has reached yet
        yield plan, engine
