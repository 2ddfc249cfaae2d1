"""The steps of a run as they go, on standard error: bars with a rate on a terminal, nothing anywhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runtime.cli.views.stream import clean
from runtime.runner.report import Observer, Stage, StepReport

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Silent:
    """Watches and says nothing."""

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None:
        """A step begins."""

    def advanced(self, step: str, done: int) -> None:
        """Units of a step are finished."""

    def finished(self, report: StepReport) -> None:
        """A step ended."""


class Bars:
    """One bar per running step; a finished step's bar goes, the report will tell of it."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None:
        """Add a bar; one without a known total only pulses."""
        self._began[step] = time.monotonic()
        self._tasks[step] = self._progress.add_task(clean(f"{stage} {subject}"), total=total, rate="")

    def advanced(self, step: str, done: int) -> None:
        """Move the bar on; the rate is the average since the step began."""
        seconds = max(time.monotonic() - self._began[step], 0.001)
        self._progress.update(self._tasks[step], completed=done, rate=f"{done / seconds:,.0f}/s")

    def finished(self, report: StepReport) -> None:
        """Take the bar away; a step may end that never began."""
        if report.id in self._tasks:
            self._progress.remove_task(self._tasks.pop(report.id))


@contextmanager
def observer() -> Iterator[Observer]:
    """Somebody who watches a run, as long as the block lasts."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress)
