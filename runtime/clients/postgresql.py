"""The connection string of a PostgreSQL database (Npgsql's keys) in; a session that cannot write out.

Rows come through a cursor on the server, which itself takes one SELECT only, in one read-only transaction.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from runtime.clients.database import BATCH, Limits, Parameters, QueryFailed, Result, text_of
from runtime.contract import Misconfigured, Unreachable, Value

if TYPE_CHECKING:
    import psycopg

_KEY = "ConnectionString"
_NAMES = {
    "host": ("host", "server"),
    "port": ("port",),
    "dbname": ("database", "db"),
    "user": ("username", "userid", "user", "uid"),
    "password": ("password", "pwd", "psw"),
    "sslmode": ("sslmode",),
    "sslrootcert": ("rootcertificate",),
    "connect_timeout": ("timeout",),
    "application_name": ("applicationname",),
}
"""libpq's parameters and Npgsql's keys for them."""

_SSL = {"verifyca": "verify-ca", "verifyfull": "verify-full"}
_ISOLATION = {"RepeatableRead": "REPEATABLE READ", "Snapshot": "REPEATABLE READ", "Serializable": "SERIALIZABLE"}
"""READ COMMITTED is the least that PostgreSQL has."""

_AS_TEXT = ("json", "jsonb", "interval", "time", "timetz", "inet", "cidr", "xml", "int4range", "int8range", "numrange",
            "daterange", "tsrange", "tstzrange")  # fmt: skip
_PASSING = ("starting up", "shutting down", "too many", "remaining connection slots", "recovery")
"""What a server says that will let us in later."""

_LOOK_SECONDS = 0.2


class PostgresqlSession:
    """One connection in one read-only transaction."""

    def __init__(self, connection: "psycopg.Connection[Any]", limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._cursors = 0

    def banner(self) -> str:
        info = self._connection.info
        version = f"{info.server_version // 10000}.{info.server_version % 10000}"
        return f"PostgreSQL {version} at {info.host}:{info.port}, database {info.dbname}, as {info.user}"

    def query(self, sql: str) -> Result:
        self._cursors += 1
        name = f"accordant_{self._cursors}"
        with self._failures():
            # In the extended protocol, which `binary` selects, the server takes one statement only.
            self._connection.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}".encode(), binary=True)
            cursor = self._connection.execute(f"FETCH FORWARD {BATCH} FROM {name}".encode())
        columns = tuple(column.name for column in cursor.description or ())
        return Result(columns, self._batches(name, cursor.fetchall()))

    def _batches(self, name: str, rows: list[tuple[Any, ...]]) -> Iterator[list[list[Value]]]:
        while rows:
            yield [[text_of(value) for value in row] for row in rows]
            with self._failures():
                rows = self._connection.execute(f"FETCH FORWARD {BATCH} FROM {name}".encode()).fetchall()
        with self._failures():
            self._connection.execute(f"CLOSE {name}".encode())

    @contextmanager
    def _failures(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.errors.QueryCanceled:
            raise Unreachable("cancelled" if self._limits.cancelled() else "no answer within Timeout") from None
        except psycopg.OperationalError as error:
            raise Unreachable(f"PostgreSQL broke off: {_said(error)}") from None
        except psycopg.Error as error:
            raise QueryFailed(_said(error)) from None


@contextmanager
def session(parameters: Parameters, limits: Limits) -> Iterator[PostgresqlSession]:
    """Connect and begin. Raises `Misconfigured`, `Unreachable`."""
    connection = _connect(parameters, limits)
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(connection, limits, done), daemon=True)
    try:
        watch.start()
        opened = PostgresqlSession(connection, limits)
        with opened._failures():
            connection.execute(_begin(limits.isolation))
        yield opened
    finally:
        done.set()
        watch.join()
        connection.close()


def _connect(parameters: Parameters, limits: Limits) -> "psycopg.Connection[Any]":
    try:
        import psycopg
        from psycopg.conninfo import make_conninfo
    except ImportError:
        raise Misconfigured("PostgreSQL needs psycopg: pip install 'accordant[postgresql]'") from None
    known = {name: value for name in _NAMES if (value := _value(parameters, name))}
    for name in ("host", "dbname"):
        if name not in known:
            raise Misconfigured(f"the connection string of a PostgreSQL database needs {_NAMES[name][0]}", _KEY)
    known["sslmode"] = _SSL.get(_plain(known.get("sslmode", "prefer")), _plain(known.get("sslmode", "prefer")))
    address = make_conninfo(**{"application_name": "accordant", "connect_timeout": "15", **known},
                            client_encoding="utf8", options=_options(parameters, limits))  # fmt: skip
    try:
        connection = psycopg.connect(address, autocommit=True)
    except psycopg.OperationalError as error:
        raise _refusal(_said(error)) from None
    except psycopg.Error as error:
        raise Misconfigured(_said(error), _KEY) from None
    for name, loader in _loaders().items():
        connection.adapters.register_loader(name, loader)
    return connection


def _refusal(said: str) -> Exception:
    """A server that answers FATAL refuses the account or database; otherwise nobody answered."""
    if "FATAL" in said and not any(word in said for word in _PASSING):
        return Misconfigured(said, _KEY)
    return Unreachable(said)


def _options(parameters: Parameters, limits: Limits) -> str:
    """Settings of the session: rows in a stable order, dates in UTC, nothing written, no answer later than allowed."""
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(limits.seconds * 1000),
        "timezone": "UTC",
        "synchronize_seqscans": "off",
        "extra_float_digits": "1",
        "search_path": parameters.get("searchpath", ""),
    }
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items() if value)


def _begin(isolation: str) -> bytes:
    return f"BEGIN ISOLATION LEVEL {_ISOLATION.get(isolation, 'READ COMMITTED')} READ ONLY".encode()


def _watch(connection: "psycopg.Connection[Any]", limits: Limits, done: threading.Event) -> None:
    """Ask the server to stop a query that runs when the run is cancelled."""
    import psycopg

    while not done.wait(_LOOK_SECONDS):
        if limits.cancelled():
            with suppress(psycopg.Error):  # a connection that is gone needs no stopping
                connection.cancel_safe(timeout=_LOOK_SECONDS * 5)
            return


@cache
def _loaders() -> dict[str, Any]:
    """How values are read: what has no type of its own here stays the server's text; infinite dates are null."""
    from psycopg.errors import DataError
    from psycopg.types import datetime as dates
    from psycopg.types.string import TextLoader

    def finite(loader: Any) -> Any:
        class Finite(loader):  # type: ignore[misc]  # psycopg's loaders are classes chosen at run time
            def load(self, data: Any) -> Any:
                try:
                    return super().load(data)
                except DataError:
                    if bytes(data).lstrip(b"-") == b"infinity":
                        return None
                    raise

        return Finite

    made = {"date": dates.DateLoader, "timestamp": dates.TimestampLoader, "timestamptz": dates.TimestamptzLoader}
    return {name: finite(loader) for name, loader in made.items()} | dict.fromkeys(_AS_TEXT, TextLoader)


def _value(parameters: Parameters, name: str) -> str:
    return next((parameters[key] for key in _NAMES[name] if key in parameters), "")


def _plain(text: str) -> str:
    return text.replace(" ", "").replace("-", "").lower()


def _escaped(value: str) -> str:
    """A value inside libpq's `options`, where blanks and backslashes need a backslash."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())
