"""Jobs in a plan: groups, the steps of each task, and why a task has none."""

from compiler.plan.job import Job
from compiler.plan.steps import Prepare
from tests.compiler.bind.test_scaffold import TIDEPOOL
from tests.conftest import CompileText


def planned(compile_text: CompileText, tasks: str, attributes: str = "") -> Job:
    text = f'{TIDEPOOL}<Job Identifier="J" DisplayName_L1="J" {attributes}>{tasks}</Job>'
    done = compile_text(text)
    assert [found.message for found in done.findings if found.code.startswith("E")] == []
    assert done.plan is not None
    return next(job for job in done.plan.jobs if job.name == "J")


def rows(job: Job) -> list[list[str]]:
    return [[", ".join(task.steps) or task.skipped for task in group] for group in job.groups]


PREPARE = '<PrepareSynchronizationTask DisplayName_L1="p" Connector="Doors" SynchronizationMode="Complete" {} />'
ORDERS = '<GenerateProvisioningOrdersTask DisplayName_L1="o" Connector="Doors" {} />'
FULFIL = '<FulfillTask DisplayName_L1="f" Connector="Doors" />'
ROLES = (
    '<ComputeRoleModelTask DisplayName_L1="r" {}><TaskEntityType EntityType="Keepers_Keeper" /></ComputeRoleModelTask>'
)


def test_levels_group_and_what_has_none_stands_alone(compile_text: CompileText) -> None:
    tasks = (
        '<ExportTask DisplayName_L1="e" Connection="DoorTree" Level="1" />'
        '<ExportTask DisplayName_L1="e" Connector="Keepers" Level="1" />'
        + PREPARE.format('Level="0"')
        + '<SynchronizeTask DisplayName_L1="s" Connector="Doors" />'
        + ORDERS.format('Level="0"')
    )
    assert rows(planned(compile_text, tasks)) == [
        ["prepare Doors"],
        ["export DoorTree", "export KeeperList"],
        ["synchronise Doors"],
        ["evaluate Doors_KeeperPass"],
    ]


def test_tasks_without_a_counterpart_say_why(compile_text: CompileText) -> None:
    tasks = (
        '<SendNotificationsTask DisplayName_L1="n" /><SetRecentlyModifiedFlagTask DisplayName_L1="f" />'
        '<UpdateEntityPropertyExpressionsTask DisplayName_L1="c" AllEntityType="true" />'
        '<ComputeCorrelationKeysTask DisplayName_L1="k" AllEntityType="true" />'
    )
    job = planned(compile_text, tasks)
    assert [task.missing for group in job.groups for task in group] == [True, False, False, False]
    assert rows(job) == [
        ["this version does not carry it out"],
        ["not needed: what follows looks at everything"],
        ["no property of these entity types is computed"],
        ["done where rules are evaluated"],
    ]


def test_rules_are_evaluated_with_the_orders_or_alone(compile_text: CompileText) -> None:
    assert rows(planned(compile_text, ROLES.format(""))) == [["evaluate Doors_KeeperPass"]]
    assert rows(planned(compile_text, ROLES.format("") + ORDERS.format(""))) == [
        ["done where orders are made"],
        ["evaluate Doors_KeeperPass"],
    ]


def test_orders_that_should_be_held_back_are_not_made(compile_text: CompileText) -> None:
    job = planned(compile_text, ROLES.format('BlockProvisioning="true"') + ORDERS.format(""))
    (roles,), (orders,) = job.groups
    assert "holds orders back" in roles.skipped and "holds orders back" in orders.skipped
    assert roles.missing and orders.missing


def test_a_step_is_done_once(compile_text: CompileText) -> None:
    assert rows(planned(compile_text, PREPARE.format("") * 2))[1] == ["its steps are done earlier in this job"]


def test_an_override_runs_with_its_own_attributes(compile_text: CompileText) -> None:
    task = PREPARE.format('Identifier="P"')
    job = '<Job Identifier="J" DisplayName_L1="J"><PrepareSynchronizationTaskOverride Identifier="P" {}/></Job>'
    for attribute, mode in (("", "complete"), ('SynchronizationMode="2" ', "incremental")):
        done = compile_text(TIDEPOOL + task + job.format(attribute))
        assert done.plan is not None and done.plan.jobs[0].modes == {"Doors": mode}


def test_modes_come_from_the_preparation_else_from_the_job(compile_text: CompileText) -> None:
    changes = '<PrepareSynchronizationTask DisplayName_L1="p" Connector="Doors" Type="Changes" />'
    assert planned(compile_text, changes).modes == {"Doors": "incremental"}
    assert planned(compile_text, PREPARE.format("")).modes == {"Doors": "complete"}


def test_the_column_of_instructions_goes_with_the_preparation(compile_text: CompileText) -> None:
    changes = '<PrepareSynchronizationTask DisplayName_L1="p" Connector="Doors" Type="Changes" ColumnName="what" />'
    done = compile_text(f'{TIDEPOOL}<Job Identifier="J" DisplayName_L1="J">{changes}</Job>')
    assert done.plan is not None
    found = {step.connector: step.instructions for step in done.plan.of(Prepare)}
    assert (found["Doors"], found["Keepers"]) == ("what", "command")
    assert rows(next(job for job in done.plan.jobs if job.name == "J")) == [["prepare Doors"]]


def test_thresholds_are_passed_where_a_task_says_so_and_nowhere_else(compile_text: CompileText) -> None:
    forced = '<SynchronizeTask DisplayName_L1="s" Connector="Doors" ForceSynchronization="true" />'
    other = '<SynchronizeTask DisplayName_L1="s" Connector="Keepers" />'
    assert planned(compile_text, forced + other).forced == ("synchronise Doors",)
    assert planned(compile_text, forced + ORDERS.format("")).forced == ("synchronise Doors",)
    both = planned(compile_text, forced + ORDERS.format('ForceProvisioning="true"'))
    assert both.forced == ("synchronise Doors", "evaluate Doors_KeeperPass")
    assert planned(compile_text, '<SendNotificationsTask DisplayName_L1="n" />').forced == ()


def test_what_comes_after_orders_were_sent_is_done_anew(compile_text: CompileText) -> None:
    """An initialisation job evaluates and sends three times (language.md §5.4)."""
    block = ROLES.format("") + ORDERS.format("") + FULFIL
    made = ["evaluate Doors_KeeperPass"], ["fulfil DoorTree"]
    found = rows(planned(compile_text, PREPARE.format("") + block * 3 + PREPARE.format("")))
    assert [each for each in found if each != ["done where orders are made"]] == [
        ["prepare Doors"],
        *made * 3,
        ["its steps are done earlier in this job"],
    ]


def test_two_tasks_may_send_orders_of_one_connection(compile_text: CompileText) -> None:
    assert rows(planned(compile_text, FULFIL * 2)) == [["fulfil DoorTree"]] * 2


def test_schedule_agent_and_start_are_kept(compile_text: CompileText) -> None:
    attributes = 'Agent="Local" CronTabExpression="0 0 2 * * *" CronTimeZone="1" UserStartDenied="true"'
    job = planned(compile_text, "", attributes)
    kept = (job.agent, job.schedule, job.time_zone, job.by_hand, job.groups)
    assert kept == ("Local", "0 0 2 * * *", "ServerTime", False, ())


def test_the_order_of_tasks_is_part_of_the_item(compile_text: CompileText) -> None:
    one, other = '<SendNotificationsTask DisplayName_L1="a" />', '<RefreshSchemaTask DisplayName_L1="b" />'
    plans = [
        compile_text(f'<Job Identifier="J" DisplayName_L1="J">{tasks}</Job>').plan
        for tasks in (one + other, other + one)
    ]
    assert plans[0] is not None and plans[1] is not None
    first, second = ([item.content for item in plan.items if item.kind == "Job"] for plan in plans if plan)
    assert first != second
    assert plans[0].digest != plans[1].digest
