"""Agents, connectors, connections and what provisioning needs of a connection (schemas/connectors.xsd)."""

from enum import IntEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import DisplayName, Node, OwnProperty, Xml, reference


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
    consolidation_mode: ConsolidationMode | None = None


class Connection(Node, frozen=True, kw_only=True, eq=False):
    """One way into a managed system: a package, with its settings under the same identifier in the agent settings."""

    tag: ClassVar[str] = "Connection"
    identifier: str
    display_name: DisplayName
    connector: Annotated[str, reference("Connector")]
    package: str
    deactivation_export_fulfill: DeactivationExportFulfill = DeactivationExportFulfill.None_
    consolidation_mode: ConsolidationMode | None = None


class ProvisionedProperty(Node, frozen=True, kw_only=True, eq=False):
    """What one property is to the managed system: its name, its parent, its relative name, a back-link."""

    tag: ClassVar[str] = "Property"
    property: OwnProperty
    is_dn_property: Annotated[bool, Xml(name="IsDNProperty")] = False
    is_parent_property: bool = False
    is_rdn_property: Annotated[bool, Xml(name="IsRDNProperty")] = False
    is_user_account_control_property: bool = False
    is_display_name_property: bool = False
    is_mail_property: bool = False
    data_source_backlink_column_name: str | None = None
    multi_value_separator: str | None = None


class ResourceTypeMapping(Node, frozen=True, kw_only=True, eq=False):
    """Binds a resource type, by its identifier, to the connection that fulfils it."""

    tag: ClassVar[str] = "ResourceTypeMapping"
    identifier: Annotated[str, reference("ResourceType")]
    connection: Annotated[str, reference("Connection")]
    default_object_class: str | None = None
    rdn_attribute_identifier: Annotated[str | None, Xml(name="RDNAttributeIdentifier")] = None
    password_reset_setting: str | None = None
    use_permissive_modify: bool = False
    use_tree_delete: bool = False
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[ProvisionedProperty, ...] = ()


class LdapResourceTypeMapping(Node, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a directory connection."""

    tag: ClassVar[str] = "LdapResourceTypeMapping"
    aliases: ClassVar[tuple[str, ...]] = ("LDAPResourceTypeMapping",)
    identifier: Annotated[str, reference("ResourceType")]
    connection: Annotated[str, reference("Connection")]
    default_object_class: str
    rdn_attribute_identifier: Annotated[str, Xml(name="RDNAttributeIdentifier")]
    password_reset_setting: str | None = None
    use_permissive_modify: bool = False
    use_tree_delete: bool = False
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[ProvisionedProperty, ...] = ()
