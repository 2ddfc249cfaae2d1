"""Databases: the rows of a query, or of the tables that mappings name. PostgreSQL and SQLite.

With `SqlCommand` or `SqlFile` the query's result is the one table, named like the connection. Without them every mapped
table `<connection>_<table>` is read, where `<table>` is a name of the database, quoted and qualified as it needs
(`Dock_harbour.berth`). The query must be one that only reads: it is checked before it is sent, and the session cannot
write. Dates become 14 digits in UTC (those without a zone are taken as UTC), octets base64, arrays multi-valued text.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Literal

from msgspec import Meta

from compiler.catalogue.package import Key, Package, PackageName, Secret, Settings
from compiler.plan.steps import ExportColumn, ExportTable
from runtime.clients import encodings, files, tabular
from runtime.clients.database import (
    POSTGRESQL,
    SQLITE,
    Limits,
    Provider,
    QueryFailed,
    Session,
    parse_connection_string,
    provider_of,
)
from runtime.clients.formats import RANGES, date_text, decoder, read_date
from runtime.clients.queries import NotReadOnly, check_read_only, select
from runtime.contract import Batch, Misconfigured, Note, Opening, Request, Unreachable, Value

_POSTGRESQL_PACKAGE = "usercube.sql.postgresql"
_UNNAMED = {"", "?column?"}
_FORMATS = frozenset({*RANGES, "bool", "double", "guid", "datetime"})
Convert = Callable[[str], Value]


class SqlSettings(Settings, frozen=True, kw_only=True):
    """Where the database is and what to read."""

    connection_string: Annotated[
        Secret,
        Meta(
            description="Address, database and account in ADO.NET's grammar; for PostgreSQL with Npgsql's keys.",
            examples=["Host=db.example;Database=crew;Username=reader;Password=…", "Data Source=/srv/crew.db"],
        ),
    ]
    sql_command: Annotated[
        str | None, Meta(description="The query.", examples=["SELECT code, label FROM site WHERE open"])
    ] = None
    sql_file: Annotated[
        str | None,
        Meta(description="A file with the query, in UTF-8; not read when SqlCommand is set.", examples=["crew.sql"]),
        Key(path="input"),
    ] = None
    timeout: Annotated[int, Meta(description="Seconds that one answer may take; 0: no limit.", ge=0, le=86_400)] = 30
    csv_encoding: Annotated[
        str, Meta(description="The encoding of the exported file elsewhere; accepted, and UTF-8 is written.")
    ] = "UTF-8"
    provider_class_full_name: Annotated[
        str | None,
        Meta(
            description="The kind of database, by Npgsql or Sqlite in the text. The PostgreSQL package needs none.",
            examples=["Npgsql.NpgsqlFactory", "Microsoft.Data.Sqlite.SqliteFactory"],
        ),
    ] = None
    provider_dll_name: Annotated[
        str | None, Meta(description="The provider's library elsewhere; accepted, and nothing is loaded.")
    ] = None
    isolation_level: Annotated[
        Literal["ReadUncommitted", "ReadCommitted", "RepeatableRead", "Serializable", "Snapshot"],
        Meta(description="The isolation of the transaction; PostgreSQL raises ReadUncommitted to ReadCommitted."),
    ] = "ReadUncommitted"

    def __post_init__(self) -> None:
        encodings.decoder(self.csv_encoding)
        parse_connection_string(self.connection_string.reveal())


class SqlDatabase:
    """One connection to a database."""

    def __init__(self, settings: SqlSettings, opening: Opening) -> None:
        self._settings = settings
        self._opening = opening

    def check(self) -> str:
        """What answers, and in query mode whether the query would be let through."""
        query = self._checked_query(self._provider())
        with self._session() as session:
            if query:
                self._run(session, query)
            return session.banner()

    def export(self, request: Request) -> Iterable[Batch | Note]:
        """The rows of the query or of the mapped tables, all in one transaction."""
        provider = self._provider()
        query = self._checked_query(provider)
        yield from map(Note, self._remarks(provider))
        with self._session() as session:
            if query:
                yield from self._query(session, query, request.tables)
            else:
                for table in request.tables:
                    yield from self._table(session, provider, table)

    def _query(self, session: Session, query: str, tables: tuple[ExportTable, ...]) -> Iterator[Batch | Note]:
        identifier = self._opening.identifier
        for table in tables:
            if table.name.lower() != identifier.lower():
                raise Misconfigured(f"with a query there is one table, {identifier!r}, not {table.name!r}", self._key)
        table = tables[0] if tables else ExportTable(identifier, ())
        columns, batches = self._run(session, query)
        _check_columns(columns, self._key)
        columns = tabular.aligned(columns, (column.name for column in table.columns), "the query's result")
        yield from self._batches(table, columns, batches)

    def _table(self, session: Session, provider: Provider, table: ExportTable) -> Iterator[Batch | Note]:
        """One mapped table: its own column names are looked up first, so that they can be quoted as they are."""
        source = self._source(provider, table.name)
        actual, _ = self._run(session, select((), source, provider.dialect))
        names = tuple(column.name for column in table.columns)
        aligned = tabular.aligned(actual, names, f"the table of {table.name}")
        wanted = [actual[aligned.index(name)] for name in names]
        _, batches = self._run(session, select(wanted, source, provider.dialect))
        yield from self._batches(table, names, batches)

    def _source(self, provider: Provider, name: str) -> str:
        """The database's table in a mapped table's name."""
        prefix = f"{self._opening.identifier}_"
        if not name.lower().startswith(prefix.lower()):
            raise Misconfigured(f"the table {name!r} does not begin with {prefix!r}")
        return name[len(prefix) :]

    def _batches(
        self, table: ExportTable, columns: tuple[str, ...], batches: Iterator[list[list[Value]]]
    ) -> Iterator[Batch | Note]:
        formats = _Formats(table.columns, columns)
        yield Batch(table.name, columns, ())
        while True:
            with self._failures():
                rows = next(batches, None)
            if rows is None:
                break
            yield Batch(table.name, columns, formats.applied(rows))
            if self._opening.cancelled():
                raise Unreachable("cancelled")
        yield from formats.notes()

    def _run(self, session: Session, query: str) -> tuple[tuple[str, ...], Iterator[list[list[Value]]]]:
        with self._failures():
            result = session.query(query)
        return result.columns, result.batches

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except QueryFailed as error:
            raise Misconfigured(str(error), self._key) from None

    def _session(self) -> AbstractContextManager[Session]:
        settings, opening = self._settings, self._opening
        limits = Limits(
            seconds=settings.timeout,
            isolation=settings.isolation_level,
            roots=opening.roots,
            cancelled=opening.cancelled,
        )
        return self._provider().open(parse_connection_string(settings.connection_string.reveal()), limits)

    def _provider(self) -> Provider:
        """The package decides, then the factory class; by its short name alone the connection string does."""
        package = self._opening.package.partition("@")[0].strip().lower()
        factory = self._settings.provider_class_full_name or ""
        if package == _POSTGRESQL_PACKAGE:
            return POSTGRESQL
        if factory or package != PACKAGE.alias:
            return provider_of(factory)
        parameters = parse_connection_string(self._settings.connection_string.reveal())
        return SQLITE if "datasource" in parameters and "host" not in parameters else POSTGRESQL

    def _remarks(self, provider: Provider) -> Iterator[str]:
        factory = self._settings.provider_class_full_name or ""
        if factory and provider.factory not in factory.lower():
            yield f"ProviderClassFullName {factory} is not used: the package is for {provider.name}"
        for key in parse_connection_string(self._settings.connection_string.reveal()):
            if key not in provider.keys:
                yield f"the connection string's key {key!r} has no meaning for {provider.name}"
        if self._settings.csv_encoding.replace("-", "").lower() != "utf8":
            yield f"CsvEncoding {self._settings.csv_encoding} is not used: the file is UTF-8"

    @property
    def _key(self) -> str:
        """The setting that holds the query, for findings about it."""
        return "SqlCommand" if self._settings.sql_command else "SqlFile" if self._settings.sql_file else ""

    def _checked_query(self, provider: Provider) -> str:
        """The query of the settings, empty in mapping mode."""
        query = self._settings.sql_command or self._from_file(self._settings.sql_file)
        if not self._key:
            return ""
        try:
            check_read_only(query, provider.dialect)
        except NotReadOnly as error:
            raise Misconfigured(str(error), self._key) from None
        return query.strip().rstrip(";")

    def _from_file(self, path: str | None) -> str:
        if path is None:
            return ""
        chosen = files.choose(path, is_pattern=False, key="SqlFile", roots=self._opening.roots)
        with files.opened(chosen.path) as file:
            encoding, _ = encodings.announced(file, None)
            try:
                return encodings.decoder(encoding).decode(file.read(), True)
            except UnicodeDecodeError:
                raise Misconfigured(f"{chosen.path} is no UTF-8 text", "SqlFile") from None


class _Formats:
    """The declared formats of some columns, and how often a value did not have one."""

    def __init__(self, declared: tuple[ExportColumn, ...], columns: tuple[str, ...]) -> None:
        self._columns = {columns.index(each.name): each for each in declared if each.format}
        self._converts = {at: _converter(each) for at, each in self._columns.items()}
        self._failed = dict.fromkeys(self._columns, 0)
        self._example = dict.fromkeys(self._columns, "")

    def applied(self, rows: list[list[Value]]) -> list[list[Value]]:
        """The rows, converted in place; a value without the form becomes null and is counted."""
        for at, convert in self._converts.items():
            for row in rows:
                value = row[at]
                if value is not None:
                    row[at] = self._converted(at, convert, value)
        return rows

    def notes(self) -> Iterator[Note]:
        for at, count in self._failed.items():
            if count:
                column = self._columns[at]
                yield Note(f"{column.name} could not be read as {column.format}: {self._example[at]}", count)

    def _converted(self, at: int, convert: Convert, value: str) -> Value:
        try:
            return convert(value)
        except ValueError as error:
            self._failed[at] += 1
            self._example[at] = self._example[at] or str(error)
            return None


def _converter(column: ExportColumn) -> Convert:
    name = (column.format or "").lower()
    if name not in _FORMATS:
        known = ", ".join(sorted(_FORMATS))
        raise Misconfigured(f"the format {column.format} of column {column.name!r} is none of {known}")
    if name == "datetime":
        return lambda value: date_text(read_date(value))
    decode = decoder(name)
    return lambda value: decode([value.encode()])


def _check_columns(columns: tuple[str, ...], key: str) -> None:
    for at, name in enumerate(columns, 1):
        if name in _UNNAMED:
            raise Misconfigured(f"column {at} of the query's result has no name: give it one with AS", key)
        if columns.count(name) > 1:
            raise Misconfigured(f"two columns of the query's result are named {name!r}: rename one with AS", key)


def _table_names(identifier: str, settings: SqlSettings) -> tuple[str, ...] | None:
    return (identifier,) if settings.sql_command or settings.sql_file else None


PACKAGE = Package(
    alias="sql",
    names=(
        PackageName("Usercube.SQL", "Database/Generic SQL"),
        PackageName("Usercube.SQL.PostgreSQL", "Database/PostgreSQL"),
    ),
    summary="Reads databases: PostgreSQL, SQLite.",
    settings=SqlSettings,
    opens=SqlDatabase,
    tables=_table_names,
    formats=_FORMATS,
    extra="postgresql",
)
