"""A connection package as the compiler sees it. A connector file makes one `Package`; the registry gathers them.

Settings are declared as a frozen Struct that inherits `Settings`: one annotated field per documented key. The JSON
key is the field's name in PascalCase unless `Key(name=…)` says otherwise; descriptions stand in `msgspec.Meta`.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct


class Verb(StrEnum):
    """What a connector can do: the name of the method that does it."""

    CHECK = "check"
    DISCOVER = "discover"
    EXPORT = "export"
    FULFIL = "fulfil"
    RESET_PASSWORD = "reset_password"


class Secret:
    """A value that no output may show. `reveal()` is the only way to read it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


class Key(Struct, frozen=True):
    """What the type alone does not say of a settings key.

    `path` marks a file or folder: relative ones are relative to the file that holds them, and where
    `SourcesRootPaths` is set an input must lie below one of its folders (`path="input"`). `pattern` names the
    Boolean field of the same Struct that makes the last segment of the path a regular expression.
    """

    name: str = ""
    path: Literal["", "input", "output", "file", "folder"] = ""
    aliases: tuple[str, ...] = ()
    pattern: str = ""


class Settings(Struct, frozen=True, kw_only=True):
    """Base of every connection's settings and of the structures inside them.

    What no single key can say ("Password is needed where AuthType is Basic") is checked in `__post_init__`, which
    raises ValueError with the sentence for a person; it must not quote a secret.
    """


class PackageName(Struct, frozen=True):
    """One documented identifier of a package, without its version, and the name shown for it."""

    identifier: str
    title: str


class Package(Struct, frozen=True, kw_only=True):
    """A connection package: what it is called, what it needs, what it can do.

    `opens` is the class whose methods are the package's abilities; it is made with `(settings, connection)`, where
    `connection` is a `runtime.contract.Opening`. `tables` says which tables, by full name (`<connection>_entries`),
    the settings lead to, or None when every mapped table can be written. `mappings` are the resource type mapping
    elements it reads, none meaning the plain `ResourceTypeMapping`. `formats` are the `Format` names it converts,
    lower case. `extra` is the optional dependency group that holds its library. `stores_empty` is false for systems
    that cannot tell an empty text from none (directories).
    """

    alias: str
    names: tuple[PackageName, ...]
    summary: str
    settings: type[Settings]
    opens: type[Any]
    tables: Callable[[str, Any], tuple[str, ...] | None]
    mappings: tuple[str, ...] = ()
    formats: frozenset[str] = frozenset()
    extra: str | None = None
    incremental: bool = False
    stores_empty: bool = True

    @property
    def abilities(self) -> frozenset[Verb]:
        """The verbs whose methods the class has."""
        return frozenset(verb for verb in Verb if hasattr(self.opens, verb.value))
