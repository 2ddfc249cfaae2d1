"""Elements as items of the model, driven by the declarations alone."""

from compiler.bind.read import key_field, read_model, shelf_of
from compiler.model.metadata import EntityTypeMapping, Language
from compiler.model.model import NODES, Model
from compiler.model.node import children_of
from compiler.source.document import Document
from compiler.source.xml import parse_xml
from tests.conftest import CompileText


def _documents(*texts: str) -> list[Document]:
    parsed = [parse_xml(f"{number}.xml", text.encode())[0] for number, text in enumerate(texts)]
    return [document for document in parsed if document is not None]


def _model(*elements: str) -> Model:
    return read_model(_documents(*(f"<ConfigurationFile>{text}</ConfigurationFile>" for text in elements)))[0].model


def test_every_declared_element_has_its_place_in_the_model() -> None:
    assert {shelf_of(node).field for node in NODES} == {
        name for name in Model.__struct_fields__ if name not in ("ignored", "sides")
    }


def test_every_item_kept_by_key_has_one() -> None:
    assert all((key_field(node) is not None) == shelf_of(node).keyed for node in NODES)


def test_an_item_without_attributes_is_read_or_passed_over_whatever_it_is() -> None:
    for node in NODES:
        children = "".join(f"<{child.node.tag} />" for child in children_of(node))
        model = _model(f"<{node.tag}>{children}</{node.tag}>")
        assert not getattr(model, shelf_of(node).field) or not shelf_of(node).keyed


def test_children_stand_in_document_order_under_their_kind() -> None:
    rules = '<ScalarRule Property="b" /><TypeRule /><ScalarRule Property="a" />'
    model = _model(f'<ResourceType Identifier="x">{rules}</ResourceType>')
    assert [rule.property for rule in model.resource_types["x"].scalar_rules] == ["b", "a"]
    assert len(model.resource_types["x"].type_rules) == 1


def test_both_spellings_of_an_element_are_one_kind() -> None:
    model = _model('<LDAPResourceTypeMapping Identifier="a" /><LdapResourceTypeMapping Identifier="b" />')
    assert list(model.resource_type_mappings) == ["a", "b"]


def test_languages_are_known_by_their_code() -> None:
    assert key_field(Language) == "code"
    assert list(_model('<Language Code="fr-FR" IndicatorNumber="1" />').languages) == ["fr-FR"]


def test_files_are_one_unordered_set() -> None:
    model = _model('<Policy Identifier="a" />', '<Policy Identifier="b" />')
    assert list(model.policies) == ["a", "b"]
    assert model.policies["b"].element.source.name == "1.xml"


def test_of_two_items_with_one_key_the_first_stays() -> None:
    reading, findings = read_model(
        _documents('<ConfigurationFile><Policy Identifier="Beds" /><Policy Identifier="BEDS" /></ConfigurationFile>')
    )
    assert list(reading.model.policies) == ["Beds"]
    assert [(found.code, len(found.related)) for found in findings] == [("E164", 1)]


def test_kinds_do_not_share_keys() -> None:
    _, findings = read_model(
        _documents('<ConfigurationFile><Policy Identifier="a" /><Agent Identifier="a" /></ConfigurationFile>')
    )
    assert findings == []


def test_what_could_not_be_read_is_remembered() -> None:
    text = '<ConfigurationFile><Polcy Identifier="a"><Child Identifier="b" /></Polcy></ConfigurationFile>'
    assert {"a", "b"} <= read_model(_documents(text))[0].unread


def test_a_deleting_element_leaves_no_item(compile_text: CompileText) -> None:
    compilation = compile_text('<Category Identifier="a" DisplayName_L1="a" Policy="p" ConsolidationMode="Delete" />')
    assert compilation.model.categories == {}


def test_a_mapping_keeps_its_rows_and_its_place() -> None:
    text = '<EntityTypeMapping Identifier="a"><Property Identifier="x" ConnectionColumn="c" /></EntityTypeMapping>'
    mapping = _model(text).entity_type_mappings["a"]
    assert isinstance(mapping, EntityTypeMapping)
    assert mapping.properties[0].connection_column == "c"
    assert mapping.element.span().start == (1, 21)
