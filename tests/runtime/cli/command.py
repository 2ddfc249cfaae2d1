"""The command as a person starts it: arguments in, exit code and both streams out."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[3]
HARBOR = ROOT / "samples" / "harbor"
ACCORDANT = Path(sys.executable).with_name("accordant")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]

    def of(self, record: str) -> list[dict[str, Any]]:
        """The JSON lines of one kind."""
        return [line for line in self.lines() if line["record"] == record]


def accordant(*arguments: str | Path, folder: Path | None = None, feed: str = "", **environment: str) -> Done:
    """Run the command to its end. No traceback may ever reach a person."""
    done = subprocess.run(
        [str(ACCORDANT), *map(str, arguments)],
        cwd=folder,
        input=feed,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal error" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def harbor(folder: Path) -> Path:
    """A copy of the sample that a test may change."""
    copy = folder / "harbor"
    shutil.copytree(HARBOR, copy, ignore=shutil.ignore_patterns("*.json.tmp"))
    for order in copy.glob("outbox/*/*.json"):
        order.unlink()
    return copy


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, to see whether anything was touched."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
