"""Orders in the store in, the documented JSON form out (provisioning.md §12.3).

Beside the documented keys stand `OrderId` and `Reasons`: why each change is made, from which rule, in place of what.
Readers ignore keys they do not know.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from compiler.plan.plan import Plan
from compiler.plan.steps import Evaluate
from compiler.plan.tables import ID, quoted, resource_table
from runtime.contract import ChangeType, Order
from runtime.engine.engine import Engine

Properties = dict[str, Any]
Found = dict[tuple[str, int], Properties]
"""Resources by entity type and id."""


class Line(NamedTuple):
    """One change of an order, as `provisioning.lines` keeps it."""

    property: str
    action: str
    value: str | None
    resource_id: int | None
    old: str | None
    cause: str
    rule: str | None


class _Head(NamedTuple):
    id: int
    resource_type: str
    assigned: int
    owner_id: int | None
    target_id: int | None
    change: str


class Documents:
    """Builds orders for one plan over one store."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        self._plan = plan
        self._engine = engine
        self._steps = {step.resource_type: step for step in plan.of(Evaluate)}

    def build(self, orders: Sequence[int]) -> Iterator[Order]:
        """The orders of these numbers, in this sequence. An order of a resource type that the plan has no more is
        left out."""
        heads = {head.id: head for head in self._heads(orders)}
        lines = self._lines(orders)
        known = [heads[number] for number in orders if number in heads and heads[number].resource_type in self._steps]
        found, arguments = self._resources(known, lines), self._arguments(orders)
        for head in known:
            yield self._order(head, lines[head.id], arguments.get(head.id, {}), found)

    def _arguments(self, orders: Sequence[int]) -> dict[int, dict[str, str | None]]:
        """What the orders' ArgumentsExpression gave them."""
        rows = self._engine.rows(
            """
            SELECT order_id, name, value FROM provisioning.arguments
            WHERE order_id IN (SELECT unnest(?::BIGINT[])) ORDER BY order_id, name""",
            [list(orders)],
        )
        arguments: dict[int, dict[str, str | None]] = defaultdict(dict)
        for number, name, value in rows:
            arguments[number][name] = value
        return arguments

    def _heads(self, orders: Sequence[int]) -> Iterator[_Head]:
        rows = self._engine.rows(
            """
            SELECT id, resource_type, assigned, owner_id, target_id, change FROM provisioning.orders
            WHERE id IN (SELECT unnest(?::BIGINT[]))""",
            [list(orders)],
        )
        return (_Head(*row) for row in rows)

    def _lines(self, orders: Sequence[int]) -> dict[int, list[Line]]:
        rows = self._engine.rows(
            """
            SELECT order_id, property, action, value, resource_id, old, cause, rule FROM provisioning.lines
            WHERE order_id IN (SELECT unnest(?::BIGINT[])) ORDER BY property, action, resource_id""",
            [list(orders)],
        )
        lines: dict[int, list[Line]] = defaultdict(list)
        for number, *line in rows:
            lines[number].append(Line(*line))
        return lines

    def _resources(self, heads: Sequence[_Head], lines: dict[int, list[Line]]) -> Found:
        """Every resource that these orders speak of, by entity type and id."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for head in heads:
            step = self._steps[head.resource_type]
            wanted[step.source].update(filter(None, [head.owner_id]))
            wanted[step.target].update(filter(None, [head.target_id]))
            links = {each.property: each.entity_type for each in step.links}
            for line in lines[head.id]:
                if line.property in links:
                    wanted[links[line.property]].update(each for each in (line.resource_id, _before(line)) if each)
        return {(name, each): found for name, ids in wanted.items() for each, found in self._read(name, ids)}

    def _read(self, entity_type: str, ids: Iterable[int]) -> Iterator[tuple[int, Properties]]:
        layout = self._plan.entity_type(entity_type)
        names = [each.name for each in layout.properties]
        columns = ", ".join((ID, *(quoted(name) for name in names)))
        rows = self._engine.rows(
            f"""
            SELECT {columns} FROM {resource_table(entity_type)} WHERE {ID} IN (SELECT unnest(?::BIGINT[]))""",
            [list(ids)],
        )
        for number, *values in rows:
            given = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            display = given.get(layout.display) if layout.display else None
            yield number, {"Id": str(number), "InternalDisplayName": display} | given

    def _order(self, head: _Head, lines: list[Line], arguments: dict[str, str | None], found: Found) -> Order:
        step = self._steps[head.resource_type]
        changes = _changes(step, lines, found)
        owner = found.get((step.source, head.owner_id or 0), {"Id": str(head.owner_id)} if head.owner_id else {})
        resource = found.get((step.target, head.target_id or 0), {})
        document: dict[str, Any] = {
            "AssignedResourceTypeId": str(head.assigned),
            "OrderId": str(head.id),
            "ChangeType": head.change,
            "ResourceType": _resource_type(step),
            "Owner": owner,
            "Changes": changes,
        }
        if resource:
            document["Resource"] = resource
        if arguments:
            document["Arguments"] = arguments
        document["Reasons"] = [_reason(step, line, found) for line in lines]
        return Order(
            id=str(head.id),
            assignment=str(head.assigned),
            change=ChangeType(head.change),
            resource_type=head.resource_type,
            owner=owner,
            changes=changes,
            resource=resource,
            document=document,
        )


def _changes(step: Evaluate, lines: list[Line], found: Found) -> Properties:
    """`Changes` sorted by key: scalars as text or null, links as objects, `<P>_add` and `<P>_remove` as arrays."""
    links = {each.property for each in step.links}
    changes: Properties = {}
    for line in lines:
        linked = _linked(step, line.property, line.resource_id, found)
        if line.action in ("add", "remove"):
            changes.setdefault(f"{line.property}_{line.action}", []).append(linked)
        elif line.action == "set":
            changes[line.property] = linked if line.property in links else line.value
    return dict(sorted(changes.items()))


def _linked(step: Evaluate, name: str, number: int | None, found: Found) -> Properties | None:
    """The resource that a navigation links to; its id alone when it is gone, None for no resource."""
    if number is None:
        return None
    entity_type = next((each.entity_type for each in step.links if each.property == name), "")
    return found.get((entity_type, number), {"Id": str(number)})


def _before(line: Line) -> int | None:
    """The resource that a mono-valued navigation linked to before; a link's old value is its id."""
    return int(line.old) if line.old is not None and line.value is None and line.old.isdecimal() else None


def _resource_type(step: Evaluate) -> Properties:
    return {
        "Id": step.resource_type,
        "Identifier": step.resource_type,
        "SourceEntityType": {"Id": step.source, "Identifier": step.source},
        "TargetEntityType": {"Id": step.target, "Identifier": step.target},
    }


def _reason(step: Evaluate, line: Line, found: Found) -> Properties:
    """Why one change is made: the property, the cause, the rule's place, the value before and after."""
    is_link = any(each.property == line.property for each in step.links)
    before = _name(_linked(step, line.property, _before(line), found)) if is_link else line.old
    told = {
        "Property": line.property,
        "Action": line.action,
        "Cause": line.cause,
        "Rule": line.rule,
        "Before": before,
        "After": _name(_linked(step, line.property, line.resource_id, found)) if is_link else line.value,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _name(resource: Properties | None) -> str | None:
    """How a resource is called before people."""
    return str(resource.get("InternalDisplayName") or resource["Id"]) if resource else None
