"""Every so-manyth case of a finding, checked in one process and in two: what differs.

`python -m tests.compiler.in_two EVERY`: a process of its own, because one with several threads is never copied.
"""

import sys
from collections.abc import Callable
from unittest.mock import patch

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.parse import Sources
from compiler.pipeline import check_files
from runtime import registry
from tests.compiler.test_cases import NAMES, sources_of


def findings(sources: Sources, large: int) -> list[Diagnostic]:
    """What is found when configurations count as large from a number of bytes on."""
    with patch("compiler.parse._LARGE", large):
        return check_files(sources, registry.catalogue(), []).findings


def main(report: Callable[[str], object]) -> int:
    """Report the names of the cases that differ, and how many were looked at."""
    names = NAMES[:: int(sys.argv[1])]
    different = [name for name in names if findings(sources_of(name), 10**9) != findings(sources_of(name), 0)]
    report(f"{len(names)} cases, different: {', '.join(different) or 'none'}\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.stdout.write))
