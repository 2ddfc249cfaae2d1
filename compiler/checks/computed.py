"""Computed properties (language.md §4.11)."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from compiler.bind.resolve import property_names
from compiler.bind.scope import is_navigation
from compiler.bind.tables import mapped_property
from compiler.checks.registry import Finding, Subject, check
from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions.compile import paths_of, queried_by
from compiler.expressions.infer import targets_of
from compiler.expressions.tree import Expression
from compiler.expressions.types import ValueType
from compiler.model.metadata import EntityPropertyExpression
from compiler.model.model import Model

_Property = tuple[str, str]


@check("E240")
def empty_expression(it: Subject) -> Iterator[Finding]:
    """A value comes from a binding, an expression or both."""
    for each in it.model.property_expressions.values():
        if not each.expression and not each.binding:
            yield Finding(each, f"`{each.identifier}` has neither Expression nor Binding", "Identifier", "add one")


@check("E241")
def cycle(it: Subject) -> Iterator[Finding]:
    """Computed properties are computed in an order."""
    items = {_target(each): each for each in it.model.property_expressions.values()}
    reads = {target: sorted(_reads(it, each) & items.keys()) for target, each in items.items()}
    try:
        TopologicalSorter(reads).prepare()
    except CycleError as error:
        circle: list[_Property] = error.args[1][::-1]
        way = " → ".join(f"{entity_type}:{name}" for entity_type, name in circle)
        first, *others = dict.fromkeys(circle)
        also = tuple((items[other], "Property", "and this one reads it in turn") for other in others)
        message = f"computed properties go in a circle: {way}"
        yield Finding(items[first], message, "Property", "compute one of them from other properties", also)


@check("E242")
def two_expressions(it: Subject) -> Iterator[Finding]:
    """One property, one expression."""
    first: dict[_Property, EntityPropertyExpression] = {}
    for each in it.model.property_expressions.values():
        other = first.setdefault(_target(each), each)
        if other is not each:
            also = ((other, "Property", "first computed here"),)
            yield Finding(each, f"`{each.entity_type}:{each.property}` is computed twice", "Property", also=also)


@check("W243")
def mapped_and_computed(it: Subject) -> Iterator[Finding]:
    """The computed value replaces the loaded one."""
    for each in it.model.property_expressions.values():
        mapped = mapped_property(it.model, each.entity_type, each.property)
        if mapped is not None and mapped.connection_column:
            also = ((mapped, "ConnectionColumn", "mapped here"),)
            message = f"`{each.property}` is also loaded; its computed value wins"
            yield Finding(each, message, "Property", "keep one of the two", also)


@check("E244")
def computed_collection(it: Subject) -> Iterator[Finding]:
    """An expression yields one value, or one resource to link."""
    for each in it.model.property_expressions.values():
        side = it.model.side(*_target(each))
        if side is not None and side.is_collection:
            yield Finding(each, f"`{each.property}` is multi-valued; an expression computes one value", "Property")
        if side is None and is_navigation(it.model, *_target(each)):
            yield Finding(each, f"`{each.property}` is no side of an association, so it leads nowhere", "Property")


@check("E245")
def criteria(it: Subject) -> Iterator[Finding]:
    """A computed navigation finds its target by one of the target's properties."""
    for each in it.model.property_expressions.values():
        if each.property_criteria:
            yield from _criteria(it.model, each, each.property_criteria)


@check("E246")
def wrong_target(it: Subject) -> Iterator[Finding]:
    """A path that fills a navigation leads to the same entity type."""
    for each in it.model.property_expressions.values():
        side = it.model.side(*_target(each))
        tree = it.bound.tree(each, "value")
        if side is None or tree is None or each.property_criteria:
            continue
        attribute = "Expression" if each.expression else "Binding"
        if tree.type is ValueType.INTEGER:
            help = "name in PropertyCriteria the property by which the resource is found"
            yield Finding(each, "the numbers that resources have in the store are nobody's to choose", attribute, help)
        for found in sorted(_arrivals(tree) - {side.target}):
            yield Finding(each, f"this leads to `{found}`, and `{each.property}` holds `{side.target}`", attribute)


def _arrivals(tree: Expression) -> set[str]:
    """The entity types of the resources that a value may be."""
    return {each for each in targets_of(tree) if each} if tree.type is ValueType.RESOURCE else set()


def _criteria(model: Model, item: EntityPropertyExpression, name: str) -> Iterator[Finding]:
    side = model.side(*_target(item))
    if side is None:
        yield Finding(item, f"`{item.property}` is no navigation; it takes no PropertyCriteria", "PropertyCriteria")
    elif name not in property_names(model, side.target) or model.side(side.target, name):
        help = did_you_mean(name, property_names(model, side.target))
        yield Finding(item, f"`{side.target}` has no scalar property `{name}`", "PropertyCriteria", help)


def _target(item: EntityPropertyExpression) -> _Property:
    return item.entity_type, item.property


def _reads(it: Subject, item: EntityPropertyExpression) -> set[_Property]:
    """Every property that the value of a computed property is read through."""
    tree = it.bound.tree(item, "value")
    if tree is None:
        return set()
    found: set[_Property] = set()
    ways = [(item.entity_type, path) for path in paths_of(tree)]
    for entity_type, path in (*ways, *queried_by(tree)):
        for name in path:
            found.add((entity_type, name))
            side = it.model.side(entity_type, name)
            found.update([(side.target, side.reverse)] if side else [])  # the same links, from their other end
            entity_type = side.target if side else ""
    side = it.model.side(*_target(item))
    if side is not None and item.property_criteria:
        found.add((side.target, item.property_criteria))
    return found
