"""A plan and the name of one of its jobs go in; the steps of the job, in its order, come out."""

import re
from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from compiler.plan.job import Job, JobTask
from compiler.plan.plan import Plan
from compiler.plan.steps import AnyStep, Fulfil


def job_named(plan: Plan, name: str) -> Job | None:
    """The job of that name, None when the plan has no such job."""
    return next((job for job in plan.jobs if job.name == name), None)


def steps_of(plan: Plan, name: str) -> list[AnyStep]:
    """The steps of a job. Each waits for those of earlier groups, but not for tasks after which the job goes on.

    The order of the job wins over the plan's where they contradict each other. A step that the job does several times
    is there so often, each time under a name of its own.
    """
    job = job_named(plan, name)
    by_id = {step.id: step for step in plan.steps}
    times: Counter[str] = Counter()
    group_of: dict[str, int] = {}
    waited: list[str] = []
    found: list[AnyStep] = []
    for number, group in enumerate(job.groups if job else ()):
        chosen = [(task, _again(by_id[step], times)) for task in group for step in task.steps if step in by_id]
        group_of.update((step.id, number) for _, step in chosen)
        found += [_ordered(_narrowed(step, task), group_of, waited) for task, step in chosen]
        waited += [step.id for task, step in chosen if not task.continues]
    return found


def forced_steps(plan: Plan, name: str) -> frozenset[str]:
    """The steps of a job that go past their thresholds, each time that they are done."""
    job = job_named(plan, name)
    forced = set(job.forced if job else ())
    return frozenset(step.id for step in steps_of(plan, name) if _AGAIN.sub("", step.id) in forced)


_AGAIN = re.compile(r" \([0-9]+\. time\)$")


def _again(step: AnyStep, times: Counter[str]) -> AnyStep:
    times[step.id] += 1
    return step if times[step.id] == 1 else replace(step, id=f"{step.id} ({times[step.id]}. time)")


def _ordered(step: AnyStep, group_of: dict[str, int], waited: Iterable[str]) -> AnyStep:
    own = [each for each in step.after if each in group_of]  # those of later groups are not known yet
    return replace(step, after=tuple(dict.fromkeys((*own, *waited))))


def _narrowed(step: AnyStep, task: JobTask) -> AnyStep:
    """A step that fulfils, with the resource types that the task lists alone."""
    if not isinstance(step, Fulfil) or not task.resource_types:
        return step
    kept = tuple(each for each in step.resource_types if each.resource_type in task.resource_types)
    return replace(step, resource_types=kept)
