"""From the XSDs, an element with every attribute that it takes and every child: it is valid, and all of it is read."""

from typing import get_origin
from xml.sax.saxutils import quoteattr

import pytest

from compiler.bind.read import BY_TAG
from compiler.bind.values import read_attributes, written_name
from compiler.model.node import Attribute, Node, attributes_of, children_of
from compiler.schema.grammar import AttributeRule, ElementRule, grammar
from compiler.schema.xsd import check_schema
from compiler.source.document import Document, Element
from compiler.source.xml import parse_xml

_VALUES = {
    "Name": "Tarnwood",
    "PropertyPath": "Staff_Person:House",
    "LanguageCode": "en-GB",
    "xs:int": "7",
    "xs:double": "0.25",
    "xs:string": "some text",
}


def value(rule: AttributeRule) -> str:
    """A text that the attribute takes and that is not its default."""
    others = [each for each in rule.type.choices if each != rule.default]
    return others[0] if others else _VALUES[rule.type.name]


def written(rule: ElementRule) -> str:
    """The element with all its attributes, around one of each of its children."""
    attributes = " ".join(f"{each.name}={quoteattr(value(each))}" for each in rule.attributes.values())
    children = "".join(written(child) for child in rule.children.values() if not child.ignored)
    return f"<{rule.name} {attributes}>{children}</{rule.name}>"


def document(rule: ElementRule) -> Document:
    text = f'<?xml version="1.0" encoding="utf-8"?><ConfigurationFile>{written(rule)}</ConfigurationFile>'
    found, findings = parse_xml("every.xml", text.encode())
    assert found is not None
    assert findings == []
    return found


def compare(node: type[Node], element: Element) -> None:
    """Every attribute of the element is the value of a declared field."""
    values = read_attributes(node, element)
    read = {name for declared in attributes_of(node) for name in names_read(declared, element, values)}
    spellings = {alias for declared in attributes_of(node) for alias in declared.xml.aliases}
    assert set(element.attributes) - read <= spellings, node.tag
    for each in children_of(node):
        children = [child for child in element.children if child.name == each.node.tag]
        assert len(children) == 1, f"{node.tag}/{each.node.tag}"
        compare(each.node, children[0])


def names_read(declared: Attribute, element: Element, values: dict[str, object]) -> list[str]:
    """The names of attributes whose values a field holds."""
    found = values.get(declared.field)
    if get_origin(declared.type) is dict:
        assert isinstance(found, dict)
        family = [name for name in element.attributes if name.startswith(declared.xml.family)]
        return family if len(found) in (16, 128) else []
    name = written_name(declared, element)
    assert found is not None and found != declared.default, f"{element.name}/@{name}"
    return [name] if name else []


@pytest.mark.parametrize("name", [name for name, rule in grammar().children.items() if not rule.ignored])
def test_everything_that_an_element_takes_is_valid_and_read(name: str) -> None:
    found = document(grammar().children[name])
    assert check_schema(found) == []
    compare(BY_TAG[name], found.root.children[0])
