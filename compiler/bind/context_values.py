"""Context rules and record sections go in; which of their attributes are values, over which entity type, come out."""

from collections.abc import Iterator

from compiler.bind.value import Value
from compiler.bind.values import family_name
from compiler.expressions.types import ValueType
from compiler.model.contexts import ContextRule, RecordSection
from compiler.model.model import Model


def record_type(model: Model, rule: ContextRule) -> str:
    """The entity type of what a context rule makes contexts of; empty when it cannot be told.

    That of the records that ResourcesBinding leads to; of records that are computed, the one that sections or the
    rule's own bindings name; without records that of the identities themselves.
    """
    if rule.resources_binding:
        return _reached(model, rule.source_entity_type, rule.resources_binding)
    if rule.resources_expression:
        named = (each.resource_entity_type for each in sections_of(model, rule.source_entity_type))
        roots = (binding.partition(":")[0] for binding in rule.b.values() if ":" in binding)
        return next((each for each in (*named, *roots) if each in model.entity_types), "")
    return rule.source_entity_type


def sections_of(model: Model, entity_type: str) -> list[RecordSection]:
    """The record sections of the identities of an entity type."""
    return [each for each in model.record_sections.values() if each.source_entity_type == entity_type]


def context_values(rule: ContextRule, model: Model) -> Iterator[Value]:
    """The values of a context rule: `records` of an identity, the others of a record (provisioning.md §4.2)."""
    records = record_type(model, rule)
    for number, binding in rule.b.items():
        name = family_name("B", number)
        yield Value(rule, name, records, binding, _written(rule, name), form="path")
    yield _records(rule)
    for role, attribute in (("start", "ResourcesStart"), ("end", "ResourcesEnd")):
        yield _date(rule, role, attribute, records)
    yield Value(
        rule,
        "excluded",
        records,
        expression=rule.exclude_expression,
        expression_attribute="ExcludeExpression",
        expected=ValueType.BOOLEAN,
        allow_literal=False,
    )
    compared = "ResourceCertificationComparisonBinding"
    yield Value(rule, "certified", records, rule.resource_certification_comparison_binding, compared)


def section_values(section: RecordSection) -> Iterator[Value]:
    """The keys of a section, over its records."""
    keys = (("sort key", "SortKeyExpression"), ("instance key", "InstanceKeyExpression"))
    for role, attribute in keys:
        text = section.sort_key_expression if role == "sort key" else section.instance_key_expression
        yield Value(
            section,
            role,
            section.resource_entity_type,
            expression=text,
            expression_attribute=attribute,
            expected=ValueType.STRING,
            allow_literal=False,
        )


def _records(rule: ContextRule) -> Value:
    identities = rule.source_entity_type
    if not rule.resources_expression:  # both is E431
        return Value(rule, "records", identities, rule.resources_binding, "ResourcesBinding", form="collection")
    return Value(
        rule,
        "records",
        identities,
        expression=rule.resources_expression,
        expression_attribute="ResourcesExpression",
        expected=ValueType.LIST,
        allow_literal=False,
    )


def _date(rule: ContextRule, role: str, attribute: str, records: str) -> Value:
    bindings = {"start": rule.resources_start_binding, "end": rule.resources_end_binding}
    expressions = {"start": rule.resources_start_expression, "end": rule.resources_end_expression}
    return Value(
        rule,
        role,
        records,
        None if expressions[role] else bindings[role],  # both is E431
        f"{attribute}Binding",
        expressions[role],
        f"{attribute}Expression",
        ValueType.DATETIME,
        allow_literal=False,
    )


def _written(rule: ContextRule, name: str) -> str:
    """The spelling of a numbered attribute in the rule: its digits may be small letters."""
    return next((each for each in rule.element.attributes if each[0] == "B" and each.upper() == name), name)


def _reached(model: Model, entity_type: str, binding: str) -> str:
    """The entity type at the end of a path of navigations; empty when the path is broken."""
    at = entity_type
    for segment in binding.split("."):
        prefix, _, name = segment.rpartition(":")
        side = model.side(prefix.strip() or at, name.strip())
        if side is None:
            return ""
        at = side.target
    return at
