"""A plan's bytes: the same plan gives the same, and anything else is refused in words."""

import pytest
from msgspec.structs import replace

from compiler.plan.codec import PlanUnreadable, decode, encode
from compiler.plan.plan import FORMAT, EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.steps import Export, ExportColumn, ExportTable, Origin

EXPORT = Export(
    id="export Crew",
    origin=Origin("Quay.xml", 3, 4),
    connector="HR",
    connection="Crew",
    package="Usercube.CSV@0000001",
    tables=(ExportTable("Crew", (ExportColumn("badge"),)),),
)
PLAN = Plan(
    form=FORMAT,
    digest="abc",
    associations=(),
    items=(),
    entity_types=(
        EntityTypeLayout(
            name="Crew",
            connector="HR",
            key="Badge",
            display="Name",
            properties=(PropertyLayout("Badge", is_key=True), PropertyLayout("Name")),
        ),
    ),
    steps=(EXPORT,),
)


def test_a_plan_survives_its_bytes() -> None:
    assert decode(encode(PLAN)) == PLAN


def test_equal_plans_have_equal_bytes() -> None:
    assert encode(decode(encode(PLAN))) == encode(PLAN)


def test_a_person_can_read_it() -> None:
    assert '"step": "export"' in encode(PLAN).decode()
    assert encode(PLAN).count(b"\n") > 20


FOREIGN = encode(replace(PLAN, form=99))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"form": 1}', FOREIGN])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(PlanUnreadable):
        decode(data)


def test_a_plan_of_another_form_says_so_whatever_it_holds() -> None:
    with pytest.raises(PlanUnreadable, match=f"form 99; this version runs form {FORMAT}"):
        decode(b'{"form": 99, "steps": "of another kind"}')
