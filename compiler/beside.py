"""Work in steps goes in; what each step found, by a second process beside this one, comes out when it is asked for.

The second process is a copy of this one at that moment, so nothing is sent to it; what it answers is MessagePack of a
declared type. Where a copy cannot be made, each step is done when its result is asked for: the results are the same.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NoReturn, TypeVar

import msgspec

Result = TypeVar("Result")

_LENGTH = 8
"""Bytes that say how long an answer is."""

_NUMBER = 2
"""Bytes that say which task is taken; a pipe takes 32,768 of them at once."""


class Tasks:
    """Names of tasks, each of which is taken once, by this process or by a copy that is made later."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as stream:
            stream.write(b"".join(number.to_bytes(_NUMBER) for number in range(len(names))))

    def __del__(self) -> None:
        os.close(self._reading)

    def __iter__(self) -> Iterator[str]:
        """Those that nobody has taken yet."""
        while number := os.read(self._reading, _NUMBER):
            yield self.names[int.from_bytes(number)]


def beside(work: Callable[[], Iterator[Result]], kind: type[Result]) -> Iterator[Result]:
    """Begin the work; its results, which are of the type `kind`, as they are asked for."""
    if not _can_copy():
        return work()
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _answer(work, writing)
    os.close(writing)
    return _results(work, kind, process, reading)


def _can_copy() -> bool:
    """A copy has one thread only, and pays where there is a core for it."""
    return hasattr(os, "fork") and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


def _answer(work: Callable[[], Iterator[object]], writing: int) -> NoReturn:
    """The second process: no way leads out of here but its end."""
    status = 1
    try:
        with os.fdopen(writing, "wb") as stream:
            for result in work():
                data = msgspec.msgpack.encode(result)
                stream.write(len(data).to_bytes(_LENGTH) + data)
                stream.flush()
        status = 0
    finally:
        os._exit(status)


def _results(work: Callable[[], Iterator[Result]], kind: type[Result], process: int, reading: int) -> Iterator[Result]:
    """The answers; what is missing when the other process failed is done here, so that what went wrong shows here."""
    count, status = 0, -1
    try:
        with os.fdopen(reading, "rb") as stream:
            while len(length := stream.read(_LENGTH)) == _LENGTH:
                yield msgspec.msgpack.decode(stream.read(int.from_bytes(length)), type=kind)
                count += 1
        _, status = os.waitpid(process, 0)
    finally:
        if status < 0:  # nobody asks for the rest
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    if status != 0:
        yield from islice(work(), count, None)
