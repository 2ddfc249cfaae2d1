"""The parts of a resource type go in; the one that they make, and what they say against each other, come out.

Elements with one identifier, mostly in several files, are one resource type: attributes and rules together
(provisioning.md §2.3).
"""

from collections.abc import Iterator

from msgspec import structs

from compiler.bind.values import read_attributes
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.model.node import children_of
from compiler.model.provisioning import ResourceType
from compiler.source.document import Element
from compiler.span import Span

_NEEDED = (
    ("DisplayName_L1", "the name shown to people"),
    ("Policy", "the policy that the resource type belongs to"),
    ("SourceEntityType", "the entity type of the owners"),
    ("TargetEntityType", "the entity type of what they get"),
)


class JoinedElement(Element, frozen=True, kw_only=True, eq=False, gc=False):
    """Several elements that are one item: stands where the first stands, and knows the place of each attribute."""

    parts: tuple[Element, ...]

    def attribute_span(self, name: str) -> Span:
        """The whole attribute, in the part that has it."""
        return self._holder(name).attribute_span(name)

    def value_span(self, name: str, start: int = 0, end: int | None = None) -> Span:
        """The value of an attribute, in the part that has it."""
        return self._holder(name).value_span(name, start, end)

    def _holder(self, name: str) -> Element:
        return next((part for part in self.parts if name in part.attributes), self.parts[0])


def joined(first: ResourceType, other: ResourceType) -> tuple[ResourceType, list[Diagnostic]]:
    """Both as one: of an attribute with two values the first stays, and the second is E167."""
    findings = list(_conflicts(first.element, other.element))
    element = _joined_element(first.element, other.element)
    children = {
        declared.field: (*getattr(first, declared.field), *getattr(other, declared.field))
        for declared in children_of(ResourceType)
    }
    return ResourceType(element=element, **{**read_attributes(ResourceType, element), **children}), findings


def lacking(resource_type: ResourceType) -> Iterator[Diagnostic]:
    """E112 for each attribute that a whole resource type needs and none of its parts has."""
    for name, what in _NEEDED:
        if name not in resource_type.element.attributes:
            message = f"`ResourceType` needs the attribute `{name}`"
            yield Diagnostic("E112", message, resource_type.element.span(), help=f"`{name}`: {what}")


def _conflicts(first: Element, other: Element) -> Iterator[Diagnostic]:
    for name, text in other.attributes.items():
        earlier = first.attributes.get(name, text)
        if earlier != text:
            identifier = other.attributes["Identifier"]
            message = f"resource type `{identifier}` has two values of {name}: `{earlier}` and `{text}`"
            related = (Label(first.value_span(name), "first value"),)
            yield Diagnostic("E167", message, other.value_span(name), related=related, help="keep one of the two")


def _joined_element(first: Element, other: Element) -> JoinedElement:
    earlier = first.parts if isinstance(first, JoinedElement) else (first,)
    together = structs.asdict(first) | {
        "attributes": {**other.attributes, **first.attributes},
        "children": (*first.children, *other.children),
        "parts": (*earlier, other),
    }
    return JoinedElement(**together)
