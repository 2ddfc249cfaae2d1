"""100,000 people through prepare, synchronise and evaluate, beside what DuckDB needs to read and join their files.

People, their accounts and the accounts' groups come as CSV; 1 % of the people are new, 1 % have left, 2 % have changed.
Prints the seconds of each stage, the ratio and the peak memory. `python -m benchmarks.evaluate [people]`
"""

import csv
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from compiler.catalogue.catalogue import Catalogue
from compiler.pipeline import compile_sources
from compiler.plan.plan import Plan
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from runtime.registry import catalogue
from runtime.runner.report import Options, RunReport, Stage, StepReport
from runtime.runner.runner import run
from runtime.workspace import Workspace

GROUPS = 200

CONFIGURATION = Path(__file__).with_suffix(".xml").read_text(encoding="utf-8")


class Stopwatch:
    """Seconds by stage; what a run says to its observer."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None: ...

    def advanced(self, step: str, done: int) -> None: ...

    def finished(self, report: StepReport) -> None:
        self.seconds[report.stage] = self.seconds.get(report.stage, 0.0) + report.seconds
        if report.state != "done":
            self.failed += [f"{report.id}: {message}" for message in report.messages]


def write_files(folder: Path, count: int) -> list[Path]:
    """People, accounts, teams, memberships, as exports leave them."""
    people = [
        (f"{n:07}", f"Zoé{n % 977}", f"Quay{n}", f"C{n}@Port.Example", f"+44 20 {n:07}", f"T{n % GROUPS}")
        for n in range(count // 100, count + count // 100)
    ]
    accounts = [
        (
            f"c{n:07}",
            f"{n:07}",
            f"Zoe{n % 977} {'Old' if n % 50 == 0 else f'QUAY{n}'}",
            f"Quay{n}",
            f"c{n}@port.example",
            "+44 20",
        )
        for n in range(count)
    ]
    members = [(f"c{n:07}", f"T{n % GROUPS}") for n in range(count)]
    tables: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "Crew": ("badge,first,last,mail,phone,team", people),
        "Accounts": ("login,badge,cn,sn,mail,phone", accounts),
        "Teams": ("code", [(f"T{n}",) for n in range(GROUPS)]),
        "Members": ("login,code", members),
    }
    for name, (header, rows) in tables.items():
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            file.write(header + "\n")
            csv.writer(file, lineterminator="\n").writerows(rows)
    return [folder / f"{name}.csv" for name in tables]


def evaluated(plan: Plan, workspace: Workspace, mode: Mode) -> tuple[float, Stopwatch, RunReport]:
    """One run of everything between the files and the orders."""
    watch = Stopwatch()
    stages = frozenset({Stage.PREPARE, Stage.SYNCHRONISE, Stage.COMPUTE, Stage.EVALUATE})
    began = time.perf_counter()
    report = run(plan, workspace, lambda *_: None, Options(mode=mode, stages=stages, force=True), watch)
    seconds = time.perf_counter() - began
    assert not watch.failed, watch.failed
    return seconds, watch, report


def alone(paths: list[Path]) -> float:
    """The limit: DuckDB reads the same files and joins people, accounts and memberships."""
    began = time.perf_counter()
    engine = DuckDB()
    crew, accounts, teams, members = (f"read_csv('{path}', all_varchar = true)" for path in paths)
    engine.rows(f"""
        SELECT count(*), max(crew.last), max(a.cn), max(t.code) FROM {crew} AS crew FULL JOIN {accounts} AS a
          ON a.badge = crew.badge LEFT JOIN {members} AS m ON m.login = a.login LEFT JOIN {teams} AS t
          ON t.code = m.code""")
    engine.close()
    return time.perf_counter() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    known: Catalogue = catalogue()
    plan = compile_sources([("Port.xml", CONFIGURATION.encode())], known).plan
    assert plan is not None
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        workspace.create()
        paths = write_files(workspace.export_output, count)
        limit = min(alone(paths) for _ in range(3))
        print(f"{count} people, {count} accounts and memberships")
        print(f"{'DuckDB alone, read and join':34} {limit:6.2f} s")
        for label, mode in (("first load, initial mode", Mode.INITIAL), ("again, complete mode", Mode.COMPLETE)):
            seconds, watch, report = evaluated(plan, workspace, mode)
            stages = ", ".join(f"{stage} {spent:.2f}" for stage, spent in watch.seconds.items())
            print(f"{label:34} {seconds:6.2f} s = {seconds / limit:5.1f} x   ({stages})   orders {report.orders}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
