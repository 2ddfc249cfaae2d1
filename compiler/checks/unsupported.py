"""What the language documents and this version does not evaluate: said aloud, so that nothing is silently ignored."""

from collections.abc import Iterator

from compiler.bind.resolve import nodes_of
from compiler.bind.values import family_number
from compiler.checks.registry import Finding, Subject, check
from compiler.model.fulfilment import LdapResourceTypeMapping, ResourceTypeMapping
from compiler.model.metadata import EntityProperty
from compiler.model.node import Node
from compiler.model.provisioning import BinaryRule, Policy, ResourceType, TimeOffsetReference

_REFUSED: dict[type[Node], tuple[str, ...]] = {
    EntityProperty: ("GroupByProperty",),
    ResourceType: ("ArgumentsExpression",),
    ResourceTypeMapping: ("PasswordResetSetting",),
    LdapResourceTypeMapping: ("PasswordResetSetting",),
}
"""Attributes that would change what a run does, if they were evaluated."""

_UNUSED: dict[type[Node], tuple[str, ...]] = {
    EntityProperty: ("FlexibleComparisonExpression", "HistoryPrecision"),
    ResourceType: ("SuggestAllCorrelations", "FulfillHoursAheadOfTime", "TransmittedStateValidityPeriod"),
}
"""Attributes without which a run does the same, later or with fewer suggestions."""

_HELP = "remove it; this version does not evaluate it"


@check("W498")
def unused_attribute(it: Subject) -> Iterator[Finding]:
    """Accepted, and without effect for now."""
    for node, _ in nodes_of(it.model):
        for attribute in _UNUSED.get(type(node), ()):
            if attribute in node.element.attributes:
                yield Finding(node, f"{attribute} has no effect in this version", attribute)


@check("E499")
def not_supported(it: Subject) -> Iterator[Finding]:
    """Refused, because leaving it out would change what a run does."""
    for node, parent in nodes_of(it.model):
        for attribute in _REFUSED.get(type(node), ()):
            if node.element.attributes.get(attribute):
                yield Finding(node, f"{attribute} is not supported yet", attribute, _HELP)
        if isinstance(node, BinaryRule):
            yield Finding(node, "BinaryRule is not supported yet", "", _HELP)
        yield from _criteria(node)
        if isinstance(parent, ResourceType):
            yield from _rule(node, parent)
        yield from _foreign_policy(it, node, parent)


def _criteria(node: Node) -> Iterator[Finding]:
    """Dimensions: `D…`, `L…`, `P…`, `R…`."""
    if isinstance(node, Policy | ResourceType) or hasattr(node, "time_offset_reference"):
        for name, text in node.element.attributes.items():
            if any(family_number(family, name) is not None for family in "DLPR") and text.lower() not in ("false", "0"):
                yield Finding(node, f"dimension criteria such as {name} are not supported yet", name, _HELP)


def _rule(node: Node, parent: ResourceType) -> Iterator[Finding]:
    if getattr(node, "single_role", None):
        yield Finding(node, "criteria on roles are not supported yet", "SingleRole", _HELP)
    if getattr(node, "time_offset_reference", TimeOffsetReference.Default) is not TimeOffsetReference.Default:
        yield Finding(node, "time offsets are not supported yet", "TimeOffsetReference", _HELP)


def _foreign_policy(it: Subject, node: Node, parent: Node | None) -> Iterator[Finding]:
    """A rule in another policy than its resource type's."""
    policy = getattr(node, "policy", None)
    owner = parent if parent is not None else it.model.resource_types.get(getattr(node, "resource_type", ""))
    if isinstance(owner, ResourceType) and policy and policy != owner.policy:
        message = f"a rule of policy `{policy}` for a resource type of policy `{owner.policy}` is not supported yet"
        yield Finding(node, message, "Policy", f"write `{owner.policy}`", ((owner, "Policy", "the resource type's"),))
