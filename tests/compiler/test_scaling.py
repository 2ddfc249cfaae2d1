"""Checking takes time in proportion to the configuration: no phase and no check searches all items for each item."""

import time
from pathlib import Path

from benchmarks.inputs.configuration import EVERY, write
from compiler.pipeline import check_files
from compiler.source.files import read_folder
from runtime import registry

SMALL, LARGE = 15, 90


def _seconds(folder: Path, files: int) -> float:
    """Processor seconds of this process for a generated configuration, which has known findings and no others."""
    write(folder, files, files * 40_000)
    sources, unread = read_folder(folder)
    begin = time.process_time()
    checked = check_files(sources, registry.catalogue(), unread)
    taken = time.process_time() - begin
    assert [found.code for found in checked.findings] == ["W407"] * ((files - 1) // EVERY)
    return taken


def test_six_times_as_much_takes_no_thirty_six_times_as_long(tmp_path: Path) -> None:
    _seconds(tmp_path / "first", 2)  # imports, schemas
    small = _seconds(tmp_path / "small", SMALL)
    large = _seconds(tmp_path / "large", LARGE)
    assert large / small < 2 * LARGE / SMALL
