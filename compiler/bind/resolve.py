"""A model as written goes in; the same model with its association ends indexed, and every broken reference, come out.

When nothing is reported here, every reference, property path and own property of the model names an existing item.
"""

from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any

from msgspec import Struct, structs

from compiler.bind.read import BY_TAG, Reading, shelf_of
from compiler.bind.values import written_name
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.connectors import Agent
from compiler.model.contexts import Dimension, IndirectResourceRule, RecordSection
from compiler.model.fulfilment import ProvisionedProperty
from compiler.model.metadata import EntityProperty, EntityPropertyExpression, EntityType, MappedProperty
from compiler.model.model import Model, index_sides
from compiler.model.node import Attribute, Node, attributes_of
from compiler.model.provisioning import ResourceType
from compiler.model.scaffoldings import ConnectorMappings, generated_here
from compiler.model.settings import GuardedProperty

IMPLICIT_AGENT = "Local"
"""The agent that exists without being declared (language.md §4.3)."""

IMPLICIT_PROPERTY = "InternalDisplayName"
"""The property that every entity type has, declared or not (§4.7)."""


class _Use(Struct, frozen=True):
    """One attribute that names something: the item that carries it, that item's parent, the attribute's text."""

    node: Node
    parent: Node | None
    attribute: Attribute
    text: str

    def span(self, start: int = 0, end: int | None = None) -> Any:
        name = written_name(self.attribute, self.node.element) or self.attribute.name
        return self.node.element.value_span(name, start, end)


def resolve(reading: Reading) -> tuple[Model, list[Diagnostic]]:
    """Look up everything that one item says of another; references to unreadable elements are passed over."""
    model = reading.model
    findings = [found for use in _uses(model) for found in _look_up(use, model, reading)]
    findings += _cycles(model)
    return with_sides(model), findings


def with_sides(model: Model) -> Model:
    """The model with the ends of its associations, of those whose ends exist."""
    return model.with_sides(index_sides(_whole_associations(model)))


def property_names(model: Model, entity_type: str) -> list[str]:
    """The properties of an entity type, the implicit one included; empty for an unknown entity type."""
    found = model.entity_types.get(entity_type)
    if found is None:
        return []
    names = [each.identifier for each in found.properties]
    return names if IMPLICIT_PROPERTY in names else [*names, IMPLICIT_PROPERTY]


def has_property(model: Model, entity_type: str, name: str) -> bool:
    """Whether a name is one of `property_names`."""
    if model.property(entity_type, name) is not None:
        return True
    return name == IMPLICIT_PROPERTY and entity_type in model.entity_types


def _whole_associations(model: Model) -> Iterator[Any]:
    for each in model.associations.values():
        ends = [path.partition(":") for path in (each.property1, each.property2)]
        if all(has_property(model, entity_type, name) for entity_type, _, name in ends):
            yield each


def _uses(model: Model) -> Iterator[_Use]:
    """Every attribute that names something which is not found at once."""
    for kind, pairs in model.kinds.items():
        for attribute in _looked_up(kind):
            is_found = _FOUND[attribute.xml.kind](model, attribute)
            for node, parent in pairs:
                text = getattr(node, attribute.field)
                if text and not is_found(node, parent, text):
                    yield _Use(node, parent, attribute, text)


_IsFound = Callable[[Node, Node | None, str], bool]


def _reference_found(model: Model, attribute: Attribute) -> _IsFound:
    names = frozenset(_names(model, attribute.xml.target))
    return lambda _node, _parent, text: text in names


def _property_found(model: Model, _attribute: Attribute) -> _IsFound:
    return lambda _node, _parent, text: model.property(*text.partition(":")[::2]) is not None


def _own_property_found(model: Model, _attribute: Attribute) -> _IsFound:
    last: tuple[Node | None, str] = (None, "")

    def is_found(node: Node, parent: Node | None, text: str) -> bool:
        nonlocal last
        if parent is None or last[0] is not parent:
            last = (parent, implied_entity_type(model, node, parent))
        return model.property(last[1], text) is not None

    return is_found


_FOUND: dict[str, Callable[[Model, Attribute], _IsFound]] = {
    "reference": _reference_found,
    "property": _property_found,
    "own property": _own_property_found,
}
"""What tells of most attributes that they name something. What is implied is one for all of a kind below a parent."""


@cache
def _looked_up(node: type[Node]) -> tuple[Attribute, ...]:
    """The attributes of an element that name something."""
    return tuple(each for each in attributes_of(node) if each.xml.kind in _LOOK_UPS)


def _look_up(use: _Use, model: Model, reading: Reading) -> Iterator[Diagnostic]:
    for found in _LOOK_UPS[use.attribute.xml.kind](use, model):
        if not _is_excused(use, reading):
            beside = generated_here(use.node.element)
            yield structs.replace(found, related=(*found.related, *beside)) if beside else found


def _is_excused(use: _Use, reading: Reading) -> bool:
    """Whether what is named may be an element that could not be read: that was said there, once."""
    kinds = {use.attribute.xml.target} if use.attribute.xml.target else {EntityType.tag, EntityProperty.tag}
    return not reading.unnamed.isdisjoint(kinds) or any(part in reading.unread for part in use.text.split(":"))


def _reference(use: _Use, model: Model) -> Iterator[Diagnostic]:
    target = use.attribute.xml.target
    for found in _named(use, use.text, _names(model, target), f"there is no {target} `{use.text}`"):
        yield structs.replace(found, help=found.help or _other_kind(use, model))


def _other_kind(use: _Use, model: Model) -> str:
    """What an item of that name is, if there is one of another kind than was asked for."""
    shelves = [each for each in structs.asdict(model).values() if isinstance(each, dict)]
    alike = (shelf.get(use.text) for shelf in shelves)
    found = next((each for each in alike if isinstance(each, Node) and each is not use.node), None)
    return f"`{use.text}` is declared as {found.tag}" if found else ""


def _property_path(use: _Use, model: Model) -> Iterator[Diagnostic]:
    entity_type, colon, name = use.text.partition(":")
    if not colon:
        return  # refused by the schema
    missing = list(_named(use, entity_type, model.entity_types, f"there is no EntityType `{entity_type}`"))
    yield from missing
    if not missing and not has_property(model, entity_type, name):
        names = property_names(model, entity_type)
        start = len(entity_type) + 1
        message = f"`{entity_type}` has no property `{name}`"
        help = did_you_mean(name, names)
        yield Diagnostic("E123", message, use.span(start, len(use.text)), help=help)


def _own_property(use: _Use, model: Model) -> Iterator[Diagnostic]:
    entity_type = implied_entity_type(model, use.node, use.parent)
    if entity_type in model.entity_types and not has_property(model, entity_type, use.text):
        absent = f"`{entity_type}` has no property `{use.text}`"
        yield from _named(use, use.text, property_names(model, entity_type), absent)


_LOOK_UPS: dict[str, Callable[[_Use, Model], Iterator[Diagnostic]]] = {
    "reference": _reference,
    "property": _property_path,
    "own property": _own_property,
}


def implied_entity_type(model: Model, node: Node, parent: Node | None) -> str:
    """The entity type whose property an item names without saying so; empty when it cannot be told."""
    match node, parent:
        case EntityProperty() | MappedProperty() | GuardedProperty(), Node():
            return str(getattr(parent, "identifier", ""))
        case EntityPropertyExpression() | Dimension(), _:
            return node.entity_type
        case RecordSection(), _:
            return node.resource_entity_type
        case _, ConnectorMappings():
            return parent.entity_type
        case _, RecordSection():
            return parent.resource_entity_type
        case IndirectResourceRule(), _:
            ruled = model.resource_types.get(node.resource_type)
            return ruled.target_entity_type if ruled else ""
        case ProvisionedProperty(), Node():
            mapped = model.resource_types.get(str(getattr(parent, "identifier", "")))
            return mapped.target_entity_type if mapped else ""
        case _, ResourceType():
            return parent.target_entity_type
    return ""


def _names(model: Model, target: str) -> Collection[str]:
    """The identifiers that a reference to a kind of item may use."""
    items: dict[str, Node] = getattr(model, shelf_of(BY_TAG[target]).field)
    return [*items, IMPLICIT_AGENT] if target == Agent.tag else items


def _named(use: _Use, name: str, names: Collection[str], absent: str) -> Iterator[Diagnostic]:
    """A finding when `name` is none of `names`: E121 when only the letter case differs, else E120 saying `absent`."""
    if name in names:
        return
    span = use.span(0, len(name))
    same = next((each for each in names if each.lower() == name.lower()), None)
    if same is not None:
        yield Diagnostic("E121", f"`{name}` is declared as `{same}`", span, help=f"write `{same}`")
    else:
        yield Diagnostic("E120", absent, span, help=did_you_mean(name, names))


def _cycles(model: Model) -> Iterator[Diagnostic]:
    parents = {name: each.parent for name, each in model.categories.items()}
    depends = {name: each.depends_on for name, each in model.resource_types.items()}
    yield from _circle("Category", "Parent", parents, model.categories)
    yield from _circle("ResourceType", "DependsOn", depends, model.resource_types)


def _circle(kind: str, attribute: str, following: dict[str, str | None], items: dict[str, Any]) -> Iterator[Diagnostic]:
    """One finding for each circle of references, at its first item in document order."""
    done: set[str] = set()
    for start in following:
        path: list[str] = []
        at: str | None = start
        while at is not None and at in following and at not in done and at not in path:
            path.append(at)
            at = following[at]
        if at in path:
            yield _circle_finding(kind, attribute, path[path.index(at) :], items)
        done.update(path)


def _circle_finding(kind: str, attribute: str, circle: list[str], items: dict[str, Any]) -> Diagnostic:
    way = " → ".join([*circle, circle[0]])
    spans = [items[name].element.value_span(attribute) for name in circle]
    related = tuple(Label(span, f"`{name}` goes on here") for name, span in zip(circle[1:], spans[1:], strict=True))
    help = f"remove {attribute} from one of them"
    return Diagnostic("E126", f"{kind} references go in a circle: {way}", spans[0], related=related, help=help)
