"""Roles, role rules, automation rules, indirect rules (provisioning.md §2.2, §10.4, §10.5)."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from compiler.bind.resolve import property_names
from compiler.checks.registry import Finding, Subject, check
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.contexts import IndirectResourceRule
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import ResourceType
from compiler.model.roles import (
    AnyAutomationRule,
    AnyRole,
    AutomationRule,
    AutomationRuleType,
    CompositeRoleRule,
    SingleRoleRule,
    WorkflowState,
)

_OF_OWNERS = (AutomationRuleType.Category, AutomationRuleType.Policy)
"""The types of automation rules that say of which entity type the owners are; the others imply it."""


@check("W416")
def role_of_others(it: Subject) -> Iterator[Finding]:
    """A criterion that nobody can meet."""
    for node, attribute, entity_type, role in _role_criteria(it.model):
        if role.entity_type != entity_type:
            message = f"`{role.identifier}` is a role of `{role.entity_type}`; no `{entity_type}` can have it"
            also = ((role, "EntityType", "who can have it"),)
            yield Finding(node, message, attribute, f"name a role of `{entity_type}`", also)


def _role_criteria(model: Model) -> Iterator[tuple[Node, str, str, AnyRole]]:
    """Every role that is asked for: the rule, its attribute, the entity type of those who are asked, the role."""
    for node, parent in model.nodes() if model.single_roles else ():
        if isinstance(parent, ResourceType):
            role = model.single_roles.get(getattr(node, "single_role", None) or "")
            if role is not None:
                yield node, "SingleRole", parent.source_entity_type, role
    for rule in model.role_rules:
        if isinstance(rule, SingleRoleRule) and rule.composite_role:
            entity_type = model.single_roles[rule.role].entity_type
            yield rule, "CompositeRole", entity_type, model.composite_roles[rule.composite_role]
        if isinstance(rule, CompositeRoleRule) and rule.parent_role:
            entity_type = model.composite_roles[rule.role].entity_type
            yield rule, "ParentRole", entity_type, model.composite_roles[rule.parent_role]


@check("E417")
def cyclic_roles(it: Subject) -> Iterator[Finding]:
    """Who needs the one role for the other never gets either."""
    rules = [rule for rule in it.model.role_rules if isinstance(rule, CompositeRoleRule) and rule.parent_role]
    asked = {(rule.role, rule.parent_role): rule for rule in reversed(rules)}
    graph: dict[str, list[str]] = {}
    for role, parent in asked:
        graph.setdefault(role, []).append(str(parent))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        first, *others = (asked[pair] for pair in zip(circle, circle[1:], strict=False))
        also = tuple((other, "ParentRole", "and this one goes on") for other in others)
        message = f"composite roles require each other in a circle: {' → '.join(circle)}"
        yield Finding(first, message, "ParentRole", "remove ParentRole from one of the rules", also)


@check("E418")
def correspondence_alone(it: Subject) -> Iterator[Finding]:
    """The way into another system has all of its steps."""
    for rule in it.model.indirect_rules:
        there, onwards = rule.correspondence, rule.correspondence_membership_property
        if there and not onwards:
            message = "Correspondence leads to another system, and nothing says which property to follow there"
            yield Finding(rule, message, "Correspondence", "add CorrespondenceMembershipProperty")
        if onwards and not there:
            message = "CorrespondenceMembershipProperty is followed in another system, and nothing leads there"
            yield Finding(rule, message, "CorrespondenceMembershipProperty", "add Correspondence")
        if rule.entitlement and not (there or onwards):
            message = "Entitlement is read in another system, and nothing leads there"
            help = "add Correspondence and CorrespondenceMembershipProperty"
            yield Finding(rule, message, "Entitlement", help)


@check("E419")
def bad_indirect_property(it: Subject) -> Iterator[Finding]:
    """Each property is one of what the property before it leads to."""
    for rule in it.model.indirect_rules:
        target = it.model.resource_types[rule.resource_type].target_entity_type
        yield from _navigation(it.model, rule, target, rule.property, "Property")
        yield from _navigation(it.model, rule, target, rule.correspondence, "Correspondence")
        there = _target(it.model, target, rule.correspondence)
        onwards = "CorrespondenceMembershipProperty"
        yield from _navigation(it.model, rule, there, rule.correspondence_membership_property, onwards)
        held = _target(it.model, there, rule.correspondence_membership_property)
        if held and rule.entitlement and rule.entitlement not in property_names(it.model, held):
            help = did_you_mean(rule.entitlement, property_names(it.model, held))
            yield Finding(rule, f"`{held}` has no property `{rule.entitlement}`", "Entitlement", help)


def _target(model: Model, entity_type: str, name: str | None) -> str:
    side = model.side(entity_type, name or "")
    return side.target if side else ""


def _navigation(
    model: Model, rule: IndirectResourceRule, entity_type: str, name: str | None, attribute: str
) -> Iterator[Finding]:
    if not entity_type or not name or model.side(entity_type, name):
        return
    navigations = [one for of, one in model.sides if of == entity_type]
    message = f"`{entity_type}` has no property `{name}`"
    if name in property_names(model, entity_type):
        message = f"`{name}` of `{entity_type}` is no navigation property, so nothing can be followed"
    yield Finding(rule, message, attribute, did_you_mean(name, navigations))


@check("E420")
def automation_subject(it: Subject) -> Iterator[Finding]:
    """An automation rule names what its type is about, and nothing else."""
    for rule in it.model.automation_rules:
        if not isinstance(rule, AutomationRule):
            continue
        wanted, foreign = rule.type.name, _foreign_subjects(rule)
        if wanted not in rule.element.attributes:
            help = f"add {wanted}" + "".join(f', or write `Type="{name}"`' for name in foreign)
            yield Finding(rule, f"the rule is about a {wanted}, and names none", "Type", help)
            continue
        if rule.type in _OF_OWNERS and not rule.entity_type:
            message = f"a rule about a {wanted} says of which entity type the owners are"
            yield Finding(rule, message, "Type", "add EntityType")
        for name in foreign:
            message = f"a rule of type {wanted} is not about a {name}"
            yield Finding(rule, message, name, f'remove it, or write `Type="{name}"`')


def _foreign_subjects(rule: AutomationRule) -> list[str]:
    """The attributes that name what the rule is not about; Policy is also the policy that the rule is part of."""
    others = (kind.name for kind in AutomationRuleType if kind not in (rule.type, AutomationRuleType.Policy))
    return [name for name in others if name in rule.element.attributes]


@check("W421")
def implied_entity_type(it: Subject) -> Iterator[Finding]:
    """A role and a resource type have an entity type of their own."""
    for rule in it.model.automation_rules:
        if rule.element.attributes.get("EntityType") and automation_type(rule) not in _OF_OWNERS:
            message = f"the entity type is implied by the {automation_type(rule).name}"
            yield Finding(rule, message, "EntityType", "remove it")


@check("W422")
def automation_without_state(it: Subject) -> Iterator[Finding]:
    """No assignment waits in the state None, which is the default."""
    for rule in it.model.automation_rules:
        if rule.workflow_state is WorkflowState.None_:
            message = f"this {rule.tag} decides on nothing: no assignment waits in the state None"
            yield Finding(rule, message, "WorkflowState", 'write for example `WorkflowState="PendingApproval"`')


def automation_type(rule: AnyAutomationRule) -> AutomationRuleType:
    """What a rule is about: its element says so, or its Type."""
    if isinstance(rule, AutomationRule):
        return rule.type
    return AutomationRuleType[rule.tag.removesuffix("AutomationRule")]
