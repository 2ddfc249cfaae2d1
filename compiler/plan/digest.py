"""A plan in, the digest of what it says out: the same for configurations that differ in lines, layout or comments."""

import hashlib
import re

import msgspec

from compiler.plan.plan import Plan

_PLACE = re.compile(rb'"line":\d+,"column":\d+|(?<=\.xml):\d+', re.IGNORECASE)
"""What tells a line: the rest of an origin, and of a rule's label, which stands in queries too."""


def digest_of(plan: Plan) -> str:
    """SHA-256 over the plan's form, its items in their order, and its steps, without the lines they come from.

    Items are hashed as they are, so that a text of an author that looks like a place still counts.
    """
    items = [(item.kind, item.key, item.content) for item in plan.items]
    steps = msgspec.json.encode((plan.entity_types, plan.associations, plan.steps, plan.functions, plan.jobs))
    hashed = hashlib.sha256(b"plan %d\n" % plan.form)
    hashed.update(msgspec.json.encode(items))
    hashed.update(_PLACE.sub(b"", steps))
    return hashed.hexdigest()
