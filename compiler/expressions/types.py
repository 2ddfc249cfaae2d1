"""What an expression's value can be, and the one question that expressions ask of the model."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

IDENTIFIER = "Id"
"""The property that every resource has: the integer that the store knows it by."""


class ValueType(StrEnum):
    """The type of a value. In the store every value is text in its internal form (language.md §6.2).

    A CHAR is a text of one character; a LIST holds values of one type; a MAP leads from texts to texts; a SPAN is the
    time between two dates, in microseconds; a MATCH is a text that a regular expression found.
    """

    STRING = "string"
    INTEGER = "integer"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    GUID = "guid"
    BYTES = "bytes"
    RESOURCE = "resource"
    CHAR = "char"
    LIST = "list"
    MAP = "map"
    SPAN = "span"
    MATCH = "match"
    NULL = "null"


class Member(Struct, frozen=True):
    """A property as expressions see it: its exact name, its type, and for a navigation where it leads."""

    name: str
    type: ValueType
    target: str | None = None
    is_collection: bool = False


class Scope(Protocol):
    """What expressions ask of the model."""

    def member(self, entity_type: str, name: str) -> Member | None:
        """The property `name` (exact case) of an entity type, or None."""

    def members(self, entity_type: str) -> Iterable[str]:
        """The names of the properties of an entity type, for suggestions; empty for an unknown entity type."""
