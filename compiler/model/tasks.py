"""Tasks, what they say of their scope and order, and those that synchronise and provision (schemas/jobs.xsd)."""

from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import DisplayName, Node, Xml, reference


class SynchronizationMode(IntEnum):
    """What the prepared files hold, and what the store is compared with."""

    Initial = 0
    Complete = 1
    Incremental = 2


class PrepareSynchronizationType(StrEnum):
    """What kind of rows an export leaves for its preparation."""

    None_ = "None"
    ActiveDirectory = "ActiveDirectory"
    Changes = "Changes"


AgentName = Annotated[str, reference("Agent")]
ConnectorName = Annotated[str, reference("Connector")]
ConnectionName = Annotated[str, reference("Connection")]


class TaskDependsOnTask(Node, frozen=True, kw_only=True, eq=False):
    """The task is launched only when its parent ran and came to something."""

    tag: ClassVar[str] = "TaskDependsOnTask"
    parent_task: str


class TaskEntityType(Node, frozen=True, kw_only=True, eq=False):
    """An entity type that the task is about."""

    tag: ClassVar[str] = "TaskEntityType"
    entity_type: Annotated[str | None, Xml(kind="reference", target="EntityType", aliases=("Identifier",))] = None


class TaskResourceType(Node, frozen=True, kw_only=True, eq=False):
    """A resource type that the task is about."""

    tag: ClassVar[str] = "TaskResourceType"
    resource_type: Annotated[str, reference("ResourceType")]


class Task(Node, frozen=True, kw_only=True, eq=False):
    """What every task has. Without a tag of its own it stands for all kinds of tasks."""

    identifier: str | None = None
    display_name: DisplayName
    level: int = -1
    consolidation_mode: ConsolidationMode | None = None
    depends: tuple[TaskDependsOnTask, ...] = ()


class ExportTask(Task, frozen=True, kw_only=True, eq=False):
    """Exports what one connection reads."""

    tag: ClassVar[str] = "ExportTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    connector: ConnectorName | None = None
    connection: ConnectionName | None = None
    continue_on_error: bool = False
    ignore_cookie_file: bool = False
    init_mode: bool = False


class PrepareSynchronizationTask(Task, frozen=True, kw_only=True, eq=False):
    """Cleans what a connector exported."""

    tag: ClassVar[str] = "PrepareSynchronizationTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    connector: ConnectorName
    synchronization_mode: SynchronizationMode | None = None
    type: PrepareSynchronizationType = PrepareSynchronizationType.None_
    column_name: str | None = None
    working_directory: str | None = None


class SynchronizeTask(Task, frozen=True, kw_only=True, eq=False):
    """Brings the store up to what a connector prepared."""

    tag: ClassVar[str] = "SynchronizeTask"
    connector: ConnectorName
    type: PrepareSynchronizationType = PrepareSynchronizationType.None_
    do_not_delete_changes: bool = False
    force_synchronization: bool = False
    orphans: bool = False


class SetRecentlyModifiedFlagTask(Task, frozen=True, kw_only=True, eq=False):
    """Marks what the synchronisations of the job changed."""

    tag: ClassVar[str] = "SetRecentlyModifiedFlagTask"


class UpdateEntityPropertyExpressionsTask(Task, frozen=True, kw_only=True, eq=False):
    """Recomputes the computed properties of entity types."""

    tag: ClassVar[str] = "UpdateEntityPropertyExpressionsTask"
    connector: ConnectorName | None = None
    all_entity_type: bool = False
    batch_select_size: int = 0
    batch_update_size: int = 0
    dirty: bool = False
    entity_types: tuple[TaskEntityType, ...] = ()


class ComputeCorrelationKeysTask(Task, frozen=True, kw_only=True, eq=False):
    """Recomputes the keys by which owners and resources are paired."""

    tag: ClassVar[str] = "ComputeCorrelationKeysTask"
    connector: ConnectorName | None = None
    all_entity_type: bool = False
    batch_size: int = 0
    dirty: bool = False
    entity_types: tuple[TaskEntityType, ...] = ()


class ComputeRoleModelTask(Task, frozen=True, kw_only=True, eq=False):
    """Evaluates the rules for the owners of entity types."""

    tag: ClassVar[str] = "ComputeRoleModelTask"
    connector: ConnectorName | None = None
    batch_insert_size: int = 0
    batch_select_size: int = 0
    block_all_resource_type_provisioning: bool = False
    block_provisioning: bool = False
    dirty: bool = False
    ignore_historization: bool = False
    ldif_file_path: str | None = None
    use_ldif: bool = False
    entity_types: tuple[TaskEntityType, ...] = ()


class ComputeRiskScoresTask(Task, frozen=True, kw_only=True, eq=False):
    """Recomputes the risk scores of owners."""

    tag: ClassVar[str] = "ComputeRiskScoresTask"
    batch_size: int = 0
    dirty: bool = False
    entity_types: tuple[TaskEntityType, ...] = ()


class GenerateProvisioningOrdersTask(Task, frozen=True, kw_only=True, eq=False):
    """Makes the provisioning orders of a connector or of resource types."""

    tag: ClassVar[str] = "GenerateProvisioningOrdersTask"
    connector: ConnectorName | None = None
    batch_insert_size: int = 0
    batch_select_size: int = 0
    force_provisioning: bool = False
    resource_types: tuple[TaskResourceType, ...] = ()


class FulfillTask(Task, frozen=True, kw_only=True, eq=False):
    """Sends the orders of a connector or of resource types."""

    tag: ClassVar[str] = "FulfillTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    connector: ConnectorName | None = None
    connection: ConnectionName | None = None
    batch_size: int = 0
    continue_on_error: bool = False
    dirty: bool = False
    ignore_historization: bool = False
    resource_types: tuple[TaskResourceType, ...] = ()


class UpdateClassificationTask(Task, frozen=True, kw_only=True, eq=False):
    """Gives the resources of entity types their resource types."""

    tag: ClassVar[str] = "UpdateClassificationTask"
    connector: ConnectorName | None = None
    batch_size: int = 0
    dirty: bool = False
    entity_types: tuple[TaskEntityType, ...] = ()
