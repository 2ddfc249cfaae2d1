"""The connection string of an SQLite file in; a session that cannot write out."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from runtime.clients.database import BATCH, Limits, Parameters, QueryFailed, Result, text_of
from runtime.contract import Misconfigured, Unreachable, Value

_KEY = "ConnectionString"
_STEPS = 10_000
"""Instructions of SQLite's machine between two questions whether to stop: some milliseconds."""

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


class SqliteSession:
    """One open file, in one read transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path, limits: Limits) -> None:
        self._connection = connection
        self._path = path
        self._limits = limits

    def banner(self) -> str:
        with self._failures():
            count = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        return f"SQLite {sqlite3.sqlite_version}, {self._path}, {count} tables, views and indexes"

    def query(self, sql: str) -> Result:
        with self._failures():
            cursor = self._connection.execute(sql)
        columns = tuple(str(column[0]) for column in cursor.description or ())
        return Result(columns, self._batches(cursor))

    def _batches(self, cursor: sqlite3.Cursor) -> Iterator[list[list[Value]]]:
        while True:
            with self._failures():
                rows = cursor.fetchmany(BATCH)
            if not rows:
                return
            yield [[text_of(value) for value in row] for row in rows]

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Hold the limit of time, and sort SQLite's errors."""
        self._connection.set_progress_handler(self._watch(), _STEPS)
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._sorted(error) from None
        except (sqlite3.Error, sqlite3.Warning, UnicodeDecodeError) as error:
            raise QueryFailed(str(error)) from None

    def _watch(self) -> Callable[[], int]:
        until = time.monotonic() + self._limits.seconds if self._limits.seconds else float("inf")
        return lambda: int(self._limits.cancelled() or time.monotonic() > until)

    def _sorted(self, error: sqlite3.DatabaseError) -> Exception:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_NOTADB:
            return Misconfigured(f"{self._path} is no SQLite database", _KEY)
        if code == sqlite3.SQLITE_INTERRUPT:
            return Unreachable("cancelled" if self._limits.cancelled() else "no answer within Timeout")
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN}:
            return Unreachable(f"{self._path}: {error}")
        return QueryFailed(str(error))


@contextmanager
def session(parameters: Parameters, limits: Limits) -> Iterator[SqliteSession]:
    """Open the file of `Data Source`, read-only. Raises `Misconfigured`, `Unreachable`."""
    path = _path(parameters, limits)
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise Unreachable(f"{path} cannot be opened: {error}") from None
    try:
        opened = SqliteSession(connection, path, limits)
        with opened._failures():
            connection.execute("BEGIN")
        connection.set_authorizer(_authorize)
        yield opened
    finally:
        connection.close()


def _path(parameters: Parameters, limits: Limits) -> Path:
    text = parameters.get("datasource") or parameters.get("filename")
    if not text:
        raise Misconfigured("the connection string of an SQLite file needs Data Source", _KEY)
    path = Path(text.replace("\\", "/")).resolve()
    if limits.roots and not any(path.is_relative_to(root.resolve()) for root in limits.roots):
        raise Misconfigured(f"{path} lies outside the folders of SourcesRootPaths", _KEY)
    if not path.is_file():
        raise Unreachable(f"there is no file {path}")
    return path


def _authorize(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """What a statement may do once the session stands: read, and call functions but those that load code."""
    if action == sqlite3.SQLITE_FUNCTION and second in {"load_extension", "fts3_tokenizer"}:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
