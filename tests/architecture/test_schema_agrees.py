"""The XSDs and the declarations of the model say the same, and both readings of the XSDs see the same."""

from enum import Enum
from typing import Any, get_args, get_origin

import pytest
import xmlschema

from compiler.model.model import NODES
from compiler.model.node import Attribute, Node, attributes_of, children_of, enum_names
from compiler.schema.grammar import XS, AttributeRule, ElementRule, every_rule, grammar, known_elements, schema_folder

TEXTS = {"xs:string", "Name", "LanguageCode"}
BASE32HEX = "0123456789ABCDEFGHIJKLMNOPQRSTUV"


def number_names(family: str) -> list[str]:
    """The names of a family: decimal from 1 to 16 for texts by language, else base32hex from 0 to 127."""
    if family.endswith("_L"):
        return [f"{family}{number}" for number in range(1, 17)]
    return [family + (BASE32HEX[number // 32] if number > 31 else "") + BASE32HEX[number % 32] for number in range(128)]


def expected_types(declared: Attribute, value_type: Any) -> set[str]:
    if declared.xml.kind in ("reference", "own property"):
        return {"Name"}
    if declared.xml.kind == "property":
        return {"PropertyPath"}
    if declared.xml.kind in ("binding", "expression"):
        return {"xs:string"}
    if isinstance(value_type, type) and issubclass(value_type, Enum):
        return {value_type.__name__}
    return {str: TEXTS, bool: {"Boolean"}, int: {"xs:int"}, float: {"xs:double"}}[value_type]


def expected_default(default: Any, value_type: Any) -> str | None:
    if isinstance(default, Enum):
        return default.name.rstrip("_")
    if isinstance(default, bool) or (value_type is bool and default is not None):
        return str(bool(default)).lower()
    return str(default) if isinstance(default, int | float) else default or None


def check(rule: AttributeRule, declared: Attribute, value_type: Any, required: bool, default: str | None) -> None:
    where = f"{declared.field}: {rule.name}"
    assert rule.required == required, where
    assert rule.default == default, where
    assert rule.type.name in expected_types(declared, value_type), where
    if isinstance(value_type, type) and issubclass(value_type, Enum):
        assert set(rule.type.choices) == set(enum_names(value_type)), where


def compare(node: type[Node], rule: ElementRule) -> None:
    """Every attribute and child of a declaration against those of the XSD's element, and the other way round."""
    seen: set[str] = set()
    for declared in attributes_of(node):
        family = get_origin(declared.type) is dict
        value_type = get_args(declared.type)[1] if family else declared.type
        default = expected_default(declared.default, value_type)
        names = number_names(declared.name) if family else [declared.name]
        for name in names:
            required = declared.required and name == names[0]
            assert name in rule.attributes, f"the XSD lacks {rule.name}/@{name}"
            family_default = "false" if value_type is bool else None
            check(rule.attributes[name], declared, value_type, required, family_default if family else default)
        for alias in declared.xml.aliases:
            check(rule.attributes[alias], declared, value_type, False, None)
        seen.update(names, declared.xml.aliases)
    assert set(rule.attributes) == seen, f"{rule.name} differs"
    children = {name: child for name, child in rule.children.items() if not child.ignored}
    below = {name: each.node for each in children_of(node) for name in (each.node.tag, *each.node.aliases)}
    assert set(children) == set(below)
    for name, child in below.items():
        compare(child, children[name])


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.tag)
def test_declaration_and_schema_agree(node: type[Node]) -> None:
    for name in (node.tag, *node.aliases):
        compare(node, grammar().children[name])


def test_the_schema_has_no_element_that_the_model_lacks() -> None:
    declared = {name for node in NODES for name in (node.tag, *node.aliases)}
    assert {name for name, rule in grammar().children.items() if not rule.ignored} == declared
    assert not declared & known_elements()


def test_every_element_and_attribute_is_documented() -> None:
    for rule in every_rule():
        assert rule.documentation, rule.name
        for attribute in rule.attributes.values():
            assert attribute.documentation.endswith("."), f"{rule.name}/@{attribute.name}"
            assert attribute.type.accepts.endswith("."), attribute.type.name


def test_the_full_families_of_out_of_scope_elements_are_known() -> None:
    assert {
        "MenuItem",
        "Workflow",
    } <= known_elements()
    assert {"Binding", "Notification", "ReportQuery"} <= known_elements()
    assert len(known_elements()) > 100


def test_our_reading_of_the_schema_is_that_of_xmlschema() -> None:
    schema = xmlschema.XMLSchema(str(schema_folder() / "configuration.xsd"))
    assert {schema.elements[name].local_name for name in schema.elements} == {*grammar().children, grammar().name}
    for name, rule in grammar().children.items():
        if not rule.ignored:
            same_as_xmlschema(rule, schema.elements[name])


def same_as_xmlschema(rule: ElementRule, element: Any) -> None:
    assert set(element.type.attributes) == set(rule.attributes)
    for name, attribute in element.type.attributes.items():
        ours = rule.attributes[name]
        assert (attribute.use == "required", attribute.default) == (ours.required, ours.default)
        assert set(attribute.type.enumeration or ()) == set(ours.type.choices)
        assert attribute.type.local_name == ours.type.name.rpartition(":")[2]
    below = {child.local_name: child for child in element.type.content.iter_elements()}
    assert set(below) == set(rule.children)
    for name, child in rule.children.items():
        if not child.ignored:
            same_as_xmlschema(child, below[name])


def test_only_the_part_of_xsd_is_used_that_we_read() -> None:
    from lxml import etree

    read = {"schema", "annotation", "documentation", "include", "element", "complexType", "choice", "sequence", "any"}
    read |= {"anyAttribute", "attribute", "attributeGroup", "simpleType", "restriction", "enumeration", "pattern"}
    identity = {"unique", "selector", "field"}  # tests/compiler/schema/test_keys.py
    for chapter in schema_folder().glob("*.xsd"):
        used = {str(node.tag).removeprefix(XS) for node in etree.parse(chapter).getroot().iter("*")}
        assert used <= read | identity | {"minLength"}, chapter.name
