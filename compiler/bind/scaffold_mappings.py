"""`ConnectorMappings` go in; the connections and mappings that they stand for come out, as elements (§5.1)."""

from collections.abc import Iterable, Iterator

from compiler.bind.scaffold import Ground, display_names, element
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.model.metadata import EntityType, PropertyType
from compiler.model.model import Model, Side, index_sides
from compiler.model.scaffoldings import ConnectorMappings, ExcludedProperty, Generated


def expand(scaffoldings: Iterable[ConnectorMappings], ground: Ground) -> Iterator[Generated]:
    """Connections once per connector, mappings of entity types, then those of associations, each once."""
    known = [each for each in scaffoldings if _is_known(each, ground.model) and _has_connection(each, ground)]
    yield from _connections(known, ground)
    yield from (_entity_type_mapping(each, ground) for each in known)
    links: dict[str, tuple[ConnectorMappings, Side]] = {}
    for is_collection in (False, True):
        for each in known:
            for side in _sides(each, ground.model, is_collection):
                links.setdefault(side.association.identifier, (each, side))
    for by, side in links.values():
        yield from _association_mapping(by, side, ground)


def _is_known(each: ConnectorMappings, model: Model) -> bool:
    return each.connector in model.connectors and each.entity_type in model.entity_types


def _has_connection(each: ConnectorMappings, ground: Ground) -> bool:
    """Without a package no connection is generated: the one named like the connector must be there (O-60)."""
    if each.package or each.connector in ground.model.connections:
        return True
    message = f"there is no connection `{each.connector}`, and without Package none is generated"
    help = "give a Package, or declare the connection"
    ground.findings.append(Diagnostic("E281", message, each.element.value_span("Connector"), help=help))
    return False


def _connections(scaffoldings: list[ConnectorMappings], ground: Ground) -> Iterator[Generated]:
    first: dict[str, ConnectorMappings] = {}
    for each in scaffoldings:
        if each.package is None:
            continue
        earlier = first.setdefault(each.connector, each)
        if earlier is each:
            connector = ground.model.connectors[each.connector]
            attributes = {"Connector": each.connector, "Package": each.package}
            names = display_names(connector.display_name)
            yield element(each, "Connection", {"Identifier": each.connector, **names, **attributes})
        elif earlier.package != each.package:
            message = (
                f"connector `{each.connector}` would get a connection of `{earlier.package}` and of `{each.package}`"
            )
            related = (Label(earlier.element.value_span("Package"), "the first is generated here"),)
            help = "name one package in all ConnectorMappings of a connector"
            span = each.element.value_span("Package")
            ground.findings.append(Diagnostic("E280", message, span, related=related, help=help))


def _entity_type_mapping(by: ConnectorMappings, ground: Ground) -> Generated:
    entity_type, excluded = ground.model.entity_types[by.entity_type], _excluded(by)
    key = _key(entity_type, by, ground)
    sides = index_sides(ground.model.associations.values())
    scalars = sorted(
        each.identifier
        for each in entity_type.properties
        if each.type is not PropertyType.ForeignKey
        and (by.entity_type, each.identifier) not in sides
        and each.identifier not in excluded
    )
    properties = (
        element(by, "Property", {"Identifier": name, "ConnectionColumn": name, "IsPrimaryKey": name == key or None})
        for name in scalars
    )
    attributes = {"Identifier": by.entity_type, "ConnectionTable": by.entity_type, "Connector": by.connector}
    return element(by, "EntityTypeMapping", attributes, properties)


def _association_mapping(by: ConnectorMappings, side: Side, ground: Ground) -> Iterator[Generated]:
    """Side i of the mapping is the owner of the association's property i, whichever of the two is this entity type."""
    model = ground.model
    own = _key(model.entity_types[by.entity_type], by, ground)
    target = model.entity_types.get(side.target)
    theirs = _key(target, by, ground) if target else None
    if own is None or theirs is None:
        return
    other = 3 - side.number
    yield element(
        by,
        "EntityAssociationMapping",
        {
            "Identifier": side.association.identifier,
            f"Column{side.number}": own,
            f"Column{other}": side.property,
            "ConnectionTable": f"{by.entity_type}_{side.property}" if side.is_collection else by.entity_type,
            "Connector": by.connector,
            f"EntityPropertyMapping{side.number}": f"{by.entity_type}:{own}",
            f"EntityPropertyMapping{other}": f"{side.target}:{theirs}",
        },
    )


def _sides(by: ConnectorMappings, model: Model, is_collection: bool) -> list[Side]:
    """The navigations of the entity type, one-valued or many-valued ones: first those that are side 1, by name."""
    excluded = _excluded(by)
    own = [
        side
        for (entity_type, name), side in index_sides(model.associations.values()).items()
        if entity_type == by.entity_type and side.is_collection is is_collection and name not in excluded
    ]
    return sorted(own, key=lambda side: (side.number, side.property))


def _excluded(by: ConnectorMappings) -> set[str]:
    return {each.property for each in by.arguments if isinstance(each, ExcludedProperty)}


def _key(entity_type: EntityType, by: ConnectorMappings, ground: Ground) -> str | None:
    """The first key in the order declared (O-60); without one nothing can be loaded or linked."""
    found = next((each.identifier for each in entity_type.properties if each.is_key), None)
    if found is None:
        message = f"entity type `{entity_type.identifier}` has no key for the mapping that is generated"
        related = (Label(entity_type.element.value_span("Identifier"), "declared here"),)
        help = 'mark one of its properties with IsKey="true"'
        span = by.element.value_span("EntityType")
        finding = Diagnostic("E283", message, span, related=related, help=help)
        if finding not in ground.findings:
            ground.findings.append(finding)
    return found
