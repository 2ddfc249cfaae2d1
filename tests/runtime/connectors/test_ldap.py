"""The LDAP connector's export and settings against a real OpenLDAP server, compared with OpenLDAP's own programs."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.catalogue.package import Secret
from compiler.plan.steps import ExportColumn, ExportTable
from runtime.clients.directory import AuthType
from runtime.connectors.ldap import PACKAGE, LdapServer, LdapSettings, LdapTable, Scope, SearchControl
from runtime.contract import ChangeType, Misconfigured, Mode, Note, Request, Unreachable
from tests.runtime.connectors.contract import Case, ExportContract, ExtraContract, Failure, FulfilContract, gather
from tests.runtime.connectors.harbor import TYPES, add, connector, group, order, person, request, settings
from tests.servers.slapd import ADMIN, GROUPS, PASSWORD, PEOPLE, READER, READER_PASSWORD, SUFFIX, Slapd


@pytest.fixture
def server() -> Iterator[Slapd]:
    with Slapd(accesslog=True) as running:
        yield running


@pytest.fixture(scope="module")
def crowd() -> Iterator[Slapd]:
    """A thousand people, read only."""
    entries = "".join(map(person, range(1000)))
    members = [f"uid=p{number},{PEOPLE}" for number in range(1000)]
    entries += group("everybody", *members) + group("few", *members[:3])
    with Slapd(entries, size_limit=300, tls=True) as running:
        yield running


class TestLdap(ExportContract, FulfilContract, ExtraContract):
    """What holds for every connector."""

    package = PACKAGE

    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[Case]:
        entries = "".join(map(person, range(5000))) + group("few")
        with Slapd(entries, folder=tmp_path / "slapd") as server:
            given = settings(server.uri)
            columns = tuple(map(ExportColumn, ("dn", "uid", "cn", "sn")))
            links = tuple(map(ExportColumn, ("dn", "member")))
            few = {"Groups_add": [{"Name": f"cn=few,{GROUPS}"}]}
            moved = {"Name": f"uid=moved,{GROUPS}", "Surname": "Moved"}
            yield Case(
                settings=given,
                written={
                    "Servers": [
                        {
                            "Server": server.uri,
                            "AuthType": "Basic",
                            "Login": ADMIN,
                            "Password": PASSWORD,
                            "Controls": ["PagedResult"],
                        }
                    ],
                    "Tables": [
                        {"Table": "entries", "BaseDN": PEOPLE, "Filter": "(objectClass=inetOrgPerson)"},
                        {
                            "Table": "member",
                            "BaseDN": GROUPS,
                            "Filter": "(objectClass=groupOfNames)",
                            "Scope": "OneLevel",
                        },
                    ],
                },
                identifier="Harbor",
                secrets=(PASSWORD,),
                failures=(
                    Failure(settings=settings("127.0.0.1:1"), kind=Unreachable),
                    Failure(
                        settings=settings(server.uri, password=Secret("wrong")),
                        kind=Misconfigured,
                        key="Servers.0.Password",
                    ),
                    Failure(
                        settings=settings(server.uri, auth_type=AuthType.NEGOTIATE),
                        kind=Misconfigured,
                        key="Servers.0.AuthType",
                    ),
                    Failure(
                        settings=settings(
                            server.uri,
                            tables=(LdapTable(table="entries", base_dn=f"ou=nowhere,{SUFFIX}", filter="(cn=*)"),),
                        ),
                        kind=Misconfigured,
                        key="Tables.0.BaseDN",
                    ),
                ),
                request=Request(
                    mode=Mode.COMPLETE,
                    tables=(ExportTable("Harbor_entries", columns), ExportTable("Harbor_member", links)),
                ),
                cut=server.kill,
                orders=(
                    order(ChangeType.MODIFIED, moved, {"Name": f"uid=p4999,{PEOPLE}"}, id="m"),
                    order(ChangeType.DELETED, {}, {"Name": f"uid=p4998,{PEOPLE}"}, id="d"),
                    *(add(f"New {number}", str(number), **few) for number in range(300)),
                ),
                types=TYPES,
                state=lambda: _content(server),
                module="ldap3",
            )


def _content(server: Slapd) -> dict[str, dict[str, list[bytes]]]:
    """Everything but what the server writes by itself at every write."""
    own = {"entrycsn", "modifytimestamp", "createtimestamp", "entryuuid"}
    return {dn: {n: v for n, v in entry.items() if n not in own} for dn, entry in server.dump().items()}


class TestExport:
    def test_a_thousand_entries_are_what_ldapsearch_says(self, crowd: Slapd) -> None:
        columns = (
            "dn",
            "parentdn",
            "uid",
            "sn",
            "manager",
            "entryUUID",
            ExportColumn("cn", format="MultivaluedText"),
            ExportColumn("jpegPhoto", "Bytes", "Bytes"),
            ExportColumn("roomNumber", "Int32", "Int32"),
        )
        exported = gather(connector(settings(crowd.uri)).export(request(*columns)))
        rows = {row[0]: row[1:] for row in exported.rows["Harbor_entries"]}
        truth = crowd.search("-b", PEOPLE, "(objectClass=inetOrgPerson)", "*", "entryUUID")
        assert len(rows) == len(exported.rows["Harbor_entries"]) == 1000
        assert rows.keys() == truth.keys()
        for dn, entry in truth.items():
            names = sorted((value.decode() for value in entry["cn"]), key=str.upper)
            first = {name: values[0].decode() for name, values in entry.items() if name != "jpegphoto"}
            photo = base64.b64encode(entry["jpegphoto"][0]).decode()
            plain = (first["uid"], first["sn"], first["manager"], first["entryuuid"])
            assert rows[dn] == (PEOPLE, *plain, "\n".join(names), photo, first["roomnumber"])

    def test_links_are_one_row_per_value(self, crowd: Slapd) -> None:
        exported = gather(connector(settings(crowd.uri)).export(request("dn", "member", table="member")))
        truth = crowd.search("-b", GROUPS, "(objectClass=groupOfNames)", "member")
        pairs = {(dn, value.decode()) for dn, entry in truth.items() for value in entry["member"]}
        assert len(pairs) == 1003
        assert set(exported.rows["Harbor_member"]) == pairs
        assert len(exported.rows["Harbor_member"]) == len(pairs)

    def test_two_items_of_one_table_are_one_table(self, crowd: Slapd) -> None:
        tables = tuple(
            LdapTable(table="entries", base_dn=base, filter="(|(cn=few)(uid=p7))") for base in (PEOPLE, GROUPS)
        )
        exported = gather(connector(settings(crowd.uri, tables=tables)).export(request("dn")))
        assert exported.rows["Harbor_entries"] == [(f"uid=p7,{PEOPLE}",), (f"cn=few,{GROUPS}",)]

    @pytest.mark.parametrize(("scope", "count"), [(Scope.BASE, 1), (Scope.ONE_LEVEL, 2), (Scope.SUBTREE, 3)])
    def test_scope(self, crowd: Slapd, scope: Scope, count: int) -> None:
        tables = (LdapTable(table="entries", base_dn=GROUPS, filter="(objectClass=*)", scope=scope),)
        exported = gather(connector(settings(crowd.uri, tables=tables)).export(request("dn")))
        assert exported.count == count

    def test_an_empty_table_is_announced(self, crowd: Slapd) -> None:
        tables = (LdapTable(table="entries", base_dn=PEOPLE, filter="(uid=nobody)"),)
        exported = gather(connector(settings(crowd.uri, tables=tables)).export(request("dn", "cn")))
        assert exported.columns == {"Harbor_entries": ("dn", "cn")}
        assert exported.count == 0

    def test_bits_of_a_mask(self, crowd: Slapd) -> None:
        columns = (
            "roomNumber",
            ExportColumn("first", format="Bit:roomNumber:1"),
            ExportColumn("third", format="bit:RoomNumber:3"),
        )
        rows = gather(connector(settings(crowd.uri)).export(request(*columns))).rows["Harbor_entries"]
        expected = [(str(n), str(n & 1), str(n >> 2 & 1)) for n in range(1000)]
        assert sorted(rows) == sorted(expected)

    def test_a_value_without_its_form_leaves_the_cell_empty_and_is_counted(self, crowd: Slapd) -> None:
        columns = ("uid", ExportColumn("sn", "Int32", "Int32"))
        exported = gather(connector(settings(crowd.uri)).export(request(*columns)))
        assert {row[1] for row in exported.rows["Harbor_entries"]} == {None}
        assert sum(note.count for note in exported.notes) == 1000
        assert len(exported.notes) == 21
        assert f"uid=p0,{PEOPLE}: column sn" in exported.notes[0].message

    @pytest.mark.parametrize("limits", [{"size_limit": 100}, {"login": READER, "password": Secret(READER_PASSWORD)}])
    def test_a_size_limit_is_a_failure_and_not_a_short_export(self, crowd: Slapd, limits: dict[str, Any]) -> None:
        given = settings(crowd.uri, controls=(), **limits)
        with pytest.raises(Misconfigured, match=r"sizeLimitExceeded \(4\)") as raised:
            gather(connector(given).export(request("dn")))
        assert raised.value.key == "Tables.0.Table"

    def test_the_servers_limit_counts_for_pages_too(self, crowd: Slapd) -> None:
        given = settings(crowd.uri, login=READER, password=Secret(READER_PASSWORD))
        with pytest.raises(Misconfigured, match="sizeLimitExceeded"):
            gather(connector(given).export(request("dn")))

    def test_size_limit_is_not_used_with_controls(self, crowd: Slapd) -> None:
        assert gather(connector(settings(crowd.uri, size_limit=100)).export(request("dn"))).count == 1000

    def test_a_server_that_is_down_is_passed_over(self, crowd: Slapd) -> None:
        down, up = settings("127.0.0.1:1").servers[0], settings(crowd.uri).servers[0]
        both = settings(crowd.uri, servers=(down, up))
        assert f"OpenLDAP at {crowd.uri}, bound as {ADMIN}" == connector(both).check()
        assert gather(connector(both).export(request("dn"))).count == 1000

    def test_encrypted_sessions_need_a_certificate_that_holds(self, crowd: Slapd) -> None:
        trusted = str(crowd.certificate)
        for url, ways in ((crowd.tls_uri, {}), (crowd.uri, {"start_tls": True})):
            assert connector(settings(url, ca_file=trusted, **ways)).check().startswith("OpenLDAP")
            with pytest.raises(Misconfigured, match="not trusted") as raised:
                connector(settings(url, **ways)).check()
            assert raised.value.key == "Servers.0.CaFile"

    def test_tables_that_no_setting_leads_to(self, crowd: Slapd) -> None:
        with pytest.raises(Misconfigured, match="Harbor_owner; there are Harbor_entries, Harbor_member"):
            gather(connector(settings(crowd.uri)).export(request("dn", table="owner")))
        tables = (LdapTable(table="entries", base_dn=PEOPLE),)
        with pytest.raises(Misconfigured, match="needs a Filter") as raised:
            gather(connector(settings(crowd.uri, tables=tables)).export(request("dn")))
        assert raised.value.key == "Tables.0.Filter"

    def test_an_unknown_control_is_an_error(self, crowd: Slapd) -> None:
        given = settings(crowd.uri, controls=(SearchControl.PAGED_RESULT, SearchControl.DOMAIN_SCOPE))
        with pytest.raises(Misconfigured, match="DomainScope"):
            gather(connector(given).export(request("dn")))
        with pytest.raises(Misconfigured, match="DomainScope"):
            connector(given).check()

    def test_references_are_left_aside_and_counted(self, server: Slapd) -> None:
        server.modify(
            f"dn: ou=elsewhere,{PEOPLE}\nchangetype: add\nobjectClass: referral\n"
            "objectClass: extensibleObject\nou: elsewhere\n"
            f"ref: ldap://127.0.0.1:1/ou=elsewhere,{PEOPLE}\n"
        )
        exported = gather(connector(settings(server.uri)).export(request("dn")))
        assert exported.notes == [Note("references to other servers were left aside", 1)]


class TestSettings:
    @pytest.mark.parametrize("text", ["(uid=*", "(&(a=b)", "uid=(x)", "((a=b))", "(a=\\zz)", "(=x)", "(a=b)(c=d)", ""])
    def test_a_filter_is_checked(self, text: str) -> None:
        with pytest.raises(ValueError, match="no search filter"):
            LdapTable(table="entries", base_dn=PEOPLE, filter=text)

    def test_what_belongs_together(self) -> None:
        with pytest.raises(ValueError, match="needs Login and Password"):
            LdapServer(server="ldap", auth_type=AuthType.BASIC)
        with pytest.raises(ValueError, match="needs PagedResult"):
            LdapServer(server="ldap", controls=(SearchControl.DOMAIN_SCOPE,))
        with pytest.raises(ValueError, match="no server address"):
            LdapServer(server="ldap:port")
        with pytest.raises(ValueError, match="no distinguished name"):
            LdapTable(table="entries", base_dn="people")
        with pytest.raises(ValueError, match="entries"):
            LdapSettings(servers=(LdapServer(server="ldap"),), tables=())

    def test_tables_follow_the_settings(self) -> None:
        assert PACKAGE.tables("Harbor", settings("ldap")) == ("Harbor_entries", "Harbor_member")
