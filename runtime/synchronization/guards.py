"""A raw file, and what its export said of it, in; a refusal in words where it is no whole CSV file, else how it stands.

Whatever can be told without reading rows is told here, before anything is loaded (safety.md 5).
"""

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from runtime.synchronization.sessions import PreparedTable
from runtime.synchronization.source import Unreadable
from runtime.workspace import ExportedTable

PLENTY = 10
"""So many rows do not come down to one by themselves."""

_HEAD = 65_536
_BEGINNINGS = (
    (b"\x1f\x8b", "is compressed with gzip; unpack it first"),
    (b"PK\x03\x04", "is a zip archive or a workbook; unpack it, or save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old workbook or document; save it as CSV"),
    (b"%PDF", "is a PDF document"),
    (b"\xff\xfe", "is text in UTF-16; save it in UTF-8"),
    (b"\xfe\xff", "is text in UTF-16; save it in UTF-8"),
    (b"\x00\x00\xfe\xff", "is text in UTF-32; save it in UTF-8"),
)
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")
_BOM = b"\xef\xbb\xbf"
_MOST_WORDS = 200
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_TEXT = re.compile(r"Original Line: ?(.*)")


class Stamp(Struct, frozen=True):
    """How a file stands: whoever writes to it, or puts another in its place, changes one of these."""

    inode: int
    size: int
    modified: int


def look(path: Path, exported: ExportedTable | None) -> Stamp:
    """Refuse what is no whole CSV file by its kind, its size or its first bytes. Raises `Unreadable`."""
    try:
        stamp = _stamp(path)
        if exported and stamp.size != exported.size:
            raise Unreadable(
                f"{path.name} has {stamp.size} bytes where {exported.size} were exported: it was cut off or changed; "
                "export again, or take its manifest away if it is right as it is"
            )
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}") from error
    if why := _refused(head):
        raise Unreadable(f"{path.name} {why}")
    return stamp


def check_read(path: Path, before: Stamp, tables: Iterable[PreparedTable]) -> None:
    """What was read must be one file from beginning to end, and hold more than rows nobody can use.

    `tables` are those whose rows the file's are. Raises `Unreadable`.
    """
    try:
        is_same = _stamp(path) == before
    except OSError:
        is_same = False
    if not is_same:
        raise Unreadable(f"{path.name} was changed while it was read; prepare again when it is whole")
    for table in tables:
        _check_usable(path.name, table)


def _check_usable(file: str, table: PreparedTable) -> None:
    """Many rows of which none or one can be used are damaged, whatever the limits; instructions may be for one key."""
    rows = table.read - table.left_out
    if rows < PLENTY or table.kept > (0 if table.commanded else 1):
        return
    few = "only 1" if table.kept else "none"
    why = f"{table.null_keys} have no key, {table.duplicates} repeat one"
    raise Unreadable(f"{few} of the {rows} rows of {file} can be used: {why}; see the rejects")


def words_of(error: Exception, path: Path) -> str:
    """An engine's words about a CSV file: in which line, what is wrong, and the beginning of that line."""
    said = str(error)
    if "state machine" in said and (other := _other_end(path)):
        return f"line {other} ends otherwise than the header; end all lines with line feeds"
    line, text = _LINE.search(said), _TEXT.search(said)
    hidden = ("Original Line", "Possible", "Invalid Input Error: CSV Error on Line")
    reasons = [each.strip() for each in said.splitlines() if each.strip() and not each.strip().startswith(hidden)]
    where = f"line {line[1]}: " if line else ""
    shown = f" ({text[1].strip()[:_MOST_WORDS]})" if text else ""
    return f"{where}{(reasons or ['it is damaged'])[0][:_MOST_WORDS]}{shown}"


def _other_end(path: Path) -> int:
    """The first line that does not end as the header does; 0 when there is none."""
    with open(path, "rb") as file:
        has_return = file.readline().endswith(b"\r\n")
        return next((at for at, line in enumerate(file, 2) if line.endswith(b"\r\n") is not has_return), 0)


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise Unreadable(f"{path.name} is a folder, no file")
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(f"{path.name} is no file that can be read twice")
    if not os.access(path, os.R_OK):
        raise Unreadable(f"{path.name} cannot be read: permission denied")
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def _refused(head: bytes) -> str:
    """What the first bytes of a file give away; empty when they may be CSV."""
    if not head:
        return "is empty: there is not even a header"
    for beginning, why in _BEGINNINGS:
        if head.startswith(beginning):
            return why
    if head.removeprefix(_BOM).lstrip().lower().startswith(_PAGES):
        return "is a web page or XML, as a failed download leaves it"
    if b"\0" in head:
        return "holds NUL bytes: it is binary, damaged, or text in UTF-16"
    if b"\r" in head and b"\n" not in head:
        return "ends its lines with carriage returns alone; end them with line feeds"
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if len(head) < _HEAD or error.start < _HEAD - 3:  # what the end of the piece cuts through is no fault
            line = head.count(b"\n", 0, error.start) + 1
            return f"is not in UTF-8: line {line} holds the byte 0x{head[error.start]:02x}; save it in UTF-8"
    return ""
