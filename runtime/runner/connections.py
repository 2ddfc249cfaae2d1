"""From a connection's identifier to an open connector: its package from the registry, its settings from the files."""

from collections.abc import Callable
from typing import Any

Open = Callable[[str, str], Any]
"""`open(connection, package)` gives the connector; raises `Misconfigured` when settings or libraries are missing."""
