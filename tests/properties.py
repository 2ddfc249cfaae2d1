"""`python -m tests.properties [seconds] [seed]`: the property tests of synchronisation and computing, for a long time.

Each test runs in turn with another seed until the time is up. What fails is printed as it is, without looking for
something smaller, and the exit code is then 1.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.runtime.provisioning import test_compute
from tests.runtime.store import test_past
from tests.runtime.synchronization import test_properties

TESTS: tuple[Callable[..., None], ...] = (
    test_properties.test_a_history_of_snapshots,
    test_properties.test_instructions_of_the_source,
    test_properties.test_a_complete_file_with_instructions,
    test_compute.test_incremental_equals_everywhere_and_nothing_where_nothing_changed,
    test_compute.test_whatever_the_order_was_the_next_run_sets_it_right,
    test_past.test_every_moment_is_told_as_it_was,
)
BATCH = 3
"""Examples that a test runs before it is another's turn."""

LONGEST = 8_000
"""Characters of a failure that are printed; the seed tells the rest."""


def main() -> int:
    """Run for the seconds given, 600 unless told."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    number = int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(3), "big")
    sys.stdout.write(f"seed {number}, {seconds:g} seconds\n")
    examples, failures = dict.fromkeys(TESTS, 0), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for test in TESTS:
            ran, failed = _batch(test, number)
            examples[test] += ran
            if failed:
                failures += 1
                sys.stdout.write(f"--- {test.__name__}, seed {number}\n{failed[:LONGEST]}\n")
        number += 1
    for test, count in examples.items():
        sys.stdout.write(f"{count:,} examples of {test.__name__}\n")
    sys.stdout.write(f"{failures} failures\n")
    return 1 if failures else 0


def _batch(test: Callable[..., None], number: int) -> tuple[int, str]:
    """Some examples of one test: how many, and the traceback of one that failed."""
    body: Callable[[st.DataObject], None] = test.hypothesis.inner_test  # type: ignore[attr-defined]
    ran = 0

    @seed(number)
    @settings(
        deadline=None,
        max_examples=BATCH,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(st.data())
    def counted(data: st.DataObject) -> None:
        nonlocal ran
        ran += 1
        body(data)

    try:
        counted()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return ran, "".join(traceback.format_exception(error))
    return ran, ""


if __name__ == "__main__":
    sys.exit(main())
