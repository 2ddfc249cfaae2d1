"""A plan in, the deployed configuration and the store's layout changed, together or not at all, out.

Replacing `Deployed/current.json` is the moment at which a deployment happens; the store changes in a transaction around
it. Should a kill come between the two, the statements left in that file are repeated by whoever next holds the
workspace's lock, before anything else is done with the store.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from compiler.plan import codec
from compiler.plan.compare import Change, compare
from compiler.plan.plan import Plan
from runtime.engine.opening import opened
from runtime.provisioning.vanished import closing, vanished_orders
from runtime.runner.history import Current, Deployment, Sources, current_of, deployed, point, write
from runtime.store.losses import Loss
from runtime.store.store import Store
from runtime.workspace import Workspace


class GuardedDeletion(Exception):
    """Deploying would lose stored data, and nobody said that it may; nothing was changed."""

    def __init__(self, losses: tuple[Loss, ...]) -> None:
        super().__init__("deploying would lose stored data")
        self.losses = losses


def losses(workspace: Workspace, plan: Plan) -> tuple[Loss, ...]:
    """The stored data that deploying `plan` would lose, and the orders it would close.

    The caller holds the workspace's lock, or the only copy.
    """
    if not workspace.store.exists():
        return ()
    recover(workspace)
    with _store(workspace) as store:
        return (*store.losses(deployed(workspace), plan)[0], *vanished_orders(store.engine, plan))


def deploy(
    workspace: Workspace,
    plan: Plan,
    sources: Callable[[], Sources],
    *,
    who: str,
    reason: str = "",
    cascade: bool = False,
) -> Deployment | None:
    """Make `plan` the deployed one, all of it or nothing; None when it is already. The caller holds the lock.

    `sources` gives the XML that is kept. Raises `GuardedDeletion` where stored data would be lost, unless `cascade`
    says that they may go: then they go in the same moment. Waiting orders of a resource type that is gone are closed.
    """
    recover(workspace)
    data, before = codec.encode(plan), deployed(workspace)
    if before is not None and codec.encode(before) == data:
        return None
    with _store(workspace) as store:
        lost, drops = store.losses(before, plan)
        if lost and not cascade:
            raise GuardedDeletion(lost)
        orders = tuple(vanished_orders(store.engine, plan))
        drops = (*drops, *(closing(each.name) for each in orders))
        entry = _entry(workspace, plan, compare(before, plan), (*lost, *orders), who=who, reason=reason)
        write(workspace, entry, data, sources())
        with store.engine.transaction():
            store.change_layout(plan, drops)
            point(workspace, Current(entry.id, drops))
    point(workspace, Current(entry.id))
    return entry


def recover(workspace: Workspace) -> None:
    """Finish the deployment that a kill cut short, if one did. The caller holds the workspace's lock."""
    current = current_of(workspace)
    plan = deployed(workspace) if current and current.unfinished else None
    if current is None or plan is None:
        return
    with _store(workspace) as store, store.engine.transaction():
        store.change_layout(plan, current.unfinished)
    point(workspace, Current(current.id))


def _entry(
    workspace: Workspace, plan: Plan, changes: Iterable[Change], lost: tuple[Loss, ...], *, who: str, reason: str
) -> Deployment:
    now, current = datetime.now(UTC), current_of(workspace)
    actions = [change.action for change in changes]
    return Deployment(
        id=f"{now:%Y%m%dT%H%M%S.%fZ}-{plan.digest[:12]}",
        when=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        who=who,
        reason=reason,
        digest=plan.digest,
        sources=plan.sources,
        inserted=actions.count("insert"),
        updated=actions.count("update"),
        deleted=actions.count("delete"),
        lost=lost,
        previous=current.id if current else "",
    )


@contextmanager
def _store(workspace: Workspace) -> Iterator[Store]:
    workspace.create()
    engine = opened(workspace)
    try:
        yield Store(engine)
    finally:
        engine.close()
