"""The model in, its items normalised for comparison out: what a deployment inserts, updates and deletes."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from compiler.model.model import Model
from compiler.model.node import Node, attributes_of, children_of
from compiler.plan.plan import Item
from compiler.plan.queries import origin


def items(model: Model) -> Iterator[Item]:
    """Every item of the model with its key and the attributes that differ from their defaults."""
    named: tuple[Mapping[str, Node], ...] = (
        model.languages,
        model.agents,
        model.connectors,
        model.connections,
        model.entity_types,
        model.associations,
        model.entity_type_mappings,
        model.association_mappings,
        model.property_expressions,
        model.dimensions,
        model.policies,
        model.categories,
        model.composite_roles,
        model.single_roles,
        model.resource_types,
        model.context_rules,
        model.record_sections,
        model.resource_type_mappings,
        model.password_reset_settings,
        model.access_control_entity_types,
    )
    for nodes in named:
        yield from (_item(node, key) for key, node in nodes.items())
    yield from (_item(node, f"{node.connection}:{node.identifier}") for node in model.connection_tables)
    yield from (_item(node, node.identifier) for node in model.settings)
    ruled: tuple[tuple[Node, ...], ...] = (
        model.role_rules,
        model.correlation_rules,
        model.classification_rules,
        model.indirect_rules,
        model.automation_rules,
    )
    for rules in ruled:
        yield from (_item(rule, rule_key(rule)) for rule in rules)


def rule_key(node: Node) -> str:
    """The natural key of a rule: all its attributes except levels (provisioning.md §2)."""
    content = _content(node)
    return " ".join(f"{name}={value}" for name, value in content.items() if not name.endswith("Level"))


def _item(node: Node, key: str) -> Item:
    place = origin(node)
    return Item(node.tag, key, _content(node), f"{place.file}:{place.line}")


def _content(node: Node) -> dict[str, object]:
    content: dict[str, object] = {}
    for each in attributes_of(type(node)):
        value = None if each.xml.secret else getattr(node, each.field)
        if value is not None and value != each.default and value != {}:
            content[each.name] = _plain(value)
    for kind in children_of(type(node)):
        nested = [_content(child) for child in getattr(node, kind.field)]
        if nested:
            content[kind.node.tag] = nested
    return content


def _plain(value: Any) -> object:
    if isinstance(value, Enum):
        return value.name.rstrip("_")
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value
