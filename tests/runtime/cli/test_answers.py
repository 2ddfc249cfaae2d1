"""What `validate` prints without checking anything: only what it would print anyway."""

import json
import os
import sys
from pathlib import Path

import pytest

from runtime.cli.main import main

TEXT = """<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="Quay" DisplayName_L1="Quay" Agent="Lokal" />
</ConfigurationFile>
"""


class Desk:
    """A small configuration with an error, a workspace and a cache folder of their own, and the command."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, streams: pytest.CaptureFixture[str]) -> None:
        self.conf, self.workspace, self.cache = folder / "conf", folder / "w", folder / "cache"
        self._patch, self._streams = patch, streams
        self.conf.mkdir()
        self.file = self.conf / "Quay.xml"
        self.file.write_text(TEXT, encoding="utf-8")

    def validate(self, *options: str) -> tuple[int, str]:
        """Exit code and standard output of the command with further options."""
        arguments = ["accordant", "validate", str(self.conf), "-w", str(self.workspace), *options]
        self._patch.setattr(sys, "argv", arguments)
        self._streams.readouterr()
        code = main()
        return code, self._streams.readouterr().out

    def is_answered(self) -> bool:
        """Whether the command is answered from the cache: another text stands there, and is printed."""
        (path,) = self.cache.rglob("*.answer")
        kept = path.read_text(encoding="utf-8")
        path.write_text(json.dumps(json.loads(kept) | {"text": "from the cache\n"}), encoding="utf-8")
        code, out = self.validate()
        path.write_text(kept, encoding="utf-8")
        return out == "from the cache\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in [name for name in os.environ if "__" in name]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("runtime.cli.stamps.TICK", -(10**12))  # as if the files were old
    return Desk(tmp_path, monkeypatch, capfd)


def test_the_answer_is_what_was_printed(desk: Desk) -> None:
    first = desk.validate()
    assert first[0] == 1
    assert "error[E120]" in first[1]
    assert desk.is_answered()
    assert desk.validate() == first == desk.validate("--no-cache")


def test_each_way_of_asking_has_its_own_answer(desk: Desk) -> None:
    for options in ((), ("--format", "json"), ("--format", "sarif"), ("--strict",)):
        assert desk.validate(*options) == desk.validate(*options) == desk.validate(*options, "--no-cache")
    assert len(list(desk.cache.rglob("*.answer"))) == 4


@pytest.mark.parametrize("change", ["file", "touch", "other file", "settings", "workspace settings", "variable"])
def test_what_changed_is_looked_at(change: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.validate()
    if change == "file":
        desk.file.write_text(TEXT.replace("Lokal", "Locel"), encoding="utf-8")
    elif change == "touch":
        os.utime(desk.file)
    elif change == "other file":
        (desk.conf / "Crane.xml").write_text(TEXT.replace("Quay", "Crane"), encoding="utf-8")
    elif change == "variable":
        monkeypatch.setenv("Connections__Crew__Path", "x")
    else:
        folder = desk.conf if change == "settings" else desk.workspace
        folder.mkdir(exist_ok=True)
        (folder / "AppSettings.json").write_text("{}", encoding="utf-8")
    assert not desk.is_answered()


def test_another_program_is_not_believed(desk: Desk) -> None:
    desk.validate()
    (path,) = desk.cache.rglob("*.answer")
    entry = json.loads(path.read_text(encoding="utf-8"))
    changed = next(name for name in entry["program"] if name.endswith("pipeline.py"))
    entry["program"][changed][1] -= 1
    path.write_text(json.dumps(entry), encoding="utf-8")
    assert not desk.is_answered()


def test_files_as_young_as_the_look_are_not_answered_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.cli.stamps.TICK", 2_000_000_000)
    desk.validate()
    assert not list(desk.cache.rglob("*.answer"))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"folder": 1}', '{"text": 1, "code": "x"}'])
def test_a_damaged_entry_is_ignored(text: str, desk: Desk) -> None:
    before = desk.validate()
    (path,) = desk.cache.rglob("*.answer")
    path.write_text(text, encoding="utf-8")
    assert desk.validate() == before
