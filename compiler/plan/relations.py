"""Property paths in, joins out: the FROM clause of a query over one entity type.

Every navigation is two LEFT JOINs, through the association's link table to the resource on the other side, so a
missing resource anywhere on a path is null. Equal path prefixes share their joins. What is multi-valued is one LIST
column of STRUCTs, joined too, so that a query keeps one row for each resource (`collections`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.expressions.types import IDENTIFIER
from compiler.model.model import Model, Side
from compiler.plan.collections import Collection, Query
from compiler.plan.steps import Hop, Read
from compiler.plan.tables import ID, LINK_SCHEMA, RESOURCE_SCHEMA, SIDE

if TYPE_CHECKING:
    from sqlglot import exp

Path = tuple[str, ...]


class Relations:
    """The tables one query reads, beginning with the entity type's own under the alias `root`."""

    def __init__(self, model: Model, entity_type: str, root: str, within: str = "") -> None:
        """`within`: a table of the `_id`s of the resources in question; all of the entity type without."""
        self._model = model
        self._root = root
        self._within = within
        self._entity_types: dict[Path, str] = {(): entity_type}
        self._aliases: dict[Path, str] = {(): root}
        self._joins: list[exp.Join | Collection] = []
        self._collections: dict[Path, Collection] = {}
        self._queries: list[Relations] = []
        self._properties: dict[Path, set[str]] = {}

    def column(self, path: Path) -> "exp.Expression":
        """The column that holds the value of a path: text for a scalar, the resource's `_id` for a navigation."""
        from sqlglot import exp

        if not path or self._model.side(self._entity_type(path[:-1]), path[-1]):
            return exp.column(ID, table=self._alias(path), quoted=True)
        if path[-1] == IDENTIFIER:
            return exp.cast(exp.column(ID, table=self._alias(path[:-1]), quoted=True), "VARCHAR")
        stored = self._stored(path)
        self._properties.setdefault(path[:-1], set()).add(stored)
        return exp.column(stored, table=self._alias(path[:-1]), quoted=True)

    def __call__(self, path: Path) -> "exp.Expression":
        """The same: what expressions ask for (`compiler.expressions.sequences.Columns`)."""
        return self.column(path)

    def collection(self, path: Path) -> "Collection":
        """The LIST of the resources that a multi-valued navigation leads to, by their keys."""
        found = self._collections.get(path)
        if found is None:
            found = self._collections[path] = self._linked(path)
            self._joins.append(found)
        return found

    def _linked(self, path: Path) -> "Collection":
        from sqlglot import exp

        before, side = exp_column(self._alias(path[:-1]), ID), self._side(path)
        alias = f"{self._root}_c{len(self._collections)}"
        inner, link = Relations(self._model, side.target, f"{alias}_r"), f"{alias}_l"
        near, far = SIDE[side.number], SIDE[3 - side.number]
        same = exp.EQ(this=exp_column(link, far), expression=inner.column(()))
        return Collection(
            inner,
            alias,
            [(exp_column(link, near), before)],
            inner.by_key(),
            link=exp.Join(this=_table(LINK_SCHEMA, side.association.identifier, link), on=same),
            needed=before if len(path) > 1 else None,
        )

    def by_key(self) -> "list[tuple[exp.Expression, bool]]":
        """What puts resources in an order that depends on the data alone, as far as their keys do."""
        keys = key_properties(self._model, self._entity_types[()])
        return [(self.column(path), False) for path in (*((key,) for key in keys), ())]

    def query(self, entity_type: str) -> "Query":
        """A LIST of what a query over all resources of an entity type finds."""
        alias = f"{self._root}_q{len(self._queries)}"
        inner = Relations(self._model, entity_type, f"{alias}_r")
        self._queries.append(inner)
        return Query(inner, alias, inner.by_key(), self._joins.append)

    def reads(self) -> Iterator[Read]:
        """What was asked for until now."""
        return self._reads((), anywhere=False)

    def _reads(self, hops: tuple[Hop, ...], *, anywhere: bool) -> Iterator[Read]:
        left = {path: self._hop(path) for path in (*self._aliases, *self._collections) if path}
        for path, entity_type in self._entity_types.items():
            yield Read(
                hops=(*hops, *(left[path[:length]] for length in range(1, len(path) + 1))),
                entity_type=entity_type,
                properties=tuple(sorted(self._properties.get(path, ()))),
                links=tuple(sorted({hop for each, hop in left.items() if each[:-1] == path})),
                anywhere=anywhere,
            )
        for path, found in self._collections.items():
            way = (left[path[:length]] for length in range(1, len(path) + 1))
            yield from found.inner._reads((*hops, *way), anywhere=anywhere)
        for each in self._queries:
            yield from each._reads((), anywhere=True)

    def _hop(self, path: Path) -> Hop:
        side = self._side(path)
        return Hop(side.association.identifier, side.number)

    @property
    def has_joins(self) -> bool:
        """Whether something was asked for that is not the root's own."""
        return bool(self._joins)

    def join(self, joined: "exp.Join | Collection") -> None:
        """Join something more, after all that was asked for until now."""
        self._joins.append(joined)

    def select(self, /, **columns: "exp.Expression") -> "exp.Select":
        """A query of the given columns by name. Call it last: it holds the joins asked for until then."""
        from sqlglot import exp

        # every node here is new and used once: sqlglot's copies would cost more than all the rest of lowering
        named = [exp.alias_(value, name, quoted=True, copy=False) for name, value in columns.items()]
        own = _table(RESOURCE_SCHEMA, self._entity_types[()], self._root)
        query = exp.select(*named, copy=False)
        if self._within:
            same = exp.EQ(this=exp_column(self._root, ID), expression=exp_column(self._within, ID))
            query.from_(exp.table_(self._within, quoted=True), copy=False).join(own, on=same, copy=False)
        else:
            query.from_(own, copy=False)
        for join in self._joins:
            query.join(join.join() if isinstance(join, Collection) else join, copy=False)
        return query

    def _entity_type(self, path: Path) -> str:
        self._alias(path)
        return self._entity_types[path]

    def _stored(self, path: Path) -> str:
        """The column of a scalar; `InternalDisplayName` is the display property where nothing computes it."""
        entity_type, name = self._entity_type(path[:-1]), path[-1]
        if name == "InternalDisplayName":
            return display_column(self._model, entity_type)
        return name

    def _alias(self, path: Path) -> str:
        if path not in self._aliases:
            before = self._alias(path[:-1])
            self._join(path, before)
        return self._aliases[path]

    def _side(self, path: Path) -> Side:
        side = self._model.side(self._entity_type(path[:-1]), path[-1])
        if side is None:
            raise ValueError(f"{path[-1]} is no navigation of {self._entity_types[path[:-1]]}")
        return side

    def _join(self, path: Path, before: str) -> None:
        side = self._side(path)
        number = len(self._aliases)
        link, alias = f"{self._root}_l{number}", f"{self._root}_{number}"
        near, far = SIDE[side.number], SIDE[3 - side.number]
        self._joins.append(_left_join(LINK_SCHEMA, side.association.identifier, link, near, exp_column(before, ID)))
        self._joins.append(_left_join(RESOURCE_SCHEMA, side.target, alias, ID, exp_column(link, far)))
        self._aliases[path], self._entity_types[path] = alias, side.target


def display_column(model: Model, entity_type: str) -> str:
    """The property that stands for a resource before people (language.md §4.7): the computed `InternalDisplayName`,
    else the first property whose identifier contains "name", else the first."""
    if any(
        each.entity_type == entity_type and each.property == "InternalDisplayName"
        for each in model.property_expressions.values()
    ):
        return "InternalDisplayName"
    scalars = scalar_properties(model, entity_type)
    named = (name for name in scalars if "name" in name.lower())
    return next(named, scalars[0] if scalars else ID)


def scalar_properties(model: Model, entity_type: str) -> list[str]:
    """The identifiers of the properties that are columns, in document order."""
    declared = model.entity_types[entity_type].properties
    return [each.identifier for each in declared if not model.side(entity_type, each.identifier)]


def key_properties(model: Model, entity_type: str) -> list[str]:
    """The properties by whose value configuration names a resource: `IsKey`, else the mapping's primary key."""
    keys = [each.identifier for each in model.entity_types[entity_type].properties if each.is_key]
    mapping = model.entity_type_mappings.get(entity_type)
    return keys or [each.identifier for each in (mapping.properties if mapping else ()) if each.is_primary_key]


def exp_column(table: str, name: str) -> "exp.Column":
    """`table.name`, quoted."""
    from sqlglot import exp

    return exp.column(name, table=table, quoted=True)


def _table(schema: str, name: str, alias: str) -> "exp.Expr":
    from sqlglot import exp

    return exp.alias_(exp.table_(name, db=schema, quoted=True), alias, table=True, quoted=True)


def _left_join(schema: str, name: str, alias: str, column: str, equals: "exp.Expression") -> "exp.Join":
    from sqlglot import exp

    condition = exp.EQ(this=exp_column(alias, column), expression=equals)
    return exp.Join(this=_table(schema, name, alias), side="LEFT", on=condition)
