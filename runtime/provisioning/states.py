"""The life of an order, in the documented provisioning states (provisioning.md §11.2)."""

from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands. `Superseded`: a newer order took its place, or nothing is left to change."""

    AWAITING = "AwaitingApproval"
    PENDING = "Pending"
    TRANSMITTED = "Transmitted"
    EXECUTED = "Executed"
    VERIFIED = "Verified"
    ERRORED = "Errored"
    DECLINED = "Declined"
    SUPERSEDED = "Superseded"


UNSENT = (OrderState.AWAITING, OrderState.PENDING)
"""May still be replaced by a newer order."""

SENT = (OrderState.TRANSMITTED, OrderState.EXECUTED)
"""The managed system has it, or may have it."""

SETTLING = (OrderState.TRANSMITTED, OrderState.EXECUTED, OrderState.ERRORED, OrderState.DECLINED)
"""Left the queue, but what they ask for is not seen yet: the same change is not ordered again."""


class Cause(StrEnum):
    """Why a change is needed."""

    POLICY = "policy"
    """The source or the rules say so."""
    FOUND = "found"
    """The value stood in the managed system before it was ever computed."""
    DRIFT = "drift"
    """The value was changed in the managed system."""
    KEPT = "kept by a person"
    """Somebody declined to change the value; its source has changed since."""
    SUGGESTED = "suggested"
    """A match below the confidence that is applied automatically."""
    OWNER_GONE = "owner gone"
    """The owner is no longer in the store."""
    NOT_WANTED = "no longer wanted"
    """No rule gives it to the owner any more."""


REVIEWED = (Cause.FOUND, Cause.DRIFT, Cause.KEPT, Cause.SUGGESTED)
"""What people did to the managed system is not undone without a person's word (provisioning.md §6)."""


def names(values: tuple[StrEnum, ...]) -> str:
    """Some states or causes as an SQL list of literals."""
    return "(" + ", ".join(f"'{value.value}'" for value in values) + ")"
