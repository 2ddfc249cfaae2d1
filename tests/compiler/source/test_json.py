"""Settings files: what is accepted beyond JSON, where each node stands, how mistakes are told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.source.json import JsonArray, JsonNode, JsonObject, JsonValue, parse_json

SETTINGS = """{
  // the ferries' directory
  "Connections": {
    "Harbour": { "Servers": ["quay.example", ], "Port": 389, "Tls": false, /* none yet */ "Login": null, },
  },
}
"""


def read(text: str) -> JsonNode:
    node, findings = parse_json("appsettings.agent.json", text.encode())
    assert findings == []
    assert node is not None
    return node


def refusal(text: str | bytes) -> Diagnostic:
    node, findings = parse_json("s.json", text if isinstance(text, bytes) else text.encode())
    assert node is None
    return findings[-1]


def plain(node: JsonNode) -> object:
    if isinstance(node, JsonObject):
        return {member.key: plain(member.value) for member in node.members.values()}
    return [plain(item) for item in node.items] if isinstance(node, JsonArray) else node.value


def test_comments_and_trailing_commas_are_accepted() -> None:
    harbour = {"Servers": ["quay.example"], "Port": 389, "Tls": False, "Login": None}
    assert plain(read(SETTINGS)) == {"Connections": {"Harbour": harbour}}


def test_keys_and_values_know_their_places() -> None:
    root = read(SETTINGS)
    assert isinstance(root, JsonObject)
    connections = root.get("connections")
    assert isinstance(connections, JsonObject)
    harbour = connections.member("HARBOUR")
    assert harbour is not None
    assert (harbour.key, harbour.key_span.start, harbour.key_span.end) == ("Harbour", (4, 5), (4, 14))
    assert isinstance(harbour.value, JsonObject)
    port = harbour.value.get("Port")
    assert isinstance(port, JsonValue)
    assert (port.value, port.span.start, port.span.end) == (389, (4, 57), (4, 60))
    assert (connections.span.start, connections.span.end) == ((3, 18), (5, 4))


def test_the_last_of_two_equal_keys_counts_and_is_warned_of() -> None:
    node, findings = parse_json("s.json", b'{"Port": 1,\n "port": 2}')
    assert isinstance(node, JsonObject)
    assert node.get("Port") == JsonValue(2, node.members["port"].value.span)
    assert [(finding.code, finding.span and finding.span.start) for finding in findings] == [("W108", (2, 2))]
    assert findings[0].related[0].span.start == (1, 2)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "a value is expected"),
        ('{"a": 1} 2', (1, 10), "nothing may follow"),
        ('{"a" 1}', (1, 6), "`:` is expected"),
        ('{"a": 1 "b": 2}', (1, 9), "`,` or `}` is expected"),
        ("{a: 1}", (1, 2), "key in double quotes"),
        ("[1,,2]", (1, 4), "a value is expected"),
        ('{"a": True}', (1, 7), "this is no JSON value"),
        ("[01]", (1, 2), "this is no JSON value"),
        ("[NaN]", (1, 2), "this is no JSON value"),
        ('{"path": "C:\\data"}', (1, 13), "`\\d` is no escape"),
        ('{"a": "b\n"}', (1, 9), "without its closing quote"),
        ("[1 /* never", (1, 4), "comment that begins here"),
        ('{"a": [1,', (1, 10), "a value is expected"),
        ("[" * 65 + "]" * 65, (1, 65), "more than 64 levels"),
        ("[" + "9" * 5000 + "]", (1, 2), "no JSON value"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, place: tuple[int, int], words: str) -> None:
    finding = refusal(text)
    assert words in finding.message
    assert finding.span is not None
    assert finding.span.start == place


def test_what_is_never_closed_is_shown() -> None:
    finding = refusal('{\n "a": [1,')
    assert [(label.span.start, label.text) for label in finding.related] == [((2, 7), "never closed")]


def test_bytes_that_are_no_text_are_told_at_their_place() -> None:
    finding = refusal(b'{\r\n"a": "\xe9"}')
    assert (finding.code, finding.span and finding.span.start) == ("E104", (2, 7))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    node, findings = parse_json("s.json", '{"Name": "Zoë"}'.encode(encoding))
    assert node is not None
    assert (plain(node), findings) == ({"Name": "Zoë"}, [])
    assert node.span.start == (1, 1)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 2]), st.booleans())
def test_reads_what_the_standard_library_writes(value: object, indent: int | None, ascii_only: bool) -> None:
    node, findings = parse_json("s.json", json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode())
    if not any(finding.code == "W108" for finding in findings):
        assert node is not None
        assert plain(node) == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:/*\\ \n01eE.-truefalsn', max_size=40).map(str.encode))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    node, findings = parse_json("s.json", data)
    assert (node is None) == any(finding.code.startswith("E") for finding in findings)
    if node is None:
        with pytest.raises(ValueError):
            json.loads(data)


def test_a_large_file_is_read_in_one_pass() -> None:
    value = [{"Identifier": f"Berth_{number}", "Depth": number / 2} for number in range(20_000)]
    node, findings = parse_json("s.json", json.dumps(value).encode())
    assert isinstance(node, JsonArray)
    assert (len(node.items), findings) == (20_000, [])
