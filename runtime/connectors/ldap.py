"""A directory that speaks LDAP v3: OpenLDAP, 389, Oracle, Apache and others, read by search and written order by order.

Of several servers the first that can be reached is used. An export is complete or fails: a limit that the server sets
on a search ends it. Orders go out many at a time, those about one entry one after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from compiler.catalogue.package import Key, Package, PackageName, Secret, Settings
from compiler.plan.steps import ExportTable, FulfilType
from runtime.clients import directory, dn, formats, ldap_filter
from runtime.clients.directory_fulfil import Ways
from runtime.clients.directory_moves import Moves
from runtime.clients.directory_orders import Reader
from runtime.clients.directory_rows import Rows
from runtime.clients.directory_window import Window
from runtime.clients.ldap_messages import (
    DOMAIN_SCOPE,
    PAGED_RESULTS,
    PERMISSIVE_MODIFY,
    TREE_DELETE,
    Control,
    Entry,
    Search,
)
from runtime.clients.ldap_messages import Scope as Reach
from runtime.clients.ldap_session import ANYTHING, NO_ATTRIBUTES, Directory, SearchRefused
from runtime.contract import Batch, Misconfigured, Note, Opening, Order, Request, Result, Unreachable, Value

ENTRIES = "entries"
PAGE = 1000
SILENCE = 600
_TIME_LIMIT, _BUSY, _UNAVAILABLE, _NO_SUCH_OBJECT = 3, 51, 52, 32


class SearchControl(StrEnum):
    """A control that a server's searches carry."""

    PAGED_RESULT = "PagedResult"
    DOMAIN_SCOPE = "DomainScope"


class Scope(StrEnum):
    """How far below its base a table's search goes."""

    BASE = "Base"
    ONE_LEVEL = "OneLevel"
    SUBTREE = "Subtree"


_REACH = {Scope.BASE: Reach.BASE, Scope.ONE_LEVEL: Reach.ONE_LEVEL, Scope.SUBTREE: Reach.SUBTREE}


class LdapServer(Settings, frozen=True, kw_only=True):
    """One server and how to enter it."""

    server: Annotated[
        str,
        Meta(
            description="Host, host:port or ldap(s)://host:port; without a port 389, with SSL 636.",
            examples=["ldap.harbor.example", "ldaps://10.0.0.7:1636"],
        ),
    ]
    controls: Annotated[
        tuple[SearchControl, ...],
        Meta(
            description="Controls of searches: PagedResult reads page by page; DomainScope, which needs it, asks "
            "Microsoft's servers for no references to others."
        ),
    ] = ()
    enable_ssl: Annotated[
        bool, Meta(description="Whether to use TLS from the start (LDAPS)."), Key(name="EnableSSL")
    ] = False
    start_tls: Annotated[
        bool, Meta(description="Whether to turn a plain connection into TLS before the login."), Key(name="StartTLS")
    ] = False
    ca_file: Annotated[
        str | None,
        Meta(
            description="PEM file of the authorities that the server's certificate is checked against; without it "
            "those of this machine."
        ),
        Key(path="file"),
    ] = None
    no_signing: Annotated[
        bool, Meta(description="Whether a Kerberos session goes unsigned and unsealed; here it always does: use TLS.")
    ] = False
    auth_type: Annotated[
        directory.AuthType,
        Meta(description="How to enter: Anonymous, Basic (Login and Password) or Negotiate (Kerberos ticket)."),
    ] = directory.AuthType.NEGOTIATE
    login: Annotated[
        str | None,
        Meta(description="The account, as a DN or as the server likes.", examples=["cn=sync,dc=harbor,dc=example"]),
    ] = None
    password: Annotated[Secret | None, Meta(description="The account's password.")] = None

    def __post_init__(self) -> None:
        directory.address(self.server, self.enable_ssl)
        if SearchControl.DOMAIN_SCOPE in self.controls and SearchControl.PAGED_RESULT not in self.controls:
            raise ValueError("the control DomainScope needs PagedResult")
        if self.auth_type is directory.AuthType.BASIC and not (self.login and self.password):
            raise ValueError("AuthType Basic needs Login and Password")


class LdapTable(Settings, frozen=True, kw_only=True):
    """One search whose entries fill a table."""

    table: Annotated[
        str,
        Meta(description="`entries`, or the name of an attribute that links entries.", examples=["entries", "member"]),
    ]
    base_dn: Annotated[
        str,
        Meta(description="The entry to search from.", examples=["ou=people,dc=harbor,dc=example"]),
        Key(name="BaseDN"),
    ]
    filter: Annotated[
        str | None,
        Meta(description="Which entries (RFC 4515); needed to export.", examples=["(objectClass=inetOrgPerson)"]),
    ] = None
    scope: Annotated[Scope, Meta(description="How far below BaseDN.")] = Scope.SUBTREE

    def __post_init__(self) -> None:
        dn.parse(self.base_dn)
        if self.filter is not None:
            ldap_filter.encode(self.filter)


class LdapSettings(Settings, frozen=True, kw_only=True):
    """Which servers, and what to read there."""

    servers: Annotated[tuple[LdapServer, ...], Meta(description="The servers; the first that answers is used.")]
    tables: Annotated[
        tuple[LdapTable, ...],
        Meta(description="What to read; `entries` must be there. Two of one name with different bases fill one table."),
    ]
    size_limit: Annotated[
        int | None, Meta(description="Most entries of one search, past which it fails; not used with Controls.", ge=0)
    ] = None
    time_limit: Annotated[int | None, Meta(description="Seconds that one search may take on the server.", ge=0)] = None
    time_out: Annotated[
        int | None, Meta(description="Seconds of silence after which the connection is given up.", ge=1)
    ] = None
    as_ad_lds: Annotated[bool, Meta(description="Whether the target is AD LDS.")] = False
    is_ldap_password_reset: Annotated[bool, Meta(description="Whether the target can reset passwords.")] = False

    def __post_init__(self) -> None:
        if not self.servers:
            raise ValueError("Servers is empty")
        if not any(table.table.lower() == ENTRIES for table in self.tables):
            raise ValueError("Tables has no item with Table `entries`")


class LdapDirectory:
    """One connection to a directory."""

    def __init__(self, settings: LdapSettings, opening: Opening) -> None:
        self._settings = settings
        self._opening = opening

    def check(self) -> str:
        """What answers, and as whom it was entered. Raises Misconfigured for a table whose base is not there."""
        with self._session() as (session, server):
            product = session.root.product
            _paging(session, server)
            for at, table in enumerate(self._settings.tables):
                request = Search(base=table.base_dn, filter=ANYTHING, scope=Reach.BASE, attributes=NO_ATTRIBUTES)
                with _placed(at, table):
                    if not list(session.search(request)):
                        raise Misconfigured(f"{table.base_dn} cannot be read", f"Tables.{at}.BaseDN")
        return f"{product} at {session.wire.peer}, bound as {server.login or server.auth_type.value}"

    def export(self, request: Request) -> Iterable[Batch | Note]:
        """The entries of every table. Raises Unreachable and Misconfigured; what came until then is not everything."""
        with self._session() as (session, server):
            pages, controls, notes = _paging(session, server)
            yield from notes
            for table in request.tables:
                items = self._items(table)
                rows = Rows(table.columns, self._spread(table))
                yield Batch(table.name, rows.names, ())
                for at, item in items:
                    search = self._search(at, item, rows, limited=not server.controls)
                    with _placed(at, item):
                        yield from self._batches(table.name, rows, session.search(search, pages, controls))
                yield from rows.notes()
            if session.referrals:
                yield Note("references to other servers were left aside", session.referrals)

    def fulfil(self, orders: Iterable[Order], types: tuple[FulfilType, ...]) -> Iterator[Result]:
        """Carry out orders, many at a time. Raises Unreachable, Throttled and Misconfigured."""
        with self._session() as (session, _):
            controls = session.root.controls
            bases = [table.base_dn for table in self._settings.tables if table.table.lower() == ENTRIES]
            ways = Ways(
                bases=tuple(bases), permissive_modify=PERMISSIVE_MODIFY in controls, tree_delete=TREE_DELETE in controls
            )
            moves = Moves()
            readers = {each.resource_type: Reader(each, moves) for each in types}
            yield from Window(session, readers, ways, self._opening.cancelled).run(orders)

    @contextmanager
    def _session(self) -> Iterator[tuple[Directory, LdapServer]]:
        """A session with the first server that answers, and the settings of that server."""
        servers = {_address(at, server).url: server for at, server in enumerate(self._settings.servers)}
        addresses = [_address(at, server) for at, server in enumerate(self._settings.servers)]
        session = directory.connect(addresses, directory.Timeouts(answer=self._settings.time_out or SILENCE))
        try:
            yield session, servers[session.wire.peer]
        finally:
            session.close()

    def _items(self, table: ExportTable) -> list[tuple[int, LdapTable]]:
        wanted = table.name.lower()
        tables = enumerate(self._settings.tables)
        named = [(at, f"{self._opening.identifier}_{item.table}", item) for at, item in tables]
        found = [(at, item) for at, name, item in named if name.lower() == wanted]
        if not found:
            names = ", ".join(dict.fromkeys(name for _, name, _ in named))
            raise Misconfigured(f"no item of Tables leads to the table {table.name}; there are {names}", "Tables")
        return found

    def _spread(self, table: ExportTable) -> str | None:
        """The column of a link table that gives a row per value; None for `entries`."""
        suffix = table.name[len(self._opening.identifier) + 1 :].lower()
        if suffix == ENTRIES:
            return None
        if suffix not in {column.name.lower() for column in table.columns}:
            raise Misconfigured(f"no mapping reads the column {suffix} of the table {table.name}", "Tables")
        return suffix

    def _search(self, at: int, item: LdapTable, rows: Rows, *, limited: bool) -> Search:
        if item.filter is None:
            raise Misconfigured(f"the table {item.table} needs a Filter to be exported", f"Tables.{at}.Filter")
        return Search(
            base=item.base_dn,
            filter=ldap_filter.encode(item.filter),
            scope=_REACH[item.scope],
            attributes=rows.attributes,
            time_limit=self._settings.time_limit or 0,
            size_limit=(self._settings.size_limit or 0) if limited else 0,
        )

    def _batches(self, name: str, rows: Rows, entries: Iterable[Entry]) -> Iterator[Batch]:
        part: list[Sequence[Value]] = []
        for entry in entries:
            part.extend(rows.of(entry))
            if len(part) >= PAGE:
                yield Batch(name, rows.names, part)
                part = []
                if self._opening.cancelled():
                    raise Unreachable("cancelled")
        if part:
            yield Batch(name, rows.names, part)


def _address(at: int, server: LdapServer) -> directory.Server:
    host, port, tls = directory.address(server.server, server.enable_ssl)
    return directory.Server(
        host=host,
        port=port,
        tls=tls,
        start_tls=server.start_tls,
        authorities=server.ca_file,
        auth=server.auth_type,
        login=server.login,
        password=server.password,
        key=f"Servers.{at}",
    )


def _paging(session: Directory, server: LdapServer) -> tuple[int, tuple[Control, ...], list[Note]]:
    """The page size, the other controls of searches, and what is to be said about them."""
    supported = session.root.controls
    if SearchControl.DOMAIN_SCOPE in server.controls and DOMAIN_SCOPE not in supported:
        raise Misconfigured(f"{session.wire.peer} does not know the control DomainScope", "Servers")
    controls = (Control(DOMAIN_SCOPE),) if SearchControl.DOMAIN_SCOPE in server.controls else ()
    if SearchControl.PAGED_RESULT not in server.controls:
        return 0, controls, []
    if PAGED_RESULTS not in supported:
        return 0, controls, [Note(f"{session.wire.peer} does not page: everything is read in one search")]
    return PAGE, controls, []


@contextmanager
def _placed(at: int, table: LdapTable) -> Iterator[None]:
    """What the server says of a table's search, as a failure that names the setting to change."""
    try:
        yield
    except SearchRefused as error:
        code = error.reply.code
        if code in {_TIME_LIMIT, _BUSY, _UNAVAILABLE}:
            raise Unreachable(str(error)) from None
        key = "BaseDN" if code == _NO_SUCH_OBJECT else "Table"
        raise Misconfigured(f"{error}: the table {table.table} cannot be read whole", f"Tables.{at}.{key}") from None


PACKAGE = Package(
    alias="ldap",
    names=(
        PackageName("Usercube.LDAP", "Directory/Generic LDAP"),
        PackageName("Usercube.LDAP.Oracle", "Directory/Oracle LDAP"),
        PackageName("Usercube.LDAP.Apache", "Directory/Apache Directory"),
        PackageName("Usercube.LDAP.RedHat", "Directory/Red Hat Directory Server"),
    ),
    summary="Reads and writes directories over LDAP.",
    settings=LdapSettings,
    opens=LdapDirectory,
    tables=lambda identifier, settings: tuple(
        dict.fromkeys(f"{identifier}_{table.table}" for table in settings.tables)
    ),
    mappings=("LdapResourceTypeMapping", "ResourceTypeMapping"),
    formats=formats.FORMATS | {"bit"},
    extra="ldap",
    stores_empty=False,
)
