"""The trees of a step's rules in; for each that may fail, the query that counts where it does, out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from compiler.bind.bound import Bound
from compiler.expressions.failures import cause, failing
from compiler.expressions.to_sql import condition
from compiler.expressions.tree import Expression
from compiler.model.metadata import EntityPropertyExpression
from compiler.model.node import Node
from compiler.model.provisioning import ResourceType
from compiler.plan.places import origin
from compiler.plan.relations import Relations, key_properties
from compiler.plan.steps import Failing


class _Evaluated(NamedTuple):
    node: Node
    role: str
    entity_type: str


def failing_of_type(bound: Bound, resource_type: ResourceType) -> tuple[Failing, ...]:
    """What may fail in the rules of a resource type."""
    return tuple(_failing(bound, _rules(bound, resource_type)))


def failing_of_computed(bound: Bound, items: Iterable[EntityPropertyExpression]) -> tuple[Failing, ...]:
    """What may fail in computed properties."""
    return tuple(_failing(bound, (_Evaluated(each, "value", each.entity_type) for each in items)))


def _rules(bound: Bound, resource_type: ResourceType) -> Iterator[_Evaluated]:
    source, target = resource_type.source_entity_type, resource_type.target_entity_type
    for scalar in resource_type.scalar_rules:
        yield _Evaluated(scalar, "value", source)
    for query in resource_type.query_rules:
        yield _Evaluated(query, "source", source)
        yield _Evaluated(query, "target", bound.model.sides[target, query.property].target)
    for correlation in bound.model.correlations_of(resource_type.identifier):
        yield _Evaluated(correlation, "source", source)
        yield _Evaluated(correlation, "target", target)
    for classification in bound.model.classification_rules:
        if classification.resource_type == resource_type.identifier:
            yield _Evaluated(classification, "condition", target)


def _failing(bound: Bound, evaluated: Iterable[_Evaluated]) -> Iterator[Failing]:
    for each in evaluated:
        tree = bound.tree(each.node, each.role)
        test = cause(tree) if tree is not None else None
        if tree is not None and test is not None:
            query = _query(bound, each.entity_type, test)
            yield Failing(origin=origin(each.node), parts=failing(tree), entity_type=each.entity_type, query=query)


def _query(bound: Bound, entity_type: str, test: Expression) -> str:
    """`failed` and `example`, for how many resources it fails and the key of one of them."""
    from sqlglot import exp

    resources = Relations(bound.model, entity_type, "own")
    fails = condition(test, resources)
    key = next(iter(key_properties(bound.model, entity_type)), None)
    example = exp.cast(resources.column((key,) if key else ()), "VARCHAR")
    query = resources.select(failed=exp.Count(this=exp.Star()), example=exp.Min(this=example))
    return query.where(fails, copy=False).sql(dialect="duckdb", copy=False)
