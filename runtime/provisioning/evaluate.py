"""One resource type in, its orders out: assign, differ, generate, all in one transaction over the store."""

from msgspec import Struct

from compiler.plan.steps import Evaluate
from compiler.plan.tables import quoted, text
from runtime.engine.engine import Engine
from runtime.provisioning.arguments import argue
from runtime.provisioning.assign import Assignments, assign
from runtime.provisioning.difference import differ
from runtime.provisioning.generate import Generated, generate
from runtime.provisioning.roles import tell_time
from runtime.provisioning.states import OrderState
from runtime.provisioning.tables import create_tables, policy_table
from runtime.store.limits import Counts, ThresholdExceeded, exceeded


class Evaluated(Struct, frozen=True, kw_only=True):
    """What evaluating one resource type found and ordered; `found_links` and `orphans` are left to a person."""

    assignments: Assignments
    orders: Generated
    found_links: int
    orphans: int


def evaluate(
    step: Evaluate, engine: Engine, *, run: str, now: str, review: bool, force: bool, retry_errors: bool
) -> Evaluated:
    """Evaluate one resource type. Raises `ThresholdExceeded`, with nothing changed, when more orders would go out
    than its limits allow and `force` is not given. `now` is the time in internal text form."""
    with engine.transaction():
        create_tables(engine)
        if step.minutes:
            tell_time(engine, now, step.minutes)
        assignments = assign(step, engine)
        found = differ(step, engine)
        orders = generate(step, engine, run=run, now=now, review=review, retry_errors=retry_errors)
        argue(step, engine)
        _remember(step, engine)
        if not force:
            _check_limits(step, engine)
        return Evaluated(assignments=assignments, orders=orders, found_links=found, orphans=_orphans(engine))


def _remember(step: Evaluate, engine: Engine) -> None:
    """Keep what was expected: the next evaluation tells by it a changed rule from a changed system."""
    columns = "".join(f", e.{quoted(each.property)}" for each in step.scalars)
    engine.execute(f"""
        CREATE OR REPLACE TABLE {policy_table(step.resource_type)} AS
        SELECT s.id AS assigned{columns} FROM standing AS s JOIN expected AS e ON e.owner_id = s.owner_id
        WHERE s.active""")
    name = text(step.resource_type)
    engine.execute(f"DELETE FROM provisioning.expected_link WHERE resource_type = {name}")
    engine.execute(f"""
        INSERT INTO provisioning.expected_link SELECT {name}, assigned, property, resource_id FROM expected_now""")
    key = next((each.property for each in step.scalars if each.property == step.target_key), None)
    bears = f"e.{quoted(key)}" if key else "NULL"
    engine.execute(f"""
        UPDATE provisioning.assigned SET evaluated = assigned.evaluated OR s.active,
            granted = assigned.granted OR (s.active AND {"true" if step.wanted else "false"}),
            target_key = CASE WHEN s.creates THEN {bears} ELSE assigned.target_key END
        FROM standing AS s LEFT JOIN expected AS e ON e.owner_id = s.owner_id
        WHERE assigned.id = s.id AND assigned.resource_type = {name}""")


def _check_limits(step: Evaluate, engine: Engine) -> None:
    """Counted: orders that would go out and that no person has approved; base: the targets assigned."""
    name = text(step.resource_type)
    rows = engine.rows(f"""
        SELECT change, count(*) FROM provisioning.orders WHERE resource_type = {name}
          AND state = '{OrderState.PENDING}' AND NOT approved GROUP BY change""")
    counts: dict[str, int] = {change: count for change, count in rows}
    total = engine.rows(f"""
        SELECT count(*) FROM provisioning.assigned WHERE resource_type = {name} AND target_id IS NOT NULL""")[0][0]
    out = Counts(counts.get("Added", 0), counts.get("Modified", 0), counts.get("Deleted", 0))
    over = exceeded(
        step.limits,
        out,
        total=int(total),
        scope=f"resource type {step.resource_type}",
        origin=step.origin,
        names=_NAMES,
    )
    if over:
        raise ThresholdExceeded(over)


_NAMES = {
    "inserted": ("MaximumInsert", "MaximumInsertPercent"),
    "updated": ("MaximumUpdate", "MaximumUpdatePercent"),
    "deleted": ("MaximumDelete", "MaximumDeletePercent"),
}


def _orphans(engine: Engine) -> int:
    """Targets whose owner is gone and that no order deletes."""
    return int(
        engine.rows("""
        SELECT count(*) FROM standing WHERE target_id IS NOT NULL AND NOT has_owner
          AND id NOT IN (SELECT assigned FROM difference WHERE change = 'Deleted')""")[0][0]
    )
