"""`accordant job`: the jobs of a configuration in, their tasks or the run of one of them out."""

import sys
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
from runtime.runner.jobs import forced_steps, job_named
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
    """Run one job of the deployed plan, in its own mode; what this version cannot do is skipped, and said.

    A job with UserStartDenied is started by a scheduler; at a terminal it needs --reason.
    """
    with workspace.lock():
        plan = deployed_plan(conf, workspace)
        job = _job(plan, name)
        _refuse_by_hand(job, selected["reason"])
        missing = _say_skipped(job)
        if strict and missing:
            raise click.UsageError(f"--strict: {missing} tasks of '{name}' cannot be carried out; nothing was run")
        chosen = replace(
            options_of(plan, stages=Stage, retention=retention_of(conf, workspace), **selected),
            job=name,
            modes={connector: Mode(mode) for connector, mode in job.modes.items()},
        )
        forced = forced_steps(plan, name)
        if forced and not chosen.force:
            chosen = replace(chosen, forced=forced, reason=f"job {name} says so")
        connect = connections_for(conf, workspace, plan, chosen)
        return show_report(watched_run(plan, workspace, connect, chosen), as_json=as_json)


def _refuse_by_hand(job: Job, reason: str) -> None:
    """End the command where a person starts a job that the configuration does not want people to start."""
    if not job.by_hand and not reason.strip() and sys.stdin.isatty():
        help = "a scheduler may, without a terminal; to start it all the same, say why with --reason TEXT"
        raise click.UsageError(f"'{job.name}' is not to be started by hand (UserStartDenied): {help}")


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
