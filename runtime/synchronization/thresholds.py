"""The staged changes of a connector in; every limit that they pass, at each documented level, out.

Levels: the connector's resources, its links, each entity type, each association, all at once (synchronization.md 8);
the resources that go because their row is missing, which have a limit of their own (decisions.md); and a source that
was full and is not, which needs no limit to be an accident.
"""

from collections.abc import Iterable, Iterator, Sequence

from compiler.plan.steps import Synchronise
from runtime.store.limits import LINE_NAMES, LINK_NAMES, Counts, Exceeded, exceeded
from runtime.synchronization.links import LinkChanges, StagedLinks
from runtime.synchronization.resources import Changes, StagedEntity

_MAPPED_LINKS = {action: LINE_NAMES[action] for action in LINK_NAMES}
"""An association mapping's attributes: those of lines, though a link is never updated."""


PLENTY = 10
"""From so many on, what is stored does not shrink to one or none by itself, whatever the limits are."""


def limits_passed(
    step: Synchronise, entities: Sequence[StagedEntity], links: Sequence[StagedLinks], max_absent: int | None
) -> list[Exceeded]:
    """Every limit that the staged changes pass, those that an emptied source passes included."""
    found = exceeded(
        step.limits,
        _sum(each.changes for each in entities),
        total=sum(each.total for each in entities),
        scope=f"connector {step.connector}",
        origin=step.origin,
    )
    found += exceeded(
        step.link_limits,
        _sum(each.changes for each in links),
        total=sum(each.total for each in links),
        scope=f"connector {step.connector}",
        origin=step.origin,
        names=LINK_NAMES,
    )
    for entity in entities:
        found += exceeded(
            entity.source.limits,
            _sum([entity.changes]),
            total=entity.total,
            origin=entity.source.origin,
            scope=f"entity type {entity.source.entity_type}",
        )
    for link in links:
        found += exceeded(
            link.source.limits,
            _sum([link.changes]),
            total=link.total,
            origin=link.source.origin,
            scope=f"association {link.source.association}",
            names=_MAPPED_LINKS,
        )
    return [*found, *_absent(step, entities, max_absent), *_emptied(entities, links)]


def _emptied(entities: Sequence[StagedEntity], links: Sequence[StagedLinks]) -> Iterator[Exceeded]:
    """A source that was full and now has one row or none is an accident until a person says otherwise (safety.md 5).

    No attribute switches this off: a source may be emptied by a fault whose author thought of no limit.
    """
    empty = [(f"entity type {each.source.entity_type}", each) for each in entities if _is_emptied(each)]
    yield from (_emptied_in(scope, each) for scope, each in empty)
    if not empty:  # else links go with their resources
        yield from (_emptied_in(f"association {each.source.association}", each) for each in links if _is_emptied(each))


def _is_emptied(staged: StagedEntity | StagedLinks) -> bool:
    left = staged.total + staged.changes.inserted - staged.changes.deleted
    return staged.total >= PLENTY and staged.changes.absent > 0 and left <= 1


def _emptied_in(scope: str, staged: StagedEntity | StagedLinks) -> Exceeded:
    return Exceeded(
        scope=scope,
        attribute="",
        action="absent",
        count=staged.changes.absent,
        limit=0,
        total=staged.total,
        is_percent=False,
        origin=staged.source.origin,
    )


def _absent(step: Synchronise, entities: Sequence[StagedEntity], most: int | None) -> list[Exceeded]:
    """The limit on resources whose row is missing, as opposed to those that a `delete` row names."""
    count = sum(each.changes.absent for each in entities)
    if most is None or count <= most:
        return []
    total = sum(each.total for each in entities)
    return [
        Exceeded(
            scope=f"connector {step.connector}",
            attribute="--max-absent",
            action="absent",
            count=count,
            limit=most,
            total=total,
            is_percent=False,
            origin=step.origin,
        )
    ]


def _sum(changes: Iterable[Changes | LinkChanges]) -> Counts:
    inserted = updated = deleted = 0
    for each in changes:
        inserted += each.inserted
        updated += each.updated if isinstance(each, Changes) else 0
        deleted += each.deleted
    return Counts(inserted=inserted, updated=updated, deleted=deleted)
