"""An engine in; the resource store out: its layout, what it holds, and the state that synchronisation keeps in it.

Whoever changes a mapped property otherwise than by synchronisation sets `_hash` to null, so that a complete
synchronisation sees the difference.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from compiler.plan.plan import Plan
from compiler.plan.tables import (
    HASH,
    LINK_HISTORY_SCHEMA,
    LINK_SCHEMA,
    RESOURCE_HISTORY_SCHEMA,
    RESOURCE_SCHEMA,
    TO,
    link_history_table,
    link_table,
    quoted,
    resource_history_table,
    resource_table,
)
from runtime.engine.engine import Engine
from runtime.store.losses import Loss, restarts, vanishing
from runtime.store.tables import STATE, missing, missing_history, untracked
from runtime.store.versions import close_links, close_resources

_SCHEMAS = (RESOURCE_SCHEMA, LINK_SCHEMA, RESOURCE_HISTORY_SCHEMA, LINK_HISTORY_SCHEMA)


class Counts(Struct, frozen=True):
    """How many resources of each entity type and links of each association the store holds."""

    entity_types: dict[str, int]
    associations: dict[str, int]


class Store:
    """The resource store in one database. What is written belongs to a run: one without a name unless `begin` says."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begin(f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")

    def begin(self, run: str) -> None:
        """What is written from here on belongs to this run. One that is resumed goes on under a new number."""
        self._run, self._number = run, 0

    def lay_out(self, plan: Plan) -> None:
        """Make the tables fit the plan: new ones and new columns are added, vanished ones keep their data."""
        with self.engine.transaction():
            self.change_layout(plan, ())

    def change_layout(self, plan: Plan, drops: Iterable[str]) -> None:
        """Drop what a deployment takes away, then lay out; belongs into the transaction that deploys."""
        self._execute(STATE)
        self._keep_history()
        for drop in drops:
            self.run()
            self.engine.execute(drop)
        added = list(missing(plan, self._columns(RESOURCE_SCHEMA), self._columns(LINK_SCHEMA)))
        self._execute([*added, "DELETE FROM state.computed"] if added else [])  # what is new has no values yet
        self._keep_history()

    def _keep_history(self) -> None:
        """Make room for the closed versions of everything that stands."""
        self._execute(untracked(self._columns(RESOURCE_SCHEMA), self._columns(LINK_SCHEMA)))
        self._execute(missing_history(*map(self._columns, _SCHEMAS)))

    def _execute(self, statements: Iterable[str]) -> None:
        for statement in list(statements):
            self.engine.execute(statement)

    def losses(self, old: Plan | None, new: Plan) -> tuple[tuple[Loss, ...], tuple[str, ...]]:
        """What the store would lose when `new` follows `old`, counted, and the statements that drop it.

        Entity types, properties and associations without data are dropped too, and are no loss.
        """
        found = list(vanishing(old, new, self._columns(RESOURCE_SCHEMA), self._columns(LINK_SCHEMA)))
        counted = ((each, int(self.engine.rows(each.counted)[0][0])) for each in found)
        losses = (
            Loss(kind=each.kind, name=each.name, what=each.what, count=count, why=each.why)
            for each, count in counted
            if count
        )
        drops = (*(drop for each in found for drop in each.drops), *restarts(old, found))
        return tuple(losses), drops

    def is_empty(self, entity_types: Iterable[str]) -> bool:
        """Whether there is no resource of any of these entity types."""
        return all(self.resources(each) == 0 for each in entity_types)

    def counts(self) -> Counts:
        """Everything the store holds, vanished entity types and associations included."""
        return Counts(
            {each: self.resources(each) for each in sorted(self._columns(RESOURCE_SCHEMA))},
            {each: self.links(each) for each in sorted(self._columns(LINK_SCHEMA))},
        )

    def resources(self, entity_type: str) -> int:
        """How many resources of an entity type there are."""
        return int(self.engine.rows(f"SELECT count(*) FROM {resource_table(entity_type)}")[0][0])

    def links(self, association: str) -> int:
        """How many links of an association there are."""
        return int(self.engine.rows(f"SELECT count(*) FROM {link_table(association)}")[0][0])

    def run(self) -> int:
        """The number of this run, for `_from` of what it writes; belongs into the transaction that writes."""
        known = "SELECT 1 FROM state.run WHERE number = ? AND id = ?"
        if not self._number or not self.engine.rows(known, [self._number, self._run]):
            self._number = int(self.engine.rows("SELECT coalesce(max(number), 0) + 1 FROM state.run")[0][0])
            moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self.engine.execute("INSERT INTO state.run VALUES (?, ?, ?)", [self._number, self._run, moment])
        return self._number

    def close_resources(self, entity_type: str, ids: str) -> None:
        """Keep the resources with these `_id`s (a query) as they are until now; before they are changed or deleted."""
        close_resources(self.engine, entity_type, ids, self.run())

    def close_links(self, association: str, which: str) -> None:
        """Keep the links `l` that meet a condition as they are until now; before they are deleted."""
        close_links(self.engine, association, which, self.run())

    def forget(self, before: str) -> int:
        """Give up what the store was before a moment (ISO 8601, UTC); how many closed versions and links went.

        The last run before that moment stays: it left the state that held then.
        """
        floor = self.engine.rows("SELECT max(number) FROM state.run WHERE moment <= ?", [before])[0][0]
        if floor is None or not self.engine.rows("SELECT 1 FROM state.run WHERE number < ?", [floor]):
            return 0
        tables = [resource_history_table(each) for each in self._columns(RESOURCE_HISTORY_SCHEMA)]
        tables += [link_history_table(each) for each in self._columns(LINK_HISTORY_SCHEMA)]
        with self.engine.transaction():
            self.engine.execute("DELETE FROM state.run WHERE number < ?", [floor])
            return sum(self.engine.execute(f"DELETE FROM {each} WHERE {TO} <= {int(floor)}") for each in tables)

    def reserve(self, count: int) -> int:
        """Take `count` consecutive `_id`s; the first of them."""
        first = int(self.engine.rows("SELECT value FROM state.next_id")[0][0])
        self.engine.execute("UPDATE state.next_id SET value = value + ?", [count])
        return first

    def applied(self, connector: str) -> str:
        """The session of a connector that was applied last, empty when there was none."""
        found = self.engine.rows(
            "SELECT id FROM state.session WHERE connector = ? ORDER BY number DESC LIMIT 1", [connector]
        )
        return str(found[0][0]) if found else ""

    def was_applied(self, connector: str, session: str) -> bool:
        """Whether a session was applied, ever."""
        return bool(
            self.engine.rows("SELECT 1 FROM state.session WHERE connector = ? AND id = ?", [connector, session])
        )

    def record(self, connector: str, session: str, mode: str) -> None:
        """Remember that a session was applied; belongs into the transaction that applies it."""
        self.engine.execute(
            "INSERT INTO state.session SELECT coalesce(max(number), 0) + 1, ?, ?, ? FROM state.session",
            [connector, session, mode],
        )

    def rehash(self, entity_type: str, properties: Iterable[str]) -> bool:
        """Make the hashes of an entity type anew if they were made of other properties, or by another engine."""
        names = [quoted(each) for each in properties]
        basis = f"{self.engine.version}: {', '.join(names)}"
        known = self.engine.rows("SELECT basis FROM state.hashed WHERE entity_type = ?", [entity_type])
        if known == [(basis,)]:
            return False
        self.engine.execute(
            f"UPDATE {resource_table(entity_type)} SET {HASH} = hash({', '.join(names)}) WHERE {HASH} IS NOT NULL"
        )
        self.engine.execute("DELETE FROM state.hashed WHERE entity_type = ?", [entity_type])
        self.engine.execute("INSERT INTO state.hashed VALUES (?, ?)", [entity_type, basis])
        return bool(known)

    def _columns(self, schema: str) -> dict[str, list[str]]:
        """The columns of each table of a schema."""
        rows = self.engine.rows(
            "SELECT table_name, list(column_name ORDER BY ordinal_position) FROM information_schema.columns "
            "WHERE table_schema = ? AND table_catalog = current_database() GROUP BY table_name ORDER BY table_name",
            [schema],
        )
        return {table: list(columns) for table, columns in rows}
