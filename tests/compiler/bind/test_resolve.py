"""Names of items looked up, association ends indexed."""

import pytest

from compiler.bind.read import read_model
from compiler.bind.resolve import implied_entity_type, property_names, resolve
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.model.model import Model
from compiler.source.xml import parse_xml

TYPES = """
<EntityType Identifier="House"><Property Identifier="Code" />
  <Property Identifier="Plants" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Plant"><Property Identifier="Name" />
  <Property Identifier="House" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="Plants" Property1="House:Plants" IsProperty1Collection="true" Property2="Plant:House" />
"""


def _resolve(elements: str) -> tuple[Model, list[Diagnostic]]:
    document, _ = parse_xml("test.xml", f"<ConfigurationFile>{elements}</ConfigurationFile>".encode())
    assert document is not None
    return resolve(read_model([document])[0])


def _codes(elements: str) -> list[str]:
    return [found.code for found in _resolve(elements)[1]]


def test_both_sides_of_an_association_lead_to_each_other() -> None:
    model, findings = _resolve(TYPES)
    assert findings == []
    plants, house = model.sides["House", "Plants"], model.sides["Plant", "House"]
    assert (plants.target, plants.is_collection, plants.number, plants.reverse) == ("Plant", True, 1, "House")
    assert (house.target, house.is_collection, house.number, house.reverse) == ("House", False, 2, "Plants")


def test_an_association_with_an_unknown_side_is_not_indexed() -> None:
    model, findings = _resolve('<EntityAssociation Identifier="x" Property1="A:b" Property2="C:d" />')
    assert model.sides == {}
    assert [found.code for found in findings] == ["E120", "E120"]


@pytest.mark.parametrize(
    ("elements", "codes"),
    [
        ('<Connector Identifier="c" Agent="Local" />', []),
        ('<Connector Identifier="c" Agent="local" />', ["E121"]),
        ('<Connector Identifier="c" Agent="Elsewhere" />', ["E120"]),
        (TYPES + '<EntityAssociation Identifier="x" Property1="House:Plant" Property2="Plant:House" />', ["E123"]),
        (TYPES + '<EntityAssociation Identifier="x" Property1="Plants" Property2="Plant:House" />', []),
        (TYPES + '<EntityTypeMapping Identifier="House"><Property Identifier="code" /></EntityTypeMapping>', ["E121"]),
        (
            TYPES + '<EntityTypeMapping Identifier="House"><Property Identifier="InternalDisplayName" />'
            "</EntityTypeMapping>",
            [],
        ),
        (TYPES + '<EntityPropertyExpression Identifier="e" EntityType="House" Property="Name" />', ["E120"]),
        ('<Polcy Identifier="p" /><Category Identifier="c" Policy="p" />', []),
        ('<Category Identifier="c" Policy="p" />', ["E120"]),
        ('<Category Identifier="c" />', []),
    ],
)
def test_references(elements: str, codes: list[str]) -> None:
    assert _codes(elements) == codes


def test_an_item_that_is_its_own_parent_is_a_circle() -> None:
    policy = '<Policy Identifier="p" />'
    assert _codes(policy + '<Category Identifier="c" Policy="p" Parent="c" />') == ["E126"]


def test_one_circle_is_reported_once_however_many_lead_into_it() -> None:
    chain = "".join(f'<Category Identifier="{a}" Policy="p" Parent="{b}" />' for a, b in ("ab", "bc", "cb", "db"))
    _, findings = _resolve('<Policy Identifier="p" />' + chain)
    assert [found.message for found in findings] == ["Category references go in a circle: b → c → b"]


def test_a_reference_is_pointed_at_exactly() -> None:
    _, findings = _resolve('<Connection Identifier="c" Connector="Stff" />')
    assert findings[0].span is not None
    start, end = findings[0].span.start, findings[0].span.end
    assert (start.column, end.column - start.column) == (58, 4)


def test_every_entity_type_has_a_display_name() -> None:
    model, _ = _resolve(TYPES)
    assert property_names(model, "House") == ["Code", "Plants", "InternalDisplayName"]
    assert property_names(model, "Nothing") == []


def test_the_entity_type_that_a_rule_implies_is_its_target() -> None:
    rules = '<ResourceType Identifier="r" TargetEntityType="Plant"><ScalarRule Property="Name" /></ResourceType>'
    mapping = '<ResourceTypeMapping Identifier="r"><Property Property="Name" /></ResourceTypeMapping>'
    model, _ = _resolve(TYPES + rules + mapping)
    implied = {node.tag: implied_entity_type(model, node, parent) for node, parent in model.nodes() if parent}
    assert implied == {"Property": "Plant", "ScalarRule": "Plant"}
