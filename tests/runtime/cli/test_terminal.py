"""What a person at a terminal is asked, and what the answers do. The terminal is a real one (pty)."""

import os
import pty
import select
import shutil
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.cli.command import ACCORDANT, accordant, harbor

PATIENCE = 60.0


SIZES = ("COLUMNS", "LINES")
"""Variables by which a test runner would overrule the terminal's own size."""


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *arguments: str | Path) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 160))
        self._process = subprocess.Popen(
            [str(ACCORDANT), *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_heed_interruption,
            env={name: value for name, value in os.environ.items() if name not in SIZES} | {"TERM": "xterm"},
        )
        os.close(theirs)
        self._data = b""

    @property
    def shown(self) -> str:
        """Everything that was shown so far."""
        return self._data.decode(errors="replace")

    def wait_for(self, text: str) -> None:
        """Read until the text was shown."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} never came; shown: {self.shown}"
            assert self._read(), f"ended before {text!r}; shown: {self.shown}"

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{text}\n".encode())

    def send(self, number: signal.Signals) -> None:
        """What Ctrl-C, or a shutdown, sends, once the question waits for its answer as people see it."""
        time.sleep(0.5)
        self._process.send_signal(number)

    def end(self) -> int:
        """Read what is left; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read() and time.monotonic() < deadline:
            pass
        code = self._process.wait(timeout=5)
        assert "Traceback" not in self.shown
        return code

    def close(self) -> None:
        """End it, however the test went."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 1.0)
        if not ready:
            return self._process.poll() is None
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the other end is closed: how Linux says the end of a terminal
            return False
        self._data += data
        return bool(data)


def _heed_interruption() -> None:
    """A test run in the background ignores Ctrl-C, and its children would, too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Terminal]]:
    """Starts `accordant apply` over a copy of the sample, without --yes."""
    conf = harbor(tmp_path)
    terminals: list[Terminal] = []

    def begin() -> Terminal:
        terminals.append(Terminal("apply", conf, "-w", tmp_path / "w"))
        terminals[-1].wait_for("Apply this?")
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def outbox(folder: Path) -> list[Path]:
    """The orders that left."""
    return sorted((folder / "harbor" / "outbox" / "directory").glob("*.json"))


def test_no_means_no(start: Callable[[], Terminal], tmp_path: Path) -> None:
    terminal = start()
    terminal.type("n")
    assert terminal.end() == 0
    assert "Nothing was changed" in terminal.shown
    assert not (tmp_path / "w" / "store.duckdb").exists()
    assert not list((tmp_path / "w" / "Deployed").iterdir())


def test_orders_are_shown_before_they_are_sent(start: Callable[[], Terminal], tmp_path: Path) -> None:
    terminal = start()
    terminal.type("y")
    terminal.wait_for("Send 9 orders?")
    assert "Łucja Brzeska" in terminal.shown
    assert outbox(tmp_path) == []
    terminal.type("n")
    assert terminal.end() == 0
    assert "Nothing was sent" in terminal.shown
    assert outbox(tmp_path) == []
    assert accordant("fulfil", tmp_path / "harbor", "-w", tmp_path / "w").code == 0
    assert len(outbox(tmp_path)) == 9


def test_yes_twice_sends_them(start: Callable[[], Terminal], tmp_path: Path) -> None:
    terminal = start()
    terminal.type("y")
    terminal.wait_for("Send 9 orders?")
    terminal.type("y")
    assert terminal.end() == 0
    assert len(outbox(tmp_path)) == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_at_the_question_is_130(start: Callable[[], Terminal], number: signal.Signals) -> None:
    terminal = start()
    terminal.send(number)
    assert terminal.end() == 130
    assert "interrupted" in terminal.shown


def test_a_reader_that_goes_away_is_no_failure_in_words(tmp_path: Path) -> None:
    assert shutil.which("head")
    command = f"'{ACCORDANT}' compile '{harbor(tmp_path)}' | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.stdout.startswith("{")
    assert done.stderr == ""
