"""Differences in, provisioning orders out: one order per assignment and kind of cause, nothing ordered twice.

Reads the temporary tables `difference`, `standing`, `open_line` that `runtime.provisioning.difference` leaves behind.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from compiler.plan.steps import Evaluate
from compiler.plan.tables import text
from runtime.engine.engine import Engine
from runtime.provisioning.states import REVIEWED, SENT, SETTLING, UNSENT, OrderState, names
from runtime.provisioning.tables import named_resources

_LINE = "concat_ws(chr(31), property, action, coalesce(value, chr(30)), coalesce(resource_id::VARCHAR, chr(30)))"
_SIGNATURE = f"md5(string_agg({_LINE}, chr(29) ORDER BY {_LINE}))"
_REVIEW = f"CASE WHEN cause IN {names(REVIEWED)} THEN 'found' ELSE '' END"


class Generated(Struct, frozen=True, kw_only=True):
    """How many orders became what in one generation."""

    created: int
    awaiting: int
    superseded: int
    verified: int


def generate(step: Evaluate, engine: Engine, *, run: str, now: str, review: bool, retry_errors: bool) -> Generated:
    """Turn the differences of a resource type into orders.

    `now` is the time in internal text form. Orders wait for review when the type is blocked (unless `review` is
    False) or when they would undo what stands in the managed system. An order that left the queue is not repeated;
    errored ones only with `retry_errors`.
    """
    settling = tuple(state for state in SETTLING if not (retry_errors and state is OrderState.ERRORED))
    verified = _verify(step, engine)
    if step.validity:
        _expire(step, engine, now)
    _gather_needed(settling, engine)
    superseded = _supersede(step, retry_errors, engine)
    created = _create(step, engine, run=run, now=now) if step.is_provisioned else 0
    _place(step, engine, waits=bool(step.blocked) and review)
    return Generated(
        created=created, superseded=superseded, verified=verified, awaiting=_count(step, OrderState.AWAITING, engine)
    )


def _verify(step: Evaluate, engine: Engine) -> int:
    """An executed order is verified when none of its changes is needed any more and its target is seen."""
    return engine.execute(f"""
        UPDATE provisioning.orders SET state = '{OrderState.VERIFIED}', target_id = s.target_id, target = t.name
        FROM standing AS s JOIN ({named_resources(step.target, step.target_display)}) AS t ON t.id = s.target_id
        WHERE orders.resource_type = {text(step.resource_type)} AND orders.state = '{OrderState.EXECUTED}'
          AND orders.change <> 'Deleted' AND orders.assigned = s.id AND orders.id NOT IN (
            SELECT o.order_id FROM open_line AS o JOIN difference AS d ON d.assigned = o.assigned
              AND d.property = o.property AND d.action = o.action AND d.value IS NOT DISTINCT FROM o.value
              AND d.resource_id IS NOT DISTINCT FROM o.resource_id)""")


def _expire(step: Evaluate, engine: Engine, now: str) -> None:
    """An order that the system took, and whose change nobody sees after `validity` minutes, has failed (§11.2)."""
    latest = (datetime.strptime(now, "%Y%m%d%H%M%S") - timedelta(minutes=step.validity)).strftime("%Y%m%d%H%M%S")
    since = """coalesce((SELECT max(answered) FROM provisioning.results WHERE order_id = orders.id), created)"""
    engine.execute(
        f"""
        UPDATE provisioning.orders SET state = '{OrderState.ERRORED}', message = ?
        WHERE resource_type = {text(step.resource_type)} AND state IN {names(SENT)} AND {since} < {text(latest)}""",
        [f"taken, and after {step.validity} minutes nothing of it is seen (TransmittedStateValidityPeriod)"],
    )
    engine.execute(f"""
        UPDATE open_line SET state = '{OrderState.ERRORED}' WHERE order_id IN (
            SELECT id FROM provisioning.orders WHERE state = '{OrderState.ERRORED}')""")


def _gather_needed(settling: tuple[OrderState, ...], engine: Engine) -> None:
    """`needed`: the differences that no order which left the queue asks for already.

    A creation is one thing: while it is under way nothing of it is needed, and after it failed or was declined all
    of it is as soon as any of it differs.
    """
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE creating AS
        SELECT DISTINCT o.assigned FROM open_line AS o WHERE o.change = 'Added' AND (
            o.state IN {names(SENT)} OR (o.state IN {names(settling)} AND o.order_id IN ({_SAME_AS_ORDERED})))""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE needed AS SELECT *, {_REVIEW} AS review FROM difference AS d
        WHERE CASE WHEN d.change = 'Added' THEN d.assigned NOT IN (SELECT assigned FROM creating)
            ELSE NOT EXISTS (SELECT 1 FROM open_line AS o WHERE o.state IN {names(settling)}
                AND o.assigned = d.assigned AND o.property = d.property AND o.action = d.action
                AND o.value IS NOT DISTINCT FROM d.value AND o.resource_id IS NOT DISTINCT FROM d.resource_id) END""")


_SAME_AS_ORDERED = f"""
    SELECT o.order_id FROM (SELECT order_id, assigned, {_SIGNATURE} AS signature FROM open_line GROUP BY ALL) AS o
    JOIN (SELECT assigned, {_SIGNATURE} AS signature FROM difference GROUP BY ALL) AS d
      ON d.assigned = o.assigned AND d.signature = o.signature"""


def _supersede(step: Evaluate, retry_errors: bool, engine: Engine) -> int:
    """Waiting orders that ask for anything but what is needed now make room; `kept` are the others."""
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE kept AS
        SELECT o.order_id, o.assigned, o.review FROM (
            SELECT order_id, assigned, change, {_REVIEW} AS review, {_SIGNATURE} AS signature FROM open_line
            WHERE state IN {names(UNSENT)} GROUP BY ALL) AS o
        JOIN (SELECT assigned, change, review, {_SIGNATURE} AS signature FROM needed GROUP BY ALL) AS n
          ON n.assigned = o.assigned AND n.review = o.review AND n.signature = o.signature AND n.change = o.change""")
    if not step.is_provisioned:
        engine.execute("DELETE FROM kept")
    replaced = f"""state IN {names(UNSENT)} AND id NOT IN (SELECT order_id FROM kept)
        OR state = '{OrderState.ERRORED}' AND assigned IN (SELECT assigned FROM needed)
            AND ({"true" if retry_errors else "change = 'Added'"})"""
    return engine.execute(f"""
        UPDATE provisioning.orders SET state = '{OrderState.SUPERSEDED}'
        WHERE resource_type = {text(step.resource_type)} AND ({replaced})""")


def _create(step: Evaluate, engine: Engine, *, run: str, now: str) -> int:
    last = "(SELECT coalesce(max(id), 0) FROM provisioning.orders)"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT {last} + row_number() OVER (ORDER BY change, assigned, review) AS id, assigned, change, review
        FROM (SELECT DISTINCT assigned, change, review FROM needed) AS n
        WHERE (assigned, review) NOT IN (SELECT assigned, review FROM kept)""")
    engine.execute("""
        INSERT INTO provisioning.lines
        SELECT f.id, n.property, n.action, n.value, n.resource_id, n.old, n.cause, n.rule
        FROM needed AS n JOIN fresh AS f ON f.assigned = n.assigned AND f.review = n.review AND f.change = n.change""")
    return engine.execute(f"""
        INSERT INTO provisioning.orders
        SELECT f.id, {text(step.resource_type)}, f.assigned, s.owner_id, s.target_id, f.change,
            '{OrderState.AWAITING}', f.review, false, {text(run)}, {text(now)}, '', owner.name, target.name
        FROM fresh AS f JOIN standing AS s ON s.id = f.assigned
        LEFT JOIN ({named_resources(step.source, step.source_display)}) AS owner ON owner.id = s.owner_id
        LEFT JOIN ({named_resources(step.target, step.target_display)}) AS target ON target.id = s.target_id""")


def _place(step: Evaluate, engine: Engine, *, waits: bool) -> None:
    """Orders that nobody needs to look at are pending; the others wait."""
    if not waits:
        engine.execute(f"""
            UPDATE provisioning.orders SET state = '{OrderState.PENDING}'
            WHERE resource_type = {text(step.resource_type)} AND state = '{OrderState.AWAITING}' AND review = ''""")


def _count(step: Evaluate, state: OrderState, engine: Engine) -> int:
    return int(
        engine.rows(
            "SELECT count(*) FROM provisioning.orders WHERE resource_type = ? AND state = ?",
            (step.resource_type, state.value),
        )[0][0]
    )
