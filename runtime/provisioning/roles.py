"""Identities and rules of roles in, their contexts over time and the roles they hold in each out (§5, §7.1, §7.2).

Time is cut wherever a context of an identity begins or ends, so that within a slice nothing changes; a slice in which
the identity stands in several contexts at once has a row for each. A role is held in a slice or it is not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from compiler.plan.slices import Criteria, slices
from compiler.plan.steps import DimensionValues, RoleRule, Roles
from compiler.plan.tables import (
    CONTEXT_SCHEMA,
    DIMENSION_SCHEMA,
    FIRST,
    ID,
    LAST,
    ROLE_SCHEMA,
    context_table,
    dimension_table,
    quoted,
    resource_table,
    role_table,
    text,
)
from runtime.engine.engine import Engine

_TEXT_FORM = "%Y%m%d%H%M%S"

EXCLUDED = "excluded"
"""The schema of the identities that take no part, by entity type."""


class Held(Struct, frozen=True, kw_only=True):
    """How many slices of time the identities have, how many take no part, and how many roles are held in a slice."""

    contexts: int
    excluded: int
    roles: int


def hold(step: Roles, engine: Engine, *, now: str) -> Held:
    """Make the contexts and roles of one entity type's identities anew. `now` is the time in internal text form."""
    with engine.transaction():
        for schema in (CONTEXT_SCHEMA, ROLE_SCHEMA, DIMENSION_SCHEMA, EXCLUDED, "provisioning"):
            engine.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        tell_time(engine, now, (0,))
        for dimension in step.dimensions:
            _name_values(dimension, engine)
        _exclude(step, engine)
        _slice(step, engine)
        _hold_roles(step, engine)
        return Held(
            contexts=_count(context_table(step.entity_type), engine),
            excluded=_count(excluded_table(step.entity_type), engine),
            roles=_count(role_table(step.entity_type), engine),
        )


def tell_time(engine: Engine, now: str, minutes: Sequence[int]) -> None:
    """Say which text form the present has, so many minutes on: `provisioning.moment`."""
    present = datetime.strptime(now, _TEXT_FORM)
    rows = ", ".join(f"({each}, {text(_moment(present, each))})" for each in minutes)
    engine.execute(
        f"CREATE OR REPLACE TABLE provisioning.moment AS SELECT * FROM (VALUES {rows}) AS m(minutes, instant)"
    )


def excluded_table(entity_type: str) -> str:
    """The table of the identities that take no part, in SQL."""
    return f"{EXCLUDED}.{quoted(entity_type)}"


def _moment(present: datetime, minutes: int) -> str:
    try:
        return (present + timedelta(minutes=minutes)).strftime(_TEXT_FORM)
    except OverflowError:
        return FIRST if minutes < 0 else LAST


def _name_values(dimension: DimensionValues, engine: Engine) -> None:
    """For every key of a value its `_id`, and those of all values below it, however deep; circles end."""
    below = ""
    if dimension.above:
        below = f"""
        UNION ALL SELECT k.key, d.{ID}, true FROM keys AS k JOIN (
            WITH RECURSIVE up(below, above) AS (
                SELECT {ID}, above FROM ({dimension.above}) AS first
                UNION SELECT up.below, next.above FROM up JOIN ({dimension.above}) AS next ON next.{ID} = up.above)
            SELECT below AS {ID}, above FROM up WHERE below <> above) AS d ON d.above = k.{ID}"""
    engine.execute(f"""
        CREATE OR REPLACE TABLE {dimension_table(dimension.number)} AS
        WITH keys AS ({dimension.keys}) SELECT key, {ID}, false AS is_below FROM keys {below}""")


def _exclude(step: Roles, engine: Engine) -> None:
    nobody = "SELECT NULL::BIGINT AS owner_id WHERE false"
    engine.execute(f"CREATE OR REPLACE TABLE {excluded_table(step.entity_type)} AS {step.excluded or nobody}")


def _slice(step: Roles, engine: Engine) -> None:
    """Cut the contexts into slices; the time between two contexts is a slice without values."""
    table, numbers = context_table(step.entity_type), [str(each.number) for each in step.dimensions]
    if not step.contexts:
        none = "".join(f", NULL::BIGINT AS {quoted(number)}" for number in numbers)
        engine.execute(f"""
            CREATE OR REPLACE TABLE {table} AS
            SELECT {ID} AS owner_id, {text(FIRST)} AS starts, {text(LAST)} AS ends{none}
            FROM {resource_table(step.entity_type)}""")
        return
    engine.execute(f"CREATE OR REPLACE TEMP TABLE standing_context AS {step.contexts}")
    values = "".join(f", c.{quoted(number)}" for number in numbers)
    engine.execute(f"""
        CREATE OR REPLACE TABLE {table} AS
        WITH cut AS (SELECT owner_id, starts FROM standing_context UNION SELECT owner_id, ends FROM standing_context),
        slice AS (SELECT *, lead(starts) OVER (PARTITION BY owner_id ORDER BY starts) AS ends FROM cut)
        SELECT DISTINCT s.owner_id, s.starts, s.ends{values} FROM slice AS s
        LEFT JOIN standing_context AS c ON c.owner_id = s.owner_id AND c.starts <= s.starts AND c.ends > s.starts
        WHERE s.ends IS NOT NULL""")
    engine.execute("DROP TABLE standing_context")


def _hold_roles(step: Roles, engine: Engine) -> None:
    """Composite roles layer by layer, then single roles, which may need them."""
    table = role_table(step.entity_type)
    engine.execute(f"""
        CREATE OR REPLACE TABLE {table}
        (owner_id BIGINT, starts VARCHAR, ends VARCHAR, role VARCHAR, rule VARCHAR)""")
    for layer in (*step.composite, step.single):
        if layer:
            engine.execute(f"INSERT INTO {table} {_holders(step, layer)}")


def _holders(step: Roles, layer: Sequence[RoleRule]) -> str:
    """Of the rules of a role that an identity meets in a slice, those with the smallest priority; then denial wins."""
    rows = ", ".join(
        f"({number}, {text(each.role)}, {str(each.is_denied).lower()}, {each.priority})"
        for number, each in enumerate(layer)
    )
    met = slices(step.entity_type, [_asked(number, each) for number, each in enumerate(layer)])
    return f"""
        SELECT owner_id, starts, ends, role, min(rule) FROM (
            SELECT *, min(priority) OVER (PARTITION BY owner_id, starts, role) AS first FROM ({met}) AS met
            JOIN (VALUES {rows}) AS said(which, role, is_denied, priority) ON said.which = met.number) AS ranked
        WHERE priority = first GROUP BY owner_id, starts, ends, role HAVING NOT bool_or(is_denied)"""


def _asked(number: int, rule: RoleRule) -> Criteria:
    return Criteria(
        number=number, rule=rule.rule, values=rule.values, below=rule.below, required=rule.required, role=rule.needs
    )


def _count(table: str, engine: Engine) -> int:
    return int(engine.rows(f"SELECT count(*) FROM {table}")[0][0])
