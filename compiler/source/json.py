"""Bytes of a settings file to a tree in which every node and every key knows its place.

Accepted beyond RFC 8259: `//` and `/* */` comments, trailing commas, a byte-order mark, keys in any letter case.
"""

import json
import re

from msgspec import Struct

from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.source.text import read_text
from compiler.span import SourceFile, Span

MAX_DEPTH = 64
"""Levels of objects and arrays that are followed."""


class JsonValue(Struct, frozen=True):
    """A string, number, boolean or null."""

    value: str | int | float | bool | None
    span: Span


class JsonArray(Struct, frozen=True):
    """A list of nodes."""

    items: "tuple[JsonNode, ...]"
    span: Span


class Member(Struct, frozen=True):
    """One key of an object, as written, and what stands under it. `key_span` holds the key with its quotes."""

    key: str
    key_span: Span
    value: "JsonNode"


class JsonObject(Struct, frozen=True):
    """Members in document order, by key in lower case: keys count as equal whatever their letter case."""

    members: dict[str, Member]
    span: Span

    def get(self, name: str) -> "JsonNode | None":
        """What stands under a key in any letter case; None when there is no such key."""
        member = self.members.get(name.lower())
        return member.value if member else None

    def member(self, name: str) -> Member | None:
        """The member with that key in any letter case, for its place; None when there is no such key."""
        return self.members.get(name.lower())


JsonNode = JsonObject | JsonArray | JsonValue


def parse_json(name: str, data: bytes) -> tuple[JsonNode | None, list[Diagnostic]]:
    """The tree in `data`, shown to people as `name`; None when it is malformed (E107) or cannot be decoded (E104)."""
    source, findings = read_text(name, data)
    if source is None:
        return None, findings
    reader = _Reader(source)
    try:
        node = reader.file()
    except _Malformed as malformed:
        return None, [*reader.findings, malformed.finding]
    return node, reader.findings


_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_OPEN_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_STRING = re.compile(_OPEN_STRING.pattern + '"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.])")
_WORD = re.compile(r"[^\s,:\[\]{}\"/]+")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_MAX_DIGITS = 400


class _Malformed(Exception):
    """Ends the reading at the first mistake."""

    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding


class _Reader:
    """A place in the text, moving to the right."""

    def __init__(self, source: SourceFile) -> None:
        self.source, self.text, self.at = source, source.text, 0
        self.findings: list[Diagnostic] = []
        self._open: list[int] = []

    def file(self) -> JsonNode:
        self._skip_blank()
        node = self._node()
        self._skip_blank()
        if self.at < len(self.text):
            raise self._malformed("nothing may follow the value of the file")
        return node

    def _node(self) -> JsonNode:
        start = self.text[self.at : self.at + 1]
        if start == "{":
            return self._object()
        if start == "[":
            return self._array()
        at = self.at
        value = self._string() if start == '"' else self._bare()
        return JsonValue(value, self._span(at))

    def _object(self) -> JsonObject:
        members: dict[str, Member] = {}
        at = self._enter()
        while not self._closes("}"):
            member = self._member()
            self._note_repetition(members.pop(member.key.lower(), None), member)
            members[member.key.lower()] = member
            self._separator("}")
        self._leave()
        return JsonObject(members, self._span(at))

    def _member(self) -> Member:
        at = self.at
        if self.text[at : at + 1] != '"':
            raise self._malformed("a key in double quotes is expected here")
        key, key_span = self._string(), self._span(at)
        self._skip_blank()
        if self.text[self.at : self.at + 1] != ":":
            raise self._malformed("`:` is expected after the key")
        self.at += 1
        self._skip_blank()
        return Member(key, key_span, self._node())

    def _array(self) -> JsonArray:
        items: list[JsonNode] = []
        at = self._enter()
        while not self._closes("]"):
            items.append(self._node())
            self._separator("]")
        self._leave()
        return JsonArray(tuple(items), self._span(at))

    def _string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self._bad_string()
        self.at = found.end()
        return found[0][1:-1] if "\\" not in found[0] else _decoded(found[0])

    def _bare(self) -> int | float | bool | None:
        number = _NUMBER.match(self.text, self.at)
        if number and len(number[0]) <= _MAX_DIGITS:
            self.at = number.end()
            return float(number[0]) if number[1] or number[2] else int(number[0])
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise self._malformed("a value is expected here")
        if word[0] not in _CONSTANTS:
            hint = "text stands in double quotes; write `true`, `false` and `null` in lower case"
            raise self._malformed("this is no JSON value", word.end(), help=hint)  # not quoted: it could be a secret
        self.at = word.end()
        return _CONSTANTS[word[0]]

    def _enter(self) -> int:
        """Steps into an object or array and returns where it begins."""
        self._open.append(self.at)
        if len(self._open) > MAX_DEPTH:
            message = f"objects and arrays are nested more than {MAX_DEPTH} levels deep"
            raise _Malformed(Diagnostic("E109", message, self.source.span(self.at, self.at + 1)))
        self.at += 1
        self._skip_blank()
        return self._open[-1]

    def _leave(self) -> None:
        self.at += 1
        self._open.pop()

    def _closes(self, closing: str) -> bool:
        return self.text[self.at : self.at + 1] == closing

    def _separator(self, closing: str) -> None:
        self._skip_blank()
        if self._closes(","):
            self.at += 1
            self._skip_blank()
        elif not self._closes(closing):
            raise self._malformed(f"`,` or `{closing}` is expected here")

    def _skip_blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        if self.text.startswith("/*", self.at):
            raise self._malformed("the comment that begins here is never closed", self.at + 2)

    def _note_repetition(self, first: Member | None, again: Member) -> None:
        if first is None:
            return
        message = f"the key `{again.key}` stands twice in one object; the last one counts"
        related = (Label(first.key_span, "first here"),)
        self.findings.append(Diagnostic("W108", message, again.key_span, "again here", related))

    def _bad_string(self) -> _Malformed:
        start = _OPEN_STRING.match(self.text, self.at)
        self.at = start.end() if start else self.at
        if self.text.startswith("\\", self.at):
            hint = "double each backslash"
            message = f"`{self.text[self.at : self.at + 2]}` is no escape of JSON"
            return self._malformed(message, self.at + 2, help=hint)
        return self._malformed("the text in double quotes ends here without its closing quote")

    def _malformed(self, message: str, end: int = 0, help: str = "") -> _Malformed:
        related: tuple[Label, ...] = ()
        if self.at >= len(self.text) and self._open:
            related = (Label(self.source.span(self._open[-1], self._open[-1] + 1), "never closed"),)
        span = self.source.span(self.at, max(end, self.at + 1))
        return _Malformed(Diagnostic("E107", message, span, related=related, help=help))

    def _span(self, start: int) -> Span:
        return self.source.span(start, self.at)


def _decoded(string: str) -> str:
    """The text of a JSON string with escapes; a lone surrogate becomes a replacement character."""
    text: str = json.loads(string)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
