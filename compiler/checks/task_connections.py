"""What tasks ask of the connections that they name (connectors/ldif.md and its like)."""

from collections.abc import Iterator

from compiler.bind.launch import every_task
from compiler.catalogue.package import Verb
from compiler.checks.registry import Finding, Subject, check
from compiler.model.tasks import ExportTask, FulfillTask


@check("E287")
def connection_cannot(it: Subject) -> Iterator[Finding]:
    """A package that is known exports, fulfils, or does both."""
    for task in every_task(it.model):
        if not isinstance(task, ExportTask | FulfillTask) or not task.connection:
            continue
        connection = it.model.connections[task.connection]
        abilities = it.catalogue.abilities(connection.package)
        needed = Verb.EXPORT if isinstance(task, ExportTask) else Verb.FULFIL
        if abilities is not None and needed not in abilities:
            message = f"`{task.connection}` cannot {needed.value}"
            also = ((connection, "Package", "its package"),)
            yield Finding(task, message, "Connection", "name another connection, or remove the task", also)
