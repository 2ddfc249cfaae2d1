"""Rules with criteria and periods in, SQL out: who has a target now, which links and values hold now (§7)."""

from collections.abc import Iterator, Sequence

from compiler.model.contexts import ContextRule
from compiler.model.model import Model, Side
from compiler.model.provisioning import (
    NavigationRule,
    QueryRule,
    ResourceType,
    ScalarRule,
    TimeOffsetReference,
    TypeRule,
)
from compiler.model.roles import AnyRole
from compiler.plan.criteria import Offset, Timed, active
from compiler.plan.places import label, origin
from compiler.plan.relations import key_properties
from compiler.plan.slices import Criteria
from compiler.plan.tables import ID, quoted, resource_table, text

PropertyRule = ScalarRule | NavigationRule | QueryRule
AnyRule = TypeRule | PropertyRule

_PRECEDENCE = (
    TimeOffsetReference.Default,
    TimeOffsetReference.Around,
    TimeOffsetReference.Before,
    TimeOffsetReference.After,
)
"""Which of two rules of one property holds where both do; the documented order of overwriting, backwards (§7.4)."""


def context_rule(model: Model, resource_type: ResourceType) -> ContextRule | None:
    """The rule that says when the owners of a resource type are there, and with which values."""
    entity_type = resource_type.source_entity_type
    own = [each for each in model.context_rules.values() if each.source_entity_type == entity_type]
    return next((each for each in own if each.policy == resource_type.policy), own[0] if own else None)


def is_in_time(model: Model, resource_type: ResourceType) -> bool:
    """Whether what the owners of a resource type get depends on contexts, roles or time."""
    return context_rule(model, resource_type) is not None or any(map(_asks, _rules(resource_type)))


def minutes(resource_type: ResourceType) -> tuple[int, ...]:
    """The moments, counted from the present, that the queries of a resource type ask about."""
    found = {0, _ahead(resource_type)}
    for by, after in (offset_of(rule).minutes for rule in _rules(resource_type)):
        found |= {by + _ahead(resource_type), after}
    return tuple(sorted(found))


def offset_of(rule: AnyRule) -> Offset:
    """How a rule's period lies to its reference."""
    reference = TimeOffsetReference(rule.time_offset_reference)
    if reference is TimeOffsetReference.Default:
        return Offset()
    return Offset(reference, rule.time_offset_before_reference, rule.time_offset_after_reference)


def is_conditional(rule: PropertyRule) -> bool:
    """Whether a rule holds for some owners or at some times only, of those who have the target."""
    return _asks(rule)


def is_chosen(rules: Sequence[ScalarRule]) -> bool:
    """Whether it depends on the owner and the time which of a property's rules holds, if any does."""
    return len(rules) > 1 or is_conditional(rules[0])


def by_precedence(rules: Sequence[ScalarRule]) -> list[ScalarRule]:
    """The rules of one property, those that win over others first: roles, then offsets, then document order (§7.5)."""
    return sorted(
        rules,
        key=lambda rule: (rule.single_role is None, _PRECEDENCE.index(TimeOffsetReference(offset_of(rule).reference))),
    )


def wanted(model: Model, resource_type: ResourceType) -> str:
    """`owner_id`, `rule` of those who shall have a target now: by type rules, by rules that imply the target because
    they ask for something, and by values whose period sticks out of the target's; empty when nothing creates any."""
    given = [rule for rule in resource_type.type_rules if rule.type == 0 and not rule.is_denied]
    implying: list[PropertyRule] = [
        rule for rule in resource_type.navigation_rules if _criteria_of(rule) and not rule.is_denied
    ]
    implying += [rule for rule in resource_type.scalar_rules if rule.single_role]
    reaching = [rule for rule in _properties(resource_type) if offset_of(rule).reference] if given else []
    rules = [*_timed(model, resource_type, given)]
    for rule in dict.fromkeys([*implying, *reaching]):
        rules += _timed_property(model, resource_type, rule, len(rules))
    if not rules:
        return ""
    denied = [rule for rule in resource_type.type_rules if rule.is_denied]
    query = f"SELECT owner_id, arg_min(rule, number) AS rule FROM ({_active(resource_type, rules)}) AS held"
    if denied:
        no = _active(resource_type, list(_timed(model, resource_type, denied)))
        query += f" WHERE owner_id NOT IN (SELECT owner_id FROM ({no}) AS denied)"
    return f"{query} GROUP BY owner_id"


def holds(model: Model, resource_type: ResourceType, rule: PropertyRule) -> str:
    """`owner_id` of those for whom a rule of a property holds now, if they have the target."""
    return (
        f"SELECT DISTINCT owner_id FROM ({_active(resource_type, _timed_property(model, resource_type, rule, 0))}) AS a"
    )


def links(model: Model, resource_type: ResourceType, rules: Sequence[NavigationRule], side: Side) -> str:
    """`owner_id`, `resource_id`, `rule`, `confidence` of the links that fixed rules of one navigation give now.

    A rule that denies a resource wins over those that give it. Of a mono-valued navigation the first rule counts.
    """
    ranked = sorted(rules, key=lambda rule: _PRECEDENCE.index(TimeOffsetReference(offset_of(rule).reference)))
    given = [rule for rule in ranked if not rule.is_denied]
    denied = [rule for rule in ranked if rule.is_denied]
    held = _held_links(model, resource_type, given, side.target)
    if denied:
        no = _held_links(model, resource_type, denied, side.target)
        same = "no.owner_id = held.owner_id AND no.resource_id = held.resource_id"
        held = f"SELECT held.* FROM ({held}) AS held ANTI JOIN ({no}) AS no ON {same}"
    one = "owner_id, resource_id" if side.is_collection else "owner_id"
    order = f"row_number() OVER (PARTITION BY {one} ORDER BY number, resource_id) AS place"
    return (
        "SELECT owner_id, resource_id, rule, 150 AS confidence "
        f"FROM (SELECT *, {order} FROM ({held}) AS held) AS ranked WHERE place = 1"
    )


def _held_links(model: Model, resource_type: ResourceType, rules: Sequence[NavigationRule], linked: str) -> str:
    """`owner_id`, `resource_id`, `rule`, `number` of the rules that hold now."""
    if not rules:
        return "SELECT NULL::BIGINT AS owner_id, NULL::BIGINT AS resource_id, NULL AS rule, 0 AS number WHERE false"
    holding = _holding(model, resource_type, rules)
    named = ", ".join(f"({number}, {text(rule.resource)})" for number, rule in enumerate(rules))
    found = " UNION ".join(
        f"SELECT {ID} AS resource_id, {quoted(key)} AS key FROM {resource_table(linked)}"
        for key in key_properties(model, linked)
    )
    return (
        f"SELECT a.owner_id, f.resource_id, a.rule, a.number FROM ({holding}) AS a "
        f"JOIN (VALUES {named}) AS n(number, key) ON n.number = a.number JOIN ({found}) AS f ON f.key = n.key"
    )


def _holding(model: Model, resource_type: ResourceType, rules: Sequence[NavigationRule]) -> str:
    """`owner_id`, `number`, `rule`: who meets a rule now; all who have the target meet one that asks for nothing."""
    parts = []
    asking = [(number, rule) for number, rule in enumerate(rules) if _asks(rule)]
    if asking:
        timed = [each for number, rule in asking for each in _timed_property(model, resource_type, rule, number)]
        parts.append(_active(resource_type, timed))
    always = ", ".join(
        f"({number}, {text(label(origin(rule)))})" for number, rule in enumerate(rules) if not _asks(rule)
    )
    if always:
        owners = resource_table(resource_type.source_entity_type)
        parts.append(
            f"SELECT o.{ID} AS owner_id, v.number, v.rule FROM {owners} AS o "
            f"CROSS JOIN (VALUES {always}) AS v(number, rule)"
        )
    return " UNION ALL ".join(parts)


def _active(resource_type: ResourceType, rules: Sequence[Timed]) -> str:
    return active(resource_type.source_entity_type, rules, _ahead(resource_type))


def _ahead(resource_type: ResourceType) -> int:
    """How many minutes before its beginning something may be ordered."""
    return 60 * resource_type.fulfill_hours_ahead_of_time


def _timed(model: Model, resource_type: ResourceType, rules: Sequence[TypeRule]) -> Iterator[Timed]:
    for number, rule in enumerate(rules):
        yield Timed(_criteria(model, resource_type, rule, rule, number), offset_of(rule))


def _timed_property(model: Model, resource_type: ResourceType, rule: PropertyRule, number: int) -> list[Timed]:
    """When a rule of a property holds. What it does not say it has from the type rules: without criteria theirs, and
    without an offset theirs (§7.4)."""
    given = [each for each in resource_type.type_rules if each.type == 0 and not each.is_denied]
    asked: Sequence[AnyRule] = [rule] if _criteria_of(rule) or not given else given
    own = offset_of(rule)
    offsets = {own} if own.reference or not given else {offset_of(each) for each in given}
    return [
        Timed(_criteria(model, resource_type, each, rule, number), offset)
        for each in asked
        for offset in sorted(offsets)
    ]


def _criteria(model: Model, resource_type: ResourceType, asked: AnyRule, named: AnyRule, number: int) -> Criteria:
    """What one rule asks, under the name of the rule that it is asked for."""
    values = {**model.policies[resource_type.policy].d, **getattr(asked, "d", {})}
    inherits: dict[int, bool] = getattr(asked, "l", {})
    return Criteria(
        number=number,
        rule=label(origin(named)),
        values=tuple(sorted(values.items())),
        required=required(resource_type),
        below=tuple(sorted(each for each, on in inherits.items() if on and each in values)),
        role=getattr(asked, "single_role", None),
    )


def required(item: ResourceType | AnyRole) -> tuple[int, ...]:
    """The dimensions without a value of which nobody gets something: its parameters (§7.1)."""
    return tuple(sorted(number for number, on in item.r.items() if on))


def _criteria_of(rule: AnyRule) -> bool:
    return bool(getattr(rule, "d", None) or getattr(rule, "single_role", None))


def _asks(rule: AnyRule) -> bool:
    """Whether a rule asks for a value of a dimension, a role or a time."""
    return _criteria_of(rule) or bool(rule.time_offset_reference)


def _properties(resource_type: ResourceType) -> tuple[PropertyRule, ...]:
    return (*resource_type.scalar_rules, *resource_type.navigation_rules, *resource_type.query_rules)


def _rules(resource_type: ResourceType) -> tuple[AnyRule, ...]:
    return (*resource_type.type_rules, *_properties(resource_type))
