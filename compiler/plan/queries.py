"""Rules in, SQL over the store out: what owners want, what targets should be, who pairs with whom.

Every query is built as a sqlglot tree and written in DuckDB's dialect; texts of authors enter as literals only.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from compiler.bind.bound import Bound
from compiler.expressions.to_sql import condition, to_sql
from compiler.expressions.tree import Expression
from compiler.model.metadata import EntityPropertyExpression
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import NavigationRule, QueryRule, ResourceCorrelationRule, ResourceType
from compiler.plan.relations import Relations, key_properties
from compiler.plan.steps import Origin
from compiler.plan.tables import LINK_SCHEMA, RESOURCE_SCHEMA

if TYPE_CHECKING:
    from sqlglot import exp

_TABLE = re.compile(rf'"({RESOURCE_SCHEMA}|{LINK_SCHEMA})"\."((?:[^"]|"")+)"')


def origin(node: Node) -> Origin:
    """Where an item stands in the configuration."""
    span = node.element.span()
    return Origin(span.file, span.start.line, span.start.column)


def label(node: Node) -> str:
    """A rule's name in plans, orders and explanations: its place."""
    place = origin(node)
    return f"{place.file}:{place.line}"


def wanted(bound: Bound, resource_type: ResourceType) -> str:
    """`owner_id`, `rule` of the owners that shall have a target; empty when no rule creates any."""
    from sqlglot import exp

    rules = [rule for rule in resource_type.type_rules if rule.type == 0]
    if not rules:
        return ""
    owners = Relations(bound.model, resource_type.source_entity_type, "owner")
    query = owners.select(owner_id=owners.column(()), rule=exp.Literal.string(label(rules[0])))
    return _text(query.where(exp.false(), copy=False) if any(rule.is_denied for rule in rules) else query)


def expected(bound: Bound, resource_type: ResourceType) -> str:
    """`owner_id` and one column per ruled scalar."""
    owners = Relations(bound.model, resource_type.source_entity_type, "owner")
    columns = {"owner_id": owners.column(())}
    for rule in resource_type.scalar_rules:
        columns[rule.property] = to_sql(bound.scalar(rule), owners)
    return _text(owners.select(**columns))


def ready(bound: Bound, resource_type: ResourceType) -> str:
    """The `owner_id`s whose `DependsOnOwnerProperty` has a value; empty when the type has no such condition."""
    from sqlglot import exp

    if resource_type.depends_on_owner_property is None:
        return ""
    owners = Relations(bound.model, resource_type.source_entity_type, "owner")
    value = to_sql(bound.owner_property(resource_type), owners)
    return _text(owners.select(owner_id=owners.column(())).where(_present(exp.cast(value, "VARCHAR")), copy=False))


def correlation(bound: Bound, rule: ResourceCorrelationRule) -> str:
    """`owner_id`, `target_id` of every pair whose keys are equal; an empty key pairs with nothing."""
    resource_type = bound.model.resource_types[rule.resource_type]
    sources = _keys(bound.model, resource_type.source_entity_type, "owner", bound.source(rule))
    targets = _keys(bound.model, resource_type.target_entity_type, "target", bound.target(rule))
    return _text(_pairs(sources, targets, {"owner_id": "owner", "target_id": "target"}))


def navigation(bound: Bound, resource_type: ResourceType, property: str) -> str:
    """`owner_id`, `resource_id`, `rule`, `confidence` of what the rules on one navigation expect."""
    fixed = [rule for rule in resource_type.navigation_rules if rule.property == property]
    queried = [rule for rule in resource_type.query_rules if rule.property == property]
    queried.sort(key=lambda rule: -rule.target_matched_confidence_level)
    build = [_fixed(bound.model, resource_type, rule) for rule in fixed]
    build += [_queried(bound, resource_type, rule) for rule in queried]
    side = bound.model.side(resource_type.target_entity_type, property)
    is_collection = side is not None and side.is_collection
    levels = [query.select(_level(level), copy=False) for level, query in enumerate(build)]
    return _text(_best(levels, first_only=bool(queried) or not is_collection, single=not is_collection))


def computed(bound: Bound, item: EntityPropertyExpression) -> str:
    """`_id`, `value` of one computed property; for a navigation the value is the target's `_id`."""
    tree = bound.computed(item)
    side = bound.model.side(item.entity_type, item.property)
    if side is None or item.property_criteria is None:
        return value_query(bound.model, item.entity_type, tree)
    targets = Relations(bound.model, side.target, "target")
    keys = targets.select(_id=targets.column(()), key=targets.column((item.property_criteria,)))
    own = _keys(bound.model, item.entity_type, "own", tree)
    return _text(_pairs(own, keys, {"_id": "own", "value": "target"}))


def value_query(model: Model, entity_type: str, tree: Expression) -> str:
    """`_id`, `value` of an expression for every resource of an entity type."""
    relations = Relations(model, entity_type, "own")
    return _text(relations.select(_id=relations.column(()), value=to_sql(tree, relations)))


def classified(bound: Bound, entity_type: str, tree: Expression) -> str:
    """The `_id`s for which a Boolean expression holds."""
    relations = Relations(bound.model, entity_type, "target")
    test = condition(tree, relations)
    return _text(relations.select(_id=relations.column(())).where(test, copy=False))


def tables_read(queries: Sequence[str]) -> tuple[set[str], set[str]]:
    """The entity types and the associations that these queries read.

    Found in the text, where every table stands with its schema, both quoted; parsing it again would take as long as
    all the rest of lowering. An author's text that spells a table adds a step to wait for, and nothing else.
    """
    tables = {found for query in queries for found in _TABLE.findall(query)}
    return (
        {name.replace('""', '"') for schema, name in tables if schema == RESOURCE_SCHEMA},
        {name.replace('""', '"') for schema, name in tables if schema == LINK_SCHEMA},
    )


def _fixed(model: Model, resource_type: ResourceType, rule: NavigationRule) -> "exp.Select":
    from sqlglot import exp

    side = model.sides[resource_type.target_entity_type, rule.property]
    owners = Relations(model, resource_type.source_entity_type, "owner")
    found = Relations(model, side.target, "found")
    value = exp.Literal.string(rule.resource)
    keys = key_properties(model, side.target)
    match = exp.or_(*(exp.EQ(this=found.column((key,)), expression=value.copy()) for key in keys))
    resources = found.select(resource_id=found.column(())).where(match, copy=False)
    query = owners.select(
        owner_id=owners.column(()),
        resource_id=exp.column("resource_id", table="named"),
        rule=exp.Literal.string(label(rule)),
        confidence=exp.Literal.number(150),
    )
    return query.join(resources.subquery("named", copy=False), join_type="cross", copy=False)


def _queried(bound: Bound, resource_type: ResourceType, rule: QueryRule) -> "exp.Select":
    from sqlglot import exp

    side = bound.model.sides[resource_type.target_entity_type, rule.property]
    sources = _keys(bound.model, resource_type.source_entity_type, "owner", bound.source(rule))
    targets = _keys(bound.model, side.target, "found", bound.target(rule))
    query = _pairs(sources, targets, {"owner_id": "owner", "resource_id": "found"})
    confidence = exp.Literal.number(rule.target_matched_confidence_level)
    named = exp.alias_(exp.Literal.string(label(rule)), "rule"), exp.alias_(confidence, "confidence")
    return query.select(*named, copy=False)


def _keys(model: Model, entity_type: str, alias: str, tree: Expression) -> "exp.Select":
    relations = Relations(model, entity_type, alias)
    return relations.select(_id=relations.column(()), key=to_sql(tree, relations))


def _pairs(left: "exp.Select", right: "exp.Select", ids: dict[str, str]) -> "exp.Select":
    """Join two queries of `_id`, `key` on equal, non-empty keys; `ids` names the output columns and their sides."""
    from sqlglot import exp

    first, second = ids.values()
    columns = [exp.alias_(exp.column("_id", table=side, quoted=True), name, quoted=True) for name, side in ids.items()]
    key = exp.column("key", table=first, quoted=True)
    equal = exp.EQ(this=key, expression=exp.column("key", table=second, quoted=True))
    query = exp.select(*columns, copy=False).from_(left.subquery(first, copy=False), copy=False)
    query.join(right.subquery(second, copy=False), on=equal, copy=False)
    return query.where(_present(key.copy()), copy=False)


def _level(number: int) -> "exp.Expr":
    from sqlglot import exp

    return exp.alias_(exp.Literal.number(number), "level")


def _present(value: "exp.Expression") -> "exp.Expression":
    from sqlglot import exp

    return exp.NEQ(this=value, expression=exp.Literal.string(""))


def _best(levels: Sequence["exp.Select"], *, first_only: bool, single: bool) -> "exp.Select":
    """The rows of the rules' queries. `first_only`: of each owner, those of the first rule with a match; `single`:
    none where that rule matched more than one resource (provisioning.md §7.6)."""
    from sqlglot import exp

    union: exp.Query = levels[0]
    for level in levels[1:]:
        union = union.union(level, distinct=False, copy=False)
    names = ("owner_id", "resource_id", "rule", "confidence")
    if not first_only:
        ranked = exp.select(*names, "row_number() OVER (PARTITION BY owner_id, resource_id ORDER BY level) AS place")
        return _of(names, ranked, union, "place = 1")
    first = exp.select(*names, "level", "min(level) OVER (PARTITION BY owner_id) AS best")
    query = _of(names, first, union, "level = best")
    if single:
        counted = exp.select("*", "count(*) OVER (PARTITION BY owner_id) AS matches")
        counted.from_(query.subquery("found", copy=False), copy=False)
        return exp.select(*names).from_(counted.subquery("counted", copy=False), copy=False).where("matches = 1")
    return query


def _of(names: Sequence[str], ranked: "exp.Select", union: "exp.Query", condition: str) -> "exp.Select":
    """The rows of a union that meet a condition on their rank."""
    from sqlglot import exp

    ranked.from_(union.subquery("matched", copy=False), copy=False)
    return exp.select(*names).from_(ranked.subquery("ranked", copy=False), copy=False).where(condition, copy=False)


def _text(query: "exp.Expression") -> str:
    return query.sql(dialect="duckdb", copy=False)
