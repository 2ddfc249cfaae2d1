"""Jobs, the order of their tasks, and what each task is about (provisioning.md §14, synchronization.md §13)."""

from collections.abc import Iterator

from compiler.bind.launch import Launch, every_task, grouped, kind_of, launches, named_tasks, nodes_of_jobs
from compiler.checks.registry import Finding, Subject, check
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.jobs import Step, TaskOverride
from compiler.model.node import Node
from compiler.model.scaffoldings import AddTask, CronTabExpression, Generated
from compiler.model.schedule import fault
from compiler.model.tasks import (
    ComputeCorrelationKeysTask,
    ComputeRoleModelTask,
    ExportTask,
    FulfillTask,
    GenerateProvisioningOrdersTask,
    PrepareSynchronizationTask,
    PrepareSynchronizationType,
    SynchronizationMode,
    SynchronizeTask,
    Task,
    TaskDependsOnTask,
    TaskEntityType,
    UpdateClassificationTask,
    UpdateEntityPropertyExpressionsTask,
)

_SKIPPING: dict[type[Task], tuple[tuple[str, str], ...]] = {
    ComputeRoleModelTask: (
        ("block_provisioning", "BlockProvisioning"),
        ("block_all_resource_type_provisioning", "BlockAllResourceTypeProvisioning"),
        ("use_ldif", "UseLdif"),
    ),
}
"""What a task may say that this version cannot do."""


@check("E284")
def foreign_connection(it: Subject) -> Iterator[Finding]:
    """A connection belongs to one connector, and so does the task that uses it."""
    for task in every_task(it.model):
        if not isinstance(task, ExportTask | FulfillTask) or not task.connector or not task.connection:
            continue
        owner = it.model.connections[task.connection]
        if owner.connector != task.connector:
            message = f"connection `{task.connection}` belongs to `{owner.connector}`, not to `{task.connector}`"
            also = ((owner, "Connector", "declared here"),)
            yield Finding(task, message, "Connection", "name a connection of the connector", also)


@check("E285")
def override_of_other_kind(it: Subject) -> Iterator[Finding]:
    """An override changes what its task has."""
    named = named_tasks(it.model)
    for each in _overrides(it):
        task, kind = named.get(each.task), kind_of(each)
        if task is not None and task.element.name != kind:
            message = f"`{each.task}` is no {kind}"
            help = f"write `{task.element.name}Override`"
            yield Finding(each, message, "Identifier", help, ((task, "Identifier", f"a {task.element.name}"),))
            continue
        known = _attributes(task) if task is not None else each.element.attributes
        for name in each.element.attributes:
            if name not in known:
                yield Finding(each, f"{kind} has no attribute `{name}`", name, did_you_mean(name, known))


@check("W286")
def forced_by_schedule(it: Subject) -> Iterator[Finding]:
    """Thresholds are for what nobody looks at."""
    named = named_tasks(it.model)
    for job in it.model.jobs.values():
        for each in launches(job, named) if job.cron_tab_expression else ():
            task = each.task
            if isinstance(task, GenerateProvisioningOrdersTask) and task.force_provisioning:
                message = f"the scheduled job `{job.identifier}` makes orders past all thresholds"
                yield Finding(task, message, "ForceProvisioning", "leave ForceProvisioning to jobs started by hand")


@check("E291")
def unknown_task(it: Subject) -> Iterator[Finding]:
    """Steps, overrides, dependencies and arguments name tasks that exist."""
    named = named_tasks(it.model)
    for node in nodes_of_jobs(it.model):
        for attribute, name in _task_names(node):
            if name not in named:
                message = f"there is no task `{name}`" if name else f"this {node.element.name} names no task"
                yield Finding(node, message, attribute, did_you_mean(name, named))


@check("E292")
def repeated_task(it: Subject) -> Iterator[Finding]:
    """Steps and dependencies tell tasks apart by their identifiers."""
    first: dict[str, Task] = {}
    for task in every_task(it.model):
        if task.identifier and (earlier := first.setdefault(task.identifier.lower(), task)) is not task:
            also = ((earlier, "Identifier", "first declared here"),)
            yield Finding(task, f"task `{task.identifier}` is declared twice", "Identifier", "rename one of them", also)


@check("W293")
def parent_comes_later(it: Subject) -> Iterator[Finding]:
    """A task that waits for a later one of its job is never launched."""
    named = named_tasks(it.model)
    for job in it.model.jobs.values():
        done: set[str] = set()
        ordered = grouped(launches(job, named))
        members = {each.task.identifier for group in ordered for each in group}
        for group in ordered:
            for each in group:
                for link in each.task.depends:
                    if link.parent_task in members and link.parent_task not in done:
                        message = f"`{link.parent_task}` is launched no earlier than what depends on it"
                        yield Finding(link, message, "ParentTask", "give the dependent task a higher Level")
            done.update(each.task.identifier or "" for each in group)


@check("E294")
def bad_level(it: Subject) -> Iterator[Finding]:
    """Levels count from 0; -1 is none."""
    for node in nodes_of_jobs(it.model):
        if getattr(node, "level", 0) < -1:
            yield Finding(node, "a Level is 0 or more, or -1 for none", "Level", "write a number from 0")


@check("E295")
def agents_mixed(it: Subject) -> Iterator[Finding]:
    """All tasks of a job run in one place."""
    named = named_tasks(it.model)
    for job in it.model.jobs.values():
        first: tuple[Node, str] | None = (job, job.agent) if job.agent else None
        for each in launches(job, named):
            agent = getattr(each.task, "agent", None)
            if not agent:
                continue
            first = first or (each.task, agent)
            if agent != first[1]:
                message = f"a task of job `{job.identifier}` runs on `{agent}`, another on `{first[1]}`"
                place = each.place if "Agent" in each.place.element.attributes else each.task
                also = ((first[0], "Agent", "here on another"),)
                yield Finding(place, message, "Agent", "let all tasks of a job run on one agent", also)


@check("E296")
def bad_schedule(it: Subject) -> Iterator[Finding]:
    """NCRONTAB: second, minute, hour, day, month, day of the week."""
    help = "write second, minute, hour, day, month, day of the week, such as `0 30 2 * * *`"
    for job in it.model.jobs.values():
        if job.cron_tab_expression and not isinstance(job.element, Generated):
            wrong = fault(job.cron_tab_expression)
            attribute = "CronTabExpression" if "CronTabExpression" in job.element.attributes else "CrontabExpression"
            if wrong:
                yield Finding(job, wrong, attribute, help)
    for node in nodes_of_jobs(it.model):
        if isinstance(node, CronTabExpression) and (wrong := fault(node.cron_tab)):
            yield Finding(node, wrong, "CronTab", help)


@check("E297")
def task_about_nothing(it: Subject) -> Iterator[Finding]:
    """Orders are made and sent for a connector or for listed resource types."""
    for task in every_task(it.model):
        if isinstance(task, GenerateProvisioningOrdersTask | FulfillTask):
            connection = task.connection if isinstance(task, FulfillTask) else None
            if not task.resource_types and not task.connector and not connection:
                help = "give it a Connector, or list resource types in TaskResourceType elements"
                yield Finding(task, f"this {task.element.name} does not say whose orders it is about", "", help)
    for node in nodes_of_jobs(it.model):
        if isinstance(node, TaskEntityType) and not node.entity_type:
            yield Finding(node, "this TaskEntityType names no entity type", "", "give it an EntityType")


@check("W298")
def said_twice_or_not_at_all(it: Subject) -> Iterator[Finding]:
    """Listed resource types bring their own connections; a task about entity types names them."""
    for task in every_task(it.model):
        if isinstance(task, GenerateProvisioningOrdersTask | FulfillTask) and task.resource_types:
            for attribute in ("Connector", "Connection"):
                if attribute in task.element.attributes:
                    message = f"{attribute} has no effect beside TaskResourceType: each resource type has its own"
                    yield Finding(task, message, attribute, f"remove {attribute}, or the list")
        elif _lists_nothing(task):
            help = "list them in TaskEntityType elements"
            yield Finding(
                task, f"this {task.element.name} names no entity types: it is taken to be about all", "", help
            )


def tasks_without_counterpart(it: Subject) -> Iterator[Finding]:
    """Attributes for which a run skips their task: for W498."""
    for task in every_task(it.model):
        for field, attribute in _SKIPPING.get(type(task), ()):
            if (
                getattr(task, field)
                and attribute in task.element.attributes
                and not isinstance(task.element, Generated)
            ):
                yield Finding(task, f"{attribute} has no counterpart in this version: jobs skip the task", attribute)


@check("E299")
def modes_that_do_not_fit(it: Subject) -> Iterator[Finding]:
    """Export, preparation and synchronisation of a connector follow one mode and one type (synchronization.md §4.1)."""
    named = named_tasks(it.model)
    columns: dict[str, PrepareSynchronizationTask] = {}
    for task in every_task(it.model):
        if isinstance(task, PrepareSynchronizationTask) and not isinstance(task.element, Generated):
            yield from _mode_and_type(task)
            yield from _column(task, columns)
    for job in it.model.jobs.values():
        prepared: dict[str, PrepareSynchronizationTask] = {}
        for each in launches(job, named):
            yield from _against_preparation(each, prepared)


def mode_of(task: PrepareSynchronizationTask) -> SynchronizationMode | None:
    """The mode of a preparation: what it says, else what its type implies."""
    if task.synchronization_mode is None and task.type is PrepareSynchronizationType.Changes:
        return SynchronizationMode.Incremental
    return task.synchronization_mode


def _mode_and_type(task: PrepareSynchronizationTask) -> Iterator[Finding]:
    mode = mode_of(task)
    if mode is None:
        help = "write Initial, Complete or Incremental"
        yield Finding(task, "a preparation needs a SynchronizationMode unless its Type is Changes", "", help)
    elif task.type is PrepareSynchronizationType.Changes and mode is not SynchronizationMode.Incremental:
        message = f"Type Changes is incremental, not {mode.name}"
        yield Finding(task, message, "SynchronizationMode", "write Incremental, or another Type")


def _column(task: PrepareSynchronizationTask, columns: dict[str, PrepareSynchronizationTask]) -> Iterator[Finding]:
    """Files are the same for every job, and so is the column of instructions in them."""
    first = columns.setdefault(task.connector, task) if task.column_name else task
    if first.column_name != task.column_name:
        also = ((first, "ColumnName", "another here"),)
        message = f"two preparations of `{task.connector}` name different columns of instructions"
        yield Finding(task, message, "ColumnName", "let both say the same", also)


def _against_preparation(each: Launch, prepared: dict[str, PrepareSynchronizationTask]) -> Iterator[Finding]:
    task = each.task
    if isinstance(task, PrepareSynchronizationTask):
        first = prepared.setdefault(task.connector, task)
        if len({mode_of(first), mode_of(task)} - {None}) > 1:
            also = ((first, "SynchronizationMode", "another here"),)
            message = f"one job prepares `{task.connector}` in two modes"
            yield Finding(task, message, "SynchronizationMode", "let both say the same", also)
    elif isinstance(task, SynchronizeTask) and task.connector in prepared:
        first = prepared[task.connector]
        also = ((first, "Type", "prepared here"),)
        if first.type is not task.type:
            message = f"`{task.connector}` is prepared as {first.type} and synchronised as {task.type}"
            yield Finding(task, message, "Type", "give both tasks one Type", also)
        if task.do_not_delete_changes and mode_of(first) not in (SynchronizationMode.Incremental, None):
            message = "DoNotDeleteChanges is for incremental synchronisation"
            yield Finding(task, message, "DoNotDeleteChanges", "remove it", also)


def _overrides(it: Subject) -> Iterator[TaskOverride]:
    for job in it.model.jobs.values():
        yield from (each for each in job.steps if isinstance(each, TaskOverride))


def _attributes(task: Task) -> set[str]:
    """What a task of this kind may carry, display names in every language included."""
    from compiler.model.node import attributes_of

    own = {each.name for each in attributes_of(type(task)) if not each.xml.family}
    return own | {f"DisplayName_L{number}" for number in range(1, 17)}


def _task_names(node: Node) -> Iterator[tuple[str, str]]:
    """The attributes of an item that name a task, with the names."""
    if isinstance(node, TaskDependsOnTask):
        yield "ParentTask", node.parent_task
    elif isinstance(node, AddTask):
        yield "Task", node.task
    elif isinstance(node, Step) and not isinstance(node.element, Generated):
        written = "Task" if "Task" in node.element.attributes else "Identifier"
        yield written, node.task or ""
    elif isinstance(node, TaskOverride):
        yield "Identifier", node.task


def _lists_nothing(task: Task) -> bool:
    kinds = ComputeRoleModelTask | UpdateClassificationTask
    wide = UpdateEntityPropertyExpressionsTask | ComputeCorrelationKeysTask
    if isinstance(task, wide) and task.all_entity_type:
        return False
    return isinstance(task, kinds | wide) and not task.entity_types and not task.connector
