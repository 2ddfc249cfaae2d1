"""The deployed plan, the next one and the store's tables in; what the store would lose, and what takes it away, out."""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan
from compiler.plan.tables import FROM, HASH, ID, link_table, quoted, resource_table
from runtime.engine.engine import literal
from runtime.store.tables import Columns
from runtime.store.versions import before_drop, before_drop_of_links, before_drop_of_property

What = Literal["resources", "values", "links", "orders"]


class Loss(Struct, frozen=True, kw_only=True):
    """Stored data that a deployment would lose: `count` resources, values of a property, links or orders of `name`.

    `kind` is the element that names them, `why` what becomes of it.
    """

    kind: str
    name: str
    what: What
    count: int
    why: str

    @property
    def is_guarded(self) -> bool:
        """Whether somebody must say that they may go: an order that was never sent is closed, and kept."""
        return self.what != "orders"


class Vanishing(Struct, frozen=True, kw_only=True):
    """Something in the store that does not outlive a deployment: how to count it, and how to take it away.

    The statements may be run again after they were.
    """

    kind: str
    name: str
    what: What
    why: str
    counted: str
    drops: tuple[str, ...]


def vanishing(old: Plan | None, new: Plan, resources: Columns, links: Columns) -> Iterator[Vanishing]:
    """All that the store has and `new` has not, or has with another meaning."""
    for table, columns in resources.items():
        yield from _resources(table, columns, old, new)
    for table in links:
        yield from _links(table, old, new)


def restarts(old: Plan | None, found: list[Vanishing]) -> Iterator[str]:
    """The statements that forget the sessions of connectors whose data go: they load anew what they load again."""
    gone = {each.name.casefold() for each in found if each.drops}
    layouts = [(each.name, each.connector) for each in old.entity_types] if old else []
    layouts += [(each.name, each.connector) for each in old.associations] if old else []
    for connector in sorted({connector for name, connector in layouts if connector and name.casefold() in gone}):
        yield f"DELETE FROM state.session WHERE connector = {literal(connector)}"


def _resources(table: str, columns: Sequence[str], old: Plan | None, new: Plan) -> Iterator[Vanishing]:
    before, after = (_entity_type(plan, table) for plan in (old, new))
    if after is None:
        yield _whole(table, "the entity type is gone")
    elif before and _is_orphaned(before, after, new):
        yield _whole(table, f"the connector {before.connector} is gone, and nothing else loads it")
    else:
        yield from _columns(table, columns, after, new)
        if before and before.key and after.key and before.key.casefold() != after.key.casefold():
            yield _rekeyed(table, before.key, after.key)


def _is_orphaned(before: EntityTypeLayout, after: EntityTypeLayout, new: Plan) -> bool:
    if before.connector is None or after.connector is not None:
        return False
    return ("Connector", before.connector) not in {(item.kind, item.key) for item in new.items}


def _whole(table: str, why: str) -> Vanishing:
    name = resource_table(table)
    forget = f"DELETE FROM state.hashed WHERE entity_type = {literal(table)}"
    drops = (*before_drop(table), f"DROP TABLE IF EXISTS {name}", forget)
    return _vanishing("EntityType", table, "resources", why, f"SELECT count(*) FROM {name}", drops)


def _columns(table: str, columns: Sequence[str], layout: EntityTypeLayout, new: Plan) -> Iterator[Vanishing]:
    navigating = {name for each in new.associations for name in _sides(each)}
    known = {ID, HASH, FROM, *(each.name.casefold() for each in layout.properties)}
    for column in sorted(each for each in columns if each.casefold() not in known):
        name = resource_table(table)
        drop = f"ALTER TABLE IF EXISTS {name} DROP COLUMN IF EXISTS {quoted(column)}"
        drops = (*before_drop_of_property(table, column), drop)
        counted = f"SELECT count({quoted(column)}) FROM {name}"
        navigates = f"{table}:{column}".casefold() in navigating
        why = "the property navigates now" if navigates else "the property is gone"
        yield _vanishing("Property", f"{table}:{column}", "values", why, counted, drops)


def _rekeyed(table: str, before: str, after: str) -> Vanishing:
    why = f"its primary key was {before} and is {after}: resources that it does not match are deleted and made anew"
    return _vanishing("EntityType", table, "resources", why, f"SELECT count(*) FROM {resource_table(table)}", ())


def _links(table: str, old: Plan | None, new: Plan) -> Iterator[Vanishing]:
    before, after = (_association(plan, table) for plan in (old, new))
    if after is None:
        why = "the association is gone"
    elif before and _ends(before) != _ends(after):
        why = "it links other entity types now"
    else:
        return
    name = link_table(table)
    forget = f"DELETE FROM state.unresolved WHERE association = {literal(table)}"
    drops = (*before_drop_of_links(table), f"DROP TABLE IF EXISTS {name}", forget)
    yield _vanishing("EntityAssociation", table, "links", why, f"SELECT count(*) FROM {name}", drops)


def _vanishing(kind: str, name: str, what: What, why: str, counted: str, drops: tuple[str, ...]) -> Vanishing:
    return Vanishing(kind=kind, name=name, what=what, why=why, counted=counted, drops=drops)


def _entity_type(plan: Plan | None, name: str) -> EntityTypeLayout | None:
    layouts = plan.entity_types if plan else ()
    return next((each for each in layouts if each.name.casefold() == name.casefold()), None)


def _association(plan: Plan | None, name: str) -> AssociationLayout | None:
    layouts = plan.associations if plan else ()
    return next((each for each in layouts if each.name.casefold() == name.casefold()), None)


def _sides(each: AssociationLayout) -> tuple[str, str]:
    return f"{each.entity_type1}:{each.property1}".casefold(), f"{each.entity_type2}:{each.property2}".casefold()


def _ends(association: AssociationLayout) -> tuple[str, str]:
    return association.entity_type1.casefold(), association.entity_type2.casefold()
