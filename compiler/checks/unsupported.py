"""What the language documents and this version does not evaluate: said aloud, so that nothing is silently ignored."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from compiler.bind.context_values import sections_of
from compiler.bind.values import family_number
from compiler.checks.jobs import tasks_without_counterpart
from compiler.checks.registry import Finding, Subject, check
from compiler.checks.roles import automation_type
from compiler.checks.scaffoldings import idle_arguments
from compiler.checks.unevaluated import refused
from compiler.model.metadata import EntityProperty, EntityType
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import BinaryRule, Policy, ResourceType, TimeOffsetReference
from compiler.model.roles import AnyAutomationRule, AutomationRuleType

_UNUSED: dict[type[Node], tuple[str, ...]] = {
    EntityType: ("LicenseTag",),
    EntityProperty: ("FlexibleComparisonExpression", "HistoryPrecision"),
    ResourceType: ("SuggestAllCorrelations", "FulfillHoursAheadOfTime", "TransmittedStateValidityPeriod"),
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
    provisioning = {each.policy for each in it.model.resource_types.values()}
    for kind, pairs in it.model.kinds.items():
        if issubclass(kind, Policy):
            pairs = [(node, parent) for node, parent in pairs if getattr(node, "identifier", "") in provisioning]
        for node, _ in pairs if kind is BinaryRule else ():
            yield Finding(node, "BinaryRule is not supported yet", "", _HELP)
        yield from _criteria(kind, pairs)
        yield from _rules(kind, pairs)
        yield from _foreign_policies(it, kind, pairs)
    yield from _contexts(it)
    yield from _automation(it)
    yield from refused(it)


def _criteria(kind: type[Node], pairs: _Pairs) -> Iterator[Finding]:
    """Dimensions: `D…`, `L…`, `P…`, `R…`."""
    if not issubclass(kind, Policy | ResourceType) and not hasattr(kind, "time_offset_reference"):
        return
    written = set().union(*(node.element.attributes for node, _ in pairs))
    names = {name for name in written if any(family_number(family, name) is not None for family in "DLPR")}
    for node, _ in pairs if names else ():
        for name, text in node.element.attributes.items():
            if name in names and text.lower() not in ("false", "0"):
                yield Finding(node, f"dimension criteria such as {name} are not supported yet", name, _HELP)


def _rules(kind: type[Node], pairs: _Pairs) -> Iterator[Finding]:
    """Roles and periods that a rule of a resource type depends on."""
    for node, parent in pairs if hasattr(kind, "single_role") else ():
        if getattr(node, "single_role", None) and isinstance(parent, ResourceType):
            yield Finding(node, "criteria on roles are not supported yet", "SingleRole", _HELP)
    for node, parent in pairs if hasattr(kind, "time_offset_reference") else ():
        is_offset = getattr(node, "time_offset_reference", None) is not TimeOffsetReference.Default
        if is_offset and isinstance(parent, ResourceType):
            yield Finding(node, "time offsets are not supported yet", "TimeOffsetReference", _HELP)


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


_PERIODS = ("Resources", "ResourcesStart", "ResourcesEnd", "Exclude")
"""What a context rule says of who takes part and when, by a binding or an expression."""


def _contexts(it: Subject) -> Iterator[Finding]:
    """Context rules and sections that decide who is provisioned from when to when: one finding for each rule."""
    provisioned = {each.source_entity_type for each in it.model.resource_types.values()}
    for rule in it.model.context_rules.values():
        if rule.source_entity_type not in provisioned:
            continue
        names = [f"{what}{form}" for what in _PERIODS for form in ("Binding", "Expression")]
        written = next((name for name in names if rule.element.attributes.get(name)), "")
        sections = sections_of(it.model, rule.source_entity_type)
        if written:
            yield Finding(rule, "contexts of owners are not supported yet", written, _HELP)
        elif sections:
            yield Finding(sections[0], "record sections of owners are not supported yet", "SourceEntityType", _HELP)


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


def _idle(it: Subject) -> Iterator[Finding]:
    """What no resource type depends on: one finding for all, at the first."""
    refused = {id(found.node) for found in (*_contexts(it), *_automation(it))}
    asking = (kind for kind in it.model.kinds if hasattr(kind, "single_role"))
    needs_roles = any(getattr(node, "single_role", None) for node, parent in it.model.nodes(*asking) if parent)
    roles = () if needs_roles else (*it.model.single_roles.values(), *it.model.composite_roles.values())
    rules = () if needs_roles else it.model.role_rules
    others = (*it.model.indirect_rules, *it.model.context_rules.values(), *it.model.automation_rules)
    idle = [node for node in (*roles, *rules, *others) if id(node) not in refused]
    if idle:
        counted = ", ".join(f"{tag} ({count})" for tag, count in Counter(node.tag for node in idle).items())
        yield Finding(idle[0], f"no resource type depends on these, and they have no effect in this version: {counted}")
