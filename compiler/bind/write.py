"""Documents in, their XML as this project writes it out: what they say, without comments, layout of their own, secrets.

UTF-8, LF, two spaces a level, an element a line, attributes in the order in which the schemas declare them, line breaks
inside a value as `&#xA;`. What is written compiles to the same plan.
"""

import html
import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from compiler.model.model import NODES
from compiler.model.node import Node, attributes_of, children_of
from compiler.schema.grammar import ElementRule, grammar
from compiler.source.document import Document, Element
from compiler.source.xml import parse_xml

if TYPE_CHECKING:
    from lxml import etree

_REMARK = re.compile(rb"<!-- secret left out: (.*?) -->")
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'


def rewritten(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Sound XML files as this project writes them, under the same names."""
    parsed = ((name, parse_xml(name, data)[0]) for name, data in files)
    return [(name, write_xml(document)) for name, document in parsed if document is not None]


def write_xml(document: Document) -> bytes:
    """One document. An attribute that holds a secret is written nowhere; a comment says which was left out."""
    from lxml import etree

    root = _element(document.root, grammar(), document.namespace)
    text = etree.tostring(root, encoding="utf-8", pretty_print=True)
    return DECLARATION + text.replace(b"&#10;", b"&#xA;").replace(b"&#13;", b"&#xD;").replace(b"&#9;", b"&#x9;")


def _element(element: Element, rule: ElementRule | None, namespace: str | None) -> "etree._Element":
    from lxml import etree

    prefix = f"{{{namespace}}}" if namespace else ""
    made = etree.Element(prefix + element.name, nsmap={None: namespace} if namespace else None)
    declared = {name: at for at, name in enumerate(rule.attributes)} if rule else {}
    for name in sorted(element.attributes, key=lambda name: declared.get(name, len(declared))):
        if (element.name, name) not in _secrets():
            made.set(name, element.attributes[name])
    for child in element.children:
        made.extend(
            etree.Comment(_remark(child, name)) for name in child.attributes if (child.name, name) in _secrets()
        )
        made.append(_element(child, rule.children.get(child.name) if rule else None, namespace))
    return made


def left_out(data: bytes) -> list[str]:
    """The secrets that `write_xml` left out of a document: attribute, element and its identifier."""
    return [html.unescape(found.decode()) for found in _REMARK.findall(data)]


def _remark(element: Element, name: str) -> str:
    """What a comment says of a secret; no identifier can end it."""
    identifier = element.attributes.get("Identifier", "")
    words = f"{name} of {element.name} `{identifier}`".replace("-", "&#45;").replace("\n", " ")
    return f" secret left out: {words} "


@cache
def _secrets() -> frozenset[tuple[str, str]]:
    """The element and the name of each attribute that holds a secret."""
    return frozenset(
        (tag, name)
        for kind in _kinds(NODES)
        for tag in (kind.tag, *kind.aliases)
        for each in attributes_of(kind)
        if each.xml.secret
        for name in (each.name, *each.xml.aliases)
    )


def _kinds(nodes: Iterable[type[Node]]) -> Iterable[type[Node]]:
    for kind in nodes:
        yield kind
        yield from _kinds(child.node for child in children_of(kind))
