"""Context rules and roles in, the steps that say in which contexts identities stand and which roles they hold out."""

from collections.abc import Iterator
from graphlib import TopologicalSorter

from compiler.bind.bound import Bound
from compiler.bind.context_values import sections_of
from compiler.model.contexts import ContextRule, Dimension
from compiler.model.model import Model
from compiler.model.roles import AnyRole, AnyRoleRule, CompositeRoleRule, SingleRoleRule
from compiler.plan import sections
from compiler.plan.places import label, origin
from compiler.plan.records import Records
from compiler.plan.relations import key_properties
from compiler.plan.steps import DimensionValues, Origin, RoleRule, Roles
from compiler.plan.tables import FIRST, ID, LAST, SIDE, link_table, moment, quoted, resource_table
from compiler.plan.timed import context_rule, is_in_time, required


def roles(bound: Bound) -> Iterator[Roles]:
    """One step for each entity type whose identities stand in contexts that some resource type asks about."""
    model = bound.model
    asking = [each for each in model.resource_types.values() if is_in_time(model, each)]
    for entity_type in dict.fromkeys(each.source_entity_type for each in asking):
        first = next(each for each in asking if each.source_entity_type == entity_type)
        yield _step(bound, entity_type, context_rule(model, first), origin(first))


def _step(bound: Bound, entity_type: str, rule: ContextRule | None, place: Origin) -> Roles:
    model = bound.model
    rules = [each for each in model.role_rules if _role(model, each).entity_type == entity_type and each.type == 0]
    composite = [each for each in rules if isinstance(each, CompositeRoleRule)]
    single = [each for each in rules if isinstance(each, SingleRoleRule)]
    return Roles(
        id=f"roles {entity_type}",
        origin=origin(rule) if rule else place,
        entity_type=entity_type,
        contexts=_contexts(bound, rule) if rule else "",
        excluded=_excluded(bound, rule) if rule else "",
        dimensions=tuple(_values(model, each) for each in model.dimensions.values()),
        composite=tuple(_layers(model, composite)),
        single=tuple(_role_rule(model, each) for each in single),
    )


def _role(model: Model, rule: AnyRoleRule) -> AnyRole:
    return model.single_roles[rule.role] if isinstance(rule, SingleRoleRule) else model.composite_roles[rule.role]


def _layers(model: Model, rules: list[CompositeRoleRule]) -> Iterator[tuple[RoleRule, ...]]:
    """The rules, those of a role after those of the roles that it needs."""
    graph: dict[str, set[str]] = {}
    for rule in rules:
        graph.setdefault(rule.role, set()).update([rule.parent_role] if rule.parent_role else [])
    order = TopologicalSorter(graph)
    order.prepare()
    while order.is_active():
        ready = order.get_ready()
        layer = tuple(_role_rule(model, rule) for rule in rules if rule.role in ready)
        if layer:
            yield layer
        order.done(*ready)


def _role_rule(model: Model, rule: AnyRoleRule) -> RoleRule:
    needs = rule.composite_role if isinstance(rule, SingleRoleRule) else rule.parent_role
    values = {**model.policies[rule.policy].d, **rule.d}
    return RoleRule(
        role=rule.role,
        rule=label(origin(rule)),
        needs=needs,
        values=tuple(sorted(values.items())),
        required=required(_role(model, rule)),
        below=tuple(sorted(number for number, on in rule.l.items() if on and number in values)),
        is_denied=rule.is_denied,
        priority=rule.priority,
    )


def _values(model: Model, dimension: Dimension) -> DimensionValues:
    table = resource_table(dimension.entity_type)
    keys = (
        f"SELECT {ID}, {quoted(key)} AS key FROM {table} WHERE {quoted(key)} IS NOT NULL"
        for key in key_properties(model, dimension.entity_type)
    )
    side = model.side(dimension.entity_type, dimension.parent_property or "") if dimension.is_hierarchical else None
    above = ""
    if side is not None:
        near, far = SIDE[side.number], SIDE[3 - side.number]
        above = f"SELECT {near} AS {ID}, {far} AS above FROM {link_table(side.association.identifier)}"
    return DimensionValues(number=dimension.column_mapping, keys=" UNION ".join(keys), above=above)


def _contexts(bound: Bound, rule: ContextRule) -> str:
    """The contexts of identities over time. Without sections an identity has one: that of its record which is valid
    now, else of the next, else of the last; of two the one that ends later."""
    declared = sections_of(bound.model, rule.source_entity_type)
    if declared:
        return sections.contexts(bound, rule, declared)
    records = Records(bound, rule)
    columns = {"starts": records.date(bound.start(rule), FIRST), "ends": records.date(bound.end(rule), LAST)}
    columns |= {str(number): records.value(bound, number) for number in _numbers(bound.model)}
    query = records.select(columns, bound.excluded(rule), is_excluded=False)
    now, names = moment(0), ", ".join(quoted(name) for name in columns)
    order = (
        f"starts <= {now} AND ends > {now} DESC, starts > {now} DESC, "
        f"CASE WHEN starts > {now} THEN starts END, ends DESC, record_id"
    )
    ranked = f"SELECT *, row_number() OVER (PARTITION BY owner_id ORDER BY {order}) AS place"
    return f"SELECT owner_id, {names} FROM ({ranked} FROM ({query}) AS r WHERE starts < ends) AS ranked WHERE place = 1"


def _numbers(model: Model) -> list[int]:
    return [each.column_mapping for each in model.dimensions.values()]


def _excluded(bound: Bound, rule: ContextRule) -> str:
    """The identities all of whose records are excluded."""
    test = bound.excluded(rule)
    if test is None:
        return ""
    out, left = (Records(bound, rule).select({}, test, is_excluded=which) for which in (True, False))
    return f"SELECT DISTINCT owner_id FROM ({out}) AS o WHERE owner_id NOT IN (SELECT owner_id FROM ({left}) AS i)"
