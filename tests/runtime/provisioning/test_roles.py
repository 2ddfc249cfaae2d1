"""Contexts, dimensions, roles and time offsets: the plan of one configuration, judged by a reading of it in Python."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from compiler.pipeline import compile_sources
from compiler.plan.plan import Plan
from compiler.plan.steps import Evaluate, Roles
from runtime.engine.duckdb import DuckDB
from runtime.provisioning.evaluate import evaluate
from runtime.provisioning.roles import hold
from runtime.provisioning.tables import create_tables
from runtime.registry import catalogue
from runtime.store.store import Store

SOURCE = Path(__file__).with_name("shipyard.xml")
NOW = datetime(2031, 4, 1, 8)
ABOVE = {"yard": None, "north": "yard", "south": "yard", "north-1": "north", "elsewhere": None}
TRADES = ("welder", "rigger", "clerk")
EARLY, LATE = timedelta(minutes=1440), timedelta(minutes=2880)


class Contract(Struct, frozen=True):
    """One record of a worker; days count from now."""

    dock: str | None = "north"
    trade: str | None = "clerk"
    begin: float | None = -10
    finish: float | None = 10
    draft: bool = False

    @property
    def period(self) -> tuple[datetime, datetime]:
        starts = datetime(1900, 1, 1) if self.begin is None else NOW + timedelta(days=self.begin)
        ends = datetime(2079, 6, 6) if self.finish is None else NOW + timedelta(days=self.finish)
        return starts, ends


Expected = tuple[str | None, str, frozenset[str]]
"""Status, title, groups."""


class Yard:
    """A store laid out by the plan, and workers in it."""

    def __init__(self, plan: Plan) -> None:
        self.engine = DuckDB()
        self.plan = plan
        Store(self.engine).lay_out(plan)
        create_tables(self.engine)
        self._last = 0
        self._docks = {name: self.add("Dock", Code=name) for name in ABOVE}
        for name, above in ABOVE.items():
            if above:
                self.link("DockParts", self._docks[name], self._docks[above])
        self._trades = {name: self.add("Trade", Code=name) for name in TRADES}
        self.groups = {self.add("Group", code=name): name for name in ("cranes", "stores", "south", "all")}
        self.workers: dict[int, str] = {}

    def add(self, entity_type: str, **values: str | None) -> int:
        self._last += 1
        names = ", ".join(["_id", *values])
        places = ", ".join("?" * (len(values) + 1))
        self.engine.execute(
            f'INSERT INTO resource."{entity_type}" ({names}) VALUES ({places})', [self._last, *values.values()]
        )
        return self._last

    def link(self, association: str, first: int, second: int) -> None:
        self.engine.execute(f'INSERT INTO link."{association}" (_1, _2) VALUES (?, ?)', [first, second])

    def worker(self, *contracts: Contract) -> str:
        badge = f"W{len(self.workers)}"
        worker = self.add("Worker", Badge=badge)
        self.workers[worker] = badge
        for contract in contracts:
            record = self.add(
                "Contract",
                Number=str(self._last),
                Begin=_text(contract.period[0]) if contract.begin is not None else None,
                Finish=_text(contract.period[1]) if contract.finish is not None else None,
                Draft="yes" if contract.draft else None,
            )
            self.link("WorkerContracts", worker, record)
            if contract.dock:
                self.link("ContractDock", record, self._docks[contract.dock])
            if contract.trade:
                self.link("ContractTrade", record, self._trades[contract.trade])
        return badge

    def evaluate(self, now: datetime = NOW) -> None:
        for step in self.plan.of(Roles):
            hold(step, self.engine, now=_text(now))
        for each in self.plan.of(Evaluate):
            evaluate(each, self.engine, run="run", now=_text(now), review=True, force=False, retry_errors=False)

    def ordered(self) -> dict[str, Expected]:
        """What the orders create, by the owner's badge."""
        lines: dict[int, list[tuple[str, str, int]]] = {}
        for owner, name, value, resource in self.engine.rows("""
            SELECT o.owner_id, l.property, l.value, l.resource_id FROM provisioning.orders AS o
            JOIN provisioning.lines AS l ON l.order_id = o.id WHERE o.change = 'Added'"""):
            lines.setdefault(owner, []).append((name, value, resource))
        return {self.workers[owner]: self._expected(found) for owner, found in lines.items()}

    def _expected(self, lines: list[tuple[str, str, int]]) -> Expected:
        values = {name: value for name, value, _ in lines}
        groups = frozenset(self.groups[resource] for name, _, resource in lines if name == "groups")
        return values.get("status"), values["title"], groups

    def rules(self, badge: str) -> set[str]:
        """The lines of the rules that a worker's order names."""
        owner = next(number for number, name in self.workers.items() if name == badge)
        rows = self.engine.rows(
            """SELECT l.property || ' ' || l.rule FROM provisioning.orders AS o
            JOIN provisioning.lines AS l ON l.order_id = o.id WHERE o.owner_id = ?""",
            [owner],
        )
        return {said for (said,) in rows}


def expected(contracts: tuple[Contract, ...]) -> Expected | None:
    """What a person reading the configuration would expect of a new worker now; None for no account."""
    valid = [each for each in contracts if not each.draft and each.period[0] < each.period[1]]
    if not valid:
        return None
    chosen = min(enumerate(valid), key=_preference)[1]
    starts, ends = chosen.period
    if not starts - EARLY <= NOW < ends + LATE:
        return None
    above = set(_and_above(chosen.dock))
    crane = "north" in above and chosen.trade == "welder"
    crane |= chosen.trade == "rigger" and chosen.dock != "south"
    groups = {"all"} | ({"cranes"} if crane else set()) | ({"south"} if chosen.dock == "south" else set())
    if "yard" in above and chosen.trade != "rigger":
        groups.add("stores")
    if not ("yard" in above or crane):
        return None
    status = "early" if starts > NOW else "late" if ends <= NOW else "on"
    return status if "yard" in above else None, "crane driver" if crane else "hand", frozenset(groups)


def _preference(numbered: tuple[int, Contract]) -> tuple[object, ...]:
    """The record that is valid now, else the next to come, else the last that was; of two the one that ends later."""
    number, contract = numbered
    starts, ends = contract.period
    if starts <= NOW < ends:
        return 0, NOW, -ends.timestamp(), number
    if starts > NOW:
        return 1, starts, -ends.timestamp(), number
    return 2, NOW, -ends.timestamp(), number


def _and_above(dock: str | None) -> Iterator[str]:
    while dock:
        yield dock
        dock = ABOVE[dock]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S")


@cache
def plan() -> Plan:
    found = compile_sources([("shipyard.xml", SOURCE.read_bytes())], catalogue()).plan
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("contract", "account"),
    [
        (Contract(), ("on", "hand", {"all", "stores"})),
        (Contract(dock="north-1", trade="welder"), ("on", "crane driver", {"all", "stores", "cranes"})),
        (Contract(dock="south", trade="welder"), ("on", "hand", {"all", "stores", "south"})),
        (Contract(trade="rigger"), ("on", "crane driver", {"all", "cranes"})),
        (Contract(dock="south", trade="rigger"), ("on", "hand", {"all", "south"})),
        (Contract(dock="elsewhere"), None),
        (Contract(dock="elsewhere", trade="rigger"), (None, "crane driver", {"all", "cranes"})),
        (Contract(dock=None, trade=None), None),
        (Contract(begin=0.5), ("early", "hand", {"all", "stores"})),
        (Contract(begin=1), ("early", "hand", {"all", "stores"})),
        (Contract(begin=1.001), None),
        (Contract(begin=0), ("on", "hand", {"all", "stores"})),
        (Contract(finish=0), ("late", "hand", {"all", "stores"})),
        (Contract(finish=-1.999), ("late", "hand", {"all", "stores"})),
        (Contract(finish=-2), None),
        (Contract(begin=None, finish=None), ("on", "hand", {"all", "stores"})),
        (Contract(draft=True), None),
    ],
)
def test_who_gets_what_from_when_to_when(contract: Contract, account: tuple[str | None, str, set[str]] | None) -> None:
    yard = Yard(plan())
    badge = yard.worker(contract)
    yard.evaluate()
    assert yard.ordered() == ({badge: (*account[:2], frozenset(account[2]))} if account else {})


contracts = st.builds(
    Contract,
    dock=st.sampled_from([None, *ABOVE]),
    trade=st.sampled_from([None, *TRADES]),
    begin=st.sampled_from([None, -30, -5, -1, 0, 0.5, 1, 1.5, 20]),
    finish=st.sampled_from([None, -20, -3, -2, -1, 0, 0.5, 3, 30]),
    draft=st.sampled_from([False, False, False, True]),
)


@settings(max_examples=20, deadline=None)
@given(crew=st.lists(st.lists(contracts, max_size=3), min_size=1, max_size=12))
def test_the_orders_are_what_a_reader_of_the_configuration_expects(crew: list[list[Contract]]) -> None:
    yard = Yard(plan())
    badges = {yard.worker(*records): tuple(records) for records in crew}
    yard.evaluate()
    wanted = {badge: expected(records) for badge, records in badges.items()}
    assert yard.ordered() == {badge: account for badge, account in wanted.items() if account}


def test_an_order_names_the_rule_that_holds() -> None:
    yard = Yard(plan())
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    number = {text.strip(): f"shipyard.xml:{at}" for at, text in enumerate(lines, 1)}
    rigger, early = yard.worker(Contract(trade="rigger")), yard.worker(Contract(begin=0.5))
    yard.evaluate()
    title = 'title" Expression="Literal:crane driver" SingleRole="Crane" />'
    assert f"title {next(place for said, place in number.items() if title in said)}" in yard.rules(rigger)
    before = next(place for said, place in number.items() if 'TimeOffsetReference="Before"' in said)
    assert f"status {before}" in yard.rules(early)


def test_an_account_goes_with_its_period_and_a_draft_leaves_it_alone() -> None:
    yard = Yard(plan())
    yard.worker(Contract(finish=5))
    yard.evaluate()
    yard.engine.execute("UPDATE provisioning.orders SET state = 'Executed'")
    login = yard.add("Login", uid="W0", status="on", title="hand")
    for group, name in yard.groups.items():
        if name in ("all", "stores"):
            yard.link("Members", login, group)
    yard.evaluate(NOW + timedelta(minutes=1))
    assert [*yard.engine.rows("SELECT change, state FROM provisioning.orders")] == [("Added", "Verified")]
    yard.evaluate(NOW + timedelta(days=6))
    late = yard.engine.rows("SELECT property, value FROM provisioning.lines WHERE order_id = 2")
    assert late == [("status", "late")]
    yard.engine.execute("UPDATE provisioning.orders SET state = 'Verified' WHERE id = 2")
    yard.engine.execute('UPDATE resource."Contract" SET "Draft" = \'yes\'')
    yard.evaluate(NOW + timedelta(days=8))
    assert yard.engine.rows("SELECT count(*) FROM provisioning.orders") == [(2,)], "who takes no part is left alone"
    yard.engine.execute('UPDATE resource."Contract" SET "Draft" = NULL')
    yard.evaluate(NOW + timedelta(days=8))
    assert yard.engine.rows("SELECT change FROM provisioning.orders WHERE id = 3") == [("Deleted",)]


def test_what_begins_within_the_hours_ahead_is_ordered_already() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    changed = text.replace(
        '<ResourceType Identifier="Account"', '<ResourceType FulfillHoursAheadOfTime="36" Identifier="Account"'
    )
    ahead = compile_sources([("shipyard.xml", changed.encode())], catalogue()).plan
    assert ahead is not None
    yard = Yard(ahead)
    soon, later = yard.worker(Contract(begin=2.4)), yard.worker(Contract(begin=2.6))
    yard.evaluate()
    assert set(yard.ordered()) == {soon}, "a day before it begins, and 36 hours before that"
    assert later not in yard.ordered()
