"""A plan to JSON that a person can read, and back. Same plan, same bytes."""

import re

import msgspec

from compiler.plan.plan import FORMAT, Plan


class PlanUnreadable(Exception):
    """The bytes are no plan of this version's form."""


def encode(plan: Plan) -> bytes:
    """The plan as indented JSON with a final line end; keys stand in the order in which they are declared."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"


def form_of(data: bytes) -> int:
    """The form of a plan that `encode` of any version wrote; 0 for anything else."""
    found = re.match(rb'\s*\{\s*"form":\s*([0-9]{1,9})\b', data[:200])
    return int(found[1]) if found else 0


class _Form(msgspec.Struct):
    form: int


def decode(data: bytes) -> Plan:
    """The plan that `encode` wrote. Raises `PlanUnreadable` for anything else, a plan of another form among them."""
    try:
        form = msgspec.json.decode(data, type=_Form).form
        if form != FORMAT:
            raise PlanUnreadable(f"a plan of form {form}; this version runs form {FORMAT}: compile again")
        return msgspec.json.decode(data, type=Plan)
    except msgspec.MsgspecError as error:
        raise PlanUnreadable(f"not a plan of form {FORMAT}: {error}") from None
