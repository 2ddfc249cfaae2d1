"""50,000 people of 30 attributes out of a real slapd, and 2,000 into it, beside OpenLDAP's own ldapsearch and ldapadd.

Prints seconds and ratios, measured turn by turn. `python -m benchmarks.ldap_export [people]`
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from compiler.catalogue.package import Secret
from compiler.plan.steps import ExportColumn, ExportTable, FulfilProperty, FulfilType
from runtime.clients import ldap_filter
from runtime.clients.directory import AuthType, Server, Timeouts, connect
from runtime.clients.ldap_messages import Search
from runtime.connectors.ldap import LdapDirectory, LdapServer, LdapSettings, LdapTable, SearchControl
from runtime.contract import Batch, ChangeType, Mode, Opening, Order, Outcome, Request
from runtime.export.csv import CsvFile
from tests.servers.slapd import ADMIN, GROUPS, PASSWORD, PEOPLE, Slapd, tool

ROUNDS = 5
ORDERS = 2_000
NAMES = (
    "uid",
    "cn",
    "sn",
    "description",
    "title",
    "l",
    "st",
    "postalCode",
    "street",
    "roomNumber",
    "departmentNumber",
    "employeeNumber",
    "employeeType",
    "mail",
    "telephoneNumber",
    "mobile",
    "pager",
    "facsimileTelephoneNumber",
    "givenName",
    "initials",
    "displayName",
    "carLicense",
    "homePhone",
    "homePostalAddress",
    "businessCategory",
    "o",
    "ou",
    "physicalDeliveryOfficeName",
    "preferredLanguage",
)
EVERYBODY = "(objectClass=inetOrgPerson)"
ACCOUNT = FulfilType(
    resource_type="Account",
    target="Person",
    object_classes=("inetOrgPerson",),
    properties=(
        FulfilProperty(property="dn", column="dn", is_dn=True),
        *(FulfilProperty(property=name, column=name) for name in NAMES[:8]),
    ),
)


def entry(number: int, names: tuple[str, ...] = NAMES, parent: str = PEOPLE) -> str:
    """One person as LDIF."""
    lines = "".join(f"{name}: {name[:6]} {number}\n" for name in names if name != "uid")
    return f"dn: uid={number},{parent}\nobjectClass: inetOrgPerson\nuid: {number}\n{lines}\n"


def seconds(work: Callable[[], None]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(label: str, peer: Callable[[], None], own: Callable[[], None]) -> None:
    """Run both in turn and print the ratio of the medians."""
    pairs = [(seconds(peer), seconds(own)) for _ in range(ROUNDS)]
    theirs, ours = (median(column) for column in zip(*pairs, strict=True))
    print(f"{label:45} {theirs:7.2f} s   {ours:7.2f} s   ratio {ours / theirs:6.2f}")


class Bench:
    """What is timed against one server."""

    def __init__(self, server: Slapd, people: int) -> None:
        self.server = server
        self.people = people
        self.round = 0
        table = LdapTable(table="entries", base_dn=PEOPLE, filter=EVERYBODY)
        entrance = LdapServer(
            server=server.uri,
            auth_type=AuthType.BASIC,
            login=ADMIN,
            password=Secret(PASSWORD),
            controls=(SearchControl.PAGED_RESULT,),
        )
        opening = Opening(identifier="Bench", package="ldap", work=server.folder)
        self.connector = LdapDirectory(LdapSettings(servers=(entrance,), tables=(table,)), opening)

    def tool(self, name: str, *arguments: str) -> None:
        """One of OpenLDAP's programs as the administrator, its output thrown away."""
        login = ("-H", self.server.uri, "-x", "-D", ADMIN, "-w", PASSWORD)
        subprocess.run([tool(name), *login, *arguments], stdout=subprocess.DEVNULL, check=True)

    def ldapsearch(self) -> None:
        """The limit of an export."""
        self.tool("ldapsearch", "-LLL", "-E", "pr=1000/noprompt", "-b", PEOPLE, EVERYBODY, *NAMES)

    def read(self) -> None:
        """Entries alone."""
        login = {"auth": AuthType.BASIC, "login": ADMIN, "password": Secret(PASSWORD)}
        session = connect([Server(host="127.0.0.1", port=self.server.port, **login)], Timeouts())  # type: ignore[arg-type]
        request = Search(base=PEOPLE, filter=ldap_filter.encode(EVERYBODY), attributes=NAMES)
        assert sum(1 for _ in session.search(request, 1000)) == self.people
        session.close()

    def export(self) -> None:
        """The connector's rows, written as CSV."""
        table = ExportTable("Bench_entries", tuple(map(ExportColumn, ("dn", *NAMES))))
        with CsvFile(self.server.folder / "entries.csv", ["dn", *NAMES]) as file:
            for item in self.connector.export(Request(mode=Mode.COMPLETE, tables=(table,))):
                if isinstance(item, Batch):
                    file.write(item.rows)

    def ldapadd(self) -> None:
        """The peer of fulfilment."""
        self.round += 1
        path = Path(self.server.folder / "add.ldif")
        path.write_text("".join(entry(self._number(each), NAMES[:8], GROUPS) for each in range(ORDERS)))
        self.tool("ldapadd", "-f", str(path))

    def fulfil(self) -> None:
        """As many orders through the connector."""
        self.round += 1
        results = self.connector.fulfil(map(self._order, range(ORDERS)), (ACCOUNT,))
        assert all(result.outcome is Outcome.EXECUTED for result in results)

    def _number(self, each: int) -> int:
        return self.round * 1_000_000 + each

    def _order(self, each: int) -> Order:
        number = self._number(each)
        changes = {"dn": f"uid={number},{GROUPS}", **{name: f"{name[:6]} {number}" for name in NAMES[1:8]}}
        return Order(
            id=str(number),
            assignment="",
            change=ChangeType.ADDED,
            resource_type="Account",
            owner={},
            changes=changes,
            resource={},
            document={},
        )


def main() -> int:
    """Measure and print."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with Slapd("".join(map(entry, range(people)))) as server:
        bench = Bench(server, people)
        bench.ldapsearch()
        compare("read: ldapsearch, entries", bench.ldapsearch, bench.read)
        compare("export: ldapsearch, connector to CSV", bench.ldapsearch, bench.export)
        compare("fulfil: ldapadd, connector", bench.ldapadd, bench.fulfil)
    return 0


if __name__ == "__main__":
    sys.exit(main())
