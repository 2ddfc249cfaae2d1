"""An export takes effect whole or not at all, whatever becomes of the connector and of the process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from compiler.plan.steps import Export, ExportColumn, ExportTable, Origin
from runtime.contract import Batch, Cookie, Misconfigured, Mode, Note, Request, Unreachable
from runtime.export.export import Cancelled, Exported, export
from runtime.export.incremental import Cookies
from runtime.workspace import Workspace, export_manifests, finish_landings

ORIGIN = Origin("harbour.xml", 1, 1)
Said = Batch | Cookie | Note


class Scripted:
    """A connector that says what it is told to, and remembers what it was asked."""

    def __init__(self, say: Callable[[Request], Iterable[Said]]) -> None:
        self.asked: list[Request] = []
        self._say = say

    def export(self, request: Request) -> Iterable[Said]:
        self.asked.append(request)
        return self._say(request)


def step(*tables: str) -> Export:
    found = tuple(ExportTable(name, (ExportColumn("id"), ExportColumn("name"))) for name in tables)
    return Export(id="export Crew", origin=ORIGIN, connector="Crew", connection="Crew", package="csv", tables=found)


def run(
    workspace: Workspace,
    said: Iterable[Said] | Callable[[Request], Iterable[Said]],
    *tables: str,
    mode: Mode = Mode.COMPLETE,
    cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    say = said if callable(said) else lambda request: said
    return export(
        step(*tables or ("Crew_a",)), Scripted(say), workspace, mode, progress=lambda rows: None, cancelled=cancelled
    )


def files(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in workspace.export_output.rglob("*") if path.is_file()}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.create()
    return workspace


def test_tables_rows_and_notes(workspace: Workspace) -> None:
    seen: list[int] = []
    said: list[Said] = [
        Batch("Crew_a", ("id", "name"), [["1", None], ["2", ""]]),
        Note("skipped", 2),
        Batch("Crew_b", ("id",), []),
        Batch("Crew_a", ("id", "name"), [["3", "x"]]),
        Note("skipped"),
    ]
    done = export(step("Crew_a", "Crew_b"), Scripted(lambda _: said), workspace, Mode.COMPLETE, progress=seen.append)
    assert done.tables == {"Crew_a": 3, "Crew_b": 0}
    assert done.columns == {"Crew_a": ("id", "name"), "Crew_b": ("id",)}
    assert done.notes == (Note("skipped", 3),)
    assert sum(seen) == 3
    found = files(workspace)
    assert found["Crew_a.csv"] == b'id,name\n1,\n2,""\n3,x\n'
    assert found["Crew_b.csv"] == b"id\n"
    assert set(found) == {"Crew_a.csv", "Crew_b.csv", "Crew.manifest.json"}
    (manifest,) = export_manifests(workspace)
    assert manifest.tables["Crew_a"].rows == 3
    assert manifest.tables["Crew_a"].size == len(found["Crew_a.csv"])


def fails_midway(request: Request) -> Iterator[Said]:
    yield Batch("Crew_a", ("id", "name"), [["9", "new"]] * 10_000)
    yield Batch("Crew_b", ("id", "name"), [["9", "new"]])
    raise Unreachable("the line broke")


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        (fails_midway, Unreachable),
        ([Batch("Crew_a", ("id", "name"), [["1", "x"]])], Misconfigured),  # Crew_b is not announced
        ([Batch("Crew_a", ("id",), []), Batch("Crew_a", ("name",), [])], Misconfigured),
        ([Batch("Crew_a", ("id", "name"), [["1"]])], Misconfigured),
        ([Batch("Crew_a", ("id", "name"), [["1", "\udc80"]])], Misconfigured),
    ],
)
def test_a_failure_leaves_the_files_before_and_nothing_else(
    workspace: Workspace, said: Iterable[Said], failure: type[Exception]
) -> None:
    both: list[Said] = [Batch("Crew_a", ("id", "name"), [["1", "x"]])]
    both += [Batch("Crew_b", ("id", "name"), []), Cookie(b"one")]
    run(workspace, both, "Crew_a", "Crew_b")
    before = files(workspace)
    with pytest.raises(failure):
        run(workspace, said, "Crew_a", "Crew_b")
    assert files(workspace) == before
    assert Cookies(workspace, step("Crew_a", "Crew_b")).read() == b"one"


def test_a_connector_that_stops_because_it_was_cancelled_has_not_finished(workspace: Workspace) -> None:
    run(workspace, [Batch("Crew_a", ("id",), [["1"], ["2"]])])
    before = files(workspace)
    with pytest.raises(Cancelled):
        run(workspace, [Batch("Crew_a", ("id",), [["1"]])], cancelled=lambda: True)
    assert files(workspace) == before


def test_tables_that_are_no_longer_yielded_go_away_on_success_only(workspace: Workspace) -> None:
    other = workspace.export_output / "Other.csv"
    other.write_bytes(b"id\n")
    run(workspace, [Batch("Crew_a", ("id",), []), Batch("Crew_old", ("id",), [["1"]])])
    with pytest.raises(Misconfigured):
        run(workspace, [])
    assert (workspace.export_output / "Crew_old.csv").exists()
    run(workspace, [Batch("Crew_a", ("id",), [])])
    assert not (workspace.export_output / "Crew_old.csv").exists()
    assert other.exists()


HOSTILE = ["../../escaped", "/etc/passwd", "a/b", ".hidden", "x\\y", "nul\x00l", "l" * 300, "..", ""]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_table_name_never_leaves_the_folder(workspace: Workspace, name: str) -> None:
    run(workspace, [Batch(name, ("id",), [["1"]])], name)
    written = [path for path in workspace.root.rglob("*.csv")]
    assert [path.parent for path in written] == [workspace.export_output]
    assert written[0].read_bytes() == b"id\n1\n"
    assert not written[0].name.startswith(".")


def with_cookie(request: Request) -> Iterator[Said]:
    yield Batch("Crew_a", ("id",), [])
    yield Cookie((request.cookie or b"") + b"+")


def test_cookies_follow_the_files(workspace: Workspace) -> None:
    connector = Scripted(with_cookie)

    def go(mode: Mode, *tables: str) -> Mode:
        return export(step(*tables or ("Crew_a",)), connector, workspace, mode, progress=lambda rows: None).mode

    assert go(Mode.INCREMENTAL) is Mode.COMPLETE  # no cookie to start from: everything was exported
    assert go(Mode.INCREMENTAL) is Mode.INCREMENTAL
    assert go(Mode.COMPLETE) is Mode.COMPLETE
    assert [request.cookie for request in connector.asked] == [None, b"+", None]
    assert Cookies(workspace, step("Crew_a")).read() == b"+"
    assert Cookies(workspace, step("Crew_a", "Crew_b")).read() is None  # made for other tables
    go(Mode.INCREMENTAL)
    assert Cookies(workspace, step("Crew_a")).read() == b"++"
    assert Cookies(workspace, step("Crew_a")).rewind()
    assert Cookies(workspace, step("Crew_a")).read() == b"+"
    assert not Cookies(workspace, step("Crew_a")).rewind()
    assert Cookies(workspace, step("Crew_a")).read() is None


KILLED = """
import os, signal, sys
from pathlib import Path
import runtime.workspace
from runtime.contract import Batch, Cookie, Mode
from runtime.export.export import export
from runtime.workspace import Workspace
from tests.runtime.export.test_export import Scripted, step

def say(request):
    for _ in range(50):
        yield Batch("Crew_a", ("id", "name"), [["new", "x"]] * 1000)
    if sys.argv[2] == "midway":
        os.kill(os.getpid(), signal.SIGKILL)
    yield Batch("Crew_b", ("id", "name"), [["new", "x"]])
    yield Cookie(b"new")

moves = int(sys.argv[2]) if sys.argv[2].isdigit() else None
replace = os.replace
def counted(source, target):
    global moves
    if moves is not None and ".landing" in str(target) + str(source):
        if moves == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        moves -= 1
    replace(source, target)
os.replace = counted
export(step("Crew_a", "Crew_b"), Scripted(say), Workspace(Path(sys.argv[1])), Mode.COMPLETE, progress=lambda rows: None)
"""


@pytest.mark.parametrize(("moment", "landed"), [("midway", False), ("0", False), ("1", True), ("2", True), ("3", True)])
def test_a_killed_export_lands_whole_or_not_at_all(workspace: Workspace, moment: str, landed: bool) -> None:
    """Killed while the connector yields, right before it counts, and between the moves after that."""
    old: list[Said] = [Batch("Crew_a", ("id", "name"), [["old", "x"]])]
    old += [Batch("Crew_b", ("id", "name"), []), Cookie(b"old")]
    run(workspace, old, "Crew_a", "Crew_b")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(workspace.root), moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    finish_landings(workspace.export_output)
    found = {path.name: path.read_bytes() for path in workspace.export_output.glob("*.csv")}
    rows = found["Crew_a.csv"].count(b"\nnew"), found["Crew_b.csv"].count(b"\nnew")
    assert rows == ((50_000, 1) if landed else (0, 0))
    (manifest,) = export_manifests(workspace)
    assert manifest.tables["Crew_a"].rows == (50_000 if landed else 1)
    connector = Scripted(lambda request: old)
    export(step("Crew_a", "Crew_b"), connector, workspace, Mode.INCREMENTAL, progress=lambda rows: None)
    assert connector.asked[0].cookie == (b"new" if landed else b"old")
    assert [name for name in os.listdir(workspace.export_output) if name.startswith(".")] == []
