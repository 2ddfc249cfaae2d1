"""What scaffoldings need, and what they say against each other (language.md §5)."""

from collections.abc import Iterator

from compiler.checks.registry import Finding, Subject, check
from compiler.model.scaffoldings import AddTask, ConnectorMappings


@check("E281")
def connection_missing(it: Subject) -> Iterator[Finding]:
    """Without a package no connection is generated: the one named like the connector must be there."""
    for each in it.model.scaffoldings:
        if isinstance(each, ConnectorMappings) and not each.package and each.connector not in it.model.connections:
            message = f"there is no connection `{each.connector}`, and without Package none is generated"
            yield Finding(each, message, "Connector", "give a Package, or declare the connection")


@check("E290")
def before_or_after(it: Subject) -> Iterator[Finding]:
    """A task is put before another or after it."""
    for node, _ in it.model.nodes():
        if isinstance(node, AddTask) and node.before == node.after:
            said = "both before and after" if node.before else "neither before nor after"
            message = f"`{node.task}` is put {said} `{node.task_to_compare_with}`"
            yield Finding(node, message, "Before" if node.before else "Task", 'write Before="true" or After="true"')
