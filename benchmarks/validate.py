"""`accordant validate` on 500 files, 50 MB, some 220,000 elements, beside `xmllint --schema` on the same files.

Prints the seconds of whole processes, turn by turn, and of all their processors; the same with nothing changed since
the last run, and with one file changed; the peak memory of the largest process; and counts the findings, which are
known.
`python -m benchmarks.validate [files] [megabytes]`; xmllint is in Debian's libxml2-utils.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks.inputs.configuration import EVERY, write
from compiler.schema.xsd import schema_text
from compiler.source.xml import NAMESPACE

ROUNDS = 3
AIM, AIM_UNCHANGED = 1.0, 0.2
MEMORY = 500
AGE = 2.1
"""Seconds after which an unchanged file is known by its stamp."""
ACCORDANT = str(Path(sys.executable).with_name("accordant"))


Took = tuple[float, float]
"""Seconds on the wall, and of all processors."""


def seconds(command: list[str], environment: dict[str, str], out: Path) -> Took:
    """How long one process takes, with those that it starts; its output goes into a file."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with out.open("wb") as stream:
        subprocess.run(command, stdout=stream, stderr=subprocess.DEVNULL, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def middle(runs: Iterable[Took]) -> Took:
    """The median of several runs, of each kind of seconds."""
    wall, processors = zip(*runs, strict=True)
    return median(wall), median(processors)


def main() -> int:
    """Measure, print, compare the findings with what they must be."""
    if shutil.which("xmllint") is None:
        sys.exit("xmllint is missing; it is in Debian's libxml2-utils")
    files, size = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (500, 50)
    with tempfile.TemporaryDirectory(prefix="accordant-") as folder:
        return measured(Path(folder), files, size)


def measured(folder: Path, files: int, size: int) -> int:
    """The benchmark in a folder of its own, with a cache of its own."""
    conf, out, schema = folder / "conf", folder / "out.txt", folder / "configuration.xsd"
    schema.write_bytes(schema_text(NAMESPACE))  # no identity constraints, which double its time
    elements = write(conf, files, size * 1_000_000)
    paths = sorted(str(path) for path in conf.rglob("*.xml"))
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    validate = [ACCORDANT, "validate", str(conf)]
    lint = ["xmllint", "--noout", "--schema", str(schema), *paths]
    commands = (lint, [*validate, "--no-cache"])
    rounds = [[seconds(command, environment, out) for command in commands] for _ in range(ROUNDS)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    anew = out.read_bytes()
    seconds(validate, environment, out)
    time.sleep(AGE)  # so that the files are older than any doubt about their stamps
    seconds(validate, environment, out)
    unchanged = middle(seconds(validate, environment, out) for _ in range(ROUNDS))
    is_same = out.read_bytes() == anew
    with open(paths[-1], "a", encoding="utf-8") as last:
        last.write("<!-- changed -->\n")
    changed = seconds(validate, environment, out)
    peer, whole = (middle(column) for column in zip(*rounds, strict=True))
    found = anew.count(b"warning[W407]")
    print(f"{files} files, {size} MB, {elements:,} elements")
    print(f"{'':27} {'wall':>9}  {'':8}{'processors':>10}")
    for words, took, aim in (
        ("xmllint --schema", peer, "the measure"),
        ("accordant validate", whole, f"aim {AIM}"),
        ("the same, nothing changed", unchanged, f"aim {AIM_UNCHANGED}"),
        ("the same, one file changed", changed, "no aim"),
    ):
        print(f"{words:27} {took[0]:7.2f} s  {took[0] / peer[0]:6.2f} x  {took[1]:6.2f} s  ({aim})")
    print(f"peak memory                 {peak:7.0f} MB            (limit {MEMORY})")
    expected = (files - 1) // EVERY
    print(f"findings                    {found:7}               (expected {expected}; printed again alike: {is_same})")
    return 0 if found == expected and is_same and peak < MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
