"""What a threshold stopped, as a person meets it: `status`, `--accept`, `--discard`, `--force`, `history`."""

from pathlib import Path
from typing import Any

import pytest

from tests.runtime.cli.command import Done, accordant, content, harbor


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sample, loaded; then three people are missing from the personnel office's list, which is too many."""
    folder = tmp_path_factory.mktemp("port")
    conf, workspace = harbor(folder), folder / "workspace"
    assert accordant("apply", conf, "-w", workspace, "--yes", "--no-fulfil").code == 0
    persons = conf / "data" / "persons.csv"
    lines = persons.read_text(encoding="utf-8").splitlines(keepends=True)
    persons.write_text("".join(lines[:-3]), encoding="utf-8")
    return conf, workspace


def status(workspace: Path) -> dict[str, Any]:
    (found,) = accordant("status", "-w", workspace, "--json").of("status")
    return found


def stopped(port: tuple[Path, Path]) -> Done:
    conf, workspace = port
    done = accordant("apply", conf, "-w", workspace, "--yes")
    assert done.code == 3, done.err
    return done


def test_a_blocked_synchronisation_is_shown_dropped_and_accepted(port: tuple[Path, Path]) -> None:
    conf, workspace = port
    done = stopped(port)
    assert "more than MaxPercentageDeletedLines = 5 %" in done.out
    assert "`accordant status` shows what waits; if it is right: `accordant synchronise CONF --accept`" in done.out

    (blocked,) = status(workspace)["blocked"]
    assert (blocked["connector"], blocked["effect"]["entity_types"]["HR_Person"]["absent"]) == ("HR", 3)
    shown = accordant("status", "-w", workspace).out
    assert "HR_Person: 3 deleted, 3 of them absent" in shown
    assert f"accordant synchronise CONF --accept {blocked['session']} --connector HR" in shown
    assert "(HR/HR Connector.xml:8)" in shown, "where the limit is written"

    done = accordant("synchronise", conf, "-w", workspace, "--discard", "--reason", "the export broke")
    assert done.code == 0 and "the connector's next run compares everything" in done.err
    assert status(workspace)["blocked"] == []

    stopped(port)
    before = len(list((conf / "outbox").rglob("*.json")))
    done = accordant("synchronise", conf, "-w", workspace, "--accept", "--as", "Ann", "--reason", "they left", "--json")
    assert done.code == 0, done.out + done.err
    (report,) = done.of("report")
    assert {each["stage"] for each in report["steps"]} == {"synchronise", "compute", "evaluate"}
    assert len(list((conf / "outbox").rglob("*.json"))) == before, "nothing is sent"
    assert "orders are ready; `accordant fulfil` sends them" in done.err
    assert status(workspace)["blocked"] == []

    runs = accordant("history", "-w", workspace, "--json").of("run")
    said = [(each["what"], each["who"], each["reason"]) for run in runs[:2] for each in run["decisions"]]
    assert said[0] == ("accepted", "Ann", "they left")
    assert said[1][::2] == ("dropped", "the export broke")
    assert runs[0]["exit_code"] == 0 and "3 deleted of 48" in runs[0]["passed"]["synchronise HR"][0]
    shown = accordant("history", "-w", workspace).out
    assert "accepted (HR) by Ann" in shown and ": they left" in shown


def test_nothing_is_blocked(port: tuple[Path, Path], tmp_path: Path) -> None:
    conf, _ = port
    done = accordant("synchronise", conf, "-w", tmp_path / "other", "--accept")
    assert (done.code, "no session is blocked" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--accept", "--discard"), "stand alone"),
        (("--accept", "--mode", "complete"), "stand alone"),
        (("--discard", "--force", "--reason", "x"), "stand alone"),
        (("--accept", "--max-absent", "3"), "stand alone"),
        (("--force",), "say why with --reason TEXT"),
        (("--force", "--reason", "  "), "say why with --reason TEXT"),
    ],
)
def test_wrong_usage_changes_nothing(port: tuple[Path, Path], arguments: tuple[str, ...], said: str) -> None:
    conf, workspace = port
    before = content(workspace / "Work")
    done = accordant("synchronise", conf, "-w", workspace, *arguments)
    assert (done.code, said in done.err) == (2, True), done.err
    assert content(workspace / "Work") == before


def test_force_is_kept_with_who_and_why(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    refused = accordant("apply", conf, "-w", workspace, "--yes", "--force")
    assert refused.code == 2 and not (workspace / "store.duckdb").exists()
    forced = ("--mode", "complete", "--force", "--reason", "first load")
    done = accordant("apply", conf, "-w", workspace, "--yes", "--no-fulfil", *forced, ACCORDANT_USER="Bea")
    assert done.code == 0, done.out
    (run,) = accordant("history", "-w", workspace, "--json").of("run")
    (decided,) = run["decisions"]
    assert (decided["what"], decided["who"], decided["reason"]) == ("forced", "Bea", "first load")
    assert "48 inserted of 0" in run["passed"]["synchronise HR"][0]
