"""What `validate` keeps for next time: the same output while nothing changed, nothing of it when anything did."""

import os
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from compiler.source.files import read_folder
from runtime.cli import known
from runtime.cli.known import Known, recall, remember
from runtime.cli.stamps import TICK, Look, stamp_of
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
    changed = next(name for name in data["known"]["program"] if name.endswith("pipeline.py"))
    data["known"]["program"][changed][1] -= 1
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


KNOWN = Known([], [], 2, {"/": stamp_of("/")})


def look(folder: Path, *, after: int = 10 * TICK) -> Look:
    """A look at a folder some time after its files were last touched."""
    found = Look(str(folder))
    found.time += after
    return found


def remembered(folder: Path, *, after: int = 10 * TICK) -> None:
    remember(look(folder, after=after), [("a.xml", b"a"), ("b.xml", b"b")], KNOWN)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "a.xml").write_bytes(b"a")
    (folder / "b.xml").write_bytes(b"b")
    return folder


def test_what_is_remembered_is_recalled(two: Path, tmp_path: Path) -> None:
    remembered(two)
    assert recall(look(two)) == KNOWN
    assert recall(look(tmp_path)) is None
    (two / "b.xml").write_bytes(b"c")
    assert recall(look(two)) is None


def test_unchanged_files_are_not_read(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered(two)
    read: list[bytes] = []

    def digest(data: bytes) -> bytes:
        read.append(data)
        return b""

    monkeypatch.setattr(known, "_digest", digest)
    assert recall(look(two)) == KNOWN
    assert read == []


def test_a_file_with_a_new_stamp_is_read_and_known_again(two: Path) -> None:
    remembered(two)
    os.utime(two / "a.xml", ns=(0, 7 * TICK))
    assert recall(look(two)) == KNOWN


def test_a_file_as_young_as_the_look_is_read_each_time(two: Path) -> None:
    remembered(two, after=0)
    stamp = (two / "b.xml").stat()
    (two / "b.xml").write_bytes(b"c")
    os.utime(two / "b.xml", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert recall(look(two, after=0)) is None


@pytest.mark.parametrize("name", ["c.xml", "below/c.XML"])
def test_a_further_file_is_seen(name: str, two: Path) -> None:
    remembered(two)
    (two / name).parent.mkdir(exist_ok=True)
    (two / name).write_bytes(b"c")
    assert recall(look(two)) is None


def test_the_files_looked_at_are_those_that_are_read(two: Path) -> None:
    for name in (
        ".hidden.xml",
        "c.XML",
        "d.txt",
        "below/e.xml",
        "below/workspace/f.xml",
        "Workspace/g.xml",
        ".h/i.xml",
    ):
        (two / name).parent.mkdir(exist_ok=True)
        (two / name).write_bytes(b"")
    files, findings = read_folder(two)
    assert not findings
    assert [name for name, _ in files] == list(Look(str(two)).files or ())


def test_links_are_looked_at_each_time(two: Path, tmp_path: Path) -> None:
    (two / "c.xml").symlink_to(two / "a.xml")
    assert Look(str(two)).files is None
    (two / "c.xml").unlink()
    (two / "below").symlink_to(tmp_path)
    assert Look(str(two)).files is None
