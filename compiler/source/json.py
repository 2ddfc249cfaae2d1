"""Bytes of a settings file to a tree in which every node and every key knows its place.

Accepted beyond RFC 8259: `//` and `/* */` comments, trailing commas, a byte-order mark, keys in any letter case.
"""

from msgspec import Struct

from compiler.span import Span


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
