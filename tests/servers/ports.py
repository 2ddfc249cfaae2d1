"""Nothing in; a loopback port that nobody else will be given out, whichever process of the suite asks.

The kernel's own choice (port 0) may go to somebody else between the probe and the server's start: another worker's
server, or the near end of any connection. Two servers of the same kind on one port are then taken for each other.
"""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

_RANGE = range(12_000, 32_000)
"""Below the ports that Linux gives to outgoing connections (32768 and up)."""

_held: list[int] = []
"""The open lock files: a port stays this process's own until the process ends."""


def free_port() -> int:
    """A free port on 127.0.0.1, locked for this process."""
    folder = Path(tempfile.gettempdir()) / f"accordant-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in random.Random().sample(_RANGE, len(_RANGE)):
        descriptor = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        if _lock(descriptor) and _is_free(port):
            _held.append(descriptor)
            return port
        os.close(descriptor)
    raise RuntimeError("no port is free on 127.0.0.1")


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
