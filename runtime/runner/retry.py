"""An action against a managed system in, its value out, after as many tries as its failures deserve.

Done once, around every connector: `Unreachable` is tried again after a growing pause, `Throttled` after the pause the
system asked for; `Refused` and `Misconfigured` are not.
"""

import random
from collections.abc import Callable
from typing import TypeVar

from runtime.contract import Throttled, Unreachable

TRIES = 3
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 300.0

Value = TypeVar("Value")


def retrying(action: Callable[[], Value], wait: Callable[[float], bool]) -> Value:
    """The value of the first try that succeeds. `wait(seconds)` pauses and tells whether the run is to stop.

    Raises the failure of the last try.
    """
    for attempt in range(1, TRIES):
        try:
            return action()
        except Unreachable:
            pause = FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.0)  # spread: many runs must not knock together
            if wait(pause):
                raise
        except Throttled as throttled:
            if wait(min(max(throttled.seconds, 0.0), LONGEST_PAUSE)):
                raise
    return action()
