"""The attributes of one element go in, the typed values of its declared fields come out.

Mistakes were reported by `compiler.schema`; here a value that cannot be read gives way to its field's default.
"""

import re
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NamedTuple, get_args, get_origin

from compiler.model.node import Attribute, Node, attributes_of, enum_names
from compiler.schema.base32hex import base32hex
from compiler.source.document import Element

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_NUMBER = re.compile(r"\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|-?INF|NaN)\s*")
_LOCALISED = re.compile(r"[1-9]|1[0-6]")
_BASE32HEX = re.compile(r"[0-9a-vA-V]|[1-3][0-9a-vA-V]")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_attributes(node: type[Node], element: Element) -> dict[str, Any]:
    """The value of each declared field that the element gives; a required one that it does not give is empty."""
    attributes = element.attributes
    reader = _READERS.get((node, *attributes)) or _reader(node, tuple(attributes))
    values: dict[str, Any] = {field: text for name, field in reader.texts if (text := attributes[name])}
    for name, field, known in reader.others:
        value = known[attributes[name]]
        if value is not None:
            values[field] = value
    for field, kind, names in reader.families:
        values[field] = _family(attributes, kind, names)
    for field, empty in reader.required:
        if field not in values:
            values[field] = _empty(empty)
    return values


def _family(attributes: dict[str, str], known: "_Known | None", names: tuple[tuple[str, int], ...]) -> dict[int, Any]:
    if known is None:
        return {number: text for name, number in names if (text := attributes[name])}
    return {number: value for name, number in names if (value := known[attributes[name]]) is not None}


class _Known(dict[str, Any]):
    """The values that texts have as a plain type; few texts are met often."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, text: str) -> Any:
        if len(self) > _MOST:
            self.clear()
        value = self[text] = _value(self._kind, text)
        return value


class _Reader(NamedTuple):
    """How elements that have the same attributes are read: texts by name and field, others with what is known of them,
    families by number, and the fields that nothing may be missing from, with their types."""

    texts: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str, _Known], ...]
    families: tuple[tuple[str, _Known | None, tuple[tuple[str, int], ...]], ...]
    required: tuple[tuple[str, Any], ...]


_MOST = 4096
"""Texts, or sets of attributes, that are remembered at most."""

_READERS: dict[tuple[Any, ...], _Reader] = {}


def _reader(node: type[Node], names: tuple[str, ...]) -> _Reader:
    """The reader of elements with these attributes, made once: configurations use few sets of them."""
    places = [(name, _places(node).get(name) or _numbered(node, name)) for name in names]
    given = [(name, place) for name, place in places if place and not any(each in names for each in place.before)]
    families: dict[str, list[tuple[str, int]]] = {}
    for name, place in given:
        if place.number is not None:
            families.setdefault(place.field, []).append((name, place.number))
    kinds = {place.field: place.kind for _, place in given}
    made = _Reader(
        tuple((name, place.field) for name, place in given if place.number is None and place.kind is str),
        tuple(
            (name, place.field, _known(place.kind))
            for name, place in given
            if place.number is None and place.kind is not str
        ),
        tuple(
            (field, None if kinds[field] is str else _known(kinds[field]), tuple(each))
            for field, each in families.items()
        ),
        tuple((each.field, each.type) for each in _required(node)),
    )
    if len(_READERS) > _MOST:
        _READERS.clear()
    _READERS[(node, *names)] = made
    return made


@cache
def _known(kind: Any) -> _Known:
    return _Known(kind)


class _Place(NamedTuple):
    """Where the value of an attribute goes: field, type, number in a family; `before` are spellings that win."""

    field: str
    kind: Any
    number: int | None
    before: tuple[str, ...]


@cache
def _places(node: type[Node]) -> dict[str, _Place]:
    """Every attribute that has one spelling, or several."""
    singles = [each for each in attributes_of(node) if not each.xml.family]
    spelled = [(each, (each.name, *each.xml.aliases)) for each in singles]
    return {
        name: _Place(each.field, each.type, None, names[:at])
        for each, names in spelled
        for at, name in enumerate(names)
    }


@lru_cache(maxsize=4096)
def _numbered(node: type[Node], name: str) -> _Place | None:
    """The place of an attribute of a numbered family."""
    for declared in attributes_of(node):
        number = family_number(declared.xml.family, name) if declared.xml.family else None
        if number is not None:
            return _Place(declared.field, get_args(declared.type)[1], number, ())
    return None


@cache
def _required(node: type[Node]) -> tuple[Attribute, ...]:
    return tuple(each for each in attributes_of(node) if each.required)


def written_name(declared: Attribute, element: Element) -> str | None:
    """The spelling under which the element carries a declared attribute, None when it does not."""
    return next((name for name in (declared.name, *declared.xml.aliases) if name in element.attributes), None)


@lru_cache(maxsize=4096)
def family_number(family: str, name: str) -> int | None:
    """The number of an attribute of a numbered family: 2 of `DisplayName_L2`, 31 of `DV`; None for another name."""
    if not name.startswith(family):
        return None
    digits = name[len(family) :]
    if family.endswith("_L"):
        return int(digits) if _LOCALISED.fullmatch(digits) else None
    return int(digits, 32) if _BASE32HEX.fullmatch(digits) else None


def family_name(family: str, number: int) -> str:
    """The name of an attribute of a numbered family: the inverse of `family_number`."""
    if family.endswith("_L"):
        return f"{family}{number}"
    return family + base32hex(number)


def _value(kind: Any, text: str) -> Any:
    """The value that a text has as a plain type; None when it has none. An empty text counts as absent."""
    if kind is bool:
        return _BOOLEANS.get(text.strip().lower())
    if kind is int:
        return int(text) if _INTEGER.fullmatch(text) else None
    if kind is float:
        return float(text) if _NUMBER.fullmatch(text) else None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _members(kind).get(text.strip().lower())
    return text or None


@cache
def _members(kind: type[Enum]) -> dict[str, Enum]:
    return {name.lower(): member for name, member in enum_names(kind).items()}


def _empty(kind: Any) -> Any:
    if get_origin(kind) is dict:
        return {}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return kind()
