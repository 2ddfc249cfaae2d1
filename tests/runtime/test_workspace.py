"""The workspace's folders, its lock, and files that are never half written."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.workspace import Workspace, WorkspaceInUse, write_atomic

HOLDER = """
import sys
from pathlib import Path
from runtime.workspace import Workspace

with Workspace(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_folders_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "a" / "workspace")
    workspace.create()
    workspace.create()
    assert workspace.export_output == tmp_path / "a/workspace/Temp/ExportOutput"
    assert workspace.export_output.is_dir()
    assert workspace.cookies == tmp_path / "a/workspace/Work/ExportCookies"
    assert workspace.root.stat().st_mode & 0o077 == 0


def test_a_second_process_is_told_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceInUse, match="in use"), workspace.lock():
            pass
        holder.kill()
    with workspace.lock():
        pass


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]
