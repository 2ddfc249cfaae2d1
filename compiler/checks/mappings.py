"""Where entity types and associations are loaded from (language.md §4.9, §4.10)."""

from collections.abc import Iterator

from compiler.bind.scope import is_navigation
from compiler.bind.tables import connection_of, connector_of, link_tables, mapped_property
from compiler.catalogue.package import Verb
from compiler.checks.registry import Finding, Subject, check
from compiler.model.metadata import EntityAssociationMapping, EntityTypeMapping, MappedProperty
from compiler.model.model import Model

MOST_UNIQUE_KEYS = 3
_SIDES = (1, 2)


@check("E220")
def mapping_without_connector(it: Subject) -> Iterator[Finding]:
    """A mapping says its connector, or its table's name does."""
    for each in it.model.entity_type_mappings.values():
        if connector_of(it.model, each) is None:
            message = f"the mapping of `{each.identifier}` names no connector, and neither does its table"
            yield Finding(each, message, "Identifier", 'write `Connector="…"`')


@check("W221")
def table_prefix(it: Subject) -> Iterator[Finding]:
    """Tables are written by a connection of the mapping's connector."""
    for each in it.model.entity_type_mappings.values():
        connector = connector_of(it.model, each)
        if each.connection_table and connector:
            yield from _foreign_table(it, each, each.connection_table, connector)
    for link in it.model.association_mappings.values():
        if link.connection_table:
            yield from _foreign_table(it, link, link.connection_table, link.connector)


def _foreign_table(
    it: Subject, mapping: EntityTypeMapping | EntityAssociationMapping, table: str, connector: str
) -> Iterator[Finding]:
    connection = connection_of(it.model, table)
    abilities = it.catalogue.abilities(connection.package) if connection else None
    if connection is not None and connection.connector == connector and (abilities is None or Verb.EXPORT in abilities):
        return
    own = ", ".join(f"`{each.identifier}`" for each in it.model.connections_of(connector))
    help = f"connections of `{connector}`: {own}"
    if connection is None:
        help = f"a table is called after the connection that writes it; {help}"
        yield Finding(mapping, f"there is no Connection `{table.partition('_')[0]}`", "ConnectionTable", help)
    elif connection.connector != connector:
        message = f"table `{table}` is of connection `{connection.identifier}`, not of connector `{connector}`"
        yield Finding(mapping, message, "ConnectionTable", help)
    else:
        message = f"connection `{connection.identifier}` cannot export, so nothing writes table `{table}`"
        yield Finding(mapping, message, "ConnectionTable", help, ((connection, "Package", "this package only writes"),))


@check("E222")
def no_primary_key(it: Subject) -> Iterator[Finding]:
    """A loaded row is found again by its primary key."""
    for each in it.model.entity_type_mappings.values():
        keys = [mapped for mapped in each.properties if mapped.is_primary_key]
        if each.connection_table and not keys:
            help = 'give the property that never changes and never repeats `IsPrimaryKey="true"`'
            yield Finding(each, f"the mapping of `{each.identifier}` has no primary key", "Identifier", help)
        elif each.connection_table and len(keys) == 1 and not keys[0].connection_column:
            message = f"the primary key `{keys[0].identifier}` has no ConnectionColumn"
            yield Finding(keys[0], message, "Identifier", "name the column it is read from")


@check("E223")
def two_primary_keys(it: Subject) -> Iterator[Finding]:
    """One key identifies a row."""
    for each in it.model.entity_type_mappings.values():
        keys = [mapped for mapped in each.properties if mapped.is_primary_key]
        for other in keys[1:]:
            message = f"`{each.identifier}` has a second primary key, `{other.identifier}`"
            also = ((keys[0], "IsPrimaryKey", "first primary key"),)
            yield Finding(other, message, "IsPrimaryKey", "IsUniqueKey serves for further keys", also)


@check("E224")
def unique_keys(it: Subject) -> Iterator[Finding]:
    """At most three keys besides the primary one."""
    for each in it.model.entity_type_mappings.values():
        keys = [mapped for mapped in each.properties if mapped.is_unique_key and not mapped.is_primary_key]
        for mapped in keys[MOST_UNIQUE_KEYS:]:
            message = f"`{mapped.identifier}` is unique key number {keys.index(mapped) + 1} of `{each.identifier}`"
            yield Finding(mapped, message, "IsUniqueKey", f"keep at most {MOST_UNIQUE_KEYS}")


@check("E225")
def mapped_navigation(it: Subject) -> Iterator[Finding]:
    """Links are loaded by association mappings; what is not declared has no column to be loaded into."""
    for each in it.model.entity_type_mappings.values():
        for mapped in each.properties:
            if it.model.is_scalar(each.identifier, mapped.identifier):
                continue
            if is_navigation(it.model, each.identifier, mapped.identifier):
                message = f"`{mapped.identifier}` is a navigation property"
                yield Finding(mapped, message, "Identifier", "load it by an EntityAssociationMapping")
            elif it.model.property(each.identifier, mapped.identifier) is None:
                message = f"`{mapped.identifier}` exists without being declared, and cannot be loaded like that"
                yield Finding(mapped, message, "Identifier", f"declare it as a Property of `{each.identifier}`")


@check("E230")
def foreign_connector(it: Subject) -> Iterator[Finding]:
    """What one association mapping joins is loaded by one connector."""
    for each in it.model.association_mappings.values():
        for number in _SIDES:
            mapping = it.model.entity_type_mappings.get(_end(each, number)[0])
            owner = connector_of(it.model, mapping) if mapping else None
            if mapping is not None and owner is not None and owner != each.connector:
                message = f"`{mapping.identifier}` is loaded by connector `{owner}`, not by `{each.connector}`"
                also = ((mapping, "Connector", "loaded here"),)
                yield Finding(each, message, f"EntityPropertyMapping{number}", also=also)


@check("E231")
def not_a_unique_key(it: Subject) -> Iterator[Finding]:
    """A link row finds its resources by unique keys."""
    for each, number, mapped in _ends(it.model):
        entity_type, name = _end(each, number)
        attribute = f"EntityPropertyMapping{number}"
        if mapped is None or not mapped.connection_column:
            help = f"map `{name}` as a unique key, or name a property that is mapped"
            yield Finding(each, f"`{entity_type}:{name}` is not mapped to a column", attribute, help)
        elif not _is_key(mapped) and not _is_entity_key(it.model, entity_type, name):
            help = f'give `{name}` `IsUniqueKey="true"` in its mapping'
            also = ((mapped, "Identifier", "mapped here"),)
            yield Finding(each, f"`{entity_type}:{name}` is no unique key", attribute, help, also)


@check("E232")
def wrong_side(it: Subject) -> Iterator[Finding]:
    """Side i of the mapping is side i of the association."""
    for each in it.model.association_mappings.values():
        association = it.model.associations[each.identifier]
        for number, path in zip(_SIDES, (association.property1, association.property2), strict=True):
            found, wanted = _end(each, number)[0], path.partition(":")[0]
            if found != wanted:
                message = f"side {number} of the association is on `{wanted}`, not on `{found}`"
                also = ((association, f"Property{number}", "this side"),)
                yield Finding(each, message, f"EntityPropertyMapping{number}", "perhaps both sides are swapped", also)


@check("W234")
def key_only_in_entity_type(it: Subject) -> Iterator[Finding]:
    """IsKey is taken for IsUniqueKey."""
    for each, number, mapped in _ends(it.model):
        entity_type, name = _end(each, number)
        if mapped is not None and not _is_key(mapped) and _is_entity_key(it.model, entity_type, name):
            message = f"`{entity_type}:{name}` is a key of the entity type, but no unique key of its mapping"
            help = f'give `{name}` `IsUniqueKey="true"` in its mapping'
            yield Finding(each, message, f"EntityPropertyMapping{number}", help)


@check("E235")
def link_table(it: Subject) -> Iterator[Finding]:
    """A mapping without table must leave no choice."""
    for each in it.model.association_mappings.values():
        tables = link_tables(it.model, each)
        if len(tables) != 1:
            which = " or ".join(f"`{name}`" for name in tables) or "none of the mapped tables"
            message = f"the links of `{each.identifier}` have no ConnectionTable, and their columns point to {which}"
            yield Finding(each, message, "Identifier", 'write `ConnectionTable="…"`')


def _ends(model: Model) -> Iterator[tuple[EntityAssociationMapping, int, MappedProperty | None]]:
    for each in model.association_mappings.values():
        yield from ((each, number, mapped_property(model, *_end(each, number))) for number in _SIDES)


def _end(mapping: EntityAssociationMapping, number: int) -> tuple[str, str]:
    path = mapping.entity_property_mapping1 if number == 1 else mapping.entity_property_mapping2
    entity_type, _, name = path.partition(":")
    return entity_type, name


def _is_key(mapped: MappedProperty) -> bool:
    return mapped.is_primary_key or mapped.is_unique_key


def _is_entity_key(model: Model, entity_type: str, name: str) -> bool:
    declared = model.property(entity_type, name)
    return declared is not None and declared.is_key
