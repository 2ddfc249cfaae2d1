"""The functions behind `Random`, one entry each: numbers that differ from resource to resource and stay as they are.

A number that were another one in each run would order a change in each run, so it is made from the resource and the
place of the call.
"""

import hashlib

from compiler.expressions.function import Function, parameters
from compiler.expressions.types import ValueType

R, S, I, F = ValueType.RESOURCE, ValueType.STRING, ValueType.INTEGER, ValueType.DOUBLE  # noqa: E741

_BITS = 53


def _number(resource: object, salt: str) -> int:
    digest = hashlib.sha256(f"{resource}:{salt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _BITS)


def _next(resource: object, salt: str | None, low: int | None, high: int | None) -> int | None:
    if low is None or high is None or high < low:
        return None
    return low + (_number(resource, salt or "") * (high - low) >> _BITS)


RANDOM_FUNCTIONS = (
    Function("Random.Next", "operator", parameters(R, S, I, I), I, None, _next,
             "A number from the lowest to below the highest, for a resource and a place.", takes_null=True),
    Function("Random.NextDouble", "operator", parameters(R, S), F, None,
             lambda resource, salt: _number(resource, salt or "") / 2**_BITS,
             "A number from 0 to below 1, for a resource and a place.", takes_null=True),
)  # fmt: skip
