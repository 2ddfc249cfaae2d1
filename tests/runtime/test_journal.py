"""The journal under kills, cuts at every byte, a full disk and threads."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runtime.contract import Outcome, Result
from runtime.journal import Journal, JournalDamaged, StepState, history, last_unfinished
from runtime.workspace import Workspace

WRITER = """
import sys
from pathlib import Path
from runtime.contract import Outcome, Result
from runtime.journal import Journal
from runtime.workspace import Workspace

journal = Journal.start(Workspace(Path(sys.argv[1])), digest="d", mode="complete")
journal.done("export:Crew", {"files": ["Crew.csv"]})
journal.started("fulfil:Crew")
for batch in range(1_000_000):
    journal.results("fulfil:Crew", [
        Result(order=f"{batch}-{number}", outcome=Outcome.EXECUTED, message="é" * 50) for number in range(20)
    ])
    print(batch, flush=True)
"""

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from runtime.journal import Journal
from runtime.workspace import Workspace

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))
journal = Journal.start(Workspace(Path(sys.argv[1])), digest="d", mode="complete")
try:
    journal.failed("export", "x" * 4_000)
except OSError:
    journal.done("prepare")
    print("went on")
"""


def executed(order: str, message: str = "") -> Result:
    return Result(order=order, outcome=Outcome.EXECUTED, message=message)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    return workspace


def write_sample(workspace: Workspace) -> Path:
    """A short run with every kind of record."""
    journal = Journal.start(workspace, digest="abc", mode="complete", options={"force": True})
    journal.started("export")
    journal.done("export", {"session": "s-1", "rows": 3}, {"rows": 3})
    journal.started("synchronise")
    journal.blocked("synchronise", "101 deletions where 100 are allowed")
    journal.started("fulfil")
    journal.results("fulfil", [executed("o1"), executed("o2", "zwölf\n\u2028")])
    journal.results("fulfil", [Result(order="o3", outcome=Outcome.ERRORED, message="no such object")])
    journal.failed("fulfil", "the directory broke off")
    journal.finished(5)
    return journal.path


def test_a_resumed_run_knows_what_was_done(workspace: Workspace) -> None:
    journal = Journal.resume(write_sample(workspace))
    assert (journal.run.digest, journal.run.mode, journal.run.options) == ("abc", "complete", {"force": True})
    assert journal.state_of("export") is StepState.DONE
    assert journal.output_of("export") == {"session": "s-1", "rows": 3}
    assert journal.state_of("synchronise") is StepState.BLOCKED
    assert journal.state_of("fulfil") is StepState.FAILED
    assert journal.state_of("evaluate") is StepState.NEW
    assert {order: result.outcome.value for order, result in journal.results_of("fulfil").items()} == {
        "o1": "Executed",
        "o2": "Executed",
        "o3": "Errored",
    }
    assert journal.results_of("fulfil")["o2"].message == "zwölf\n\u2028"
    with pytest.raises(KeyError):
        journal.output_of("fulfil")
    journal.close()


def test_cut_at_every_byte_the_whole_lines_before_the_cut_count(workspace: Workspace) -> None:
    path = write_sample(workspace)
    data = path.read_bytes()
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        if whole == 0:
            assert last_unfinished(workspace) is None
            assert history(workspace) == []
            with pytest.raises(JournalDamaged):
                Journal.resume(path)
            continue
        journal = Journal.resume(path)
        journal.done("later", {"n": length})
        journal.close()
        lines = path.read_bytes().splitlines()
        assert lines[:whole] == data.splitlines()[:whole]
        assert len(lines) == whole + 2  # "run resumed" and "step done"
        again = Journal.resume(path)
        assert again.output_of("later") == {"n": length}
        assert len(again.results_of("fulfil")) == (0 if whole < 7 else 2 if whole == 7 else 3)
        again.close()


def test_rubbish_at_the_tail_is_cut_off_and_rubbish_before_it_is_damage(workspace: Workspace) -> None:
    path = write_sample(workspace)
    data = path.read_bytes()
    path.write_bytes(data + b"\0" * 512 + b"\n\xff\xfe\n")
    Journal.resume(path).close()
    assert path.read_bytes()[: len(data)] == data
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"\0" * 40 + b"\n", *lines[4:]]))
    with pytest.raises(JournalDamaged, match="line 4"):
        Journal.resume(path)


@pytest.mark.parametrize("batches", [1, 7, 40])
def test_a_kill_loses_no_acknowledged_result(workspace: Workspace, batches: int) -> None:
    command = [sys.executable, "-c", WRITER, str(workspace.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(batches)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().split("\n") if line]
        assert writer.wait(timeout=30) == -signal.SIGKILL
    path = last_unfinished(workspace)
    assert path is not None
    journal = Journal.resume(path)
    known = journal.results_of("fulfil:Crew")
    assert {f"{batch}-{number}" for batch in acknowledged for number in range(20)} <= known.keys()
    assert len(known) % 20 == 0
    assert journal.output_of("export:Crew") == {"files": ["Crew.csv"]}
    journal.finished(0)
    assert last_unfinished(workspace) is None
    assert history(workspace)[0].results == {"Executed": len(known)}


def test_on_a_full_disk_no_part_of_a_line_stays(workspace: Workspace) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(workspace.root)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "went on\n"
    path = last_unfinished(workspace)
    assert path is not None
    journal = Journal.resume(path)
    assert journal.state_of("prepare") is StepState.DONE
    assert journal.state_of("export") is StepState.NEW
    journal.close()


def test_only_the_newest_run_is_resumed(workspace: Workspace) -> None:
    assert last_unfinished(workspace) is None
    first = Journal.start(workspace, digest="a", mode="complete")
    first.close()
    assert last_unfinished(workspace) == first.path
    second = Journal.start(workspace, digest="b", mode="incremental")
    second.finished(4)
    assert last_unfinished(workspace) is None
    assert [(run.mode, run.exit_code) for run in history(workspace)] == [("incremental", 4), ("complete", None)]


@pytest.mark.parametrize(("exit_code", "resumable"), [(0, False), (3, True), (4, False), (5, True), (130, True)])
def test_runs_that_stopped_before_their_end_are_unfinished(
    workspace: Workspace, exit_code: int, resumable: bool
) -> None:
    journal = Journal.start(workspace, digest="a", mode="complete")
    journal.finished(exit_code)
    assert last_unfinished(workspace) == (journal.path if resumable else None)


def test_history_tells_counts_and_failures(workspace: Workspace) -> None:
    write_sample(workspace)
    (run,) = history(workspace)
    assert run.steps == {"done": 1, "blocked": 1, "failed": 1}
    assert run.counts == {"rows": 3}
    assert run.results == {"Executed": 2, "Errored": 1}
    assert run.failures == {
        "synchronise": "101 deletions where 100 are allowed",
        "fulfil": "the directory broke off",
    }
    assert run.started <= run.finished
    assert run.exit_code == 5


def test_several_threads_write_whole_lines(workspace: Workspace) -> None:
    journal = Journal.start(workspace, digest="a", mode="complete")

    def work(name: str) -> None:
        for number in range(50):
            journal.results("fulfil", [executed(f"{name}-{number}", "m" * number)])

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    again = Journal.resume(journal.path)
    assert len(again.results_of("fulfil")) == 200
    again.close()


def test_only_the_owner_may_read_it(workspace: Workspace) -> None:
    assert write_sample(workspace).stat().st_mode & 0o077 == 0
