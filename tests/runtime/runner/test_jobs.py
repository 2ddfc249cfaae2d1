"""The steps of a job in the order of the job."""

from msgspec.structs import replace

from compiler.pipeline import compile_sources
from compiler.plan.job import Job, JobTask
from compiler.plan.plan import Plan
from compiler.plan.steps import Fulfil, Origin
from runtime.runner.jobs import forced_steps, job_named, steps_of
from tests.compiler.bind.test_scaffold import TIDEPOOL
from tests.conftest import CATALOGUE

HERE = Origin("conf.xml", 1, 1)


def plan_with(*groups: tuple[JobTask, ...]) -> Plan:
    text = f"<ConfigurationFile>{TIDEPOOL}</ConfigurationFile>".encode()
    plan = compile_sources([("conf.xml", text)], CATALOGUE).plan
    assert plan is not None
    return replace(plan, jobs=(Job(name="J", display_name="J", groups=groups, origin=HERE),))


def task(*steps: str, continues: bool = False, resource_types: tuple[str, ...] = ()) -> JobTask:
    return JobTask(task="t", kind="k", steps=steps, continues=continues, resource_types=resource_types)


def after(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {step.id: step.after for step in steps_of(plan, "J")}


def test_a_group_waits_for_all_before_it() -> None:
    plan = plan_with((task("export DoorTree"), task("export KeeperList")), (task("prepare Doors"),))
    assert after(plan) == {
        "export DoorTree": (),
        "export KeeperList": (),
        "prepare Doors": ("export DoorTree", "export KeeperList"),
    }


def test_what_may_fail_holds_up_only_what_needs_it() -> None:
    first = (task("export DoorTree", continues=True), task("export KeeperList", continues=True))
    plan = plan_with(first, (task("prepare Doors"), task("prepare Keepers")))
    assert after(plan)["prepare Doors"] == ("export DoorTree",)
    assert after(plan)["prepare Keepers"] == ("export KeeperList",)


def test_the_order_of_the_job_wins_over_that_of_the_plan() -> None:
    plan = plan_with((task("evaluate Doors_KeeperPass"),), (task("synchronise Doors"),), (task("prepare Doors"),))
    assert after(plan) == {
        "evaluate Doors_KeeperPass": (),
        "synchronise Doors": ("evaluate Doors_KeeperPass",),
        "prepare Doors": ("evaluate Doors_KeeperPass", "synchronise Doors"),
    }


def test_steps_of_one_group_keep_the_order_of_the_plan() -> None:
    plan = plan_with((task("synchronise Doors"), task("prepare Doors"), task("export DoorTree")))
    assert after(plan)["synchronise Doors"] == ("prepare Doors",)


def test_orders_are_sent_for_the_listed_resource_types_alone() -> None:
    (step,) = steps_of(plan_with((task("fulfil DoorTree", resource_types=("Doors_KeeperPass",)),)), "J")
    assert isinstance(step, Fulfil) and [each.resource_type for each in step.resource_types] == ["Doors_KeeperPass"]
    (step,) = steps_of(plan_with((task("fulfil DoorTree", resource_types=("Another",)),)), "J")
    assert isinstance(step, Fulfil) and step.resource_types == ()


def test_a_step_that_is_done_again_has_a_name_of_its_own() -> None:
    once = (task("evaluate Doors_KeeperPass"),), (task("fulfil DoorTree"),)
    plan = plan_with(*once, *once)
    assert after(plan) == {
        "evaluate Doors_KeeperPass": (),
        "fulfil DoorTree": ("evaluate Doors_KeeperPass",),
        "evaluate Doors_KeeperPass (2. time)": ("evaluate Doors_KeeperPass", "fulfil DoorTree"),
        "fulfil DoorTree (2. time)": (
            "evaluate Doors_KeeperPass",
            "fulfil DoorTree",
            "evaluate Doors_KeeperPass (2. time)",
        ),
    }


def test_a_forced_step_is_forced_each_time() -> None:
    plan = plan_with(
        (task("evaluate Doors_KeeperPass"),), (task("fulfil DoorTree"),), (task("evaluate Doors_KeeperPass"),)
    )
    forced = replace(plan, jobs=(replace(plan.jobs[0], forced=("evaluate Doors_KeeperPass",)),))
    assert forced_steps(forced, "J") == {"evaluate Doors_KeeperPass", "evaluate Doors_KeeperPass (2. time)"}
    assert forced_steps(plan, "J") == frozenset()


def test_an_unknown_job_has_no_steps() -> None:
    assert steps_of(plan_with(), "Other") == []
    assert job_named(plan_with(), "Other") is None
