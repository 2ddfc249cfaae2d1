"""From the XSDs come documents that use every attribute of every element; they validate, and every value is read."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

import pytest

from compiler.bind.read import read_model
from compiler.catalogue.catalogue import Catalogue
from compiler.model.node import Node, attributes_of
from compiler.pipeline import compile_sources
from compiler.schema.grammar import AttributeRule, ElementRule, grammar
from compiler.schema.xsd import check_schema
from compiler.source.xml import parse_xml

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
TEXTS = {"PropertyPath": "Ship:Name", "LanguageCode": "en-GB", "xs:int": "7", "xs:double": "0.5", "Boolean": "true"}
ELEMENTS = {name: rule for name, rule in grammar().children.items() if not rule.ignored}


def value_of(rule: AttributeRule) -> str:
    """A value that the attribute takes, and that is not its default."""
    names = [each for each in rule.type.choices if each != rule.default]
    if rule.type.name == "Boolean":
        return "false" if rule.default == "true" else "true"
    return names[0] if names else TEXTS.get(rule.type.name, "Ship")


def written(rule: ElementRule) -> str:
    """The element with all of its attributes and one child of each kind."""
    attributes = " ".join(f"{each.name}={quoteattr(value_of(each))}" for each in rule.attributes.values())
    children = "".join(written(child) if not child.ignored else f"<{child.name} />" for child in rule.children.values())
    return f"<{rule.name} {attributes}>{children}</{rule.name}>"


def document(name: str) -> bytes:
    return f"{DECLARATION}<ConfigurationFile>{written(ELEMENTS[name])}</ConfigurationFile>".encode()


@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_with_everything_validates_and_is_read(name: str, catalogue: Catalogue) -> None:
    parsed, problems = parse_xml("all.xml", document(name))
    assert parsed is not None and problems == []
    assert check_schema(parsed) == []
    reading, _ = read_model([parsed])
    nodes = [*(node for node, _ in reading.model.nodes()), *reading.adjusting]
    assert name in {node.element.name for node in nodes}
    assert [each for node in nodes for each in unread(node)] == []
    assert compile_sources([("all.xml", document(name))], catalogue).findings


def unread(node: Node) -> Iterator[str]:
    """The declared attributes whose field still has its default, though the element gives another value."""
    for declared in attributes_of(type(node)):
        value = getattr(node, declared.field)
        if value == declared.default or value in (None, {}, ""):
            yield f"{node.tag}/@{declared.name}"
        elif declared.xml.family:
            assert len(value) == (16 if declared.xml.family.endswith("_L") else 128), declared.name


def test_there_is_much_to_write() -> None:
    assert sum(len(rule.attributes) for rule in ELEMENTS.values()) > 3_000
