"""Entries of a directory in; rows of internal text out, column by column, for every directory connector.

`dn` and `parentdn` are columns that every entry has; a value that does not have its column's form leaves the cell
empty and is counted (language.md O-75).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from compiler.plan.steps import ExportColumn
from runtime.clients import dn, formats
from runtime.clients.ldap_messages import Entry
from runtime.contract import Note, Value

DN, PARENT_DN = "dn", "parentdn"
SHOWN_FAILURES = 20
Cell = Callable[[Entry], Value]


class Bit(Struct, frozen=True):
    """One flag of a mask: the attribute (or property) that holds the mask, and the flag's value."""

    mask: str
    flag: int


def bit(format: str | None) -> Bit | None:
    """What `Bit:<Property>:<n>` says, n from 1 to 64; None for another format. Raises ValueError."""
    name, _, rest = (format or "").partition(":")
    if name.strip().lower() != "bit":
        return None
    mask, _, number = rest.partition(":")
    if not mask.strip() or not number.strip().isdecimal() or not 1 <= int(number) <= 64:
        raise ValueError(f"{format!r} must be Bit:<Property>:<n> with n from 1 to 64")
    return Bit(mask.strip(), 1 << (int(number) - 1))


class Rows:
    """The rows of one table. `spread` names the column that gives a row per value; without it an entry is one row."""

    def __init__(self, columns: Iterable[ExportColumn], spread: str | None = None) -> None:
        self.columns = tuple(columns)
        self.names = tuple(column.name for column in self.columns)
        self.failures: list[str] = []
        self.failed = 0
        self._keys = [column.name.lower() for column in self.columns]
        cells = ((at, _special(column)) for at, column in enumerate(self.columns))
        self._special = [(at, cell) for at, cell in cells if cell is not None]
        self._spread = self._keys.index(spread.lower()) if spread is not None else None

    @property
    def attributes(self) -> tuple[str, ...]:
        """What to ask the server for: nothing more than the columns need."""
        bits = (bit(column.format) for column in self.columns)
        names = [each.mask if each else column.name for column, each in zip(self.columns, bits, strict=True)]
        wanted = {name.lower(): name for name in names if name.lower() not in {DN, PARENT_DN}}
        return tuple(wanted.values()) or ("1.1",)

    def of(self, entry: Entry) -> Iterator[Sequence[Value]]:
        """The rows of an entry."""
        if self._spread is None:
            yield self._row(entry)
            return
        values = entry.attributes.get(self._keys[self._spread], ())
        for value in values:
            yield self._row(Entry(entry.dn, {**entry.attributes, self._keys[self._spread]: [value]}))

    def notes(self) -> Iterator[Note]:
        """What was left out."""
        yield from map(Note, self.failures)
        if self.failed > len(self.failures):
            yield Note("further values do not have their column's form and were left empty",
                       self.failed - len(self.failures))  # fmt: skip

    def _row(self, entry: Entry) -> list[Value]:
        get = entry.attributes.get
        try:
            row: list[Value] = [values[0].decode() if (values := get(key)) else None for key in self._keys]
            for at, cell in self._special:
                row[at] = cell(entry)
            return row
        except ValueError:
            return self._with_failures(entry)

    def _with_failures(self, entry: Entry) -> list[Value]:
        special = dict(self._special)
        return [self._cell(entry, at, special.get(at) or _reader(key, None)) for at, key in enumerate(self._keys)]

    def _cell(self, entry: Entry, at: int, cell: Cell) -> Value:
        try:
            return cell(entry)
        except ValueError as error:
            self.failed += 1
            if self.failed <= SHOWN_FAILURES:
                self.failures.append(f"{entry.dn}: column {self.names[at]} left empty: {error}")
            return None


def _special(column: ExportColumn) -> Cell | None:
    """How a cell is made where it is not the first value as text."""
    key = column.name.lower()
    if key in {DN, PARENT_DN}:
        decode = formats.decoder(column.format, column.type)
        name = _own if key == DN else dn.parent_text
        return lambda entry: decode([text.encode("utf-8", "surrogateescape")]) if (text := name(entry.dn)) else None
    flag = bit(column.format)
    if flag is not None:
        return _bit_reader(flag)
    return _reader(key, column.format, column.type) if column.format else None


def _own(name: str) -> str:
    return name


def _reader(key: str, format: str | None, type: str = "String") -> Cell:
    decode = formats.decoder(format, type)
    return lambda entry: decode(entry.attributes.get(key, ()))


def _bit_reader(flag: Bit) -> Cell:
    key = flag.mask.lower()

    def read(entry: Entry) -> Value:
        values = entry.attributes.get(key)
        return "1" if int(values[0] if values else 0) & flag.flag else "0"

    return read
