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
from runtime.engine.engine import Engine, literal
from runtime.synchronization.cells import define_conversions
from runtime.synchronization.cleaning import (
    COMMAND,
    Cleaned,
    RawTable,
    clean_entities,
    clean_link_commands,
    clean_links,
    reject_entities,
    reject_nothing,
    write_rejects,
)
from runtime.synchronization.delta import entity_changes, link_changes
from runtime.synchronization.raw import PrepareFailed, Sources, bad_cells, by_table, load, type_of
from runtime.synchronization.sessions import (
    Prepared,
    PreparedTable,
    digests,
    discard,
    now,
    pending,
    previous,
    previous_folder,
    save,
    session_folder,
)
from runtime.synchronization.source import Unreadable
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
    memory_limit: str = "",
) -> Prepared:
    """Clean a connector's raw files and, when incremental, work out what changed since the last accepted session.

    `progress` is given the number of records just read. Rejects go to the Collect folder, rewritten each time. A new
    complete session cancels those of the connector that wait. Raises `PrepareFailed`.
    """
    _check_names(step)
    name = file_name(step.connector)
    staged = _fresh(workspace.synchronization / f".{file_name(session)}.{name}.new")
    rejects = _fresh(workspace.collect / f".{name}.new")
    engine = DuckDB(memory_limit=memory_limit, temporary=workspace.temp)
    try:
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
        prepared = _compared(run, _cleaned(run, session))
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


def _cleaned(run: _Run, session: str) -> Prepared:
    """The session with every table clean, before anything is compared."""
    found: dict[str, PreparedTable] = {}
    notes: list[Note] = []
    for sources in by_table(run.step):
        found |= _clean_table(run, sources, notes)
    step = run.step
    return Prepared(
        session=session,
        connector=step.connector,
        mode=run.mode,
        folder=str(session_folder(run.workspace, session, step.connector)),
        previous=str(previous_folder(run.workspace, step.connector)),
        engine=run.engine.version,
        announced=now(),
        entity_types={each.entity_type: found[f"entity:{each.entity_type}"] for each in step.entity_types},
        associations={each.association: found[f"link:{each.association}"] for each in step.associations},
        digests=digests(step),
        notes=tuple(notes),
    )


def _clean_table(run: _Run, sources: Sources, notes: list[Note]) -> dict[str, PreparedTable]:
    """Load one raw file and clean every entity type and association that it feeds."""
    mode, exported = run.exported.get(sources.table.casefold(), ("", None))
    table = load(run.engine, run.step, sources, run.workspace.export_output, exported)
    bad = bad_cells(table, notes)
    commanded = table.has_command and run.mode is Mode.INCREMENTAL and mode in ("", Mode.INCREMENTAL)
    found: dict[str, PreparedTable] = {}
    for entity in sources.entity_types:
        name = file_name(entity.entity_type)
        cleaned = clean_entities(table, entity, run.staged / f"{name}.parquet", commanded=commanded)
        write_rejects(table, run.rejects, name)
        found[f"entity:{entity.entity_type}"] = _counted(name, table, cleaned, len(bad), commanded=commanded)
    for link in sources.associations:
        name = file_name(link.association)
        cleaned = _clean_link(run, table, sources, link, run.staged / f"{name}.parquet", commanded=commanded)
        write_rejects(table, run.rejects, name)
        found[f"link:{link.association}"] = _counted(name, table, cleaned, len(bad), commanded=commanded)
    run.progress(table.rows)
    return found


def _clean_link(
    run: _Run, table: RawTable, sources: Sources, link: LinkSource, to: Path, *, commanded: bool
) -> Cleaned:
    types = type_of(run.step, link.side1), type_of(run.step, link.side2)
    owned = None if link.own_file else _owner(sources, link)
    if commanded:
        return clean_link_commands(table, link, types, to, owner=owned[0] if owned else None)
    if owned:
        reject_entities(table, owned[1], commanded=False)  # a rejected row has no links either
    elif not link.own_file:
        reject_nothing(table)
    return clean_links(table, link, types, to, own=link.own_file)


def _owner(sources: Sources, link: LinkSource) -> tuple[int, EntitySource] | None:
    """The side whose objects are the rows of the table, with their source."""
    for side, end in ((1, link.side1), (2, link.side2)):
        for entity in sources.entity_types:
            if entity.entity_type == end.entity_type and any(
                (each.property, each.column) == (end.property, end.column) for each in entity.columns
            ):
                return side, entity
    return None


def _counted(name: str, table: RawTable, cleaned: Cleaned, errors: int, *, commanded: bool) -> PreparedTable:
    file = f"{name}.parquet"
    return PreparedTable(
        rows="" if commanded else file,
        changes=file if commanded else "",
        commanded=commanded,
        read=table.rows,
        kept=cleaned.kept,
        null_keys=cleaned.null_keys,
        duplicates=cleaned.duplicates,
        left_out=cleaned.left_out,
        errors=errors,
    )


def _compared(run: _Run, prepared: Prepared) -> Prepared:
    """The session with its changes against the previous one, or turned into a complete one that says why."""
    tables = {f"entity:{name}": each for name, each in prepared.entity_types.items()}
    tables |= {f"link:{name}": each for name, each in prepared.associations.items()}
    full = [key for key, each in tables.items() if not each.commanded]
    if run.mode is not Mode.INCREMENTAL or not full:
        return prepared
    before = previous(run.workspace, run.step.connector)
    why = _incomparable(before, prepared, full)
    if why or before is None:
        if len(full) < len(tables):
            raise PrepareFailed(
                f"connector {prepared.connector}: some of its files hold changes only, and {why}, so the others cannot "
                "be compared; export and synchronise it in complete mode"
            )
        return msgspec.structs.replace(prepared, mode=Mode.COMPLETE, escalated=why)
    return msgspec.structs.replace(
        prepared,
        base=before.session,
        entity_types={each.entity_type: _entity_delta(run, each, prepared, before) for each in run.step.entity_types},
        associations={each.association: _link_delta(run, each, prepared, before) for each in run.step.associations},
    )


def _incomparable(before: Prepared | None, prepared: Prepared, full: Iterable[str]) -> str:
    """Why rows cannot be compared with those before; empty when they can."""
    if before is None:
        return "there is no sound previous state"
    for key in full:
        kind, _, name = key.partition(":")
        tables = before.entity_types if kind == "entity" else before.associations
        if name not in tables or not tables[name].rows:
            return f"the previous state does not hold {name}"
        if before.digests.get(key) != prepared.digests[key]:
            return f"the mapping of {name} changed since the previous state"
    return ""


def _entity_delta(run: _Run, entity: EntitySource, prepared: Prepared, before: Prepared) -> PreparedTable:
    table = prepared.entity_types[entity.entity_type]
    if table.commanded:
        return table
    changes = f"{file_name(entity.entity_type)}.delta.parquet"
    old = before.path(before.entity_types[entity.entity_type].rows)
    rehash = before.engine != prepared.engine
    entity_changes(run.engine, entity, run.staged / table.rows, old, run.staged / changes, rehash=rehash)
    return msgspec.structs.replace(table, changes=changes)


def _link_delta(run: _Run, link: LinkSource, prepared: Prepared, before: Prepared) -> PreparedTable:
    table = prepared.associations[link.association]
    if table.commanded:
        return table
    changes = f"{file_name(link.association)}.delta.parquet"
    old = before.path(before.associations[link.association].rows)
    link_changes(run.engine, run.staged / table.rows, old, run.staged / changes)
    return msgspec.structs.replace(table, changes=changes)


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
        _write_csv(run, entity.entity_type, prepared.entity_types[entity.entity_type], names, quoted(entity.key))
    for link in run.step.associations:
        names = [f"{SIDE[side]} AS {quoted(f'Column{side}')}" for side in (1, 2)]
        _write_csv(run, link.association, prepared.associations[link.association], names, f"{SIDE[1]}, {SIDE[2]}")


def _write_csv(run: _Run, name: str, table: PreparedTable, names: list[str], order: str) -> None:
    for parquet, suffix in ((table.rows, "sorted.csv"), (table.changes, "sorted.delta")):
        if parquet:
            columns = ", ".join([f"{COMMAND} AS command", *names] if suffix == "sorted.delta" else names)
            query = f"SELECT {columns} FROM read_parquet({literal(str(run.staged / parquet))}) ORDER BY {order}"
            path = run.rejects / f"{file_name(name)}.{suffix}"
            run.engine.execute(f"COPY ({query}) TO ? (FORMAT csv, HEADER true)", [str(path)])


def _land_rejects(step: Prepare, rejects: Path) -> None:
    """Put this run's files into the Collect folder and take away those of the run before."""
    names = [each.entity_type for each in step.entity_types] + [each.association for each in step.associations]
    possible = {f"{file_name(name)}.{suffix}" for name in names for suffix in _SUFFIXES}
    land(rejects, possible - {path.name for path in rejects.iterdir()})


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder
