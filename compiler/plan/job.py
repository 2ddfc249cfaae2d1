"""A job as a plan holds it: its tasks in groups, each with the steps of the plan that do its work."""

from msgspec import Struct

from compiler.plan.steps import Origin


class JobTask(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One task of a job.

    `task` is its identifier, or its kind where it has none. `steps` are identifiers of the plan's steps; where there
    are none, `skipped` says why, and `missing` whether work is left undone. `resource_types` narrows steps that fulfil.
    After a task that `continues` the job goes on whatever became of it.
    """

    task: str
    kind: str
    steps: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    continues: bool = False
    skipped: str = ""
    missing: bool = False


class Job(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job: what `accordant job` lists and runs.

    The tasks of one group start together, groups one after the other. `modes` says how each connector is synchronised;
    `forced` are the steps that go past their thresholds. `by_hand` is false where the configuration does not want
    people to start it.
    """

    name: str
    display_name: str
    agent: str = ""
    schedule: str = ""
    time_zone: str = ""
    by_hand: bool = True
    forced: tuple[str, ...] = ()
    modes: dict[str, str] = {}
    groups: tuple[tuple[JobTask, ...], ...]
    origin: Origin
