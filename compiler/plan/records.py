"""A context rule in, queries over its identities' records out: their owners, dates and the values of dimensions."""

from typing import TYPE_CHECKING

from compiler.bind.bound import Bound
from compiler.bind.context_values import record_type
from compiler.expressions.to_sql import condition, native, to_sql
from compiler.expressions.tree import Expression
from compiler.model.contexts import ContextRule
from compiler.plan.relations import Relations
from compiler.plan.tables import SIDE, link_table

if TYPE_CHECKING:
    from sqlglot import exp


class Records:
    """The records of a rule's identities, or the identities themselves where they have none."""

    def __init__(self, bound: Bound, rule: ContextRule) -> None:
        self._model = bound.model
        self._rule = rule
        self._relations = Relations(bound.model, record_type(bound.model, rule), "record")

    def date(self, tree: Expression | None, otherwise: str) -> "exp.Expression":
        """A date in internal text form."""
        from sqlglot import exp

        missing = exp.Literal.string(otherwise)
        return missing if tree is None else exp.Coalesce(this=to_sql(tree, self._relations), expressions=[missing])

    def value(self, bound: Bound, number: int) -> "exp.Expression":
        """The `_id` of the value of a dimension; null for one that the rule does not bind."""
        from sqlglot import exp

        if number not in self._rule.b:
            return exp.cast(exp.null(), "BIGINT")
        return native(bound.dimension(self._rule, number), self._relations)

    def stored(self, name: str | None) -> "exp.Expression":
        """A property of the record; null for none."""
        from sqlglot import exp

        return self._relations.column((name,)) if name else exp.cast(exp.null(), "VARCHAR")

    def key(self, tree: Expression | None) -> "exp.Expression":
        """The value of an expression over the record; null for none."""
        from sqlglot import exp

        return to_sql(tree, self._relations) if tree is not None else exp.cast(exp.null(), "VARCHAR")

    def select(self, columns: "dict[str, exp.Expression]", excluded: Expression | None, *, is_excluded: bool) -> str:
        """`owner_id`, `record_id` and these columns of the records that a test excludes, or of the others."""
        from sqlglot import exp

        owner: exp.Expression = self._relations.column(())
        segments = [each.rpartition(":")[2].strip() for each in (self._rule.resources_binding or "").split(".") if each]
        if segments:
            owner = exp.column("owner_id", table="owned", quoted=True)
        test = condition(excluded, self._relations) if excluded is not None else exp.false()
        query = self._relations.select(owner_id=owner, record_id=self._relations.column(()), **columns)
        if segments:
            owned: exp.Subquery = exp.maybe_parse(self._owned(segments), dialect="duckdb").subquery("owned")
            same = exp.EQ(this=exp.column("record_id", table="owned"), expression=self._relations.column(()))
            query = query.join(owned, on=same, join_type="inner")
        return query.where(test if is_excluded else exp.not_(test)).sql(dialect="duckdb")

    def _owned(self, segments: list[str]) -> str:
        """`owner_id`, `record_id` along the navigations from an identity to its records."""
        at, joins, last = self._rule.source_entity_type, [], ""
        for number, name in enumerate(segments):
            side = self._model.side(at, name)
            assert side is not None, f"{name} of {at} was checked to be a navigation"
            near, far = SIDE[side.number], SIDE[3 - side.number]
            table = f"{link_table(side.association.identifier)} AS l{number}"
            joins.append(
                f"JOIN {table} ON l{number}.{near} = {last}" if last else f"l0.{near} AS owner_id FROM {table}"
            )
            at, last = side.target, f"l{number}.{far}"
        first, *others = joins
        return f"SELECT DISTINCT {last} AS record_id, {first} {' '.join(others)}"
