"""Jobs, and how they launch tasks that are declared elsewhere (schemas/jobs.xsd)."""

from enum import IntEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import DisplayName, Node, Xml
from compiler.model.other_tasks import HttpCommand
from compiler.model.tasks import (
    AgentName,
    ConnectionName,
    ConnectorName,
    PrepareSynchronizationType,
    SynchronizationMode,
    Task,
    TaskDependsOnTask,
    TaskEntityType,
    TaskResourceType,
)


class CronTimeZone(IntEnum):
    """The clock that a schedule follows."""

    UTC = 0
    ServerTime = 1


class LogLevel(IntEnum):
    """How much a job writes into its log."""

    Trace = 0
    Debug = 1
    Information = 2
    Warning = 3
    Error = 4
    Critical = 5
    None_ = 6


TASKS: tuple[type[Task], ...] = tuple(Task.__subclasses__())
"""Every kind of task, in the order declared."""


class Step(Node, frozen=True, kw_only=True, eq=False):
    """Puts a task that is declared elsewhere into a job."""

    tag: ClassVar[str] = "Step"
    task: Annotated[str | None, Xml(aliases=("Identifier",))] = None
    level: int = -1


class TaskOverride(Node, frozen=True, kw_only=True, eq=False):
    """Puts a task that is declared elsewhere into a job, with other values for the attributes given.

    There is one element per kind of task, `<kind>Override`. Its attributes are those of its kind; they are read from
    the element, because what is not given here is the original's.
    """

    tag: ClassVar[str] = f"{TASKS[0].tag}Override"
    aliases: ClassVar[tuple[str, ...]] = tuple(f"{task.tag}Override" for task in TASKS[1:])
    task: Annotated[str, Xml(name="Identifier")]
    level: int = -1
    display_name: DisplayName = {}
    agent: AgentName | None = None
    open_id_client: str | None = None
    connector: ConnectorName | None = None
    connection: ConnectionName | None = None
    all_entities: bool | None = None
    all_entity_type: bool | None = None
    all_indexes: bool | None = None
    api_url: str | None = None
    assigned_resource_navigation_sql: Annotated[str | None, Xml(name="AssignedResourceNavigationSQL")] = None
    assigned_resource_scalar_sql: Annotated[str | None, Xml(name="AssignedResourceScalarSQL")] = None
    assigned_resource_type_sql: Annotated[str | None, Xml(name="AssignedResourceTypeSQL")] = None
    batch_insert_size: int | None = None
    batch_select_size: int | None = None
    batch_size: int | None = None
    batch_update_size: int | None = None
    block_all_resource_type_provisioning: bool | None = None
    block_provisioning: bool | None = None
    body: str | None = None
    column_name: str | None = None
    configuration_directory: str | None = None
    continue_on_error: bool | None = None
    database_identifier: str | None = None
    dirty: bool | None = None
    do_not_delete_changes: bool | None = None
    encoding: str | None = None
    force_provisioning: bool | None = None
    force_synchronization: bool | None = None
    generated_code_namespace: str | None = None
    generated_code_path: str | None = None
    generated_file: str | None = None
    http_command: HttpCommand | None = None
    ignore_cookie_file: bool | None = None
    ignore_historization: bool | None = None
    init_mode: bool | None = None
    input_path: str | None = None
    is_not_a_query: Annotated[bool | None, Xml(name="IsNotAQuery")] = None
    is_simulated: bool | None = None
    isolation_level: str | None = None
    ldif_file_path: str | None = None
    no_normalization_check: bool | None = None
    offline: bool | None = None
    orphans: bool | None = None
    output_path: str | None = None
    page_count: int | None = None
    provider: str | None = None
    provider_assembly_qualified_name: str | None = None
    rebuild_threshold: int | None = None
    reorganize_threshold: int | None = None
    sql_command: Annotated[str | None, Xml(name="SQLCommand")] = None
    sql_input_file: Annotated[str | None, Xml(name="SQLInputFile")] = None
    synchronization_mode: SynchronizationMode | None = None
    timeout: int | None = None
    type: PrepareSynchronizationType | None = None
    update_stats_threshold: int | None = None
    use_ldif: bool | None = None
    working_directory: str | None = None
    depends: tuple[TaskDependsOnTask, ...] = ()
    entity_types: tuple[TaskEntityType, ...] = ()
    resource_types: tuple[TaskResourceType, ...] = ()


class Job(Node, frozen=True, kw_only=True, eq=False):
    """Tasks that are launched together: in document order, or level by level."""

    tag: ClassVar[str] = "Job"
    identifier: str
    display_name: DisplayName
    agent: AgentName | None = None
    cron_tab_expression: Annotated[str | None, Xml(aliases=("CrontabExpression",))] = None
    cron_time_zone: CronTimeZone = CronTimeZone.UTC
    is_connector_job: bool = False
    is_incremental: bool = False
    is_initialization_job: bool = False
    log_level: LogLevel = LogLevel.None_
    user_start_denied: bool = False
    consolidation_mode: ConsolidationMode | None = None
    steps: tuple[Task | Step | TaskOverride, ...] = ()
