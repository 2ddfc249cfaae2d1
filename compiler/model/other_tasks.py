"""The tasks that look after roles, notifications, certification and the server itself (schemas/jobs.xsd)."""

from enum import StrEnum
from typing import Annotated, ClassVar

from compiler.model.node import Xml
from compiler.model.tasks import AgentName, ConnectorName, Task, TaskEntityType, TaskResourceType


class HttpCommand(StrEnum):
    """The method of a call."""

    Get = "Get"
    Put = "Put"
    Post = "Post"
    Delete = "Delete"


class BuildRoleModelTask(Task, frozen=True, kw_only=True, eq=False):
    """Makes roles from the naming rules of a connector, or of all."""

    tag: ClassVar[str] = "BuildRoleModelTask"
    connector: ConnectorName | None = None


class SetInternalUserProfilesTask(Task, frozen=True, kw_only=True, eq=False):
    """Gives owners their profiles."""

    tag: ClassVar[str] = "SetInternalUserProfilesTask"
    batch_insert_size: int = 0
    batch_select_size: int = 0
    entity_types: tuple[TaskEntityType, ...] = ()
    resource_types: tuple[TaskResourceType, ...] = ()


class SendRoleModelNotificationsTask(Task, frozen=True, kw_only=True, eq=False):
    """Reminds reviewers of roles that wait for them."""

    tag: ClassVar[str] = "SendRoleModelNotificationsTask"
    entity_types: tuple[TaskEntityType, ...] = ()


class SendNotificationsTask(Task, frozen=True, kw_only=True, eq=False):
    """Sends the notifications that the configuration declares."""

    tag: ClassVar[str] = "SendNotificationsTask"
    batch_size: int = 0
    entity_types: tuple[TaskEntityType, ...] = ()


class GetRoleMiningTask(Task, frozen=True, kw_only=True, eq=False):
    """Looks for rules that would explain the assignments there are."""

    tag: ClassVar[str] = "GetRoleMiningTask"
    all_entities: bool = False
    is_simulated: bool = False
    entity_types: tuple[TaskEntityType, ...] = ()


class SavePreExistingAccessRightsTask(Task, frozen=True, kw_only=True, eq=False):
    """Keeps the rights that were there before the first evaluation."""

    tag: ClassVar[str] = "SavePreExistingAccessRightsTask"
    assigned_resource_type_sql: Annotated[str | None, Xml(name="AssignedResourceTypeSQL")] = None
    assigned_resource_scalar_sql: Annotated[str | None, Xml(name="AssignedResourceScalarSQL")] = None
    assigned_resource_navigation_sql: Annotated[str | None, Xml(name="AssignedResourceNavigationSQL")] = None


class DeployConfigurationTask(Task, frozen=True, kw_only=True, eq=False):
    """Deploys a configuration folder."""

    tag: ClassVar[str] = "DeployConfigurationTask"
    configuration_directory: str
    generated_code_namespace: str | None = None
    generated_code_path: str | None = None
    generated_file: str | None = None


class MaintainIndexesTask(Task, frozen=True, kw_only=True, eq=False):
    """Looks after the indexes and statistics of the database."""

    tag: ClassVar[str] = "MaintainIndexesTask"
    all_indexes: bool = False
    continue_on_error: bool = False
    no_normalization_check: bool = False
    offline: bool = False
    page_count: int = 0
    rebuild_threshold: int = 0
    reorganize_threshold: int = 0
    update_stats_threshold: int = 0


class ManageConfigurationIndexesTask(Task, frozen=True, kw_only=True, eq=False):
    """Makes the indexes that the configuration calls for."""

    tag: ClassVar[str] = "ManageConfigurationIndexesTask"


class ResetValidFromTask(Task, frozen=True, kw_only=True, eq=False):
    """Lets the history of every resource begin at the beginning."""

    tag: ClassVar[str] = "ResetValidFromTask"


class UpdateParametersContextDisplayNamesTask(Task, frozen=True, kw_only=True, eq=False):
    """Recomputes the names of parameter contexts."""

    tag: ClassVar[str] = "UpdateParametersContextDisplayNamesTask"


class RefreshSchemaTask(Task, frozen=True, kw_only=True, eq=False):
    """Reads the schemas of a connector's connections anew."""

    tag: ClassVar[str] = "RefreshSchemaTask"
    connector: ConnectorName | None = None


class CleanDataBase(Task, frozen=True, kw_only=True, eq=False):
    """Closes the runs of jobs and tasks that broke off."""

    tag: ClassVar[str] = "CleanDataBase"


class CreateDatabaseViewsTask(Task, frozen=True, kw_only=True, eq=False):
    """Makes a view of the database for each entity type."""

    tag: ClassVar[str] = "CreateDatabaseViewsTask"
    agent: AgentName | None = None
    open_id_client: str | None = None


class ActivityInstanceActorTask(Task, frozen=True, kw_only=True, eq=False):
    """Works out anew who may act in the workflows that run."""

    tag: ClassVar[str] = "ActivityInstanceActorTask"
    agent: AgentName | None = None
    open_id_client: str | None = None


class InvokeApiTask(Task, frozen=True, kw_only=True, eq=False):
    """Calls the interface of the server."""

    tag: ClassVar[str] = "InvokeApiTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    api_url: str
    http_command: HttpCommand
    body: str | None = None


class InvokeAspectsTask(Task, frozen=True, kw_only=True, eq=False):
    """Calls one function of the server."""

    tag: ClassVar[str] = "InvokeAspectsTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    output_path: str | None = None


class InvokeExpressionTask(Task, frozen=True, kw_only=True, eq=False):
    """Runs a script."""

    tag: ClassVar[str] = "InvokeExpressionTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    continue_on_error: bool = False
    input_path: str | None = None


class InvokeSqlCommandTask(Task, frozen=True, kw_only=True, eq=False):
    """Runs SQL and writes its results as CSV."""

    tag: ClassVar[str] = "InvokeSqlCommandTask"
    agent: AgentName | None = None
    open_id_client: str | None = None
    continue_on_error: bool = False
    database_identifier: str | None = None
    encoding: str | None = None
    is_not_a_query: Annotated[bool, Xml(name="IsNotAQuery")] = False
    isolation_level: str | None = None
    output_path: str | None = None
    provider: str | None = None
    provider_assembly_qualified_name: str | None = None
    sql_command: Annotated[str | None, Xml(name="SQLCommand")] = None
    sql_input_file: Annotated[str | None, Xml(name="SQLInputFile")] = None
    timeout: int = 0


class ProcessAccessCertificationItemsTask(Task, frozen=True, kw_only=True, eq=False):
    """Carries out what was decided on access certification items."""

    tag: ClassVar[str] = "ProcessAccessCertificationItemsTask"


class SendAccessCertificationNotificationTask(Task, frozen=True, kw_only=True, eq=False):
    """Reminds reviewers of access certification items that wait for them."""

    tag: ClassVar[str] = "SendAccessCertificationNotificationTask"


class SetAccessCertificationReviewerTask(Task, frozen=True, kw_only=True, eq=False):
    """Gives access certification items their reviewers."""

    tag: ClassVar[str] = "SetAccessCertificationReviewerTask"


class UpdateAccessCertificationCampaignTask(Task, frozen=True, kw_only=True, eq=False):
    """Starts and ends access certification campaigns."""

    tag: ClassVar[str] = "UpdateAccessCertificationCampaignTask"
