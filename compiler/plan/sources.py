"""Mappings in, loading steps out: which tables to export, how to prepare them, within which limits to synchronise."""

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct, field, structs

from compiler.bind.launch import every_task
from compiler.bind.tables import connection_of, connector_of, link_table_of, table_name
from compiler.catalogue.catalogue import Catalogue
from compiler.catalogue.package import Verb
from compiler.model.connectors import Connection, Connector, DeactivationExportFulfill
from compiler.model.metadata import EntityAssociationMapping, EntityTypeMapping, PropertyType
from compiler.model.model import Model
from compiler.model.tasks import PrepareSynchronizationTask
from compiler.plan.changes import AnyChange, ShiftDates
from compiler.plan.places import origin
from compiler.plan.steps import (
    EntitySource,
    Export,
    ExportColumn,
    ExportTable,
    Limits,
    LinkEnd,
    LinkSource,
    Prepare,
    SourceColumn,
    Synchronise,
)
from compiler.plan.transformations import columns_read, transformed_tables


def primary_key(mapping: EntityTypeMapping | None) -> str | None:
    """The property that identifies a row during synchronisation; None where nothing is loaded."""
    keys = (each.identifier for each in mapping.properties if each.is_primary_key) if mapping else ()
    return next(iter(keys), None)


class Loaded(Struct):
    """What one connector loads, and through which connections."""

    connections: list[Connection] = field(default_factory=list)
    entity_types: list[EntityTypeMapping] = field(default_factory=list)
    associations: list[EntityAssociationMapping] = field(default_factory=list)
    tables: dict[str, dict[str, ExportColumn]] = field(default_factory=dict)
    """Each mapped table with its columns, in mapping order, then the columns only links read."""


def loaded(model: Model) -> dict[str, Loaded]:
    """What each connector loads."""
    found: defaultdict[str, Loaded] = defaultdict(Loaded)
    for connection in model.connections.values():
        found[connection.connector].connections.append(connection)
    for mapping in model.entity_type_mappings.values():
        connector = connector_of(model, mapping) if mapping.connection_table else None
        if connector:
            found[connector].entity_types.append(mapping)
    for link in model.association_mappings.values():
        found[link.connector].associations.append(link)
    for each in found.values():
        each.tables = _tables(model, each)
    return found


def exports(model: Model, catalogue: Catalogue, connector: Connector, own: Loaded) -> Iterator[Export]:
    """One export per connection of the connector that can export and is not switched off."""
    tables = own.tables
    changed = {each.table: each.changes for each in transformed_tables(model, connector.identifier, tables)}
    for connection in own.connections:
        abilities = catalogue.abilities(connection.package) or frozenset()
        off = connection.deactivation_export_fulfill is DeactivationExportFulfill.Export
        if off or Verb.EXPORT not in abilities:
            continue
        named = [name for name in tables if connection_of(model, name) is connection]
        if named:
            yield Export(
                id=f"export {connection.identifier}",
                origin=origin(connection),
                connector=connector.identifier,
                connection=connection.identifier,
                package=connection.package,
                tables=tuple(ExportTable(name, _exported(tables[name], changed.get(name, ()))) for name in named),
            )


def prepare(model: Model, connector: Connector, own: Loaded, after: tuple[str, ...]) -> Prepare:
    """The preparation of everything a connector loads."""
    entity_tables = {table_name(each.connection_table or "").lower() for each in own.entity_types}
    return Prepare(
        id=f"prepare {connector.identifier}",
        after=after,
        origin=origin(connector),
        connector=connector.identifier,
        entity_types=tuple(_entity_source(model, each) for each in own.entity_types),
        associations=tuple(_link_source(model, each, entity_tables) for each in own.associations),
        transformed=tuple(transformed_tables(model, connector.identifier, own.tables)),
        instructions=_instructions(model, connector),
    )


def _instructions(model: Model, connector: Connector) -> str:
    """The column of instructions in the connector's files: the one that its preparations name, in whatever job."""
    prepared = (each for each in every_task(model) if isinstance(each, PrepareSynchronizationTask))
    named = (each.column_name for each in prepared if each.connector == connector.identifier and each.column_name)
    return next(named, "command")


def synchronise(connector: Connector, after: tuple[str, ...]) -> Synchronise:
    """The synchronisation of a connector within its thresholds."""
    return Synchronise(
        id=f"synchronise {connector.identifier}",
        after=after,
        origin=origin(connector),
        connector=connector.identifier,
        limits=Limits(
            connector.maximum_inserted_lines,
            connector.maximum_updated_lines,
            connector.maximum_deleted_lines,
            connector.max_percentage_inserted_lines,
            connector.max_percentage_updated_lines,
            connector.max_percentage_deleted_lines,
        ),
        link_limits=Limits(
            inserted=connector.maximum_link_inserted_lines,
            deleted=connector.maximum_link_deleted_lines,
            inserted_percent=connector.max_link_percentage_inserted_lines,
            deleted_percent=connector.max_link_percentage_deleted_lines,
        ),
    )


def property_type(model: Model, entity_type: str, name: str) -> str:
    """The declared type of a property, by name; String for one that is not declared."""
    declared = model.property(entity_type, name)
    return declared.type.name if declared else PropertyType.String.name


def _exported(mapped: dict[str, ExportColumn], changes: tuple[AnyChange, ...]) -> tuple[ExportColumn, ...]:
    """The columns to export: those from which the changes make the mapped ones.

    One whose dates are shifted into a mapped column is exported as that one would be.
    """
    shifted = {
        each.input: mapped[each.column] for each in changes if isinstance(each, ShiftDates) and each.column in mapped
    }
    return tuple(
        mapped.get(name) or structs.replace(shifted.get(name, ExportColumn(name)), name=name)
        for name in columns_read(mapped, changes)
    )


def _tables(model: Model, own: Loaded) -> dict[str, dict[str, ExportColumn]]:
    tables: dict[str, dict[str, ExportColumn]] = {}
    spelled: dict[str, str] = {}
    for mapping in own.entity_types:
        name = table_name(mapping.connection_table or "")
        columns = tables.setdefault(spelled.setdefault(name.lower(), name), {})
        for each in mapping.properties:
            if each.connection_column:
                kind = property_type(model, mapping.identifier, each.identifier)
                columns.setdefault(each.connection_column, ExportColumn(each.connection_column, kind, each.format))
    for link in own.associations:
        name = link_table_of(model, link)
        columns = tables.setdefault(spelled.setdefault(name.lower(), name), {})
        for column in (link.column1, link.column2):
            columns.setdefault(column, ExportColumn(column))
    return tables


def _entity_source(model: Model, mapping: EntityTypeMapping) -> EntitySource:
    columns = tuple(
        SourceColumn(
            each.identifier,
            each.connection_column,
            property_type(model, mapping.identifier, each.identifier),
            each.format,
        )
        for each in mapping.properties
        if each.connection_column
    )
    return EntitySource(
        entity_type=mapping.identifier,
        table=table_name(mapping.connection_table or ""),
        key=next(each.identifier for each in mapping.properties if each.is_primary_key),
        columns=columns,
        origin=origin(mapping),
        limits=Limits(
            mapping.maximum_inserted_lines,
            mapping.maximum_updated_lines,
            mapping.maximum_deleted_lines,
            mapping.max_percentage_inserted_lines,
            mapping.max_percentage_updated_lines,
            mapping.max_percentage_deleted_lines,
        ),
    )


def _link_source(model: Model, mapping: EntityAssociationMapping, entity_tables: set[str]) -> LinkSource:
    association = model.associations[mapping.identifier]
    table = link_table_of(model, mapping)
    type1, _, key1 = mapping.entity_property_mapping1.partition(":")
    type2, _, key2 = mapping.entity_property_mapping2.partition(":")
    return LinkSource(
        association=mapping.identifier,
        table=table,
        origin=origin(mapping),
        side1=LinkEnd(mapping.column1, type1, key1, association.is_property1_collection),
        side2=LinkEnd(mapping.column2, type2, key2, association.is_property2_collection),
        own_file=table.lower() not in entity_tables,
        limits=Limits(
            inserted=mapping.maximum_inserted_lines,
            deleted=mapping.maximum_deleted_lines,
            inserted_percent=mapping.max_percentage_inserted_lines,
            deleted_percent=mapping.max_percentage_deleted_lines,
        ),
    )
