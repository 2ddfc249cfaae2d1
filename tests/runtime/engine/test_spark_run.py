"""The sample applied with each engine, twice: the same store, row for row, and the same orders."""

from pathlib import Path
from typing import Any

import pytest

from runtime.cli.group import accordant
from runtime.engine.engine import Engine
from runtime.engine.opening import choose, opened
from runtime.workspace import Workspace
from tests.runtime.cli.command import harbor

OF_ITS_OWN = {"run", "created", "answered", "moment", "digest"}
"""Columns that say when, in which run and by which engine: no two runs have the same."""

OF_SESSIONS = {("state", "session"), ("state", "run"), ("state", "hashed")}
"""Tables whose texts are names of sessions and runs, and of the engine."""

CONNECTORS = ("Badges", "Directory", "HR")
STAGES = (
    ("export",),
    ("prepare",),
    *(("synchronise", "--connector", name) for name in CONNECTORS),
    ("evaluate",),
    ("fulfil",),
)
"""One connector after the other, so that resources get their numbers in one order."""

Content = dict[str, list[tuple[Any, ...]]]


def content(engine: Engine) -> Content:
    """Every table of a store with its rows, in one order."""
    tables = engine.rows(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY ALL"
    )
    return {f"{schema}.{name}": rows(engine, schema, name) for schema, name in tables}


def rows(engine: Engine, schema: str, name: str) -> list[tuple[Any, ...]]:
    columns = [
        column
        for (column,) in engine.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ALL",
            [schema, name],
        )
        if column not in OF_ITS_OWN
    ]
    if (schema, name) in OF_SESSIONS:
        return engine.rows(f'SELECT count(*) FROM {schema}."{name}"')
    chosen = ", ".join(f'"{column}"' for column in columns)
    return sorted(engine.rows(f'SELECT {chosen} FROM {schema}."{name}"'), key=repr)


def applied(folder: Path, engine: str) -> tuple[list[Content], list[str]]:
    """What the store holds after each of two runs, and the orders that were sent."""
    conf, workspace = harbor(folder), Workspace(folder / "workspace")
    choose(workspace, engine, None)
    found = []
    for is_second in (False, True):
        if is_second:
            somebody_leaves_and_somebody_marries(conf)
        for stage in STAGES:
            assert accordant.main([*stage, str(conf), "-w", str(workspace.root)], standalone_mode=False) == 0
        store = opened(workspace)
        found.append(content(store))
        store.close()
    sent = sorted(path.read_text(encoding="utf-8") for path in conf.glob("outbox/*/*.json"))
    return found, sent


def somebody_leaves_and_somebody_marries(conf: Path) -> None:
    persons = conf / "data" / "persons.csv"
    lines = persons.read_text(encoding="utf-8").splitlines(keepends=True)
    header = lines[0].strip().split(";")
    cells = lines[3].rstrip("\n").split(";")
    cells[header.index("last name")] = "Ærø-Straße"
    persons.write_text("".join([*lines[:3], ";".join(cells) + "\n", *lines[4:-1]]), encoding="utf-8")


@pytest.mark.xdist_group("spark")
def test_the_sample_comes_to_the_same_on_both_engines(tmp_path: Path) -> None:
    (first, second), sent = applied(tmp_path / "duckdb", "duckdb")
    (first_on_spark, second_on_spark), sent_on_spark = applied(tmp_path / "spark", "spark")
    assert first_on_spark == first
    assert second_on_spark == second
    assert sum(map(len, first.values())) > 500
    assert second != first
    assert sent_on_spark == sent
    assert len(sent) > 9
