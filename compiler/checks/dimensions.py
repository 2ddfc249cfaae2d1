"""Dimensions, and the numbered attributes that go by them (language.md §4.12, provisioning.md §2.6)."""

from collections.abc import Iterator
from functools import cache
from itertools import product

from compiler.bind.values import family_number
from compiler.checks.registry import Finding, Subject, check
from compiler.model.contexts import Dimension
from compiler.model.model import Model
from compiler.model.node import Attribute, Node, attributes_of
from compiler.model.roles import SingleRoleRule

LAST = 127
"""The highest number of a dimension: `D3V`."""

_FALSE = ("false", "0")


@check("E250")
def hierarchy_without_parent(it: Subject) -> Iterator[Finding]:
    """A tree needs to know which value is above which."""
    for each in it.model.dimensions.values():
        if each.is_hierarchical and not each.parent_property:
            message = f"dimension `{each.identifier}` is hierarchical, and nothing says what is above a value"
            help = f"name in ParentProperty the navigation of `{each.entity_type}` that leads to the value above"
            yield Finding(each, message, "IsHierarchical", help)


@check("E251")
def duplicate_number(it: Subject) -> Iterator[Finding]:
    """One number, one dimension."""
    first: dict[int, Dimension] = {}
    for each in it.model.dimensions.values():
        other = first.setdefault(each.column_mapping, each)
        if other is not each:
            message = f"dimensions `{other.identifier}` and `{each.identifier}` have one number"
            taken = {one.column_mapping for one in it.model.dimensions.values()}
            free = next(number for number in range(len(taken) + 1) if number not in taken)
            also = ((other, "ColumnMapping", "first used here"),)
            yield Finding(each, message, "ColumnMapping", f"the next free number is {free}", also)


@check("E252")
def number_out_of_range(it: Subject) -> Iterator[Finding]:
    """Rules have room for 128 dimensions."""
    for each in it.model.dimensions.values():
        if not 0 <= each.column_mapping <= LAST:
            message = f"`{each.column_mapping}` is no number of a dimension"
            yield Finding(each, message, "ColumnMapping", f"write a number from 0 to {LAST}")


@check("E253")
def bad_parent(it: Subject) -> Iterator[Finding]:
    """What is above a value is one value of the same dimension."""
    for each in it.model.dimensions.values():
        if each.parent_property:
            side = it.model.side(each.entity_type, each.parent_property)
            why = "is no navigation property of an association"
            if side is not None:
                why = "leads to many values" if side.is_collection else f"leads to `{side.target}`"
            if side is None or side.is_collection or side.target != each.entity_type:
                help = f"name a navigation that leads from one `{each.entity_type}` to one other"
                yield Finding(each, f"`{each.parent_property}` {why}", "ParentProperty", help)


@check("W254")
def parent_without_hierarchy(it: Subject) -> Iterator[Finding]:
    """Only a hierarchical dimension looks above its values."""
    for each in it.model.dimensions.values():
        if each.parent_property and not each.is_hierarchical:
            message = f"dimension `{each.identifier}` is not hierarchical, so ParentProperty has no effect"
            yield Finding(each, message, "ParentProperty", 'write `IsHierarchical="true"`, or remove it')


@check("E413")
def undeclared_dimension(it: Subject) -> Iterator[Finding]:
    """The number in the name is the ColumnMapping of a dimension."""
    declared = {each.column_mapping for each in it.model.dimensions.values()}
    for node, name, number in _numbered(it):
        if number not in declared:
            message = f"`{name}` is about dimension {number}, which is not declared"
            names = ", ".join(f"`{each.identifier}` is {each.column_mapping}" for each in it.model.dimensions.values())
            help = f'declare a `<Dimension … ColumnMapping="{number}" />`'
            yield Finding(node, message, name, f"{help}; {names}" if names else help)


@check("E414")
def inheritance_without_hierarchy(it: Subject) -> Iterator[Finding]:
    """Below a value there is only something in a hierarchical dimension (provisioning.md §7.1)."""
    by_number = {each.column_mapping: each for each in it.model.dimensions.values()}
    for node, name, number in _numbered(it):
        dimension = by_number.get(number)
        if name[0] == "L" and dimension is not None and not dimension.is_hierarchical:
            message = f"nothing is below a value of `{dimension.identifier}`, which is not hierarchical"
            also = ((dimension, "Identifier", "the dimension"),)
            yield Finding(node, message, name, f"remove {name}, or make the dimension hierarchical", also)


@check("W415")
def inheritance_without_value(it: Subject) -> Iterator[Finding]:
    """`L0` widens what `D0` says."""
    for node, name, number in _numbered(it):
        if name[0] == "L" and number not in getattr(node, "d", {}):
            yield Finding(node, f"{name} has no effect without D{name[1:]}", name, f"remove it, or add D{name[1:]}")


@check("W445")
def parameter_without_rule(it: Subject) -> Iterator[Finding]:
    """`P0` says that there is a type rule on dimension 0."""
    for resource_type in it.model.resource_types.values():
        ruled = {number for rule in resource_type.type_rules for number in rule.d}
        for name, text in resource_type.element.attributes.items():
            number = family_number("P", name)
            if number is not None and number not in ruled and text.strip().lower() not in _FALSE:
                message = f"{name} announces a TypeRule on dimension {number}, and there is none"
                yield Finding(resource_type, message, name, f"remove it, or add a TypeRule with D{name[1:]}")


@check("W446")
def unbound_dimension(it: Subject) -> Iterator[Finding]:
    """Owners have the values that their context rule binds (provisioning.md §5, §7.1)."""
    declared = {each.column_mapping for each in it.model.dimensions.values()}
    for node, entity_type in _asking(it.model):
        rules = [each for each in it.model.context_rules.values() if each.source_entity_type == entity_type]
        bound = {number for rule in rules for number in rule.b}
        for number in getattr(node, "d", {}):
            if number not in bound and number in declared:
                name = next(each for each in node.element.attributes if family_number("D", each) == number)
                message = f"no context of a `{entity_type}` has a value of dimension {number}, so nobody meets this"
                help = f"bind it: add B{name[1:]} to the ContextRule of `{entity_type}`"
                also = tuple((rule, "Identifier", "the context rule") for rule in rules[:1])
                yield Finding(
                    node, message, name, help if rules else f"declare a ContextRule for `{entity_type}`", also
                )


def _asking(model: Model) -> Iterator[tuple[Node, str]]:
    """Every rule with criteria, and the entity type of those who are to meet them."""
    for resource_type in model.resource_types.values():
        for rule in (*resource_type.type_rules, *resource_type.navigation_rules):
            yield rule, resource_type.source_entity_type
    for role_rule in model.role_rules:
        roles = {**model.single_roles} if isinstance(role_rule, SingleRoleRule) else {**model.composite_roles}
        yield role_rule, roles[role_rule.role].entity_type


def _numbered(it: Subject) -> Iterator[tuple[Node, str, int]]:
    """Every attribute that says something of a dimension: its item, its name as written, the dimension's number."""
    for kind, pairs in it.model.kinds.items():
        families = _families(kind)
        for node, _ in pairs if families else ():
            for (name, text), declared in product(node.element.attributes.items(), families):
                number = family_number(declared.name, name)
                if number is not None and _says_something(declared, text):
                    yield node, name, number


@cache
def _families(node: type[Node]) -> tuple[Attribute, ...]:
    """The families of attributes of a kind of item that are numbered by dimension."""
    return tuple(declared for declared in attributes_of(node) if len(declared.xml.family) == 1)


def _says_something(declared: Attribute, text: str) -> bool:
    """A flag that is off says nothing."""
    return not (declared.name in ("L", "P", "R") and text.strip().lower() in _FALSE)
