"""LDIF files (RFC 2849): the entries that have one of some values in one attribute.

The table named like the connection has the column `Command` (always `insert`) and the listed attributes; an incremental
export, which is the whole file too, has no `Command`, so that what left the file is seen to be gone. An attribute
of several values is one text with the format `MultivaluedText`; without a format its first value is taken and the run
says how often others were left out. A mapped table `<connection>_<attribute>` has one row per value, in the columns
`dn` and the attribute's name: links such as `member` are read from it. Of change records only `add` is an entry.
A file that breaks the form of LDIF anywhere is refused as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from urllib.parse import unquote, urlsplit

from msgspec import Meta

from compiler.catalogue.package import Key, Package, PackageName, Settings
from compiler.plan.steps import ExportColumn, ExportTable
from runtime.clients import encodings, files, ldif, tabular
from runtime.clients.formats import FORMATS, Decoder, decoder
from runtime.contract import Batch, Misconfigured, Mode, Note, Opening, Request, Unreachable, Value

COMMAND = "Command"
_LOOK_EVERY = 1_000
"""Records between two questions whether the run is to stop."""


class LdifSettings(Settings, frozen=True, kw_only=True):
    """The file, which of its entries, and which of their attributes."""

    ldif_file: Annotated[
        str, Meta(description="The LDIF file.", examples=["data/directory.ldif"]), Key(name="LDIFFile", path="input")
    ]
    filter_attribute: Annotated[
        str, Meta(description="The attribute that decides whether an entry is read.", examples=["objectClass"])
    ]
    filter_values: Annotated[
        str,
        Meta(
            description="Values separated by white space: an entry that has one of them is read, letter case aside.",
            examples=["inetOrgPerson device"],
        ),
    ]
    attributes: Annotated[
        tuple[str, ...],
        Meta(
            description="The attributes to read, `dn` among them, in the order of the columns.",
            min_length=1,
            examples=[["dn", "cn", "mail"]],
        ),
    ]
    ldif_encoding: Annotated[
        str, Meta(description="The encoding of the file, by its .NET name.", examples=["utf-8", "iso-8859-1"])
    ] = "UTF-8"

    def __post_init__(self) -> None:
        encodings.decoder(self.ldif_encoding)
        folded = [name.lower() for name in (COMMAND, *self.attributes)]
        doubled = [name for name in self.attributes if folded.count(name.lower()) > 1]
        if doubled:
            raise ValueError(f"Attributes lists {doubled[0]} twice")
        if not self.filter_values.split():
            raise ValueError("FilterValues holds no value")


@dataclass
class Column:
    """One column of entries: how its values become text, and how often they did not."""

    attribute: str
    spelling: str
    format: str | None = None
    is_mapped: bool = False
    left_out: int = 0
    failed: int = 0
    example: str = ""
    decode: Decoder = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.decode = decoder(self.format)
        except ValueError as error:
            raise Misconfigured(f"column {self.spelling!r}: {error}") from None

    def text(self, values: list[bytes], dn: bytes) -> Value:
        """The cell; empty, and counted, where the values do not have the declared form."""
        if len(values) > 1 and not self.format:
            self.left_out += 1
        try:
            return self.decode(values)
        except ValueError as error:
            self.failed += 1
            self.example = self.example or f"{error}, in {dn.decode(errors='replace')}"
            return None

    def notes(self) -> Iterator[Note]:
        """What a person should know of this column after the last entry."""
        if self.left_out and self.is_mapped:
            help = 'only the first is read; Format="MultivaluedText" reads all'
            yield Note(f"{self.spelling} has several values in some entries: {help}", self.left_out)
        if self.failed:
            yield Note(f"{self.spelling} could not be read as {self.format or 'text'}: {self.example}", self.failed)


@dataclass
class Table:
    """One table of the export: its rows wait here until there are enough for a batch."""

    name: str
    columns: tuple[str, ...]
    rows_of: Callable[[dict[str, list[bytes]]], Iterable[Sequence[Value]]]
    counted: tuple[Column, ...]
    rows: list[Sequence[Value]] = field(default_factory=list)

    def batch(self) -> Batch:
        """The rows that wait."""
        rows, self.rows = self.rows, []
        return Batch(self.name, self.columns, rows)


class LdifFile:
    """One connection to an LDIF file."""

    def __init__(self, settings: LdifSettings, opening: Opening) -> None:
        self._settings = settings
        self._opening = opening
        self._filter = ldif.key_of(settings.filter_attribute)
        self._kept = {_folded(value.encode()) for value in settings.filter_values.split()}

    def check(self) -> str:
        """The file and its first record."""
        path = self._choose()
        with _placed(path), files.opened(path) as file:
            first = next(self._records(file, ()), None)
        if first is None:
            raise Misconfigured(f"{path} holds no record", "LDIFFile")
        return f"{path}: LDIF, first entry {first.values['dn'][0].decode(errors='replace')}"

    def export(self, request: Request) -> Iterable[Batch | Note]:
        """The entries and links. Raises `Misconfigured` for a file that is no LDIF, `Unreachable` for one in motion."""
        tables = self._tables(request)
        path = self._choose()
        yield from (table.batch() for table in tables)
        with files.settled(path, self._opening.cancelled) as file, _placed(path):
            changes = Counter[str]()
            yield from self._batches(file, tables, changes)
        yield from (table.batch() for table in tables if table.rows)
        yield from (note for table in tables for column in table.counted for note in column.notes())
        yield from (Note(f"change records of kind {kind} are not read", n) for kind, n in sorted(changes.items()))

    def _batches(self, file: BinaryIO, tables: tuple[Table, ...], changes: Counter[str]) -> Iterator[Batch]:
        number = 0
        wanted = [column.attribute for table in tables for column in table.counted]
        for number, record in enumerate(self._records(file, (*wanted, self._filter)), 1):
            if number % _LOOK_EVERY == 0 and self._opening.cancelled():
                raise Unreachable("cancelled")
            if record.change != "add":
                changes[record.change] += 1
            elif self._is_kept(record.values):
                for table in tables:
                    table.rows += table.rows_of(record.values)
                    if len(table.rows) >= tabular.BATCH:
                        yield table.batch()
        if not number:
            raise tabular.Malformed(1, "the file holds no record")

    def _is_kept(self, values: dict[str, list[bytes]]) -> bool:
        return any(_folded(value) in self._kept for value in values.get(self._filter, ()))

    def _records(self, file: BinaryIO, wanted: Iterable[str]) -> Iterator[ldif.Record]:
        encoding, _ = encodings.announced(file, self._settings.ldif_encoding)
        text = encodings.decoder(encoding)
        is_utf8 = type(text) is type(encodings.decoder("utf-8"))
        lines = file if is_utf8 else (f"{line}\n".encode() for line in tabular.lines(file, text))
        return ldif.Reader(wanted, self._follow).records(lines)

    def _tables(self, request: Request) -> tuple[Table, ...]:
        identifier, requested = self._opening.identifier, request.tables
        main = next((each for each in requested if each.name.lower() == identifier.lower()), None)
        links = [each for each in requested if each is not main]
        made = [self._links(table) for table in links]
        if main is not None or not links:
            fixed = {} if request.mode is Mode.INCREMENTAL else {COMMAND: "insert"}
            linked = {table.counted[0].attribute for table in made}
            made.insert(0, self._entries(main or ExportTable(identifier, ()), linked, fixed))
        return tuple(made)

    def _entries(self, table: ExportTable, linked: set[str], fixed: dict[str, str]) -> Table:
        """The table of entries: a `linked` attribute has a table of its own for the values left out here.

        `fixed` columns stand before the attributes, with the same value in every row.
        """
        names = (*fixed, *self._settings.attributes)
        columns = tabular.aligned(names, (each.name for each in table.columns), "the setting Attributes")
        mapped = {each.name: each for each in table.columns}
        made = tuple(
            _column(ldif.key_of(attribute), spelling, mapped.get(spelling), linked)
            for attribute, spelling in zip(names[len(fixed) :], columns[len(fixed) :], strict=True)
        )

        def rows_of(values: dict[str, list[bytes]]) -> Iterable[Sequence[Value]]:
            dn = values["dn"][0]
            cells = ((column, values.get(column.attribute)) for column in made)
            return [[*fixed.values(), *(column.text(found, dn) if found else None for column, found in cells)]]

        return Table(table.name, columns, rows_of, made)

    def _links(self, table: ExportTable) -> Table:
        """A table of links: one row per value of the attribute that its name ends in."""
        prefix = f"{self._opening.identifier}_".lower()
        attribute = ldif.key_of(table.name[len(prefix) :]) if table.name.lower().startswith(prefix) else ""
        if not attribute:
            raise Misconfigured(
                f"no table {table.name!r}: an LDIF connection has {prefix[:-1]} and {prefix}<attribute>"
            )
        columns = tabular.aligned(("dn", table.name[len(prefix) :]), (each.name for each in table.columns), table.name)
        mapped = {each.name: each for each in table.columns}
        value = _column(attribute, columns[1], mapped.get(columns[1]), set())

        def rows_of(values: dict[str, list[bytes]]) -> Iterable[Sequence[Value]]:
            dn = values["dn"][0]
            return [(dn.decode(), value.text([each], dn)) for each in values.get(attribute, ())]

        return Table(table.name, columns, rows_of, (value,))

    def _choose(self) -> Path:
        settings, roots = self._settings, self._opening.roots
        return files.choose(settings.ldif_file, is_pattern=False, key="LDIFFile", roots=roots).path

    def _follow(self, url: str) -> bytes:
        """The content of a file that a value points to, below the folders that may be read."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        allowed = any(path.resolve().is_relative_to(root.resolve()) for root in self._opening.roots)
        if parts.scheme.lower() != "file" or parts.netloc not in {"", "localhost"} or not allowed:
            raise ValueError(f"the value {url} is not read: only files below a folder of SourcesRootPaths are")
        try:
            return path.read_bytes()
        except OSError as error:
            raise ValueError(f"the value {url} cannot be read: {error.strerror}") from None


def _column(attribute: str, spelling: str, mapped: ExportColumn | None, linked: set[str]) -> Column:
    return Column(
        attribute, spelling, mapped.format if mapped else None, mapped is not None and attribute not in linked
    )


def _folded(value: bytes) -> bytes:
    return value.lower() if value.isascii() else value.decode(errors="replace").lower().encode()


@contextmanager
def _placed(path: Path) -> Iterator[None]:
    """What is wrong inside the file becomes a failure that names file and line."""
    try:
        yield
    except tabular.Malformed as error:
        raise Misconfigured(f"{path}:{error.line}: {error.reason}", "LDIFFile") from None


def _table_names(identifier: str, settings: Any) -> tuple[str, ...]:
    return (identifier, *(f"{identifier}_{attribute}" for attribute in settings.attributes))


PACKAGE = Package(
    alias="ldif",
    names=(PackageName("Usercube.LDIF", "Directory/LDIF"),),
    summary="Reads LDIF files.",
    settings=LdifSettings,
    opens=LdifFile,
    tables=_table_names,
    formats=FORMATS,
)
