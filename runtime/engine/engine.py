"""What the store and the stages ask of an engine: statements in, rows out, all or nothing inside a transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]

Failed = Callable[[str, int], None]
"""Told that a function failed on values: with what kind of error, on how many."""


def literal(text: str) -> str:
    """A text as a literal in SQL, for the places where a statement takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


class Engine(Protocol):
    """One open database. Statements are DuckDB SQL; an engine of another dialect translates them."""

    @property
    def version(self) -> str:
        """Name and version of the engine: `hash()` gives the same number only within one version."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; the number of rows it inserted, updated or deleted, 0 where that has no meaning."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Every row of a query."""

    def batches(self, sql: str, size: int) -> Iterator[list[Row]]:
        """The rows of a query in lists of at most `size`, on a cursor of their own."""

    def register(self, name: str, function: Callable[..., str | None], failed: Failed) -> None:
        """Let statements call a Python function over texts until the database is closed; nulls are passed as None.

        A value that it raises an exception for is null, and `failed` is told when the statement is done, or before.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All statements inside take effect together, or none does when an exception leaves the block."""

    def close(self) -> None:
        """Close the database; what was committed is on disk."""
