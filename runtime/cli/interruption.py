"""Ctrl-C and a request to end go in, a quiet stop of the run comes out: between two rows or orders, store closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

from runtime.cli.views.stream import tell

STOP = Event()
"""Set when the run of this process is to stop; a command runs one plan at a time."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[Event]:
    """While the block lasts, the first signal asks the run to stop; the second one breaks it off at once."""
    STOP.clear()
    if current_thread() is not main_thread():  # signals reach the main thread alone
        yield STOP
        return
    before = {each: signal.signal(each, _stop) for each in SIGNALS}
    try:
        yield STOP
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    if STOP.is_set():
        raise KeyboardInterrupt
    STOP.set()
    tell("stopping; once more breaks off at once")
