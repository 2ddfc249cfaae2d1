"""Rules in, SQL over the store out: what owners want, what targets should be, who pairs with whom.

Values are built as sqlglot trees and written in DuckDB's dialect; texts of authors enter as literals only. What stands
around values is the same for all rules and comes from `templates`.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.bind.bound import Bound
from compiler.expressions.to_sql import condition, to_sql
from compiler.expressions.tree import Expression
from compiler.model.metadata import EntityPropertyExpression
from compiler.model.model import Model, Side
from compiler.model.provisioning import NavigationRule, QueryRule, ResourceCorrelationRule, ResourceType, ScalarRule
from compiler.plan import timed
from compiler.plan.places import label, origin
from compiler.plan.relations import Relations, key_properties
from compiler.plan.steps import Read
from compiler.plan.tables import COMPUTING, ID, LINK_SCHEMA, RESOURCE_SCHEMA, quoted, rule_column, text
from compiler.plan.templates import best, filled, pairs, present

if TYPE_CHECKING:
    from sqlglot import exp

_TABLE = re.compile(rf'"({RESOURCE_SCHEMA}|{LINK_SCHEMA})"\."((?:[^"]|"")+)"')


class Queries:
    """The queries of the rules of one model. What many rules share is written once."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.model = bound.model
        self._values: dict[tuple[int, str, str], str | None] = {}
        self._keys: dict[tuple[int, str, str], str] = {}

    def wanted(self, resource_type: ResourceType) -> str:
        """`owner_id`, `rule` of the owners that shall have a target; empty when no rule creates any."""
        if timed.is_in_time(self.model, resource_type):
            return timed.wanted(self.model, resource_type)
        rules = [rule for rule in resource_type.type_rules if rule.type == 0]
        if not rules:
            return ""
        query = _of_owners(resource_type.source_entity_type, {"rule": text(label(origin(rules[0])))})
        return f"{query} WHERE FALSE" if any(rule.is_denied for rule in rules) else query

    def expected(self, resource_type: ResourceType) -> str:
        """`owner_id` and one column per ruled scalar; of one that several rules may give, also the rule's column."""
        entity_type, ruled = resource_type.source_entity_type, scalar_rules(resource_type)
        if any(timed.is_chosen(rules) for rules in ruled.values()):
            return self._chosen(resource_type, ruled)
        values = {name: self._value(self.bound.scalar(rule), entity_type) for name, (rule,) in ruled.items()}
        own = {name: value for name, value in values.items() if value is not None}
        if len(own) == len(values):
            return _of_owners(entity_type, own)
        owners = Relations(self.model, entity_type, "owner")
        columns = {"owner_id": owners.column(())}
        columns |= {name: to_sql(self.bound.scalar(rule), owners) for name, (rule,) in ruled.items()}
        return _text(owners.select(**columns))

    def _chosen(self, resource_type: ResourceType, ruled: dict[str, list[ScalarRule]]) -> str:
        """The same where several rules may give a value: the first that holds now does."""
        owners = Relations(self.model, resource_type.source_entity_type, "owner")
        columns, holding = {"owner_id": owners.column(())}, list[str]()
        for name, rules in ruled.items():
            if not timed.is_chosen(rules):
                columns[name] = to_sql(self.bound.scalar(rules[0]), owners)
                continue
            columns |= self._cases(resource_type, name, rules, owners, holding)
        query = owners.select(**columns)
        for number, held in enumerate(holding):
            query = query.join(_held(held, number, owners), copy=False)
        return _text(query)

    def _cases(
        self, resource_type: ResourceType, name: str, rules: list[ScalarRule], owners: Relations, holding: list[str]
    ) -> "dict[str, exp.Expression]":
        """The value of a property and its rule; `holding` gains the queries of those for whom a rule holds."""
        from sqlglot import exp

        values, named = exp.Case(), exp.Case()
        for rule in timed.by_precedence(rules):
            test: exp.Expression = exp.true()
            if timed.is_conditional(rule):
                found = exp.column("owner_id", table=f"held_{len(holding)}", quoted=True)
                test = found.is_(exp.null()).not_()
                holding.append(timed.holds(self.model, resource_type, rule))
            values = values.when(test, to_sql(self.bound.scalar(rule), owners))
            named = named.when(test.copy(), exp.Literal.string(label(origin(rule))))
        return {name: values, rule_column(name): named}

    def ready(self, resource_type: ResourceType) -> str:
        """The `owner_id`s whose `DependsOnOwnerProperty` has a value; empty when the type has no such condition."""
        from sqlglot import exp

        if resource_type.depends_on_owner_property is None:
            return ""
        owners = Relations(self.model, resource_type.source_entity_type, "owner")
        value = to_sql(self.bound.owner_property(resource_type), owners)
        return _text(owners.select(owner_id=owners.column(())).where(present(exp.cast(value, "VARCHAR")), copy=False))

    def correlation(self, rule: ResourceCorrelationRule) -> str:
        """`owner_id`, `target_id` of every pair whose keys are equal; an empty key pairs with nothing."""
        resource_type = self.model.resource_types[rule.resource_type]
        sources = self._keyed(resource_type.source_entity_type, "owner", self.bound.source(rule))
        targets = self._keyed(resource_type.target_entity_type, "target", self.bound.target(rule))
        return filled(pairs((("owner_id", "owner"), ("target_id", "target"))), sources, targets)

    def navigation(self, resource_type: ResourceType, property: str) -> str:
        """`owner_id`, `resource_id`, `rule`, `confidence` of what the rules on one navigation expect."""
        fixed = [rule for rule in resource_type.navigation_rules if rule.property == property]
        queried = [rule for rule in resource_type.query_rules if rule.property == property]
        queried.sort(key=lambda rule: -rule.target_matched_confidence_level)
        side = self.model.sides[resource_type.target_entity_type, property]
        if fixed and timed.is_in_time(self.model, resource_type):
            return timed.links(self.model, resource_type, fixed, side)
        levels = [self._fixed(resource_type, rule, side, level) for level, rule in enumerate(fixed)]
        levels += [self._queried(resource_type, rule, side, level) for level, rule in enumerate(queried, len(fixed))]
        template = best(first_only=bool(queried) or not side.is_collection, single=not side.is_collection)
        return filled(template, " UNION ALL ".join(levels))

    def computed(self, item: EntityPropertyExpression) -> tuple[str, tuple[Read, ...]]:
        """`_id`, `value` of one computed property for the resources in `computing`, and what it reads.

        For a navigation the value is the target's `_id`.
        """
        own = Relations(self.model, item.entity_type, "own", COMPUTING)
        value = to_sql(self.bound.computed(item), own)
        side = self.model.side(item.entity_type, item.property)
        if side is None or item.property_criteria is None:
            return _text(own.select(_id=own.column(()), value=value)), tuple(own.reads())
        targets = Relations(self.model, side.target, "target")
        keys = _text(targets.select(_id=targets.column(()), key=targets.column((item.property_criteria,))))
        found = tuple(replace(each, anywhere=True) for each in targets.reads())
        keyed = _text(own.select(_id=own.column(()), key=value))
        return filled(pairs((("_id", "own"), ("value", "target"))), keyed, keys), (*own.reads(), *found)

    def classified(self, entity_type: str, tree: Expression) -> str:
        """The `_id`s for which a Boolean expression holds."""
        relations = Relations(self.model, entity_type, "target")
        test = condition(tree, relations)
        return _text(relations.select(_id=relations.column(())).where(test, copy=False))

    def _fixed(self, resource_type: ResourceType, rule: NavigationRule, side: Side, level: int) -> str:
        from sqlglot import exp

        owners = Relations(self.model, resource_type.source_entity_type, "owner")
        found = Relations(self.model, side.target, "found")
        value = exp.Literal.string(rule.resource)
        keys = key_properties(self.model, side.target)
        match = exp.or_(*(exp.EQ(this=found.column((key,)), expression=value.copy()) for key in keys))
        resources = found.select(resource_id=found.column(())).where(match, copy=False)
        query = owners.select(
            owner_id=owners.column(()),
            resource_id=exp.column("resource_id", table="named"),
            rule=exp.Literal.string(label(origin(rule))),
            confidence=exp.Literal.number(150),
        )
        query.join(resources.subquery("named", copy=False), join_type="cross", copy=False)
        return _text(query.select(exp.alias_(exp.Literal.number(level), "level"), copy=False))

    def _queried(self, resource_type: ResourceType, rule: QueryRule, side: Side, level: int) -> str:
        sources = self._keyed(resource_type.source_entity_type, "owner", self.bound.source(rule))
        targets = self._keyed(side.target, "found", self.bound.target(rule))
        template = pairs((("owner_id", "owner"), ("resource_id", "found")), ("rule", "confidence", "level"))
        confidence = str(rule.target_matched_confidence_level)
        found = filled(template, sources, targets, text(label(origin(rule))), confidence, str(level))
        if not timed.is_conditional(rule):
            return found
        held = timed.holds(self.model, resource_type, rule)
        return f"SELECT * FROM ({found}) AS found WHERE owner_id IN (SELECT owner_id FROM ({held}) AS held)"

    def _value(self, tree: Expression, entity_type: str) -> str | None:
        """The SQL of a value of an owner; None when it needs more than the owner's own columns."""
        key = id(tree), entity_type, "owner"
        if key not in self._values:
            owners = Relations(self.model, entity_type, "owner")
            value = to_sql(tree, owners)
            self._values[key] = None if owners.has_joins else _text(value)
        return self._values[key]

    def _keyed(self, entity_type: str, alias: str, tree: Expression) -> str:
        """`_id`, `key` of every resource of an entity type."""
        key = id(tree), entity_type, alias
        if key not in self._keys:
            relations = Relations(self.model, entity_type, alias)
            self._keys[key] = _text(relations.select(_id=relations.column(()), key=to_sql(tree, relations)))
        return self._keys[key]


def value_query(model: Model, entity_type: str, tree: Expression) -> str:
    """`_id`, `value` of an expression for every resource of an entity type."""
    relations = Relations(model, entity_type, "own")
    return _text(relations.select(_id=relations.column(()), value=to_sql(tree, relations)))


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


def scalar_rules(resource_type: ResourceType) -> dict[str, list[ScalarRule]]:
    """The scalar rules of each property, in document order."""
    ruled: dict[str, list[ScalarRule]] = {}
    for rule in resource_type.scalar_rules:
        ruled.setdefault(rule.property, []).append(rule)
    return ruled


def _held(query: str, number: int, owners: Relations) -> "exp.Join":
    """Those for whom a rule holds, joined to the owners."""
    from sqlglot import exp

    alias = f"held_{number}"
    found: exp.Subquery = exp.maybe_parse(query, dialect="duckdb").subquery(alias)
    same = exp.EQ(this=exp.column("owner_id", table=alias, quoted=True), expression=owners.column(()))
    return exp.Join(this=found, side="LEFT", on=same)


def _of_owners(entity_type: str, columns: dict[str, str]) -> str:
    """`owner_id` and columns that are written already, of every resource of an entity type."""
    written = {"owner_id": f'"owner".{quoted(ID)}'} | columns
    named = ", ".join(f"{value} AS {quoted(name)}" for name, value in written.items())
    return f'SELECT {named} FROM {quoted(RESOURCE_SCHEMA)}.{quoted(entity_type)} AS "owner"'


def _text(query: "exp.Expression") -> str:
    return query.sql(dialect="duckdb", copy=False)
