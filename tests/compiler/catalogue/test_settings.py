"""Settings of connections: the typed value, and every finding at its place."""

from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from compiler.catalogue.package import Key, Secret, Settings
from compiler.catalogue.settings import Places, read_settings, variable_span
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.source.json import JsonNode, JsonObject, JsonValue, Member, parse_json


class AuthType(StrEnum):
    """How to sign in."""

    ANONYMOUS = "Anonymous"
    BASIC = "Basic"


class Depth(IntEnum):
    """How deep to look."""

    None_ = 0
    Level = 1


class Quay(Settings, frozen=True, kw_only=True):
    """One server."""

    server: Annotated[str, Meta(description="The name of the host.")]
    port: Annotated[int, Meta(ge=1, le=65535)] = 389
    auth_type: AuthType = AuthType.ANONYMOUS
    password: Secret | None = None

    def __post_init__(self) -> None:
        if self.auth_type is AuthType.BASIC and self.password is None:
            raise ValueError("Password is needed where AuthType is Basic")


class Harbor(Settings, frozen=True, kw_only=True):
    """A connection with every kind of key."""

    quays: tuple[Quay, ...]
    enable_ssl: Annotated[bool, Key(name="EnableSSL")] = False
    factor: float = 1.0
    depth: Depth = Depth.Level
    scope: Literal["Base", "Subtree"] = "Subtree"
    attributes: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    base_dn: Annotated[str | None, Key(name="BaseDN", aliases=("SearchBase",))] = None
    log: Annotated[str | None, Key(path="output")] = None


class Drop(Settings, frozen=True, kw_only=True):
    """Files that are read."""

    path: Annotated[str | None, Key(path="input", pattern="is_pattern")] = None
    more: Annotated[tuple[str, ...], Key(path="input")] = ()
    is_pattern: bool = False


def parse(text: str) -> JsonNode:
    node, findings = parse_json("appsettings.agent.json", text.encode())
    assert node is not None and not findings
    return node


def read(text: str) -> tuple[Harbor | None, list[Diagnostic]]:
    return read_settings(parse(text), Harbor, connection="Port")


def located(findings: list[Diagnostic]) -> list[tuple[str, int, int, str]]:
    places = []
    for finding in findings:
        assert finding.span is not None
        places.append((finding.code, finding.span.start.line, finding.span.start.column, finding.message))
    return places


def test_every_kind_of_value_in_any_key_case_and_as_text() -> None:
    value, findings = read("""{
        "QUAYS": [ { "Server": "one", "Port": "636" },
                   { "server": "two", "authtype": "basic", "Password": "hunter22" } ],
        "enablessl": "True", "Factor": "2.5", "Depth": "none", "Scope": "base",
        "Attributes": ["cn", "sn"], "Headers": { "X-Tenant": "saltmere" }, "searchBase": "dc=harbor", // alias
    }""")
    assert findings == []
    assert value is not None
    assert [(quay.server, quay.port, quay.auth_type) for quay in value.quays] == [
        ("one", 636, AuthType.ANONYMOUS),
        ("two", 389, AuthType.BASIC),
    ]
    assert value.quays[1].password is not None and value.quays[1].password.reveal() == "hunter22"
    assert (value.enable_ssl, value.factor, value.depth, value.scope) == (True, 2.5, Depth.None_, "Base")
    assert (value.attributes, value.headers, value.base_dn) == (("cn", "sn"), {"X-Tenant": "saltmere"}, "dc=harbor")


def test_all_findings_of_a_section_come_at_once_with_their_places() -> None:
    value, findings = read("""{
  "Quays": [
    { "Port": 70000 },
    { "Server": 7, "Port": "many", "AuthType": "Basik", "Pasword": "x" }
  ],
  "EnableSSL": "yes",
  "Factor": "1e999",
  "Depth": 5,
  "Attributes": "cn",
  "Headers": [],
  "Colour": "red"
}""")
    assert value is None
    assert located(findings) == [
        ("W504", 11, 3, "`Connections.Port` has no key `Colour`; it is not read"),
        ("E501", 3, 5, "`Connections.Port.Quays.0` needs the key `Server` (text)"),
        ("E503", 3, 15, "`Connections.Port.Quays.0.Port` is not allowed: expected a value <= 65535"),
        ("W504", 4, 57, "`Connections.Port.Quays.1` has no key `Pasword`; it is not read"),
        ("E502", 4, 17, "`Connections.Port.Quays.1.Server` must be text, not a number"),
        ("E502", 4, 28, "`Connections.Port.Quays.1.Port` must be a whole number, not text"),
        ("E503", 4, 48, "`Connections.Port.Quays.1.AuthType` must be Anonymous or Basic"),
        ("E502", 6, 16, "`Connections.Port.EnableSSL` must be true or false, not text"),
        ("E502", 7, 13, "`Connections.Port.Factor` must be a number, not text"),
        ("E503", 8, 12, "`Connections.Port.Depth` must be None or Level"),
        ("E502", 9, 17, "`Connections.Port.Attributes` must be a list of text, not text"),
        ("E502", 10, 14, "`Connections.Port.Headers` must be an object, not a list"),
    ]
    helps = {finding.message.split("`")[3]: finding.help for finding in findings if finding.code in ("W504", "E501")}
    assert helps == {"Colour": "", "Server": "The name of the host.", "Pasword": "did you mean `Password`?"}
    assert next(finding.help for finding in findings if "AuthType" in finding.message) == "did you mean `Basic`?"


def test_a_rule_over_several_keys_points_at_their_object() -> None:
    value, findings = read('{ "Quays": [ { "Server": "a", "AuthType": "Basic" } ] }')
    assert value is None
    assert located(findings) == [
        ("E503", 1, 14, "`Connections.Port.Quays.0`: Password is needed where AuthType is Basic")
    ]


@pytest.mark.parametrize("text", ["[]", '"x"', "null", "3"])
def test_a_section_that_is_no_object(text: str) -> None:
    value, findings = read(text)
    assert value is None
    assert [finding.code for finding in findings] == ["E502"]


def test_null_is_as_good_as_absent() -> None:
    value, findings = read('{ "Quays": null, "BaseDN": null }')
    assert value is None
    assert [finding.code for finding in findings] == ["E501"]


def test_no_message_quotes_a_value() -> None:
    _, findings = read(
        '{ "Quays": [ { "Server": 1, "Port": "hunter22", "AuthType": "hunter22", "Password": [] } ],'
        ' "EnableSSL": "hunter22", "Scope": "hunter22", "Attributes": "hunter22" }'
    )
    assert len(findings) == 7
    assert "hunter22" not in repr(findings)


def test_what_variables_give_has_no_place_and_says_so() -> None:
    span = variable_span("Connections__Port__EnableSSL")
    tree = parse('{ "Quays": [] }')
    assert isinstance(tree, JsonObject)
    tree.members["enablessl"] = Member("EnableSSL", span, JsonValue("maybe", span))
    _, (finding,) = read_settings(tree, Harbor, connection="Port")
    assert (finding.code, finding.span) == ("E502", None)
    assert finding.message.endswith("(from the environment variable `Connections__Port__EnableSSL`)")


def test_a_list_spelled_with_indexes() -> None:
    value, findings = read('{ "Quays": { "10": { "Server": "b" }, "2": { "Server": "a" } } }')
    assert findings == []
    assert value is not None and [quay.server for quay in value.quays] == ["a", "b"]


def test_a_connection_without_settings() -> None:
    value, findings = read_settings(None, Harbor, connection="Port", sections=["Prot", "Quay"])
    assert value is None
    assert [(finding.code, finding.help) for finding in findings] == [("E505", "did you mean `Prot`?")]
    _, (finding,) = read_settings(None, Harbor, connection="Port")
    assert "`Connections.Port` needs the key `Quays` (list of objects)" in finding.help
    drop, findings = read_settings(None, Drop, connection="Port")
    assert (drop, findings) == (Drop(), [])


def drop(text: str, folder: Path, *roots: Path) -> tuple[Drop | None, list[Diagnostic]]:
    places = Places({"appsettings.agent.json": folder}, Path("/elsewhere"), roots)
    return read_settings(parse(text), Drop, connection="Drop", places=places)


def test_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    value, findings = drop(r'{ "Path": "in\\crew.csv", "More": ["../a.csv", "/b.csv"] }', tmp_path / "conf")
    assert findings == []
    assert value == Drop(path=f"{tmp_path}/conf/in/crew.csv", more=(f"{tmp_path}/a.csv", "/b.csv"))


def test_a_pattern_stays_as_it_is(tmp_path: Path) -> None:
    value, findings = drop(r'{ "Path": "in/crew_\\d+\\.csv", "IsPattern": "true" }', tmp_path)
    assert findings == []
    assert value is not None and value.path == rf"{tmp_path}/in/crew_\d+\.csv"


@pytest.mark.parametrize("path", [r"C:\\in\\crew.csv", "c:/in/crew.csv", r"\\\\server\\share\\crew.csv", r"a\u0000b"])
def test_paths_that_this_machine_cannot_have(tmp_path: Path, path: str) -> None:
    for switch in ("true", "false"):
        value, findings = drop(f'{{ "Path": "{path}", "IsPattern": {switch} }}', tmp_path)
        assert value is None
        assert [finding.code for finding in findings] == ["E503"]


def test_inputs_must_lie_below_the_roots(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "allowed/link").symlink_to(tmp_path / "secret")
    for path, fine in [
        ("allowed/crew.csv", True),
        ("allowed", True),
        ("allowed/../allowed/x/../crew.csv", True),
        ("allowed/../secret/crew.csv", False),
        ("allowed/link/crew.csv", False),
        ("allowed-not/crew.csv", False),
        ("Allowed/crew.csv", False),
        ("/etc/passwd", False),
    ]:
        _, findings = drop(f'{{ "Path": "{path}" }}', tmp_path, tmp_path / "allowed")
        assert [finding.code for finding in findings] == ([] if fine else ["E508"]), path
        _, findings = drop(f'{{ "More": ["allowed/a", "{path}"] }}', tmp_path, tmp_path / "allowed")
        assert ["Drop.More.1" in finding.message for finding in findings] == ([] if fine else [True]), path
    _, findings = drop('{ "Path": "allowed/link/x.*", "IsPattern": true }', tmp_path, tmp_path / "allowed")
    assert located(findings)[0][:3] == ("E508", 1, 11)


class Fleet(Settings, frozen=True, kw_only=True):
    """A list that must not be empty."""

    ships: Annotated[tuple[str, ...], Meta(min_length=1)]


def test_limits_on_a_list() -> None:
    value, findings = read_settings(parse('{ "Ships": [] }'), Fleet, connection="Port")
    assert value is None
    assert located(findings) == [
        ("E503", 1, 12, "`Connections.Port.Ships` is not allowed: expected a value of length >= 1")
    ]
    assert read_settings(parse('{ "Ships": ["a"] }'), Fleet, connection="Port") == (Fleet(ships=("a",)), [])
