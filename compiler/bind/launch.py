"""A model and one of its jobs go in; the tasks that it launches, in groups that start together, come out (§14.2)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol, TypeVar

from msgspec import Struct, structs

from compiler.bind.read import read_item
from compiler.model.jobs import Job, TaskOverride
from compiler.model.model import Model
from compiler.model.node import Node, child_fields
from compiler.model.tasks import Task


class _HasLevel(Protocol):
    @property
    def level(self) -> int: ...


Levelled = TypeVar("Levelled", bound=_HasLevel)

OVERRIDE = "Override"
"""The end of the element names of overrides."""


class Launch(Struct, frozen=True):
    """One task as a job launches it. `place` is where the job says so: the task itself, a step or an override."""

    task: Task
    place: Node
    level: int


def named_tasks(model: Model) -> dict[str, Task]:
    """Every task that has an identifier, at the top of a file or inside a job; of two the first."""
    found: dict[str, Task] = {}
    for task in every_task(model):
        if task.identifier:
            found.setdefault(task.identifier, task)
    return found


def every_task(model: Model) -> Iterator[Task]:
    """The tasks at the top of files, then those inside jobs."""
    yield from model.tasks
    for job in model.jobs.values():
        yield from (each for each in job.steps if isinstance(each, Task))


def nodes_of_jobs(model: Model) -> Iterator[Node]:
    """Every item of the jobs chapter, tasks, jobs and scaffoldings, and all below them."""
    waiting: list[Node] = [*model.tasks, *model.jobs.values(), *model.scaffoldings]
    for node in waiting:
        yield node
        for name in child_fields(type(node)):
            waiting.extend(getattr(node, name))


def launches(job: Job, named: dict[str, Task]) -> Iterator[Launch]:
    """What a job launches, in document order; a name that no task has is passed over."""
    for each in job.steps:
        if isinstance(each, Task):
            yield Launch(each, each, each.level)
        elif each.task in named:
            task = named[each.task]
            yield Launch(overridden(task, each) if isinstance(each, TaskOverride) else task, each, each.level)


def overridden(task: Task, override: TaskOverride) -> Task:
    """The task with what the override gives in place of its own; it stands where the override stands."""
    element = override.element
    whole = structs.replace(
        task.element,
        attributes={**task.element.attributes, **element.attributes},
        children=element.children or task.element.children,
        source=element.source,
        byte=element.byte,
    )
    read = read_item(whole)
    return read if isinstance(read, Task) else task


def kind_of(override: TaskOverride) -> str:
    """The element name of the tasks that an override is for."""
    return override.element.name.removesuffix(OVERRIDE)


def levels_of(job: Job) -> dict[Node, int]:
    """The place of each task, step and override in the order of the job's groups, from 0."""
    ordered = grouped(job.steps)
    return {each: number for number, group in enumerate(ordered) for each in group}


def grouped(launched: Iterable[Levelled]) -> list[list[Levelled]]:
    """Tasks of one level start together, levels one after the other; one without level is a group where it stands."""
    found: list[list[Levelled]] = []
    for is_levelled, run in groupby(launched, key=lambda each: each.level >= 0):
        if is_levelled:
            ordered = sorted(run, key=lambda each: each.level)
            found += [list(each) for _, each in groupby(ordered, key=lambda each: each.level)]
        else:
            found += [[each] for each in run]
    return found
