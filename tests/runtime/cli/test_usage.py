"""Wrong usage of every kind: one message, exit code 2, no traceback, nothing made."""

from pathlib import Path

import pytest

from runtime.cli.overview import COMMANDS
from tests.runtime.cli.command import HARBOR, accordant

WRONG = [
    (),
    ("nonsense",),
    ("--nonsense",),
    ("validate", "no-such-folder"),
    ("validate", HARBOR / "Port.xml"),
    ("validate", HARBOR, "--format", "yaml"),
    ("validate", HARBOR, "surplus"),
    ("apply", HARBOR),
    ("apply", HARBOR, "--json"),
    ("apply", HARBOR, "--yes", "--mode", "backwards"),
    ("apply", HARBOR, "--yes", "--max-absent", "-1"),
    ("apply", HARBOR, "--yes", "--max-absent", "many"),
    ("apply", HARBOR, "--yes", "--memory", "plenty"),
    ("evaluate", HARBOR, "--memory", "10MB"),
    ("apply", HARBOR, "--yes", "--connector", "Hr"),
    ("apply", HARBOR, "--yes", "--resource-type", "Directory_Acount"),
    ("apply", HARBOR, "--yes", "--resume"),
    ("apply", HARBOR, "--dry-run", "--resume"),
    ("apply", HARBOR, "-w"),
    ("apply", HARBOR, "--yes", "-w", HARBOR / "Port.xml"),
    ("connection",),
    ("connection", "check", HARBOR, "--connection", "Person"),
    ("orders",),
    ("orders", "list"),
    ("orders", "show"),
    ("orders", "show", "first"),
    ("orders", "explain", "1"),
    ("orders", "approve"),
    ("orders", "approve", "1", "--all"),
    ("orders", "list", "--state", "Lost"),
    ("history", "--limit", "0"),
    ("schema",),
]


@pytest.mark.parametrize("arguments", WRONG, ids=lambda arguments: " ".join(Path(each).name for each in arguments))
def test_wrong_usage_says_so_in_words(arguments: tuple[str | Path, ...], tmp_path: Path) -> None:
    done = accordant(*arguments, folder=tmp_path)
    assert done.code == 2
    assert done.out == ""
    assert "error:" in done.err or "Usage:" in done.err
    assert not (tmp_path / "workspace" / "store.duckdb").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    done = accordant(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: accordant {name}")
    assert done.err == ""


def test_help_names_every_command() -> None:
    done = accordant("--help")
    assert done.code == 0
    first_words = [line.split()[0] for line in done.out.splitlines() if line.startswith("  ")]
    assert [word for word in first_words if word in COMMANDS] == list(COMMANDS)


def test_misspelt_command_gets_a_suggestion() -> None:
    assert "did you mean `validate`?" in accordant("valdate").err


def test_misspelt_names_get_a_suggestion(tmp_path: Path) -> None:
    done = accordant("apply", HARBOR, "--yes", "--connector", "Directry", "-w", tmp_path / "w")
    assert "did you mean `Directory`?" in done.err


def test_version_is_the_distributions() -> None:
    assert accordant("--version").out.split()[0] == "accordant"
