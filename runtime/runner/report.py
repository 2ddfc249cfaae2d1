"""What a run is asked to do, what it says while it works, and what it came to."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from runtime.contract import Mode
from runtime.synchronization.snapshots import Retention


class Stage(StrEnum):
    """The stages of a run, named as the plan's steps are tagged."""

    EXPORT = "export"
    PREPARE = "prepare"
    SYNCHRONISE = "synchronise"
    COMPUTE = "compute"
    EVALUATE = "evaluate"
    FULFIL = "fulfil"


class ExitCode:
    """The command line's contract (design.md)."""

    DONE = 0
    CONFIGURATION = 1
    USAGE = 2
    THRESHOLD = 3
    ORDERS_FAILED = 4
    BROKE_OFF = 5
    INTERRUPTED = 130


class Options(Struct, frozen=True, kw_only=True):
    """What to run and how.

    `mode` None is complete, and initial for a connector whose part of the store is empty. Empty `connectors` and
    `resource_types` are all of them. `force` passes thresholds, `forced` those of the steps that it names; `review`
    False sends orders that only wait because their resource type blocks provisioning; `retry_errors` sends errored
    orders again. `job` runs the steps of one job alone; `modes` says how single connectors are synchronised, where
    `mode` is None. `accepted` are the connectors whose blocked session may do what was shown of it; `who` and
    `reason` say at whose word limits are passed, and why. `retention` says how long snapshots and the store's history
    are kept. `memory` is how many bytes the run may take, 0 for half of what the machine has.
    """

    mode: Mode | None = None
    stages: frozenset[Stage] = frozenset(Stage)
    connectors: frozenset[str] = frozenset()
    resource_types: frozenset[str] = frozenset()
    force: bool = False
    forced: frozenset[str] = frozenset()
    review: bool = True
    retry_errors: bool = False
    max_absent: int | None = None
    keep_csv: bool = False
    memory: int = 0
    retention: Retention = Retention()
    job: str = ""
    modes: dict[str, Mode] = {}
    accepted: frozenset[str] = frozenset()
    who: str = ""
    reason: str = ""


class StepState(StrEnum):
    """How a step ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    BLOCKED = "blocked"


class StepReport(Struct, frozen=True, kw_only=True):
    """How one step ended: counts by name in the order they should be read, and what a person should know."""

    id: str
    stage: Stage
    subject: str
    state: StepState
    seconds: float = 0.0
    counts: dict[str, int] = {}
    messages: tuple[str, ...] = ()


class RunReport(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    id: str
    exit_code: int
    steps: tuple[StepReport, ...]
    orders: dict[str, int] = {}
    """Orders by what became of them in this run: created, awaiting approval, executed, errored, verified."""


class Observer(Protocol):
    """Somebody who watches a run; called from several threads, one call at a time."""

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None:
        """A step begins; `total` is how many units it has, where that is known."""

    def advanced(self, step: str, done: int) -> None:
        """`done` units of the step are finished (rows, orders)."""

    def finished(self, report: StepReport) -> None:
        """A step ended."""
