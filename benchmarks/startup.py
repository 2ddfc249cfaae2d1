"""How long `accordant --help` takes beside `python -c pass`: the ratio of the medians, measured turn by turn.

The limit is 3: whoever asks for help must not wait for libraries.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROUNDS = 40
LIMIT = 3.0


def seconds(command: list[str]) -> float:
    """How long one call takes, output thrown away."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Measure, print, compare with the limit."""
    bare = [sys.executable, "-c", "pass"]
    helped = [str(Path(sys.executable).with_name("accordant")), "--help"]
    pairs = [(seconds(bare), seconds(helped)) for _ in range(ROUNDS)]
    python, accordant = (median(column) for column in zip(*pairs, strict=True))
    print(f"python -c pass    {python * 1000:7.1f} ms")
    print(f"accordant --help  {accordant * 1000:7.1f} ms")
    print(f"ratio             {accordant / python:7.2f}  (limit {LIMIT})")
    return 0 if accordant / python <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
