"""A part of the settings tree and the type declared for it go in; the typed value and every finding come out.

A finding points at its place in the file. What came from elsewhere has no such place: the tree's span then names the
variable (`variable_span`), and the finding says so in words.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from compiler.catalogue.declaration import Declared, Form, in_words, keys_of, with_article
from compiler.catalogue.package import Key, Settings
from compiler.catalogue.paths import BadPath, is_below, locate, locate_pattern
from compiler.catalogue.scalars import NotAllowed, WrongType, kind_of, obey, typed
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.diagnostics.suggest import did_you_mean
from compiler.source.json import JsonArray, JsonNode, JsonObject, JsonValue, Member
from compiler.span import Position, Span

SettingsType = TypeVar("SettingsType", bound=Settings)

_VARIABLE = "$"
_NOWHERE = Position(1, 1)


def variable_span(name: str) -> Span:
    """The span of what an environment variable holds: no place in a file, only the variable's name."""
    return Span(_VARIABLE + name, _NOWHERE, _NOWHERE)


def variable_of(span: Span) -> str | None:
    """The environment variable that a span stands for; None for a place in a file."""
    return span.file[1:] if span.file.startswith(_VARIABLE) else None


def is_index(key: str) -> bool:
    """Whether a key is the zero-based index of a list's item."""
    return key.isdecimal() and len(key) <= 6


class Places(Struct, frozen=True):
    """Where relative paths begin: the folder of each file by its name in spans, `base` for variables.

    `roots` are the folders that inputs must lie below, resolved; empty: anywhere.
    """

    folders: Mapping[str, Path] = {}
    base: Path = Path()
    roots: tuple[Path, ...] = ()

    def folder(self, span: Span) -> Path:
        """The folder that a relative path written at `span` is relative to."""
        return self.folders.get(span.file, self.base)


def read_settings(
    tree: JsonNode | None,
    declared: type[SettingsType],
    *,
    connection: str,
    places: Places | None = None,
    sections: Iterable[str] = (),
) -> tuple[SettingsType | None, list[Diagnostic]]:
    """The settings of one connection, None with at least one error.

    `tree` is what stands under the connection's identifier; None is as good as an empty object for a package that
    needs no settings. `sections` are the connections that do have settings, for a suggestion.
    """
    path = f"Connections.{connection}"
    if tree is not None:
        return read_section(tree, declared, path=path, places=places)
    value, findings = read_section(JsonObject({}, variable_span("")), declared, path=path, places=places)
    if value is not None:
        return value, []
    help = did_you_mean(connection, sections) or "; ".join(finding.message for finding in findings)
    return None, [Diagnostic("E505", f"Connection `{connection}` has no settings", help=help)]


def read_section(
    tree: JsonNode, declared: type[SettingsType], *, path: str, places: Places | None = None
) -> tuple[SettingsType | None, list[Diagnostic]]:
    """The settings that stand at the JSON path `path`, None with at least one error; keys without a meaning warn."""
    reader = _Reader(places or Places())
    value = reader.structure(tree, declared, path)
    return (value if isinstance(value, declared) else None), reader.findings


_WRONG: Any = object()
"""Stands for a value that has a finding."""


class _Reader:
    """Walks declaration and tree side by side; collects findings instead of stopping."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.findings: list[Diagnostic] = []

    def structure(self, node: JsonNode, declared: type[Settings], path: str) -> Any:
        """An object with declared keys."""
        if not isinstance(node, JsonObject):
            return self._wrong("E502", node.span, f"`{path}` must be an object, not {_kind(node)}")
        keys = keys_of(declared)
        self._unknown(node, keys, path)
        values = {key.field: self._key(node, key, path, keys) for key in keys}
        if any(value is _WRONG for value in values.values()):
            return _WRONG
        try:
            return declared(**values)
        except ValueError as error:
            return self._wrong("E503", _opening(node), f"`{path}`: {error}")

    def _key(self, node: JsonObject, key: Declared, path: str, siblings: tuple[Declared, ...]) -> Any:
        member = _member(node, key)
        if member is not None:
            form = _as_pattern(key.form, node, siblings)
            return self._value(member.value, form, f"{path}.{key.name}" if path else key.name)
        if not key.required:
            return key.default
        label = "" if variable_of(node.span) is not None else "the key belongs into this object"
        message = f"`{path}` needs the key `{key.name}` ({in_words(key.form)})"
        return self._wrong("E501", _opening(node), message, label=label, help=key.description)

    def _unknown(self, node: JsonObject, keys: tuple[Declared, ...], path: str) -> None:
        names = [name for key in keys for name in key.names]
        known = {name.lower() for name in names}
        for folded, member in node.members.items():
            if folded not in known:
                message = f"`{path}` has no key `{member.key}`; it is not read"
                self._wrong("W504", member.key_span, message, help=did_you_mean(member.key, names))

    def _value(self, node: JsonNode, form: Form, path: str) -> Any:
        if form.is_structure:
            return self.structure(node, form.type, path)
        if form.is_list:
            return self._list(node, form, path)
        if form.is_map:
            return self._map(node, form, path)
        return self._scalar(node, form, path)

    def _list(self, node: JsonNode, form: Form, path: str) -> Any:
        items = _items(node)
        if items is None:
            message = f"`{path}` must be {with_article(in_words(form))}, not {_kind(node)}"
            return self._wrong("E502", node.span, message, help="lists stand in square brackets")
        values = tuple(self._value(item, form.item, f"{path}.{at}") for at, item in enumerate(items))
        try:
            obey(values, form)
        except NotAllowed as error:
            return self._wrong("E503", node.span, f"`{path}` {error}")
        return _WRONG if any(value is _WRONG for value in values) else values

    def _map(self, node: JsonNode, form: Form, path: str) -> Any:
        if not isinstance(node, JsonObject):
            return self._wrong("E502", node.span, f"`{path}` must be an object, not {_kind(node)}")
        values = {each.key: self._value(each.value, form.item, f"{path}.{each.key}") for each in node.members.values()}
        return _WRONG if any(value is _WRONG for value in values.values()) else values

    def _scalar(self, node: JsonNode, form: Form, path: str) -> Any:
        if not isinstance(node, JsonValue) or node.value is None:
            return self._wrong("E502", node.span, f"`{path}` must be {with_article(in_words(form))}, not {_kind(node)}")
        try:
            value = typed(node.value, form)
        except WrongType as error:
            return self._wrong("E502", node.span, f"`{path}` {error}")
        except NotAllowed as error:
            return self._wrong("E503", node.span, f"`{path}` {error}", help=error.help)
        return self._path(value, node.span, form.key, path) if form.key.path and value else value

    def _path(self, text: str, span: Span, key: Key, path: str) -> Any:
        folder = self.places.folder(span)
        try:
            found = locate_pattern(text, folder) if key.pattern else locate(text, folder)
        except BadPath as error:
            return self._wrong("E503", span, f"`{path}` {error}")
        holder = found.parent if key.pattern else found
        if key.path == "input" and self.places.roots and not is_below(holder, self.places.roots):
            allowed = ", ".join(f"`{root}`" for root in self.places.roots)
            message = f"`{path}` leads to `{found}`, outside the folders that files may be read from"
            return self._wrong("E508", span, message, help=f"SourcesRootPaths allows {allowed}")
        return str(found)

    def _wrong(self, code: str, span: Span, message: str, label: str = "", help: str = "") -> Any:
        variable = variable_of(span)
        if variable is None:
            self.findings.append(Diagnostic(code, message, span, label, help=help))
        else:
            said = f" (from the environment variable `{variable}`)" if variable else ""  # else nothing was given at all
            self.findings.append(Diagnostic(code, message + said, help=help))
        return _WRONG


def _member(node: JsonObject, key: Declared) -> Member | None:
    """The member of a key under any of its names; null is as good as absent."""
    for name in key.names:
        member = node.member(name)
        if member is not None and not (isinstance(member.value, JsonValue) and member.value.value is None):
            return member
    return None


def _as_pattern(form: Form, node: JsonObject, siblings: tuple[Declared, ...]) -> Form:
    """The form as it applies beside the sibling that says whether the path is a pattern."""
    if not form.key.pattern:
        return form
    switch = _member(node, next(key for key in siblings if key.field == form.key.pattern))
    is_on = switch is not None and isinstance(switch.value, JsonValue) and str(switch.value.value).lower() == "true"
    return form if is_on else Form(form.type, form.constraints, Key(path=form.key.path))


def _items(node: JsonNode) -> tuple[JsonNode, ...] | None:
    """The items of a list, also of one that variables spell as an object with the keys 0, 1, 2 …"""
    if isinstance(node, JsonArray):
        return node.items
    if isinstance(node, JsonObject) and node.members and all(map(is_index, node.members)):
        return tuple(node.members[name].value for name in sorted(node.members, key=int))
    return None


def _opening(node: JsonObject) -> Span:
    """The object's opening brace: an object can be long, and what it lacks stands nowhere in it."""
    start = node.span.start
    return Span(node.span.file, start, Position(start.line, start.column + 1))


def _kind(node: JsonNode) -> str:
    if isinstance(node, JsonValue):
        return kind_of(node.value)
    return "a list" if isinstance(node, JsonArray) else "an object"
