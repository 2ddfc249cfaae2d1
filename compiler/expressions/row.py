"""An object of property values goes in, as from JSON; the input that an expression is evaluated over comes out.

Scalars are texts, numbers, Booleans or null; a date is ISO 8601 or its 14 digits. A navigation is an object, a
multi-valued one a list of objects. What is left out is null, or an empty list.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions.function import number_text
from compiler.expressions.infer import named
from compiler.expressions.literal import literal_value
from compiler.expressions.types import Member, Scope, ValueType

Held: TypeAlias = "str | Row | list[Row] | None"


class NotARow(Exception):
    """The object does not fit its entity type; says where and why."""


class Row:
    """One resource: called with a path, it gives an internal text, the id of a resource, or a list of rows."""

    def __init__(self, given: object, entity_type: str, scope: Scope, place: str = "") -> None:
        """Raises `NotARow`."""
        if not isinstance(given, Mapping):
            raise NotARow(f"{place or 'the row'} is no object")
        self._entity_type = entity_type
        self._scope = scope
        self._held: dict[str, Held] = {}
        for name, value in given.items():
            member = scope.member(entity_type, str(name))
            where = f"{place}.{name}".lstrip(".")
            if member is None:
                help = did_you_mean(str(name), scope.members(entity_type))
                raise NotARow(f"`{entity_type}` has no property `{where}`" + (f"; {help}" if help else ""))
            self._held[member.name] = self._value(value, member, where)

    def __call__(self, path: tuple[str, ...]) -> object:
        held: Held = self
        for name in path:
            if not isinstance(held, Row):
                return None
            held = held._property(name)
        return id(held) if isinstance(held, Row) else held

    def query(self, entity_type: str) -> "list[Row]":
        """The resources of an entity type: a row alone knows none."""
        return []

    def _property(self, name: str) -> Held:
        member = self._scope.member(self._entity_type, name)
        return self._held.get(name, [] if member is not None and member.is_collection else None)

    def _value(self, value: object, member: Member, where: str) -> Held:
        target = member.target or ""
        if member.is_collection:
            if not isinstance(value, list):
                raise NotARow(f"{where} holds many resources: give a list of objects")
            return [Row(each, target, self._scope, f"{where}[{number}]") for number, each in enumerate(value)]
        if value is None:
            return None
        return (
            Row(value, target, self._scope, where) if member.type is ValueType.RESOURCE else _text(value, member, where)
        )


def _text(value: object, member: Member, where: str) -> str:
    """The internal text of a scalar."""
    if isinstance(value, bool):
        written = str(value).lower()
    elif isinstance(value, int | float):
        written = number_text(value)
    elif isinstance(value, str):
        written = value
    else:
        raise NotARow(f"{where} is a value: give a text, a number, a Boolean or null")
    found = _moment(written) if member.type is ValueType.DATETIME else literal_value(written, member.type)
    if found is None:
        raise NotARow(f"{where} is {named(member.type)}, and `{written}` is none")
    return str(found).lower() if isinstance(found, bool) else number_text(found)


def _moment(written: str) -> str | None:
    """14 digits in UTC; without an offset a date is UTC already."""
    try:
        if len(written) == 14 and written.isdecimal():
            moment = datetime.strptime(written, "%Y%m%d%H%M%S")
        else:
            moment = datetime.fromisoformat(written)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    return f"{moment.year:04}{moment:%m%d%H%M%S}"
