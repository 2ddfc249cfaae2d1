"""Dates that were shifted when they were read are shifted back when they are written."""

import pytest

from compiler.plan.changes import ShiftDates
from compiler.plan.steps import Fulfil, FulfilProperty, FulfilType, Origin
from runtime.contract import ChangeType, Order
from runtime.provisioning.restore import restored, shifted_back, shifts_of

SHIFT = ShiftDates(column="until", input="expiry", days=1.5, from_year=2000, to_year=2050)
STEP = Fulfil(
    id="fulfil Cards",
    origin=Origin("cards.xml", 1, 1),
    connector="Cards",
    connection="Cards",
    package="json",
    resource_types=(
        FulfilType(
            resource_type="Card",
            target="Card",
            properties=(FulfilProperty(property="Until", shift=SHIFT), FulfilProperty(property="Number")),
        ),
    ),
)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("20310302000000", "20310228120000"),
        ("20000102120000", "20000101000000"),
        ("20000102110000", "20000102110000"),  # half a day into the year 2000 would be 1999: never shifted
        ("20510102110000", "20501231230000"),
        ("20510102120000", "20510102120000"),
        ("00010101000000", "00010101000000"),
        ("soon", "soon"),
        (None, None),
    ],
)
def test_a_date_is_what_it_was_before_it_was_shifted(stored: str | None, written: str | None) -> None:
    assert shifted_back(stored, SHIFT) == written


def order(resource_type: str) -> Order:
    changes = {"Number": "20310302000000", "Until": "20310302000000", "Note": None}
    resource = {"Until": "20310202120000"}
    return Order(
        id="1",
        assignment="1",
        change=ChangeType.MODIFIED,
        resource_type=resource_type,
        owner={},
        changes=changes,
        resource=resource,
        document={"OrderId": "1", "Changes": changes, "Resource": resource},
    )


def test_an_order_has_them_back_wherever_it_says_them() -> None:
    found = restored(order("Card"), shifts_of(STEP))
    assert found.changes == {"Number": "20310302000000", "Until": "20310228120000", "Note": None}
    assert found.resource == {"Until": "20310201000000"}
    assert found.document == {"OrderId": "1", "Changes": found.changes, "Resource": found.resource}


def test_an_order_of_another_type_stays_as_it_is() -> None:
    other = order("Person")
    assert restored(other, shifts_of(STEP)) is other
