"""An `ArgumentsExpression` goes in, SQL over the orders in question comes out: one row per order and argument."""

from typing import TYPE_CHECKING

from compiler.bind.bound import Bound
from compiler.expressions import sql
from compiler.expressions.to_sql import native
from compiler.expressions.tree import ORDER
from compiler.expressions.types import ValueType
from compiler.model.model import Model
from compiler.model.provisioning import ResourceType
from compiler.plan.collections import Collection, Query
from compiler.plan.relations import Path, Relations, exp_column
from compiler.plan.tables import ORDERED, ORDERED_LINE

if TYPE_CHECKING:
    from sqlglot import exp

_ORDER = "order"
_LINKED = {"Added": "added_id", "Removed": "removed_id"}


def arguments(bound: Bound, resource_type: ResourceType) -> str:
    """`order_id`, `name`, `value` of the arguments of every order in `ordered`; an order without owner has some too.

    Empty for a resource type whose orders have none.
    """
    from sqlglot import exp

    if not resource_type.arguments_expression or bound.arguments(resource_type).type is ValueType.NULL:
        return ""
    orders = _Orders(bound.model, resource_type.source_entity_type, resource_type.target_entity_type)
    entries = sql.plain_call("MAP_ENTRIES", native(bound.arguments(resource_type), orders))
    query = orders.select(order_id=exp_column(_ORDER, "order_id"), entry=exp.Unnest(expressions=[entries]))
    parts = {"order_id": exp.column("order_id"), "name": _part("key"), "value": _part("value")}
    columns = (exp.alias_(value, name) for name, value in parts.items())
    return exp.select(*columns).from_(query.subquery("argued", copy=False)).sql(dialect="duckdb", copy=False)


def _part(name: str) -> "exp.Expression":
    from sqlglot import exp

    return exp.column(name, table="entry")


class _Orders:
    """The columns of a query over orders and their owners: paths that begin with `ORDER` are about the order."""

    def __init__(self, model: Model, source: str, target: str) -> None:
        from sqlglot import exp

        self._model = model
        self._target = target
        self._owners = Relations(model, source, "owner")
        self._lines: dict[str, str] = {}
        self._lists: dict[Path, Collection] = {}
        same = exp.EQ(this=exp_column(_ORDER, "owner_id"), expression=self._owners.column(()))
        self._owners.join(exp.Join(this=_named(ORDERED, _ORDER), side="RIGHT", on=same))

    def __call__(self, path: Path) -> "exp.Expression":
        return self._of_order(*path[1:]) if path[:1] == (ORDER,) else self._owners.column(path)

    def collection(self, path: Path) -> Collection:
        """The LIST of a multi-valued navigation, or of the resources that an order links or unlinks."""
        if path[:1] != (ORDER,):
            return self._owners.collection(path)
        if path not in self._lists:
            self._lists[path] = self._linked(path[1], path[2])
            self._owners.join(self._lists[path])
        return self._lists[path]

    def query(self, entity_type: str) -> Query:
        """A query over all resources of an entity type."""
        return self._owners.query(entity_type)

    def select(self, **columns: "exp.Expression") -> "exp.Select":
        """A query of the given columns by name."""
        return self._owners.select(**columns)

    def _of_order(self, what: str = "", name: str = "") -> "exp.Expression":
        from sqlglot import exp

        if not what:
            return exp_column(_ORDER, "order_id")
        if what == "ChangeType":
            return exp_column(_ORDER, "change")
        alias = self._line(name)
        if what == "NewValue":
            return exp_column(alias, "value")
        known = exp.Not(this=exp.Is(this=exp_column(alias, "order_id"), expression=exp.Null()))
        return exp.cast(known, "VARCHAR", dialect="duckdb")

    def _line(self, name: str) -> str:
        """The alias of what an order changes of one property, joined once: at most one row for each order."""
        from sqlglot import exp

        if name not in self._lines:
            alias = self._lines[name] = f"line{len(self._lines)}"
            of_property = exp.EQ(this=exp.column("property"), expression=exp.Literal.string(name))
            query = exp.select("order_id", "max(value) AS value").from_(ORDERED_LINE).where(of_property)
            same = exp.EQ(this=exp_column(alias, "order_id"), expression=exp_column(_ORDER, "order_id"))
            found = query.group_by("order_id").subquery(exp.to_identifier(alias, quoted=True))
            self._owners.join(exp.Join(this=found, side="LEFT", on=same))
        return self._lines[name]

    def _linked(self, kind: str, name: str) -> Collection:
        """The resources that an order links by a navigation, or unlinks, by their keys."""
        from sqlglot import exp

        alias = f"linked{len(self._lists)}"
        side = self._model.sides[self._target, name]
        inner, line = Relations(self._model, side.target, f"{alias}_r"), f"{alias}_l"
        same = exp.EQ(this=exp_column(line, _LINKED[kind]), expression=inner.column(()))
        of_property = exp.EQ(this=exp_column(line, "property"), expression=exp.Literal.string(name))
        return Collection(
            inner,
            alias,
            [(exp_column(line, "order_id"), exp_column(_ORDER, "order_id"))],
            inner.by_key(),
            link=exp.Join(this=_named(ORDERED_LINE, line), on=same),
            where=[of_property],
        )


def _named(table: str, alias: str) -> "exp.Expr":
    from sqlglot import exp

    return exp.alias_(exp.table_(table, quoted=True), alias, table=True, quoted=True)
