"""One synchronise step, a prepared session and the store in; the store changed in one transaction, and counts, out."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.steps import LinkSource, Prepare, Synchronise
from compiler.plan.tables import SIDE, link_table
from runtime.contract import Mode, Note
from runtime.store.changes import outdate_loaded
from runtime.store.limits import Exceeded, ThresholdExceeded
from runtime.store.store import Store
from runtime.synchronization.blocked import Blocked, Effect, block, compared, unblock
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
from runtime.synchronization.rows import all_rows, parquet
from runtime.synchronization.sessions import Prepared, PreparedTable, accept, damaged, digests, discard, older, settle
from runtime.synchronization.thresholds import limits_passed


class SynchroniseFailed(Exception):
    """The session does not fit the request or the store; nothing was changed. The message says what to do."""


class Synchronised(Struct, frozen=True, kw_only=True):
    """What changed in the store. `mode` is how it was done; `repeated`: the session had been applied before.

    `passed`: the limits that it passed with a person's word.
    """

    mode: Mode
    entity_types: dict[str, Changes]
    associations: dict[str, LinkChanges]
    notes: tuple[Note, ...] = ()
    passed: tuple[Exceeded, ...] = ()
    repeated: bool = False


class _Run(Struct, frozen=True, kw_only=True):
    """What all tables of one synchronisation share. `base` is the connector's last session in the store."""

    prepared: Prepared
    source: Prepare
    store: Store
    mode: Mode
    base: str

    @property
    def follows(self) -> bool:
        """Whether the store is where the changes were worked out from."""
        return self.prepared.base == self.base


def synchronise(
    step: Synchronise,
    prepared: Prepared,
    plan: Plan,
    store: Store,
    *,
    mode: Mode,
    force: bool,
    max_absent: int | None,
    accepted: Blocked | None = None,
    progress: Callable[[int], None],
) -> Synchronised:
    """Bring a connector's part of the store up to a session, all of it or nothing.

    Everything is staged and held against the limits first: `ThresholdExceeded` leaves store and previous state as
    they were, and the session blocked. `force` goes past all limits, `accepted` past them for exactly what it says;
    `max_absent` limits resources that go because their row is missing (in complete runs and file comparisons).
    `progress` is given numbers of changes written. Raises `SynchroniseFailed`.
    """
    applied = store.applied(step.connector)
    settle(prepared, applied)
    if store.was_applied(step.connector, prepared.session):
        discard(prepared)
        return Synchronised(mode=prepared.mode, entity_types={}, associations={}, repeated=True)
    source = next(each for each in plan.of(Prepare) if each.connector == step.connector)
    run = _Run(prepared=prepared, source=source, store=store, mode=_mode(prepared, mode), base=applied)
    _check_mappings(run)
    _check_files(run)
    _check_order(run)
    _check_initial(run, force=force)
    with store.engine.transaction():
        entities, links = _stage(run)
        effect = _effect(run, entities, links)
        passed = limits_passed(step, entities, links, max_absent) if run.mode is not Mode.INITIAL else []
        if passed and not force:
            _allow(run, effect, passed, accepted)
        _apply(run, plan, entities, links, progress)
        store.record(step.connector, prepared.session, run.mode)
    _settled(run)
    return Synchronised(
        mode=run.mode,
        entity_types=effect.entity_types,
        associations=effect.associations,
        notes=tuple(_notes(run, entities, links)),
        passed=tuple(passed),
    )


def _effect(run: _Run, entities: list[StagedEntity], links: list[StagedLinks]) -> Effect:
    return Effect(
        mode=run.mode,
        base=run.base,
        entity_types={each.source.entity_type: each.changes for each in entities},
        associations={each.source.association: each.changes for each in links},
    )


def _allow(run: _Run, effect: Effect, passed: list[Exceeded], accepted: Blocked | None) -> None:
    """Let what a person has seen and accepted pass the limits, and nothing else: it waits to be seen."""
    session = run.prepared.session
    if accepted and accepted.session == session and accepted.effect == effect:
        return
    block(run.prepared, effect, passed)
    changed = "what would change is not what was shown before, so it is not accepted: look again" if accepted else ""
    raise ThresholdExceeded(passed, changed)


def _settled(run: _Run) -> None:
    """The store has the session: those before it go, and its rows become the previous state."""
    for outdated in older(run.prepared):
        discard(outdated)
    unblock(run.prepared)
    if run.mode is Mode.COMPLETE:
        compared(run.prepared)
    accept(run.prepared)


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


def _check_mappings(run: _Run) -> None:
    """A session that was prepared under other mappings does not fit the store's layout."""
    if run.prepared.digests != digests(run.source):
        raise SynchroniseFailed(
            f"connector {run.prepared.connector}: session {run.prepared.session} was prepared under other mappings; "
            "prepare it again"
        )


def _check_files(run: _Run) -> None:
    """A file that is missing or was changed since it was prepared is not read at all."""
    tables = [run.prepared.entity_types[each.entity_type] for each in run.source.entity_types]
    files = [file for table in tables for file in _files(run, table)]
    for link in run.source.associations:
        table = run.prepared.associations[link.association]
        files += [*_files(run, table), *(() if table.commanded else (table.rows, table.patch))]
    wrong = damaged(run.prepared, filter(None, files))
    if wrong:
        raise SynchroniseFailed(
            f"connector {run.prepared.connector}: files of session {run.prepared.session} are missing or were changed "
            f"since it was prepared ({', '.join(wrong)}); export and synchronise in complete mode"
        )


def _files(run: _Run, table: PreparedTable) -> tuple[str, ...]:
    """The files that `_rows` reads."""
    return (table.changes,) if _takes_changes(run, table) else (table.rows, table.patch)


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
        everything = "" if table.commanded or run.mode is Mode.INITIAL else all_rows(run.prepared, table)
        return stage_link_commands(run.store, link, rows, ends, name, everything=everything)
    return stage_complete_links(run.store, link, rows, ends, name)


def _rows(run: _Run, table: PreparedTable, command: str) -> tuple[str, bool]:
    """SQL over a prepared file, and whether its rows are commands.

    Changes count only when they were worked out against what the store holds; otherwise all rows are compared.
    """
    if _takes_changes(run, table):
        return f"FROM {parquet(run.prepared.path(table.changes))}", True
    everything = all_rows(run.prepared, table)
    if run.mode is Mode.INITIAL:
        return f"SELECT {command} AS {COMMAND}, * FROM ({everything})", True
    return everything, False


def _takes_changes(run: _Run, table: PreparedTable) -> bool:
    return bool(run.mode is Mode.INCREMENTAL and table.changes and (table.commanded or run.follows))


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
    outdate_loaded(
        run.store.engine,
        plan,
        {each.source.entity_type for each in entities if each.changes != Changes()},
        {each.source.association for each in links if each.changes.inserted or each.changes.deleted},
    )
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
                gone = f"{SIDE[side]} IN ({deleted_ids(entity)})"
                store.close_links(association.name, gone)
                store.engine.execute(f"DELETE FROM {link_table(association.name)} WHERE {gone}")


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
