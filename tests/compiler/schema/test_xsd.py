"""The XSD's verdict in words: which code, at which place, with which help; and both ways of checking agree."""

import random
import time

import pytest
from lxml import etree

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.schema.explain import explain
from compiler.schema.grammar import AttributeRule, ElementRule, grammar, known_elements, schema_folder
from compiler.schema.xsd import check_schema
from compiler.source.document import Document
from compiler.source.xml import NAMESPACE, parse_xml

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def document(body: str, root: str = "<ConfigurationFile>", end: str = "</ConfigurationFile>") -> Document:
    found, _ = parse_xml("Quay.xml", f"{DECLARATION}{root}\n{body}\n{end}".encode())
    assert found is not None
    return found


def findings(body: str) -> list[Diagnostic]:
    return check_schema(document(body))


def pointed_at(finding: Diagnostic, body: str) -> str:
    assert finding.span is not None
    (line, start), (_, end) = finding.span.start, finding.span.end
    return body.splitlines()[line - 3][start - 1 : end - 1]


VALID = """<Language Code="en-GB" IndicatorNumber="1" />
<Agent Identifier="Quay" DisplayName_L1="Quay agent" State="1" URI="https://quay.example" />
<Connector Identifier="Crew" DisplayName_L1="Crew office" Agent="Quay" CompleteJob="3" MaximumDeletedLines="10" />
<Connection Identifier="CrewSheet" DisplayName_L1="Crew sheet" Connector="Crew" Package="csv">
  <Transformation Type="TransformDate" Table="CrewSheet" Column="until" AddedDays="-0.5" />
</Connection>
<EntityType Identifier="Crew_Sailor" DisplayName_L16="Matelot" ConsolidationMode="Merge">
  <Property Identifier="Book" Type="String" IsKey="true" TargetColumnIndex="4" />
  <Property Identifier="Vessel" Type="12" IsKey="0" />
</EntityType>
<Policy Identifier="Default" DisplayName_L1="Default" D3V="Northern" />
<ResourceType Identifier="Berth" DisplayName_L1="Berth" Policy="Default" SourceEntityType="Crew_Sailor"
    TargetEntityType="Crew_Sailor" P1A="true" R0="1">
  <TypeRule L2="true" D2="x"/><ScalarRule Property="Book"/></ResourceType>
<LDAPResourceTypeMapping Identifier="Berth" Connection="X" DefaultObjectClass="person" RDNAttributeIdentifier="cn"/>
<MenuItem Identifier="Nightly"><Connector Identifier="" Any="thing"/></MenuItem>
<Tile Identifier="x"/>
"""

REFUSED = {
    "unknown attribute": ('<Language Code="en-GB" IndicatorNumber="1" Json="x"/>', "E110", 'Json="x"', "takes `Code`"),
    "strange attribute": ('<Language Code="en-GB" IndicatorNumber="1" Q="x"/>', "E110", 'Q="x"', "it takes `Code`"),
    "letter case": ('<Language code="en-GB" IndicatorNumber="1"/>', "E110", 'code="en-GB"', "did you mean `Code`?"),
    "unknown element": ("<EntityTyp/>", "E111", "EntityTyp", "did you mean `EntityType`?"),
    "ignored element misspelt": ("<MenuItm/>", "E111", "MenuItm", "did you mean `MenuItem`?"),
    "element elsewhere": ("<ScalarRule/>", "E111", "ScalarRule", "it stands inside `ResourceType`"),
    "root below root": ("<ConfigurationFile/>", "E111", "ConfigurationFile", "it is the root of a file"),
    "unknown child": ('<EntityType Identifier="X"><Prop/></EntityType>', "E111", "Prop", "stand `Property`"),
    "element of the top": ('<EntityType Identifier="X"><Agent/></EntityType>', "E111", "Agent", "`Configuration"),
    "missing attribute": ('<Language Code="en-GB"/>', "E112", "Language", "`IndicatorNumber`: the number"),
    "no number": ('<Language Code="en-GB" IndicatorNumber="one"/>', "E113", "one", "a whole number from"),
    "number too big": ('<Language Code="en-GB" IndicatorNumber="2147483648"/>', "E113", "2147483648", "2147483647"),
    "no culture": ('<Language Code="english" IndicatorNumber="1"/>', "E113", "english", "such as en-GB"),
    "empty name": ('<EntityType Identifier=""/>', "E113", "", "at least one character"),
    "no truth": ('<EntityType Identifier="X"><Property Identifier="Y" IsKey="ja"/></EntityType>', "E113", "ja", "true"),
    "no path": ('<EntityAssociation Identifier="X" Property1="A" Property2="B:C"/>', "E113", "A", "EntityType:"),
    "no choice": ('<EntityType Identifier="X" ConsolidationMode="Mrge"/>', "E114", "Mrge", "`Merge`? it takes"),
    "choice in other case": ('<EntityType Identifier="X" ConsolidationMode="merge"/>', "W115", "merge", "`Merge`"),
    "truth in another case": (
        '<Category Identifier="X" DisplayName_L1="x" Policy="P" IsCollapsed="True"/>',
        "W115",
        "True",
        "write `true`",
    ),
    "number of a dimension": ('<Policy Identifier="X" DisplayName_L1="x" D1a="y"/>', "W115", 'D1a="y"', "capital"),
}


def test_a_valid_document_has_no_findings() -> None:
    assert findings(VALID) == []


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_told_at_its_place(case: str) -> None:
    body, code, marked, words = REFUSED[case]
    found = findings(body)
    assert [finding.code for finding in found] == [code]
    assert pointed_at(found[0], body) == marked
    assert words in found[0].help


def test_everything_is_told_at_once() -> None:
    together = "\n".join(body for body, _, _, _ in REFUSED.values())
    assert [finding.code for finding in findings(together)] == [code for _, code, _, _ in REFUSED.values()]


@pytest.mark.parametrize(
    ("root", "end", "prefix"),
    [
        ("<ConfigurationFile>", "</ConfigurationFile>", ""),
        (f'<ConfigurationFile xmlns="{NAMESPACE}">', "</ConfigurationFile>", ""),
        (f'<q:ConfigurationFile xmlns:q="{NAMESPACE}">', "</q:ConfigurationFile>", "q:"),
    ],
)
def test_places_do_not_depend_on_the_namespace(root: str, end: str, prefix: str) -> None:
    body = "<Agent Identifier='A' DisplayName_L1='A'/>\n<Tile/>\n<Agent Identifier='B' DisplayName_L1='B'\n Uri='x'/>"
    found = check_schema(document(body.replace("<", f"<{prefix}"), root, end))
    assert [(each.code, each.span and each.span.start) for each in found] == [("E110", (6, 2))]


def test_prefixed_attributes_are_nobodys_mistake() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:o="ours"'
    body = '<EntityType Identifier="X" o:note="checked" xml:lang="en"/>'
    assert check_schema(document(body, f'<ConfigurationFile {xsi} xsi:schemaLocation="a b">')) == []


def test_what_only_libxml2_refuses_is_told_in_its_words() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    found = check_schema(document('<EntityType Identifier="X" xsi:type="Ship"/>', f"<ConfigurationFile {xsi}>"))
    assert [(each.code, each.span and each.span.start) for each in found] == [("E113", (3, 2))]
    assert "Ship" in found[0].message


def test_text_is_left_to_the_parser() -> None:
    found, problems = parse_xml("Quay.xml", f"{DECLARATION}<ConfigurationFile>ships</ConfigurationFile>".encode())
    assert found is not None
    assert [each.code for each in problems] == ["E106"]
    assert check_schema(found) == []


def test_places_are_exact_far_beyond_line_65535() -> None:
    filler = "\n".join('<Category Identifier="X" DisplayName_L1="x"\n Policy="P"/>' for _ in range(40_000))
    found = findings(f'{filler}\n<Category Identifier="X" DisplayName_L1="x"\n Polcy="P"/>')
    assert [(each.code, each.span and each.span.start) for each in found] == [("E110", (80_004, 2))]


def random_value(chance: random.Random, attribute: AttributeRule) -> str:
    kind = attribute.type
    good = [*kind.choices] or {"xs:int": ["0", "-7", "+5", " 12 ", "2147483647"], "PropertyPath": ["A:b"]}.get(
        kind.name
    )
    bad = [
        "",
        "x",
        "TRUE",
        "1.5",
        "2147483648",
        "-2147483648",
        "00",
        "1_0",
        "a:b:c",
        ":",
        "en",
        "en-gb",
        "zh-Hans-CN",
        "٣",
    ]
    return chance.choice(good or ["x", "en-GB"]) if chance.random() < 0.95 else chance.choice(bad)


def random_element(chance: random.Random, rule: ElementRule, depth: int = 0) -> etree._Element:
    """An element made from its rule, with a mistake now and then."""
    element = etree.Element(f"{{{NAMESPACE}}}{rule.name}")
    for attribute in rule.attributes.values():
        if attribute.required and chance.random() < 0.985 or chance.random() < 0.02:
            element.set(attribute.name, random_value(chance, attribute))
    if chance.random() < 0.02:
        element.set(chance.choice(["Nonsense", "identifier", "Identifier", "D0", "D1a"]), "x")
    for _ in range(chance.randint(0, 8 if depth == 0 else 2) if rule.children else 0):
        children = [child for child in rule.children.values() if not child.ignored or chance.random() < 0.05]
        element.append(random_element(chance, chance.choice(children or [*rule.children.values()]), depth + 1))
    if chance.random() < 0.02 and not rule.ignored:
        element.append(etree.Element(f"{{{NAMESPACE}}}{chance.choice(['Property', 'Agent', 'Ships', 'Job'])}"))
    return element


def test_our_reading_and_libxml2_refuse_the_same_documents() -> None:
    chance = random.Random(20261123)
    schema = etree.XMLSchema(etree.parse(schema_folder() / "configuration.xsd"))
    verdicts = {True: 0, False: 0}
    for _ in range(1500):
        data = etree.tostring(random_element(chance, grammar()), encoding="utf-8", xml_declaration=True)
        found, _ = parse_xml("Quay.xml", data)
        assert found is not None
        schema.validate(etree.fromstring(data))
        valid = {error.type_name for error in schema.error_log} <= {"SCHEMAV_CVC_IDC"}
        assert valid == (not explain(found.root)), data.decode()
        verdicts[valid] += 1
    assert min(verdicts.values()) > 200


def test_known_elements_take_whatever_they_hold() -> None:
    body = "".join(
        f"<{name} Any='x'><Connector/><{name}/></{name}>" for name in sorted(known_elements() - {"Transformation"})
    )
    assert findings(body) == []


def test_whatever_the_parser_accepts_can_be_checked() -> None:
    chance = random.Random(7)
    original = (
        f'{DECLARATION}<ConfigurationFile xmlns="{NAMESPACE}" xmlns:x="urn:x">\n{VALID}</ConfigurationFile>'.encode()
    )
    seen: set[str] = set()
    for _ in range(1500):
        changed = bytearray(original)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.choice(b"abcdefgxyzABC :;='\"/\n0123")
        found, _ = parse_xml("Quay.xml", bytes(changed))
        if found is not None:
            seen.update(finding.code for finding in check_schema(found))
    assert {"E110", "E111", "E113", "E114"} <= seen


def test_a_mistake_made_a_thousand_times_takes_no_thousand_times_as_long() -> None:
    body = '<Category Identifer="X" DisplayName_L1="x" Policy="P" IsCollapsed="True"/><Categry/>\n' * 20_000
    start = time.perf_counter()
    assert len(findings(body)) == 60_000
    assert time.perf_counter() - start < 20
