"""What the connector and metadata chapters document and this version does not evaluate: for E499 (`unsupported`)."""

from collections.abc import Iterator

from compiler.bind.tables import link_table_of, mapped_property, table_name
from compiler.checks.connectors import fulfils
from compiler.checks.fulfilment import passwords_of
from compiler.checks.registry import Finding, Subject
from compiler.checks.transformations import transformations
from compiler.model.connectors import Transformation, TransformationType
from compiler.model.fulfilment import AnyResourceTypeMapping
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
    """What was joined or shifted while reading would have to be taken apart while writing."""
    makers = _makers(model)
    for fulfilled in model.resource_type_mappings.values() if makers else ():
        resource_type = model.resource_types[fulfilled.identifier]
        for node, name in _written(resource_type, fulfilled):
            table, column = _column(model, resource_type.target_entity_type, name)
            maker = makers.get((table_name(table).lower(), column))
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


def _column(model: Model, entity_type: str, name: str) -> tuple[str, str | None]:
    """The table and column that a property is read from, and would be written to."""
    side = model.side(entity_type, name)
    links = model.association_mappings.get(side.association.identifier) if side else None
    if side is not None and links is not None:
        return link_table_of(model, links), links.column1 if side.number == 2 else links.column2
    mapping = model.entity_type_mappings.get(entity_type)
    mapped = mapped_property(model, entity_type, name)
    return (mapping.connection_table or "" if mapping else ""), mapped.connection_column if mapped else None


def _makers(model: Model) -> dict[tuple[str, str | None], Transformation]:
    """The last transformation that gives a column of a table its values, by table in lower case and column."""
    return {
        (table_name(each.table).lower(), each.column): each
        for _, each in transformations(model)
        if each.table and each.column and each.type is not TransformationType.WhereValue
    }
