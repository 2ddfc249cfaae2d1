"""Two days of an export through prepare, beside DuckDB counting the file, GNU sort + comm, Polars and pandas.

Prints seconds, ratios (medians of pairs measured in turn), peak memory and growth. Each engine works in a process of
its own and must find the same changes; on a busy machine the ratios of processor time are those to trust.
`python -m benchmarks.prepare [MILLIONS ...] [--only-ours]`
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from benchmarks.people import COLUMNS, MAPPED, PLAN, PREPARE, SYNCHRONISE, TABLE, changes, write_day
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from runtime.engine.memory import bytes_of, engines_share
from runtime.store.store import Store
from runtime.synchronization.apply import synchronise
from runtime.synchronization.prepare import prepare
from runtime.synchronization.sessions import pending
from runtime.workspace import Workspace

MEMORY = bytes_of("512MB")
ROUNDS = 3


class Measured(NamedTuple):
    """How long it took (s), on the clock and on all processors; the process's peak memory (MB); the changes found."""

    seconds: float
    processors: float
    megabytes: float
    found: tuple[int, int, int] | None = None


def counted(folder: Path) -> Measured:
    """DuckDB reads the new file and counts it."""
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(COLUMNS))
    engine = DuckDB()
    query = f"SELECT count(*), max(c0) FROM read_csv('{folder}/1.csv', columns = {{{types}}}, auto_detect = false, "
    query += "header = true, delim = ',', quote = '\"', escape = '\"')"
    return _timed(lambda: engine.rows(query) and None)


def prepared(folder: Path) -> Measured:
    """The new file through prepare, against the state that the old one left. Libraries are loaded before."""
    import numpy as np

    assert np.__version__
    workspace = _exported(folder, 1)
    engine = DuckDB(memory_limit=engines_share(MEMORY), temporary=workspace.temp)

    def work() -> tuple[int, int, int]:
        done = prepare(
            PREPARE,
            workspace,
            Mode.INCREMENTAL,
            session="new",
            keep_csv=False,
            progress=lambda rows: None,
            engine=engine,
        )
        file = done.path(done.entity_types["Person"].changes)
        found = dict(DuckDB().rows(f"SELECT _command, count(*) FROM read_parquet('{file}') GROUP BY 1"))
        return found["insert"], found["update"], found["delete"]

    return _timed(work)


def loaded(folder: Path) -> Measured:
    """The changes into the store."""
    workspace = Workspace(folder / "workspace")
    store = _store(workspace)
    store.begin("new")
    return _timed(lambda: _synchronised(workspace, store, Mode.INCREMENTAL))


def first_load(folder: Path) -> Measured:
    """The old file through prepare into an empty store."""
    workspace = _exported(folder, 0)
    store = _store(workspace)
    store.lay_out(PLAN)
    store.begin("old")

    def work() -> None:
        engine = DuckDB(memory_limit=engines_share(MEMORY), temporary=workspace.temp)
        prepare(
            PREPARE, workspace, Mode.INITIAL, session="old", keep_csv=False, progress=lambda rows: None, engine=engine
        )
        _synchronised(workspace, store, Mode.INITIAL)

    return _timed(work)


def sorted_and_compared(folder: Path) -> Measured:
    """GNU sort and comm over the raw lines: what a shell would do, wrong where a cell holds a line break."""
    options = f"-S {MEMORY // 2} -T {folder} --parallel=2"
    command = f"export LC_ALL=C; for i in 0 1; do sort {options} $i.csv > $i.sorted; done; comm -3 ?.sorted | wc -l"
    return _timed(lambda: subprocess.run(["bash", "-c", command], cwd=folder, check=True, capture_output=True) and None)


def polars_compared(folder: Path) -> Measured:
    """Polars, in memory."""
    import polars as pl

    names = [f"c{index}" for index in range(MAPPED)]

    def day(number: int) -> pl.DataFrame:
        rows = pl.read_csv(folder / f"{number}.csv", columns=names, infer_schema=False)
        return rows.filter(pl.col("c0").is_not_null()).unique("c0", keep="first", maintain_order=True)

    def work() -> tuple[int, int, int]:
        both = day(0).join(day(1), on="c0", how="full", suffix="_new")
        same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_new")) for name in names[1:])
        gone, come = pl.col("c0_new").is_null(), pl.col("c0").is_null()
        return both.select(come.sum(), changed=(~gone & ~come & ~same).sum(), gone=gone.sum()).row(0)  # type: ignore[return-value]

    return _timed(work)


def pandas_compared(folder: Path) -> Measured:
    """pandas, in memory."""
    import pandas as pd

    names = [f"c{index}" for index in range(MAPPED)]

    def day(number: int) -> pd.DataFrame:
        rows = pd.read_csv(folder / f"{number}.csv", usecols=names, dtype=str)
        return rows[rows["c0"].notna()].drop_duplicates("c0")

    def work() -> tuple[int, int, int]:
        both = day(0).merge(day(1), on="c0", how="outer", suffixes=("", "_new"), indicator=True)
        differs = pd.Series(False, index=both.index)
        for name in names[1:]:
            old, new = both[name], both[f"{name}_new"]
            differs |= (old.fillna("") != new.fillna("")) | (old.isna() != new.isna())
        count = both["_merge"].value_counts()
        updated = int((differs & (both["_merge"] == "both")).sum())
        return int(count["right_only"]), updated, int(count["left_only"])

    return _timed(work)


def _timed(work: Callable[[], tuple[int, int, int] | None]) -> Measured:
    started, before = time.perf_counter(), _processors()
    found = work()
    seconds, processors = time.perf_counter() - started, _processors() - before
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Measured(seconds, processors, peak / 1024 * 1.048576, found)


def _processors() -> float:
    """Seconds that this process and its children have had a processor for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _exported(folder: Path, day: int) -> Workspace:
    workspace = Workspace(folder / "workspace")
    workspace.create()
    raw = workspace.export_output / f"{TABLE}.csv"
    raw.unlink(missing_ok=True)
    raw.hardlink_to(folder / f"{day}.csv")
    return workspace


def _store(workspace: Workspace) -> Store:
    return Store(DuckDB(workspace.store, memory_limit=engines_share(MEMORY), temporary=workspace.temp))


def _synchronised(workspace: Workspace, store: Store, mode: Mode) -> tuple[int, int, int]:
    (session,) = pending(workspace, "HR")
    done = synchronise(
        SYNCHRONISE, session, PLAN, store, mode=mode, force=False, max_absent=None, progress=lambda rows: None
    )
    store.engine.close()
    found = done.entity_types["Person"]
    return found.inserted, found.updated, found.deleted


def alone(work: Callable[[Path], Measured], folder: Path, truth: tuple[int, int, int]) -> Measured:
    """Measure in a process of its own. Whatever finds other changes than the generator made is no comparison."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        measured = process.submit(work, folder).result()
    if measured.found is not None and measured.found != truth:
        raise SystemExit(f"{work.__name__} found {measured.found}, not {truth}")
    return measured


def compare(folder: Path, millions: float, *, others: bool) -> float:
    """Measure one size, print it, and give the seconds of prepare."""
    people = int(millions * 1000) * 1000
    truth = changes(people)
    for day in (0, 1):
        write_day(folder / f"{day}.csv", people, day)
    print(f"\n{millions:g} million people, {(folder / '1.csv').stat().st_size / 1e6:.0f} MB, changed {truth}")
    first = alone(first_load, folder, (people, 0, 0))
    rounds = [(alone(counted, folder, truth), alone(prepared, folder, truth)) for _ in range(ROUNDS)]
    count, ours = (
        sorted(each, key=lambda measured: measured.seconds)[ROUNDS // 2] for each in zip(*rounds, strict=True)
    )
    ratio = statistics.median(mine.seconds / limit.seconds for limit, mine in rounds)
    busy = statistics.median(mine.processors / limit.processors for limit, mine in rounds)
    _say("DuckDB parses and counts the new file", count)
    _say("prepare + delta, --memory 512MB", ours, f"{ratio:.2f} x counting, {busy:.2f} x its processor time")
    _say("loading the delta into the store", loaded_delta := alone(loaded, folder, truth))
    print(f"{'':44} {loaded_delta.seconds / ours.seconds:8.2f} of prepare")
    _say("first load: prepare + store", first, f"{first.seconds / count.seconds:.2f} x counting")
    if others:
        _beside(folder, truth, ours)
    return ours.seconds


def _beside(folder: Path, truth: tuple[int, int, int], ours: Measured) -> None:
    engines = {"GNU sort + comm, raw lines": sorted_and_compared}
    engines |= {"Polars": polars_compared} if find_spec("polars") else {}
    engines |= {"pandas": pandas_compared} if find_spec("pandas") else {}
    for label, work in engines.items():
        other = alone(work, folder, truth)
        times, busy = other.seconds / ours.seconds, other.processors / ours.processors
        _say(label, other, f"prepare takes 1/{times:.1f} of it, 1/{busy:.1f} of its processor time")
    if len(engines) < 3:
        print("Polars and pandas are compared with when installed: pip install '.[bench]'")


def _say(label: str, measured: Measured, more: str = "") -> None:
    print(
        f"{label:42} {measured.seconds:7.2f} s {measured.processors:7.2f} s of processor "
        f"{measured.megabytes:6.0f} MB   {more}",
        flush=True,
    )


def main() -> None:
    sizes = [float(each) for each in sys.argv[1:] if not each.startswith("-")] or [1.0]
    took = []
    for millions in sizes:
        with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
            took.append(compare(Path(folder), millions, others="--only-ours" not in sys.argv))
    for before, after in zip(range(len(sizes)), range(1, len(sizes)), strict=False):
        growth = took[after] / took[before]
        print(f"{sizes[before]:g} to {sizes[after]:g} million: {growth:.2f} x the time of prepare + delta")


if __name__ == "__main__":
    main()
