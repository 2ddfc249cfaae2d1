"""What scaffoldings need, and what they say against each other (language.md §5)."""

from collections.abc import Iterator

from compiler.checks.registry import Finding, Subject, check
from compiler.model.scaffoldings import AddTask


@check("E290")
def before_or_after(it: Subject) -> Iterator[Finding]:
    """A task is put before another or after it."""
    for node, _ in it.model.nodes():
        if isinstance(node, AddTask) and node.before == node.after:
            said = "both before and after" if node.before else "neither before nor after"
            message = f"`{node.task}` is put {said} `{node.task_to_compare_with}`"
            yield Finding(node, message, "Before" if node.before else "Task", 'write Before="true" or After="true"')
