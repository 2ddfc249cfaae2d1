"""The resources that a row of a query leads to go in, one LIST column of STRUCTs and the join that brings it come out.

A STRUCT holds what is read of a resource: asked for field by field while expressions are lowered, so the join is made
last. The order of a LIST is that of the resources' keys, or the one a query asks for.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from compiler.plan.tables import ID

if TYPE_CHECKING:
    from sqlglot import exp

    from compiler.plan.relations import Relations

Path = tuple[str, ...]

_ITEMS = "_items"


class Collection:
    """A LIST of the resources in `inner`, one for each combination of the inner sides of `keys`."""

    def __init__(
        self,
        inner: "Relations",
        alias: str,
        keys: "Sequence[tuple[exp.Expression, exp.Expression]]",
        order: "Sequence[tuple[exp.Expression, bool]]",
        *,
        link: "exp.Join | None" = None,
        where: "Sequence[exp.Expression]" = (),
        needed: "exp.Expression | None" = None,
    ) -> None:
        self.inner = inner
        self._alias = alias
        self._keys = keys
        self._order = order
        self._link = link
        self._where = where
        self._needed = needed
        self._fields: dict[str, Callable[[], exp.Expression]] = {}
        self.field(())

    def value(self) -> "exp.Expression":
        """The column; empty where nothing is found, null where `needed` is."""
        from sqlglot import exp

        items = exp.column(_ITEMS, table=self._alias, quoted=True)
        found = exp.Coalesce(this=items, expressions=[exp.Array(expressions=[])])
        if self._needed is None:
            return found
        known = exp.Not(this=exp.Is(this=self._needed.copy(), expression=exp.Null()))
        return exp.Case(ifs=[exp.If(this=known, true=found)])

    def field(self, path: Path) -> str:
        """The field of an item that holds the value of a path from its resource."""
        name = ".".join(path) or ID
        column = self.inner.column(path)
        self._fields[name] = lambda: column.copy()
        return name

    def collection(self, path: Path) -> "tuple[str, Collection]":
        """The field of an item that holds a further LIST, and what that is."""
        name, further = ".".join(path), self.inner.collection(path)
        self._fields[name] = further.value
        return name, further

    def join(self) -> "exp.Join":
        """The join of all that was asked for."""
        from sqlglot import exp

        names = [f"_key{number}" for number in range(len(self._keys))]
        inside = dict(zip(names, (key for key, _ in self._keys), strict=True))
        query = self.inner.select(**inside, **{_ITEMS: self._aggregate()})
        query.where(*self._where, copy=False).group_by(*(key.copy() for key in inside.values()), copy=False)
        if self._link is not None:
            query.join(self._link, copy=False)
        equal = [
            exp.EQ(this=exp.column(name, table=self._alias, quoted=True), expression=outside)
            for name, (_, outside) in zip(names, self._keys, strict=True)
        ]
        condition = exp.and_(*equal, copy=False) if equal else exp.true()
        found = query.subquery(exp.to_identifier(self._alias, quoted=True), copy=False)
        return exp.Join(this=found, side="LEFT", on=condition)

    def _aggregate(self) -> "exp.Expression":
        from sqlglot import exp

        fields = [
            exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=value())
            for name, value in self._fields.items()
        ]
        places = [
            exp.Ordered(this=value, desc=is_descending, nulls_first=not is_descending)
            for value, is_descending in self._order
        ]
        return exp.ArrayAgg(this=exp.Order(this=exp.Struct(expressions=fields), expressions=places))


class Query:
    """A LIST of what is found among all resources of an entity type, before it is said what that is."""

    def __init__(
        self,
        inner: "Relations",
        alias: str,
        by_key: "Sequence[tuple[exp.Expression, bool]]",
        joins: "Callable[[Collection], None]",
    ) -> None:
        self._inner = inner
        self._alias = alias
        self._by_key = by_key
        self._joins = joins

    def column(self, path: Path) -> "exp.Expression":
        """A value of the resource in question."""
        return self._inner.column(path)

    def rows(
        self,
        where: "Sequence[exp.Expression]",
        keys: "Sequence[tuple[exp.Expression, exp.Expression]]",
        order: "Sequence[tuple[exp.Expression, bool]]",
    ) -> Collection:
        """The LIST of those for which `where` holds and whose keys are equal to values of the row outside."""
        found = Collection(self._inner, self._alias, keys, (*order, *self._by_key), where=where)
        self._joins(found)
        return found
