"""A workspace in, its store's engine, open, out. A store is of one engine: which, its name in the workspace says."""

from pathlib import Path

from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import Engine
from runtime.workspace import SPARK_STORE, Workspace, write_atomic

ENGINES = ("duckdb", "spark")

LOCAL = "local[2]"
"""Spark in a process of this machine."""

_MASTER = "master"


class AnotherEngine(Exception):
    """The workspace's store is of another engine; the message says which."""


def choose(workspace: Workspace, engine: str | None, master: str | None) -> None:
    """Make an engine that of the workspace, which has no store yet or one of this engine. None is as it is.

    `master` is where Spark runs, by its URL: kept with the store, and used until another is given. Raises
    `AnotherEngine`.
    """
    standing = engine_of(workspace) if workspace.store.exists() else None
    wanted = engine or standing or "duckdb"
    if standing is not None and wanted != standing:
        raise AnotherEngine(
            f"the store in {workspace.root} is one of {standing}; choose the engine for a new workspace"
        )
    if wanted == "duckdb":
        if master:
            raise AnotherEngine("a master is for the engine spark")
        return
    workspace.create()
    store = workspace.root / SPARK_STORE
    store.mkdir(mode=0o700, exist_ok=True)
    if master or not (store / _MASTER).exists():
        write_atomic(store / _MASTER, (master or LOCAL).encode())


def engine_of(workspace: Workspace) -> str:
    """The name of the workspace's engine."""
    return "spark" if workspace.store.name == SPARK_STORE else "duckdb"


def opened(workspace: Workspace, *, memory_limit: str = "") -> Engine:
    """The store, open; the caller holds the workspace's lock, or the only copy. `memory_limit` is DuckDB's."""
    if engine_of(workspace) == "duckdb":
        return DuckDB(workspace.store, memory_limit=memory_limit, temporary=workspace.temp)
    from runtime.engine.spark import Spark

    return Spark(workspace.store, master=_master(workspace.store), temporary=workspace.temp)


def _master(store: Path) -> str:
    path = store / _MASTER
    return path.read_text(encoding="utf-8").strip() if path.exists() else LOCAL
