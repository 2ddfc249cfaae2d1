"""What the language documents and this version does not evaluate: said aloud, so that nothing is silently ignored."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from compiler.bind.values import family_number
from compiler.checks.jobs import tasks_without_counterpart
from compiler.checks.registry import Finding, Subject, check
from compiler.checks.roles import automation_type
from compiler.checks.scaffoldings import idle_arguments
from compiler.checks.unevaluated import refused
from compiler.model.connectors import Connector
from compiler.model.metadata import EntityProperty, EntityType
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import BinaryRule, ResourceType
from compiler.model.roles import AnyAutomationRule, AutomationRuleType

_UNUSED: dict[type[Node], tuple[str, ...]] = {
    EntityType: ("LicenseTag",),
    EntityProperty: ("FlexibleComparisonExpression", "HistoryPrecision"),
    Connector: ("MaximumLinkUpdatedLines", "MaxLinkPercentageUpdatedLines"),
}
"""Attributes without which a run does the same, later or with fewer suggestions."""

_Pairs = list[tuple[Node, Node | None]]
"""All items of a kind, with their parents."""

_HELP = "remove it; this version does not evaluate it"


@check("W498")
def unused_attribute(it: Subject) -> Iterator[Finding]:
    """Accepted, and without effect for now."""
    for kind, attributes in _UNUSED.items():
        for node, attribute in product((node for node, _ in it.model.nodes(kind)), attributes):
            if attribute in node.element.attributes:
                yield Finding(node, f"{attribute} has no effect in this version", attribute)
    yield from _idle(it)
    yield from tasks_without_counterpart(it)
    yield from idle_arguments(it)


@check("E499")
def not_supported(it: Subject) -> Iterator[Finding]:
    """Refused, because leaving it out would change what a run does."""
    for kind, pairs in it.model.kinds.items():
        for node, _ in pairs if kind is BinaryRule else ():
            yield Finding(node, "BinaryRule is not supported yet", "", _HELP)
        yield from _foreign_policies(it, kind, pairs)
    if _needs_roles(it.model):
        yield from _role_values(it.model)
    yield from _contexts(it)
    yield from _automation(it)
    yield from refused(it)


def _role_values(model: Model) -> Iterator[Finding]:
    """Values of dimensions that roles give their holders."""
    for role in model.single_roles.values():
        for number in role.d:
            name = next(each for each in role.element.attributes if family_number("D", each) == number)
            message = f"values that a role gives its holders, such as {name}, are not supported yet"
            yield Finding(role, message, name, _HELP)


def _foreign_policies(it: Subject, kind: type[Node], pairs: _Pairs) -> Iterator[Finding]:
    """Rules in another policy than their resource type's."""
    for node, parent in pairs if hasattr(kind, "policy") else ():
        policy = getattr(node, "policy", None)
        if not policy:
            continue
        owner = parent if parent is not None else it.model.resource_types.get(getattr(node, "resource_type", ""))
        if isinstance(owner, ResourceType) and policy != owner.policy:
            message = f"a rule of policy `{policy}` for a resource type of policy `{owner.policy}` is not supported yet"
            also = ((owner, "Policy", "the resource type's"),)
            yield Finding(node, message, "Policy", f"write `{owner.policy}`", also)


def _contexts(it: Subject) -> Iterator[Finding]:
    """Context rules and sections that decide who is provisioned from when to when: one finding for each rule."""
    for rule in it.model.context_rules.values():
        if rule.source_entity_type not in _owners(it.model):
            continue
        if rule.resources_expression:
            message = "records that an expression finds are not supported yet"
            yield Finding(rule, message, "ResourcesExpression", "write ResourcesBinding")


def _owners(model: Model) -> set[str]:
    """The entity types of owners."""
    return {each.source_entity_type for each in model.resource_types.values()}


def _automation(it: Subject) -> Iterator[Finding]:
    """Decisions on what resource types have given."""
    for rule in it.model.automation_rules:
        if any(_decides_on(rule, each, it.model) for each in it.model.resource_types.values()):
            yield Finding(rule, "decisions without a person are not supported yet", "", _HELP)


def _decides_on(rule: AnyAutomationRule, resource_type: ResourceType, model: Model) -> bool:
    kind = automation_type(rule)
    if kind is AutomationRuleType.ResourceType:
        return getattr(rule, "resource_type", None) == resource_type.identifier
    if getattr(rule, "entity_type", None) != resource_type.source_entity_type:
        return False
    if kind is AutomationRuleType.Policy:
        return rule.policy == resource_type.policy
    return kind is AutomationRuleType.Category and resource_type.category == getattr(rule, "category", None)


def _needs_roles(model: Model) -> bool:
    """Whether some rule of a resource type asks for a role."""
    asking = (kind for kind in model.kinds if hasattr(kind, "single_role"))
    return any(getattr(node, "single_role", None) for node, parent in model.nodes(*asking) if parent)


def _idle(it: Subject) -> Iterator[Finding]:
    """What no resource type depends on: one finding for all, at the first."""
    refused = {id(found.node) for found in (*_contexts(it), *_automation(it))}
    needs_roles = _needs_roles(it.model)
    roles = () if needs_roles else (*it.model.single_roles.values(), *it.model.composite_roles.values())
    rules = () if needs_roles else it.model.role_rules
    contexts = [each for each in it.model.context_rules.values() if each.source_entity_type not in _owners(it.model)]
    others = (*it.model.indirect_rules, *contexts, *it.model.automation_rules)
    idle = [node for node in (*roles, *rules, *others) if id(node) not in refused]
    if idle:
        counted = ", ".join(f"{tag} ({count})" for tag, count in Counter(node.tag for node in idle).items())
        yield Finding(idle[0], f"no resource type depends on these, and they have no effect in this version: {counted}")
