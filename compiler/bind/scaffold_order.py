"""The tasks of a generated job go in; the same tasks come out with what `AddTask` and `LinkDependTask` say (§5.2)."""

from msgspec import structs

from compiler.bind.scaffold import Ground, element
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.node import Node
from compiler.model.scaffoldings import AddTask, Generated, JobScaffolding, LinkDependTask


def arranged(tasks: list[Generated], by: JobScaffolding, ground: Ground) -> list[Generated]:
    """Carry out the arguments in the order in which they are written."""
    for each in by.arguments:
        if isinstance(each, AddTask):
            tasks = _added(tasks, each, by, ground)
        elif isinstance(each, LinkDependTask):
            tasks = _linked(tasks, each, by, ground)
    return tasks


def _added(tasks: list[Generated], each: AddTask, by: JobScaffolding, ground: Ground) -> list[Generated]:
    """The step takes the level of the task it stands before, or the next; what comes later moves on by one."""
    other = _find(tasks, each.task_to_compare_with, each.occurence, each, "TaskToCompareWith", ground)
    if other is None:
        return tasks
    level = _level(other) + (0 if each.before else 1)
    step = element(by, "Step", {"Identifier": each.task, "Level": level})
    before = [task for task in tasks if _level(task) < level]
    later = [_moved(task) for task in tasks if _level(task) >= level]
    return [*before, step, *later]


def _linked(tasks: list[Generated], each: LinkDependTask, by: JobScaffolding, ground: Ground) -> list[Generated]:
    child = _find(tasks, each.task, each.child_occurence, each, "Task", ground)
    parent = _find(tasks, each.depend_on, each.parent_occurence, each, "DependOn", ground)
    if child is None or parent is None:
        return tasks
    link = element(by, "TaskDependsOnTask", {"ParentTask": parent.attributes["Identifier"]})
    whole = structs.replace(child, children=(link, *child.children))
    return [whole if task is child else task for task in tasks]


def _find(
    tasks: list[Generated], name: str, occurence: int, argument: Node, attribute: str, ground: Ground
) -> Generated | None:
    """The task of that identifier, else the one of those whose identifier holds the name; a finding without any."""
    identifiers = [task.attributes.get("Identifier", "") for task in tasks]
    fits = [task for task, own in zip(tasks, identifiers, strict=True) if own == name]
    fits = fits or [task for task, own in zip(tasks, identifiers, strict=True) if name in own]
    at = max(occurence, 1) - 1
    if at < len(fits):
        return fits[at]
    message = f"no task of the generated job fits `{name}`"
    if fits:
        message = f"the generated job has {len(fits)} that fit `{name}`, no number {occurence}"
    help = did_you_mean(name, identifiers)
    ground.findings.append(Diagnostic("E291", message, argument.element.value_span(attribute), help=help))
    return None


def _level(task: Generated) -> int:
    return int(task.attributes["Level"])


def _moved(task: Generated) -> Generated:
    return structs.replace(task, attributes={**task.attributes, "Level": str(_level(task) + 1)})
