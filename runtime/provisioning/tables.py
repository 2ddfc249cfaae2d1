"""What provisioning remembers, in the store's own file.

`assigned`: one row per owner and resource type that the owner has or shall have (the documented assigned resource
type): `granted` is whether a rule once gave it, `evaluated` whether expected values were computed while it stood,
`target_key` the primary key that a target created for it will bear. `suggestion`: matches that are, were or will
not be asked of a person (open, accepted, refused, gone). `policy."<ResourceType>"` holds the expected
scalars of the last evaluation, `expected_link` the expected links. An order's `lines` are its changes, one property
each, with why, its `arguments` what `ArgumentsExpression` says; its JSON form is made from them when it is needed.
"""

from compiler.plan.tables import ID, quoted, resource_table
from runtime.engine.engine import Engine

POLICY_SCHEMA = "policy"

_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS provisioning",
    f"CREATE SCHEMA IF NOT EXISTS {POLICY_SCHEMA}",
    """CREATE TABLE IF NOT EXISTS provisioning.assigned (
        id BIGINT, resource_type VARCHAR, owner_id BIGINT, target_id BIGINT, target_key VARCHAR,
        confidence INTEGER, origin VARCHAR, granted BOOLEAN, evaluated BOOLEAN)""",
    """CREATE TABLE IF NOT EXISTS provisioning.expected_link (
        resource_type VARCHAR, assigned BIGINT, property VARCHAR, resource_id BIGINT)""",
    """CREATE TABLE IF NOT EXISTS provisioning.orders (
        id BIGINT, resource_type VARCHAR, assigned BIGINT, owner_id BIGINT, target_id BIGINT, change VARCHAR,
        state VARCHAR, review VARCHAR, approved BOOLEAN, run VARCHAR, created VARCHAR, message VARCHAR,
        owner VARCHAR, target VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS provisioning.lines (
        order_id BIGINT, property VARCHAR, action VARCHAR, value VARCHAR, resource_id BIGINT, old VARCHAR,
        cause VARCHAR, rule VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS provisioning.arguments (order_id BIGINT, name VARCHAR, value VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS provisioning.suggestion (
        id BIGINT, resource_type VARCHAR, owner_id BIGINT, target_id BIGINT, confidence INTEGER, rule VARCHAR,
        state VARCHAR, owner VARCHAR, target VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS provisioning.results (
        order_id BIGINT, outcome VARCHAR, message VARCHAR, run VARCHAR, answered VARCHAR)""",
)


def create_tables(engine: Engine) -> None:
    """Make the tables that do not exist yet."""
    for statement in _TABLES:
        engine.execute(statement)


def policy_table(resource_type: str) -> str:
    """The table of the last expected scalars of a resource type, in SQL."""
    return f"{POLICY_SCHEMA}.{quoted(resource_type)}"


def policy_columns(engine: Engine, resource_type: str) -> frozenset[str]:
    """The scalars that the last evaluation of a resource type computed; empty before the first."""
    rows = engine.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
        (POLICY_SCHEMA, resource_type),
    )
    return frozenset(name for (name,) in rows)


def named_resources(entity_type: str, display: str) -> str:
    """The resources of an entity type with the names people know them by; an order keeps them for ever."""
    return f"SELECT {ID} AS id, {quoted(display)}::VARCHAR AS name FROM {resource_table(entity_type)}"
