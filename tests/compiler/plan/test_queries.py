"""The SQL of rules, run over a small store: who wants a target, what it should be, what it should be linked to."""

from collections.abc import Callable
from typing import Any

import pytest

from compiler.plan.plan import Plan
from compiler.plan.steps import Compute, Evaluate, Read
from runtime.engine.duckdb import DuckDB
from runtime.store.store import Store
from tests.conftest import CompileText

MODEL = """
  <Language Code="en-GB" IndicatorNumber="1" />
  <Connector Identifier="Garden" DisplayName_L1="Garden" />
  <Connection Identifier="Beds" DisplayName_L1="Beds" Connector="Garden" Package="Garden.Tree" />
  <EntityType Identifier="Person">
    <Property Identifier="Badge" IsKey="true" /><Property Identifier="Name" /><Property Identifier="Team" />
    <Property Identifier="Left" Type="DateTime" />
    <Property Identifier="Boss" Type="ForeignKey" /><Property Identifier="Staff" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Group">
    <Property Identifier="Code" IsKey="true" /><Property Identifier="Kind" />
    <Property Identifier="Members" Type="ForeignKey" /><Property Identifier="Guests" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Account">
    <Property Identifier="login" IsKey="true" /><Property Identifier="label" />
    <Property Identifier="Groups" Type="ForeignKey" /><Property Identifier="Home" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Boss" Property1="Person:Boss" Property2="Person:Staff" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Member" Property1="Account:Groups" IsProperty1Collection="true"
                     Property2="Group:Members" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Home" Property1="Account:Home" Property2="Group:Guests" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Person" Connector="Garden" ConnectionTable="Beds_people">
    <Property Identifier="Badge" ConnectionColumn="badge" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Group" Connector="Garden" ConnectionTable="Beds_groups">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Account" Connector="Garden" ConnectionTable="Beds_accounts">
    <Property Identifier="login" ConnectionColumn="login" IsPrimaryKey="true" />
    <Property Identifier="label" ConnectionColumn="label" />
  </EntityTypeMapping>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  %s
  <ResourceType Identifier="Login" DisplayName_L1="Login" Policy="Default" SourceEntityType="Person"
                TargetEntityType="Account">%s</ResourceType>
  <ResourceCorrelationRule ResourceType="Login" Policy="Default" SourceBinding="Badge" TargetBinding="login"
                           SourceMatchedConfidenceLevel="100" />
"""

Planned = Callable[..., tuple[Plan, DuckDB]]


@pytest.fixture
def planned(compile_text: CompileText) -> Planned:
    """Compile the rules into a plan, with Vera (boss of Nora) and three groups in its store."""

    def plan(rules: str, others: str = "") -> tuple[Plan, DuckDB]:
        compilation = compile_text(MODEL % (others, rules))
        assert compilation.plan is not None, [(each.code, each.message) for each in compilation.findings]
        engine = DuckDB()
        Store(engine).lay_out(compilation.plan)
        for statement in (
            """INSERT INTO resource."Person" BY NAME SELECT * FROM (VALUES (1, '7', 'Vera', 'red', '20310401000000'),
                (2, '8', 'Nora', NULL, NULL)) AS v(_id, "Badge", "Name", "Team", "Left")""",
            """INSERT INTO resource."Group" BY NAME SELECT * FROM (VALUES (11, 'red', 'team'), (12, 'blue', 'team'),
                (13, 'all', 'list'), (14, '', 'empty')) AS v(_id, "Code", "Kind")""",
            """INSERT INTO resource."Account" BY NAME SELECT 21 AS _id, '7' AS login""",
            'INSERT INTO link."Boss" (_1, _2) VALUES (2, 1)',
        ):
            engine.execute(statement)
        return compilation.plan, engine

    return plan


def rows(engine: DuckDB, sql: str) -> list[tuple[Any, ...]]:
    return sorted(engine.rows(sql), key=str)


def step_of(plan: Plan) -> Evaluate:
    return next(plan.of(Evaluate))


def test_a_type_rule_without_criteria_wants_everybody(planned: Planned) -> None:
    plan, engine = planned("<TypeRule />")
    assert [owner for owner, _ in rows(engine, step_of(plan).wanted)] == [1, 2]


def test_a_denying_type_rule_wins(planned: Planned) -> None:
    plan, engine = planned('<TypeRule /><TypeRule IsDenied="true" />')
    assert rows(engine, step_of(plan).wanted) == []


def test_without_a_type_rule_nobody_is_wanted(planned: Planned) -> None:
    plan, _ = planned('<ScalarRule Property="label" Binding="Name" />')
    assert step_of(plan).wanted == ""


def test_scalars_follow_paths_and_are_null_where_a_path_ends(planned: Planned) -> None:
    plan, engine = planned('<ScalarRule Property="label" Binding="Boss.Name" />')
    assert rows(engine, step_of(plan).expected) == [(1, None), (2, "Vera")]


def test_a_fixed_resource_is_found_by_its_key(planned: Planned) -> None:
    plan, engine = planned('<NavigationRule Property="Groups" Resource="all" />')
    (links,) = step_of(plan).links
    assert [row[:2] for row in rows(engine, links.query)] == [(1, 13), (2, 13)]


def test_a_resource_that_is_not_there_yet_links_nothing(planned: Planned) -> None:
    plan, engine = planned('<NavigationRule Property="Groups" Resource="later" />')
    assert rows(engine, step_of(plan).links[0].query) == []


def test_several_navigation_rules_add_up_on_a_multi_valued_property(planned: Planned) -> None:
    plan, engine = planned(
        '<NavigationRule Property="Groups" Resource="all" /><NavigationRule Property="Groups" Resource="blue" />'
    )
    assert {row[1] for row in rows(engine, step_of(plan).links[0].query) if row[0] == 1} == {12, 13}


def test_a_query_rule_pairs_equal_keys_and_no_empty_ones(planned: Planned) -> None:
    plan, engine = planned(
        '<QueryRule Property="Groups" SourceBinding="Team" TargetBinding="Code" TargetMatchedConfidenceLevel="100" />'
    )
    assert [row[:2] for row in rows(engine, step_of(plan).links[0].query)] == [(1, 11)]


def test_the_rule_of_highest_confidence_that_matches_supplies_the_links(planned: Planned) -> None:
    plan, engine = planned(
        '<QueryRule Property="Groups" SourceExpression="Literal:all" TargetBinding="Code" '
        'TargetMatchedConfidenceLevel="100" />'
        '<QueryRule Property="Groups" SourceBinding="Team" TargetBinding="Code" TargetMatchedConfidenceLevel="120" />'
    )
    found = rows(engine, step_of(plan).links[0].query)
    assert [(owner, group, confidence) for owner, group, _, confidence in found] == [(1, 11, 120), (2, 13, 100)]


def test_several_matches_on_a_mono_valued_property_are_none(planned: Planned) -> None:
    plan, engine = planned(
        '<QueryRule Property="Home" SourceExpression="Literal:team" TargetBinding="Kind" '
        'TargetMatchedConfidenceLevel="100" />'
    )
    assert rows(engine, step_of(plan).links[0].query) == []


def test_owners_and_targets_with_equal_keys_are_paired(planned: Planned) -> None:
    plan, engine = planned("<TypeRule />")
    assert rows(engine, step_of(plan).correlations[0].query) == [(1, 21)]


def test_a_hostile_constant_stays_a_text(planned: Planned) -> None:
    evil = "x'); DROP TABLE resource.&quot;Person&quot;; --"
    plan, engine = planned(
        f'<NavigationRule Property="Groups" Resource="{evil}" />'
        f'<ScalarRule Property="label" Expression="Literal:{evil}" />'
    )
    assert rows(engine, step_of(plan).links[0].query) == []
    assert {label for _, label in rows(engine, step_of(plan).expected)} == {'x\'); DROP TABLE resource."Person"; --'}
    assert len(engine.rows('FROM resource."Person"')) == 2


def test_computed_scalars_and_navigations(planned: Planned) -> None:
    plan, engine = planned(
        "<TypeRule />",
        others="""
        <EntityPropertyExpression Identifier="a" EntityType="Person" Property="Name"
                                  Expression="C#:p:p.Badge + &quot;!&quot;" />
        <EntityPropertyExpression Identifier="b" EntityType="Account" Property="Home" Expression="Literal:blue"
                                  PropertyCriteria="Code" />""",
    )
    people, account = plan.of(Compute)
    engine.execute("CREATE TEMP TABLE computing AS SELECT unnest([2, 21]) AS _id")
    assert rows(engine, people.properties[0].query) == [(2, "8!")]
    assert rows(engine, account.properties[0].query) == [(21, 12)]


def test_computed_properties_say_what_they_read_and_come_after_it(planned: Planned) -> None:
    """The lower priority comes first, but for what reads another; each way is followed to its end."""
    plan, _ = planned(
        "<TypeRule />",
        others="""
        <EntityPropertyExpression Identifier="a" EntityType="Person" Property="Name" Priority="1"
                                  Expression="C#:p:p.Boss.Boss.Team + p.Badge" />
        <EntityPropertyExpression Identifier="b" EntityType="Person" Property="Team" Priority="2" Binding="Left" />""",
    )
    (people,) = plan.of(Compute)
    team, name = people.properties
    assert (team.property, name.property) == ("Team", "Name")
    assert team.reads == (Read(entity_type="Person", properties=("Left",)),)
    boss = next(iter(name.reads[0].links))
    assert name.reads == (
        Read(entity_type="Person", properties=("Badge",), links=(boss,)),
        Read(entity_type="Person", links=(boss,), hops=(boss,)),
        Read(entity_type="Person", properties=("Team",), hops=(boss, boss)),
    )


def test_a_step_waits_for_the_steps_that_bring_what_it_reads(planned: Planned) -> None:
    plan, _ = planned(
        "<TypeRule />",
        others="""
        <EntityPropertyExpression Identifier="a" EntityType="Person" Property="Name" Expression="C#:p:p.Badge" />""",
    )
    assert step_of(plan).after == ("synchronise Garden", "compute Person")
