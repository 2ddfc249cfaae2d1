"""Dimensions, contexts, roles and their rules: read, resolved, and each value a tree."""

import pytest

from compiler.bind.bound import Bound
from compiler.bind.context_values import record_type, sections_of
from compiler.bind.expressions import bind_expressions
from compiler.bind.resolve import implied_entity_type
from compiler.bind.values import family_name, family_number
from compiler.catalogue.catalogue import Catalogue
from compiler.expressions.compile import paths_of
from compiler.expressions.types import ValueType
from compiler.model.contexts import RecordExtensionKind, RiskFactorType
from compiler.model.model import Model
from compiler.model.provisioning import TimeOffsetReference
from compiler.model.roles import AutomationRule, AutomationRuleDecision, AutomationRuleType, WorkflowState
from compiler.pipeline import Compilation, compile_sources

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<ConfigurationFile>'
CLUB = """
<Language Code="en-GB" IndicatorNumber="1" />
<Policy Identifier="Club" DisplayName_L1="Club" IsProvisioningEnabled="true" />
<EntityType Identifier="Person"><Property Identifier="Number" IsKey="true" />
  <Property Identifier="Portrait" Type="Binary" /><Property Identifier="Terms" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Term"><Property Identifier="Key" IsKey="true" /><Property Identifier="Rank" />
  <Property Identifier="From" Type="DateTime" /><Property Identifier="Until" Type="DateTime" />
  <Property Identifier="Left" Type="Bool" /><Property Identifier="Person" Type="ForeignKey" />
  <Property Identifier="House" Type="ForeignKey" /></EntityType>
<EntityType Identifier="House"><Property Identifier="Code" IsKey="true" />
  <Property Identifier="Terms" Type="ForeignKey" /><Property Identifier="Above" Type="ForeignKey" />
  <Property Identifier="Below" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="Terms" Property1="Person:Terms" IsProperty1Collection="true" Property2="Term:Person" />
<EntityAssociation Identifier="Houses" Property1="House:Terms" IsProperty1Collection="true" Property2="Term:House" />
<EntityAssociation Identifier="Tree" Property1="House:Above" Property2="House:Below" IsProperty2Collection="true" />
<Dimension Identifier="House" DisplayName_L1="House" EntityType="House" ColumnMapping="42" IsHierarchical="true"
           ParentProperty="Above" IsExcludedFromRoleMining="true" />
<ContextRule Identifier="People" DisplayName_L1="People" Policy="Club" SourceEntityType="Person" B1A="Term:House"
             ResourcesBinding="Person:Terms" ResourcesStartBinding="From"
             ResourcesEndExpression="C#:term:return term.Until;" ExcludeExpression="C#:term:return term.Left == true;"
             RiskFactorType="Max" MinIdentitiesCount="5" ReductionOutlierPercentage="2.5"
             ResourceCertificationComparisonBinding="Rank" ResourceCertificationComparisonOperator="Equal"
             ResourceCertificationComparisonValue="Head" />
<RecordSection Identifier="Rest" DisplayName_L1="Rest" SourceEntityType="Person" ResourceEntityType="Term"
               StartProperty="From" EndProperty="Until" BoundaryKind="Kept"
               InstanceKeyExpression="C#:term:return term.Key;">
  <Property Property="Key" IsExcluded="true" />
</RecordSection>
<RecordSection Identifier="Posts" DisplayName_L1="Posts" SourceEntityType="Person" ResourceEntityType="Term"
               SortKeyExpression="C#:term:return term.Rank;" ExtendedSortKey="B" IsDefaultBoundariesSection="true">
  <Property Property="House" ExtensionKind="None" />
</RecordSection>
"""
ROLES = """
<SingleRole Identifier="Key" DisplayName_L1="Key" Policy="Club" EntityType="Person" R1A="true" D1A="Tower"
            MaxDuration="0" Tags="keys¤doors" CommentActivationOnApproveInReview="Required" />
<CompositeRole Identifier="Warden" DisplayName_L1="Warden" Policy="Club" EntityType="Person" GracePeriod="60" />
<CompositeRoleRule Role="Warden" Policy="Club" D1a="Tower" L1A="true" Priority="2" IsDenied="true" />
<SingleRoleRule Role="Key" Policy="Club" CompositeRole="Warden" Type="Suggested" />
<AutomationRule Type="4" Category="Doors" EntityType="Person" WorkflowState="PreExisting" Decision="1" />
<SingleRoleAutomationRule SingleRole="Key" WorkflowState="PendingApproval2" HoursToWait="12" D1A="Tower" />
<Category Identifier="Doors" DisplayName_L1="Doors" Policy="Club" />
"""


def compiled(text: str, catalogue: Catalogue) -> Compilation:
    return compile_sources([("club.xml", f"{HEAD}{text}</ConfigurationFile>".encode())], catalogue)


@pytest.fixture(scope="module")
def bound() -> Bound:
    from tests.conftest import CATALOGUE

    compilation = compiled(CLUB + ROLES, CATALOGUE)
    assert {each.code for each in compilation.findings} == {"W115", "W442", "W498"}
    bound, findings = bind_expressions(compilation.model)
    assert findings == []
    return bound


def test_a_dimension_is_read_with_its_number_and_its_tree(bound: Bound) -> None:
    house = bound.model.dimensions["House"]
    assert (house.column_mapping, house.is_hierarchical, house.parent_property) == (42, True, "Above")
    assert house.is_excluded_from_role_mining


@pytest.mark.parametrize(
    ("number", "name"), [(0, "D0"), (10, "DA"), (31, "DV"), (32, "D10"), (42, "D1A"), (127, "D3V")]
)
def test_the_name_of_a_dimension(number: int, name: str) -> None:
    assert family_name("D", number) == name
    assert family_number("D", name) == number


def test_each_value_of_a_context_rule_has_a_tree_over_its_records(bound: Bound) -> None:
    rule = bound.model.context_rules["People"]
    assert record_type(bound.model, rule) == "Term"
    assert paths_of(bound.records(rule)) == {("Terms",)}
    assert (bound.records(rule).type, bound.records(rule).item) == (ValueType.LIST, ValueType.RESOURCE)
    assert paths_of(bound.dimension(rule, 42)) == {("House",)}
    start, end, excluded, certified = bound.start(rule), bound.end(rule), bound.excluded(rule), bound.certified(rule)
    assert start is not None and end is not None and excluded is not None and certified is not None
    assert paths_of(start) == {("From",)} and start.type is ValueType.DATETIME
    assert paths_of(end) == {("Until",)} and end.type is ValueType.DATETIME
    assert paths_of(excluded) == {("Left",)} and excluded.type is ValueType.BOOLEAN
    assert paths_of(certified) == {("Rank",)}
    assert (rule.risk_factor_type, rule.min_identities_count, rule.reduction_outlier_percentage) == (
        RiskFactorType.Max,
        5,
        2.5,
    )


def test_sections_have_keys_and_one_is_the_default(bound: Bound) -> None:
    rest, posts = sections_of(bound.model, "Person")
    assert (rest.identifier, rest.is_default, posts.is_default) == ("Rest", True, False)
    instance, sort = bound.instance_key(rest), bound.sort_key(posts)
    assert instance is not None and paths_of(instance) == {("Key",)}
    assert sort is not None and paths_of(sort) == {("Rank",)}
    assert bound.sort_key(rest) is None
    assert posts.properties[0].extension_kind is RecordExtensionKind.None_


def test_properties_are_those_of_the_entity_type_that_the_element_implies(bound: Bound) -> None:
    implied = {
        f"{node.tag} {getattr(node, 'identifier', '')}": implied_entity_type(bound.model, node, parent)
        for node, parent in bound.model.nodes()
        if node.tag in ("Dimension", "RecordSection") or (parent is not None and parent.tag == "RecordSection")
    }
    assert implied == {
        "Dimension House": "House",
        "RecordSection Rest": "Term",
        "RecordSection Posts": "Term",
        "Property ": "Term",
    }


def test_roles_and_their_rules(bound: Bound) -> None:
    key, warden = bound.model.single_roles["Key"], bound.model.composite_roles["Warden"]
    assert (key.d, key.r, key.max_duration, key.grace_period) == ({42: "Tower"}, {42: True}, 0, None)
    assert (warden.grace_period, warden.max_duration) == (60, None)
    given, offered = bound.model.role_rules
    assert (given.role, given.d, given.l, given.priority, given.is_denied) == (
        "Warden",
        {42: "Tower"},
        {42: True},
        2,
        True,
    )
    assert (offered.role, offered.type.name) == ("Key", "Suggested")


def test_automation_rules_have_a_state_a_wait_and_a_decision(bound: Bound) -> None:
    generic, typed = bound.model.automation_rules
    assert isinstance(generic, AutomationRule)
    assert (generic.type, generic.category) == (AutomationRuleType.Category, "Doors")
    assert (generic.workflow_state, generic.decision) == (WorkflowState.Historic, AutomationRuleDecision.Decline)
    assert (typed.workflow_state, typed.hours_to_wait, typed.d) == (WorkflowState.PendingApproval2, 12, {42: "Tower"})


@pytest.mark.parametrize(
    ("old", "new", "record"),
    [
        ('ResourcesBinding="Person:Terms"', "", "Person"),
        ('ResourcesBinding="Person:Terms"', 'ResourcesExpression="C#:person:return person.Terms;"', "Term"),
        ('ResourcesBinding="Person:Terms"', 'ResourcesBinding="Number"', ""),
        ('ResourcesBinding="Person:Terms"', 'ResourcesBinding="Terms.House"', "House"),
    ],
)
def test_what_contexts_are_made_of(old: str, new: str, record: str, catalogue: Catalogue) -> None:
    model = compiled(CLUB.replace(old, new), catalogue).model
    assert record_type(model, model.context_rules["People"]) == record


ACCOUNT = """
<EntityType Identifier="Account"><Property Identifier="Name" IsKey="true" />
  <Property Identifier="Photo" Type="Binary" /></EntityType>
<ResourceType Identifier="Login" DisplayName_L1="Login" Policy="Club" SourceEntityType="Person"
              TargetEntityType="Account">
  <TypeRule SingleRole="Kee" />
  <BinaryRule Property="Photo" Binding="Portrait" TimeOffsetReference="Arround" TimeOffsetAfterReference="60" />
</ResourceType>
"""


def test_a_rule_names_a_role_that_exists(catalogue: Catalogue) -> None:
    findings = [each for each in compiled(CLUB + ROLES + ACCOUNT, catalogue).findings if each.code == "E120"]
    assert [(each.message, each.help) for each in findings] == [("there is no SingleRole `Kee`", "did you mean `Key`?")]


def test_a_file_has_a_tree(catalogue: Catalogue) -> None:
    model: Model = compiled(CLUB + ROLES + ACCOUNT, catalogue).model
    rule = model.resource_types["Login"].binary_rules[0]
    bound, _ = bind_expressions(model)
    assert bound.file(rule).type is ValueType.BYTES
    assert paths_of(bound.file(rule)) == {("Portrait",)}
    assert rule.time_offset_reference is TimeOffsetReference.Around
