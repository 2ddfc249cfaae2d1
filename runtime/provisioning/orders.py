"""Provisioning orders as people look at them: list, show, approve."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from runtime.store.store import Store


class OrderState(StrEnum):
    """The life of an order (provisioning.md §11.2): the documented provisioning states by name."""

    AWAITING = "AwaitingApproval"
    PENDING = "Pending"
    TRANSMITTED = "Transmitted"
    EXECUTED = "Executed"
    VERIFIED = "Verified"
    ERRORED = "Errored"
    DECLINED = "Declined"
    SUPERSEDED = "Superseded"


class OrderSummary(Struct, frozen=True, kw_only=True):
    """One line of a list of orders. `owner` and `target` are display names, None where there is no such resource."""

    id: int
    resource_type: str
    change: str
    state: OrderState
    owner: str | None
    target: str | None
    properties: tuple[str, ...]
    reason: str
    message: str
    created: str


class OrderDetail(Struct, frozen=True, kw_only=True):
    """One order whole: the documented JSON object, why it exists (one entry per cause), what was answered."""

    summary: OrderSummary
    document: dict[str, Any]
    reasons: tuple[dict[str, Any], ...]
    results: tuple[dict[str, Any], ...]


def list_orders(
    store: Store, *, states: frozenset[OrderState] = frozenset(), resource_types: frozenset[str] = frozenset(),
    limit: int | None = None,
) -> list[OrderSummary]:  # fmt: skip
    """The orders in those states (all when none is named), newest first."""
    raise NotImplementedError


def show_order(store: Store, order: int) -> OrderDetail | None:
    """One order; None when there is none of that number."""
    raise NotImplementedError


def approve(store: Store, orders: list[int]) -> list[int]:
    """Let waiting orders go out with the next fulfilment; gives back those that were waiting."""
    raise NotImplementedError


def decline(store: Store, orders: list[int]) -> list[int]:
    """Refuse waiting orders; gives back those that were waiting. They come back only when their values change."""
    raise NotImplementedError
