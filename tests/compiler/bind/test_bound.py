"""The trees that lowering reads, and the model as expressions see it."""

import pytest

from compiler.bind.bound import Bound
from compiler.bind.expressions import bind_expressions
from compiler.bind.scope import ModelScope, value_type
from compiler.expressions.compile import paths_of
from compiler.expressions.types import Member, ValueType
from compiler.model.metadata import PropertyType
from compiler.model.model import Model
from compiler.pipeline import compile_sources
from tests.compiler.test_cases import CASES, GARDEN
from tests.conftest import CATALOGUE


@pytest.fixture(scope="module")
def model() -> Model:
    return compile_sources([(GARDEN, (CASES / GARDEN).read_bytes())], CATALOGUE).model


@pytest.fixture(scope="module")
def bound(model: Model) -> Bound:
    bound, findings = bind_expressions(model)
    assert findings == []
    return bound


def test_a_scalar_is_a_member_of_its_type(model: Model) -> None:
    scope = ModelScope(model)
    assert scope.member("Staff_Person", "Years") == Member("Years", ValueType.INTEGER)
    assert scope.member("Staff_Person", "years") is None
    assert scope.member("Nobody", "Years") is None


def test_a_navigation_is_a_member_that_leads_on(model: Model) -> None:
    scope = ModelScope(model)
    assert scope.member("Staff_Person", "House") == Member("House", ValueType.RESOURCE, "Staff_House")
    assert scope.member("Staff_House", "Gardeners") == Member("Gardeners", ValueType.RESOURCE, "Staff_Person", True)


def test_the_implicit_display_name_is_a_member(model: Model) -> None:
    scope = ModelScope(model)
    assert scope.member("Staff_Person", "InternalDisplayName") == Member("InternalDisplayName", ValueType.STRING)
    assert "InternalDisplayName" in scope.members("Staff_Person")


def test_every_property_type_has_a_value_type() -> None:
    assert all(value_type(each) for each in PropertyType)


def test_each_rule_has_its_trees(bound: Bound) -> None:
    login = bound.model.resource_types["Directory_Login"]
    name = next(rule for rule in login.scalar_rules if rule.property == "cn")
    assert paths_of(bound.scalar(name)) == {("FullName",)}
    assert bound.scalar(name).type is ValueType.STRING
    flags = next(rule for rule in login.scalar_rules if rule.property == "flags")
    assert bound.scalar(flags).type is ValueType.INTEGER
    manager = login.query_rules[0]
    assert paths_of(bound.source(manager)) == {("House", "Code")}
    assert paths_of(bound.target(manager)) == {("number",)}
    correlation = bound.model.correlation_rules[0]
    assert paths_of(bound.source(correlation)) == {("Number",)}
    assert paths_of(bound.target(correlation)) == {("number",)}


def test_a_computed_property_has_its_tree(bound: Bound) -> None:
    computed = bound.model.property_expressions["Staff_Person_FullName"]
    assert paths_of(bound.computed(computed)) == {("FirstName",), ("LastName",)}


def test_a_tree_that_is_not_there_is_no_tree(bound: Bound) -> None:
    login = bound.model.resource_types["Directory_Login"]
    assert bound.tree(login, "owner property") is None
    with pytest.raises(KeyError):
        bound.owner_property(login)
