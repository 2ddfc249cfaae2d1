"""The model goes in; what expressions ask of it comes out (`compiler.expressions.types.Scope`)."""

from collections.abc import Iterable

from compiler.bind.resolve import IMPLICIT_PROPERTY, property_names
from compiler.expressions.types import IDENTIFIER, Member, ValueType
from compiler.model.metadata import PropertyType
from compiler.model.model import Model

_VALUE_TYPES = {
    PropertyType.String: ValueType.STRING,
    PropertyType.Bytes: ValueType.BYTES,
    PropertyType.Int32: ValueType.INTEGER,
    PropertyType.Int64: ValueType.INTEGER,
    PropertyType.DateTime: ValueType.DATETIME,
    PropertyType.Bool: ValueType.BOOLEAN,
    PropertyType.Guid: ValueType.GUID,
    PropertyType.Double: ValueType.DOUBLE,
    PropertyType.Binary: ValueType.BYTES,
    PropertyType.Byte: ValueType.INTEGER,
    PropertyType.Int16: ValueType.INTEGER,
    PropertyType.Option: ValueType.INTEGER,
    PropertyType.ForeignKey: ValueType.RESOURCE,
}

_IMPLICIT = {IMPLICIT_PROPERTY: ValueType.STRING, IDENTIFIER: ValueType.INTEGER}


def value_type(property_type: PropertyType) -> ValueType:
    """What an expression must yield for a property of a type."""
    return _VALUE_TYPES[property_type]


def is_navigation(model: Model, entity_type: str, name: str) -> bool:
    """Whether a property leads to resources: it is a ForeignKey, or a side that is declared as Int64 (O-33)."""
    return (entity_type, name) in model.navigations


class ModelScope:
    """The properties of the model's entity types, as expressions see them."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def member(self, entity_type: str, name: str) -> Member | None:
        """The property `name` (exact case) of an entity type, or None."""
        declared = self._model.property(entity_type, name)
        if declared is None:
            kind = _IMPLICIT.get(name) if entity_type in self._model.entity_types else None
            return Member(name, kind) if kind is not None else None
        side = self._model.side(entity_type, name)
        if side is not None and is_navigation(self._model, entity_type, name):
            return Member(name, ValueType.RESOURCE, side.target, side.is_collection)
        return Member(name, value_type(declared.type))

    def members(self, entity_type: str) -> Iterable[str]:
        """The names of the properties of an entity type, for suggestions; empty for an unknown entity type."""
        return property_names(self._model, entity_type)
