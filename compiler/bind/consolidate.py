"""Hand-written and generated items in, the one model that they make out, and where they do not fit (language.md §2.10).

A generated item meets the hand-written one of the same element name and identifier. Without a mode the hand-written one
replaces it; `Merge` completes it, `Update` takes its children only, `Delete` removes it.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field, structs

from compiler.bind.parts import lacking
from compiler.bind.read import Reading, read_item, shelf_of, with_items
from compiler.bind.values import written_name
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.model.metadata import ConsolidationMode
from compiler.model.node import Node, attributes_of
from compiler.model.provisioning import ResourceType
from compiler.model.scaffoldings import generated_here
from compiler.source.document import Element

MODE = "ConsolidationMode"
_CHILD_KEYS = ("Identifier", "Property", "EntityType", "ResourceType", "ParentTask", "Task")

Key = tuple[str, str]


class _Meeting(Struct):
    """The generated items that no hand-written one has met yet, what became of the others, and what there is to say."""

    generated: dict[Key, Node]
    items: list[Node] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)


def consolidate(reading: Reading, generated: Iterable[Node]) -> tuple[Reading, list[Diagnostic]]:
    """Let every hand-written item with a mode meet its counterpart, and add what nobody wrote by hand."""
    meeting = _Meeting({})
    for node in generated:
        _gather(node, meeting)
    if not meeting.generated and not reading.adjusting:
        return reading, meeting.findings
    for node in reading.adjusting:
        _adjust(node, meeting)
    written = _written(reading, meeting.generated.values())
    added = [node for key, node in meeting.generated.items() if key not in written]
    return structs.replace(reading, model=with_items(reading.model, [*meeting.items, *added])), meeting.findings


def key_of(node: Node) -> Key:
    """What an item is known by among generated and hand-written ones; all rules are one to another."""
    return node.element.name, (getattr(node, "identifier", None) or "").lower()


def _gather(node: Node, meeting: _Meeting) -> None:
    first = meeting.generated.setdefault(key_of(node), node)
    if first is not node:
        name = node.element.attributes.get("Identifier", "")
        message = f"{node.element.name} `{name}` is generated twice"
        related = (Label(first.element.span(), "first generated here"),)
        help = "remove one of the scaffoldings, or give it another JobIdentifier"
        meeting.findings.append(Diagnostic("E164", message, node.element.span(), "again here", related, help))


def _written(reading: Reading, generated: Iterable[Node]) -> set[Key]:
    """The keys of hand-written items without a mode, of the kinds that are generated."""
    keys: set[Key] = set()
    for name in {shelf_of(type(node)).field for node in generated}:
        items = getattr(reading.model, name)
        keys.update(key_of(node) for node in (items.values() if isinstance(items, dict) else items))
    return keys


def _adjust(node: Node, meeting: _Meeting) -> None:
    generated = meeting.generated.pop(key_of(node), None)
    mode: ConsolidationMode = getattr(node, "consolidation_mode")  # noqa: B009 - set aside because it has one
    if generated is None:
        _alone(node, mode, meeting)
    elif mode is ConsolidationMode.Merge:
        _keep(_merged(node.element, generated.element, meeting), meeting)
    elif mode is ConsolidationMode.Update:
        _keep(_updated(node.element, generated.element, meeting), meeting)


def _alone(node: Node, mode: ConsolidationMode, meeting: _Meeting) -> None:
    """Nothing to meet: a merge is an insert, an update or deletion has no effect."""
    span, name = node.element.value_span(MODE), node.element.name
    if mode is ConsolidationMode.Merge:
        message = f"nothing generated matches this {name}; it is taken as it stands"
        meeting.findings.append(Diagnostic("W162", message, span))
        _keep(_without_mode(node.element), meeting)
        return
    message = f"nothing generated matches this {name}, so there is nothing to {mode.lower()}; it is left out"
    help = "remove ConsolidationMode to declare the item here"
    meeting.findings.append(Diagnostic("W163", message, span, help=help))


def _merged(written: Element, generated: Element, meeting: _Meeting) -> Element:
    """All of the generated element, completed by the hand-written one; where both speak, the generated one does."""
    own = _without_mode(written)
    for name, value in own.attributes.items():
        if generated.attributes.get(name, value) != value:
            message = f"{name} is generated as `{generated.attributes[name]}`, which stays"
            related = generated_here(generated)
            help = 'ConsolidationMode="Update" lets the hand-written attributes win'
            meeting.findings.append(Diagnostic("W160", message, written.value_span(name), related=related, help=help))
    children = (*generated.children, *_new_children(written, generated, meeting))
    return structs.replace(own, attributes={**own.attributes, **generated.attributes}, children=children)


def _new_children(written: Element, generated: Element, meeting: _Meeting) -> Iterator[Element]:
    known = {_child_key(child): child for child in generated.children}
    for child in written.children:
        same = known.get(_child_key(child))
        if same is None:
            yield child
        elif dict(same.attributes) != dict(child.attributes) or len(same.children) != len(child.children):
            name = child.attributes.get("Identifier", "")
            message = f"{child.name} `{name}` is generated too; the generated one stays"
            meeting.findings.append(Diagnostic("W160", message, child.span(), related=generated_here(generated)))


def _child_key(element: Element) -> tuple[str, str]:
    found = (element.attributes[name] for name in _CHILD_KEYS if name in element.attributes)
    return element.name, next(found, "").lower()


def _updated(written: Element, generated: Element, meeting: _Meeting) -> Element:
    """The attributes of the hand-written element, the children of the generated one."""
    for child in written.children:
        message = (
            f"an element with ConsolidationMode `Update` takes its children from the generated one, not `{child.name}`"
        )
        help = 'remove the child, or write ConsolidationMode="Merge" to add it'
        meeting.findings.append(Diagnostic("E161", message, child.span(), related=generated_here(generated), help=help))
    return structs.replace(_without_mode(written), children=generated.children)


def _without_mode(element: Element) -> Element:
    return structs.replace(element, attributes={k: v for k, v in element.attributes.items() if k != MODE})


def _keep(element: Element, meeting: _Meeting) -> None:
    """The item that an element has become, if it lacks nothing."""
    node = read_item(element)
    if node is not None:
        meeting.findings += _lacking(node)
        meeting.items.append(node)


def _lacking(node: Node) -> Iterator[Diagnostic]:
    if isinstance(node, ResourceType):
        yield from lacking(node)
    for declared in attributes_of(type(node)):
        name = f"{declared.name}1" if declared.xml.family else declared.name
        if declared.required and written_name(declared, node.element) is None and name not in node.element.attributes:
            message = f"`{node.element.name}` needs the attribute `{name}`"
            yield Diagnostic(
                "E112", message, node.element.span(), help="neither this element nor a generated one has it"
            )
