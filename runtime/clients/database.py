"""An ADO.NET connection string and a provider in; a session that only reads, streaming rows of internal text, out.

One database product is one file beside this one: it opens a `Session` and says its name to `PROVIDERS` here.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from runtime.clients.formats import date_text, joined, number_text
from runtime.contract import Misconfigured, Value

BATCH = 10_000
"""Rows that go on together."""

_PAIR = re.compile(
    r"""\s*(?P<key>(?:[^=;]|==)+?)\s*=(?!=)\s*
    (?:"(?P<double>(?:[^"]|"")*)"|'(?P<single>(?:[^']|'')*)'|(?P<plain>(?!["'])[^;]*?))\s*(?:;|\Z)""",
    re.VERBOSE,
)

Parameters = Mapping[str, str]
"""The pairs of a connection string: keys lower case without spaces."""


class QueryFailed(Exception):
    """The database did not accept the query; the message is its own."""


class Result(Struct, frozen=True):
    """The columns of a query and its rows in batches."""

    columns: tuple[str, ...]
    batches: Iterator[list[list[Value]]]


class Session(Protocol):
    """An open transaction that cannot write."""

    def banner(self) -> str:
        """What answered, in one line."""

    def query(self, sql: str) -> Result:
        """Run a query. Raises `QueryFailed`, `Unreachable`."""


class Limits(Struct, frozen=True, kw_only=True):
    """How a session may read: seconds for one answer (0: no limit), isolation, folders of files, and when to stop."""

    seconds: int = 30
    isolation: str = ""
    roots: tuple[Path, ...] = ()
    cancelled: Callable[[], bool] = lambda: False


class Provider(Struct, frozen=True):
    """A kind of database: its name, what names it in `ProviderClassFullName`, its dialect, its module and keys.

    `keys` are those of its connection string that are understood; others are remarked.
    """

    name: str
    factory: str
    dialect: str
    module: str
    keys: frozenset[str]

    def open(self, parameters: Parameters, limits: Limits) -> AbstractContextManager[Session]:
        """The session. Raises `Misconfigured`, `Unreachable`."""
        opened: AbstractContextManager[Session] = import_module(self.module).session(parameters, limits)
        return opened


SQLITE = Provider(
    "SQLite", "sqlite", "sqlite", "runtime.clients.sqlite", frozenset({"datasource", "filename", "mode", "cache"})
)
POSTGRESQL = Provider(
    "PostgreSQL", "npgsql", "postgres", "runtime.clients.postgresql",
    frozenset({"host", "server", "port", "database", "db", "username", "userid", "user", "uid", "password", "pwd",
               "psw", "sslmode", "rootcertificate", "searchpath", "timeout", "commandtimeout", "applicationname",
               "trustservercertificate", "pooling", "encoding", "clientencoding"}),
)  # fmt: skip
PROVIDERS = (POSTGRESQL, SQLITE)


def provider_of(factory: str) -> Provider:
    """The provider that a factory class names (`Npgsql.NpgsqlFactory`). Raises `Misconfigured`."""
    for provider in PROVIDERS:
        if provider.factory in factory.lower():
            return provider
    supported = ", ".join(f"{each.name} ({each.factory})" for each in PROVIDERS)
    named = f"{factory} is" if factory else "SQL Server, which is meant without ProviderClassFullName, is"
    raise Misconfigured(f"{named} not supported yet; supported are {supported}", "ProviderClassFullName")


def parse_connection_string(text: str) -> dict[str, str]:
    """The pairs of an ADO.NET connection string; of a repeated key the last. Raises ValueError, quoting nothing."""
    pairs: dict[str, str] = {}
    at = 0
    while text[at:].strip(" \t\r\n;"):
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n;"))
        found = _PAIR.match(text, at)
        if not found:
            raise ValueError(f"no `key=value` at character {at + 1}; values that hold ; or quotes stand in quotes")
        double, single, plain = found["double"], found["single"], found["plain"]
        key = "".join(found["key"].replace("==", "=").split()).lower()
        pairs[key] = _first(double and double.replace('""', '"'), single and single.replace("''", "'"), plain)
        at = found.end()
    return pairs


def text_of(value: object) -> Value:
    """A database's value as internal text; arrays are multi-valued text, other types what Python writes of them."""
    convert = _TEXT.get(type(value))
    return convert(value) if convert else str(value)


def _first(*candidates: str | None) -> str:
    return next((each for each in candidates if each is not None), "")


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _array(value: list[object]) -> Value:
    return joined(text for each in value if (text := text_of(each)) is not None) if value else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_TEXT: dict[type, Callable[[Any], Value]] = {
    str: lambda value: value,
    type(None): lambda value: None,
    int: str,
    bool: lambda value: "true" if value else "false",
    float: number_text,
    Decimal: lambda value: format(value, "f"),
    datetime: date_text,
    date: lambda value: date_text(datetime.combine(value, time())),
    timedelta: str,
    bytes: _base64,
    memoryview: _base64,
    UUID: str,
    list: _array,
    dict: _json,
}
