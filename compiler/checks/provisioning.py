"""Policies, resource types, rules (provisioning.md §2, §7)."""

from collections.abc import Iterator
from functools import cache

from compiler.bind.scope import is_navigation
from compiler.bind.tables import mapped_property, target_connector
from compiler.checks.registry import Finding, Subject, check
from compiler.checks.roles import automation_type
from compiler.expressions.compile import paths_of
from compiler.expressions.tree import Expression, Path
from compiler.model.contexts import IndirectResourceRule
from compiler.model.metadata import PropertyType
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import (
    BinaryRule,
    ComparisonType,
    NavigationRule,
    QueryRule,
    ResourceClassificationRule,
    ResourceCorrelationRule,
    ResourceType,
    RuleType,
    ScalarRule,
    TimeOffsetReference,
    TypeRule,
)
from compiler.model.roles import AnyAutomationRule, AnyRoleRule, AutomationRule

AUTOMATIC = 100
"""From this confidence on, a match needs no person (provisioning.md §8.2)."""

_KeyRule = QueryRule | ResourceCorrelationRule
_PropertyRule = ScalarRule | NavigationRule | QueryRule | BinaryRule
_TWINS = (
    TypeRule
    | NavigationRule
    | _KeyRule
    | ResourceClassificationRule
    | AnyRoleRule
    | AnyAutomationRule
    | IndirectResourceRule
)
"""The rules that have a natural key; those on scalars have E402."""


@check("E400")
def orphans_without_removal(it: Subject) -> Iterator[Finding]:
    """Removing orphans is removing."""
    for each in it.model.resource_types.values():
        if each.remove_orphans and not each.allow_remove:
            message = f"`{each.identifier}` removes orphans, but may remove nothing"
            also = ((each, "AllowRemove", "nothing may be removed"),)
            yield Finding(each, message, "RemoveOrphans", "allow removal, or keep orphans", also)


@check("E401")
def two_kinds_of_link_rules(it: Subject) -> Iterator[Finding]:
    """A navigation has one kind of rule (§7.6)."""
    for resource_type in it.model.resource_types.values():
        fixed = {rule.property: rule for rule in reversed(resource_type.navigation_rules)}
        for rule in resource_type.query_rules:
            if rule.property in fixed:
                message = f"`{rule.property}` has navigation rules and query rules"
                also = ((fixed[rule.property], "Property", "navigation rule"),)
                yield Finding(rule, message, "Property", "use one of the two kinds", also)


@check("E402")
def two_scalar_rules(it: Subject) -> Iterator[Finding]:
    """One value at a time; a rule with a role goes before one without (§7.5)."""
    for resource_type in it.model.resource_types.values():
        pairs = list(_contradictions(resource_type))
        repeated = [pair for pair in pairs if pair[0].element.attributes == pair[1].element.attributes]
        for first, rule in [*repeated[:1], *(pair for pair in pairs if pair not in repeated)]:
            also = ((first, "Property", "first rule"),)
            message = f"`{rule.property}` has two scalar rules for one period"
            if len(repeated) > 1 and (first, rule) == repeated[0]:
                message = f"{len(repeated)} scalar rules of `{resource_type.identifier}` are written twice"
            yield Finding(rule, message, "Property", "keep one", also)


def _contradictions(resource_type: ResourceType) -> Iterator[tuple[ScalarRule, ScalarRule]]:
    """Each rule that another one contradicts, behind that one."""
    seen: dict[tuple[object, ...], list[ScalarRule]] = {}
    for rule in resource_type.scalar_rules:
        alike = seen.setdefault((rule.property, rule.time_offset_reference, rule.single_role), [])
        yield from ((each, rule) for each in [each for each in alike if _overlap(each, rule)][:1])
        alike.append(rule)


def _overlap(one: ScalarRule, other: ScalarRule) -> bool:
    """Whether two rules with one reference ever hold together; known of those that count from one end (§7.4)."""
    if one.time_offset_reference not in (TimeOffsetReference.Before, TimeOffsetReference.After):
        return True
    starts = max(each.time_offset_before_reference for each in (one, other))
    return starts < min(each.time_offset_after_reference for each in (one, other))


@check("W444")
def shadowed_rule(it: Subject) -> Iterator[Finding]:
    """Of the rules that hold at once, the first fills a property that takes one resource (§7.7)."""
    for resource_type in it.model.resource_types.values():
        first: dict[tuple[object, ...], NavigationRule] = {}
        for rule in resource_type.navigation_rules:
            side = it.model.side(resource_type.target_entity_type, rule.property)
            if side is None or side.is_collection or rule.is_denied:
                continue
            criteria = (*sorted(rule.d.items()), *sorted(rule.l.items()), rule.single_role, rule.time_offset_reference)
            other = first.setdefault((rule.property, *criteria), rule)
            if other.resource != rule.resource:
                message = f"`{rule.property}` takes one resource, and another rule with the same criteria comes first"
                yield Finding(rule, message, "Resource", "keep one", ((other, "Resource", "this one counts"),))


@check("E403")
def rule_for_other_property(it: Subject) -> Iterator[Finding]:
    """Values for scalars, resources for navigations."""
    for resource_type, rule in _property_rules(it):
        if isinstance(rule, ScalarRule) and it.model.is_scalar(resource_type.target_entity_type, rule.property):
            continue
        message, help = _misfit(it.model, resource_type.target_entity_type, rule)
        if message:
            yield Finding(rule, message, "Property", help)


def _misfit(model: Model, target: str, rule: _PropertyRule) -> tuple[str, str]:
    """Why a kind of rule cannot fill its property, and what to do; empty when it can."""
    declared = model.property(target, rule.property)
    if declared is None:
        return f"`{rule.property}` exists without being declared, and cannot be filled", f"declare it in `{target}`"
    if isinstance(rule, BinaryRule):
        is_file = declared.type is PropertyType.Binary
        return (
            ("", "") if is_file else (f"`{rule.property}` is no file", "a BinaryRule fills a property of type Binary")
        )
    if isinstance(rule, ScalarRule) and declared.type is PropertyType.Binary:
        return f"`{rule.property}` is a file", "files are given by a BinaryRule"
    if isinstance(rule, ScalarRule) and is_navigation(model, target, rule.property):
        return f"`{rule.property}` is a navigation property", "use a NavigationRule or a QueryRule"
    if isinstance(rule, ScalarRule) or model.side(target, rule.property):
        return "", ""
    if is_navigation(model, target, rule.property):
        return f"`{rule.property}` is no side of an association", "declare an EntityAssociation for it"
    return f"`{rule.property}` is a scalar property", "use a ScalarRule"


@check("W404")
def policy_without_provisioning(it: Subject) -> Iterator[Finding]:
    """The default is off."""
    used = {each.policy for each in it.model.resource_types.values()}
    for policy in it.model.policies.values():
        if policy.identifier in used and not policy.is_provisioning_enabled:
            message = f"policy `{policy.identifier}` provisions nothing: its resource types give no orders"
            yield Finding(policy, message, "IsProvisioningEnabled", 'write `IsProvisioningEnabled="true"`')


@check("W405")
def unmapped_rule_property(it: Subject) -> Iterator[Finding]:
    """What no mapping reads is never compared."""
    loaded = cache(lambda target: target_connector(it.model, target) is not None)
    for resource_type, rule in _property_rules(it):
        target = resource_type.target_entity_type
        if not loaded(target):
            continue
        side = it.model.side(target, rule.property)
        is_compared = isinstance(rule, BinaryRule) or (isinstance(rule, ScalarRule) and rule.is_mapped)
        is_known = mapped_property(it.model, target, rule.property) or is_navigation(it.model, target, rule.property)
        if is_compared and not is_known:
            message = f"`{target}:{rule.property}` is not mapped; it is sent with a new target, and never compared"
            help = "map it" if isinstance(rule, BinaryRule) else 'map it, or write `IsMapped="false"`'
            yield Finding(rule, message, "Property", help)
        if side is not None and side.association.identifier not in it.model.association_mappings:
            message = f"association `{side.association.identifier}` of `{rule.property}` has no mapping"
            yield Finding(rule, message, "Property", "declare an EntityAssociationMapping for it")


@check("W406")
def idle_resource_type(it: Subject) -> Iterator[Finding]:
    """Something must give the type to an owner or a target."""
    ruled = {rule.resource_type for rule in it.model.correlation_rules}
    ruled |= {rule.resource_type for rule in it.model.classification_rules}
    for each in it.model.resource_types.values():
        if not each.type_rules and each.identifier not in ruled:
            message = f"nothing gives anybody the resource type `{each.identifier}`"
            yield Finding(each, message, "Identifier", "add a TypeRule, or a correlation or classification rule")


@check("W407")
def default_confidence(it: Subject) -> Iterator[Finding]:
    """The default level is 0, and matches below 100 wait for a person."""
    for node, attribute, level in _levels(it):
        if level < AUTOMATIC and attribute not in node.element.attributes:
            help = f'write `{attribute}="{AUTOMATIC}"` to apply matches by themselves'
            yield Finding(node, f"without {attribute} every match waits for review", "", help)


@check("E408")
def rule_without_source(it: Subject) -> Iterator[Finding]:
    """A rule says where its values come from."""
    for _, rule in _property_rules(it):
        if isinstance(rule, ScalarRule) and not rule.binding and not rule.expression:
            message = f"the rule on `{rule.property}` has neither Binding nor Expression"
            yield Finding(rule, message, "Property", "add one")
        if isinstance(rule, BinaryRule) and not rule.binding:
            yield Finding(rule, f"the rule on `{rule.property}` has no Binding", "Property", "add it")
    for key_rule in _key_rules(it):
        if not key_rule.source_binding and not key_rule.source_expression:
            message = f"this {key_rule.tag} has neither SourceBinding nor SourceExpression"
            yield Finding(key_rule, message, "", "add one")
        if not key_rule.target_binding and not key_rule.target_expression:
            message = f"this {key_rule.tag} has neither TargetBinding nor TargetExpression"
            yield Finding(key_rule, message, "", "add one")
    for classification in it.model.classification_rules:
        if not classification.target_expression:
            yield Finding(classification, "this ResourceClassificationRule has no TargetExpression")


@check("W409")
def rule_without_effect(it: Subject) -> Iterator[Finding]:
    """Suggestions are for people who ask (§2.2)."""
    for resource_type in it.model.resource_types.values():
        for rule in resource_type.type_rules:
            if rule.type is not RuleType.Required:
                message = f"a TypeRule of type {rule.type.name} assigns nothing in a run"
                yield Finding(rule, message, "Type", 'write `Type="Required"`, or remove the rule')


@check("W410")
def unmapped_target(it: Subject) -> Iterator[Finding]:
    """What is never loaded is never recognised."""
    for each in it.model.resource_types.values():
        if target_connector(it.model, each.target_entity_type) is None:
            message = f"`{each.target_entity_type}` is mapped to no connector: its resources are never loaded"
            yield Finding(each, message, "TargetEntityType", "declare an EntityTypeMapping for it")


@check("E411")
def target_without_property(it: Subject) -> Iterator[Finding]:
    """A key that is the same for every candidate finds nothing (§4.2)."""
    for rule in _key_rules(it):
        tree = it.bound.tree(rule, "target")
        if tree is not None and not paths_of(tree):
            message = "the TargetExpression uses no property of the resource that is looked for"
            yield Finding(rule, message, "TargetExpression", "its key must differ from one resource to the next")


@check("W412")
def twin_rules(it: Subject) -> Iterator[Finding]:
    """Two rules with one natural key (§2)."""
    first: dict[tuple[object, ...], Node] = {}
    for node, parent in it.model.nodes(*(kind for kind in it.model.kinds if issubclass(kind, _TWINS))):
        other = first.setdefault((_said_as(node), id(parent), *_natural_key(node)), node)
        if other is not node:
            also = ((other, "", "first rule"),)
            yield Finding(node, f"two {_said_as(node)} elements have the same criteria", "", "keep one", also)


def _said_as(node: Node) -> str:
    """The element of a rule; of an automation rule the one that is named after what the rule is about."""
    return f"{automation_type(node).name}AutomationRule" if isinstance(node, AnyAutomationRule) else node.tag


def _natural_key(node: Node) -> list[tuple[str, str]]:
    """All attributes but levels, offsets, decisions and priorities."""
    rest = ("TimeOffset", "IsDenied", "Decision", "Priority", *(("Type",) if isinstance(node, AutomationRule) else ()))
    items = node.element.attributes.items()
    return sorted((name, text) for name, text in items if not name.startswith(rest) and not name.endswith("Level"))


@check("W439")
def type_of_resource_type(it: Subject) -> Iterator[Finding]:
    """One documented sample has it (§2.3)."""
    for each in it.model.resource_types.values():
        if each.type is not None:
            message = f"the Type of resource type `{each.identifier}` is ignored"
            yield Finding(each, message, "Type", "remove it; a TypeRule may have one")


@check("W443")
def comparison_of_no_text(it: Subject) -> Iterator[Finding]:
    """Dates, numbers and the like are equal or not (§9)."""
    for resource_type in it.model.resource_types.values():
        for rule in resource_type.scalar_rules:
            if rule.comparison_type is ComparisonType.CaseSensitive:
                continue
            declared = it.model.property(resource_type.target_entity_type, rule.property)
            if declared is not None and declared.type is not PropertyType.String:
                message = f"ComparisonType has no effect on `{rule.property}`, which is no text"
                yield Finding(rule, message, "ComparisonType", "remove it")


@check("E440")
def no_file(it: Subject) -> Iterator[Finding]:
    """A text is no file."""
    for resource_type in it.model.resource_types.values():
        for rule in resource_type.binary_rules:
            tree = it.bound.tree(rule, "file")
            if tree is not None and not _is_file(it.model, resource_type.source_entity_type, tree):
                yield Finding(rule, f"`{rule.binding}` is no file", "Binding", "name a property of type Binary")


def _is_file(model: Model, entity_type: str, tree: Expression) -> bool:
    """Whether a value is read from a property of type Binary."""
    if not isinstance(tree, Path) or not tree.segments:
        return False
    at = entity_type
    for name in tree.segments[:-1]:
        side = model.side(at, name)
        at = side.target if side else ""
    declared = model.property(at, tree.segments[-1])
    return declared is not None and declared.type is PropertyType.Binary


def _property_rules(it: Subject) -> Iterator[tuple[ResourceType, _PropertyRule]]:
    for each in it.model.resource_types.values():
        links: tuple[_PropertyRule, ...] = (*each.navigation_rules, *each.query_rules)
        yield from ((each, rule) for rule in (*each.scalar_rules, *links, *each.binary_rules))


def _key_rules(it: Subject) -> Iterator[_KeyRule]:
    for each in it.model.resource_types.values():
        yield from each.query_rules
    yield from it.model.correlation_rules


def _levels(it: Subject) -> Iterator[tuple[Node, str, int]]:
    for each in it.model.resource_types.values():
        for rule in each.query_rules:
            yield rule, "TargetMatchedConfidenceLevel", rule.target_matched_confidence_level
    for correlation in it.model.correlation_rules:
        yield correlation, "SourceMatchedConfidenceLevel", correlation.source_matched_confidence_level
    for classification in it.model.classification_rules:
        level = classification.resource_type_identification_confidence_level
        yield classification, "ResourceTypeIdentificationConfidenceLevel", level
