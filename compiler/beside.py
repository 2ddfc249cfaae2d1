"""Work goes in; its result, found by a second process beside this one, comes out when it is asked for.

The second process is a copy of this one at that moment, so nothing is sent to it; what it answers is MessagePack of a
declared type. Where a copy cannot be made, the work is done when its result is asked for: the result is the same.
"""

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

import msgspec

Result = TypeVar("Result")


def beside(work: Callable[[], Result], kind: type[Result]) -> Callable[[], Result]:
    """Begin the work; call what is returned, once, for its result, which is of the type `kind`."""
    if not _can_copy():
        return work
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _answer(work, writing)
    os.close(writing)
    return partial(_result, work, kind, process, reading)


def _can_copy() -> bool:
    """A copy has one thread only, and pays where there is a core for it."""
    return hasattr(os, "fork") and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


def _answer(work: Callable[[], object], writing: int) -> NoReturn:
    """The second process: no way leads out of here but its end."""
    status = 1
    try:
        with os.fdopen(writing, "wb") as stream:
            stream.write(msgspec.msgpack.encode(work()))
        status = 0
    finally:
        os._exit(status)


def _result(work: Callable[[], Result], kind: type[Result], process: int, reading: int) -> Result:
    """The answer; the work is done here when the other process failed, so that what went wrong shows here."""
    with os.fdopen(reading, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(process, 0)
    return msgspec.msgpack.decode(data, type=kind) if status == 0 else work()
