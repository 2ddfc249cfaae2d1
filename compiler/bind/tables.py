"""A resolved model goes in; which connection a table belongs to, and which connector loads an item, come out.

Table names begin with the identifier of the connection that writes them (language.md §4.9, O-38).
"""

from compiler.model.connectors import Connection
from compiler.model.metadata import EntityAssociationMapping, EntityTypeMapping, MappedProperty
from compiler.model.model import Model


def table_name(connection_table: str) -> str:
    """The CSV file's name without extension; `.csv` is sometimes written."""
    return connection_table[:-4] if connection_table.lower().endswith(".csv") else connection_table


def connection_of(model: Model, table: str) -> Connection | None:
    """The connection whose identifier is the longest that the table's name begins with (`<id>` or `<id>_…`)."""
    return model.connection_prefixing(table_name(table))


def connector_of(model: Model, mapping: EntityTypeMapping) -> str | None:
    """The connector that loads an entity type: the mapping's own, else its table's connection's."""
    if mapping.connector:
        return mapping.connector
    connection = connection_of(model, mapping.connection_table) if mapping.connection_table else None
    return connection.connector if connection else None


def target_connector(model: Model, entity_type: str) -> str | None:
    """The connector that an entity type is mapped to, None when it is not mapped."""
    mapping = model.entity_type_mappings.get(entity_type)
    return connector_of(model, mapping) if mapping else None


def mapped_property(model: Model, entity_type: str, name: str) -> MappedProperty | None:
    """How a property is mapped, None when it is not."""
    return model.mapped(entity_type, name)


def link_table_of(model: Model, mapping: EntityAssociationMapping) -> str:
    """The table of an association mapping; empty when it cannot be told (E235)."""
    tables = link_tables(model, mapping)
    return tables[0] if len(tables) == 1 else ""


def link_tables(model: Model, mapping: EntityAssociationMapping) -> list[str]:
    """The declared table, else the entity tables in which a side's column is the column of its key (O-44)."""
    if mapping.connection_table:
        return [table_name(mapping.connection_table)]
    sides = (
        (mapping.entity_property_mapping1, mapping.column1),
        (mapping.entity_property_mapping2, mapping.column2),
    )
    found: dict[str, None] = {}
    for path, column in sides:
        entity_type, _, name = path.partition(":")
        source = model.entity_type_mappings.get(entity_type)
        key = mapped_property(model, entity_type, name)
        if source and source.connection_table and key and key.connection_column == column:
            found[table_name(source.connection_table)] = None
    return list(found)
