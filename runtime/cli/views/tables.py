"""Rows in, a table on standard output: drawn by rich on a terminal, plain aligned columns in a file or pipe."""

import sys
from collections.abc import Sequence

from runtime.cli.views.stream import clean, say

Row = Sequence[object]


def table(titles: Sequence[str], rows: Sequence[Row], *, numbers: frozenset[str] = frozenset()) -> None:
    """Print a table; the columns named in `numbers` stand right-aligned. Cells are masked and escaped."""
    cells = [[clean(value).replace("\n", " ") for value in row] for row in rows]
    if sys.stdout.isatty():
        _drawn(titles, cells, numbers)
    else:
        _plain(titles, cells, numbers)


def _plain(titles: Sequence[str], cells: Sequence[Sequence[str]], numbers: frozenset[str]) -> None:
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    for line in (titles, *cells):
        aligned = [
            cell.rjust(width) if title in numbers else cell.ljust(width)
            for cell, width, title in zip(line, widths, titles, strict=True)
        ]
        say("  ".join(aligned).rstrip())


def _drawn(titles: Sequence[str], cells: Sequence[Sequence[str]], numbers: frozenset[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        drawn.add_column(title, justify="right" if title in numbers else "left", overflow="fold")
    for line in cells:
        drawn.add_row(*map(Text, line))
    Console().print(drawn)
