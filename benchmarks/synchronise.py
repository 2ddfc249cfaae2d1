"""100,000 people (30 columns, 15 kept) through prepare and synchronise, beside what DuckDB alone needs for that CSV.

Prints seconds, ratios and peak memory. `python benchmarks/synchronise.py [people]`
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from compiler.plan.plan import EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.steps import EntitySource, Limits, Origin, Prepare, SourceColumn, Synchronise
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from runtime.export.csv import CsvFile
from runtime.store.store import Store
from runtime.synchronization.apply import Synchronised, synchronise
from runtime.synchronization.prepare import prepare
from runtime.workspace import Workspace

COLUMNS, KEPT = 30, 15
ORIGIN = Origin("benchmark", 1, 1)
SOURCE = EntitySource(
    entity_type="Person",
    table="HR_people",
    key="p0",
    limits=Limits(),
    origin=ORIGIN,
    columns=tuple(SourceColumn(f"p{index}", f"column {index}") for index in range(KEPT)),
)
PREPARE = Prepare(id="prepare HR", origin=ORIGIN, connector="HR", entity_types=(SOURCE,), associations=())
SYNCHRONISE = Synchronise(id="synchronise HR", origin=ORIGIN, connector="HR", limits=Limits(), link_limits=Limits())
LAYOUT = EntityTypeLayout(
    name="Person",
    connector="HR",
    key="p0",
    display="p1",
    properties=tuple(PropertyLayout(f"p{index}") for index in range(KEPT)),
)
PLAN = Plan(form=1, digest="", entity_types=(LAYOUT,), associations=(), steps=(PREPARE, SYNCHRONISE), items=())


def write_people(path: Path, count: int, changed: Callable[[int], bool]) -> None:
    """One row a person; two in a hundred have a line break in quotes."""
    with CsvFile(path, [f"column {index}" for index in range(COLUMNS)]) as file:
        for start in range(0, count, 10_000):
            file.write([_person(number, changed(number)) for number in range(start, min(start + 10_000, count))])


def _person(number: int, changed: bool) -> list[str | None]:
    text = f"two\nlines {number}" if number % 50 == 0 else f"text {number}"
    words = [f"{'new' if changed else 'value'} {column} {number * 7919 % 100_003}" for column in range(2, COLUMNS)]
    return [f"P{number:08d}", text, *words]


def timed(label: str, work: Callable[[], Synchronised | int | None]) -> float:
    """Run once and say how long it took."""
    started = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - started
    print(f"{label:60} {seconds:7.2f} s   {result.entity_types if isinstance(result, Synchronised) else result or ''}")
    return seconds


def run(workspace: Workspace, store: Store, session: str, mode: Mode) -> Synchronised:
    """Prepare and synchronise once."""
    prepared = prepare(PREPARE, workspace, mode, session=session, keep_csv=False, progress=lambda rows: None)
    return synchronise(
        SYNCHRONISE, prepared, PLAN, store, mode=mode, force=False, max_absent=None, progress=lambda rows: None
    )


def alone(paths: list[Path]) -> int:
    """The limit: DuckDB reads the CSV, and joins it with the one before where there is one."""
    engine = DuckDB()
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(COLUMNS))
    kept = ", ".join(f"c{index}" for index in range(KEPT))
    for number, path in enumerate(paths):
        engine.execute(
            f"CREATE TABLE t{number} AS SELECT {kept} FROM read_csv(?, columns = {{{columns}}}, auto_detect = false, "
            "header = true, quote = '\"', escape = '\"')",
            [str(path)],
        )
    differs = " OR ".join(f"a.c{index} IS DISTINCT FROM b.c{index}" for index in range(1, KEPT))
    query = f"SELECT count(*) FROM t0 a FULL JOIN t1 b ON a.c0 = b.c0 WHERE {differs}"
    found = int(engine.rows(query if len(paths) > 1 else "SELECT count(*) FROM t0")[0][0])
    engine.close()
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.create()
        raw, first = workspace.export_output / "HR_people.csv", Path(folder) / "first.csv"
        write_people(raw, count, lambda number: False)
        write_people(first, count, lambda number: False)
        print(f"{count} people, {raw.stat().st_size / 1e6:.0f} MB of CSV")
        store = Store(DuckDB(workspace.store))
        store.lay_out(PLAN)
        read = timed("DuckDB alone: read the CSV", lambda: alone([raw]))
        loaded = timed("both stages, empty store, initial", lambda: run(workspace, store, "1", Mode.INITIAL))
        same = timed("both stages, nothing changed, complete", lambda: run(workspace, store, "2", Mode.COMPLETE))
        write_people(raw, count, lambda number: number % 100 == 0)
        joined = timed("DuckDB alone: read both CSV, join", lambda: alone([first, raw]))
        again = timed("both stages, 1 % changed, complete", lambda: run(workspace, store, "3", Mode.COMPLETE))
        write_people(raw, count, lambda number: number % 100 == 1)
        delta = timed("both stages, 2 % changed, incremental", lambda: run(workspace, store, "4", Mode.INCREMENTAL))
        store.engine.close()
    print(
        f"initial / read {loaded / read:.1f}; unchanged / read {same / read:.1f}; changed / read and join "
        f"{again / joined:.1f}; incremental / read and join {delta / joined:.1f}; "
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    main()
