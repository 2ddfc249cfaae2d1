"""What a run did goes in, line by line; what a killed run still has to do, and the history of runs, come out.

One file of JSON lines per run, `<run id>.jsonl`, only ever appended to. A record that later work relies on is on disk
before the call returns. A torn tail, as a kill or a power cut leaves it, is cut off; the records before it count.
"""

import os
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from runtime.contract import Result
from runtime.workspace import Workspace, sync_folder

RESUMABLE_EXITS = frozenset({3, 5, 130})
"""Runs that ended with these codes stopped before their end: at a threshold, at a broken system, interrupted."""


class JournalDamaged(Exception):
    """A journal is unreadable before its tail: somebody changed the file, or the disk lost a part of it."""


class Decision(StrEnum):
    """What a person may say to limits that are passed."""

    FORCED = "forced"
    ACCEPTED = "accepted"
    DROPPED = "dropped"


class Entry(Struct, frozen=True, kw_only=True, tag_field="record", omit_defaults=True):
    """What all records carry: the time in UTC, ISO 8601."""

    at: str = ""


class RunStarted(Entry, frozen=True, kw_only=True, tag="run started", omit_defaults=True):
    """A run begins: its id, the digest of its plan, its mode, the options that a resumed run needs again."""

    run: str
    digest: str
    mode: str
    options: dict[str, Any] = {}


class RunResumed(Entry, frozen=True, kw_only=True, tag="run resumed", omit_defaults=True):
    """A run that had stopped goes on."""


class Decided(Entry, frozen=True, kw_only=True, tag="decided", omit_defaults=True):
    """A person let the run go past its limits, or dropped what they stopped: who, and why.

    `connectors` and `session` are empty where the whole run was forced.
    """

    what: Decision
    who: str
    reason: str = ""
    session: str = ""
    connectors: tuple[str, ...] = ()


class StepStarted(Entry, frozen=True, kw_only=True, tag="step started", omit_defaults=True):
    """A step begins."""

    step: str


class StepDone(Entry, frozen=True, kw_only=True, tag="step done", omit_defaults=True):
    """A step is done; `output` is what later steps need of it."""

    step: str
    counts: dict[str, int] = {}
    output: dict[str, Any] = {}


class StepFailed(Entry, frozen=True, kw_only=True, tag="step failed", omit_defaults=True):
    """A step failed, with the words for a person."""

    step: str
    message: str
    counts: dict[str, int] = {}


class StepBlocked(Entry, frozen=True, kw_only=True, tag="step blocked", omit_defaults=True):
    """A threshold stopped a step before it changed anything."""

    step: str
    message: str
    counts: dict[str, int] = {}


class OrderResults(Entry, frozen=True, kw_only=True, tag="order results", omit_defaults=True):
    """What became of some orders of a fulfil step."""

    step: str
    results: tuple[Result, ...]


class RunFinished(Entry, frozen=True, kw_only=True, tag="run finished", omit_defaults=True):
    """The run ended with this exit code."""

    exit_code: int


StepRecord: TypeAlias = StepStarted | StepDone | StepFailed | StepBlocked
Record: TypeAlias = RunStarted | RunResumed | Decided | StepRecord | OrderResults | RunFinished

_encode = msgspec.json.Encoder().encode
_DECODER: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class StepState(StrEnum):
    """How far the journal says a step came."""

    NEW = "new"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"


_STATES: dict[type[StepRecord], StepState] = {
    StepStarted: StepState.STARTED,
    StepDone: StepState.DONE,
    StepFailed: StepState.FAILED,
    StepBlocked: StepState.BLOCKED,
}


class RunSummary(Struct, frozen=True, kw_only=True):
    """One run as its journal tells it. `exit_code` is None and `finished` empty for a run that was killed.

    `steps` counts steps by state, `counts` adds up what the done steps counted, `results` counts orders by outcome.
    `decisions` are what people said to limits, `passed` the limits that were passed at their word, by step.
    """

    run: str
    digest: str
    mode: str
    started: str
    finished: str
    exit_code: int | None
    steps: dict[str, int]
    counts: dict[str, int]
    results: dict[str, int]
    failures: dict[str, str]
    decisions: tuple[Decided, ...] = ()
    passed: dict[str, list[str]] = {}


class Journal:
    """The record of one run, open for appending. Safe to use from several threads; one process at a time."""

    def __init__(self, path: Path, descriptor: int, records: Sequence[Record]) -> None:
        """Use `start` or `resume`."""
        self.path = path
        self._descriptor = descriptor
        self._lock = Lock()
        first = records[0]
        assert isinstance(first, RunStarted)
        self.run = first
        self._steps: dict[str, StepRecord] = {}
        self._results: dict[str, dict[str, Result]] = {}
        for record in records:
            self._apply(record)

    @classmethod
    def start(cls, workspace: Workspace, *, digest: str, mode: str, options: dict[str, Any] | None = None) -> "Journal":
        """Begin the record of a new run; `options` are kept for a resumption and must hold no secrets."""
        record = RunStarted(at=_now(), run=_new_id(), digest=digest, mode=mode, options=options or {})
        workspace.journal.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = workspace.journal / f"{record.run}.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        journal = cls(path, descriptor, [record])
        journal._append(record, durable=True)
        sync_folder(workspace.journal)
        sync_folder(workspace.journal.parent)
        return journal

    @classmethod
    def resume(cls, path: Path) -> "Journal":
        """Go on with a run: what it recorded is known again, a torn tail is cut off.

        Raises `JournalDamaged` when records are lost, or not even the start of the run is there.
        """
        journal = cls.reopen(path)
        journal._append(RunResumed(at=_now()), durable=True)
        return journal

    @classmethod
    def reopen(cls, path: Path) -> "Journal":
        """Open the record of a run that does not go on by that, to add to it what was decided since."""
        records, length = _read(path)
        if not records:
            raise JournalDamaged(f"{path.name} holds no run")
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.ftruncate(descriptor, length)
        return cls(path, descriptor, records)

    def decided(self, decision: Decided) -> None:
        """Somebody let the run go past its limits, or dropped what they had stopped."""
        self._append(msgspec.structs.replace(decision, at=_now()), durable=True)

    def started(self, step: str) -> None:
        """A step begins. Not forced to disk: losing the line costs nothing."""
        self._append(StepStarted(at=_now(), step=step), durable=False)

    def done(self, step: str, output: dict[str, Any] | None = None, counts: dict[str, int] | None = None) -> None:
        """A step is done, durably; `output` is a JSON object that `output_of` gives back, also after a resumption."""
        self._append(StepDone(at=_now(), step=step, output=output or {}, counts=counts or {}), durable=True)

    def failed(self, step: str, message: str, counts: dict[str, int] | None = None) -> None:
        """A step failed; the caller has masked secrets in `message`."""
        self._append(StepFailed(at=_now(), step=step, message=message, counts=counts or {}), durable=True)

    def blocked(self, step: str, message: str, counts: dict[str, int] | None = None) -> None:
        """A threshold stopped a step."""
        self._append(StepBlocked(at=_now(), step=step, message=message, counts=counts or {}), durable=True)

    def results(self, step: str, results: Sequence[Result]) -> None:
        """What became of some orders, all of them on disk when the call returns: one line, one fsync."""
        if results:
            self._append(OrderResults(at=_now(), step=step, results=tuple(results)), durable=True)

    def finished(self, exit_code: int) -> None:
        """The run ended; the journal is closed."""
        self._append(RunFinished(at=_now(), exit_code=exit_code), durable=True)
        self.close()

    def state_of(self, step: str) -> StepState:
        """How far a step came, by its last record."""
        record = self._steps.get(step)
        return _STATES[type(record)] if record else StepState.NEW

    def output_of(self, step: str) -> dict[str, Any]:
        """What the step left for later ones, as given to `done`; raises KeyError when it is not done."""
        record = self._steps[step]
        if not isinstance(record, StepDone):
            raise KeyError(step)
        return record.output

    def results_of(self, step: str) -> dict[str, Result]:
        """The results recorded for a step, the last one of each order, by order id."""
        return dict(self._results.get(step, {}))

    def steps_with_results(self) -> tuple[str, ...]:
        """The steps whose orders have recorded results."""
        return tuple(self._results)

    def close(self) -> None:
        """Close the file; a run that has not finished can be resumed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _append(self, record: Record, *, durable: bool) -> None:
        line = _encode(record) + b"\n"
        with self._lock:
            self._write(line)
            if durable:
                os.fsync(self._descriptor)
            self._apply(record)

    def _write(self, line: bytes) -> None:
        """The whole line or, on a full disk, nothing of it: a later record must not be glued to a part."""
        length = os.fstat(self._descriptor).st_size
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            os.ftruncate(self._descriptor, length)
            raise

    def _apply(self, record: Record) -> None:
        if isinstance(record, StepRecord):
            self._steps[record.step] = record
        elif isinstance(record, OrderResults):
            self._results.setdefault(record.step, {}).update({each.order: each for each in record.results})


def last_unfinished(workspace: Workspace) -> Path | None:
    """The journal of the newest run if that run can be resumed: it was killed, or it stopped before its end.

    Older unfinished runs are never resumed: a newer run has moved the data that they worked on.
    """
    for path in _newest_first(workspace):
        records, _ = _read(path)
        if records:
            last = next((record for record in reversed(records) if isinstance(record, RunFinished | RunResumed)), None)
            ended = isinstance(last, RunFinished) and last.exit_code not in RESUMABLE_EXITS
            return None if ended else path
    return None


def history(workspace: Workspace) -> list[RunSummary]:
    """The runs of the workspace, newest first. Raises `JournalDamaged`."""
    read = (_read(path)[0] for path in _newest_first(workspace))
    return [_summary(records) for records in read if records]


def _summary(records: Sequence[Record]) -> RunSummary:
    started = records[0]
    assert isinstance(started, RunStarted)
    last = next(record for record in reversed(records) if not isinstance(record, Decided))
    ended = last if isinstance(last, RunFinished) else None
    steps = {record.step: record for record in records if isinstance(record, StepRecord)}
    orders = {
        each.order: each.outcome for record in records if isinstance(record, OrderResults) for each in record.results
    }
    return RunSummary(
        run=started.run,
        digest=started.digest,
        mode=started.mode,
        started=started.at,
        finished=ended.at if ended else "",
        exit_code=ended.exit_code if ended else None,
        steps=_added({_STATES[type(record)].value: 1} for record in steps.values()),
        counts=_added(record.counts for record in steps.values() if isinstance(record, StepDone)),
        results=_added({outcome.value: 1} for outcome in orders.values()),
        failures={
            step: record.message for step, record in steps.items() if isinstance(record, StepFailed | StepBlocked)
        },
        decisions=tuple(record for record in records if isinstance(record, Decided)),
        passed={
            step: record.output["passed"]
            for step, record in steps.items()
            if isinstance(record, StepDone) and "passed" in record.output
        },
    )


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _newest_first(workspace: Workspace) -> list[Path]:
    return sorted(workspace.journal.glob("*.jsonl"), key=lambda path: path.name, reverse=True)


def _read(path: Path) -> tuple[list[Record], int]:
    """The records of a journal and how many bytes they take; what follows them is a torn tail."""
    records: list[Record] = []
    data = path.read_bytes()
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        record = _decoded(data[at:end])
        if record is None or (not records and not isinstance(record, RunStarted)):
            break
        records.append(record)
        at = end + 1
    if any(_decoded(line) is not None for line in data[at:].split(b"\n")[:-1]):
        where = f"{path} is damaged in its line {len(records) + 1}"
        raise JournalDamaged(f"{where}; its run cannot be resumed: move the file away to go on without it")
    return records, at


def _decoded(line: bytes) -> Record | None:
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _new_id() -> str:
    """An id that sorts by the time the run began and is unique: `20310201T093000.123456Z-4f2a`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(2)}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
