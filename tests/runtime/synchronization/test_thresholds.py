"""Every documented threshold attribute, from the XML to the verdict: just under it, at it, just over it."""

from typing import NamedTuple

import pytest

from compiler.pipeline import compile_sources
from compiler.plan.plan import Plan
from compiler.plan.steps import Prepare, Synchronise
from runtime import registry
from runtime.store.limits import Exceeded
from runtime.synchronization.links import LinkChanges, StagedLinks
from runtime.synchronization.resources import Changes, StagedEntity
from runtime.synchronization.thresholds import PLENTY, limits_passed

XML = """<ConfigurationFile>
  <Language Code="en-GB" IndicatorNumber="1" />
  <Connector Identifier="Crew" DisplayName_L1="Crew" %(Connector)s />
  <Connection Identifier="Books" DisplayName_L1="Books" Connector="Crew" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Sailor"><Property Identifier="Book" IsKey="true" />
    <Property Identifier="Ships" Type="ForeignKey" /></EntityType>
  <EntityType Identifier="Ship"><Property Identifier="Code" IsKey="true" />
    <Property Identifier="Sailors" Type="ForeignKey" /></EntityType>
  <EntityAssociation Identifier="Permits" DisplayName_L1="Permits" Property1="Sailor:Ships" Property2="Ship:Sailors"
                     IsProperty1Collection="true" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Sailor" Connector="Crew" ConnectionTable="Books_Sailors" %(EntityTypeMapping)s>
    <Property Identifier="Book" ConnectionColumn="book" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityTypeMapping Identifier="Ship" Connector="Crew" ConnectionTable="Books_Ships">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityAssociationMapping Identifier="Permits" Connector="Crew" ConnectionTable="Books_Permits" Column1="book"
                            Column2="code" EntityPropertyMapping1="Sailor:Book" EntityPropertyMapping2="Ship:Code"
                            %(EntityAssociationMapping)s />
</ConfigurationFile>"""

OFF = " ".join(
    f'{name}="0"'
    for action in ("Inserted", "Updated", "Deleted")
    for name in (
        f"Maximum{action}Lines",
        f"MaxPercentage{action}Lines",
        *([f"MaximumLink{action}Lines", f"MaxLinkPercentage{action}Lines"] if action != "Updated" else []),
    )
)
"""All of a connector's own thresholds, switched off."""

SAILORS, SHIPS, LINKS = 150, 50, 400
"""What is stored: a connector of 200 resources."""


class Case(NamedTuple):
    """An attribute, where it stands, and the greatest number of changes that 5 allows."""

    element: str
    attribute: str
    most: int


LINES = [(action, percent) for action in ("Inserted", "Updated", "Deleted") for percent in (False, True)]
PAIRS = [each for each in LINES if each[0] != "Updated"]


def named(action: str, percent: bool, link: str = "") -> str:
    return f"Max{link}Percentage{action}Lines" if percent else f"Maximum{link}{action}Lines"


CASES = [
    *(Case("Connector", named(*each), 10 if each[1] else 5) for each in LINES),
    *(Case("Connector", named(*each, "Link"), 20 if each[1] else 5) for each in PAIRS),
    *(Case("EntityTypeMapping", named(*each), 7 if each[1] else 5) for each in LINES),
    *(Case("EntityAssociationMapping", named(*each), 20 if each[1] else 5) for each in PAIRS),
    *(Case("EntityAssociationMapping", named(*each, "Link"), 20 if each[1] else 5) for each in PAIRS),
]


def planned(element: str, attributes: str) -> Plan:
    """The plan of a configuration with these thresholds and no others."""
    places = {"Connector": OFF, "EntityTypeMapping": "", "EntityAssociationMapping": ""}
    if element == "Connector":
        for attribute in attributes.split():
            places[element] = places[element].replace(f'{attribute.partition("=")[0]}="0"', "")
    places[element] += f" {attributes}"
    compilation = compile_sources([("Crew.xml", (XML % places).encode())], registry.catalogue())
    assert compilation.plan is not None, [each.message for each in compilation.findings]
    return compilation.plan


def verdict(plan: Plan, case: Case, count: int, *, max_absent: int | None = None) -> list[Exceeded]:
    """What the limits say to so many changes of the kind that an attribute counts."""
    (step,), (source,) = plan.of(Synchronise), plan.of(Prepare)
    action = next(each for each in ("inserted", "updated", "deleted") if each in case.attribute.lower())
    is_link = "Link" in case.attribute or case.element == "EntityAssociationMapping"
    sailors, links = Changes(), LinkChanges()
    if is_link:
        links = LinkChanges(**{action: count})
    else:
        sailors = Changes(**{action: count})
    totals = {"Sailor": SAILORS, "Ship": SHIPS}
    entities = [
        StagedEntity(
            source=each,
            rows="",
            table="",
            changes=sailors if each.entity_type == "Sailor" else Changes(),
            total=totals[each.entity_type],
        )
        for each in source.entity_types
    ]
    staged = StagedLinks(source=source.associations[0], table="", waiting="", changes=links, total=LINKS)
    return limits_passed(step, entities, [staged], max_absent)


def test_every_documented_attribute_is_here() -> None:
    """Ten on a connector, six on an entity type's mapping, four on an association's, and the other names of those."""
    assert len(CASES) == len(set(CASES)) == 10 + 6 + 4 + 4


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.element}.{case.attribute}")
def test_a_threshold_stops_what_is_strictly_over_it(case: Case) -> None:
    plan = planned(case.element, f'{case.attribute}="5"')
    assert verdict(plan, case, case.most - 1) == []
    assert verdict(plan, case, case.most) == []
    (found,) = verdict(plan, case, case.most + 1)
    assert (found.limit, found.count, found.is_percent) == (5, case.most + 1, "Percentage" in case.attribute)
    is_alias = case.element == "EntityAssociationMapping"
    assert found.attribute == (case.attribute.replace("Link", "") if is_alias else case.attribute)
    assert str(found).startswith(
        {
            "Connector": "connector Crew: ",
            "EntityTypeMapping": "entity type Sailor: ",
            "EntityAssociationMapping": "association Permits: ",
        }[case.element]
    )
    assert found.origin.file == "Crew.xml"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.element}.{case.attribute}")
def test_a_threshold_of_zero_is_off(case: Case) -> None:
    assert verdict(planned(case.element, f'{case.attribute}="0"'), case, 140) == []


def test_the_lowest_wins_and_all_are_told() -> None:
    plan = planned("EntityTypeMapping", 'MaximumDeletedLines="5" MaxPercentageDeletedLines="1"')
    case = Case("EntityTypeMapping", "MaximumDeletedLines", 5)
    assert [each.attribute for each in verdict(plan, case, 2)] == ["MaxPercentageDeletedLines"]
    assert [each.attribute for each in verdict(plan, case, 6)] == ["MaximumDeletedLines", "MaxPercentageDeletedLines"]


def test_the_defaults_of_a_connector_are_the_documented_ones() -> None:
    places = {"Connector": "", "EntityTypeMapping": "", "EntityAssociationMapping": ""}
    plan = compile_sources([("Crew.xml", (XML % places).encode())], registry.catalogue()).plan
    assert plan is not None
    (step,) = plan.of(Synchronise)
    limits, links = step.limits, step.link_limits
    assert (limits.inserted, limits.updated, limits.deleted) == (100, 100, 100)
    assert (limits.inserted_percent, limits.updated_percent, limits.deleted_percent) == (5, 5, 5)
    assert (links.inserted, links.deleted, links.inserted_percent, links.deleted_percent) == (1000, 1000, 5, 5)


def emptied(total: int, absent: int, *, inserted: int = 0, deleted: int | None = None) -> list[Exceeded]:
    """What is said, without any limit, when so many of the stored sailors are absent."""
    (step,), (source,) = planned("Connector", "").of(Synchronise), planned("Connector", "").of(Prepare)
    changes = Changes(inserted=inserted, deleted=absent if deleted is None else deleted, absent=absent)
    staged = StagedEntity(source=source.entity_types[0], rows="", table="", changes=changes, total=total)
    return limits_passed(step, [staged], [], None)


@pytest.mark.parametrize(
    ("total", "absent", "inserted", "is_stopped"),
    [
        (PLENTY, PLENTY, 0, True),
        (PLENTY, PLENTY - 1, 0, True),
        (PLENTY, PLENTY - 2, 0, False),
        (PLENTY - 1, PLENTY - 1, 0, False),
        (1000, 1000, 1, True),
        (1000, 1000, 2, False),
    ],
)
def test_a_source_that_was_full_and_is_not_is_stopped_without_any_limit(
    total: int, absent: int, inserted: int, is_stopped: bool
) -> None:
    found = emptied(total, absent, inserted=inserted)
    assert [each.attribute for each in found] == ([""] if is_stopped else [])
    assert emptied(total, 0, deleted=absent) == [], "a source that says itself what goes is not emptied"


@pytest.mark.parametrize(("absent", "most", "is_stopped"), [(4, 5, False), (5, 5, False), (6, 5, True), (1, 0, True)])
def test_absence_has_a_limit_of_its_own(absent: int, most: int, is_stopped: bool) -> None:
    (step,), (source,) = planned("Connector", "").of(Synchronise), planned("Connector", "").of(Prepare)
    changes = Changes(deleted=absent + 40, absent=absent)
    staged = StagedEntity(source=source.entity_types[0], rows="", table="", changes=changes, total=SAILORS)
    found = limits_passed(step, [staged], [], most)
    assert [(each.attribute, each.count, each.limit) for each in found] == (
        [("--max-absent", absent, most)] if is_stopped else []
    )
