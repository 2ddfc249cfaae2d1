"""The store, a plan and moments in; SQL over what the store was at a moment, and over what lies between two, out."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from compiler.diagnostics.suggest import did_you_mean
from compiler.plan.plan import Plan
from compiler.plan.steps import Prepare
from compiler.plan.tables import (
    FROM,
    HASH,
    ID,
    LINK_HISTORY_SCHEMA,
    LINK_SCHEMA,
    RESOURCE_HISTORY_SCHEMA,
    RESOURCE_SCHEMA,
    SIDE,
    TO,
    link_history_table,
    link_table,
    quoted,
    resource_history_table,
    resource_table,
)
from runtime.engine.engine import Engine

NAME = "_name"
"""The column by which people know a resource: its primary key, else `#` and its `_id`."""

_SECRETS = frozenset(
    """userpassword unicodepwd password passwd pwd secret clientsecret authpassword krbprincipalkey dbcspwd ntpwdhistory
    lmpwdhistory supplementalcredentials sambantpassword sambalmpassword msmcsadmpwd mslapspassword
    mslapsencryptedpassword olcrootpw""".split()
)
"""Properties and columns of these names, whatever their case and hyphens, hold what nobody shall read."""


class NoSuchEntityType(Exception):
    """The store never had such an entity type; the message says which it may be."""


class LinkSide(Struct, frozen=True, kw_only=True):
    """One side of an association as its resources see it: the navigation, and the entity type at the other end."""

    association: str
    property: str
    side: int
    entity_type: str


class Shape(Struct, frozen=True, kw_only=True):
    """An entity type with all that the store has or had of it. `hidden` are the properties that are not shown."""

    entity_type: str
    key: str | None
    properties: tuple[str, ...]
    links: tuple[LinkSide, ...]
    hidden: frozenset[str]


class Past:
    """The tables of a store, now and before, as a plan names them. All numbers are those of `state.run`."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine = engine
        self._plan = plan
        self._resources, self._links = _tables(engine, RESOURCE_SCHEMA), _tables(engine, LINK_SCHEMA)
        self._past_resources = _tables(engine, RESOURCE_HISTORY_SCHEMA)
        self._past_links = _tables(engine, LINK_HISTORY_SCHEMA)

    def entity_types(self) -> list[str]:
        """All that the store has or had."""
        return sorted({*self._resources, *self._past_resources})

    def associations(self) -> list[str]:
        """All that the plan has and the store has."""
        return [each.name for each in self._plan.associations if _columns(self._links, each.name)]

    def shape(self, name: str) -> Shape:
        """An entity type by its name. Raises `NoSuchEntityType`."""
        known = {each.casefold(): each for each in self.entity_types()}
        found = known.get(name.casefold())
        if found is None:
            help = did_you_mean(name, known.values()) or f"known are {', '.join(self.entity_types()) or 'none'}"
            raise NoSuchEntityType(f"the store has no entity type '{name}'; {help}")
        layout = next((each for each in self._plan.entity_types if each.name.casefold() == found.casefold()), None)
        columns = {each: None for each in (*_columns(self._resources, found), *_columns(self._past_resources, found))}
        properties = tuple(each for each in columns if each not in (ID, HASH, FROM, TO))
        return Shape(
            entity_type=layout.name if layout else found,
            key=layout.key if layout else None,
            properties=properties,
            links=tuple(self._sides(found)),
            hidden=self._hidden(found, properties),
        )

    def resources(self, shape: Shape, number: int) -> str:
        """SQL: `_id`, the name and every property of an entity type as they were."""
        return " UNION ALL ".join(
            f"SELECT {ID}, {_name(shape, columns)}, {_listed(shape.properties, columns)} FROM {table} WHERE {held}"
            for table, columns, held in self._versions(shape, number)
        )

    def links(self, association: str, number: int) -> str:
        """SQL: the links of an association as they were."""
        sides = f"{SIDE[1]}, {SIDE[2]}"
        return (
            f"SELECT {sides} FROM {link_table(association)} WHERE {_begun(number)} UNION ALL "
            f"SELECT {sides} FROM {link_history_table(association)} WHERE {_begun(number)} AND {TO} > {number}"
        )

    def named_links(self, association: str, number: int, touched: tuple[int, int] | None = None) -> str:
        """SQL: the links of an association with the names `name1` and `name2` of what they link, as they were;
        only those that began or ended between two runs where `touched` is given."""
        layout = next(each for each in self._plan.associations if each.name == association)
        ends = [self.resources(self.shape(each), number) for each in (layout.entity_type1, layout.entity_type2)]
        links = self.links(association, number)
        if touched:
            links = f"SELECT * FROM ({links}) INTERSECT {self.touched_links(association, *touched)}"
        names = [f"coalesce(r{side}.{NAME}, '#' || l.{SIDE[side]}) AS name{side}" for side in (1, 2)]
        return (
            f"SELECT l.{SIDE[1]}, l.{SIDE[2]}, {', '.join(names)} FROM ({links}) AS l "
            f"LEFT JOIN ({ends[0]}) AS r1 ON r1.{ID} = l.{SIDE[1]} LEFT JOIN ({ends[1]}) AS r2 ON r2.{ID} = l.{SIDE[2]}"
        )

    def touched(self, shape: Shape, low: int, high: int) -> str:
        """SQL: the `_id`s of the resources of which a version began or ended after run `low`, up to run `high`."""
        parts = []
        if _columns(self._resources, shape.entity_type):
            parts.append(f"SELECT {ID} FROM {resource_table(shape.entity_type)} WHERE {_within(FROM, low, high)}")
        if _columns(self._past_resources, shape.entity_type):
            either = f"{_within(FROM, low, high)} OR {_within(TO, low, high)}"
            parts.append(f"SELECT {ID} FROM {resource_history_table(shape.entity_type)} WHERE {either}")
        return " UNION ".join(parts)

    def versions(self, shape: Shape, which: str) -> str:
        """SQL: every version, ended ones too, of the resources that meet a condition; `_from`, `_to`, properties."""
        return " UNION ALL ".join(
            f"SELECT {ID}, {FROM}, {ended} AS {TO}, {_name(shape, columns)}, {_listed(shape.properties, columns)} "
            f"FROM {table} WHERE {which}"
            for table, columns, ended in (
                (resource_table(shape.entity_type), _columns(self._resources, shape.entity_type), "NULL"),
                (resource_history_table(shape.entity_type), _columns(self._past_resources, shape.entity_type), TO),
            )
            if columns
        )

    def link_versions(self, association: str, side: int, ids: str) -> str:
        """SQL: every link, ended ones too, of the resources with these `_id`s: the other `_id`, `_from`, `_to`."""
        own, other = SIDE[side], SIDE[3 - side]
        return (
            f"SELECT {other} AS other, {FROM}, NULL AS {TO} FROM {link_table(association)} WHERE {own} IN ({ids}) "
            f"UNION ALL SELECT {other}, {FROM}, {TO} FROM {link_history_table(association)} WHERE {own} IN ({ids})"
        )

    def _versions(self, shape: Shape, number: int) -> Iterable[tuple[str, Sequence[str], str]]:
        now, past = (_columns(each, shape.entity_type) for each in (self._resources, self._past_resources))
        if now:
            yield resource_table(shape.entity_type), now, _begun(number)
        if past:
            yield resource_history_table(shape.entity_type), past, f"{_begun(number)} AND {TO} > {number}"

    def touched_links(self, association: str, low: int, high: int) -> str:
        """SQL: the pairs of which a link began or ended after run `low`, up to run `high`."""
        sides, either = f"{SIDE[1]}, {SIDE[2]}", f"{_within(FROM, low, high)} OR {_within(TO, low, high)}"
        return (
            f"(SELECT {sides} FROM {link_table(association)} WHERE {_within(FROM, low, high)} UNION "
            f"SELECT {sides} FROM {link_history_table(association)} WHERE {either})"
        )

    def _sides(self, entity_type: str) -> Iterable[LinkSide]:
        for each in self._plan.associations:
            ends = (
                (each.entity_type1, each.property1, each.entity_type2),
                (each.entity_type2, each.property2, each.entity_type1),
            )
            for side, (near, property, far) in enumerate(ends, 1):
                if near.casefold() == entity_type.casefold():
                    yield LinkSide(association=each.name, property=property, side=side, entity_type=far)

    def _hidden(self, entity_type: str, properties: Iterable[str]) -> frozenset[str]:
        sources = [each for step in self._plan.of(Prepare) for each in step.entity_types]
        mapped = {
            (column.property, column.column)
            for source in sources
            if source.entity_type.casefold() == entity_type.casefold()
            for column in source.columns
        }
        named = {(each, each) for each in properties} | mapped
        return frozenset(name for name, column in named if _is_secret(column))


def _is_secret(column: str) -> bool:
    return "".join(filter(str.isalnum, column)).casefold() in _SECRETS


def _name(shape: Shape, columns: Sequence[str]) -> str:
    key = quoted(shape.key) if shape.key and shape.key in columns else "NULL"
    return f"coalesce({key}, '#' || {ID}) AS {NAME}"


def _listed(properties: Sequence[str], columns: Sequence[str]) -> str:
    return ", ".join(quoted(each) if each in columns else f"NULL AS {quoted(each)}" for each in properties) or "NULL"


def _begun(number: int) -> str:
    return f"({FROM} IS NULL OR {FROM} <= {number})"


def _within(column: str, low: int, high: int) -> str:
    return f"({column} > {low} AND {column} <= {high})"


def _columns(tables: dict[str, list[str]], name: str) -> list[str]:
    return next((columns for table, columns in tables.items() if table.casefold() == name.casefold()), [])


def _tables(engine: Engine, schema: str) -> dict[str, list[str]]:
    rows = engine.rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = ? AND table_catalog = current_database() ORDER BY table_name, ordinal_position",
        [schema],
    )
    found: dict[str, list[str]] = {}
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found
