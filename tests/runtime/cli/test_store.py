"""`accordant store` as a person uses it, over the sample."""

from pathlib import Path

import pytest

from tests.runtime.cli.command import accordant, harbor


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs over the sample: a title changes, one leaves, one comes."""
    root = tmp_path_factory.mktemp("store")
    conf, workspace = harbor(root), root / "workspace"
    workspace.mkdir()
    (workspace / "appsettings.agent.json").write_text('{"Accordant": {"KeptSessions": 1}}', encoding="utf-8")
    assert accordant("apply", conf, "-w", workspace, "--yes", "--no-fulfil").code == 0
    persons = conf / "data" / "persons.csv"
    lines = persons.read_text(encoding="utf-8").splitlines()
    kept = [line.replace("Deputy Harbour Master", "Vice") for line in lines if not line.startswith("1004;")]
    kept.append("1999;Nora;New;HMO;Clerk;1001;active;2026-09-02;nora@saltmere.example")
    persons.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert accordant("apply", conf, "-w", workspace, "--yes", "--no-fulfil").code == 0
    return workspace


@pytest.fixture(scope="module")
def runs(workspace: Path) -> tuple[str, str]:
    """The ids of both runs, the first one first."""
    second, first = (line["run"] for line in accordant("history", "-w", workspace, "--json").lines())
    return first, second


def test_what_is_stored_now(workspace: Path) -> None:
    table = accordant("store", "show", "HR_Person", "-w", workspace, "--limit", "2").out
    head, titles, first, second, more = table.splitlines()
    assert head == "40 resources of HR_Person"
    assert titles.split()[:2] == ["EmployeeNumber", "FullName"]
    assert first.split()[0] == "1001" and "9 Reports" not in titles and "Reports" in first
    assert "Vice" in second and more.startswith("… and 38 more")
    lines = accordant("store", "show", "hr_person", "-w", workspace, "--json").of("resource")
    assert len(lines) == 40
    (quist,) = (each for each in lines if each["key"] == "1002")
    assert quist["properties"]["Title"] == "Vice"
    assert quist["links"]["Manager"] == ["1001"]


def test_one_resource_now_and_then(workspace: Path, runs: tuple[str, str]) -> None:
    now = accordant("store", "show", "HR_Person", "--key", "1002", "-w", workspace)
    assert now.code == 0 and "Vice" in now.out and "Manager         1001" in now.out
    then = accordant("store", "show", "HR_Person", "--key", "1002", "--at", runs[0], "-w", workspace)
    assert "Deputy Harbour Master" in then.out and "Reports" in then.out
    gone = accordant("store", "show", "HR_Person", "--key", "1004", "-w", workspace)
    assert gone.code == 2 and "there is no HR_Person '1004'" in gone.err
    assert accordant("store", "show", "HR_Person", "--key", "1004", "--at", runs[0], "-w", workspace).code == 0


def test_what_changed_between_two_runs(workspace: Path, runs: tuple[str, str]) -> None:
    words = accordant("store", "diff", *runs, "-w", workspace).out.splitlines()
    assert words[0] == "HR_Person: 1 inserted, 1 updated, 1 deleted"
    assert words[1:3] == ["  ~ 1002", "      Title: 'Deputy Harbour Master' → 'Vice'"]
    assert "  + 1999 – 1001" in words
    changed = accordant("store", "diff", *runs, "HR_Person", "-w", workspace, "--json")
    assert [(each["action"], each["key"]) for each in changed.of("resource change")] == [
        ("updated", "1002"),
        ("deleted", "1004"),
        ("inserted", "1999"),
    ]
    assert {each["association"] for each in changed.of("link change")} == {
        "HR_Person_Manager",
        "HR_Person_Organisation",
    }
    assert accordant("store", "diff", runs[1], runs[1], "-w", workspace).out == "Nothing differs.\n"


def test_the_versions_of_one(workspace: Path, runs: tuple[str, str]) -> None:
    words = accordant("store", "history", "HR_Person", "1002", "-w", workspace).out
    assert f"HR_Person 1002: came with run {runs[0]}" in words
    assert "    Title: 'Deputy Harbour Master' → 'Vice'" in words
    first, second = accordant("store", "history", "HR_Person", "1002", "-w", workspace, "--json").of("version")
    assert (first["begun"]["run"], first["ended"]["run"]) == runs
    assert (second["begun"]["run"], second["ended"]) == (runs[1], None)
    left = accordant("store", "history", "HR_Person", "1004", "-w", workspace).out
    assert f"HR_Person 1004: went with run {runs[1]}" in left


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "HR_Persn"), "did you mean `HR_Person`?"),
        (("show", "HR_Person", "--at", "1999-12-31"), "the store's history begins at"),
        (("show", "HR_Person", "--at", "tomorrow"), "neither a time in ISO 8601 nor a run"),
        (("diff", "nope", "nope"), "neither a time in ISO 8601 nor a run"),
        (("history", "HR_Person", "4711"), "there never was a HR_Person '4711'"),
    ],
)
def test_what_is_not_there_is_said(workspace: Path, arguments: tuple[str, ...], said: str) -> None:
    done = accordant("store", *arguments, "-w", workspace)
    assert done.code == 2 and said in done.err and done.out == ""


def test_snapshots_are_kept_as_the_settings_say(workspace: Path, runs: tuple[str, str]) -> None:
    kept = {path.parent.name: path.name for path in workspace.glob("Snapshots/*/*.session.json")}
    assert kept == {f"connector.{name}": f"{runs[1]}.session.json" for name in ("HR", "Badges", "Directory")}


def test_snapshots_are_listed_and_verified(workspace: Path) -> None:
    listed = accordant("store", "snapshots", "-w", workspace)
    assert listed.code == 0 and len(listed.out.splitlines()) == 4
    assert accordant("store", "snapshots", "--verify", "-w", workspace).out.count("as they were") == 3
    (hr,) = (
        each
        for each in accordant("store", "snapshots", "-w", workspace, "--json").of("snapshot")
        if each["connector"] == "HR"
    )
    (digest,) = hr["files"]["link:HR_Person_Manager"]
    path = workspace / "Snapshots" / digest[:2] / f"{digest}.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = accordant("store", "snapshots", "--verify", "-w", workspace)
    assert found.code == 5 and f"missing or changed: {digest[:12]}" in found.out
    path.write_bytes(whole)
    assert accordant("store", "snapshots", "--verify", "-w", workspace).code == 0


def test_a_workspace_without_a_store(tmp_path: Path) -> None:
    for arguments in (("show", "HR_Person"), ("snapshots",), ("diff", "a", "b"), ("history", "HR_Person", "1")):
        done = accordant("store", *arguments, "-w", tmp_path / "none")
        assert done.code == 2 and "nothing was applied there yet" in done.err
    assert not (tmp_path / "none").exists()
