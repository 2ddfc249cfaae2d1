"""The XSDs say which identifiers one file has once; what they refuse the compiler refuses too, as one E164."""

from collections.abc import Iterator
from functools import cache
from xml.sax.saxutils import quoteattr

import pytest
from lxml import etree

from compiler.bind.read import key_field
from compiler.catalogue.catalogue import Catalogue
from compiler.model.connectors import ConnectionTable
from compiler.model.model import NODES
from compiler.model.node import Children, Node, attributes_of, children_of
from compiler.model.provisioning import ResourceType
from compiler.pipeline import compile_sources
from compiler.schema.grammar import ElementRule, grammar, schema_folder
from compiler.schema.xsd import check_schema
from compiler.source.xml import NAMESPACE, parse_xml
from tests.compiler.schema.test_every_attribute import value_of

ELEMENTS = {name: rule for name, rule in grammar().children.items() if not rule.ignored}


@cache
def schema() -> etree.XMLSchema:
    """The XSDs as an editor has them."""
    return etree.XMLSchema(etree.parse(schema_folder() / "configuration.xsd"))


def is_keyed(node: type[Node]) -> bool:
    """Whether two elements of a kind in one file must differ in their identifier."""
    return node is ConnectionTable or (key_field(node) is not None and node is not ResourceType)


def keyed_children(node: type[Node]) -> list[Children]:
    return [each for each in children_of(node) if key_field(each.node)]


TOP = {name: is_keyed(node) for node in NODES for name in (node.tag, *node.aliases)}
BELOW = {name: each for node in NODES for name in (node.tag, *node.aliases) for each in keyed_children(node)}


def written(rule: ElementRule, children: str = "", **attributes: str) -> str:
    needed = {each.name: value_of(each) for each in rule.attributes.values() if each.required} | attributes
    shown = "".join(f" {name}={quoteattr(value)}" for name, value in needed.items())
    return f"<{rule.name}{shown}>{children}</{rule.name}>"


def twice(name: str) -> str:
    """Two elements that say the same, in two modes where the element has one."""
    rule = ELEMENTS[name]
    mode = {"ConsolidationMode": "Merge"} if "ConsolidationMode" in rule.attributes else {}
    return written(rule) + written(rule, **mode)


def children_twice(name: str) -> str:
    declared = BELOW[name]
    child = ELEMENTS[name].children[declared.node.tag]
    key = next(each.name for each in attributes_of(declared.node) if each.field == key_field(declared.node))
    return written(ELEMENTS[name], written(child, **{key: "Ship"}) * 2)


def document(body: str) -> bytes:
    return f'<?xml version="1.0"?>\n<ConfigurationFile xmlns="{NAMESPACE}">{body}</ConfigurationFile>'.encode()


def refusals(data: bytes) -> Iterator[str]:
    schema().validate(etree.fromstring(data))
    return (error.type_name for error in schema().error_log)


def codes(data: bytes, catalogue: Catalogue) -> list[str]:
    return [found.code for found in compile_sources([("Quay.xml", data)], catalogue).findings]


@pytest.mark.parametrize("name", TOP)
def test_a_file_has_an_identifier_once_where_the_language_says_so(name: str, catalogue: Catalogue) -> None:
    data = document(twice(name))
    assert list(refusals(data)) == (["SCHEMAV_CVC_IDC"] if TOP[name] else [])
    if TOP[name] and name != "ConnectionTable":  # tables of no connection are not compared
        assert codes(data, catalogue).count("E164") == 1


@pytest.mark.parametrize("name", BELOW)
def test_an_element_has_a_child_once_where_the_language_says_so(name: str, catalogue: Catalogue) -> None:
    data = document(children_twice(name))
    assert list(refusals(data)) == ["SCHEMAV_CVC_IDC"]
    assert codes(data, catalogue).count("E164") == 1


def test_two_kinds_may_share_an_identifier_and_so_may_two_parents() -> None:
    types = "".join(
        written(ELEMENTS["EntityType"], '<Property Identifier="Name"/>', Identifier=name) for name in ("Ship", "Crew")
    )
    assert list(refusals(document(types + written(ELEMENTS["EntityTypeMapping"], Identifier="Ship")))) == []


def test_mappings_of_two_kinds_do_not_share_an_identifier(catalogue: Catalogue) -> None:
    both = "".join(written(ELEMENTS[name]) for name in ("OktaResourceTypeMapping", "LDAPResourceTypeMapping"))
    assert list(refusals(document(both))) == ["SCHEMAV_CVC_IDC"]
    assert codes(document(both), catalogue).count("E164") == 1


def test_the_compiler_asks_libxml2_for_none_of_it() -> None:
    parsed, problems = parse_xml("Quay.xml", document(twice("Agent") + children_twice("EntityType")))
    assert parsed is not None and problems == []
    assert check_schema(parsed) == []
