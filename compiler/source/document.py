"""One parsed XML file: elements and attributes, each with its exact place.

Attribute places are found only when somebody asks: the start tag is scanned again from the element's offset.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from compiler.source.text import plain_data
from compiler.span import SourceFile, Span


class AttributeText(NamedTuple):
    """Where one attribute stands in the text: its name as written, offsets of the name and of the raw value."""

    name: str
    start: int
    end: int
    value_start: int
    value_end: int


class Element(Struct, frozen=True, eq=False, gc=False, array_like=True):
    """One element. `byte` is where its `<` stands in UTF-8; `attributes` holds decoded values by name.

    A tree has no circles, so the garbage collector need not follow its elements (a third of the time of a big file).
    """

    name: str
    attributes: dict[str, str]
    children: tuple["Element", ...]
    source: SourceFile
    byte: int

    @property
    def offset(self) -> int:
        """Where its `<` stands, in characters of the text."""
        return self.source.offset_of(self.byte)

    def span(self) -> Span:
        """The element's name in its start tag."""
        start = self.offset + 1
        return self.source.span(start, start + self._name_length(start))

    def attribute_span(self, name: str) -> Span:
        """The whole attribute `Name="value"`; the element's name when it has no such attribute."""
        found = self._find(name)
        return self.source.span(found.start, found.value_end + 1) if found else self.span()

    def value_span(self, name: str, start: int = 0, end: int | None = None) -> Span:
        """The value of an attribute, or the decoded characters `start` to `end` of it, entities counted as written."""
        found = self._find(name)
        if found is None:
            return self.span()
        raw = self.source.text[found.value_start : found.value_end]
        if end is None:
            end = len(self.attributes.get(name, raw))
        offsets = decoded_offsets(raw)
        first, last = (offsets[min(at, len(offsets) - 1)] for at in (start, max(end, start + 1)))
        return self.source.span(found.value_start + first, found.value_start + max(last, first))

    def walk(self) -> Iterator["Element"]:
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def _find(self, name: str) -> AttributeText | None:
        return next((found for found in scan_tag(self.source.text, self.offset) if found.name == name), None)

    def _name_length(self, start: int) -> int:
        text, at = self.source.text, start
        while at < len(text) and not text[at].isspace() and text[at] not in "/>":
            at += 1
        return at - start


class Document(Struct, frozen=True, eq=False):
    """One file of the configuration: its text and its root element."""

    source: SourceFile
    root: Element
    namespace: str | None

    @property
    def data(self) -> bytes:
        """The text for other parsers."""
        return plain_data(self.source.text)


def scan_tag(text: str, offset: int) -> Iterator[AttributeText]:
    """All attributes of the well-formed start tag whose `<` is at `offset`, prefixed ones and `xmlns` included."""
    at = offset + 1
    while at < len(text) and not text[at].isspace() and text[at] not in "/>":
        at += 1
    while True:
        while text[at].isspace():
            at += 1
        if text[at] in "/>":
            return
        equals = text.index("=", at)
        name = text[at:equals].rstrip()
        opening = equals + 1
        while text[opening].isspace():
            opening += 1
        closing = text.index(text[opening], opening + 1)
        yield AttributeText(name, at, at + len(name), opening + 1, closing)
        at = closing + 1


def decoded_offsets(raw: str) -> list[int]:
    """For each decoded character of a raw attribute value, and for its end, the offset at which it is written."""
    offsets, at = [], 0
    while at < len(raw):
        offsets.append(at)
        at = raw.index(";", at) + 1 if raw[at] == "&" else at + 1
    offsets.append(len(raw))
    return offsets
