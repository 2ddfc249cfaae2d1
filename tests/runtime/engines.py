"""The engine that a test's store is made with: DuckDB, or Spark where the fixture `engine` says so."""

import os
from pathlib import Path

from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import Engine
from runtime.engine.spark import Spark

ENGINES = ("duckdb", "spark")

_current = "duckdb"

os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
"""Hundreds of short statements: what is compiled well pays off later than a test lasts."""


_opened: list[Spark] = []


def choose(name: str) -> None:
    """Make stores with this engine from now on."""
    global _current
    _current = name


def opened(path: Path | None = None) -> Engine:
    """A store in memory, or in a file or folder."""
    if _current == "duckdb":
        return DuckDB(path)
    _opened.append(Spark(path))
    return _opened[-1]


def close_all() -> None:
    """Close the stores on Spark that tests left open."""
    while _opened:
        _opened.pop().close()
