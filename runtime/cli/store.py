"""`accordant store`: an entity type, a moment or two in; what the store holds, held, and what changed between, out."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from runtime.cli import options
from runtime.cli.configuration import learn_secrets
from runtime.cli.running import opened_store
from runtime.cli.views import stored
from runtime.runner.deployment import recover
from runtime.runner.history import deployed
from runtime.runner.report import ExitCode
from runtime.store import differences, reading
from runtime.store.moments import Moment, NoSuchMoment, moment_of, moments
from runtime.store.past import NoSuchEntityType, Past
from runtime.store.store import Store
from runtime.synchronization.snapshots import snapshots, wrong_files
from runtime.workspace import Workspace

_SHOWN, _NAMES = 20, 20

_TIMES = (
    "a run (its id, or how it begins) or a time in ISO 8601: 2031-02-03 is the end of that day, 2031-02-03T09:30 is "
    "local time, 2031-02-03T09:30Z is UTC"
)


@click.group("store")
def command() -> None:
    """Show resources as they are or were, and what changed between two runs."""


@command.command("show", help=f"The resources of an entity type, now or as they were.\n\nAT is {_TIMES}.")
@click.argument("entity")
@click.option("--at", metavar="AT", help="As they were then.")
@click.option("--key", metavar="KEY", help="Only the one with this primary key, with all its properties and links.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"At most N (else {_SHOWN}; with --json, all).")
@options.together(options.workspace, options.as_json)
def show(entity: str, at: str | None, key: str | None, limit: int | None, workspace: Workspace, as_json: bool) -> int:
    """The resources of an entity type, now or as they were."""
    with _past(workspace) as past:
        shape = past.shape(entity)
        moment = moment_of(past.engine, at) if at else _now(past)
        total = reading.count(past, shape, moment.number, key)
        if key is not None and not total:
            raise click.UsageError(f"there is no {shape.entity_type} '{key}'{_then(moment) if at else ''}")
        most = limit if limit or as_json else _SHOWN
        names = None if as_json else _NAMES
        found = reading.read(past, shape, moment.number, key=key, limit=most, names=names)
        if as_json:
            stored.resource_lines(found)
        elif key is not None:
            stored.whole(found)
        else:
            stored.overview(list(found), shape, total, _then(moment) if at else "")
    return 0


@command.command("diff", help=f"What changed from one moment to another.\n\nFROM and TO are {_TIMES}.")
@click.argument("before", metavar="FROM")
@click.argument("after", metavar="TO")
@click.argument("entity", required=False)
@options.together(options.workspace, options.as_json)
def diff(before: str, after: str, entity: str | None, workspace: Workspace, as_json: bool) -> int:
    """What changed from one moment to another."""
    most = None if as_json else _SHOWN
    with _past(workspace) as past:
        one, two = (moment_of(past.engine, each).number for each in (before, after))
        shapes = [past.shape(each) for each in ([entity] if entity else past.entity_types())]
        links = [side.association for shape in shapes for side in shape.links] if entity else past.associations()
        changes = 0
        for shape in shapes:
            counts = differences.resource_counts(past, shape, one, two)
            changes += sum(counts.values())
            found = differences.resource_changes(past, shape, one, two, most) if counts else iter(())
            (stored.change_lines if as_json else stored.changes)(shape.entity_type, counts, found)
        for association in sorted(set(links)):
            counts = differences.link_counts(past, association, one, two)
            changes += sum(counts.values())
            linked = differences.link_changes(past, association, one, two, most) if counts else iter(())
            (stored.link_lines if as_json else stored.link_changes)(association, counts, linked)
        if not changes and not as_json:
            stored.nothing_changed()
    return 0


@command.command("history")
@click.argument("entity")
@click.argument("key")
@options.together(options.workspace, options.as_json)
def history(entity: str, key: str, workspace: Workspace, as_json: bool) -> int:
    """The versions of one resource, oldest first, each with what the run that made it changed."""
    with _past(workspace) as past:
        shape = past.shape(entity)
        versions = reading.versions(past, shape, key)
        if not versions:
            raise click.UsageError(f"there never was a {shape.entity_type} '{key}' in this store's history")
        runs = {each.number: each for each in moments(past.engine)}
        links = reading.link_versions(past, shape, key)
    (stored.history_lines if as_json else stored.history)(shape.entity_type, versions, links, runs)
    return 0


@command.command("snapshots")
@click.option("--verify", is_flag=True, help="Read every file and say which are missing or were changed.")
@options.together(options.workspace, options.as_json)
def snapshots_command(verify: bool, workspace: Workspace, as_json: bool) -> int:
    """The snapshots that are kept of what connectors gave, oldest first; exit code 5 when --verify finds fault."""
    if not workspace.snapshots.is_dir():
        raise click.UsageError(f"{workspace.root} holds no snapshots: nothing was applied there yet")
    with workspace.lock():
        found = snapshots(workspace)
        wrong = [wrong_files(workspace, each) if verify else None for each in found]
    (stored.snapshot_lines if as_json else stored.snapshots)(list(zip(found, wrong, strict=True)))
    return ExitCode.BROKE_OFF if any(wrong) else ExitCode.DONE


def _now(past: Past) -> Moment:
    """What is stored now, also in a store that no run has changed since its history is kept."""
    return (moments(past.engine) or [Moment(0, "", "")])[-1]


def _then(moment: Moment) -> str:
    return f" as run {moment.run} left it ({moment.moment})"


@contextmanager
def _past(workspace: Workspace) -> Iterator[Past]:
    """The store of a workspace, to be read; what cannot be found ends the command in words."""
    plan = deployed(workspace)
    if plan is None or not workspace.store.exists():
        raise click.UsageError(f"{workspace.root} holds no resources: nothing was applied there yet")
    learn_secrets(workspace.root, workspace)
    with workspace.lock():
        recover(workspace)
        with opened_store(workspace) as engine:
            Store(engine).lay_out(plan)  # a plan may be deployed that no run has reached yet
            try:
                yield Past(engine, plan)
            except (NoSuchEntityType, NoSuchMoment) as error:
                raise click.UsageError(str(error)) from None
