"""Provisioning orders as JSON files in a folder, for scripts of your own to pick up.

Each order becomes one file in UTF-8, the documented JSON object: whole or not there at all, under a name that no other
order has. An order that is sent again does not write a second file while the first still stands, whatever the time
stamp in its name; a script that removes files should keep the `OrderId`s it has dealt with. No file is overwritten.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from compiler.catalogue.package import Key, Package, PackageName, Settings
from compiler.plan.steps import FulfilType
from runtime.clients.formats import date_text
from runtime.contract import Misconfigured, Opening, Order, Outcome, Result
from runtime.workspace import sync_folder

_OF_ORDER: dict[str, Callable[[Order], str]] = {
    "AssignedResourceTypeId": lambda order: order.assignment,
    "ChangeType": lambda order: order.change.value,
    "ResourceType": lambda order: order.resource_type,
    "OrderId": lambda order: order.id,
}
_NOW = "UtcNow"
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_TIME = re.compile(r"\d{14}")
_SINGLE_NAME = "{AssignedResourceTypeId}_{ChangeType}_{UtcNow}.json"
_BATCH_NAME = "Orders_{UtcNow}.json"


class JsonSettings(Settings, frozen=True, kw_only=True):
    """Where the files go and what they are called."""

    output_path: Annotated[str, Meta(description="The folder; it must exist.", examples=["outbox"]), Key(path="output")]
    file_name_template: Annotated[
        str | None,
        Meta(
            description="The files' name, with the placeholders AssignedResourceTypeId, ChangeType, ResourceType, "
            f"OrderId and UtcNow (14 digits). {_SINGLE_NAME} when it is not set, with Batch {_BATCH_NAME}.",
            examples=["{ResourceType}_{OrderId}.json"],
        ),
    ] = None
    batch: Annotated[
        bool, Meta(description="Whether all orders of a run go into one file, as its ProvisioningOrdersList.")
    ] = False
    indented: Annotated[bool, Meta(description="Whether the JSON is indented.")] = True

    def __post_init__(self) -> None:
        known = [_NOW] if self.batch else [*_OF_ORDER, _NOW]
        for name in _PLACEHOLDER.findall(self.template):
            if name not in known:
                raise ValueError(f"FileNameTemplate knows no {{{name}}} here; it knows {', '.join(known)}")
        if "/" in self.template or "\\" in self.template or not self.template.strip(" ."):
            raise ValueError("FileNameTemplate must be the name of a file, without folders")

    @property
    def template(self) -> str:
        """The files' name with its placeholders."""
        return self.file_name_template or (_BATCH_NAME if self.batch else _SINGLE_NAME)


class JsonFiles:
    """One connection to a folder."""

    def __init__(self, settings: JsonSettings, opening: Opening) -> None:
        self._settings = settings
        self._opening = opening
        self._folder = Path(settings.output_path)

    def check(self) -> str:
        """The folder, when it is there and may be written to."""
        if not self._folder.is_dir():
            raise Misconfigured(f"the folder {self._folder} does not exist", "OutputPath")
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise Misconfigured(f"the folder {self._folder} may not be written to", "OutputPath")
        return f"folder {self._folder}"

    def fulfil(self, orders: Iterable[Order], types: tuple[FulfilType, ...]) -> Iterator[Result]:
        """Write each order's file; an order whose file cannot be written is errored, and the next one goes on."""
        self.check()
        written = _Written(self._folder)
        taken = self._taken(iter(orders))
        if self._settings.batch:
            yield from self._together(list(taken), written)
            return
        for order in taken:
            yield self._result(order, self._put(self._name(order), _content(order), written))

    def _taken(self, orders: Iterator[Order]) -> Iterator[Order]:
        """The orders, until the run is cancelled: it is asked before one is taken, so that none is left half done."""
        while not self._opening.cancelled():
            order = next(orders, None)
            if order is None:
                return
            yield order

    def _together(self, orders: list[Order], written: "_Written") -> Iterator[Result]:
        if orders and not self._opening.cancelled():
            problem = self._put(
                self._name(orders[0]), {"ProvisioningOrdersList": [_content(order) for order in orders]}, written
            )
            yield from (self._result(order, problem) for order in orders)

    def _put(self, name: str, content: dict[str, Any], written: "_Written") -> str:
        """Write a file unless it stands there already; why it could not be, empty when it could."""
        data = msgspec.json.encode(content)
        data = msgspec.json.format(data, indent=2) if self._settings.indented else data
        try:
            free = written.free_name(name, data + b"\n")
            if free:
                self._write(free, data + b"\n")
                written.add(free)
        except OSError as error:
            return f"{name} could not be written: {error.strerror}"
        return ""

    def _write(self, name: str, data: bytes) -> None:
        temporary = self._folder / f".{_safe(self._opening.identifier)}.accordant.tmp"
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, self._folder / name)
        sync_folder(self._folder)

    def _name(self, order: Order) -> str:
        """The file's name for an order; nothing from data can lead to another folder or hide the file."""

        def value(found: re.Match[str]) -> str:
            return date_text(datetime.now(UTC)) if found[1] == _NOW else _OF_ORDER[found[1]](order)

        name = _safe(_PLACEHOLDER.sub(value, self._settings.template))
        return f"_{name}" if name.startswith(".") else name

    def _result(self, order: Order, problem: str) -> Result:
        return Result(order=order.id, outcome=Outcome.ERRORED if problem else Outcome.EXECUTED, message=problem)


class _Written:
    """The files of a folder, found again by their names whatever the time stamp in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] = {}
        for name in os.listdir(folder):
            self.add(name)

    def add(self, name: str) -> None:
        self._names.setdefault(_TIME.sub("*", name), []).append(name)

    def free_name(self, name: str, data: bytes) -> str:
        """A name that no file has, `name` or one with a number; empty when a file of such a name holds `data`."""
        free = ""
        for candidate in _numbered(name):
            alike = self._names.get(_TIME.sub("*", candidate), [])
            if any(self._holds(each, data) for each in alike):
                return ""
            if not free and candidate not in alike:
                free = candidate
            if not alike:
                break
        return free

    def _holds(self, name: str, data: bytes) -> bool:
        path = self._folder / name
        try:
            return path.stat().st_size == len(data) and path.read_bytes() == data
        except FileNotFoundError:  # a script took it meanwhile
            return False


def _numbered(name: str) -> Iterator[str]:
    stem, extension = os.path.splitext(name)
    yield name
    yield from (f"{stem}_{number}{extension}" for number in count(2))


def _content(order: Order) -> dict[str, Any]:
    """The documented object, the changes in the order of their names, so that the same order is the same file."""
    changes = order.document.get("Changes")
    return {**order.document, "Changes": dict(sorted(changes.items()))} if changes else order.document


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


PACKAGE = Package(
    alias="json",
    names=(PackageName("Usercube.FulfillToFile", "Custom/JSON"),),
    summary="Writes each provisioning order into a JSON file.",
    settings=JsonSettings,
    opens=JsonFiles,
    tables=lambda identifier, settings: (),
)
