"""A resource type in several files is one."""

from compiler.bind.parts import JoinedElement
from compiler.bind.read import read_model
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.model.model import Model
from compiler.source.xml import parse_xml

WHOLE = '<ResourceType Identifier="r" DisplayName_L1="R" Policy="p" SourceEntityType="a" TargetEntityType="b"'


def read(*files: str) -> tuple[Model, list[Diagnostic]]:
    documents = []
    for number, text in enumerate(files):
        document, _ = parse_xml(f"{number}.xml", f"<ConfigurationFile>\n{text}\n</ConfigurationFile>".encode())
        assert document is not None
        documents.append(document)
    reading, findings = read_model(documents)
    return reading.model, findings


def test_attributes_and_rules_come_together() -> None:
    model, findings = read(
        f'{WHOLE}><ScalarRule Property="x" /></ResourceType>',
        '<ResourceType Identifier="r" AllowAdd="false" D0="x" R1="true"><ScalarRule Property="y" /></ResourceType>',
        '<ResourceType Identifier="r" Policy="p"><TypeRule /></ResourceType>',
    )
    whole = model.resource_types["r"]
    assert findings == []
    assert (whole.policy, whole.allow_add, whole.r) == ("p", False, {1: True})
    assert [rule.property for rule in whole.scalar_rules] == ["x", "y"]
    assert len(whole.type_rules) == 1
    assert isinstance(whole.element, JoinedElement) and len(whole.element.parts) == 3


def test_each_attribute_keeps_its_place() -> None:
    model, _ = read(f"{WHOLE} />", '<ResourceType Identifier="r" AllowAdd="false" />')
    element = model.resource_types["r"].element
    assert [element.value_span(name).file for name in ("Policy", "AllowAdd", "Nowhere")] == ["0.xml", "1.xml", "0.xml"]
    assert element.attribute_span("AllowAdd").start.column == 30
    assert element.span().file == "0.xml"


def test_two_values_of_one_attribute_are_a_conflict_and_the_first_stays() -> None:
    model, findings = read(f'{WHOLE} AllowAdd="true" />', '<ResourceType Identifier="r" AllowAdd="false" />')
    assert [(each.code, each.span and each.span.file) for each in findings] == [("E167", "1.xml")]
    assert model.resource_types["r"].allow_add


def test_what_no_part_says_is_lacking() -> None:
    _, findings = read(
        '<ResourceType Identifier="r" Policy="p" />', '<ResourceType Identifier="r" DisplayName_L1="R" />'
    )
    lacking = [
        "`ResourceType` needs the attribute `SourceEntityType`",
        "`ResourceType` needs the attribute `TargetEntityType`",
    ]
    assert [each.message for each in findings] == lacking


def test_another_letter_case_is_no_part() -> None:
    _, findings = read(f"{WHOLE} />", f"{WHOLE} />".replace('"r"', '"R"'))
    assert [each.code for each in findings] == ["E164"]


def test_a_part_with_a_mode_is_another_item_and_one_too_many() -> None:
    parts = (f'{WHOLE} ConsolidationMode="Merge" />', f"{WHOLE} />")
    assert [each.code for each in read(*parts)[1]] == ["E164"]
    assert [each.code for each in read(*reversed(parts))[1]] == ["E164"]
