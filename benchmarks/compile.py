"""`accordant compile` on 500 files, 50 MB, some 220,000 elements, beside `xmllint --schema` on the same files.

Prints the seconds of whole processes, turn by turn, the size of the plan and the peak memory of the largest process.
`python -m benchmarks.compile [files] [megabytes]`; xmllint is in Debian's libxml2-utils.
"""

import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.inputs.configuration import write
from benchmarks.validate import ACCORDANT, middle, seconds
from compiler.schema.xsd import schema_text
from compiler.source.xml import NAMESPACE

ROUNDS = 2
AIM = 10.0
"""Seconds for 500 files of 50 MB together."""


def main() -> int:
    """Measure and print."""
    if shutil.which("xmllint") is None:
        sys.exit("xmllint is missing; it is in Debian's libxml2-utils")
    files, size = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (500, 50)
    with tempfile.TemporaryDirectory(prefix="accordant-") as folder:
        return measured(Path(folder), files, size)


def measured(folder: Path, files: int, size: int) -> int:
    """The benchmark in a folder of its own, with a cache of its own."""
    conf, plan, out = folder / "conf", folder / "plan.json", folder / "out.txt"
    schema = folder / "configuration.xsd"
    schema.write_bytes(schema_text(NAMESPACE))
    elements = write(conf, files, size * 1_000_000)
    paths = sorted(str(path) for path in conf.rglob("*.xml"))
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    lint = ["xmllint", "--noout", "--schema", str(schema), *paths]
    compiled = [ACCORDANT, "compile", str(conf), "--output", str(plan)]
    pairs = [(seconds(lint, environment, out), seconds(compiled, environment, out)) for _ in range(ROUNDS)]
    (peer, peer_cpu), (whole, cpu) = (middle(column) for column in zip(*pairs, strict=True))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{files} files, {size} MB, {elements:,} elements; a plan of {plan.stat().st_size / 1_000_000:.0f} MB")
    print(f"xmllint --schema   {peer:7.2f} s  {peer_cpu:7.2f} s of processors")
    print(f"accordant compile  {whole:7.2f} s  {cpu:7.2f} s of processors  {whole / peer:6.2f} x  (aim {AIM:.0f} s)")
    print(f"peak memory        {peak:7.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
