"""One synchronise step, a prepared session and the store in; the store changed in one transaction, and counts, out."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.steps import LinkSource, Prepare, Synchronise
from compiler.plan.tables import SIDE, link_table
from runtime.contract import Mode, Note
from runtime.engine.engine import literal
from runtime.store.store import Store
from runtime.synchronization.cleaning import COMMAND
from runtime.synchronization.links import (
    Ends,
    LinkChanges,
    StagedLinks,
    delete_links,
    insert_links,
    stage_complete_links,
    stage_link_commands,
)
from runtime.synchronization.resources import (
    Changes,
    StagedEntity,
    delete_resources,
    deleted_ids,
    stage_commands,
    stage_complete,
    write_resources,
)
from runtime.synchronization.sessions import Prepared, PreparedTable, accept, discard, older, settle
from runtime.synchronization.thresholds import check_limits


class SynchroniseFailed(Exception):
    """The session does not fit the request or the store; nothing was changed. The message says what to do."""


class Synchronised(Struct, frozen=True, kw_only=True):
    """What changed in the store. `mode` is how it was done; `repeated`: the session had been applied before."""

    mode: Mode
    entity_types: dict[str, Changes]
    associations: dict[str, LinkChanges]
    notes: tuple[Note, ...] = ()
    repeated: bool = False


class _Run(Struct, frozen=True, kw_only=True):
    """What all tables of one synchronisation share. `follows`: the store is where the changes were worked out from."""

    prepared: Prepared
    source: Prepare
    store: Store
    mode: Mode
    follows: bool


def synchronise(
    step: Synchronise,
    prepared: Prepared,
    plan: Plan,
    store: Store,
    *,
    mode: Mode,
    force: bool,
    max_absent: int | None,
    progress: Callable[[int], None],
) -> Synchronised:
    """Bring a connector's part of the store up to a session, all of it or nothing.

    Everything is staged and held against the limits first: `ThresholdExceeded` leaves store and previous state as
    they were. `force` goes past all limits, `max_absent` limits resources that go because their row is missing (in
    complete runs and file comparisons). `progress` is given numbers of changes written. Raises `SynchroniseFailed`.
    """
    applied = store.applied(step.connector)
    settle(prepared, applied)
    if store.was_applied(step.connector, prepared.session):
        discard(prepared)
        return Synchronised(mode=prepared.mode, entity_types={}, associations={}, repeated=True)
    source = next(each for each in plan.of(Prepare) if each.connector == step.connector)
    run = _Run(
        prepared=prepared, source=source, store=store, mode=_mode(prepared, mode), follows=prepared.base == applied
    )
    _check_order(run)
    _check_initial(run, force=force)
    with store.engine.transaction():
        entities, links = _stage(run)
        if run.mode is not Mode.INITIAL and not force:
            check_limits(step, entities, links, max_absent)
        _apply(run, plan, entities, links, progress)
        store.record(step.connector, prepared.session, run.mode)
    for outdated in older(prepared):
        discard(outdated)
    accept(prepared)
    return Synchronised(
        mode=run.mode,
        entity_types={each.source.entity_type: each.changes for each in entities},
        associations={each.source.association: each.changes for each in links},
        notes=tuple(_notes(run, entities, links)),
    )


def _mode(prepared: Prepared, asked: Mode) -> Mode:
    """How to go about it: a session that became complete is applied as such; changes cannot pass for everything."""
    if asked is Mode.INCREMENTAL or asked is prepared.mode:
        return prepared.mode
    if prepared.is_commanded:
        raise SynchroniseFailed(
            f"connector {prepared.connector}: session {prepared.session} holds changes only and cannot be applied in "
            f"{asked} mode; export and prepare it in that mode"
        )
    return asked


def _check_order(run: _Run) -> None:
    """Changes that the source gave once must not be passed over, unless everything is compared."""
    lost = [each for each in older(run.prepared) if each.is_commanded]
    if run.mode is Mode.INCREMENTAL and lost:
        raise SynchroniseFailed(
            f"connector {run.prepared.connector}: the changes of session {lost[0].session} were prepared before and "
            "wait; synchronise them first, or export and synchronise in complete mode"
        )


def _check_initial(run: _Run, *, force: bool) -> None:
    names = [each.entity_type for each in run.source.entity_types]
    if run.mode is Mode.INITIAL and not force and not run.store.is_empty(names):
        raise SynchroniseFailed(
            f"connector {run.prepared.connector} has resources in the store already, so it cannot be loaded in initial "
            "mode; use complete mode, or force it to add rows without deleting any"
        )


def _stage(run: _Run) -> tuple[list[StagedEntity], list[StagedLinks]]:
    """Work out all changes into temporary tables; the store is not touched but for hashes that have to be made anew."""
    entities = []
    for index, entity in enumerate(run.source.entity_types):
        run.store.rehash(entity.entity_type, [each.property for each in entity.columns])
        table = run.prepared.entity_types[entity.entity_type]
        rows, commanded = _rows(run, table, "'merge'")
        if commanded:
            staged = stage_commands(run.store, entity, rows, f"change_{index}", explicit=table.commanded)
        else:
            staged = stage_complete(run.store, entity, rows, f"change_{index}")
        entities.append(staged)
    ends = Ends(run.store, {each.source.entity_type: each for each in entities}, {})
    return entities, [_stage_link(run, link, ends, str(index)) for index, link in enumerate(run.source.associations)]


def _stage_link(run: _Run, link: LinkSource, ends: Ends, name: str) -> StagedLinks:
    table = run.prepared.associations[link.association]
    rows, commanded = _rows(run, table, "'insert'")
    if commanded:
        return stage_link_commands(run.store, link, rows, ends, name, explicit=table.commanded)
    return stage_complete_links(run.store, link, rows, ends, name)


def _rows(run: _Run, table: PreparedTable, command: str) -> tuple[str, bool]:
    """SQL over a prepared file, and whether its rows are commands.

    Changes count only when they were worked out against what the store holds; otherwise all rows are compared.
    """
    if run.mode is Mode.INCREMENTAL and table.changes and (table.commanded or run.follows):
        return _parquet(run.prepared, table.changes), True
    everything = _parquet(run.prepared, table.rows)
    if run.mode is Mode.INITIAL:
        return f"SELECT {command} AS {COMMAND}, * FROM ({everything})", True
    return everything, False


def _parquet(prepared: Prepared, file: str) -> str:
    return f"FROM read_parquet({literal(str(prepared.path(file)))})"


def _apply(
    run: _Run,
    plan: Plan,
    entities: list[StagedEntity],
    links: list[StagedLinks],
    progress: Callable[[int], None],
) -> None:
    """Write what is staged: links and resources that go, resources that come or change, links that come."""
    for link in links:
        delete_links(run.store, link)
        progress(link.changes.deleted)
    for entity in entities:
        _delete_other_links(run.store, plan, entity)
        delete_resources(run.store, entity)
        write_resources(run.store, entity)
        progress(entity.changes.inserted + entity.changes.updated + entity.changes.deleted)
    for link in links:
        insert_links(run.store, link)
        progress(link.changes.inserted)
    _drop_staged(run.store)


def _drop_staged(store: Store) -> None:
    """Take away the temporary tables; a rollback does so by itself."""
    ours = "SELECT table_name FROM duckdb_tables() WHERE temporary AND regexp_full_match(table_name, ?)"
    for (table,) in store.engine.rows(ours, ["(change|end|link|want|told|gone)_[0-9]+"]):
        store.engine.execute(f"DROP TABLE temp.{table}")


def _delete_other_links(store: Store, plan: Plan, entity: StagedEntity) -> None:
    """A deleted resource takes the links with it that no mapping loads, such as computed ones."""
    if not entity.changes.deleted:
        return
    for association in plan.associations:
        for side, entity_type in ((1, association.entity_type1), (2, association.entity_type2)):
            if entity_type == entity.source.entity_type:
                table = link_table(association.name)
                store.engine.execute(f"DELETE FROM {table} WHERE {SIDE[side]} IN ({deleted_ids(entity)})")


def _notes(run: _Run, entities: list[StagedEntity], links: list[StagedLinks]) -> Iterator[Note]:
    """What a person should know though nothing failed."""
    if run.prepared.escalated:
        yield Note(f"synchronised in complete mode: {run.prepared.escalated}")
    elif run.mode is Mode.INCREMENTAL and run.prepared.base and not run.follows:
        yield Note("compared completely: the store is not where the last comparison left it")
    for entity in entities:
        if entity.changes.drifted:
            yield Note(
                f"{entity.source.entity_type}: the store had drifted; run a complete synchronisation",
                entity.changes.drifted,
            )
    for link in links:
        if link.changes.unresolved:
            yield Note(
                f"{link.source.association}: a link leads to a resource that is not known", link.changes.unresolved
            )
        if link.changes.conflicts:
            yield Note(
                f"{link.source.association}: a resource can have one link only, others were left out",
                link.changes.conflicts,
            )
