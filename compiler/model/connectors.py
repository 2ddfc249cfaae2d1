"""Agents, connectors, connections, what changes their tables, and what these hold (schemas/connectors.xsd)."""

from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import DisplayName, Node, Xml, reference


class JobIntegrationRule(IntEnum):
    """How a connector takes part in a scaffolded job."""

    Used = 0
    NotUsed = 1
    OnlySynchronization = 2
    OnlyProvisioning = 3


class DeactivationExportFulfill(IntEnum):
    """Which half of a connection is switched off."""

    None_ = 0
    Export = 1
    Fulfill = 2


class TransformationType(StrEnum):
    """What a transformation does to a table (`ConnectionTransformationType`)."""

    ConcatColumns = "ConcatColumns"
    TransformDate = "TransformDate"
    WhereValue = "WhereValue"


class WhereOperator(StrEnum):
    """How a cell is compared; the documentation also prints `NotContains` as `CotContains`."""

    Equals = "Equals"
    NotEquals = "NotEquals"
    Contains = "Contains"
    NotContains = "NotContains"
    CotContains = "NotContains"
    StartsWith = "StartsWith"
    EndsWith = "EndsWith"
    Regex = "Regex"


class ColumnKeyType(IntEnum):
    """Which key of its table a column is."""

    None_ = 0
    PrimaryKey = 1
    UniqueKey = 2


class ColumnValueType(IntEnum):
    """What a column holds in the managed system."""

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


class Agent(Node, frozen=True, kw_only=True, eq=False):
    """The program that runs a connector's tasks; `Local` exists without being declared."""

    tag: ClassVar[str] = "Agent"
    identifier: str
    display_name: DisplayName
    state: int = 0
    uri: Annotated[str | None, Xml(name="URI")] = None


class Connector(Node, frozen=True, kw_only=True, eq=False):
    """A named container for one managed system, with the thresholds of its synchronisation."""

    tag: ClassVar[str] = "Connector"
    identifier: str
    display_name: DisplayName
    agent: Annotated[str | None, reference("Agent")] = None
    complete_job: JobIntegrationRule = JobIntegrationRule.Used
    incremental_job: JobIntegrationRule = JobIntegrationRule.Used
    is_deactivated: bool = False
    maximum_inserted_lines: int = 100
    maximum_updated_lines: int = 100
    maximum_deleted_lines: int = 100
    max_percentage_inserted_lines: int = 5
    max_percentage_updated_lines: int = 5
    max_percentage_deleted_lines: int = 5
    maximum_link_inserted_lines: int = 1000
    maximum_link_deleted_lines: int = 1000
    max_link_percentage_inserted_lines: int = 5
    max_link_percentage_deleted_lines: int = 5
    maximum_link_updated_lines: int = 0
    max_link_percentage_updated_lines: int = 0
    consolidation_mode: ConsolidationMode | None = None


class Transformation(Node, frozen=True, kw_only=True, eq=False):
    """One change to an exported table before it is prepared; those of a connection take effect in document order."""

    tag: ClassVar[str] = "Transformation"
    type: TransformationType
    table: str | None = None
    column: str | None = None
    input_column: str | None = None
    input_column2: str | None = None
    input_column3: str | None = None
    input_column4: str | None = None
    input_column5: str | None = None
    concat_separator: str | None = None
    remove_empty: bool = False
    remove_duplicates: bool = False
    sort_values: bool = False
    added_days: float | None = None
    min_year: int | None = None
    max_year: int | None = None
    date_pattern: str | None = None
    where_operator: WhereOperator = WhereOperator.Equals
    where_value: str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns it reads, in the order of their numbers."""
        if self.type is TransformationType.WhereValue:
            return (self.column,) if self.column else ()
        if self.type is TransformationType.TransformDate:
            return tuple(filter(None, (self.input_column or self.column,)))
        numbered = (self.input_column, self.input_column2, self.input_column3, self.input_column4, self.input_column5)
        return tuple(filter(None, numbered))


class Connection(Node, frozen=True, kw_only=True, eq=False):
    """One way into a managed system: a package, with its settings under the same identifier in the agent settings."""

    tag: ClassVar[str] = "Connection"
    identifier: str
    display_name: DisplayName
    connector: Annotated[str, reference("Connector")]
    package: str
    deactivation_export_fulfill: DeactivationExportFulfill = DeactivationExportFulfill.None_
    consolidation_mode: ConsolidationMode | None = None
    transformations: tuple[Transformation, ...] = ()


class ConnectionColumn(Node, frozen=True, kw_only=True, eq=False):
    """One column of a table, as the managed system described it."""

    tag: ClassVar[str] = "Column"
    identifier: str
    display_name: str | None = None
    path: str | None = None
    is_multivalued: bool = False
    key_type: ColumnKeyType = ColumnKeyType.None_
    value_type: ColumnValueType = ColumnValueType.String
    value_length: int = 0
    foreign_column: str | None = None


class ConnectionTable(Node, frozen=True, kw_only=True, eq=False):
    """A table that a connection can export: a snapshot, against which names of columns are checked."""

    tag: ClassVar[str] = "ConnectionTable"
    connection: Annotated[str, reference("Connection")]
    identifier: str
    display_name: str | None = None
    path: str | None = None
    columns: tuple[ConnectionColumn, ...] = ()
