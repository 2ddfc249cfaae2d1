"""The directory that the LDAP tests are about: its resource types, people, settings, and how orders are written."""

from pathlib import Path
from typing import Any

from compiler.catalogue.package import Secret
from compiler.plan.steps import ExportColumn, ExportTable, FulfilLink, FulfilProperty, FulfilType
from runtime.clients.directory import AuthType
from runtime.connectors.ldap import LdapDirectory, LdapServer, LdapSettings, LdapTable, Scope, SearchControl
from runtime.contract import ChangeType, Mode, Opening, Order, Outcome, Request, Result
from tests.servers.slapd import ADMIN, GROUPS, PASSWORD, PEOPLE, READER, Slapd, to_ldif

PERSON = FulfilType(
    resource_type="Harbor_Account",
    target="Harbor_Person",
    object_classes=("inetOrgPerson",),
    rdn_attribute="cn",
    properties=(
        FulfilProperty(property="Uuid", column="entryUUID", is_key=True),
        FulfilProperty(property="Name", column="dn", is_dn=True),
        FulfilProperty(property="Login", column="uid"),
        FulfilProperty(property="CommonName", column="cn", is_rdn=True),
        FulfilProperty(property="Surname", column="sn"),
        FulfilProperty(property="Mail", column="mail", format="MultivaluedText"),
        FulfilProperty(property="Phones", column="telephoneNumber", separator="|"),
        FulfilProperty(property="Photo", column="jpegPhoto", type="Bytes", format="Bytes"),
        FulfilProperty(property="Floor", column="roomNumber", type="Int32", format="Int32"),
        FulfilProperty(property="Second", column="employeeType", format="Bit:Mask:2"),
        FulfilProperty(property="Tenth", column="employeeType", format="Bit:Mask:10"),
        FulfilProperty(property="Mask", column="employeeType"),
        FulfilProperty(property="Nowhere"),
    ),
    links=(
        FulfilLink(
            property="Container",
            entity_type="Harbor_Unit",
            is_collection=False,
            key="Name",
            column="parentdn",
            is_parent=True,
        ),
        FulfilLink(property="Manager", entity_type="Harbor_Person", is_collection=False, key="Name", column="manager"),
        FulfilLink(
            property="Groups",
            entity_type="Harbor_Group",
            is_collection=True,
            key="Name",
            column="dn",
            table="Harbor_member",
            backlink="member",
        ),
        FulfilLink(property="Reports", entity_type="Harbor_Person", is_collection=True, key="Name", column="dn"),
    ),
)

GROUP = FulfilType(
    resource_type="Harbor_Team",
    target="Harbor_Group",
    object_classes=("groupOfNames",),
    rdn_attribute="cn",
    use_tree_delete=True,
    properties=(
        FulfilProperty(property="Name", column="dn", is_dn=True, is_key=True),
        FulfilProperty(property="Title", column="cn"),
        FulfilProperty(property="About", column="description"),
    ),
    links=(
        FulfilLink(property="Members", entity_type="Harbor_Person", is_collection=True, key="Name", column="member"),
    ),
)

UNIT = FulfilType(
    resource_type="Harbor_Unit",
    target="Harbor_Unit",
    object_classes=("organizationalUnit",),
    use_tree_delete=True,
    properties=(
        FulfilProperty(property="Name", column="dn", is_dn=True),
        FulfilProperty(property="Title", column="ou"),
    ),
)

TYPES = (PERSON, GROUP, UNIT)


def person(number: int) -> str:
    return to_ldif(
        f"uid=p{number},{PEOPLE}",
        {
            "objectClass": "inetOrgPerson",
            "uid": f"p{number}",
            "cn": [f"Persön {number}", f"Alias {number}"] if number % 3 == 0 else f"Persön {number}",
            "sn": f"Sørname {number}" if number % 2 else "x" * 400,
            "jpegPhoto": bytes(range(number % 200, 256)),
            "manager": f"uid=p{number // 2},{PEOPLE}",
            "roomNumber": str(number),
        },
    )


def settings(url: str, **changes: Any) -> LdapSettings:
    server: dict[str, Any] = {
        "server": url,
        "auth_type": AuthType.BASIC,
        "login": ADMIN,
        "password": Secret(PASSWORD),
        "controls": (SearchControl.PAGED_RESULT,),
    }
    tables = (
        LdapTable(table="entries", base_dn=PEOPLE, filter="(objectClass=inetOrgPerson)"),
        LdapTable(table="member", base_dn=GROUPS, filter="(objectClass=groupOfNames)", scope=Scope.ONE_LEVEL),
    )
    server |= {name: changes.pop(name) for name in list(changes) if name in LdapServer.__struct_fields__}
    return LdapSettings(**{"servers": (LdapServer(**server),), "tables": tables} | changes)


def connector(given: LdapSettings, folder: Path = Path()) -> LdapDirectory:
    return LdapDirectory(given, Opening(identifier="Harbor", package="Usercube.LDAP", work=folder))


def request(*columns: str | ExportColumn, table: str = "entries") -> Request:
    given = tuple(each if isinstance(each, ExportColumn) else ExportColumn(each) for each in columns)
    return Request(mode=Mode.COMPLETE, tables=(ExportTable(f"Harbor_{table}", given),))


def order(
    change: ChangeType,
    changes: dict[str, Any],
    resource: dict[str, Any] | None = None,
    *,
    type: FulfilType = PERSON,
    id: str = "1",
    document: dict[str, Any] | None = None,
) -> Order:
    return Order(
        id=id,
        assignment=id,
        change=change,
        resource_type=type.resource_type,
        owner={},
        changes=changes,
        resource=resource or {},
        document=document or {},
    )


def add(name: str, id: str = "1", **changes: Any) -> Order:
    """Create a person below PEOPLE, named as a directory escapes it by itself."""
    given = {"CommonName": name, "Surname": "Doe", "Container": {"Name": PEOPLE}, **changes}
    return order(ChangeType.ADDED, given, id=id)


def group(name: str, *members: str) -> str:
    return to_ldif(f"cn={name},{GROUPS}", {"objectClass": "groupOfNames", "cn": name, "member": members or [READER]})


def fulfil(server: Slapd, *orders: Order, **changes: Any) -> dict[str, Result]:
    results = list(connector(settings(server.uri, **changes)).fulfil(iter(orders), TYPES))
    assert sorted(each.order for each in results) == sorted(each.id for each in orders)
    return {result.order: result for result in results}


def executed(server: Slapd, *orders: Order, **changes: Any) -> str:
    results = fulfil(server, *orders, **changes)
    assert {each.outcome for each in results.values()} == {Outcome.EXECUTED}, results
    return "; ".join(each.message for each in results.values())


def refused(server: Slapd, one: Order, **changes: Any) -> str:
    (result,) = fulfil(server, one, **changes).values()
    assert result.outcome is Outcome.ERRORED
    return result.message
