"""What crosses the seam between the runtime and a connector, and how a connector fails.

A connector yields rows and results. Files, cookies on disk, retry, back-off, concurrency, progress, masking of secrets
and recording of results are done once, around it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from compiler.plan.steps import ExportTable, FulfilType

Value = str | None
"""A cell: internal text, or None for null (an empty string is not null)."""


class Mode(StrEnum):
    """How a run synchronises."""

    INITIAL = "initial"
    COMPLETE = "complete"
    INCREMENTAL = "incremental"


class Opening(Struct, frozen=True, kw_only=True):
    """What a connector is told besides its settings.

    `identifier` is the connection's; `package` the identifier written in the XML; `work` is a folder of its own for
    durable state (ticket books …); `roots` are the folders that file inputs must lie below (empty: anywhere);
    `cancelled()` turns true when the run is to stop: long loops ask it between batches.
    """

    identifier: str
    package: str
    work: Path
    roots: tuple[Path, ...] = ()
    cancelled: Callable[[], bool] = lambda: False


class Request(Struct, frozen=True, kw_only=True):
    """What to export: the mapped tables with their columns, and for an incremental export the last cookie."""

    mode: Mode
    tables: tuple[ExportTable, ...]
    cookie: bytes | None = None


class Batch(Struct, frozen=True):
    """Some rows of one table. All batches of a table have the same columns; a batch without rows announces a table."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Value]]


class Cookie(Struct, frozen=True):
    """The state from which the next incremental export goes on; yielded once, after the last batch."""

    data: bytes


class Note(Struct, frozen=True):
    """Something a person should know that is no failure: counted, shown once per `message`."""

    message: str
    count: int = 1


class ChangeType(StrEnum):
    """What an order does to its resource."""

    ADDED = "Added"
    MODIFIED = "Modified"
    DELETED = "Deleted"


class Order(Struct, frozen=True, kw_only=True):
    """One provisioning action on one resource, in terms of the documented JSON form.

    `id` is the order's own, `assignment` the documented `AssignedResourceTypeId`. `changes` maps a property to its new
    value (None clears), a mono-valued navigation to the linked resource's properties, and `<P>_add` / `<P>_remove` of
    a multi-valued one to lists of them. `resource` holds the target's current properties, empty when it is created.
    """

    id: str
    assignment: str
    change: ChangeType
    resource_type: str
    owner: dict[str, Any]
    changes: dict[str, Any]
    resource: dict[str, Any]
    document: dict[str, Any]
    """The whole documented JSON object, for connectors that hand it on."""


class Outcome(StrEnum):
    """What became of an order."""

    EXECUTED = "Executed"
    ERRORED = "Errored"


class Result(Struct, frozen=True, kw_only=True):
    """What the managed system answered to one order; `message` is the server's own words, secrets masked."""

    order: str
    outcome: Outcome
    message: str = ""


class Unreachable(Exception):
    """The system cannot be reached or broke off: try again later, then stop the connector."""


class Throttled(Exception):
    """The system asks to wait `seconds` before the same call is made again."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Refused(Exception):
    """The system refused this order; the next one may go through."""


class Misconfigured(Exception):
    """The settings or the configuration are wrong: `key` is the settings path at fault ("Tables.0.BaseDN")."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class Checks(Protocol):
    """A connector that can say whether its system answers and lets it in."""

    def check(self) -> str:
        """One line on what answered ("OpenLDAP at ldap://…, bound as …"); raises as the failures above say."""


class Exports(Protocol):
    """A connector that can read its system."""

    def export(self, request: Request) -> Iterable[Batch | Cookie | Note]:
        """The rows of the requested tables. Every table requested is announced, even when it has no rows."""


class Fulfils(Protocol):
    """A connector that can write to its system."""

    def fulfil(self, orders: Iterable[Order], types: tuple[FulfilType, ...]) -> Iterator[Result]:
        """Carry out orders, one `Result` each, in any order; a repeated order must do no harm.

        `Refused` never leaves this method: it becomes an errored result. `Unreachable` may: orders without a result
        were not carried out, or may be sent again.
        """
