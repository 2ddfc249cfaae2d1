"""Dimensions, the contexts of identities and how they come about, indirect rights (schemas/contexts.xsd)."""

from enum import IntEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import (
    Binding,
    DimensionBindings,
    DimensionValues,
    DisplayName,
    ExpressionText,
    Node,
    OwnProperty,
    reference,
)


class RiskFactorType(IntEnum):
    """How the risk scores of an identity become one."""

    None_ = 0
    Max = 1
    Average = 2


class RecordBoundaryKind(IntEnum):
    """What stands for missing dates of a section."""

    None_ = 0
    Kept = 1


class RecordExtensionKind(IntEnum):
    """Whether values are copied into a time that has none."""

    Default = 0
    None_ = 4


class Dimension(Node, frozen=True, kw_only=True, eq=False):
    """An entity type that rules distinguish owners by, under a number that ends the names `D0` to `D3V`."""

    tag: ClassVar[str] = "Dimension"
    identifier: str
    display_name: DisplayName = {}
    entity_type: Annotated[str, reference("EntityType")]
    column_mapping: int
    is_hierarchical: bool = False
    parent_property: OwnProperty | None = None
    is_excluded_from_role_mining: bool = False
    consolidation_mode: ConsolidationMode | None = None


class ContextRule(Node, frozen=True, kw_only=True, eq=False):
    """Says for the identities of an entity type which values their dimensions have, and from when to when."""

    tag: ClassVar[str] = "ContextRule"
    identifier: str
    display_name: DisplayName
    policy: Annotated[str, reference("Policy")]
    source_entity_type: Annotated[str, reference("EntityType")]
    b: DimensionBindings = {}
    resources_binding: Binding | None = None
    resources_expression: ExpressionText | None = None
    resources_start_binding: Binding | None = None
    resources_start_expression: ExpressionText | None = None
    resources_end_binding: Binding | None = None
    resources_end_expression: ExpressionText | None = None
    exclude_expression: ExpressionText | None = None
    risk_factor_type: RiskFactorType | None = None
    min_identities_count: int = 0
    reduction_outlier_percentage: float = 0.0
    resource_certification_comparison_binding: Binding | None = None
    resource_certification_comparison_operator: str | None = None
    resource_certification_comparison_value: str | None = None
    consolidation_mode: ConsolidationMode | None = None


class RecordProperty(Node, frozen=True, kw_only=True, eq=False):
    """One property of the records that belongs to a section."""

    tag: ClassVar[str] = "Property"
    property: OwnProperty
    extension_kind: RecordExtensionKind = RecordExtensionKind.Default
    is_excluded: bool = False


class RecordSection(Node, frozen=True, kw_only=True, eq=False):
    """Properties of records that are valid together, such as those of a contract; the default section has none."""

    tag: ClassVar[str] = "RecordSection"
    identifier: str
    display_name: DisplayName
    source_entity_type: Annotated[str, reference("EntityType")]
    resource_entity_type: Annotated[str, reference("EntityType")]
    start_property: OwnProperty | None = None
    end_property: OwnProperty | None = None
    boundary_kind: RecordBoundaryKind = RecordBoundaryKind.None_
    extension_kind: RecordExtensionKind = RecordExtensionKind.Default
    sort_key_expression: ExpressionText | None = None
    extended_sort_key: str | None = None
    instance_key_expression: ExpressionText | None = None
    is_default_boundaries_section: bool = False
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[RecordProperty, ...] = ()

    @property
    def is_default(self) -> bool:
        """Whether it holds what no other section lists: it names no property but to leave it out."""
        return all(each.is_excluded for each in self.properties)


class Context(Node, frozen=True, kw_only=True, eq=False):
    """What a context rule makes of an identity; computed, never written by hand."""

    tag: ClassVar[str] = "Context"
    automatic: bool = False
    d: DimensionValues = {}


class IndirectResourceRule(Node, frozen=True, kw_only=True, eq=False):
    """Which properties lead from a target to what it holds through others, such as groups in groups."""

    tag: ClassVar[str] = "IndirectResourceRule"
    resource_type: Annotated[str, reference("ResourceType")]
    property: OwnProperty
    correspondence: OwnProperty | None = None
    correspondence_membership_property: str | None = None
    entitlement: str | None = None
