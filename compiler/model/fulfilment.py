"""How resource types are fulfilled: one mapping element per kind of system, and passwords (schemas/fulfilment.xsd)."""

from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import Binding, Node, OwnProperty, Xml, reference

PasswordSettings = Annotated[str, reference("PasswordResetSettings")]


class InvitationMode(StrEnum):
    """How a guest account comes to be."""

    None_ = "None"
    MicrosoftInvitation = "MicrosoftInvitation"


class TicketLevel(StrEnum):
    """How much a ticket matters, and how soon."""

    Low = "Low"
    Medium = "Medium"
    High = "High"


class PasswordResetMode(IntEnum):
    """Whether a password is set, and who gets to know it."""

    Disabled = 0
    OneWay = 1
    TwoWay = 2


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


class FulfilmentMapping(Node, frozen=True, kw_only=True, eq=False):
    """What every mapping element says: the resource type, by its identifier, and the connection that fulfils it."""

    identifier: Annotated[str, reference("ResourceType")]
    connection: Annotated[str, reference("Connection")]
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[ProvisionedProperty, ...] = ()


class ResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a connection that needs no element of its own."""

    tag: ClassVar[str] = "ResourceTypeMapping"
    default_object_class: str | None = None
    rdn_attribute_identifier: Annotated[str | None, Xml(name="RDNAttributeIdentifier")] = None
    password_reset_setting: PasswordSettings | None = None
    use_permissive_modify: bool = False
    use_tree_delete: bool = False


class LdapResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a directory connection."""

    tag: ClassVar[str] = "LdapResourceTypeMapping"
    aliases: ClassVar[tuple[str, ...]] = ("LDAPResourceTypeMapping",)
    default_object_class: str
    rdn_attribute_identifier: Annotated[str, Xml(name="RDNAttributeIdentifier")]
    password_reset_setting: PasswordSettings | None = None
    use_permissive_modify: bool = False
    use_tree_delete: bool = False


class MicrosoftEntraIDResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a Microsoft Entra ID connection."""

    tag: ClassVar[str] = "MicrosoftEntraIDResourceTypeMapping"
    aliases: ClassVar[tuple[str, ...]] = ("AzureADResourceTypeMapping",)
    default_object_class: str
    password_reset_setting: PasswordSettings | None = None
    invitation_mode: InvitationMode = InvitationMode.None_
    invitation_redirect_url: str | None = None
    invitation_customized_message_body: str | None = None
    invitation_message_language: str | None = None


class OktaResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to an Okta connection."""

    tag: ClassVar[str] = "OktaResourceTypeMapping"
    default_object_class: str | None = None
    password_reset_setting: PasswordSettings | None = None


class SapResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to an SAP connection."""

    tag: ClassVar[str] = "SapResourceTypeMapping"
    default_object_class: str | None = None
    password_reset_setting: PasswordSettings | None = None


class ScimResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a SCIM connection."""

    tag: ClassVar[str] = "ScimResourceTypeMapping"
    default_object_class: str | None = None


class ServiceNowResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a ServiceNow connection: to its records, or to tickets."""

    tag: ClassVar[str] = "ServiceNowResourceTypeMapping"
    default_object_class: str | None = None
    password_reset_setting: PasswordSettings | None = None
    ticket_caller_id: str | None = None
    ticket_category: str | None = None
    ticket_sub_category: str | None = None
    ticket_impact: TicketLevel = TicketLevel.Low
    ticket_urgency: TicketLevel = TicketLevel.Low
    ticket_additional_information: str | None = None
    ticket_synchro_is_not_available: bool = False


class EasyVistaResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to EasyVista tickets."""

    tag: ClassVar[str] = "EasyVistaResourceTypeMapping"
    catalog_code: str
    recipient_id: str
    title: str | None = None
    description: str | None = None
    urgency_id: str | None = None
    impact_id: str | None = None
    severity_id: str | None = None
    ticket_synchro_is_not_available: bool = False


class ManualProvisioningResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to the queue of tickets that people work off."""

    tag: ClassVar[str] = "ManualProvisioningResourceTypeMapping"
    ticket_synchro_is_not_available: bool = False


class SharePointResourceTypeMapping(FulfilmentMapping, frozen=True, kw_only=True, eq=False):
    """Binds a resource type to a SharePoint connection."""

    tag: ClassVar[str] = "SharePointResourceTypeMapping"


AnyResourceTypeMapping = (
    ResourceTypeMapping
    | LdapResourceTypeMapping
    | MicrosoftEntraIDResourceTypeMapping
    | OktaResourceTypeMapping
    | SapResourceTypeMapping
    | ScimResourceTypeMapping
    | ServiceNowResourceTypeMapping
    | EasyVistaResourceTypeMapping
    | ManualProvisioningResourceTypeMapping
    | SharePointResourceTypeMapping
)


class PasswordResetSettings(Node, frozen=True, kw_only=True, eq=False):
    """How the password of a new account is made, and who is told."""

    tag: ClassVar[str] = "PasswordResetSettings"
    identifier: str
    mode: PasswordResetMode = PasswordResetMode.Disabled
    auto_generate: bool = False
    default_password: Annotated[str | None, Xml(secret=True)] = None
    must_change: bool = False
    generated_length: int = 12
    generated_lower_case_chars_count: int = 6
    generated_upper_case_chars_count: int = 2
    generated_digit_chars_count: int = 2
    generated_symbol_chars_count: int = 2
    strength_check: str | None = None
    beneficiary_email_binding: Binding | None = None
    beneficiary_full_name_binding: Binding | None = None
    notified_email_binding: Binding | None = None
    notified_full_name_binding: Binding | None = None
    notification_cc: Annotated[str | None, Xml(name="NotificationCC")] = None
    disable_notifications: bool = False
    consolidation_mode: ConsolidationMode | None = None
