"""`python -m tests.fuzz [seconds] [seed]`: throws inputs at the compiler's front ends until the time is up.

Whatever goes in, findings come out: no exception, and none takes longer than `LONGEST` seconds. An input that breaks
this is printed, and kept in `fuzz-failures/` below the current folder; the exit code is then 1.
"""

import random
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

from tests.fuzz.inputs import configuration, expression
from tests.fuzz.targets import check_configuration, check_expression

LONGEST = 10
KEPT = Path("fuzz-failures")


class Hang(Exception):
    """An input took longer than `LONGEST` seconds."""


def main() -> int:
    """Run for the seconds given, 600 unless told."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000
    sys.stdout.write(f"seed {seed}, {seconds:g} seconds\n")
    signal.signal(signal.SIGALRM, _stop)
    chance = random.Random(seed)
    runs = {"configuration": 0, "expression": 0}
    failures = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if chance.random() < 0.4:
            name, data = "configuration", configuration(chance)
            failed = _fails(lambda data=data: check_configuration(data))
        else:
            name, text = "expression", expression(chance)
            data = text.encode("utf-8", "backslashreplace")
            failed = _fails(lambda text=text: check_expression(text))
        runs[name] += 1
        if failed:
            failures += 1
            _keep(name, data, failed)
    counts = ", ".join(f"{count:,} {name}s" for name, count in runs.items())
    sys.stdout.write(f"{counts}: {failures} failures\n")
    return 1 if failures else 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise Hang(f"longer than {LONGEST} seconds")


def _fails(run: object) -> str:
    """The traceback of a run that ends in an exception; empty for a sound one."""
    assert callable(run)
    signal.alarm(LONGEST)
    try:
        run()
    except Exception:
        return traceback.format_exc()
    finally:
        signal.alarm(0)
    return ""


def _keep(name: str, data: bytes, failed: str) -> None:
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{name}-{abs(hash(data)) % 10**10}.{'xml' if name == 'configuration' else 'txt'}"
    path.write_bytes(data)
    sys.stdout.write(f"--- {path}\n{data[:2000]!r}\n{failed}\n")


if __name__ == "__main__":
    sys.exit(main())
