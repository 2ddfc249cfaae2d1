"""The staged records of a raw file in; which of them are no row of a mapping and why, as a table and as files, out.

A table of rejects has the number (`row`) of each record that is left out, and `why`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from runtime.engine.engine import Engine
from runtime.synchronization.stage import RawTable

REJECT = "reject"
"""The table of rejects of the association at hand."""

_FILES = ("nullpk", "duplicates")


class Counts(Struct, frozen=True):
    """Records of one entity type or association: without key, duplicates, left out by transformations."""

    null_keys: int = 0
    duplicates: int = 0
    left_out: int = 0


def begin(table: RawTable, reject: str, blank: str, *, commanded: bool) -> None:
    """Make a table of rejects: the rows without key, those that are no row of a full extract, or no instruction."""
    usable, why = table.usable(commanded=commanded), "command" if table.has_command else "left out"
    table.engine.execute(
        f"CREATE OR REPLACE TABLE {reject} AS SELECT rowid AS row, CASE WHEN {usable} THEN 'nullpk' ELSE '{why}' END "
        f"AS why FROM stage WHERE NOT ({usable}) OR {blank}"
    )


def kept(reject: str) -> str:
    """SQL: the staged rows that are not rejected, with their `rowid`."""
    return f"SELECT rowid, stage.* FROM stage ANTI JOIN {reject} ON stage.rowid = {reject}.row"


def counts(engine: Engine, reject: str) -> Counts:
    """How many records are rejected, and why."""
    found: dict[str, int] = dict(engine.rows(f"SELECT why, count(DISTINCT row) FROM {reject} GROUP BY why"))
    return Counts(found.get("nullpk", 0), found.get("duplicates", 0), found.get("left out", 0))


def write_rejects(table: RawTable, reject: str, folder: Path, name: str) -> None:
    """The rejected records as they came, each behind its file and line number: no file when there is none."""
    for why in _FILES:
        numbers = table.numbers(f"SELECT DISTINCT row FROM {reject} WHERE why = '{why}' ORDER BY row")
        if len(numbers):
            _write_records(table, table.records(numbers), folder / f"{name}.{why}.csv")


def _write_records(table: RawTable, records: Iterable[tuple[int, bytes]], path: Path) -> None:
    source = table.source
    separator = source.separator.encode()
    with open(path, "wb") as file:
        file.write(separator.join(_header("SourceFile", "LineNumber", *source.columns)) + b"\n")
        (place,) = _header(source.path.name)
        for line, text in records:
            file.write(separator.join((place, b"%d" % line, text)) + b"\n")


def _header(*names: str) -> Iterator[bytes]:
    return (('"' + name.replace('"', '""') + '"').encode() for name in names)
