"""The model in, its items normalised for comparison out: what a deployment inserts, updates and deletes."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import count
from typing import Any

from compiler.bind.launch import levels_of
from compiler.bind.read import key_field
from compiler.bind.values import family_name
from compiler.model.jobs import Job
from compiler.model.model import Model
from compiler.model.node import Node, attributes_of, children_of
from compiler.plan.plan import Item

_DEGREE = re.compile(r"Level$|Offset|Priority|Decision")
"""The attributes of a rule that say how much, not what."""


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
    yield from (_job(each, key) for key, each in model.jobs.items())
    yield from _rules(model.tasks)
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
        yield from _rules(rules)


def _rules(rules: Iterable[Node]) -> Iterator[Item]:
    """Rules by their natural keys; of two with one key (W412) the later gets a number."""
    taken: set[str] = set()
    for rule in rules:
        key = _unused(rule_key(rule), taken)
        taken.add(key)
        yield _item(rule, key)


def rule_key(node: Node) -> str:
    """The natural key of a rule: all its attributes but levels, offsets, priorities, decisions (provisioning.md §2)."""
    return " ".join(f"{name}={value}" for name, value in _attributes(node) if not _DEGREE.search(name))


def _job(job: Job, key: str) -> Item:
    """A job with the levels of its tasks counted through, so that their order is part of what is compared."""
    levels, places = levels_of(job), _Places(job)
    content: dict[str, object] = dict(_attributes(job))
    for child in job.steps:
        nested = content.setdefault(child.element.name, {})
        assert isinstance(nested, dict)
        name = _unused(_child_key(child), nested)
        nested[name] = {**_child(child, f"{child.element.name} {name}", places), "Level": levels[child]}
    return Item(job.tag, key, content, places.origin, places.found)


def _item(node: Node, key: str) -> Item:
    places = _Places(node)
    return Item(node.tag, key, _content(node, "", places), places.origin, places.found)


class _Places:
    """Where the children of one item stand, by their way from it."""

    def __init__(self, node: Node) -> None:
        self._file = node.element.source.name
        self.origin = f"{self._file}:{_line(node)}"
        self.found: dict[str, int | str] = {}

    def add(self, way: str, child: Node) -> None:
        """A line in the item's file, or file and line: a resource type may be written in several."""
        file, line = child.element.source.name, _line(child)
        self.found[way] = line if file == self._file else f"{file}:{line}"


def _line(node: Node) -> int:
    return node.element.source.line_of(node.element.byte)


def _content(node: Node, way: str, places: _Places) -> dict[str, object]:
    content = dict(_attributes(node))
    for kind in children_of(type(node)):
        children = [child for child in getattr(node, kind.field) if type(child) is kind.node]
        if children:
            content[kind.node.tag] = _by_key(children, f"{way}{kind.node.tag} ", places)
    return content


def _child(node: Node, way: str, places: _Places) -> dict[str, object]:
    places.add(way, node)
    return _content(node, f"{way} > ", places)


def _attributes(node: Node) -> Iterator[tuple[str, object]]:
    for field, name, default in _shown(type(node)):
        value = getattr(node, field)
        if value is None or value is default or value == default:
            continue
        if isinstance(value, dict):
            yield from ((family_name(name, number), _plain(value[number])) for number in sorted(value))
        else:
            yield name, _plain(value)


@cache
def _shown(node: type[Node]) -> tuple[tuple[str, str, object], ...]:
    """The attributes that a plan may show: field, name in XML, default."""
    return tuple((each.field, each.name, each.default) for each in attributes_of(node) if not each.xml.secret)


def _by_key(children: Iterable[Node], way: str, places: _Places) -> dict[str, object]:
    """Children by what tells them apart; of two that nothing tells apart the later gets a number."""
    found: dict[str, object] = {}
    for child in children:
        key = _unused(_child_key(child), found)
        found[key] = _child(child, way + key, places)
    return found


def _child_key(node: Node) -> str:
    """The identifier; of a rule, what it must say and what it refers to."""
    values = (getattr(node, field) for field in _identifying(type(node)))
    return " ".join(str(_plain(value)) for value in values if value not in (None, {}))


@cache
def _identifying(node: type[Node]) -> list[str]:
    """The fields that tell children of one kind apart."""
    declared = attributes_of(node)
    own = [each.field for each in declared if each.field == key_field(node)]
    return own or [each.field for each in declared if each.required or each.xml.kind == "reference"]


def _unused(key: str, taken: Container[str]) -> str:
    if key not in taken:
        return key
    free = (f"{key} #{number}".strip() for number in count(2))
    return next(each for each in free if each not in taken)


def _plain(value: Any) -> object:
    return value.name.rstrip("_") if isinstance(value, Enum) else value
