"""Languages, entity types, associations, their mappings and computed properties (schemas/metadata.xsd)."""

from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from compiler.model.node import (
    Binding,
    DisplayName,
    ExpressionText,
    Node,
    OwnProperty,
    PropertyPath,
    Xml,
    reference,
)


class PropertyType(IntEnum):
    """What a property holds (`EntityPropertyType`)."""

    String = 0
    Bytes = 1
    Int32 = 2
    Int64 = 3
    DateTime = 4
    Bool = 5
    Guid = 6
    Double = 7
    Binary = 8
    Byte = 9
    Int16 = 10
    Option = 11
    ForeignKey = 12


class ConsolidationMode(StrEnum):
    """How a hand-written element meets a generated one of the same key."""

    Merge = "Merge"
    Update = "Update"
    Delete = "Delete"


class Language(Node, frozen=True, kw_only=True, eq=False):
    """One language of the configuration; its indicator is the `n` of `DisplayName_L<n>`."""

    tag: ClassVar[str] = "Language"
    code: str
    indicator_number: int
    json_path: str | None = None


class EntityProperty(Node, frozen=True, kw_only=True, eq=False):
    """One property of an entity type: a scalar, or a navigation when an association completes it."""

    tag: ClassVar[str] = "Property"
    identifier: str
    display_name: DisplayName = {}
    type: PropertyType = PropertyType.String
    target_column_index: int = -1
    is_key: bool = False
    history_precision: int = 0
    flexible_comparison_expression: ExpressionText | None = None
    group_by_property: str | None = None
    language: Annotated[str | None, reference("Language")] = None
    neutral_property: OwnProperty | None = None


class EntityType(Node, frozen=True, kw_only=True, eq=False):
    """The shape of one class of resources."""

    tag: ClassVar[str] = "EntityType"
    identifier: str
    display_name: DisplayName = {}
    license_tag: str | None = None
    table_name: str | None = None
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[EntityProperty, ...] = ()


class EntityAssociation(Node, frozen=True, kw_only=True, eq=False):
    """Two navigation properties that are each other's reverse."""

    tag: ClassVar[str] = "EntityAssociation"
    identifier: str
    display_name: DisplayName = {}
    property1: PropertyPath
    property2: PropertyPath
    is_property1_collection: bool = False
    is_property2_collection: bool = False
    consolidation_mode: ConsolidationMode | None = None


class MappedProperty(Node, frozen=True, kw_only=True, eq=False):
    """Which column one property is read from, in which external format, and which keys it is."""

    tag: ClassVar[str] = "Property"
    identifier: OwnProperty
    connection_column: str | None = None
    format: str | None = None
    is_primary_key: bool = False
    is_unique_key: bool = False
    is_multi_valued_property: bool = False


class EntityTypeMapping(Node, frozen=True, kw_only=True, eq=False):
    """Where the rows of an entity type come from; the identifier is the entity type's."""

    tag: ClassVar[str] = "EntityTypeMapping"
    identifier: Annotated[str, reference("EntityType")]
    connector: Annotated[str | None, reference("Connector")] = None
    connection_table: str | None = None
    c0: str | None = None
    maximum_inserted_lines: int = 0
    maximum_updated_lines: int = 0
    maximum_deleted_lines: int = 0
    max_percentage_inserted_lines: int = 0
    max_percentage_updated_lines: int = 0
    max_percentage_deleted_lines: int = 0
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[MappedProperty, ...] = ()


class EntityAssociationMapping(Node, frozen=True, kw_only=True, eq=False):
    """Loads links from a table that holds two key columns; the identifier is the association's."""

    tag: ClassVar[str] = "EntityAssociationMapping"
    identifier: Annotated[str, reference("EntityAssociation")]
    connector: Annotated[str, reference("Connector")]
    connection_table: str | None = None
    column1: str
    column2: str
    entity_property_mapping1: PropertyPath
    entity_property_mapping2: PropertyPath
    c0: str | None = None
    maximum_inserted_lines: Annotated[int, Xml(aliases=("MaximumLinkInsertedLines",))] = 0
    maximum_deleted_lines: Annotated[int, Xml(aliases=("MaximumLinkDeletedLines",))] = 0
    max_percentage_inserted_lines: Annotated[int, Xml(aliases=("MaxLinkPercentageInsertedLines",))] = 0
    max_percentage_deleted_lines: Annotated[int, Xml(aliases=("MaxLinkPercentageDeletedLines",))] = 0
    consolidation_mode: ConsolidationMode | None = None


class EntityPropertyExpression(Node, frozen=True, kw_only=True, eq=False):
    """Computes a property from its resource: a scalar, or the target of a mono-valued navigation."""

    tag: ClassVar[str] = "EntityPropertyExpression"
    identifier: str
    entity_type: Annotated[str, reference("EntityType")]
    property: OwnProperty
    expression: ExpressionText | None = None
    binding: Binding | None = None
    priority: int = 0
    property_criteria: str | None = None
    consolidation_mode: ConsolidationMode | None = None
