"""What the connector and metadata chapters document and this version does not evaluate: for E499 (`unsupported`)."""

from collections.abc import Iterator

from compiler.bind.tables import connector_of, link_table_of, mapped_property
from compiler.bind.transformations import makers_of, shift_of
from compiler.checks.connectors import fulfils
from compiler.checks.fulfilment import passwords_of
from compiler.checks.registry import Finding, Subject
from compiler.model.connectors import Transformation
from compiler.model.fulfilment import AnyResourceTypeMapping
from compiler.model.metadata import PropertyType
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import NavigationRule, QueryRule, ResourceType, ScalarRule

_HELP = "remove it; this version does not evaluate it"


def refused(it: Subject) -> Iterator[Finding]:
    """Each place that would change what a run does, if it were evaluated."""
    yield from _passwords(it)
    yield from _groups(it.model)
    yield from _written_transformations(it.model)


def _passwords(it: Subject) -> Iterator[Finding]:
    """An account would be made without the password that it should have."""
    for each in it.model.resource_type_mappings.values():
        connection = it.model.connections[each.connection]
        active = not it.model.connectors[connection.connector].is_deactivated and fulfils(it, connection)
        if active and it.catalogue.unavailable(connection.package) is None and passwords_of(it.model, each):
            yield Finding(each, "PasswordResetSetting is not supported yet", "PasswordResetSetting", _HELP)


def _groups(model: Model) -> Iterator[Finding]:
    """Of a group of resources that navigation rules hand out, only one may be given."""
    for resource_type in model.resource_types.values():
        for name in dict.fromkeys(rule.property for rule in resource_type.navigation_rules):
            declared = model.property(resource_type.target_entity_type, name)
            if declared is not None and declared.group_by_property:
                first = next(rule for rule in resource_type.navigation_rules if rule.property == name)
                message = "GroupByProperty is not supported yet where navigation rules fill the property"
                yield Finding(declared, message, "GroupByProperty", _HELP, ((first, "Property", "filled here"),))


def _written_transformations(model: Model) -> Iterator[Finding]:
    """What was joined while reading would have to be taken apart while writing; a shift of dates is taken back."""
    for fulfilled in model.resource_type_mappings.values() if model.transforming else ():
        resource_type = model.resource_types[fulfilled.identifier]
        for node, name in _written(resource_type, fulfilled):
            maker = _maker(model, resource_type.target_entity_type, name, can_shift=isinstance(node, ScalarRule))
            if maker is not None:
                message = f"`{name}` is made by {maker.type.value} when it is read, and cannot be written yet"
                help = "leave the property to the managed system, or read its column as it is"
                yield Finding(node, message, "Property", help, ((maker, "Column", "made here"),))


def _written(resource_type: ResourceType, mapping: AnyResourceTypeMapping) -> Iterator[tuple[Node, str]]:
    """What fills or names the targets of a resource type, with the property it is about."""
    rules: tuple[ScalarRule | NavigationRule | QueryRule, ...]
    rules = (*resource_type.scalar_rules, *resource_type.navigation_rules, *resource_type.query_rules)
    yield from ((each, each.property) for each in rules)
    ruled = {each.property for each in rules}
    yield from ((each, each.property) for each in mapping.properties if each.property not in ruled)


def _maker(model: Model, entity_type: str, name: str, *, can_shift: bool) -> Transformation | None:
    """The last transformation that makes what a property is read from, unless it is a shift that is taken back."""
    connector, table, column = _column(model, entity_type, name)
    makers = makers_of(model, connector, table, column) if column else []
    declared = model.property(entity_type, name)
    is_date = declared is not None and declared.type is PropertyType.DateTime
    if not makers or (can_shift and is_date and shift_of(model, connector, table, column)):
        return None
    return makers[-1]


def _column(model: Model, entity_type: str, name: str) -> tuple[str, str, str]:
    """The connector, table and column that a property is read from, and would be written to."""
    side = model.side(entity_type, name)
    links = model.association_mappings.get(side.association.identifier) if side else None
    if side is not None and links is not None:
        return links.connector, link_table_of(model, links), links.column1 if side.number == 2 else links.column2
    mapping = model.entity_type_mappings.get(entity_type)
    mapped = mapped_property(model, entity_type, name)
    if mapping is None or mapped is None:
        return "", "", ""
    return connector_of(model, mapping) or "", mapping.connection_table or "", mapped.connection_column or ""
