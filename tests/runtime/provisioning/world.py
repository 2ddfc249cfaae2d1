"""A small world for evaluation: people, accounts and groups in a store of their own, one resource type over them."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from compiler.plan.steps import Correlation, Evaluate, ExpectedLinks, ExpectedScalar, Limits, Origin
from runtime.provisioning.evaluate import Evaluated, evaluate
from runtime.provisioning.fulfil import record, set_state
from runtime.provisioning.states import OrderState
from runtime.provisioning.tables import create_tables
from tests.runtime import engines

HERE = Origin("Rules.xml", 1, 1)

ACCOUNT = Evaluate(
    id="evaluate Account",
    origin=HERE,
    resource_type="Account",
    policy="Default",
    connector="Directory",
    source="Person",
    source_display="name",
    target="User",
    target_display="cn",
    target_key="dn",
    wanted="SELECT _id AS owner_id, 'Rules.xml:2' AS rule FROM resource.\"Person\"",
    expected="""SELECT _id AS owner_id, 'cn=' || badge AS dn, name AS cn, upper(name) AS sn FROM resource."Person" """,
    scalars=(
        ExpectedScalar(property="dn", rule="Rules.xml:3", origin=HERE),
        ExpectedScalar(property="cn", rule="Rules.xml:4", origin=HERE),
        ExpectedScalar(property="sn", rule="Rules.xml:5", origin=HERE, is_mapped=False),
    ),
    links=(
        ExpectedLinks(
            property="Groups",
            association="Membership",
            side=1,
            entity_type="Group",
            is_collection=True,
            origin=HERE,
            query="""SELECT p._id AS owner_id, g._id AS resource_id, 'Rules.xml:6' AS rule, 150 AS confidence
            FROM resource."Person" AS p JOIN resource."Group" AS g ON g.code = p.team""",
        ),
    ),
    correlations=(
        Correlation(
            confidence=100,
            origin=HERE,
            query="""
        SELECT p._id AS owner_id, u._id AS target_id FROM resource."Person" AS p
        JOIN resource."User" AS u ON u.badge = p.badge""",
        ),
    ),
    classifications=(),
    allow_add=True,
    allow_remove=True,
    remove_orphans=True,
    blocked="",
    correlate_multiple=False,
    discards_kept=False,
    is_provisioned=True,
    depends_on=None,
    ready="",
    limits=Limits(),
)

LINES = """SELECT property, coalesce(value, resource_id::VARCHAR), action FROM provisioning.lines
    WHERE order_id = ? AND property <> '' ORDER BY property"""


class World:
    """The store, and what a test may do to it."""

    def __init__(self, step: Evaluate = ACCOUNT, **changes: Any) -> None:
        self.engine = engines.opened()
        self.step = replace(step, **changes)
        for statement in (
            "CREATE SCHEMA resource",
            "CREATE SCHEMA link",
            'CREATE TABLE resource."Person" (_id BIGINT, _hash UBIGINT, badge VARCHAR, name VARCHAR, team VARCHAR)',
            'CREATE TABLE resource."User" (_id BIGINT, _hash UBIGINT, dn TEXT, cn TEXT, sn TEXT, badge TEXT)',
            'CREATE TABLE resource."Group" (_id BIGINT, _hash UBIGINT, code VARCHAR)',
            'CREATE TABLE link."Membership" (_1 BIGINT, _2 BIGINT)',
        ):
            self.engine.execute(statement)
        create_tables(self.engine)
        self._last = 0

    def person(self, badge: str, name: str, team: str | None = None) -> int:
        """A new person; its id."""
        return self._add("Person", badge, name, team)

    def user(self, dn: str, cn: str, sn: str | None = None, badge: str | None = None) -> int:
        """A new account in the managed system, already synchronised; its id."""
        return self._add("User", dn, cn, sn, badge)

    def group(self, code: str) -> int:
        """A new group; its id."""
        return self._add("Group", code)

    def change(self, sql: str) -> None:
        """A change of the store, as a synchronisation makes it."""
        assert self.engine.execute(sql) > 0, sql

    def evaluate(self, **options: Any) -> Evaluated:
        """Evaluate the resource type."""
        given: dict[str, Any] = {
            "run": "run",
            "now": "20310401080000",
            "review": True,
            "force": False,
            "retry_errors": False,
        } | options
        return evaluate(self.step, self.engine, **given)

    def orders(self) -> list[tuple[str, str, dict[str, str | None]]]:
        """Change, state and scalar changes of every order, oldest first."""
        found = []
        for number, change, state in self.engine.rows("SELECT id, change, state FROM provisioning.orders ORDER BY id"):
            lines = self.engine.rows(LINES, [number])
            found.append(
                (
                    change,
                    state,
                    {f"{name}_{action}" if action != "set" else name: value for name, value, action in lines},
                )
            )
        return found

    def states(self) -> list[str]:
        """The state of every order, oldest first."""
        return [state for _, state, _ in self.orders()]

    def answer(self, outcome: str, orders: Sequence[int] | None = None) -> None:
        """The managed system's answer to the pending orders."""
        from runtime.contract import Outcome, Result

        numbers = orders or [
            number for (number,) in self.engine.rows("SELECT id FROM provisioning.orders WHERE state = 'Pending'")
        ]
        set_state(self.engine, numbers, OrderState.TRANSMITTED)
        results = [Result(order=str(number), outcome=Outcome(outcome), message="") for number in numbers]
        record(self.engine, results, run="run", now="20310401080001")

    def _add(self, entity_type: str, *values: object) -> int:
        self._last += 1
        places = ", ".join("?" for _ in range(len(values) + 2))
        self.engine.execute(f'INSERT INTO resource."{entity_type}" VALUES ({places})', [self._last, 1, *values])
        return self._last
