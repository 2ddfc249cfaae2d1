"""XML to documents: exact places, encodings, refusals, and no bytes that end in anything but findings."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from compiler.diagnostics.diagnostic import Diagnostic, has_errors
from compiler.source.document import Document
from compiler.source.text import shown_text
from compiler.source.xml import MAX_DEPTH, NAMESPACE, parse_xml

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
FERRY = f"""{DECLARATION}<ConfigurationFile xmlns="{NAMESPACE}">
\t<EntityType Identifier="Crew_Sailor"
\t\tDisplayName_L1='Ship&apos;s "crew"'>
    <Property Identifier="FullName" Format = "a&lt;b&#xA;c &#x1F6A2; d" /><!-- <Property/> -->
  </EntityType>
</ConfigurationFile>
"""


def parsed(data: str | bytes) -> Document:
    document, findings = parse_xml("Quay.xml", data if isinstance(data, bytes) else data.encode())
    assert findings == []
    assert document is not None
    return document


def refused(data: str | bytes) -> Diagnostic:
    document, findings = parse_xml("Quay.xml", data if isinstance(data, bytes) else data.encode())
    assert document is None
    assert has_errors(findings)
    return next(finding for finding in findings if finding.code[0] == "E")


def pointed_at(data: str | bytes, finding: Diagnostic) -> str:
    """The text under the carets of a finding."""
    assert finding.span is not None
    (line, start), (last, end) = finding.span.start, finding.span.end
    source = shown_text("Quay.xml", data if isinstance(data, bytes) else data.encode())
    return source.line(line)[start - 1 : end - 1 if last == line else None]


def test_elements_and_attributes_know_their_places() -> None:
    root = parsed(FERRY).root
    entity_type = root.children[0]
    assert [each.name for each in root.walk()] == ["ConfigurationFile", "EntityType", "Property"]
    assert entity_type.attributes == {"Identifier": "Crew_Sailor", "DisplayName_L1": 'Ship\'s "crew"'}
    assert (entity_type.span().start, entity_type.span().end) == ((3, 3), (3, 13))
    assert entity_type.attribute_span("DisplayName_L1").start == (4, 3)
    assert entity_type.value_span("DisplayName_L1").start == (4, 19)


def test_a_character_of_a_value_is_found_behind_references() -> None:
    format_of = parsed(FERRY).root.children[0].children[0]
    assert format_of.attributes["Format"] == "a<b\nc 🚢 d"
    assert format_of.value_span("Format", 2, 3).start == (5, 52)
    assert format_of.value_span("Format", 6, 7).start == (5, 60)
    assert format_of.value_span("Format", 6, 7).end == (5, 69)
    assert format_of.value_span("Format", 8).start == (5, 70)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("UTF-16", "utf-16-be"),
        ("utf-16le", "utf-16-le"),
    ],
)
def test_places_do_not_depend_on_encoding_and_line_ends(encoding: str, codec: str, ends: str) -> None:
    text = FERRY.replace("Ship", "Schïff 船 🚢").replace("utf-8", encoding)
    document = parsed(text.replace("\n", ends).encode(codec))
    expected = parsed(FERRY.replace("Ship", "Schïff 船 🚢"))
    assert [each.span() for each in document.root.walk()] == [each.span() for each in expected.root.walk()]
    property_ = document.root.children[0].children[0]
    assert property_.attribute_span("Format").start == (5, 37)
    assert document.root.children[0].attributes["DisplayName_L1"] == 'Schïff 船 🚢\'s "crew"'
    assert dict(etree.fromstring(document.data)[0].attrib) == document.root.children[0].attributes


def test_declared_single_byte_encodings_are_read() -> None:
    text = '<?xml version="1.0" encoding="windows-1252"?><ConfigurationFile A="Zoë €"/>'
    assert parsed(text.encode("cp1252")).root.attributes == {"A": "Zoë €"}


def test_places_are_exact_far_beyond_line_65535() -> None:
    lines = "".join(f'  <Category Identifier="Ü{number}"\n    Parent="P" />\n' for number in range(70_000))
    document = parsed(f"{DECLARATION}<ConfigurationFile>\n{lines}</ConfigurationFile>")
    last = document.root.children[-1]
    assert last.span().start == (140_001, 4)
    assert last.attribute_span("Parent").start == (140_002, 5)


def test_prefixes_and_namespace_declarations_are_no_attributes() -> None:
    document = parsed(
        f'{DECLARATION}<c:ConfigurationFile xmlns:c="{NAMESPACE}" xmlns:x="urn:other" x:Code="1" xml:lang="en">\n'
        '<c:Language x:Code="no" Code="en-GB"/></c:ConfigurationFile>'
    )
    assert (document.namespace, document.root.attributes) == (NAMESPACE, {})
    language = document.root.children[0]
    assert (language.name, language.attributes) == ("Language", {"Code": "en-GB"})
    assert language.attribute_span("Code").start == (3, 25)


def test_a_missing_declaration_is_a_warning() -> None:
    document, findings = parse_xml("Quay.xml", b"<ConfigurationFile/>")
    assert document is not None
    assert [(finding.code, finding.span and finding.span.start) for finding in findings] == [("W101", (1, 1))]


ROOT = "<ConfigurationFile>"
MALFORMED = {
    "mismatched tag": (f"{ROOT}\n<A></B>", "E103", "`</B>` stands where `</A>` must", "B"),
    "truncated": (f"{ROOT}\n  <A>\n", "E103", "the file ends before `</A>`", ">"),
    "truncated in a tag": (f"{ROOT}\n<A b='", "E103", "the tag that begins here is never closed", "<A"),
    "truncated in a comment": (f"{ROOT}<!-- x", "E103", "the comment that begins here is never closed", "<!--"),
    "duplicate attribute": (f"{ROOT}<A b='1' b='2'/>", "E103", "the attribute `b` stands twice", "b"),
    "bare ampersand": (f"{ROOT}<A b='x & y'/>", "E103", "`&` begins no reference here", "&"),
    "ampersand of a URL": (f"{ROOT}<A b='?x=1&y=2'/>", "E103", "`&` begins no reference here", "&y="),
    "less-than in a value": (f"{ROOT}<A b='x < y'/>", "E103", "`<` stands inside a tag", "<"),
    "missing quotes": (f"{ROOT}<A b=c/>", "E103", "the value of an attribute must stand in quotes", "=c"),
    "missing value": (f"{ROOT}<A b/>", "E103", "an attribute has no value", "b/"),
    "missing blank": (f"{ROOT}<A b='1'c='2'/>", "E103", "a space must separate two attributes", "'c"),
    "undefined entity": (f"{ROOT}<A b='&nbsp;'/>", "E103", "`&nbsp;` is not defined", "&nbsp;"),
    "impossible character": (f"{ROOT}<A b='&#0;'/>", "E103", "`&#0;` is no character that XML allows", "&#0;"),
    "control character": (f"{ROOT}\x07", "E103", "the character U+0007 is not allowed in XML", "\x07"),
    "two roots": ("<ConfigurationFile/>\n<A/>", "E103", "a file has one root element only", "<A"),
    "text behind the root": ("<ConfigurationFile/>\nx", "E103", "nothing may follow the root element", "x"),
    "nothing": ("", "E103", "the file holds no element", ""),
    "no XML": ("ships", "E103", "must begin with the XML declaration and the root element", "s"),
    "late declaration": (f"\n{DECLARATION}{ROOT}", "E103", "must be the very first thing", "<?xml"),
    "XML 1.1": ('<?xml version="1.1"?><A/>', "E103", "XML 1.1 is not read", '<?xml version="1.1"?>'),
    "bad declaration": ("<?xml encoding='utf-8'?><A/>", "E103", "declaration is malformed", "<?xml encoding='utf-8'?>"),
    "undeclared prefix": (f"{ROOT}<q:A/>", "E103", "the prefix `q` is not declared", "q"),
    "wrong root": ("\n<Configuration/>", "E102", "the root element is `Configuration`", "Configuration"),
    "wrong namespace": ("<ConfigurationFile xmlns='urn:x'/>", "E102", "`urn:x` is not that of", "xmlns='urn:x'"),
    "second namespace": (f"{ROOT}<A xmlns='urn:x'/>", "E102", "`A` is in the namespace `urn:x`", "A"),
    "document type": ("<!DOCTYPE A><A/>", "E105", "declares a document type", "<!DOCTYPE A"),
    "external entity": ('<!DOCTYPE A SYSTEM "file:///etc/passwd"><A/>', "E105", "a document type", None),
    "nested too deep": (ROOT + "<A>" * MAX_DEPTH, "E109", "more than 100 levels deep", "A"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_xml_is_told_at_its_place(case: str) -> None:
    text, code, words, marked = MALFORMED[case]
    finding = refused(text)
    assert finding.code == code
    assert words in finding.message
    assert marked is None or pointed_at(text, finding) == marked


def test_related_places_are_shown() -> None:
    assert refused(f"{ROOT}\n<A></B>").related[0].span.start == (2, 2)
    assert refused(f"{ROOT}\n<A\nb='1'\n b='2'/>").related[0].span.start == (3, 1)
    assert refused(f"{ROOT}\n <A>").related[0].span.start == (2, 3)


def test_entity_bombs_are_refused_before_they_are_declared() -> None:
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    finding = refused(f'{DECLARATION}<!DOCTYPE x [<!ENTITY e0 "boom">{entities}]>{ROOT}&e11;</ConfigurationFile>')
    assert (finding.code, finding.span and finding.span.start) == ("E105", (2, 1))


def test_text_is_told_once_an_element_and_the_document_is_kept() -> None:
    data = f"{DECLARATION}{ROOT}\n<A> ships \n and <!-- x --> boats<B/></A>\n</ConfigurationFile>".encode()
    document, findings = parse_xml("Quay.xml", data)
    assert document is not None
    assert [(each.code, pointed_at(data, each)) for each in findings] == [("E106", "ships")]


ENCODINGS = {
    "bytes against the declaration": (b'<?xml version="1.0" encoding="utf-16"?><A/>', "its bytes are UTF-8"),
    "declaration against the mark": ('<?xml version="1.0" encoding="utf-8"?><A/>'.encode("utf-16"), "bytes are UTF-16"),
    "unknown": (b'<?xml version="1.0" encoding="ships"?><A/>', "the encoding `ships` is not known"),
    "not for files": (b'<?xml version="1.0" encoding="utf-7"?><A/>', "the encoding `utf-7` is not known"),
}


@pytest.mark.parametrize("case", ENCODINGS)
def test_a_wrong_encoding_is_told_where_it_is_declared(case: str) -> None:
    data, words = ENCODINGS[case]
    finding = refused(data)
    assert finding.code == "E104"
    assert words in finding.message
    assert finding.span is not None
    assert finding.span.start == (1, 31)


def test_undecodable_bytes_are_told_at_their_place() -> None:
    finding = refused(b'<?xml version="1.0"?>\r\n<A name="\xc3\xbc \xe9"/>')
    assert (finding.code, finding.span and finding.span.start) == ("E104", (2, 12))
    assert "0xE9" in finding.message
    assert refused(FERRY.encode("utf-16")[:-1]).code == "E104"
    assert refused(FERRY.encode("utf-32")).code == "E104"


def mutated(data: bytes, seed: int) -> bytes:
    """The bytes with a few of them changed, removed, repeated or inserted."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        kind = chance.randrange(4)
        if kind == 0:
            changed[at] = chance.randrange(256)
        elif kind == 1:
            del changed[at : at + chance.randint(1, 20)]
        elif kind == 2:
            changed[at:at] = changed[at : at + chance.randint(1, 30)]
        else:
            changed[at:at] = chance.choice(
                [b"<", b">", b"&", b'"', b"<!DOCTYPE x [", b"\0", b"]]>", b"</", b"<?xml ", b"\xff"]
            )
        changed = changed or bytearray(b"x")
    return bytes(changed)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_no_mutation_ends_in_anything_but_findings(codec: str) -> None:
    declared = {"utf-16": "utf-16", "latin-1": "iso-8859-1"}.get(codec, "utf-8")
    original = FERRY.replace("utf-8", declared).replace("&#x1F6A2;", "é").encode(codec)
    accepted = 0
    for seed in range(1500):
        data = mutated(original, seed)
        document, findings = parse_xml("Quay.xml", data)
        shown = shown_text("Quay.xml", data)
        for finding in findings:
            assert finding.span is not None
            assert 1 <= finding.span.start.line <= shown.text.count("\n") + 1
        if document is None:
            assert has_errors(findings)
            continue
        accepted += 1
        for element in document.root.walk():
            assert document.source.line(element.span().start.line)[element.span().start.column - 1 :].startswith(
                element.name
            )
            assert all(element.value_span(name).file == "Quay.xml" for name in element.attributes)
        assert len(list(etree.fromstring(document.data).iter("*"))) == len(list(document.root.walk()))
    assert 20 < accepted < 1400


@given(st.binary(max_size=80))
@settings(max_examples=300)
def test_no_bytes_break_the_parser(data: bytes) -> None:
    document, findings = parse_xml("Quay.xml", data)
    assert (document is None) == any(finding.code not in ("W101", "E106") for finding in findings)
