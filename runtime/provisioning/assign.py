"""Owners and targets in, assignments out: who has what, who shall have what, who lost it.

Works on the tables `provisioning.assigned` and the temporary `wanted`; every statement treats all owners at once.
"""

from msgspec import Struct

from compiler.plan.steps import Correlation, Evaluate
from compiler.plan.tables import ID, quoted, resource_table, text
from runtime.engine.engine import Engine
from runtime.provisioning.states import SENT, SETTLING, UNSENT, OrderState, names
from runtime.provisioning.suggestions import AUTOMATIC, suggest


class Assignments(Struct, frozen=True, kw_only=True):
    """What assigning did: pairs made by rule or by the key of a created target, suggestions, classified orphans."""

    correlated: int
    created_seen: int
    suggested: int
    classified: int


def assign(step: Evaluate, engine: Engine) -> Assignments:
    """Bring the assignments of one resource type up to the store; leaves the temporary table `wanted` behind."""
    _gather_wanted(step, engine)
    _forget_vanished_targets(step, engine)
    seen = _recognise_created(step, engine)
    correlated = sum(_correlate(step, each, engine) for each in _applied(step))
    suggested = suggest(step, engine)
    _add_wanted(step, engine)
    _drop_obsolete(step, engine)
    return Assignments(
        correlated=correlated, created_seen=seen, suggested=suggested, classified=_classify(step, engine)
    )


def _applied(step: Evaluate) -> list[Correlation]:
    """The rules whose matches need nobody's word (§8.3)."""
    if step.suggest_all and not step.correlate_multiple:
        return []
    return [each for each in step.correlations if each.confidence >= AUTOMATIC]


def _gather_wanted(step: Evaluate, engine: Engine) -> None:
    none = "SELECT NULL::BIGINT AS owner_id, NULL::VARCHAR AS rule WHERE false"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS {step.wanted or none}")


def _forget_vanished_targets(step: Evaluate, engine: Engine) -> None:
    engine.execute(f"""
        UPDATE provisioning.assigned SET target_id = NULL
        WHERE resource_type = {text(step.resource_type)} AND target_id IS NOT NULL
          AND target_id NOT IN (SELECT {ID} FROM {resource_table(step.target)})""")


def _recognise_created(step: Evaluate, engine: Engine) -> int:
    """A target that bears the key which an order created it with is that order's target."""
    if step.target_key is None:
        return 0
    return engine.execute(f"""
        UPDATE provisioning.assigned SET target_id = found.id, origin = 'created for this owner'
        FROM (SELECT {ID} AS id, {quoted(step.target_key)} AS key FROM {resource_table(step.target)}
              WHERE {ID} NOT IN (SELECT target_id FROM provisioning.assigned WHERE target_id IS NOT NULL)) AS found
        WHERE resource_type = {text(step.resource_type)} AND target_id IS NULL AND target_key = found.key""")


def _free_pairs(step: Evaluate, rule: Correlation) -> str:
    """The pairs of a rule whose target nobody else's living owner has, and whose owner may have another target."""
    name = text(step.resource_type)
    taken = f"""SELECT target_id FROM provisioning.assigned WHERE target_id IS NOT NULL
        AND (resource_type <> {name} OR owner_id IN (SELECT {ID} FROM {resource_table(step.source)}))"""
    served = f"""SELECT owner_id FROM provisioning.assigned
        WHERE resource_type = {name} AND target_id IS NOT NULL AND owner_id IS NOT NULL"""
    owners = "" if step.correlate_multiple else f"AND owner_id NOT IN ({served})"
    return f"""SELECT DISTINCT owner_id, target_id FROM ({rule.query}) AS matched
        WHERE target_id NOT IN ({taken}) {owners}"""


def _correlate(step: Evaluate, rule: Correlation, engine: Engine) -> int:
    """Pair by one rule. A target that two owners match goes to neither; of several targets the first is taken."""
    name, origin = text(step.resource_type), text(f"{rule.origin.file}:{rule.origin.line}")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE paired AS
        SELECT owner_id, target_id, row_number() OVER (PARTITION BY owner_id ORDER BY target_id) AS place FROM (
            SELECT * FROM ({_free_pairs(step, rule)}) QUALIFY count(*) OVER (PARTITION BY target_id) = 1)""")
    if not step.correlate_multiple:
        engine.execute("DELETE FROM paired WHERE place > 1")
    engine.execute(f"""
        DELETE FROM provisioning.assigned WHERE resource_type = {name}
          AND target_id IN (SELECT target_id FROM paired)""")
    engine.execute(f"""
        UPDATE provisioning.assigned SET target_id = paired.target_id, confidence = {rule.confidence},
            origin = {origin}
        FROM paired WHERE resource_type = {name} AND assigned.target_id IS NULL
          AND assigned.owner_id = paired.owner_id AND paired.place = 1""")
    placed = "SELECT target_id FROM provisioning.assigned WHERE target_id IS NOT NULL"
    rest = f"SELECT owner_id, target_id FROM paired WHERE target_id NOT IN ({placed})"
    _insert(step, rest, engine, origin, rule.confidence)
    return int(engine.rows("SELECT count(*) FROM paired")[0][0])


def _add_wanted(step: Evaluate, engine: Engine) -> None:
    name = text(step.resource_type)
    new = f"""SELECT DISTINCT owner_id, NULL::BIGINT AS target_id FROM wanted WHERE owner_id NOT IN (
        SELECT owner_id FROM provisioning.assigned WHERE resource_type = {name} AND owner_id IS NOT NULL)"""
    _insert(step, new, engine, text("rule"), AUTOMATIC)


def _insert(step: Evaluate, pairs: str, engine: Engine, origin: str, confidence: int) -> None:
    last = "(SELECT coalesce(max(id), 0) FROM provisioning.assigned)"
    engine.execute(f"""
        INSERT INTO provisioning.assigned
        SELECT {last} + row_number() OVER (ORDER BY owner_id, target_id), {text(step.resource_type)},
            owner_id, target_id, NULL, {confidence}, {origin}, false, false
        FROM ({pairs}) AS pairs""")


def _classify(step: Evaluate, engine: Engine) -> int:
    """Resources of the type that nobody owns: kept as assignments without owner, shown, never changed."""
    total = 0
    for rule in step.classifications:
        free = f"""SELECT NULL::BIGINT AS owner_id, {ID} AS target_id FROM ({rule.query}) AS classified
            WHERE {ID} NOT IN (SELECT target_id FROM provisioning.assigned WHERE target_id IS NOT NULL)"""
        total += int(engine.rows(f"SELECT count(*) FROM ({free})")[0][0])
        _insert(step, free, engine, text(f"{rule.origin.file}:{rule.origin.line}"), rule.confidence)
    return total


def _drop_obsolete(step: Evaluate, engine: Engine) -> None:
    """Assignments without target that nobody wants. One whose creation was sent stays until its target is seen."""
    name = text(step.resource_type)
    engine.execute(f"""
        DELETE FROM provisioning.assigned
        WHERE resource_type = {name} AND target_id IS NULL
          AND (owner_id IS NULL OR owner_id NOT IN (SELECT owner_id FROM wanted))
          AND id NOT IN (SELECT assigned FROM provisioning.orders WHERE change = 'Added' AND state IN {names(SENT)})""")
    engine.execute(f"""
        UPDATE provisioning.orders SET state = CASE
            WHEN change = 'Deleted' AND state IN {names(SENT)} THEN '{OrderState.VERIFIED}'
            ELSE '{OrderState.SUPERSEDED}' END
        WHERE resource_type = {name} AND state IN {names((*UNSENT, *SETTLING))}
          AND assigned NOT IN (SELECT id FROM provisioning.assigned)""")
