"""The XSDs as a table: which elements there are, which attributes and children each takes, and what values may be.

Reads the part of XSD 1.0 that `schemas/` uses. libxml2 gives the verdict on documents; this table words what it refused
and answers questions about the language itself.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec import Struct

XS = "{http://www.w3.org/2001/XMLSchema}"
IGNORED = "Ignored"
"""The type of documented elements that no run uses."""


class ValueType(Struct, frozen=True):
    """What an attribute may hold. `accepts` says it in a sentence; `choices` is empty unless only those are allowed."""

    name: str
    accepts: str
    choices: tuple[str, ...] = ()
    pattern: str = ""


class AttributeRule(Struct, frozen=True):
    """One attribute that an element takes. `default` is the text that stands for its absence, if any."""

    name: str
    type: ValueType
    required: bool
    default: str | None
    documentation: str


class ElementRule(Struct, frozen=True):
    """One element in one place: its attributes and children by name; neither is known of an ignored element."""

    name: str
    ignored: bool
    documentation: str
    attributes: dict[str, AttributeRule]
    children: dict[str, "ElementRule"]


def schema_folder() -> Path:
    """The folder of the XSDs: `compiler/_schemas` in an installed package, `schemas` in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_schemas"
    return installed if installed.is_dir() else package.parent / "schemas"


@cache
def grammar() -> ElementRule:
    """The root element, from which every other rule is reached."""
    return _Reader(schema_folder()).root()


@cache
def known_elements() -> frozenset[str]:
    """The documented elements that are accepted and used by no run, at the top of a file or inside an element."""
    return frozenset(rule.name for rule in every_rule() if rule.ignored)


def every_rule() -> Iterator[ElementRule]:
    """Every element rule, those of children after their parent's."""
    waiting = [grammar()]
    while waiting:
        rule = waiting.pop()
        yield rule
        waiting.extend(reversed(rule.children.values()))


_BUILT_IN = {
    "xs:string": ValueType("xs:string", "Any text."),
    "xs:int": ValueType("xs:int", "A whole number from -2147483648 to 2147483647.", pattern=r"\s*[+-]?[0-9]+\s*"),
    "xs:double": ValueType(
        "xs:double", "A number.", pattern=r"\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|-?INF|NaN)\s*"
    ),
}


class _Reader:
    """The declarations of all chapters by kind and name."""

    def __init__(self, folder: Path) -> None:
        self._named: dict[tuple[str, str], Any] = {}
        for chapter in sorted(folder.glob("*.xsd")):
            for node in etree.parse(chapter).getroot().iterchildren(f"{XS}*"):
                self._named[str(node.tag), node.get("name", "")] = node
        self._types: dict[str, ValueType] = dict(_BUILT_IN)
        self._groups: dict[str, tuple[AttributeRule, ...]] = {}

    def root(self) -> ElementRule:
        root = self._named[f"{XS}element", "ConfigurationFile"]
        elements = [node for (kind, _), node in self._named.items() if kind == f"{XS}element" and node is not root]
        children = {rule.name: rule for rule in map(self._element, elements)}
        return ElementRule("ConfigurationFile", False, _documentation(root), {}, children)

    def _element(self, node: Any) -> ElementRule:
        name, type_name = node.get("name"), node.get("type")
        content = self._named[f"{XS}complexType", type_name] if type_name else node.find(f"{XS}complexType")
        documentation = _documentation(node) or _documentation(content)
        if type_name == IGNORED:
            return ElementRule(name, True, documentation, {}, {})
        children = {child.name: child for child in map(self._element, content.iterfind(f"{XS}choice/{XS}element"))}
        attributes = {attribute.name: attribute for attribute in self._attributes(content)}
        return ElementRule(name, False, documentation, attributes, children)

    def _attributes(self, holder: Any) -> Iterator[AttributeRule]:
        for node in holder.iterchildren(f"{XS}attribute", f"{XS}attributeGroup"):
            if node.tag == f"{XS}attributeGroup":
                yield from self._group(node.get("ref"))
                continue
            required = node.get("use") == "required"
            kind = self._type(node.get("type"))
            yield AttributeRule(node.get("name"), kind, required, node.get("default"), _documentation(node))

    def _group(self, name: str) -> tuple[AttributeRule, ...]:
        if name not in self._groups:
            self._groups[name] = tuple(self._attributes(self._named[f"{XS}attributeGroup", name]))
        return self._groups[name]

    def _type(self, name: str) -> ValueType:
        if name not in self._types:
            node = self._named[f"{XS}simpleType", name]
            choices = tuple(each.get("value") for each in node.iterfind(f"{XS}restriction/{XS}enumeration"))
            pattern = node.find(f"{XS}restriction/{XS}pattern")
            shortest = node.find(f"{XS}restriction/{XS}minLength")
            text = pattern.get("value") if pattern is not None else "" if shortest is None else "(?s:.+)"
            self._types[name] = ValueType(name, _documentation(node), choices, text)
        return self._types[name]


def _documentation(node: Any) -> str:
    return " ".join((node.findtext(f"{XS}annotation/{XS}documentation") or "").split())
