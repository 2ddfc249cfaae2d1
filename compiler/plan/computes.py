"""Computed properties with what they read in; the steps that compute them out, each after those that it reads.

What is read comes first, whatever the priorities; among properties that do not read each other the lower priority.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from compiler.model.metadata import EntityPropertyExpression
from compiler.plan.places import origin
from compiler.plan.queries import Queries
from compiler.plan.steps import ComputedProperty


class Computed(Struct, frozen=True):
    """A computed property as it is written and as the plan has it."""

    item: EntityPropertyExpression
    lowered: ComputedProperty

    def is_read_by(self, other: "Computed") -> bool:
        """Whether another property's value depends on this one's."""
        return other.lowered.reads_computed(self.item.entity_type, self.lowered)


def groups(queries: Queries) -> Iterator[list[Computed]]:
    """The computed properties of one entity type that can be computed together, group after group."""
    items = sorted(queries.model.property_expressions.values(), key=lambda each: each.priority)
    waiting = [Computed(each, _lowered(queries, each)) for each in items]
    while waiting:
        first = next((each for each in waiting if not _waits(each, waiting)), waiting[0])
        group: list[Computed] = []
        found: Computed | None = first
        while found is not None:
            group.append(found)
            waiting.remove(found)
            found = _next(waiting, first.item.entity_type)
        yield group


def _next(waiting: Sequence[Computed], entity_type: str) -> Computed | None:
    """The next property of the same entity type that reads nothing which is still to be computed."""
    return next((each for each in waiting if each.item.entity_type == entity_type and not _waits(each, waiting)), None)


def _waits(it: Computed, waiting: Sequence[Computed]) -> bool:
    return any(each is not it and each.is_read_by(it) for each in waiting)


def _lowered(queries: Queries, item: EntityPropertyExpression) -> ComputedProperty:
    side = queries.model.side(item.entity_type, item.property)
    query, reads = queries.computed(item)
    return ComputedProperty(
        property=item.property,
        association=side.association.identifier if side else None,
        side=side.number if side else 0,
        query=query,
        reads=reads,
        origin=origin(item),
    )
