"""Settings trees go in, from the lowest to the highest; one tree comes out in which every leaf keeps its origin.

Merging is per leaf, as .NET's configuration does it: objects by key in any letter case, lists by index.
"""

from collections.abc import Mapping

from compiler.catalogue.settings import is_index, variable_span
from compiler.source.json import JsonArray, JsonNode, JsonObject, JsonValue, Member

SEPARATOR = "__"
"""Stands between sections and key in the name of an environment variable."""


def overlaid(low: JsonNode, high: JsonNode) -> JsonNode:
    """The two trees as one; where both have a leaf, `high` has it."""
    if isinstance(low, JsonArray) and isinstance(high, JsonArray):
        return _lists(low, dict(enumerate(high.items)))
    if isinstance(low, JsonArray) and isinstance(high, JsonObject) and all(map(is_index, high.members)):
        return _lists(low, {int(name): member.value for name, member in high.members.items()})
    if isinstance(low, JsonObject) and isinstance(high, JsonObject):
        return _objects(low, high)
    return high


def from_variables(environ: Mapping[str, str]) -> list[JsonObject]:
    """One tree for each variable whose name has sections (`Connections__Crew__Servers__0__Port`), by name."""
    split = ((name, name.split(SEPARATOR)) for name in sorted(environ))
    return [_chain(name, keys, environ[name]) for name, keys in split if len(keys) > 1 and all(keys)]


def _objects(low: JsonObject, high: JsonObject) -> JsonObject:
    members = dict(low.members)
    for name, member in high.members.items():
        below = members.get(name)
        members[name] = (
            Member(below.key, below.key_span, overlaid(below.value, member.value)) if below is not None else member
        )
    return JsonObject(members, low.span)


def _lists(low: JsonArray, high: dict[int, JsonNode]) -> JsonArray:
    items = dict(enumerate(low.items))
    for index, item in high.items():
        items[index] = overlaid(items[index], item) if index in items else item
    return JsonArray(tuple(items[index] for index in sorted(items)), low.span)


def _chain(name: str, keys: list[str], text: str) -> JsonObject:
    span = variable_span(name)
    node: JsonNode = JsonValue(text, span)
    for key in reversed(keys):
        node = JsonObject({key.lower(): Member(key, span, node)}, span)
    assert isinstance(node, JsonObject)
    return node
