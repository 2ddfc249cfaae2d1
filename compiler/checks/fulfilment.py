"""What each kind of resource type mapping asks for besides a connection that fulfils (language.md §4.16)."""

from collections.abc import Iterator

from compiler.checks.registry import Finding, Subject, check
from compiler.model.fulfilment import (
    AnyResourceTypeMapping,
    EasyVistaResourceTypeMapping,
    InvitationMode,
    LdapResourceTypeMapping,
    MicrosoftEntraIDResourceTypeMapping,
    ProvisionedProperty,
    ResourceTypeMapping,
    SapResourceTypeMapping,
    ScimResourceTypeMapping,
    ServiceNowResourceTypeMapping,
    SharePointResourceTypeMapping,
)
from compiler.model.model import Model

_TICKETS = "Usercube.SnowTicket"
_CODES = "\u00a4"
"""What stands between the codes of a catalogue entry."""

_NAMED = {"IsDNProperty"}
_FLAGS: dict[type, set[str]] = {
    LdapResourceTypeMapping: {
        *_NAMED,
        *("IsParentProperty", "IsRDNProperty", "IsUserAccountControlProperty"),
        *("DataSourceBacklinkColumnName", "MultiValueSeparator"),
    },
    MicrosoftEntraIDResourceTypeMapping: {
        *_NAMED,
        *("IsDisplayNameProperty", "IsMailProperty", "DataSourceBacklinkColumnName"),
    },
    SapResourceTypeMapping: {*_NAMED, "DataSourceBacklinkColumnName"},
    ScimResourceTypeMapping: _NAMED,
    ServiceNowResourceTypeMapping: _NAMED,
    SharePointResourceTypeMapping: {*_NAMED, "IsParentProperty"},
}
"""The attributes of a child Property that have been seen with each kind of mapping; the plain kind takes all."""


@check("E271")
def account_without_password(it: Subject) -> Iterator[Finding]:
    """An account in Entra ID that is not invited needs a password."""
    for each in _entra(it.model):
        invited = each.invitation_mode is not InvitationMode.None_
        if "users" in each.default_object_class.lower().split() and not invited and not each.password_reset_setting:
            message = f"accounts of `{each.identifier}` are neither invited nor given a password"
            yield Finding(each, message, "DefaultObjectClass", "name a PasswordResetSetting, or set InvitationMode")


@check("E272")
def invitation(it: Subject) -> Iterator[Finding]:
    """An invitation leads somewhere."""
    for each in _entra(it.model):
        if each.invitation_mode is InvitationMode.MicrosoftInvitation and not each.invitation_redirect_url:
            message = "an invitation needs the address to which it leads"
            yield Finding(each, message, "InvitationMode", 'write `InvitationRedirectUrl="https://…"`')


@check("W274")
def flag_without_effect(it: Subject) -> Iterator[Finding]:
    """Each kind of system asks for other properties."""
    for mapping in it.model.resource_type_mappings.values():
        known = _FLAGS.get(type(mapping), _NAMED) | {"Property"}
        for each in mapping.properties if not isinstance(mapping, ResourceTypeMapping) else ():
            for name in each.element.attributes:
                if name not in known and _says_something(each, name):
                    message = f"{name} is not known to have a meaning in {mapping.tag}"
                    yield Finding(each, message, name, "remove it")


@check("E275")
def catalogue_codes(it: Subject) -> Iterator[Finding]:
    """One code for all tickets, or one each for adding, changing and deleting."""
    for each in it.model.resource_type_mappings.values():
        if isinstance(each, EasyVistaResourceTypeMapping):
            codes = each.catalog_code.split(_CODES)
            wrong = f"holds {len(codes)} codes" if len(codes) not in (1, 3) else "holds an empty code"
            if len(codes) not in (1, 3) or not all(code.strip() for code in codes):
                message = f"CatalogCode {wrong}"
                help = f"write one code, or three for adding, changing and deleting with `{_CODES}` between them"
                yield Finding(each, message, "CatalogCode", help)


@check("E278")
def ticket_without_caller(it: Subject) -> Iterator[Finding]:
    """A ticket is somebody's."""
    for each, tickets in _servicenow(it.model):
        if tickets and not each.ticket_caller_id:
            message = f"tickets of `{each.identifier}` have no caller"
            yield Finding(each, message, "Identifier", 'write `TicketCallerId="…"`')


@check("W279")
def ticket_options_without_tickets(it: Subject) -> Iterator[Finding]:
    """Only the package of tickets opens tickets."""
    for each, tickets in _servicenow(it.model):
        for name in each.element.attributes:
            if not tickets and name.startswith("Ticket"):
                also = ((it.model.connections[each.connection], "Package", "this package writes records"),)
                message = f"{name} has no effect on a connection that opens no tickets"
                yield Finding(each, message, name, f"remove it, or use the package `{_TICKETS}`", also)


def _entra(model: Model) -> Iterator[MicrosoftEntraIDResourceTypeMapping]:
    for each in model.resource_type_mappings.values():
        if isinstance(each, MicrosoftEntraIDResourceTypeMapping):
            yield each


def _servicenow(model: Model) -> Iterator[tuple[ServiceNowResourceTypeMapping, bool]]:
    """Each mapping, and whether its connection opens tickets."""
    for each in model.resource_type_mappings.values():
        if isinstance(each, ServiceNowResourceTypeMapping):
            package = model.connections[each.connection].package
            yield each, package.partition("@")[0].strip().lower() == _TICKETS.lower()


def _says_something(each: ProvisionedProperty, name: str) -> bool:
    return each.element.attributes[name].strip().lower() not in ("false", "0", "")


def passwords_of(model: Model, mapping: AnyResourceTypeMapping) -> bool:
    """Whether accounts of a mapping are given a password."""
    settings = model.password_reset_settings.get(getattr(mapping, "password_reset_setting", None) or "")
    return settings is not None and settings.mode != 0
