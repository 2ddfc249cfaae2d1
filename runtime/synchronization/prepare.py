"""One prepare step and the raw CSV of a connector in; a session of clean rows, and of changes when incremental, out."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from compiler.plan.steps import EntitySource, LinkSource, Prepare
from compiler.plan.tables import SIDE, quoted
from runtime.contract import Mode, Note
from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import Engine
from runtime.engine.memory import engines_share
from runtime.synchronization.cells import define_conversions
from runtime.synchronization.cleaning import Owner, clean_entity_commands, clean_link_commands, clean_links
from runtime.synchronization.delta import link_changes
from runtime.synchronization.entities import Entity, rejects_of, settle, suspect, wanted, without_key, write
from runtime.synchronization.guards import check_read
from runtime.synchronization.raw import PrepareFailed, RawFile, Sources, bad_cells, by_table, load, open_table, type_of
from runtime.synchronization.rejects import REJECT, counts, write_rejects
from runtime.synchronization.rows import all_rows, before, parquet
from runtime.synchronization.sessions import (
    Prepared,
    PreparedTable,
    digests,
    discard,
    mapping_key,
    now,
    pending,
    previous,
    previous_folder,
    save,
    session_folder,
    unsound,
)
from runtime.synchronization.source import Unreadable
from runtime.synchronization.stage import COMMAND, RawTable
from runtime.synchronization.transformations import define_changes
from runtime.workspace import ExportedTable, Workspace, export_manifests, file_name, land

_SUFFIXES = ("nullpk.csv", "duplicates.csv", "sorted.csv", "sorted.delta")


class _Run(Struct, frozen=True, kw_only=True):
    """What all tables of one preparation share."""

    step: Prepare
    workspace: Workspace
    mode: Mode
    engine: Engine
    staged: Path
    rejects: Path
    exported: dict[str, tuple[str, ExportedTable]]
    progress: Callable[[int], None]


def prepare(
    step: Prepare,
    workspace: Workspace,
    mode: Mode,
    *,
    session: str,
    keep_csv: bool,
    progress: Callable[[int], None],
    engine: Engine | None = None,
) -> Prepared:
    """Clean a connector's raw files and, when incremental, work out what changed since the last accepted session.

    `progress` is given the number of records just read. Rejects go to the Collect folder, rewritten each time. A new
    complete session cancels those of the connector that wait. `engine` is an empty database to work in, closed at the
    end; one of its own unless given. Raises `PrepareFailed`.
    """
    name = file_name(step.connector)
    staged = _fresh(workspace.synchronization / f".{file_name(session)}.{name}.new")
    rejects = _fresh(workspace.collect / f".{name}.new")
    engine = engine or DuckDB(memory_limit=engines_share(0), temporary=workspace.temp)
    try:
        _check_names(step)
        define_conversions(engine)
        define_changes(engine)
        run = _Run(
            step=step,
            workspace=workspace,
            mode=mode,
            engine=engine,
            staged=staged,
            rejects=rejects,
            exported=_exported(workspace),
            progress=progress,
        )
        prepared = _prepared(run, session)
        if keep_csv:
            _write_sorted(run, prepared)
        _land_rejects(step, rejects)
        if prepared.mode is not Mode.INCREMENTAL:
            for waiting in pending(workspace, step.connector):
                discard(waiting)
        return save(staged, prepared)
    except Unreadable as error:
        raise PrepareFailed(str(error)) from error
    finally:
        engine.close()
        shutil.rmtree(staged, ignore_errors=True)
        shutil.rmtree(rejects, ignore_errors=True)


def _prepared(run: _Run, session: str) -> Prepared:
    """The session, with the files of every table written."""
    step = run.step
    files = [
        open_table(step, each, run.workspace.export_output, run.exported.get(each.table.casefold()), run.mode)
        for each in by_table(step)
    ]
    base, escalated = _base(run, files)
    notes: list[Note] = []
    found: dict[str, PreparedTable] = {}
    for file in files:
        found |= _clean_table(run, file, base, notes)
    return Prepared(
        session=session,
        connector=step.connector,
        mode=Mode.COMPLETE if escalated else run.mode,
        folder=str(session_folder(run.workspace, session, step.connector)),
        previous=str(previous_folder(run.workspace, step.connector)),
        engine=run.engine.version,
        announced=now(),
        entity_types={each.entity_type: found[mapping_key(each)] for each in step.entity_types},
        associations={each.association: found[mapping_key(each)] for each in step.associations},
        digests=digests(step),
        base=base.session if base else "",
        escalated=escalated,
        notes=tuple(notes),
    )


def _base(run: _Run, files: list[RawFile]) -> tuple[Prepared | None, str]:
    """The session to compare with, if any, and why an incremental run has to be a complete one, empty when not."""
    full = [each for file in files if not file.commanded for each in file.sources.mappings]
    if run.mode is not Mode.INCREMENTAL or not full:
        return None, ""
    before = previous(run.workspace, run.step.connector)
    why = _incomparable(before, run.step, full)
    if before is None and (wrong := unsound(run.workspace, run.step.connector)):
        why = f"{why} ({wrong})"
    if why and any(file.commanded for file in files):
        raise PrepareFailed(
            f"connector {run.step.connector}: some of its files hold changes only, and {why}, so the others cannot "
            "be compared; export and synchronise it in complete mode"
        )
    return (None, why) if why else (before, "")


def _incomparable(before: Prepared | None, step: Prepare, full: Iterable[EntitySource | LinkSource]) -> str:
    """Why rows cannot be compared with those before; empty when they can."""
    if before is None:
        return "there is no sound previous state"
    new = digests(step)
    for each in full:
        name, held = _held(before, each)
        if held is None or not held.rows:
            return f"the previous state does not hold {name}"
        if before.digests.get(mapping_key(each)) != new[mapping_key(each)]:
            return f"the mapping of {name} changed since the previous state"
    return ""


def _held(prepared: Prepared, mapping: EntitySource | LinkSource) -> tuple[str, PreparedTable | None]:
    """A mapping's name and its table in a session."""
    if isinstance(mapping, EntitySource):
        return mapping.entity_type, prepared.entity_types.get(mapping.entity_type)
    return mapping.association, prepared.associations.get(mapping.association)


def _clean_table(run: _Run, file: RawFile, base: Prepared | None, notes: list[Note]) -> dict[str, PreparedTable]:
    """Load one raw file and write every entity type and association that it feeds."""
    table = load(run.engine, run.step, file)
    errors = len(bad_cells(table, notes))
    found = _entity_commands(run, table) if file.commanded else _entities(run, table, base)
    for link in file.sources.associations:
        found[mapping_key(link)] = _link(run, file, table, link, base)
    run.progress(table.rows)
    found = {
        key: msgspec.structs.replace(each, commanded=file.commanded, read=table.rows, errors=errors)
        for key, each in found.items()
    }
    own = [each for each in file.sources.mappings if isinstance(each, EntitySource) or each.own_file]
    check_read(file.source.path, file.stamp, (found[mapping_key(each)] for each in own))
    return found


def _entities(run: _Run, table: RawTable, base: Prepared | None) -> dict[str, PreparedTable]:
    """The entity types of a full extract: all that has to be read again is read at once."""
    entities = [
        Entity(table, source, index, before(base, source, run.engine.version) if base else None)
        for index, source in enumerate(table.entities)
    ]
    for each in entities:
        suspect(each)
    if entities:
        again = " UNION ALL ".join(wanted(each) for each in entities)
        table.locate(" UNION ALL ".join([again, *(without_key(each) for each in entities)]))
        table.fetch(again, run.staged / ".records.csv")
    found = {}
    for each in entities:
        settle(each)
        name = file_name(each.source.entity_type)
        found[mapping_key(each.source)] = _rejected(
            run, table, rejects_of(each.index), name, write(each, run.staged, name)
        )
    return found


def _entity_commands(run: _Run, table: RawTable) -> dict[str, PreparedTable]:
    found = {}
    for index, source in enumerate(table.entities):
        name, reject = file_name(source.entity_type), rejects_of(index)
        file = f"{name}.parquet"
        kept = clean_entity_commands(table, source, reject, run.staged / file)
        found[mapping_key(source)] = _rejected(run, table, reject, name, PreparedTable(changes=file, kept=kept))
    return found


def _link(run: _Run, file: RawFile, table: RawTable, link: LinkSource, base: Prepared | None) -> PreparedTable:
    name = file_name(link.association)
    parquet = run.staged / f"{name}.parquet"
    types = type_of(run.step, link.side1), type_of(run.step, link.side2)
    owner = _owner(table, file.sources, link)
    if file.commanded:
        kept = clean_link_commands(table, link, types, parquet, owner=owner)
        written = PreparedTable(changes=parquet.name, kept=kept)
    else:
        kept = clean_links(table, link, types, parquet, owner=owner)
        written = PreparedTable(rows=parquet.name, kept=kept)
    if base and not file.commanded:
        changes = run.staged / f"{name}.delta.parquet"
        link_changes(run.engine, parquet, base.path(base.associations[link.association].rows), changes)
        written = msgspec.structs.replace(written, changes=changes.name)
    return _rejected(run, table, REJECT, name, written)


def _rejected(run: _Run, table: RawTable, reject: str, name: str, written: PreparedTable) -> PreparedTable:
    """Write the rejected records, and count them."""
    write_rejects(table, reject, run.rejects, name)
    counted = counts(run.engine, reject)
    return msgspec.structs.replace(
        written, null_keys=counted.null_keys, duplicates=counted.duplicates, left_out=counted.left_out
    )


def _owner(table: RawTable, sources: Sources, link: LinkSource) -> Owner | None:
    """Whose objects are the rows of the table; None for a file of links alone."""
    for side, end in ((1, link.side1), (2, link.side2)):
        for index, entity in enumerate(() if link.own_file else sources.entity_types):
            if entity.entity_type == end.entity_type and any(
                (each.property, each.column) == (end.property, end.column) for each in entity.columns
            ):
                return Owner(side, table.key(entity), rejects_of(index))
    return None


def _check_names(step: Prepare) -> None:
    """Two mappings must not write the same files."""
    seen: set[str] = set()
    for name in [each.entity_type for each in step.entity_types] + [each.association for each in step.associations]:
        if name.casefold() in seen:
            raise PrepareFailed(f"connector {step.connector}: two mappings are named {name}; rename one of them")
        seen.add(name.casefold())


def _exported(workspace: Workspace) -> dict[str, tuple[str, ExportedTable]]:
    """What the exports said of the tables they wrote, by folded name: the mode and the table."""
    return {
        name.casefold(): (manifest.mode, table)
        for manifest in export_manifests(workspace)
        for name, table in manifest.tables.items()
    }


def _write_sorted(run: _Run, prepared: Prepared) -> None:
    """The documented CSV files, for people: nothing reads them back."""
    for entity in run.step.entity_types:
        names = [quoted(each.property) for each in entity.columns]
        _write_csv(
            run, entity.entity_type, prepared.entity_types[entity.entity_type], prepared, names, quoted(entity.key)
        )
    for link in run.step.associations:
        names = [f"{SIDE[side]} AS {quoted(f'Column{side}')}" for side in (1, 2)]
        _write_csv(
            run, link.association, prepared.associations[link.association], prepared, names, f"{SIDE[1]}, {SIDE[2]}"
        )


def _write_csv(run: _Run, name: str, table: PreparedTable, prepared: Prepared, names: list[str], order: str) -> None:
    staged = msgspec.structs.replace(prepared, folder=str(run.staged))
    rows = all_rows(staged, table) if table.rows else ""
    changes = f"FROM {parquet(staged.path(table.changes))}" if table.changes else ""
    for query, suffix, first in ((rows, "sorted.csv", []), (changes, "sorted.delta", [f"{COMMAND} AS command"])):
        if query:
            path = run.rejects / f"{file_name(name)}.{suffix}"
            sorted_rows = f"SELECT {', '.join([*first, *names])} FROM ({query}) ORDER BY {order}"
            run.engine.execute(f"COPY ({sorted_rows}) TO ? (FORMAT csv, HEADER true)", [str(path)])


def _land_rejects(step: Prepare, rejects: Path) -> None:
    """Put this run's files into the Collect folder and take away those of the run before."""
    names = [each.entity_type for each in step.entity_types] + [each.association for each in step.associations]
    possible = {f"{file_name(name)}.{suffix}" for name in names for suffix in _SUFFIXES}
    land(rejects, possible - {path.name for path in rejects.iterdir()})


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
