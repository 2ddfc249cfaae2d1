"""A document to the XSD's verdict: libxml2 decides, `explain` words it, and every finding has its exact place."""

import re
from functools import cache
from typing import TYPE_CHECKING

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.schema.explain import explain
from compiler.schema.grammar import schema_folder
from compiler.source.document import Document, Element
from compiler.source.xml import NAMESPACE, ROOT

if TYPE_CHECKING:
    from lxml import etree

_STEP = re.compile(r"/(?P<name>[^/\[]+)(?:\[(?P<number>\d+)\])?")
_NO_MATTER_HERE = ("SCHEMAV_CVC_COMPLEX_TYPE_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_2_3")
"""Text content: found by the parser already, as E106."""


def check_schema(document: Document) -> list[Diagnostic]:
    """What the language's XSD refuses in a document: E110 to E114, and W115 for names in another letter case."""
    refusals = _refusals(document)
    if not refusals and not any(child.name == ROOT for child in document.root.children):
        return []
    explained = list(explain(document.root))
    known = {id(element) for element, _ in explained}
    findings = [finding for _, finding in explained]
    for element, message in refusals:
        if id(element) not in known:
            findings.append(Diagnostic("E113", _in_plain_words(message), element.span()))
    return findings


def _refusals(document: Document) -> list[tuple[Element, str]]:
    """The elements that libxml2 refused, with its words; empty when the document is valid."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    root = etree.fromstring(document.data, parser)
    if document.namespace is None:
        for node in root.iter("*"):
            node.tag = f"{{{NAMESPACE}}}{node.tag!s}"
    schema = _schema()
    if schema.validate(root):
        return []
    return [(_element_at(document.root, each.path or ""), each.message) for each in schema.error_log if _matters(each)]


@cache
def _schema() -> "etree.XMLSchema":
    from lxml import etree

    return etree.XMLSchema(etree.parse(schema_folder() / "configuration.xsd"))


def _matters(error: "etree._LogEntry") -> bool:
    """Attributes with a prefix are none of the language's, so that an unknown one is nobody's mistake."""
    foreign = error.type_name == "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1" and ", attribute '{" in error.message
    return error.type_name not in _NO_MATTER_HERE and not foreign


def _element_at(root: Element, path: str) -> Element:
    """The element at libxml2's path: a step is `*[n]`, counting all siblings, or `prefix:name[n]`, those of a name."""
    at = root
    for step in list(_STEP.finditer(path))[1:]:
        name = step["name"].rpartition(":")[2]
        alike = [child for child in at.children if name in ("*", child.name)]
        number = int(step["number"] or 1)
        if number > len(alike):
            return at
        at = alike[number - 1]
    return at


def _in_plain_words(message: str) -> str:
    return message.replace(f"{{{NAMESPACE}}}", "").replace("\n", " ").rstrip(".")
