"""What scaffoldings need, and what they say against each other (language.md §5)."""

from collections.abc import Iterator

from compiler.bind.launch import nodes_of_jobs
from compiler.checks.registry import Finding, Subject, check
from compiler.model.scaffoldings import (
    AddTask,
    ConnectorMappings,
    FormatPropertiesInResource,
    FulfillInternalWorkflowsPath,
    MappingPath,
)


@check("E290")
def before_or_after(it: Subject) -> Iterator[Finding]:
    """A task is put before another or after it."""
    for node in nodes_of_jobs(it.model):
        if isinstance(node, AddTask) and node.before == node.after:
            said = "both before and after" if node.before else "neither before nor after"
            message = f"`{node.task}` is put {said} `{node.task_to_compare_with}`"
            yield Finding(node, message, "Before" if node.before else "Task", 'write Before="true" or After="true"')


def idle_arguments(it: Subject) -> Iterator[Finding]:
    """What a scaffolding may say and nothing that it stands for shows: for W498."""
    for node in nodes_of_jobs(it.model):
        if isinstance(node, FormatPropertiesInResource | FulfillInternalWorkflowsPath | MappingPath):
            yield Finding(node, f"{node.tag} has no effect in this version", "")
        elif isinstance(node, AddTask) and node.copy_occurence:
            yield Finding(node, "CopyOccurence has no effect", "CopyOccurence", "remove it")
        elif isinstance(node, ConnectorMappings) and node.is_incremental:
            help = "say in the settings of the connection where its incremental files lie"
            yield Finding(node, "IsIncremental has no effect on what is generated", "IsIncremental", help)
