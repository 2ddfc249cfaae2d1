"""Snapshots are kept once by their content, for as long as they shall be; what was tampered with is never believed."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from runtime.contract import Mode
from runtime.synchronization.apply import SynchroniseFailed
from runtime.synchronization.sessions import last_accepted, pending, previous, previous_folder
from runtime.synchronization.snapshots import Retention, Snapshot, forget, keep, snapshots
from tests.runtime.synchronization.harbour import Harbour, sailor


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    made = Harbour(tmp_path)
    yield made
    made.engine.close()


def run(harbour: Harbour, *books: str, mode: Mode = Mode.COMPLETE) -> None:
    """One run over these sailors, on a ship that never changes, and its snapshot."""
    harbour.fill([sailor(book, f"name {book}", mail=f"{book}@x", ship="1") for book in books], [["One", "1"]])
    harbour.run(mode)
    keep(harbour.workspace, "Crew")


def contents(harbour: Harbour) -> list[Path]:
    return sorted(harbour.workspace.snapshots.glob("??/*"))


def age(harbour: Harbour, number: int, day: str) -> None:
    """Make a snapshot as old as a day, by its place."""
    found = snapshots(harbour.workspace)[number]
    (path,) = harbour.workspace.snapshots.glob(f"*/{found.prepared.session}.session.json")
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(found, kept=f"{day}T00:00:00.000Z")))


def test_a_snapshot_is_named_by_what_it_is(harbour: Harbour) -> None:
    run(harbour, "1", "2")
    (kept,) = snapshots(harbour.workspace)
    assert (kept.prepared.connector, kept.prepared.session) == ("Crew", "session-1")
    assert set(kept.files) == {"entity:Sailor", "entity:Ship", "link:Serves", "link:Permits"}
    assert kept.prepared.entity_types["Sailor"].kept == 2
    for path in contents(harbour):
        assert path.stem == sha256(path.read_bytes()).hexdigest() and path.parent.name == path.stem[:2]
    (file,) = kept.files["entity:Sailor"]
    path = harbour.workspace.snapshots / file[:2] / f"{file}.parquet"
    assert harbour.engine.rows(f'SELECT "Book", "Name" FROM read_parquet(\'{path}\') ORDER BY 1') == [
        ("1", "name 1"),
        ("2", "name 2"),
    ]
    before = previous(harbour.workspace, "Crew")
    assert before is not None and before.path("Sailor.parquet").samefile(path)


def test_what_is_the_same_is_kept_once(harbour: Harbour) -> None:
    run(harbour, "1", "2")
    first = contents(harbour)
    run(harbour, "1", "2")
    assert contents(harbour) == first
    run(harbour, "1", "3")
    assert len(snapshots(harbour.workspace)) == 3
    ships = {each.files["entity:Ship"] for each in snapshots(harbour.workspace)}
    assert len(ships) == 1


def test_an_incremental_session_shares_its_base_and_adds_what_changed(harbour: Harbour) -> None:
    books = [str(number) for number in range(100)]
    run(harbour, *books)
    run(harbour, *books, "new", mode=Mode.INCREMENTAL)
    first, second = (each.files["entity:Sailor"] for each in snapshots(harbour.workspace))
    assert second[:1] == first and len(second) == 2


def test_keeping_may_be_repeated_and_finishes_what_a_kill_left(harbour: Harbour) -> None:
    run(harbour, "1")
    keep(harbour.workspace, "Crew")
    (kept,) = snapshots(harbour.workspace)
    (manifest,) = harbour.workspace.snapshots.glob("*/*.session.json")
    manifest.unlink()
    contents(harbour)[0].unlink()
    keep(harbour.workspace, "Crew")
    (again,) = snapshots(harbour.workspace)
    assert again.files == kept.files
    assert {path.stem for path in contents(harbour)} == {file for files in kept.files.values() for file in files}
    keep(harbour.workspace, "Nobody")


def test_a_state_of_before_there_were_checksums_is_no_snapshot_and_not_believed(harbour: Harbour) -> None:
    harbour.fill([sailor("1")])
    harbour.run()
    before = last_accepted(harbour.workspace, "Crew")
    assert before is not None
    old = msgspec.to_builtins(msgspec.structs.replace(before, checksums={})) | {"sizes": {"Sailor.parquet": 1}}
    (Path(before.folder) / "session.json").write_bytes(msgspec.json.encode(old))
    keep(harbour.workspace, "Crew")
    assert snapshots(harbour.workspace) == []
    assert harbour.run(Mode.INCREMENTAL).mode is Mode.COMPLETE
    keep(harbour.workspace, "Crew")
    assert [each.prepared.session for each in snapshots(harbour.workspace)] == ["session-2"]


def test_old_and_many_snapshots_go_but_never_the_last(harbour: Harbour) -> None:
    for number in range(4):
        run(harbour, "1", str(number + 2))
    age(harbour, 0, "2020-01-01")
    assert forget(harbour.workspace, Retention(sessions=0, days=0)) == 0
    assert forget(harbour.workspace, Retention(sessions=0, days=30)) == 1
    assert [each.prepared.session for each in snapshots(harbour.workspace)] == ["session-2", "session-3", "session-4"]
    assert forget(harbour.workspace, Retention(sessions=2, days=0)) == 1
    for number in range(2):
        age(harbour, number, f"2020-01-0{number + 1}")
    assert forget(harbour.workspace, Retention(sessions=1, days=1)) == 1
    (last,) = snapshots(harbour.workspace)
    assert last.prepared.session == "session-4"
    held = {file for files in last.files.values() for file in files}
    assert {path.stem for path in contents(harbour)} == held
    assert harbour.prepare(Mode.INCREMENTAL).mode is Mode.INCREMENTAL


def test_forgetting_touches_neither_the_previous_state_nor_a_session_that_waits(harbour: Harbour) -> None:
    run(harbour, "1")
    run(harbour, "2")
    harbour.fill([sailor("3")], [["One", "1"]])
    waiting = harbour.prepare(Mode.INCREMENTAL)
    forget(harbour.workspace, Retention(sessions=1, days=1))
    assert previous(harbour.workspace, "Crew") is not None
    assert [each.session for each in pending(harbour.workspace, "Crew")] == [waiting.session]
    harbour.apply(waiting, Mode.INCREMENTAL)
    assert set(harbour.sailors()) == {"3"}


def flip(path: Path) -> None:
    """Change one bit in the middle; size and everything else stay."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swap(path: Path) -> None:
    """Put another sound file in its place."""
    other = path.with_name("Ship.parquet" if path.name != "Ship.parquet" else "Sailor.parquet")
    one, two = path.read_bytes(), other.read_bytes()
    path.write_bytes(two)
    other.write_bytes(one)


def manifest(path: Path) -> None:
    (path.parent / "session.json").write_bytes(b'{"session": ')


TAMPERINGS: dict[str, Callable[[Path], None]] = {
    "flip": flip,
    "truncate": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "delete": Path.unlink,
    "swap": swap,
    "manifest": manifest,
    "manifest gone": lambda path: (path.parent / "session.json").unlink(),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_tampered_previous_state_makes_the_run_complete(harbour: Harbour, how: str) -> None:
    run(harbour, *map(str, range(50)))
    before = last_accepted(harbour.workspace, "Crew")
    assert before is not None
    TAMPERINGS[how](before.path("Sailor.parquet"))
    assert previous(harbour.workspace, "Crew") is None
    harbour.fill([sailor(str(book), "new", ship="1") for book in range(10, 60)], [["One", "1"]])
    done = harbour.run(Mode.INCREMENTAL)
    assert done.mode is Mode.COMPLETE
    (note,) = [each.message for each in done.notes]
    assert note.startswith("synchronised in complete mode: there is no sound previous state")
    assert ("Sailor.parquet" in note) is ("manifest" not in how)
    assert {book: values[0] for book, values in harbour.sailors().items()} == {
        str(each): "new" for each in range(10, 60)
    }
    assert previous(harbour.workspace, "Crew") is not None
    assert harbour.run(Mode.INCREMENTAL).mode is Mode.INCREMENTAL


@pytest.mark.parametrize("file", ["Sailor.keys.parquet", "Ship.parquet", "Serves.parquet"])
def test_every_file_of_the_previous_state_counts(harbour: Harbour, file: str) -> None:
    run(harbour, "1", "2")
    flip(previous_folder(harbour.workspace, "Crew") / "session-1" / file)
    assert previous(harbour.workspace, "Crew") is None
    assert file in harbour.prepare(Mode.INCREMENTAL).escalated


@pytest.mark.parametrize("how", ["flip", "truncate", "delete", "swap"])
@pytest.mark.parametrize("mode", [Mode.COMPLETE, Mode.INCREMENTAL])
def test_a_tampered_session_that_waits_is_not_applied(harbour: Harbour, how: str, mode: Mode) -> None:
    run(harbour, "1", "2")
    stored = harbour.sailors()
    harbour.fill([sailor("1", "new"), sailor("3")], [["Two", "2"]])
    prepared = harbour.prepare(mode)
    file = "Sailor.delta.parquet" if mode is Mode.INCREMENTAL else "Sailor.parquet"
    TAMPERINGS[how](prepared.path(file))
    with pytest.raises(
        SynchroniseFailed, match=rf"session session-2 .*{file}.*; export and synchronise in complete mode"
    ):
        harbour.apply(prepared, mode)
    assert harbour.sailors() == stored
    run(harbour, "1", "3")
    assert set(harbour.sailors()) == {"1", "3"}


def test_a_kept_snapshot_says_what_it_held(harbour: Harbour) -> None:
    run(harbour, "1")
    (path,) = harbour.workspace.snapshots.glob("connector.Crew/session-1.session.json")
    told = msgspec.json.decode(path.read_bytes(), type=Snapshot)
    assert told.prepared.digests.keys() == told.files.keys()
    assert told.prepared.associations["Serves"].kept == 1
