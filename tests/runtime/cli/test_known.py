"""What `validate` keeps for next time: the same output while nothing changed, nothing of it when anything did."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from runtime.cli.known import Known, recall, remember
from runtime.cli.validate import command
from tests.compiler.test_cases import NAMES, sources_of
from tests.runtime.cli.command import harbor

FORMS = ("text", "json", "sarif")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def validate(conf: Path, *options: str) -> str:
    """Exit code and everything printed."""
    done = CliRunner().invoke(command, [str(conf), "-w", str(conf / "workspace"), *options], standalone_mode=False)
    assert done.exception is None, done.exception
    return f"{done.return_value}\n{done.output}"


def entry(cache: Path) -> Path:
    (path,) = cache.rglob("*.checked")
    return path


def from_cache(conf: Path, cache: Path) -> bool:
    """Whether the entry is believed: its findings are replaced by none, and none are shown."""
    path = entry(cache)
    kept = path.read_bytes()
    data = msgspec.msgpack.decode(kept)
    data["known"]["files"] = 4711
    data["known"]["findings"] = []
    path.write_bytes(msgspec.msgpack.encode(data))
    shown = validate(conf)
    path.write_bytes(kept)
    return "4711 files" in shown


@pytest.mark.parametrize("name", NAMES)
def test_known_findings_are_printed_alike(name: str, tmp_path: Path, cache: Path) -> None:
    conf = tmp_path / "conf"
    for file, data in sources_of(name):
        conf.joinpath(file).parent.mkdir(parents=True, exist_ok=True)
        conf.joinpath(file).write_bytes(data)
    for form in FORMS:
        anew = validate(conf, "--format", form, "--no-cache")
        first = validate(conf, "--format", form)
        assert entry(cache).is_file()
        assert anew == first == validate(conf, "--format", form)
    assert from_cache(conf, cache)


def test_the_sample_is_printed_alike(tmp_path: Path, cache: Path) -> None:
    conf = harbor(tmp_path)
    assert validate(conf, "--strict") == validate(conf, "--strict") == validate(conf, "--strict", "--no-cache")
    assert from_cache(conf, cache)


def test_one_changed_file_is_seen(tmp_path: Path, cache: Path) -> None:
    conf = harbor(tmp_path)
    before = validate(conf)
    path = conf / "Port.xml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('Code="en-GB"', 'Cade="en-GB"'), encoding="utf-8")
    assert "Port.xml:4:13: error[E110]" in validate(conf)
    path.write_text(text, encoding="utf-8")
    assert validate(conf) == before


@pytest.mark.parametrize("change", ["added", "removed", "renamed"])
def test_another_set_of_files_is_seen(change: str, tmp_path: Path, cache: Path) -> None:
    conf = harbor(tmp_path)
    validate(conf)
    assert from_cache(conf, cache)
    path = conf / "Badges" / "Badges Role Model.xml"
    if change == "added":
        path.with_name("More.xml").write_bytes(b"<ConfigurationFile/>")
    elif change == "removed":
        path.unlink()
    else:
        path.rename(path.with_name("Roles.xml"))
    assert not from_cache(conf, cache)


def test_settings_are_looked_at_each_time(tmp_path: Path, cache: Path) -> None:
    conf = harbor(tmp_path)
    validate(conf)
    assert from_cache(conf, cache)
    path = conf / "appsettings.agent.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"Path"', '"Pth"', 1), encoding="utf-8")
    assert "Pth" in validate(conf)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80", b"no entry at all", b"\xc1" * 100, msgspec.msgpack.encode({"digest": 1}), b"\x93\xa0\x80\xc0"],
)
def test_a_damaged_or_foreign_entry_is_ignored(data: bytes, tmp_path: Path, cache: Path) -> None:
    conf = harbor(tmp_path)
    before = validate(conf)
    entry(cache).write_bytes(data)
    assert validate(conf) == before
    assert from_cache(conf, cache), "a sound entry has taken its place"


def test_another_program_is_not_believed(tmp_path: Path, cache: Path) -> None:
    conf = harbor(tmp_path)
    validate(conf)
    path = entry(cache)
    data = msgspec.msgpack.decode(path.read_bytes())
    changed = next(name for name in data["program"] if name.endswith("pipeline.py"))
    data["program"][changed][1] -= 1
    path.write_bytes(msgspec.msgpack.encode(data))
    assert not from_cache(conf, cache)


def test_without_a_place_to_keep_things_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf = harbor(tmp_path)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert validate(conf) == validate(conf) == validate(conf, "--no-cache")


def test_no_cache_keeps_nothing(tmp_path: Path, cache: Path) -> None:
    validate(harbor(tmp_path), "--no-cache")
    assert not cache.exists()


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    files = [("a.xml", b"a"), ("b.xml", b"b")]
    remember(tmp_path, files, Known([], [], 2))
    assert recall(tmp_path, files) == Known([], [], 2)
    assert recall(tmp_path, files[::-1]) is None
    assert recall(tmp_path, [("a.xml", b"a"), ("b.xml", b"c")]) is None
    assert recall(tmp_path / "elsewhere", files) is None
