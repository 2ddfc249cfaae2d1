"""CSV files that another program leaves in a folder: the rows of one file, as they stand in it.

The table is named like the connection and has every column whose header is not empty. A complete run reads `Path`, an
incremental one `PathIncremental`, the first of a connector's life whichever there is. An empty value is null, `""` the
empty text. A file that is still being written, is empty, has no header, names a column twice or has a row with more
values than the header is refused as a whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, BinaryIO

from msgspec import Meta, Struct

from compiler.catalogue.package import Key, Package, PackageName, Settings
from runtime.clients import encodings, files, tabular
from runtime.contract import Batch, Misconfigured, Mode, Note, Opening, Request, Unreachable, Value


class CsvSettings(Settings, frozen=True, kw_only=True):
    """Where the file is and how it is written."""

    path: Annotated[
        str | None,
        Meta(
            description="The file of a complete run; with IsFileNameRegex the last segment is a regular expression.",
            examples=["data/crew.csv", r"drop/crew_[0-9]+\.csv"],
        ),
        Key(path="input", pattern="is_file_name_regex"),
    ] = None
    path_incremental: Annotated[
        str | None,
        Meta(description="The file of an incremental run.", examples=["data/crew-changes.csv"]),
        Key(path="input", pattern="is_file_name_regex"),
    ] = None
    is_file_name_regex: Annotated[
        bool, Meta(description="Whether the paths are regular expressions: of all matches the newest is read.")
    ] = False
    separator: Annotated[
        str | None,
        Meta(
            description="What stands between values, one character or \\t; without it the header line tells.",
            examples=[";", "\\t"],
        ),
    ] = None
    encoding: Annotated[
        str | None,
        Meta(
            description="The encoding, by its .NET name; a byte order mark wins. UTF-8 when there is neither.",
            examples=["utf-8", "iso-8859-15", "windows-1252"],
        ),
    ] = None
    number_of_lines_to_skip: Annotated[int, Meta(description="Lines before the header line.", ge=0)] = 0
    values_to_trim: Annotated[
        tuple[str, ...],
        Meta(description="What to remove from both ends of headers and values, in this order.", examples=[["'", " "]]),
    ] = ()

    def __post_init__(self) -> None:
        if not self.path and not self.path_incremental:
            raise ValueError("one of Path and PathIncremental is needed")
        if self.separator is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise ValueError("Separator must be one character, no quote and no line break, or \\t")
        if "" in self.values_to_trim:
            raise ValueError("ValuesToTrim holds an empty text")
        encodings.decoder(self.encoding or "utf-8")

    @property
    def delimiter(self) -> str:
        """The separator as a character, empty when the header line is to tell."""
        return "\t" if self.separator == "\\t" else self.separator or ""


class Table(Struct, frozen=True):
    """An open file: what it says of itself, its columns and its rows."""

    encoding: str
    separator: str
    header: tabular.Header
    rows: Iterator[Sequence[Value]]
    remarks: tuple[str, ...]


class CsvFile:
    """One connection to CSV files."""

    def __init__(self, settings: CsvSettings, opening: Opening) -> None:
        self._settings = settings
        self._opening = opening

    def check(self) -> str:
        """The file that would be read, its encoding, separator and columns."""
        chosen = self._choose(Mode.INITIAL)
        with _placed(chosen.path), files.opened(chosen.path) as file:
            table = self._open(file)
        columns = ", ".join(table.header.names)
        return f"{chosen.path}: {table.encoding}, separator {table.separator!r}, columns {columns}"

    def export(self, request: Request) -> Iterable[Batch | Note]:
        """The file's rows. Raises `Misconfigured` for a file that breaks its form, `Unreachable` for one in motion."""
        name = self._table_name(request)
        chosen = self._choose(request.mode)
        if self._settings.is_file_name_regex:
            yield Note(f"{chosen.path} is read, the newest of {chosen.matches} that match")
        with files.settled(chosen.path, self._opening.cancelled) as file, _placed(chosen.path):
            table = self._open(file)
            mapped = (column.name for each in request.tables for column in each.columns)
            columns = tabular.aligned(table.header.names, mapped, str(chosen.path))
            yield from (Note(remark) for remark in (chosen.remark, *table.remarks) if remark)
            yield Batch(name, columns, ())
            for rows in tabular.batched(table.rows):
                if self._opening.cancelled():
                    raise Unreachable("cancelled")
                yield Batch(name, columns, rows)

    def _table_name(self, request: Request) -> str:
        """The one table, as the mappings spell it."""
        for table in request.tables:
            if table.name.lower() != self._opening.identifier.lower():
                raise Misconfigured(f"the connection has one table, {self._opening.identifier!r}, not {table.name!r}")
        return request.tables[0].name if request.tables else self._opening.identifier

    def _choose(self, mode: Mode) -> files.Chosen:
        settings = self._settings
        complete, incremental = ("Path", settings.path), ("PathIncremental", settings.path_incremental)
        order = {Mode.COMPLETE: [complete], Mode.INCREMENTAL: [incremental], Mode.INITIAL: [complete, incremental]}
        for key, text in order[mode]:
            if text:
                roots = self._opening.roots
                return files.choose(text, is_pattern=settings.is_file_name_regex, key=key, roots=roots)
        missing = order[mode][0][0]
        raise Misconfigured(f"without {missing} there is nothing to read in mode {mode.value}", missing)

    def _open(self, file: BinaryIO) -> Table:
        settings = self._settings
        encoding, remarks = encodings.announced(file, settings.encoding)
        lines = tabular.lines(file, encodings.decoder(encoding))
        first = settings.number_of_lines_to_skip + 1
        top = next(islice(lines, first - 1, None), None)
        if top is None:
            raise tabular.Malformed(first, "there is no header line: the file is empty or too short")
        separator = settings.delimiter or tabular.sniff_separator(top)
        numbered = self._trimmed(tabular.records(chain([top], lines), separator, first=first))
        record = next(numbered, None)
        if record is None:
            raise tabular.Malformed(first, "there is no header line")
        header = tabular.read_header(record)
        return Table(encoding, separator, header, tabular.fitted(numbered, header), (*remarks, *header.remarks))

    def _trimmed(self, source: Iterator[tabular.Numbered]) -> Iterator[tabular.Numbered]:
        if not self._settings.values_to_trim:
            return source
        trim = tabular.trimmer(self._settings.values_to_trim)
        return ((line, [trim(cell) for cell in cells]) for line, cells in source)


@contextmanager
def _placed(path: Path) -> Iterator[None]:
    """What is wrong inside the file becomes a failure that names file and line."""
    try:
        yield
    except tabular.Malformed as error:
        raise Misconfigured(f"{path}:{error.line}: {error.reason}", "Path") from None


PACKAGE = Package(
    alias="csv",
    names=(PackageName("Usercube.CSV", "File/CSV"),),
    summary="Reads CSV files.",
    settings=CsvSettings,
    opens=CsvFile,
    tables=lambda identifier, settings: (identifier,),
    incremental=True,
)
