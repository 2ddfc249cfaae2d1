"""Assignments in, differences out: every change that would make the targets of a resource type what they should be.

Leaves the temporary table `difference` (assigned, change, property, action, value, resource_id, old, cause, rule):
one row per property of a target that is not as expected, per link to add or remove, per target to create or delete.
"""

from compiler.plan.steps import Evaluate, ExpectedLinks, ExpectedScalar
from compiler.plan.tables import ID, SIDE, link_table, quoted, resource_table, rule_column, text
from runtime.engine.engine import Engine
from runtime.provisioning.roles import excluded_table
from runtime.provisioning.states import SETTLING, UNSENT, Cause, OrderState, names
from runtime.provisioning.tables import policy_columns, policy_table


def differ(step: Evaluate, engine: Engine) -> int:
    """Fill `difference`; gives the number of links that stand in the managed system though no rule expects them."""
    _gather_assignments(step, engine)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE expected AS {step.expected}")
    for table in _EMPTY:
        engine.execute(table)
    _targets(step, engine)
    known = policy_columns(engine, step.resource_type)
    for scalar in step.scalars:
        _scalar(step, scalar, scalar.property in known, engine)
    found = sum(_links(step, links, engine) for links in step.links)
    if not step.discards_kept:
        _respect_kept(engine)
    _inherit_causes(engine)
    return found


_EMPTY = (
    """CREATE OR REPLACE TEMP TABLE difference (assigned BIGINT, change VARCHAR, property VARCHAR, action VARCHAR,
        value VARCHAR, resource_id BIGINT, old VARCHAR, cause VARCHAR, rule VARCHAR)""",
    "CREATE OR REPLACE TEMP TABLE expected_now (property VARCHAR, assigned BIGINT, resource_id BIGINT)",
)
"""`expected_now` gathers the links this evaluation expects; they become `expected_link` when the evaluation stands."""


def _gather_assignments(step: Evaluate, engine: Engine) -> None:
    """`standing`: the assignments with what matters of owner and rule; `open_line`: what is ordered already.

    `active`: rules apply to it. `creates`: a target is to be created for it.
    """
    active = "w.owner_id IS NOT NULL" if step.wanted else "o.owner_id IS NOT NULL"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE standing AS
        SELECT a.id, a.owner_id, a.target_id, a.granted, a.evaluated, o.owner_id IS NOT NULL AS has_owner,
            w.rule, {active} AS active,
            w.owner_id IS NOT NULL AND a.target_id IS NULL AND {_may_create(step)} AS creates
        FROM provisioning.assigned AS a
        LEFT JOIN (SELECT {ID} AS owner_id FROM {resource_table(step.source)}) AS o ON o.owner_id = a.owner_id
        LEFT JOIN (SELECT DISTINCT owner_id, rule FROM wanted) AS w ON w.owner_id = a.owner_id
        WHERE a.resource_type = {text(step.resource_type)} {_takes_part(step)}""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE open_line AS
        SELECT orders.assigned, orders.id AS order_id, orders.change, orders.state, lines.* EXCLUDE (order_id)
        FROM provisioning.lines AS lines JOIN provisioning.orders AS orders ON lines.order_id = orders.id
        WHERE orders.resource_type = {text(step.resource_type)} AND orders.state IN {names((*UNSENT, *SETTLING))}""")


def _takes_part(step: Evaluate) -> str:
    """Owners that context rules exclude are left alone, whatever they have (§5)."""
    if not step.is_in_time:
        return ""
    return f"""AND (a.owner_id IS NULL OR a.owner_id NOT IN (SELECT owner_id FROM {excluded_table(step.source)}))"""


def _may_create(step: Evaluate) -> str:
    """Whether a target may be created now: allowed, its dependency provisioned, its owner ready (§12.1)."""
    conditions = ["true" if step.allow_add else "false"]
    if step.depends_on:
        conditions.append(f"""a.owner_id IN (SELECT owner_id FROM provisioning.assigned AS other
            WHERE other.resource_type = {text(step.depends_on)} AND (other.target_id IS NOT NULL OR other.id IN (
                SELECT assigned FROM provisioning.orders WHERE change = 'Added' AND state = 'Executed')))""")
    if step.ready:
        conditions.append(f"a.owner_id IN ({step.ready})")
    return " AND ".join(conditions)


def _targets(step: Evaluate, engine: Engine) -> None:
    engine.execute(f"""
        INSERT INTO difference
        SELECT id, 'Added', '', 'create', NULL, NULL, NULL, '{Cause.POLICY}', rule FROM standing WHERE creates""")
    if step.allow_remove:
        orphans = "true" if step.remove_orphans else "false"
        engine.execute(f"""
            INSERT INTO difference
            SELECT id, 'Deleted', '', 'delete', NULL, NULL, NULL,
                CASE WHEN has_owner THEN '{Cause.NOT_WANTED}' ELSE '{Cause.OWNER_GONE}' END,
                {text(f"{step.origin.file}:{step.origin.line}")}
            FROM standing WHERE target_id IS NOT NULL AND owner_id IS NOT NULL
              AND (({orphans} AND NOT has_owner) OR (has_owner AND granted AND NOT active))""")


def _scalar(step: Evaluate, scalar: ExpectedScalar, known: bool, engine: Engine) -> None:
    """One ruled scalar: given on creation when it has a value, compared on a standing target when it is mapped."""
    name, column, rule = text(scalar.property), quoted(scalar.property), text(scalar.rule)
    chosen = ""
    if scalar.is_chosen:
        rule = f"e.{quoted(rule_column(scalar.property))}"
        chosen = f"AND {rule} IS NOT NULL"
    engine.execute(f"""
        INSERT INTO difference
        SELECT s.id, 'Added', {name}, 'set', e.{column}, NULL, NULL, '{Cause.POLICY}', {rule}
        FROM standing AS s JOIN expected AS e ON e.owner_id = s.owner_id
        WHERE s.creates AND e.{column} IS NOT NULL {chosen}""")
    if not scalar.is_mapped:
        return
    before = f"p.{column}" if known else "NULL"
    stood = "s.evaluated AND p.assigned IS NOT NULL" if known else "false"
    differs = " IS DISTINCT FROM ".join(_folded(scalar, f"{side}.{column}") for side in "et")
    cause = f"""CASE WHEN NOT s.evaluated THEN '{Cause.FOUND}'
        WHEN {stood} AND {before} IS NOT DISTINCT FROM e.{column} THEN '{Cause.DRIFT}' ELSE '{Cause.POLICY}' END"""
    policy = f"LEFT JOIN {policy_table(step.resource_type)} AS p ON p.assigned = s.id" if known else ""
    engine.execute(f"""
        INSERT INTO difference
        SELECT s.id, 'Modified', {name}, 'set', e.{column}, NULL, t.{column}, {cause}, {rule}
        FROM standing AS s JOIN expected AS e ON e.owner_id = s.owner_id
        JOIN {resource_table(step.target)} AS t ON t.{ID} = s.target_id {policy}
        WHERE s.active AND {differs} {chosen}""")


def _folded(scalar: ExpectedScalar, column: str) -> str:
    return scalar.fold.replace("{0}", column) if scalar.fold else column


def _links(step: Evaluate, links: ExpectedLinks, engine: Engine) -> int:
    """One ruled navigation: links missing, links no longer expected; the number of links no rule ever expected."""
    near, far = SIDE[links.side], SIDE[3 - links.side]
    name, kind = text(links.property), text(step.resource_type)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE linked AS
        SELECT coalesce(e.assigned, t.assigned) AS assigned, coalesce(e.resource_id, t.resource_id) AS resource_id,
            e.resource_id IS NOT NULL AS is_expected, t.resource_id IS NOT NULL AS is_there,
            x.resource_id IS NOT NULL AS was_expected, e.rule, e.confidence
        FROM (SELECT s.id AS assigned, q.resource_id, q.rule, q.confidence FROM ({links.query}) AS q
              JOIN standing AS s ON s.owner_id = q.owner_id
              WHERE s.active AND (s.target_id IS NOT NULL OR s.creates)) AS e
        FULL JOIN (SELECT s.id AS assigned, l.{far} AS resource_id FROM {link_table(links.association)} AS l
              JOIN standing AS s ON s.target_id = l.{near} WHERE s.active) AS t
          ON t.assigned = e.assigned AND t.resource_id = e.resource_id
        LEFT JOIN (SELECT assigned, resource_id FROM provisioning.expected_link
              WHERE resource_type = {kind} AND property = {name}) AS x
          ON x.assigned = coalesce(e.assigned, t.assigned)
            AND x.resource_id = coalesce(e.resource_id, t.resource_id)""")
    engine.execute(f"""
        INSERT INTO expected_now SELECT {name}, assigned, resource_id FROM linked WHERE is_expected""")
    return _many(links, engine) if links.is_collection else _one(links, engine)


_ADD_CAUSE = f"""CASE WHEN l.confidence < 100 THEN '{Cause.SUGGESTED}'
    WHEN l.was_expected AND NOT s.creates THEN '{Cause.DRIFT}' ELSE '{Cause.POLICY}' END"""


def _many(links: ExpectedLinks, engine: Engine) -> int:
    """A removal stays due while its order is open, though the link is no longer among the expected ones."""
    name = text(links.property)
    ordered = f"SELECT assigned, resource_id FROM open_line WHERE property = {name} AND action = 'remove'"
    engine.execute(f"""
        INSERT INTO difference
        SELECT l.assigned, CASE WHEN s.creates THEN 'Added' ELSE 'Modified' END, {name}, 'add', NULL, l.resource_id,
            NULL, {_ADD_CAUSE}, l.rule
        FROM linked AS l JOIN standing AS s ON s.id = l.assigned WHERE l.is_expected AND NOT l.is_there""")
    engine.execute(f"""
        INSERT INTO difference
        SELECT l.assigned, 'Modified', {name}, 'remove', NULL, l.resource_id, NULL, '{Cause.POLICY}', l.rule
        FROM linked AS l LEFT JOIN (SELECT DISTINCT assigned, resource_id FROM ({ordered}) AS o) AS o
          ON o.assigned = l.assigned AND o.resource_id = l.resource_id
        WHERE l.is_there AND NOT l.is_expected AND (l.was_expected OR o.assigned IS NOT NULL)""")
    return int(
        engine.rows(f"""SELECT count(*) FROM linked AS l WHERE l.is_there AND NOT l.is_expected
        AND NOT l.was_expected AND (l.assigned, l.resource_id) NOT IN ({ordered})""")[0][0]
    )


def _one(links: ExpectedLinks, engine: Engine) -> int:
    """A mono-valued navigation: the expected resource in place of the one that is there, if any."""
    name = text(links.property)
    engine.execute(f"""
        INSERT INTO difference
        SELECT l.assigned, CASE WHEN s.creates THEN 'Added' ELSE 'Modified' END, {name}, 'set', NULL, l.resource_id,
            old.resource_id::VARCHAR,
            CASE WHEN l.confidence >= 100 AND old.resource_id IS NOT NULL AND NOT s.evaluated THEN '{Cause.FOUND}'
                ELSE {_ADD_CAUSE} END, l.rule
        FROM linked AS l JOIN standing AS s ON s.id = l.assigned
        LEFT JOIN (SELECT assigned, min(resource_id) AS resource_id FROM linked WHERE is_there GROUP BY assigned) AS old
          ON old.assigned = l.assigned
        WHERE l.is_expected AND NOT l.is_there""")
    expected = "SELECT assigned FROM linked WHERE is_expected"
    ordered = f"SELECT assigned FROM open_line WHERE property = {name} AND action = 'set' AND resource_id IS NULL"
    engine.execute(f"""
        INSERT INTO difference
        SELECT l.assigned, 'Modified', {name}, 'set', NULL, NULL, l.resource_id::VARCHAR, '{Cause.POLICY}', NULL
        FROM linked AS l WHERE l.is_there AND l.assigned NOT IN ({expected})
          AND (l.was_expected OR l.assigned IN ({ordered}))""")
    return int(
        engine.rows(f"""SELECT count(*) FROM linked AS l WHERE l.is_there AND NOT l.was_expected
        AND l.assigned NOT IN ({expected}) AND l.assigned NOT IN ({ordered})""")[0][0]
    )


def _respect_kept(engine: Engine) -> None:
    """A value that a person chose to keep is questioned, not overruled, when its source changes (§10.3)."""
    engine.execute(f"""
        UPDATE difference SET cause = '{Cause.KEPT}' FROM open_line AS o
        WHERE o.state = '{OrderState.DECLINED}' AND o.assigned = difference.assigned AND o.action = 'set'
          AND o.property = difference.property AND difference.action = 'set' AND difference.change = 'Modified'""")


def _inherit_causes(engine: Engine) -> None:
    """A change that is ordered already keeps the cause it was ordered for: the expected value it was measured
    against has been replaced since."""
    engine.execute("""
        UPDATE difference SET cause = o.cause, rule = coalesce(o.rule, difference.rule)
        FROM (SELECT DISTINCT ON (assigned, property, action, value, resource_id) * FROM open_line
              ORDER BY order_id DESC) AS o
        WHERE o.assigned = difference.assigned AND o.property = difference.property AND o.action = difference.action
          AND o.value IS NOT DISTINCT FROM difference.value
          AND o.resource_id IS NOT DISTINCT FROM difference.resource_id""")
