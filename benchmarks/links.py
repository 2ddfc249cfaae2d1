"""Millions of links through prepare and synchronise, beside what DuckDB alone needs to read, look up and store them.

The first load, a complete run without changes, an incremental one with 1 % changed: seconds, ratios, peak memory.
`python -m benchmarks.links [MILLIONS]`
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.steps import EntitySource, Limits, LinkEnd, LinkSource, Origin, Prepare, SourceColumn, Synchronise
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import literal
from runtime.engine.memory import engines_share
from runtime.store.store import Store
from runtime.synchronization.apply import Synchronised, synchronise
from runtime.synchronization.prepare import prepare
from runtime.workspace import Workspace

EACH = 10
"""Memberships of one person."""

GROUPS = 5_000
_ORIGIN = Origin("benchmark", 1, 1)


def _entity(name: str, table: str) -> EntitySource:
    columns = (SourceColumn("Id", "id"), SourceColumn("Name", "name"))
    return EntitySource(entity_type=name, table=table, key="Id", limits=Limits(), origin=_ORIGIN, columns=columns)


PREPARE = Prepare(
    id="prepare HR",
    origin=_ORIGIN,
    connector="HR",
    entity_types=(_entity("Person", "people"), _entity("Group", "groups")),
    associations=(
        LinkSource(
            association="Member",
            table="members",
            own_file=True,
            limits=Limits(),
            origin=_ORIGIN,
            side1=LinkEnd("group", "Group", "Id", True),
            side2=LinkEnd("person", "Person", "Id", True),
        ),
    ),
)
SYNCHRONISE = Synchronise(id="synchronise HR", origin=_ORIGIN, connector="HR", limits=Limits(), link_limits=Limits())
PLAN = Plan(
    form=1,
    digest="",
    items=(),
    steps=(PREPARE, SYNCHRONISE),
    entity_types=tuple(
        EntityTypeLayout(
            name=name,
            connector="HR",
            key="Id",
            display="Name",
            properties=(PropertyLayout("Id"), PropertyLayout("Name")),
        )
        for name in ("Person", "Group")
    ),
    associations=(
        AssociationLayout(
            name="Member",
            connector="HR",
            entity_type1="Group",
            property1="Members",
            is_collection1=True,
            entity_type2="Person",
            property2="Groups",
            is_collection2=True,
        ),
    ),
)


def write_day(folder: Path, links: int, day: int) -> None:
    """People, groups and memberships; on day 1 every hundredth membership is another one."""
    people = links // EACH
    group = f"(i * 7919 + (i // {people}) * 31 + CASE WHEN {day} = 1 AND i % 100 = 3 THEN 1 ELSE 0 END) % {GROUPS}"
    person = "'P' || lpad(CAST(i AS VARCHAR), 9, '0')"
    tables = {
        "people": f"SELECT {person} AS id, 'Name ' || i AS name FROM range({people}) r(i)",
        "groups": f"SELECT 'G' || i AS id, 'Group ' || i AS name FROM range({GROUPS}) r(i)",
        "members": f"SELECT 'G' || {group} AS group, 'P' || lpad(CAST(i % {people} AS VARCHAR), 9, '0') AS person "
        f"FROM range({links}) r(i)",
    }
    engine = DuckDB()
    for name, query in tables.items():
        engine.execute(f"COPY ({query}) TO {literal(str(folder / f'{name}.csv'))} (FORMAT csv, HEADER true)")
    engine.close()


def alone(folder: Path) -> float:
    """The limit: DuckDB reads the files, numbers people and groups and stores the pairs of numbers."""
    engine, began = DuckDB(folder / "alone.duckdb"), time.perf_counter()
    for name in ("people", "groups"):
        file = literal(str(folder / f"{name}.csv"))
        engine.execute(f"CREATE TABLE {name} AS SELECT row_number() OVER () AS _id, id FROM read_csv({file})")
    file = literal(str(folder / "members.csv"))
    engine.execute(
        f"CREATE TABLE member AS SELECT g._id AS _1, p._id AS _2 FROM read_csv({file}) m "
        f"JOIN groups g ON m.group = g.id JOIN people p ON m.person = p.id"
    )
    engine.close()
    return time.perf_counter() - began


def run(workspace: Workspace, session: str, mode: Mode) -> tuple[float, float, Synchronised]:
    """Seconds of prepare, of both stages, and what changed."""
    engine = DuckDB(workspace.store, memory_limit=engines_share(0), temporary=workspace.temp)
    store = Store(engine)
    store.lay_out(PLAN)
    store.begin(session)
    began = time.perf_counter()
    ready = prepare(
        PREPARE, workspace, mode, session=session, keep_csv=False, progress=lambda rows: None, engine=engine.beside()
    )
    between = time.perf_counter()
    done = synchronise(
        SYNCHRONISE, ready, PLAN, store, mode=mode, force=False, max_absent=None, progress=lambda rows: None
    )
    engine.close()
    return between - began, time.perf_counter() - began, done


def main() -> None:
    links = int(float(sys.argv[1] if len(sys.argv) > 1 else 1) * 1_000_000)
    with tempfile.TemporaryDirectory(prefix="links-") as root:
        workspace = Workspace(Path(root))
        workspace.create()
        write_day(workspace.export_output, links, 0)
        limit = alone(workspace.export_output)
        print(f"{links} links, {(workspace.export_output / 'members.csv').stat().st_size / 1e6:.0f} MB of CSV")
        print(f"{'DuckDB alone: read, look up, store':40} {limit:7.2f} s")
        for session, mode in (("first", Mode.INITIAL), ("same", Mode.COMPLETE), ("changed", Mode.INCREMENTAL)):
            if session == "changed":
                write_day(workspace.export_output, links, 1)
            prepared, both, done = run(workspace, session, mode)
            found = done.associations["Member"]
            print(
                f"{f'{session}, {mode.value}: prepare + synchronise':40} {prepared:7.2f} + {both - prepared:.2f} s = "
                f"{both / limit:.2f} x alone; inserted {found.inserted}, deleted {found.deleted}, "
                f"unresolved {found.unresolved}",
                flush=True,
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
