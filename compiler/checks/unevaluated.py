"""What the connector and metadata chapters document and this version does not evaluate: for E499 (`unsupported`)."""

from collections.abc import Iterator

from compiler.bind.tables import connection_of, mapped_property, table_name
from compiler.checks.connectors import fulfils
from compiler.checks.fulfilment import passwords_of
from compiler.checks.registry import Finding, Subject
from compiler.checks.transformations import transformations
from compiler.model.connectors import Transformation, TransformationType
from compiler.model.model import Model
from compiler.model.provisioning import ResourceType, ScalarRule

_HELP = "remove it; this version does not evaluate it"


def refused(it: Subject) -> Iterator[Finding]:
    """Each place that would change what a run does, if it were evaluated."""
    yield from _passwords(it)
    yield from _groups(it.model)
    for resource_type in it.model.resource_types.values():
        for rule in resource_type.scalar_rules:
            yield from _written_transformation(it, resource_type, rule)


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


def _written_transformation(it: Subject, resource_type: ResourceType, rule: ScalarRule) -> Iterator[Finding]:
    """What was joined or shifted while reading would have to be taken apart while writing."""
    target = resource_type.target_entity_type
    mapping = it.model.entity_type_mappings.get(target)
    mapped = mapped_property(it.model, target, rule.property)
    fulfilled = it.model.resource_type_mappings.get(resource_type.identifier)
    if mapping is None or not mapping.connection_table or mapped is None or fulfilled is None:
        return
    maker = _maker(it.model, mapping.connection_table, mapped.connection_column)
    if maker is not None:
        message = f"`{rule.property}` is made by {maker.type.value} when it is read, and cannot be written yet"
        help = "leave the property to the managed system, or read its column as it is"
        yield Finding(rule, message, "Property", help, ((maker, "Column", "made here"),))


def _maker(model: Model, table: str, column: str | None) -> Transformation | None:
    """The last transformation that gives a column of a table its values."""
    found = None
    for connection, each in transformations(model):
        own = each.table and table_name(each.table).lower() == table_name(table).lower()
        if own and each.type is not TransformationType.WhereValue and each.column == column:
            found = each if connection_of(model, table) is connection else found
    return found
