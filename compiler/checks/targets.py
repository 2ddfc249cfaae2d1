"""Resource type mappings: through which connection a resource type is fulfilled (language.md §4.16)."""

from collections.abc import Iterator

from compiler.bind.tables import target_connector
from compiler.checks.connectors import fulfils
from compiler.checks.registry import Finding, Subject, check
from compiler.model.connectors import DeactivationExportFulfill
from compiler.model.fulfilment import ProvisionedProperty, ResourceTypeMapping
from compiler.model.node import Node, attributes_of


@check("E270")
def connection_cannot_fulfil(it: Subject) -> Iterator[Finding]:
    """Orders go to a connection that writes."""
    for each in it.model.resource_type_mappings.values():
        connection = it.model.connections[each.connection]
        if not fulfils(it, connection):
            off = connection.deactivation_export_fulfill is DeactivationExportFulfill.Fulfill
            why = "has its fulfilment switched off" if off else "cannot fulfil"
            place = (connection, "DeactivationExportFulfill", "here") if off else (connection, "Package", "its package")
            message = f"connection `{connection.identifier}` {why}"
            yield Finding(each, message, "Connection", "name a connection that writes to the system", (place,))


@check("E273")
def repeated_flag(it: Subject) -> Iterator[Finding]:
    """One property is the name, one the parent, one the relative name."""
    flags = [declared for declared in attributes_of(ProvisionedProperty) if declared.type is bool]
    for mapping in it.model.resource_type_mappings.values():
        for flag in flags:
            first: ProvisionedProperty | None = None
            for each in mapping.properties:
                if not getattr(each, flag.field):
                    continue
                if first is not None:
                    message = f"{flag.name} stands on `{first.property}` and on `{each.property}`"
                    yield Finding(each, message, flag.name, "keep one", ((first, flag.name, "first here"),))
                first = first or each


@check("E276")
def wrong_mapping_element(it: Subject) -> Iterator[Finding]:
    """Each package reads mapping elements of its own; one that names none reads the plain one."""
    for each in it.model.resource_type_mappings.values():
        connection = it.model.connections[each.connection]
        mappings = it.catalogue.mappings(connection.package)
        names = mappings or (ResourceTypeMapping.tag,)
        if mappings is not None and fulfils(it, connection) and not _reads(names, each):
            help = f"write {' or '.join(f'`{name}`' for name in names)}"
            message = f"`{it.catalogue.short(connection.package)}` does not read {each.tag}"
            yield Finding(each, message, "", help, ((connection, "Package", "the connection's package"),))


def _reads(names: tuple[str, ...], mapping: Node) -> bool:
    return {mapping.tag, *mapping.aliases} & set(names) != set()


@check("W277")
def resource_type_without_mapping(it: Subject) -> Iterator[Finding]:
    """Without a mapping, orders have nowhere to go."""
    for each in it.model.resource_types.values():
        connector = target_connector(it.model, each.target_entity_type)
        if connector is None or each.identifier in it.model.resource_type_mappings:
            continue
        writers = [one for one in it.model.connections_of(connector) if fulfils(it, one)]
        if writers:
            names = " or ".join(f"`{one.identifier}`" for one in writers)
            message = f"resource type `{each.identifier}` has no mapping, so its orders go nowhere"
            yield Finding(each, message, "Identifier", f"map it to connection {names}")
