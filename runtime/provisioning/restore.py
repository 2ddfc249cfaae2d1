"""An order as the store knows it in; the same with the dates that the managed system has, out.

What a transformation adds to a date when it is read is taken away again when it is written (language.md 4.5). The years
are those of the date that the system has, so that exactly the dates that were shifted are shifted back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from compiler.plan.changes import ShiftDates
from compiler.plan.steps import Fulfil
from runtime.contract import Order

Shifts = Mapping[str, Mapping[str, ShiftDates]]
"""By resource type: the properties whose dates were shifted."""

_FORM = "%Y%m%d%H%M%S"


def shifts_of(step: Fulfil) -> Shifts:
    """What is to be taken back for the orders of a connection."""
    return {
        each.resource_type: {mapped.property: mapped.shift for mapped in each.properties if mapped.shift}
        for each in step.resource_types
    }


def restored(order: Order, shifts: Shifts) -> Order:
    """The order with its dates shifted back, in the changes, in what there is now, and in the document."""
    own = shifts.get(order.resource_type)
    if not own:
        return order
    changes, resource = _back(order.changes, own), _back(order.resource, own)
    document = {**order.document, "Changes": changes}
    if "Resource" in document:
        document["Resource"] = resource
    return replace(order, changes=changes, resource=resource, document=document)


def _back(values: dict[str, Any], shifts: Mapping[str, ShiftDates]) -> dict[str, Any]:
    return {name: shifted_back(value, shifts[name]) if name in shifts else value for name, value in values.items()}


def shifted_back(value: str | None, shift: ShiftDates) -> str | None:
    """A date, as 14 digits in UTC, before it was shifted; one that is null, or was not shifted, as it is."""
    if value is None:
        return None
    try:
        moment = datetime.strptime(value, _FORM) - timedelta(days=shift.days)
    except (ValueError, OverflowError):
        return value
    early = shift.from_year is not None and moment.year < shift.from_year
    late = shift.to_year is not None and moment.year > shift.to_year
    return value if early or late else f"{moment.year:04}{moment:%m%d%H%M%S}"
