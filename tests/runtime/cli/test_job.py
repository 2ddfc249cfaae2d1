"""`accordant job` on the sample: listed, run, skipped aloud."""

import os
import pty
import subprocess
from pathlib import Path

from tests.runtime.cli.command import ACCORDANT, accordant, harbor


def test_the_jobs_are_listed(tmp_path: Path) -> None:
    done = accordant("job", "list", harbor(tmp_path))
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["job", "LookAtCards", "Mornings", "Nightly"]
    assert "0 30 2 * * * (ServerTime)" in done.out


def test_tasks_are_listed_with_their_steps_or_the_reason(tmp_path: Path) -> None:
    done = accordant("job", "list", harbor(tmp_path), "--tasks")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "LookAtCards 3 Cards_Orders evaluate Badges_AccessCard" in lines
    assert "Nightly 14 Nightly_MaintainIndexes skipped: this version does not carry it out" in lines


def test_a_machine_reads_the_same(tmp_path: Path) -> None:
    done = accordant("job", "list", harbor(tmp_path), "--json")
    jobs = {line["name"]: line for line in done.of("job")}
    assert jobs["Mornings"]["modes"] == {"HR": "complete"}
    assert [len(group) for group in jobs["LookAtCards"]["groups"]] == [1, 1, 1, 1]


def test_a_job_runs_its_own_steps_alone_and_says_what_it_skips(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    assert accordant("apply", conf, "-w", workspace, "--yes").code == 0
    done = accordant("job", "run", "Mornings", conf, "-w", workspace, "--json")
    assert done.code == 0, done.err
    (report,) = done.of("report")
    assert {step["id"]: step["state"] for step in report["steps"]} == dict.fromkeys(
        [
            "export Persons",
            "export Organisations",
            "prepare HR",
            "synchronise HR",
            "compute HR_Person",
            "evaluate Badges_AccessCard",
            "evaluate Directory_Account",
        ],
        "done",
    )
    assert "skipped Mornings_ComputeRiskScores1: this version does not carry it out" in done.err


def test_a_job_is_stopped_by_thresholds_as_any_run_is(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    done = accordant("job", "run", "LookAtCards", conf, "-w", workspace)
    assert done.code == 3
    assert "34 inserted of 0, more than MaximumInsertedLines = 20" in done.out
    assert accordant("job", "run", "LookAtCards", conf, "-w", workspace, "--force", "--reason", "known").code == 0


def test_a_strict_run_wants_every_task(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    done = accordant("job", "run", "Mornings", conf, "-w", workspace, "--strict")
    assert done.code == 2
    assert "4 tasks of 'Mornings' cannot be carried out; nothing was run" in done.err
    forced = ("--strict", "--force", "--reason", "known")
    assert accordant("job", "run", "LookAtCards", conf, "-w", workspace, *forced).code == 0


def test_an_unknown_job_is_wrong_usage(tmp_path: Path) -> None:
    done = accordant("job", "run", "Nihgtly", harbor(tmp_path), "-w", tmp_path / "workspace")
    assert done.code == 2
    assert "did you mean `Nightly`?" in done.err


DENIED = (
    '<Job Identifier="Quiet" DisplayName_L1="Quiet" UserStartDenied="true"><ExportTask DisplayName_L1="e" {}/></Job>'
)


def test_a_job_that_people_must_not_start_is_for_schedulers(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    port = conf / "Port.xml"
    job = DENIED.format('Connector="HR"')
    port.write_text(port.read_text(encoding="utf-8").replace("</Config", f"{job}</Config"), encoding="utf-8")
    code, shown = at_a_terminal("job", "run", "Quiet", conf, "-w", workspace)
    assert code == 2
    assert "'Quiet' is not to be started by hand (UserStartDenied)" in shown
    code, shown = at_a_terminal("job", "run", "Quiet", conf, "-w", workspace, "--reason", "the scheduler is down")
    assert code == 0, shown
    assert accordant("job", "run", "Quiet", conf, "-w", workspace).code == 0


def at_a_terminal(*arguments: str | Path) -> tuple[int, str]:
    """The exit code of a command whose standard input is a terminal, and what it says."""
    leader, follower = pty.openpty()
    try:
        command = [str(ACCORDANT), *map(str, arguments)]
        done = subprocess.run(command, stdin=follower, capture_output=True, text=True, check=False, timeout=120)
    finally:
        os.close(leader)
        os.close(follower)
    return done.returncode, done.stdout + done.stderr
