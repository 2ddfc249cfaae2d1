"""A synchronisation killed at any instant and run again leaves the store that an unbroken run leaves, in every mode."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from compiler.plan import codec
from runtime.contract import Mode
from runtime.runner.report import ExitCode, Options, RunReport
from runtime.runner.runner import NothingToResume, resume, run
from tests.runtime.runner.town import STAGES, Row, Town, Unwatched, content, unreachable

PEOPLE, STREETS = 6_000, 40
SEED = int(os.environ.get("ACCORDANT_SEED", random.SystemRandom().randrange(2**32)))
KILLED = """
import sys
from pathlib import Path
import duckdb, numpy
from runtime.contract import Mode
from tests.runtime.runner.test_kill_and_rerun import launched
print("ready", flush=True)
sys.stdin.readline()
print(launched(Path(sys.argv[1]), Mode(sys.argv[2])).exit_code)
"""


class Kind(NamedTuple):
    """One way to synchronise: the mode, how often it is killed, and whether the source itself says what changed."""

    mode: Mode
    instants: int = 20
    commands: bool = False


KINDS = {
    "initial": Kind(Mode.INITIAL),
    "complete": Kind(Mode.COMPLETE),
    "incremental, compared": Kind(Mode.INCREMENTAL, 10),
    "incremental, told": Kind(Mode.INCREMENTAL, 10, commands=True),
}


def people(changed: bool) -> list[Row]:
    """Everybody, some without a street that is known; then a tenth is gone, a tenth new, a tenth renamed or moved."""
    rows: list[Row] = []
    for number in range(PEOPLE // 10, PEOPLE * 11 // 10) if changed else range(PEOPLE):
        is_other = changed and number % 10 == 3
        street = (number + is_other) % (STREETS + 5)
        rows.append((f"P{number:05}", f"Name {number}{' II' if is_other else ''}", f"m{number}", f"S{street}"))
    return rows


def streets(changed: bool) -> list[Row]:
    """Two are gone, two that people waited for have come, one is renamed."""
    codes = range(2, STREETS + 2) if changed else range(STREETS)
    return [(f"S{code}", "High Street" if changed and code == 7 else f"Street {code}") for code in codes]


def clubs(changed: bool) -> list[Row]:
    """Two clubs for every second person; some books name people who are not known."""
    step = 3 if changed else 2
    return [
        (f"m{number}", f"S{street}")
        for number in range(0, PEOPLE + 50, step)
        for street in (number % STREETS, (number * 7 + 1) % STREETS)
    ]


def told(before: list[Row], after: list[Row], keys: int) -> list[Row]:
    """The instructions that lead from one list to the other."""
    old, new = ({row[:keys]: row for row in rows} for rows in (before, after))
    gone = [(*old[key], "delete") for key in old if key not in new]
    return gone + [(*row, "update" if key in old else "insert") for key, row in new.items() if old.get(key) != row]


def first(town: Town) -> None:
    """The first state of the sources."""
    town.write(people(False), streets(False), clubs(False))


def second(town: Town, *, commands: bool) -> None:
    """The second state of the sources: all rows, or the instructions that lead there."""
    after = people(True), streets(True), clubs(True)
    before = people(False), streets(False), clubs(False)
    if commands:
        town.write(*(told(*each) for each in zip(before, after, (1, 1, 2), strict=True)), extra=("command",))
    else:
        town.write(*after)


def launched(folder: Path, mode: Mode | None, *, again: bool = False) -> RunReport:
    """A run; with `again` the one that broke off, if it began at all."""
    town = Town(folder)
    plan = codec.decode(town.plan.read_bytes())
    with town.workspace.lock():
        if again:
            try:
                return resume(plan, town.workspace, unreachable, Unwatched())
            except NothingToResume:
                pass
        return run(plan, town.workspace, unreachable, Options(mode=mode, stages=STAGES), Unwatched())


class Begun(NamedTuple):
    """A town before the run that is killed; what an unbroken run leaves, and how long it takes in seconds."""

    folder: Path
    after: dict[str, list[Row]]
    seconds: float


@pytest.fixture(scope="module")
def towns() -> dict[str, Begun]:
    """One for every kind, made when it is first asked for."""
    return {}


def begun(towns: dict[str, Begun], kind: str, folder: Path) -> Begun:
    """The town of a kind."""
    if kind not in towns:
        town = Town(folder / "before").make()
        first(town)
        if KINDS[kind].mode is not Mode.INITIAL:
            assert launched(town.folder, Mode.INITIAL).exit_code == ExitCode.DONE
            second(town, commands=KINDS[kind].commands)
        unbroken = Path(shutil.copytree(town.folder, folder / "unbroken"))
        _, seconds = lived(unbroken, KINDS[kind].mode, None)
        after = content(unbroken)
        assert len(after["Person"]) == PEOPLE and len(after["Lives"]) > PEOPLE // 2 and after["waiting"]
        towns[kind] = Begun(town.folder, after, seconds)
    return towns[kind]


def lived(folder: Path, mode: Mode, instant: float | None) -> tuple[bool, float]:
    """Launch a run in a process of its own and kill it at an instant after it is ready, or let it end by itself.

    Whether it was killed, and how many seconds it lived.
    """
    command = [sys.executable, "-c", KILLED, str(folder), mode.value]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdin
        assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        process.stdin.write("\n")
        process.stdin.flush()
        try:
            process.wait(instant)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode != 0, time.monotonic() - began


@pytest.mark.parametrize(("kind", "part"), [(name, part) for name in KINDS for part in range(KINDS[name].instants)])
def test_a_killed_synchronisation_is_run_again(
    kind: str, part: int, towns: dict[str, Begun], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    town = begun(towns, kind, tmp_path_factory.mktemp("town") if kind not in towns else tmp_path)
    share = (part + random.Random(f"{SEED}.{kind}.{part}").random()) / KINDS[kind].instants
    seconds = town.seconds
    for attempt in range(8):
        folder = Path(shutil.copytree(town.folder, tmp_path / str(attempt)))
        is_killed, lasted = lived(folder, KINDS[kind].mode, share * seconds)
        if is_killed:
            break
        seconds = 0.9 * min(seconds, lasted)  # the machine was faster this time
    else:
        pytest.fail("every run ended before it was killed")
    said = f"seed {SEED}, {kind}, killed after {lasted:.3f} s of {seconds:.3f}"
    report = rerun(folder, kind, is_resumed=part % 2 == 0)
    assert report.exit_code == ExitCode.DONE, (said, [step.messages for step in report.steps])
    found = content(folder)
    assert {name: len(rows) for name, rows in found.items()} == {name: len(rows) for name, rows in town.after.items()}
    assert found == town.after, said


def rerun(folder: Path, kind: str, *, is_resumed: bool) -> RunReport:
    """Every second run is resumed if it had not ended, the others are begun anew.

    A first load is begun anew in the mode that fits what the killed one left.
    """
    mode = KINDS[kind].mode
    return launched(folder, None if mode is Mode.INITIAL else mode, again=is_resumed)
