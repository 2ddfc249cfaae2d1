"""A session's links of one association and the staged resources in; temporary tables of what to link and unlink out.

Keys become `_id`s through the property that the mapping names, as it will be once the resources are written; of several
resources with one key, which a unique key should not have, it is the one whose primary key comes first. A link whose
other end is not known waits in `state.unresolved` and is tried again with each session.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from compiler.plan.steps import LinkEnd, LinkSource
from compiler.plan.tables import FROM, ID, SIDE, link_table
from runtime.store.store import Store
from runtime.synchronization.cleaning import CLEAR, COMMAND
from runtime.synchronization.resources import StagedEntity, deleted_ids, ids_after, ids_before, moved_values

_ONE, _TWO = SIDE[1], SIDE[2]
_PAIR = f"{_ONE}, {_TWO}"


class LinkChanges(Struct, frozen=True, kw_only=True):
    """How many links of one association change, and how many rows lead nowhere or to a place already taken.

    `absent` of the deleted ones go though no instruction of the source revokes them.
    """

    inserted: int = 0
    deleted: int = 0
    absent: int = 0
    unresolved: int = 0
    conflicts: int = 0


class StagedLinks(Struct, frozen=True, kw_only=True):
    """The staged changes of one association: `table` has both `_id`s and `action`, `waiting` unresolved keys."""

    source: LinkSource
    table: str
    waiting: str
    changes: LinkChanges
    total: int


class Ends(Struct, frozen=True):
    """How keys become `_id`s: temporary tables of `value` and `_id` for every end that a link has, made once."""

    store: Store
    entities: Mapping[str, StagedEntity]
    made: dict[tuple[str, str, str], str] = {}

    def after(self, end: LinkEnd) -> str:
        """The table of an end as it will be."""
        staged = self.entities.get(end.entity_type)
        if staged is None:
            return self.before(end)
        return self._table("after", end, ids_after(staged, end.property))

    def before(self, end: LinkEnd) -> str:
        """The table of an end as it is stored."""
        staged = self.entities.get(end.entity_type)
        return self._table("before", end, ids_before(end.entity_type, end.property, staged))

    def moved(self, end: LinkEnd) -> str:
        """The table of the `value`s that stand for another resource than before, or for none; empty without any."""
        staged = self.entities.get(end.entity_type)
        return self._made("moved", end, moved_values(staged, end.property)) if staged else ""

    def _table(self, when: str, end: LinkEnd, query: str) -> str:
        staged = self.entities.get(end.entity_type)
        if staged is not None and end.property == staged.source.key:
            return self._made(when, end, f"SELECT value, {ID} FROM ({query})")
        return self._made(when, end, f"SELECT value, arg_min({ID}, key) AS {ID} FROM ({query}) GROUP BY value")

    def _made(self, what: str, end: LinkEnd, query: str) -> str:
        name = self.made.get((what, end.entity_type, end.property))
        if name is None:
            name = self.made[what, end.entity_type, end.property] = f"end_{len(self.made)}"
            self.store.engine.execute(f"CREATE TEMP TABLE {name} AS {query}")
        return name


def stage_complete_links(store: Store, link: LinkSource, rows: str, ends: Ends, name: str) -> StagedLinks:
    """Compare all links stored with all rows, as sets."""
    engine, table = store.engine, link_table(link.association)
    _resolve(store, link, f"SELECT {_PAIR}, 0 AS late FROM ({rows})", ends, f"want_{name}")
    engine.execute(
        f"CREATE TEMP TABLE link_{name} AS SELECT coalesce(w.{_ONE}, s.{_ONE}) AS {_ONE}, "
        f"coalesce(w.{_TWO}, s.{_TWO}) AS {_TWO}, CASE WHEN s.{_ONE} IS NULL THEN 'insert' ELSE 'delete' END AS action "
        f"FROM (FROM want_{name} WHERE {_ONE} IS NOT NULL) w FULL JOIN {table} s ON w.{_ONE} = s.{_ONE} "
        f"AND w.{_TWO} = s.{_TWO} WHERE w.{_ONE} IS NULL OR s.{_ONE} IS NULL"
    )
    return _staged(store, link, name, explicit=False, conflicts=0)


def stage_link_commands(
    store: Store, link: LinkSource, rows: str, ends: Ends, name: str, *, everything: str
) -> StagedLinks:
    """Take instructions as they are, and try again what waits.

    `everything` is SQL of all rows where the instructions come from comparing them; then links follow their keys: one
    whose key stands for another resource now, or for none, is asked for again by its row. It is empty where the source
    itself gave the instructions: then a link stays with its resources whatever their keys, and goes with them.
    """
    engine, want, told = store.engine, f"want_{name}", f"told_{name}"
    engine.execute(f"CREATE TEMP TABLE {told} AS SELECT {COMMAND}, {_PAIR} FROM ({rows})")
    again = _moved(link, ends, everything) if everything else []
    _resolve(store, link, _asked(link, told, again), ends, want)
    conflicts = _settle_conflicts(store, link, want)
    gone = [*_gone(link, ends, told, want), *(_moved_links(link, ends) if everything else [])]
    engine.execute(f"CREATE TEMP TABLE gone_{name} AS {' UNION '.join(gone)}")
    table, known = link_table(link.association), f"FROM {want} WHERE {_ONE} IS NOT NULL"
    engine.execute(
        f"CREATE TEMP TABLE link_{name} AS "
        f"SELECT {_PAIR}, 'insert' AS action FROM ({known}) w ANTI JOIN {table} s USING ({_PAIR}) "
        f"UNION ALL SELECT {_PAIR}, 'delete' FROM {table} s SEMI JOIN gone_{name} g USING ({_PAIR}) "
        f"ANTI JOIN ({known}) w USING ({_PAIR})"
    )
    return _staged(store, link, name, explicit=not everything, conflicts=conflicts)


def delete_links(store: Store, staged: StagedLinks) -> None:
    """Take the links that go out of the store."""
    table = link_table(staged.source.association)
    if staged.changes.deleted:
        pair = f"c.{_ONE} = l.{_ONE} AND c.{_TWO} = l.{_TWO}"
        gone = f"EXISTS (SELECT 1 FROM {staged.table} c WHERE {pair} AND c.action = 'delete')"
        store.close_links(staged.source.association, gone)
        store.engine.execute(
            f"DELETE FROM {table} USING {staged.table} c WHERE {table}.{_ONE} = c.{_ONE} "
            f"AND {table}.{_TWO} = c.{_TWO} AND c.action = 'delete'"
        )


def insert_links(store: Store, staged: StagedLinks) -> None:
    """Write the new links, and which ones wait."""
    table = link_table(staged.source.association)
    if staged.changes.inserted:
        store.engine.execute(
            f"INSERT INTO {table} ({_PAIR}, {FROM}) "
            f"SELECT {_PAIR}, {store.run()} FROM {staged.table} WHERE action = 'insert'"
        )
    store.engine.execute("DELETE FROM state.unresolved WHERE association = ?", [staged.source.association])
    store.engine.execute(
        f"INSERT INTO state.unresolved SELECT DISTINCT ?, key1, key2 FROM {staged.waiting} WHERE {_ONE} IS NULL",
        [staged.source.association],
    )


def _resolve(store: Store, link: LinkSource, asked: str, ends: Ends, want: str) -> None:
    """Make the table of asked links: their keys (`key1`, `key2`), and both `_id`s, null unless both ends are known."""
    known = f"a.{ID} IS NOT NULL AND b.{ID} IS NOT NULL"
    store.engine.execute(
        f"CREATE TEMP TABLE {want} AS SELECT CASE WHEN {known} THEN a.{ID} END AS {_ONE}, "
        f"CASE WHEN {known} THEN b.{ID} END AS {_TWO}, l.{_ONE} AS key1, l.{_TWO} AS key2, late "
        f"FROM ({asked}) l LEFT JOIN {ends.after(link.side1)} a ON l.{_ONE} = a.value "
        f"LEFT JOIN {ends.after(link.side2)} b ON l.{_TWO} = b.value"
    )


def _asked(link: LinkSource, told: str, again: Iterable[str]) -> str:
    """The links that the instructions insert, others asked for again, and those that wait and were not revoked.

    What is said last holds: where a side may have one link only, an inserted link revokes those that wait for it.
    """
    name = link.association.replace("'", "''")
    revoked = [f"(t.{_ONE} = u.{_ONE} AND t.{_TWO} = u.{_TWO})"]
    revoked.append(f"(t.{COMMAND} = '{CLEAR}' AND (t.{_ONE} = u.{_ONE} OR t.{_TWO} = u.{_TWO}))")
    for side, end in ((_ONE, link.side1), (_TWO, link.side2)):
        if not end.is_collection:
            revoked.append(f"(t.{COMMAND} = 'insert' AND t.{side} = u.{side})")
    waiting = (
        f"SELECT {_PAIR}, 1 AS late FROM state.unresolved u WHERE u.association = '{name}' "
        f"AND NOT EXISTS (FROM {told} t WHERE {' OR '.join(revoked)})"
    )
    parts = [f"SELECT {_PAIR}, 0 FROM {told} WHERE {COMMAND} = 'insert'", *again]
    return f"SELECT {_PAIR}, min(late) AS late FROM ({' UNION ALL '.join([waiting, *parts])}) GROUP BY {_PAIR}"


def _settle_conflicts(store: Store, link: LinkSource, want: str) -> int:
    """Where a side may have one link only, keep the first: told before waiting, then in the order of keys."""
    engine, dropped = store.engine, 0
    for side, end in ((_ONE, link.side1), (_TWO, link.side2)):
        if not end.is_collection:
            dropped += engine.execute(
                f"DELETE FROM {want} WHERE rowid IN (SELECT rowid FROM {want} WHERE {_ONE} IS NOT NULL "
                f"QUALIFY row_number() OVER (PARTITION BY {side} ORDER BY late, key1, key2) > 1)"
            )
    return dropped


def _gone(link: LinkSource, ends: Ends, told: str, want: str) -> list[str]:
    """SQL: the pairs that the instructions revoke, that lose a resource, or whose place another link takes."""
    table = link_table(link.association)
    parts = [
        f"SELECT a.{ID} AS {_ONE}, b.{ID} AS {_TWO} FROM {told} t "
        f"JOIN {ends.before(link.side1)} a ON t.{_ONE} = a.value "
        f"JOIN {ends.before(link.side2)} b ON t.{_TWO} = b.value WHERE t.{COMMAND} = 'delete'",
        *_lost(link, ends),
    ]
    for side, other, end in ((_ONE, _TWO, link.side1), (_TWO, _ONE, link.side2)):
        parts.append(
            f"SELECT s.{_ONE}, s.{_TWO} FROM {table} s JOIN {ends.after(end)} e ON s.{side} = e.{ID} "
            f"JOIN {told} t ON t.{side} = e.value WHERE t.{COMMAND} = '{CLEAR}'"
        )
        if not end.is_collection:
            parts.append(
                f"SELECT s.{_ONE}, s.{_TWO} FROM {table} s JOIN {want} w ON s.{side} = w.{side} "
                f"AND s.{other} <> w.{other} WHERE w.{_ONE} IS NOT NULL"
            )
    return parts


def _lost(link: LinkSource, ends: Ends) -> list[str]:
    """SQL: the stored pairs of which a resource is deleted, for each side."""
    table = link_table(link.association)
    return [
        f"SELECT {_PAIR} FROM {table} WHERE {side} IN ({deleted_ids(staged)})"
        for side, end in ((_ONE, link.side1), (_TWO, link.side2))
        for staged in [ends.entities.get(end.entity_type)]
        if staged and staged.changes.deleted
    ]


def _moved(link: LinkSource, ends: Ends, rows: str) -> list[str]:
    """SQL: the rows of which a key stands for another resource than before, or for none, for each side."""
    return [
        f"SELECT {_PAIR}, 0 FROM ({rows}) r WHERE r.{side} IN (SELECT value FROM {moved})"
        for side, end in ((_ONE, link.side1), (_TWO, link.side2))
        for moved in [ends.moved(end)]
        if moved
    ]


def _moved_links(link: LinkSource, ends: Ends) -> list[str]:
    """SQL: the stored pairs whose resources had such keys."""
    sides = ((_ONE, link.side1), (_TWO, link.side2))
    return [
        f"SELECT s.{_ONE}, s.{_TWO} FROM {link_table(link.association)} s JOIN {ends.before(end)} e "
        f"ON s.{side} = e.{ID} SEMI JOIN {moved} m ON e.value = m.value"
        for side, end in sides
        for moved in [ends.moved(end)]
        if moved
    ]


def _staged(store: Store, link: LinkSource, name: str, *, explicit: bool, conflicts: int) -> StagedLinks:
    inserted, deleted = store.engine.rows(
        f"SELECT count(*) FILTER (action = 'insert'), count(*) FILTER (action = 'delete') FROM link_{name}"
    )[0]
    unresolved = store.engine.rows(f"SELECT count(*) FROM want_{name} WHERE {_ONE} IS NULL")[0][0]
    changes = LinkChanges(
        inserted=inserted,
        deleted=deleted,
        absent=0 if explicit else deleted,
        unresolved=unresolved,
        conflicts=conflicts,
    )
    total = store.links(link.association)
    return StagedLinks(source=link, table=f"link_{name}", waiting=f"want_{name}", changes=changes, total=total)
