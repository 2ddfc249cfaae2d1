"""`accordant job`: the jobs of a configuration in, their tasks or the run of one of them out."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from compiler.plan.job import Job
from compiler.plan.plan import Plan
from runtime.cli import options
from runtime.cli.configuration import connections_for, plan_of, retention_of
from runtime.cli.running import known_names, options_of, show_report, watched_run
from runtime.cli.stages import deployed_plan
from runtime.cli.views import human, machine
from runtime.cli.views.stream import tell
from runtime.contract import Mode
from runtime.runner.jobs import job_named
from runtime.runner.report import ExitCode, Stage
from runtime.workspace import Workspace


@click.group("job")
def command() -> None:
    """List the jobs of a configuration, run one of them."""


@command.command("list")
@options.conf
@click.option("--tasks", is_flag=True, help="Also every task: the steps that do it, or why it is skipped.")
@options.as_json
def list_command(conf: Path, tasks: bool, as_json: bool) -> int:
    """The jobs that the XML declares or scaffolds, with their schedules."""
    (machine if as_json else human).jobs(plan_of(conf).jobs, tasks=tasks)
    return ExitCode.DONE


@command.command("run")
@click.argument("name", metavar="NAME")
@options.conf
@options.workspace
@click.option("--strict", is_flag=True, help="Refuse a job with tasks that this version cannot carry out.")
@options.together(options.force, options.reason, options.who, options.no_review, options.memory, options.as_json)
def run_command(name: str, conf: Path, workspace: Workspace, strict: bool, as_json: bool, **selected: Any) -> int:
    """Run one job of the deployed plan, in its own mode; what this version cannot do is skipped, and said."""
    with workspace.lock():
        plan = deployed_plan(conf, workspace)
        job = _job(plan, name)
        missing = _say_skipped(job)
        if strict and missing:
            raise click.UsageError(f"--strict: {missing} tasks of '{name}' cannot be carried out; nothing was run")
        chosen = replace(
            options_of(plan, stages=Stage, retention=retention_of(conf, workspace), **selected),
            job=name,
            modes={connector: Mode(mode) for connector, mode in job.modes.items()},
        )
        if job.forced and not chosen.force:
            chosen = replace(chosen, force=True, reason=f"job {name} says so")
        connect = connections_for(conf, workspace, plan, chosen)
        return show_report(watched_run(plan, workspace, connect, chosen), as_json=as_json)


def _job(plan: Plan, name: str) -> Job:
    known_names("NAME", [name], [job.name for job in plan.jobs])
    job = job_named(plan, name)
    assert job is not None
    return job


def _say_skipped(job: Job) -> int:
    """Say which tasks are skipped, and why; the number of those whose work is left undone."""
    skipped = [task for group in job.groups for task in group if task.skipped]
    for task in skipped:
        tell(f"skipped {task.task}: {task.skipped}")
    return sum(task.missing for task in skipped)
