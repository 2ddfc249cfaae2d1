"""The jobs of a model and the steps of its plan go in; the jobs of the plan come out (provisioning.md §14).

A task is mapped to the steps that do its work. One that has none in this version is kept with the reason.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from compiler.bind.launch import Launch, grouped, launches, named_tasks
from compiler.model.jobs import Job as DeclaredJob
from compiler.model.model import Model
from compiler.model.tasks import (
    ComputeCorrelationKeysTask,
    ComputeRoleModelTask,
    ExportTask,
    FulfillTask,
    GenerateProvisioningOrdersTask,
    PrepareSynchronizationTask,
    PrepareSynchronizationType,
    SetRecentlyModifiedFlagTask,
    SynchronizationMode,
    SynchronizeTask,
    Task,
    UpdateClassificationTask,
    UpdateEntityPropertyExpressionsTask,
)
from compiler.plan.job import Job, JobTask
from compiler.plan.places import origin
from compiler.plan.steps import AnyStep, Compute, Evaluate, Export, Fulfil, Prepare, Roles, Synchronise

NO_COUNTERPART = "this version does not carry it out"
WITH_ORDERS = "done where orders are made"
HELD_BACK = "it holds orders back, which this version does not do"
HELD_BEFORE = "a task before it holds orders back, which this version does not do"
MISSING = frozenset({NO_COUNTERPART, HELD_BACK, HELD_BEFORE})
"""The reasons that leave work undone."""

ALREADY = "its steps are done earlier in this job"


class _Ground(Struct):
    """The steps of the plan, what the job already does, and whether one of its tasks holds orders back.

    `sent`: since the last rules were evaluated, orders were sent. What they change may give cause to others, so from
    there on properties may be computed and rules evaluated once more, as initialisation jobs do three times.
    """

    steps: tuple[AnyStep, ...]
    makes_orders: bool
    done: set[str] = field(default_factory=set)
    held: bool = False
    sent: bool = False

    def begin(self, task: Task) -> None:
        """What comes after orders were sent is done anew; a second task that sends may be about other types."""
        if isinstance(task, FulfillTask):
            self.sent = True
        elif self.sent:
            self.sent = False
            self.done = {step.id for step in self.steps if step.id in self.done and isinstance(step, _ONCE)}

    def undone(self, steps: Iterable[str], task: Task) -> tuple[str, ...]:
        """The steps that a task is the first to do."""
        return tuple(step for step in steps if isinstance(task, FulfillTask) or step not in self.done)


_ONCE = (Export, Prepare, Synchronise)
"""What a system gave is the same for the whole job."""


def jobs(model: Model, steps: tuple[AnyStep, ...]) -> Iterator[Job]:
    """Every job of the configuration, in document order."""
    named = named_tasks(model)
    for job in model.jobs.values():
        launched = list(launches(job, named))
        tasks = [each.task for each in launched]
        ground = _Ground(steps, any(isinstance(task, GenerateProvisioningOrdersTask) for task in tasks))
        yield Job(
            name=job.identifier,
            display_name=job.display_name.get(1, job.identifier),
            agent=job.agent or "",
            schedule=job.cron_tab_expression or "",
            time_zone=job.cron_time_zone.name if job.cron_tab_expression else "",
            by_hand=not job.user_start_denied,
            forced=tuple(dict.fromkeys(step for task in tasks for step in _forced(task, ground))),
            modes=dict(_modes(job, tasks)),
            groups=tuple(tuple(_job_task(each, ground) for each in group) for group in grouped(launched)),
            origin=origin(job),
        )


def _forced(task: Task, ground: _Ground) -> list[str]:
    """The steps that a task does past their thresholds: those of its connector, or of its resource types."""
    if isinstance(task, SynchronizeTask) and task.force_synchronization:
        return [each.id for each in ground.steps if isinstance(each, Synchronise) and each.connector == task.connector]
    if isinstance(task, GenerateProvisioningOrdersTask) and task.force_provisioning:
        return _evaluated(task, ground)
    return []


def _modes(job: DeclaredJob, tasks: Iterable[Task]) -> Iterator[tuple[str, str]]:
    """How each connector is synchronised: as its preparation says, else as the job is."""
    usual = SynchronizationMode.Incremental if job.is_incremental else SynchronizationMode.Complete
    for task in tasks:
        if isinstance(task, PrepareSynchronizationTask):
            implied = SynchronizationMode.Incremental if task.type is PrepareSynchronizationType.Changes else usual
            yield task.connector, (task.synchronization_mode or implied).name.lower()


def _job_task(each: Launch, ground: _Ground) -> JobTask:
    task = each.task
    ground.begin(task)
    steps, skipped = _steps(task, ground)
    new = ground.undone(steps, task)
    ground.done.update(new)
    return JobTask(
        task=task.identifier or task.element.name,
        kind=task.element.name,
        steps=new,
        resource_types=_listed(task) if isinstance(task, FulfillTask) else (),
        continues=bool(getattr(task, "continue_on_error", False)),
        skipped="" if new else ALREADY if steps else skipped,
        missing=not steps and skipped in MISSING,
    )


def _steps(task: Task, ground: _Ground) -> tuple[list[str], str]:
    """The steps that do a task's work, and what to say where there are none."""
    match task:
        case ExportTask():
            return _exports(task, ground), "no connection of it exports anything that is mapped"
        case PrepareSynchronizationTask() | SynchronizeTask():
            kind = Prepare if isinstance(task, PrepareSynchronizationTask) else Synchronise
            found = [step.id for step in ground.steps if isinstance(step, kind) and step.connector == task.connector]
            return found, f"connector {task.connector} loads nothing"
        case UpdateEntityPropertyExpressionsTask():
            return _computes(task, ground), "no property of these entity types is computed"
        case ComputeRoleModelTask() | GenerateProvisioningOrdersTask() | FulfillTask():
            return _provisioning(task, ground)
        case ComputeCorrelationKeysTask() | UpdateClassificationTask():
            return [], "done where rules are evaluated"
        case SetRecentlyModifiedFlagTask():
            return [], "not needed: what follows looks at everything"
    return [], NO_COUNTERPART


def _provisioning(
    task: ComputeRoleModelTask | GenerateProvisioningOrdersTask | FulfillTask, ground: _Ground
) -> tuple[list[str], str]:
    if isinstance(task, FulfillTask):
        return _fulfils(task, ground), "no connection fulfils these resource types"
    if isinstance(task, ComputeRoleModelTask):
        if task.block_provisioning or task.block_all_resource_type_provisioning or task.use_ldif:
            ground.held = True
            return [], HELD_BACK
        found = [] if ground.makes_orders else _with_roles(_evaluated_for(task, ground), ground)
        return found, WITH_ORDERS if ground.makes_orders else "these entity types own nothing"
    if ground.held:
        return [], HELD_BEFORE
    return _with_roles(_evaluated(task, ground), ground), "no resource type of it is evaluated"


def _exports(task: ExportTask, ground: _Ground) -> list[str]:
    return [
        step.id
        for step in ground.steps
        if isinstance(step, Export)
        and (step.connection == task.connection if task.connection else step.connector == task.connector)
    ]


def _computes(task: UpdateEntityPropertyExpressionsTask, ground: _Ground) -> list[str]:
    listed = {each.entity_type for each in task.entity_types}
    is_all = task.all_entity_type or not listed
    return [step.id for step in ground.steps if isinstance(step, Compute) and (is_all or step.entity_type in listed)]


def _evaluated_for(task: ComputeRoleModelTask, ground: _Ground) -> list[str]:
    owners = {each.entity_type for each in task.entity_types}
    return [
        step.id
        for step in ground.steps
        if isinstance(step, Evaluate)
        and (step.source in owners if owners else task.connector in (None, step.connector))
    ]


def _with_roles(evaluated: list[str], ground: _Ground) -> list[str]:
    """Evaluations, after the roles and contexts of their owners."""
    waited = {each for step in ground.steps if step.id in evaluated for each in step.after}
    return [*(step.id for step in ground.steps if isinstance(step, Roles) and step.id in waited), *evaluated]


def _evaluated(task: GenerateProvisioningOrdersTask, ground: _Ground) -> list[str]:
    listed = _listed(task)
    return [
        step.id
        for step in ground.steps
        if isinstance(step, Evaluate) and (step.resource_type in listed if listed else step.connector == task.connector)
    ]


def _fulfils(task: FulfillTask, ground: _Ground) -> list[str]:
    listed = set(_listed(task))
    return [
        step.id
        for step in ground.steps
        if isinstance(step, Fulfil)
        and (
            bool(listed & {each.resource_type for each in step.resource_types})
            if listed
            else step.connection == task.connection
            if task.connection
            else step.connector == task.connector
        )
    ]


def _listed(task: GenerateProvisioningOrdersTask | FulfillTask) -> tuple[str, ...]:
    return tuple(each.resource_type for each in task.resource_types)
