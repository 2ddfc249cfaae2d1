"""How much memory a run may take in; what its engine may take of that out."""

import os
import re
from pathlib import Path

LEAST = 256_000_000
"""Bytes; with less the engine has no room for its buffers."""

_PYTHONS = 96_000_000
"""What the process needs beside the engine's own memory: the interpreter, libraries, rows on their way."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([KMGT]I?)?B?", re.IGNORECASE)
_CONTAINERS = Path("/sys/fs/cgroup/memory.max")


def bytes_of(size: str) -> int:
    """The number of bytes of a size such as `512MB` or `2GiB`. Raises ValueError."""
    match = _SIZE.fullmatch(size.strip())
    if match is None:
        raise ValueError(f"'{size}' is no size; write it like 512MB or 2GB")
    return int(float(match[1]) * _UNITS[(match[2] or "").upper()])


def engines_share(memory: int) -> str:
    """What an engine may take, in its own form, of a run's bytes; 0 stands for half of what the machine has."""
    return f"{max(memory or _machines() // 2, LEAST) - _PYTHONS}B"


def _machines() -> int:
    """The memory of this machine, or of the container that the process is in, in bytes."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(total, int(_CONTAINERS.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit
        return total
