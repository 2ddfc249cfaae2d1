"""Settings of the product's own application and its access control: declared and checked, read by no run
(schemas/settings.xsd)."""

from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import Binding, Localised, Node, OwnProperty, PropertyPath, Xml, reference


class AppDisplaySetting(Node, frozen=True, kw_only=True, eq=False):
    """How the application looks."""

    tag: ClassVar[str] = "AppDisplaySetting"
    idle: ClassVar[bool] = True
    identifier: str = "AppDisplay"
    application_name: str | None = None
    access_certification_only_approve_deny: bool = False
    banner_color: str | None = None
    banner_gradient_color: str | None = None
    banner_selected_tab_color: str | None = None
    banner_text_color: str | None = None
    disable_provisioning_counters: bool = False
    favicon_file: str | None = None
    favicon_mime_type: str | None = None
    full_name_separator: str | None = None
    logo_file: str | None = None
    logo_mime_type: str | None = None
    preview: str | None = None
    primary_color: str | None = None
    secondary_color: str | None = None


class ConfigurationVersionSetting(Node, frozen=True, kw_only=True, eq=False):
    """The version of the configuration."""

    tag: ClassVar[str] = "ConfigurationVersionSetting"
    idle: ClassVar[bool] = True
    identifier: str = "ConfigurationVersion"
    version: str | None = None
    description: str | None = None
    misc: str | None = None


class CustomLink1Setting(Node, frozen=True, kw_only=True, eq=False):
    """A page of one's own under an address of one's own."""

    tag: ClassVar[str] = "CustomLink1Setting"
    idle: ClassVar[bool] = True
    identifier: str = "CustomLink1"
    url: str
    path: Annotated[Localised, Xml(family="Path_L")]


class CustomLink2Setting(Node, frozen=True, kw_only=True, eq=False):
    """A second page of one's own."""

    tag: ClassVar[str] = "CustomLink2Setting"
    idle: ClassVar[bool] = True
    identifier: str = "CustomLink2"
    url: str
    path: Annotated[Localised, Xml(family="Path_L")]


class DashboardItemNumberSetting(Node, frozen=True, kw_only=True, eq=False):
    """How many links each section of the dashboard shows: one to five."""

    tag: ClassVar[str] = "DashboardItemNumberSetting"
    idle: ClassVar[bool] = True
    identifier: str = "DashboardItemNumber"
    manual_provisioning_section: int = 3
    my_tasks_section: int = 3
    provisioning_review_section: int = 3
    resource_reconciliation_section: int = 3
    role_reconciliation_section: int = 3
    role_review_section: int = 3


class MailSetting(Node, frozen=True, kw_only=True, eq=False):
    """Where notifications go, and in which language."""

    tag: ClassVar[str] = "MailSetting"
    idle: ClassVar[bool] = True
    identifier: str = "MailSettings"
    language_code: str | None = None
    mail_property: PropertyPath | None = None


class PasswordGenerationSetting(Node, frozen=True, kw_only=True, eq=False):
    """Which symbols a generated password may hold."""

    tag: ClassVar[str] = "PasswordGenerationSetting"
    idle: ClassVar[bool] = True
    identifier: str = "PasswordGenerationSetting"
    allowed_symbol_chars: str


class PasswordTestsSetting(Node, frozen=True, kw_only=True, eq=False):
    """What the passwords that people choose must match."""

    tag: ClassVar[str] = "PasswordTestsSetting"
    idle: ClassVar[bool] = True
    identifier: str = "PasswordTests"
    password_regex: str | None = None


class SchedulingCleanDatabaseSetting(Node, frozen=True, kw_only=True, eq=False):
    """When the clean-up of the product's database runs."""

    tag: ClassVar[str] = "SchedulingCleanDataBaseSetting"
    aliases: ClassVar[tuple[str, ...]] = ("SchedulingCleanDatabaseSetting",)
    idle: ClassVar[bool] = True
    identifier: str = "SchedulingCleanDataBase"
    cron_tab_expression: str | None = None
    timeout: str | None = None


class SelectAllPerformedByAssociationQueryHandlerSetting(Node, frozen=True, kw_only=True, eq=False):
    """Whom tasks may be delegated to."""

    tag: ClassVar[str] = "SelectAllPerformedByAssociationQueryHandlerSetting"
    idle: ClassVar[bool] = True
    identifier: str = "SelectAllPerformedByAssociationQueryHandler"
    root_entity_type: Annotated[str | None, reference("EntityType")] = None
    binding: Binding | None = None


class SelectPersonasByFilterQueryHandlerSetting(Node, frozen=True, kw_only=True, eq=False):
    """Which resources stand for people who sign in."""

    tag: ClassVar[str] = "SelectPersonasByFilterQueryHandlerSetting"
    aliases: ClassVar[tuple[str, ...]] = ("SelectPersonasByFilterQueryHanderSetting",)
    idle: ClassVar[bool] = True
    identifier: str = "SelectPersonasByFilterQueryHandler"
    mail_property: PropertyPath | None = None
    owner_photo_tag_property: PropertyPath | None = None
    person_type_filter: str | None = None
    person_type_filter_property: PropertyPath | None = None
    photo_property: PropertyPath | None = None
    resource_display_name_property: PropertyPath | None = None


class SelectUserByIdentityQueryHandlerSetting(Node, frozen=True, kw_only=True, eq=False):
    """Which resource a person who signs in is."""

    tag: ClassVar[str] = "SelectUserByIdentityQueryHandlerSetting"
    idle: ClassVar[bool] = True
    identifier: str = "SelectUserByIdentityQueryHandler"
    owner_entity_type: Annotated[str | None, reference("EntityType")] = None
    resource_identity_property: PropertyPath | None = None
    resource_display_name_property: PropertyPath | None = None
    owner_photo_tag_property: PropertyPath | None = None
    before_token: str | None = None
    after_token: str | None = None


AnySetting = (
    AppDisplaySetting
    | ConfigurationVersionSetting
    | CustomLink1Setting
    | CustomLink2Setting
    | DashboardItemNumberSetting
    | MailSetting
    | PasswordGenerationSetting
    | PasswordTestsSetting
    | SchedulingCleanDatabaseSetting
    | SelectAllPerformedByAssociationQueryHandlerSetting
    | SelectPersonasByFilterQueryHandlerSetting
    | SelectUserByIdentityQueryHandlerSetting
)


class GuardedProperty(Node, frozen=True, kw_only=True, eq=False):
    """A property and the group that controls who sees it."""

    tag: ClassVar[str] = "Property"
    identifier: OwnProperty
    visibility_group: str | None = None


class AccessControlEntityType(Node, frozen=True, kw_only=True, eq=False):
    """Which groups control access to the properties of an entity type; the identifier is the entity type's."""

    tag: ClassVar[str] = "AccessControlEntityType"
    idle: ClassVar[bool] = True
    identifier: Annotated[str, reference("EntityType")]
    consolidation_mode: ConsolidationMode | None = None
    properties: tuple[GuardedProperty, ...] = ()
