"""Scaffoldings: short elements that stand for many ordinary ones (schemas/scaffoldings.xsd), and what they made."""

from typing import Annotated, ClassVar

from compiler.diagnostics.diagnostic import Label
from compiler.model.jobs import CronTimeZone
from compiler.model.node import DisplayName, Node, OwnProperty, Xml, reference
from compiler.model.tasks import AgentName, ConnectorName
from compiler.source.document import Element


class Generated(Element, frozen=True, kw_only=True, eq=False, gc=False):
    """An element that a scaffolding stands for: its places are the scaffolding's."""

    scaffolding: Element


def generated_here(element: Element) -> tuple[Label, ...]:
    """What to say beside a finding about a generated element, whose place is its scaffolding; nothing of others."""
    if not isinstance(element, Generated):
        return ()
    name = element.attributes.get("Identifier", "")
    return (Label(element.span(), f"this generates {element.name} `{name}`" if name else f"made a {element.name}"),)


class AddTask(Node, frozen=True, kw_only=True, eq=False):
    """Puts an existing task before or after one of the generated tasks."""

    tag: ClassVar[str] = "AddTask"
    task: str
    task_to_compare_with: str
    before: bool = False
    after: bool = False
    occurence: int = 0
    copy_occurence: int = 0


class CronTabExpression(Node, frozen=True, kw_only=True, eq=False):
    """Schedules the generated job."""

    tag: ClassVar[str] = "CronTabExpression"
    cron_tab: str
    cron_time_zone: CronTimeZone = CronTimeZone.UTC


class FormatPropertiesInResource(Node, frozen=True, kw_only=True, eq=False):
    """Lets orders hold typed values where they hold texts."""

    tag: ClassVar[str] = "FormatPropertiesInResource"


class FulfillInternalWorkflowsPath(Node, frozen=True, kw_only=True, eq=False):
    """Names the file that says which workflows fulfil a connector."""

    tag: ClassVar[str] = "FulfillInternalWorkflowsPath"
    connector_identifier: ConnectorName
    path: str


class LinkDependTask(Node, frozen=True, kw_only=True, eq=False):
    """Makes one generated task depend on another."""

    tag: ClassVar[str] = "LinkDependTask"
    task: str
    depend_on: str
    child_occurence: int = 0
    parent_occurence: int = 0


class NoProvisioning(Node, frozen=True, kw_only=True, eq=False):
    """Leaves the provisioning tasks out."""

    tag: ClassVar[str] = "NoProvisioning"


class NoSynchronization(Node, frozen=True, kw_only=True, eq=False):
    """Leaves export, preparation and synchronisation out."""

    tag: ClassVar[str] = "NoSynchronization"


class OpenIdIdentifier(Node, frozen=True, kw_only=True, eq=False):
    """The client with which the agent's tasks sign in."""

    tag: ClassVar[str] = "OpenIdIdentifier"
    client: Annotated[str, Xml(name="Identifier")]


class Configuration(Node, frozen=True, kw_only=True, eq=False):
    """The folder that the initialisation job deploys."""

    tag: ClassVar[str] = "Configuration"
    path: str


class NoConnectorSynchronization(Node, frozen=True, kw_only=True, eq=False):
    """Leaves a connector's export, preparation and synchronisation out."""

    tag: ClassVar[str] = "NoConnectorSynchronization"
    connector_identifier: ConnectorName


class NoConnectorProvisioning(Node, frozen=True, kw_only=True, eq=False):
    """Leaves a connector's provisioning out."""

    tag: ClassVar[str] = "NoConnectorProvisioning"
    connector_identifier: ConnectorName


class NotUsed(Node, frozen=True, kw_only=True, eq=False):
    """Leaves a connector out."""

    tag: ClassVar[str] = "NotUsed"
    connector_identifier: ConnectorName


class PrincipalDataConnector(Node, frozen=True, kw_only=True, eq=False):
    """The connector that holds the reference data from which other systems are fed."""

    tag: ClassVar[str] = "PrincipalDataConnector"
    connector_identifier: ConnectorName


class ExcludedProperty(Node, frozen=True, kw_only=True, eq=False):
    """A property that is not mapped."""

    tag: ClassVar[str] = "ExcludedProperty"
    property: OwnProperty


class MappingPath(Node, frozen=True, kw_only=True, eq=False):
    """Where the files of the mapping lie."""

    tag: ClassVar[str] = "MappingPath"
    path: str | None = None
    is_incremental: bool = False


class Scaffolding(Node, frozen=True, kw_only=True, eq=False):
    """An element that stands for others."""


class ConnectorMappings(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for a connection and the mappings of one entity type."""

    tag: ClassVar[str] = "ConnectorMappings"
    connector: ConnectorName
    entity_type: Annotated[str, reference("EntityType")]
    is_incremental: bool = False
    package: str | None = None
    arguments: tuple[ExcludedProperty | MappingPath, ...] = ()


class CleanDatabaseJob(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for the job that closes runs that broke off."""

    tag: ClassVar[str] = "CleanDatabaseJob"


class CreateConnectorsJobs(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for one hidden job per connector."""

    tag: ClassVar[str] = "CreateConnectorsJobs"


class CreateConnectorSynchroComplete(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for the complete job of one connector."""

    tag: ClassVar[str] = "CreateConnectorSynchroComplete"
    connector: ConnectorName
    display_name: DisplayName = {}
    job_identifier: str | None = None
    arguments: tuple[
        AddTask
        | CronTabExpression
        | FormatPropertiesInResource
        | FulfillInternalWorkflowsPath
        | LinkDependTask
        | NoProvisioning
        | NoSynchronization
        | OpenIdIdentifier,
        ...,
    ] = ()


class CreateConnectorSynchroIncremental(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for the incremental job of one connector."""

    tag: ClassVar[str] = "CreateConnectorSynchroIncremental"
    connector: ConnectorName
    display_name: DisplayName = {}
    job_identifier: str | None = None
    old_algorithm: bool = False
    arguments: tuple[
        AddTask
        | CronTabExpression
        | FormatPropertiesInResource
        | FulfillInternalWorkflowsPath
        | LinkDependTask
        | NoProvisioning
        | NoSynchronization
        | OpenIdIdentifier,
        ...,
    ] = ()


class CreateAgentSynchroComplete(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for the complete job of all connectors of an agent."""

    tag: ClassVar[str] = "CreateAgentSynchroComplete"
    agent: AgentName | None = None
    display_name: DisplayName = {}
    job_identifier: str | None = None
    old_algorithm: bool = False
    arguments: tuple[
        AddTask
        | CronTabExpression
        | FormatPropertiesInResource
        | FulfillInternalWorkflowsPath
        | LinkDependTask
        | NoConnectorProvisioning
        | NoConnectorSynchronization
        | NotUsed
        | OpenIdIdentifier,
        ...,
    ] = ()


class CreateAgentSynchroIncremental(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for the incremental job of all connectors of an agent."""

    tag: ClassVar[str] = "CreateAgentSynchroIncremental"
    agent: AgentName | None = None
    display_name: DisplayName = {}
    job_identifier: str | None = None
    old_algorithm: bool = False
    arguments: tuple[
        AddTask
        | CronTabExpression
        | FormatPropertiesInResource
        | FulfillInternalWorkflowsPath
        | LinkDependTask
        | NoConnectorProvisioning
        | NoConnectorSynchronization
        | NotUsed
        | OpenIdIdentifier,
        ...,
    ] = ()


class CreateInitializationJob(Scaffolding, frozen=True, kw_only=True, eq=False):
    """Stands for the job that loads everything for the first time."""

    tag: ClassVar[str] = "CreateInitializationJob"
    agent: AgentName | None = None
    display_name: DisplayName = {}
    job_identifier: str | None = None
    old_algorithm: bool = False
    arguments: tuple[
        AddTask
        | Configuration
        | FormatPropertiesInResource
        | NoConnectorProvisioning
        | NoConnectorSynchronization
        | NotUsed
        | OpenIdIdentifier
        | PrincipalDataConnector,
        ...,
    ] = ()


JobScaffolding = (
    CreateConnectorSynchroComplete
    | CreateConnectorSynchroIncremental
    | CreateAgentSynchroComplete
    | CreateAgentSynchroIncremental
    | CreateInitializationJob
)

SCAFFOLDINGS: tuple[type[Scaffolding], ...] = tuple(Scaffolding.__subclasses__())
"""Every kind of scaffolding, in the order declared."""
