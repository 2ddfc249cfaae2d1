"""A town: a compiled configuration of one connector, raw files written into its workspace, and what its store holds."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from compiler.pipeline import compile_sources
from compiler.plan import codec
from runtime import registry
from runtime.engine.duckdb import DuckDB
from runtime.runner.report import Stage, StepReport
from runtime.workspace import Workspace

CONFIGURATION = Path(__file__).with_name("town.xml").read_bytes()
STAGES = frozenset({Stage.PREPARE, Stage.SYNCHRONISE, Stage.COMPUTE})
HEADS = {"People": ("number", "name", "mail", "street"), "Streets": ("code", "title"), "Clubs": ("mail", "street")}

Row = tuple[str, ...]


class Unwatched:
    """Nobody looks at the run."""

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None:
        pass

    def advanced(self, step: str, done: int) -> None:
        pass

    def finished(self, report: StepReport) -> None:
        pass


class Town:
    """A compiled configuration, and a workspace with raw files as the systems themselves drop them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.plan, self.workspace = folder, folder / "plan.json", Workspace(folder / "workspace")

    def make(self) -> "Town":
        """Compile the configuration; the workspace is empty."""
        compilation = compile_sources([("Town.xml", CONFIGURATION)], registry.catalogue())
        assert compilation.plan is not None, compilation.findings
        self.workspace.create()
        self.plan.write_bytes(codec.encode(compilation.plan))
        return self

    def write(self, *tables: Iterable[Row], extra: Row = ()) -> None:
        """The raw files: people, streets, clubs, with more columns behind their own."""
        for (name, head), rows in zip(HEADS.items(), tables, strict=True):
            path = self.workspace.export_output / f"{name}.csv"
            with open(path, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([(*head, *extra), *rows])


def unreachable(connection: str, package: str) -> Any:
    """Nothing here opens a connection."""
    raise AssertionError(connection)


def content(folder: Path) -> dict[str, list[Row]]:
    """What the store holds, by keys: resources, links, links that wait."""
    engine = DuckDB(folder / "workspace" / "store.duckdb")
    try:
        linked = (
            'SELECT p."Number", s."Code" FROM link."{}" l JOIN resource."Person" p ON l._1 = p._id '
            'JOIN resource."Street" s ON l._2 = s._id ORDER BY ALL'
        )
        return {
            "Person": engine.rows('SELECT "Number", "Name", "Mail", "Label" FROM resource."Person" ORDER BY ALL'),
            "Street": engine.rows('SELECT "Code", "Title" FROM resource."Street" ORDER BY ALL'),
            "Lives": engine.rows(linked.format("Lives")),
            "Joins": engine.rows(linked.format("Joins")),
            "waiting": engine.rows("SELECT association, _1, _2 FROM state.unresolved ORDER BY ALL"),
        }
    finally:
        engine.close()
