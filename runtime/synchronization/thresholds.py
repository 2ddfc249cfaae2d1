"""The staged changes of a connector in; every limit that they pass, at each documented level, out.

Levels: the connector's resources, its links, each entity type, each association, all at once (synchronization.md 8);
and the resources that go because their row is missing, which have a limit of their own (decisions.md).
"""

from collections.abc import Iterable, Sequence

from compiler.plan.steps import Synchronise
from runtime.store.limits import LINE_NAMES, LINK_NAMES, Counts, Exceeded, exceeded
from runtime.store.limits import ThresholdExceeded as ThresholdExceeded  # what synchronise raises
from runtime.synchronization.links import LinkChanges, StagedLinks
from runtime.synchronization.resources import Changes, StagedEntity

_MAPPED_LINKS = {action: LINE_NAMES[action] for action in LINK_NAMES}
"""An association mapping's attributes: those of lines, though a link is never updated."""


def check_limits(
    step: Synchronise, entities: Sequence[StagedEntity], links: Sequence[StagedLinks], max_absent: int | None
) -> None:
    """Hold the staged changes against every limit. Raises `ThresholdExceeded` with all that are passed."""
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
    found += _absent(step, entities, max_absent)
    if found:
        raise ThresholdExceeded(found)


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
