"""A session's links of one association and the staged resources in; temporary tables of what to link and unlink out.

Keys become `_id`s through the property that the mapping names, as it will be once the resources are written. A link
whose other end is not known waits in `state.unresolved` and is tried again with each session.
"""

from collections.abc import Mapping

from msgspec import Struct

from compiler.plan.steps import LinkEnd, LinkSource
from compiler.plan.tables import FROM, ID, SIDE, link_table
from runtime.store.store import Store
from runtime.synchronization.cleaning import CLEAR, COMMAND
from runtime.synchronization.resources import StagedEntity, deleted_ids, ids_after, ids_before

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
        return self._table("before", end, ids_before(end.entity_type, end.property))

    def _table(self, when: str, end: LinkEnd, query: str) -> str:
        name = self.made.get((when, end.entity_type, end.property))
        if name is None:
            name = self.made[when, end.entity_type, end.property] = f"end_{len(self.made)}"
            self.store.engine.execute(
                f"CREATE TEMP TABLE {name} AS SELECT value, min({ID}) AS {ID} FROM ({query}) GROUP BY value"
            )
        return name


def stage_complete_links(store: Store, link: LinkSource, rows: str, ends: Ends, name: str) -> StagedLinks:
    """Compare all links stored with all rows, as sets."""
    engine, table = store.engine, link_table(link.association)
    _resolve(store, link, f"SELECT {_PAIR}, 0 AS late FROM ({rows})", ends, f"want_{name}")
    engine.execute(
        f"CREATE TEMP TABLE link_{name} AS SELECT coalesce(w.{_ONE}, s.{_ONE}) AS {_ONE}, "
        f"coalesce(w.{_TWO}, s.{_TWO}) AS {_TWO}, CASE WHEN s.{_ONE} IS NULL THEN 'insert' ELSE 'delete' END AS action "
        f"FROM (FROM want_{name} WHERE key1 IS NULL) w FULL JOIN {table} s ON w.{_ONE} = s.{_ONE} "
        f"AND w.{_TWO} = s.{_TWO} WHERE w.{_ONE} IS NULL OR s.{_ONE} IS NULL"
    )
    return _staged(store, link, name, explicit=False, conflicts=0)


def stage_link_commands(
    store: Store, link: LinkSource, rows: str, ends: Ends, name: str, *, explicit: bool
) -> StagedLinks:
    """Take instructions as they are, and try again what waits. `explicit`: the source itself gave the commands.

    A link that goes with its resource waits again unless its source said so: its row still stands in the file.
    """
    engine, want = store.engine, f"want_{name}"
    engine.execute(f"CREATE TEMP TABLE told_{name} AS SELECT {COMMAND}, {_PAIR} FROM ({rows})")
    _resolve(store, link, _asked(link, f"told_{name}"), ends, want)
    conflicts = _settle_conflicts(store, link, want)
    engine.execute(f"CREATE TEMP TABLE gone_{name} AS {_gone(link, ends, f'told_{name}', want)}")
    table = link_table(link.association)
    engine.execute(
        f"CREATE TEMP TABLE link_{name} AS "
        f"SELECT {_PAIR}, 'insert' AS action FROM {want} w ANTI JOIN {table} s USING ({_PAIR}) WHERE key1 IS NULL "
        f"UNION ALL SELECT {_PAIR}, 'delete' FROM {table} s SEMI JOIN gone_{name} g USING ({_PAIR}) "
        f"ANTI JOIN (FROM {want} WHERE key1 IS NULL) w USING ({_PAIR})"
    )
    staged = _staged(store, link, name, explicit=explicit, conflicts=conflicts)
    if not explicit:
        engine.execute(f"INSERT INTO {want} {_waiting_again(link, ends, f'told_{name}')}")
    return staged


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
        f"INSERT INTO state.unresolved SELECT DISTINCT ?, key1, key2 FROM {staged.waiting} WHERE key1 IS NOT NULL",
        [staged.source.association],
    )


def _resolve(store: Store, link: LinkSource, asked: str, ends: Ends, want: str) -> None:
    """Make the table of asked links: both `_id`s, or the keys (`key1`, `key2`) when an end is not known."""
    known = f"a.{ID} IS NOT NULL AND b.{ID} IS NOT NULL"
    store.engine.execute(
        f"CREATE TEMP TABLE {want} AS SELECT a.{ID} AS {_ONE}, b.{ID} AS {_TWO}, "
        f"CASE WHEN NOT ({known}) THEN l.{_ONE} END AS key1, CASE WHEN NOT ({known}) THEN l.{_TWO} END AS key2, late "
        f"FROM ({asked}) l LEFT JOIN {ends.after(link.side1)} a ON l.{_ONE} = a.value "
        f"LEFT JOIN {ends.after(link.side2)} b ON l.{_TWO} = b.value"
    )


def _asked(link: LinkSource, told: str) -> str:
    """The links that the instructions insert, and those that wait and were not revoked."""
    name = link.association.replace("'", "''")
    return (
        f"SELECT {_PAIR}, 0 AS late FROM {told} WHERE {COMMAND} = 'insert' UNION ALL "
        f"SELECT {_PAIR}, 1 FROM state.unresolved u WHERE u.association = '{name}' AND NOT EXISTS ("
        f"FROM {told} t WHERE (t.{_ONE} = u.{_ONE} AND t.{_TWO} = u.{_TWO}) "
        f"OR (t.{COMMAND} = '{CLEAR}' AND (t.{_ONE} = u.{_ONE} OR t.{_TWO} = u.{_TWO})))"
    )


def _settle_conflicts(store: Store, link: LinkSource, want: str) -> int:
    """Where a side may have one link only, keep the first: told before waiting, then in the order of `_id`s."""
    engine, dropped = store.engine, 0
    for side, end in ((_ONE, link.side1), (_TWO, link.side2)):
        if not end.is_collection:
            dropped += engine.execute(
                f"DELETE FROM {want} WHERE rowid IN (SELECT rowid FROM {want} WHERE key1 IS NULL "
                f"QUALIFY row_number() OVER (PARTITION BY {side} ORDER BY late, {_PAIR}) > 1)"
            )
    return dropped


def _gone(link: LinkSource, ends: Ends, told: str, want: str) -> str:
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
                f"AND s.{other} <> w.{other} WHERE w.key1 IS NULL"
            )
    return " UNION ".join(parts)


def _lost(link: LinkSource, ends: Ends) -> list[str]:
    """SQL: the stored pairs of which a resource is deleted, for each side."""
    table = link_table(link.association)
    return [
        f"SELECT {_PAIR} FROM {table} WHERE {side} IN ({deleted_ids(staged)})"
        for side, end in ((_ONE, link.side1), (_TWO, link.side2))
        for staged in [ends.entities.get(end.entity_type)]
        if staged and staged.changes.deleted
    ]


def _waiting_again(link: LinkSource, ends: Ends, told: str) -> str:
    """SQL: the pairs that lose a resource though no instruction revokes them, as unresolved keys."""
    lost = " UNION ".join(_lost(link, ends)) or f"SELECT {_PAIR} FROM {link_table(link.association)} WHERE false"
    return (
        f"SELECT NULL, NULL, a.value, b.value, 1 FROM ({lost}) g JOIN {ends.before(link.side1)} a "
        f"ON g.{_ONE} = a.{ID} JOIN {ends.before(link.side2)} b ON g.{_TWO} = b.{ID} "
        f"WHERE NOT EXISTS (FROM {told} t WHERE t.{_ONE} = a.value AND t.{_TWO} = b.value)"
    )


def _staged(store: Store, link: LinkSource, name: str, *, explicit: bool, conflicts: int) -> StagedLinks:
    inserted, deleted = store.engine.rows(
        f"SELECT count(*) FILTER (action = 'insert'), count(*) FILTER (action = 'delete') FROM link_{name}"
    )[0]
    unresolved = store.engine.rows(f"SELECT count(*) FROM want_{name} WHERE key1 IS NOT NULL")[0][0]
    changes = LinkChanges(
        inserted=inserted,
        deleted=deleted,
        absent=0 if explicit else deleted,
        unresolved=unresolved,
        conflicts=conflicts,
    )
    total = store.links(link.association)
    return StagedLinks(source=link, table=f"link_{name}", waiting=f"want_{name}", changes=changes, total=total)
