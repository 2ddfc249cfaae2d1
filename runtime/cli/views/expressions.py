"""What an expression came to, for a person or a machine, on standard output."""

import msgspec

from compiler.expressions.infer import named
from compiler.expressions.types import ValueType
from runtime.cli.views.stream import record, say


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One expression: its type, its query, the functions of it that run in Python, its value where a row was given."""

    type: ValueType
    sql: str
    python: tuple[str, ...]
    value: str | None | msgspec.UnsetType


def as_text(tried: Tried) -> None:
    """In words."""
    say(f"type     {named(tried.type)}")
    say(f"runs in  {'SQL and Python: ' + ', '.join(tried.python) if tried.python else 'SQL'}")
    say(f"sql      {tried.sql}")
    if tried.value is not msgspec.UNSET:
        say(f"value    {'null' if tried.value is None else msgspec.json.encode(tried.value).decode()}")


def as_json(tried: Tried) -> None:
    """As a line of JSON; `value` is there when a row was given."""
    record({"record": "expression", **msgspec.to_builtins(tried)})
