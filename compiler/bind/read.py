"""Documents go in; a model whose references are still names comes out.

Everything is driven by the declarations in `compiler.model`: no element has code of its own here. What the schema
has already refused is passed over in silence.
"""

import types
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec import Struct, field, structs

from compiler.bind.parts import joined, lacking
from compiler.bind.values import read_attributes
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.model.connectors import ConnectionTable
from compiler.model.contexts import RecordProperty
from compiler.model.fulfilment import ProvisionedProperty
from compiler.model.metadata import Language
from compiler.model.model import NODES, Model
from compiler.model.node import Children, Node, attributes_of, children_of
from compiler.model.provisioning import ResourceType
from compiler.model.settings import AnySetting
from compiler.schema.grammar import known_elements
from compiler.source.document import Document, Element

ROOT = "ConfigurationFile"
_KEYS: dict[type[Node], str | None] = {
    Language: "code",
    ProvisionedProperty: "property",
    RecordProperty: "property",
    ConnectionTable: None,
    **dict.fromkeys(get_args(AnySetting)),
}
BY_TAG: dict[str, type[Node]] = {name: node for node in NODES for name in (node.tag, *node.aliases)}
"""The declaration of each top-level element, under all of its spellings."""


class Reading(Struct, frozen=True):
    """The model as written, and the names in elements that could not be read: references to them are no news."""

    model: Model
    unread: frozenset[str]
    adjusting: tuple[Node, ...] = ()
    """Items with a `ConsolidationMode`: they adjust generated ones and are not in the model."""
    unnamed: frozenset[str] = frozenset()
    """The tags of elements without identifier: a reference that finds nothing may mean one of them."""


class Shelf(NamedTuple):
    """The field of `Model` that holds one kind of node, and whether by key."""

    field: str
    keyed: bool


class _Pile(Struct):
    """What has been read so far."""

    findings: list[Diagnostic] = field(default_factory=list)
    shelves: dict[str, Any] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    unnamed: set[str] = field(default_factory=set)
    adjusting: list[Node] = field(default_factory=list)
    first: dict[tuple[str, str], Node] = field(default_factory=dict)


def read_model(documents: Iterable[Document]) -> tuple[Reading, list[Diagnostic]]:
    """All files as one unordered set of items; of two items with one key the first stays."""
    pile = _Pile()
    for document in documents:
        if document.root.name == ROOT:
            for element in document.root.children:
                _read_top(element, pile)
    for resource_type in pile.shelves.get("resource_types", {}).values():
        pile.findings += lacking(resource_type)
    if pile.ignored:
        pile.findings.append(_ignored(pile.ignored))
    fields: dict[str, Any] = {
        name: tuple(items) if isinstance(items, list) else items for name, items in pile.shelves.items()
    }
    model = Model(**fields, ignored=pile.ignored)
    return Reading(model, frozenset(pile.unread), tuple(pile.adjusting), frozenset(pile.unnamed)), pile.findings


def read_item(element: Element) -> Node | None:
    """The item of one top-level element that is known to be sound; None when it has no key."""
    return _read_node(BY_TAG[element.name], element, _Pile())


def with_items(model: Model, nodes: Iterable[Node]) -> Model:
    """The model with further items; one that has the key of an item takes its place."""
    fields: dict[str, Any] = {}
    for node in nodes:
        place = shelf_of(type(node))
        if place.keyed:
            fields.setdefault(place.field, dict(getattr(model, place.field)))[_key(node)] = node
        else:
            fields.setdefault(place.field, list(getattr(model, place.field))).append(node)
    return structs.replace(
        model, **{name: tuple(each) if isinstance(each, list) else each for name, each in fields.items()}
    )


@cache
def key_field(node: type[Node]) -> str | None:
    """The field whose value tells items of one kind apart; None for rules, which have no key."""
    fields = {each.field for each in attributes_of(node) if each.required or each.default is not None}
    return _KEYS[node] if node in _KEYS else "identifier" if "identifier" in fields else None


@cache
def shelf_of(node: type[Node]) -> Shelf:
    """Where the model keeps nodes of one kind."""
    for name, hint in get_type_hints(Model).items():
        arguments = get_args(hint)
        item = arguments[1] if get_origin(hint) is dict else arguments[0]
        kinds = get_args(item) if get_origin(item) in (Union, types.UnionType) else (item,)
        if any(isinstance(kind, type) and issubclass(node, kind) for kind in kinds):
            return Shelf(name, get_origin(hint) is dict)
    raise LookupError(f"Model has no place for {node.__name__}")


def _read_top(element: Element, pile: _Pile) -> None:
    kind = BY_TAG.get(element.name)
    if kind is None:
        _pass_over(element, pile)
        return
    if kind.idle:
        _count(element, pile)
    node = _read_node(kind, element, pile)
    if node is not None and getattr(node, "consolidation_mode", None) is not None:
        _set_aside(node, pile)
    elif node is not None:
        _shelve(node, pile)


def _pass_over(element: Element, pile: _Pile) -> None:
    if element.name in known_elements():
        _count(element, pile)
    else:
        _leave_unread(element, pile)


def _leave_unread(element: Element, pile: _Pile) -> None:
    """What refers to an element that is wrong itself, or to one inside it, is not wrong as well."""
    for each in element.walk():
        pile.unread.update(each.attributes.values())


def _count(element: Element, pile: _Pile) -> None:
    pile.ignored[element.name] = pile.ignored.get(element.name, 0) + 1


def _read_node(kind: type[Node], element: Element, pile: _Pile) -> Node | None:
    """The node of an element and its children; None for an item without key, which nothing can refer to."""
    values = read_attributes(kind, element)
    key = key_field(kind)
    if key and not values.get(key, True):
        pile.unnamed.add(kind.tag)
        _leave_unread(element, pile)
        return None
    if element.children:
        values.update(_read_children(kind, element, pile))
    return kind(element=element, **values)


def _read_children(kind: type[Node], element: Element, pile: _Pile) -> dict[str, tuple[Node, ...]]:
    declared = _children_by_tag(kind)
    read: dict[str, list[Node]] = {}
    for child in element.children:
        known = declared.get(child.name)
        if known is None:
            if child.name in known_elements():
                pile.findings.append(_unsupported(child))
            else:
                _leave_unread(child, pile)
            continue
        node = _read_node(known.node, child, pile)
        if node is not None:
            read.setdefault(known.field, []).append(node)
    return {name: _without_repetition(nodes, pile) for name, nodes in read.items()}


@cache
def _children_by_tag(kind: type[Node]) -> dict[str, Children]:
    return {name: each for each in children_of(kind) for name in (each.node.tag, *each.node.aliases)}


def _without_repetition(nodes: list[Node], pile: _Pile) -> tuple[Node, ...]:
    first: dict[str, Node] = {}
    kept = []
    for node in nodes:
        field = key_field(type(node))
        key = getattr(node, field).lower() if field else ""
        if field and first.setdefault(key, node) is not node:
            pile.findings.append(duplicate(node, first[key]))
        else:
            kept.append(node)
    return tuple(kept)


def _set_aside(node: Node, pile: _Pile) -> None:
    """An item that adjusts a generated one; two hand-written items with one key are one too many whatever they say."""
    place = shelf_of(type(node))
    first = pile.first.setdefault((place.field, _key(node).lower()), node) if place.keyed else node
    if first is node:
        pile.adjusting.append(node)
    else:
        pile.findings.append(duplicate(node, first))


def _shelve(node: Node, pile: _Pile) -> None:
    place = shelf_of(type(node))
    if not place.keyed:
        pile.shelves.setdefault(place.field, []).append(node)
        return
    key = _key(node)
    first = pile.first.setdefault((place.field, key.lower()), node)
    if first is node:
        pile.shelves.setdefault(place.field, {})[key] = node
        return
    earlier = pile.shelves.get(place.field, {}).get(key)
    if isinstance(earlier, ResourceType) and isinstance(node, ResourceType):
        pile.shelves[place.field][key], found = joined(earlier, node)
        pile.findings += found
    else:
        pile.findings.append(duplicate(node, first))


def _key(node: Node) -> str:
    key: str = getattr(node, key_field(type(node)) or "")
    return key


def _place(node: Node) -> Any:
    name = next(each.name for each in attributes_of(type(node)) if each.field == key_field(type(node)))
    return node.element.value_span(name)


def duplicate(node: Node, first: Node) -> Diagnostic:
    """E164 for the second of two items with one key."""
    key, earlier = _key(node), _key(first)
    message, help = f"{node.tag} `{key}` is declared twice", "rename or remove one of the two"
    if key != earlier:
        message = f"{node.tag} `{key}` differs from `{earlier}` only in letter case"
        help = f"identifiers are compared without letter case; {help}"
    return Diagnostic("E164", message, _place(node), "again here", (Label(_place(first), "first declared here"),), help)


def _unsupported(child: Element) -> Diagnostic:
    message = f"{child.name} is documented, but this version does not evaluate it"
    return Diagnostic("E499", message, child.span(), help="remove it, or do its work another way")


def _ignored(counts: dict[str, int]) -> Diagnostic:
    listed = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
    return Diagnostic("I001", f"{sum(counts.values())} documented elements play no part in a run: {listed}")
