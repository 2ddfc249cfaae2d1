"""Correlation rules in, the pairs that a person has to decide on out, and what a person decided (provisioning.md §8.3).

A suggestion is a match that is not applied by itself: its confidence is below 100, or its resource type suggests all.
An accepted one becomes an assignment; a refused one is remembered and does not come back.
"""

from collections.abc import Sequence

from msgspec import Struct

from compiler.plan.steps import Correlation, Evaluate
from compiler.plan.tables import text
from runtime.engine.engine import Engine
from runtime.provisioning.tables import create_tables, named_resources

AUTOMATIC = 100
"""From this confidence on a match is applied, below it is only suggested (provisioning.md §8.2)."""


class Suggestion(Struct, frozen=True, kw_only=True):
    """One match that waits: an owner, a target, how sure the rule is."""

    id: int
    resource_type: str
    owner: str | None
    target: str | None
    confidence: int
    rule: str


def suggest(step: Evaluate, engine: Engine) -> int:
    """Bring the suggestions of one resource type up to date, after its correlations; gives how many are open.

    A pair keeps its number for ever, so that a person decides on what was shown. An owner who has a target already
    gets suggestions only where the type suggests all.
    """
    name = text(step.resource_type)
    engine.execute("""CREATE OR REPLACE TEMP TABLE matching
        (owner_id BIGINT, target_id BIGINT, confidence INTEGER, rule VARCHAR)""")
    for rule in step.correlations:
        engine.execute(f"""
            INSERT INTO matching SELECT owner_id, target_id, {rule.confidence},
                {text(f"{rule.origin.file}:{rule.origin.line}")} FROM ({_pairs(step, rule)}) AS pairs""")
    if not step.correlate_multiple and not step.suggest_all:
        engine.execute("""CREATE OR REPLACE TEMP TABLE matching AS SELECT * FROM matching
            QUALIFY row_number() OVER (PARTITION BY owner_id ORDER BY confidence DESC, target_id) = 1""")
    same = "suggestion.owner_id = m.owner_id AND suggestion.target_id = m.target_id"
    engine.execute(f"""
        UPDATE provisioning.suggestion SET state = 'gone' WHERE resource_type = {name} AND state = 'open'
          AND (owner_id, target_id) NOT IN (SELECT owner_id, target_id FROM matching)""")
    engine.execute(f"""
        UPDATE provisioning.suggestion SET state = 'open', confidence = m.confidence, rule = m.rule FROM matching AS m
        WHERE resource_type = {name} AND state IN ('open', 'gone') AND {same}""")
    engine.execute(f"""
        INSERT INTO provisioning.suggestion
        SELECT (SELECT coalesce(max(id), 0) FROM provisioning.suggestion) + row_number() OVER (
                ORDER BY confidence DESC, owner_id, target_id), {name}, owner_id, target_id, confidence, rule,
            'open', owner.name, target.name
        FROM matching JOIN ({named_resources(step.source, step.source_display)}) AS owner ON owner.id = owner_id
        JOIN ({named_resources(step.target, step.target_display)}) AS target ON target.id = target_id
        WHERE (owner_id, target_id) NOT IN (
            SELECT owner_id, target_id FROM provisioning.suggestion WHERE resource_type = {name})""")
    opened = f"SELECT count(*) FROM provisioning.suggestion WHERE resource_type = {name} AND state = 'open'"
    return int(engine.rows(opened)[0][0])


def list_suggestions(engine: Engine) -> list[Suggestion]:
    """What waits for a person, by resource type, the surest first."""
    create_tables(engine)
    rows = engine.rows("""
        SELECT id, resource_type, owner, target, confidence, rule FROM provisioning.suggestion WHERE state = 'open'
        ORDER BY resource_type, confidence DESC, id""")
    names = ("id", "resource_type", "owner", "target", "confidence", "rule")
    return [Suggestion(**dict(zip(names, row, strict=True))) for row in rows]


def accept(engine: Engine, numbers: Sequence[int]) -> list[int]:
    """Make suggestions assignments; gives back those that were. Of two with one target only the first is taken."""
    with engine.transaction():
        return [number for number in _waiting(engine, numbers) if _assign(engine, number)]


def refuse(engine: Engine, numbers: Sequence[int]) -> list[int]:
    """Remember that suggestions are wrong; gives back those that waited."""
    with engine.transaction():
        waiting = _waiting(engine, numbers)
        for number in waiting:
            _settle(engine, number, "refused")
    return waiting


def _waiting(engine: Engine, numbers: Sequence[int]) -> list[int]:
    create_tables(engine)
    rows = engine.rows(
        """SELECT id FROM provisioning.suggestion WHERE state = 'open' AND id IN (SELECT unnest(?::BIGINT[]))
        ORDER BY id""",
        [list(numbers)],
    )
    return [number for (number,) in rows]


def _assign(engine: Engine, number: int) -> bool:
    """Pair owner and target as the suggestion says, unless the target has an owner by now."""
    found = "SELECT resource_type, owner_id, target_id, rule FROM provisioning.suggestion WHERE id = ?"
    ((resource_type, owner, target, rule),) = engine.rows(found, [number])
    taken = "SELECT 1 FROM provisioning.assigned WHERE target_id = ? AND owner_id IS NOT NULL"
    if engine.rows(taken, [target]):
        return False
    _settle(engine, number, "accepted")
    engine.execute("DELETE FROM provisioning.assigned WHERE target_id = ?", [target])
    origin = f"accepted, suggested by {rule}"
    changed = engine.execute(
        """UPDATE provisioning.assigned SET target_id = ?, confidence = ?, origin = ?
        WHERE resource_type = ? AND owner_id = ? AND target_id IS NULL""",
        [target, AUTOMATIC, origin, resource_type, owner],
    )
    if not changed:
        engine.execute(
            """INSERT INTO provisioning.assigned
            SELECT coalesce(max(id), 0) + 1, ?, ?, ?, NULL, ?, ?, false, false FROM provisioning.assigned""",
            [resource_type, owner, target, AUTOMATIC, origin],
        )
    return True


def _settle(engine: Engine, number: int, state: str) -> None:
    engine.execute("UPDATE provisioning.suggestion SET state = ? WHERE id = ?", [state, number])


def _pairs(step: Evaluate, rule: Correlation) -> str:
    """The pairs of a rule that are not applied: for whom, the table of §8.3 says."""
    name = text(step.resource_type)
    if rule.confidence >= AUTOMATIC and not (step.suggest_all and not step.correlate_multiple):
        return f"SELECT owner_id, target_id FROM ({rule.query}) AS matched WHERE false"
    free = f"""SELECT DISTINCT owner_id, target_id FROM ({rule.query}) AS matched
        WHERE target_id NOT IN (SELECT target_id FROM provisioning.assigned
            WHERE target_id IS NOT NULL AND owner_id IS NOT NULL)
          AND (owner_id, target_id) NOT IN (SELECT owner_id, target_id FROM matching)
          AND (owner_id, target_id) NOT IN (
            SELECT owner_id, target_id FROM provisioning.suggestion
            WHERE resource_type = {name} AND state = 'refused')"""
    anybody = step.suggest_all and (step.correlate_multiple or rule.confidence >= AUTOMATIC)
    if anybody:
        return free
    served = f"""SELECT owner_id FROM provisioning.assigned
        WHERE resource_type = {name} AND target_id IS NOT NULL AND owner_id IS NOT NULL"""
    return f"{free} AND owner_id NOT IN ({served})"
