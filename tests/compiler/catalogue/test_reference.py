"""JSON Schema and reference pages, as the declarations say."""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from compiler.catalogue.package import Key, Package, PackageName, Secret, Settings
from compiler.catalogue.reference import json_schema, reference_page


class Bind(StrEnum):
    """How to sign in."""

    BASIC = "Basic"
    NEGOTIATE = "Negotiate"


class Berth(Settings, frozen=True, kw_only=True):
    """One server."""

    server: Annotated[str, Meta(description="The name of the host.", examples=["berth.example"])]
    port: Annotated[int, Meta(description="Its port.", ge=1, le=65535)] = 389
    password: Secret


class Dock(Settings, frozen=True, kw_only=True):
    """A connection."""

    berths: Annotated[tuple[Berth, ...], Meta(description="The servers | in order.", min_length=1), Key(name="Berths")]
    base_dn: Annotated[str, Meta(description="Where to begin."), Key(name="BaseDN", aliases=("SearchBase",))]
    bind: Annotated[Bind, Meta(description="How to sign in.")] = Bind.NEGOTIATE
    options: Annotated[dict[str, Secret], Meta(description="More parts of the request.")] = {}
    token: Annotated[Secret | None, Meta(description="A token.")] = Secret("default-token")


class Docker:
    """A connector that exports and fulfils."""

    def export(self) -> None:
        """Read."""

    def fulfil(self) -> None:
        """Write."""


DOCK = Package(
    alias="dock",
    names=(PackageName("Saltmere.Dock", "Harbour/Dock"), PackageName("Saltmere.DryDock", "Harbour/Dry dock")),
    summary="Docks and their berths.",
    settings=Dock,
    opens=Docker,
    tables=lambda connection, settings: None,
    mappings=("DockResourceTypeMapping",),
    formats=frozenset({"guid", "bool"}),
    extra="dock",
)
BUOY = Package(
    alias="buoy",
    names=(PackageName("Saltmere.Buoy", "Harbour/Buoy"),),
    summary="Buoys.",
    settings=Settings,
    opens=object,
    tables=lambda connection, settings: None,
)


def definition(alias: str) -> dict[str, Any]:
    found: dict[str, Any] = json_schema([DOCK, BUOY])["$defs"][alias]
    return found


def test_each_package_has_a_definition_that_a_connection_may_fit() -> None:
    schema = json_schema([DOCK, BUOY])
    (pattern,) = schema["properties"]["Connections"]["patternProperties"].values()
    assert pattern == {"anyOf": [{"$ref": "#/$defs/buoy"}, {"$ref": "#/$defs/dock"}]}
    assert list(schema["$defs"]) == ["buoy", "dock"]
    assert schema["properties"]["Accordant"]["properties"]["Threads"]["maximum"] == 1024
    assert schema["properties"]["SourcesRootPaths"]["items"] == {"type": "string"}


def test_keys_have_their_types_limits_and_texts() -> None:
    properties = definition("dock")["properties"]
    berth = properties["Berths"]["items"]["properties"]
    assert berth["Server"] == {
        "type": "string",
        "description": "The name of the host.",
        "examples": ["berth.example"],
    }
    assert (berth["Port"]["minimum"], berth["Port"]["maximum"], berth["Port"]["default"]) == (1, 65535, 389)
    assert berth["Port"]["type"] == ["integer", "string"]
    assert properties["Berths"]["minItems"] == 1
    assert properties["Bind"] == {
        "enum": ["Basic", "Negotiate"],
        "description": "How to sign in.",
        "default": "Negotiate",
    }
    assert properties["SearchBase"] == properties["BaseDN"]


def test_secrets_are_write_only_never_required_and_never_shown() -> None:
    dock = definition("dock")
    assert dock["properties"]["Token"]["writeOnly"] is True
    assert dock["properties"]["Options"]["additionalProperties"]["writeOnly"] is True
    assert dock["properties"]["Berths"]["items"]["required"] == ["Server"]
    assert "default-token" not in repr(json_schema([DOCK])) + reference_page(DOCK)


def test_a_required_key_may_have_any_of_its_names() -> None:
    dock = definition("dock")
    assert dock["required"] == ["Berths"]
    assert dock["allOf"] == [{"anyOf": [{"required": ["BaseDN"]}, {"required": ["SearchBase"]}]}]


def test_the_page_of_a_package() -> None:
    assert (
        reference_page(DOCK)
        == """# Harbour/Dock

Docks and their berths.

| Package | Shown as |
|---|---|
| `Saltmere.Dock` | Harbour/Dock |
| `Saltmere.DryDock` | Harbour/Dry dock |
| `dock` | short name |

It can export and fulfil.

Incremental exports: no, the preparation finds the changes.

Resource type mappings: `DockResourceTypeMapping`.

Formats: `bool`, `guid`.

## Settings

`Connections.<identifier>`

| Key | Value | Default | Meaning |
|---|---|---|---|
| `Berths` | list of objects | required | The servers \\| in order. |
| `BaseDN`, `SearchBase` | text | required | Where to begin. |
| `Bind` | one of Basic, Negotiate | `Negotiate` | How to sign in. |
| `Options` | object with any keys, each secret text |  | More parts of the request. |
| `Token` | secret text |  | A token. |

`Connections.<identifier>.Berths.<n>`

| Key | Value | Default | Meaning |
|---|---|---|---|
| `Server` | text | required | The name of the host. Example: `berth.example`. |
| `Port` | whole number | `389` | Its port. |
| `Password` | secret text | required |  |

## Installation

Its library is an extra: `pip install 'accordant[dock]'`.
"""
    )


def test_the_page_of_a_package_that_needs_nothing() -> None:
    page = reference_page(BUOY)
    assert "`Connections.<identifier>` needs no keys." in page
    assert "It does nothing by itself." in page
    assert "Installation" not in page
