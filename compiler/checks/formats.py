"""How external values are converted (language.md §6)."""

from collections.abc import Iterator
from typing import NamedTuple

from compiler.bind.tables import connection_of, connector_of
from compiler.catalogue.package import Package
from compiler.checks.registry import Finding, Subject, check
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.metadata import EntityTypeMapping, MappedProperty, PropertyType
from compiler.model.provisioning import ResourceType

_NUMBERS = (PropertyType.Int16, PropertyType.Int32, PropertyType.Int64)
_TYPES: dict[str, tuple[PropertyType, ...]] = {
    "bool": (PropertyType.Bool,),
    "byte": (PropertyType.Byte,),
    "int16": (PropertyType.Int16,),
    "int32": (PropertyType.Int32,),
    "int64": (PropertyType.Int64, PropertyType.ForeignKey, PropertyType.Option),
    "double": (PropertyType.Double,),
    "bytes": (PropertyType.Bytes, PropertyType.Binary),
    "binary": (PropertyType.Bytes, PropertyType.Binary),
    "guid": (PropertyType.Guid,),
    "sid": (PropertyType.String,),
    "datetime": (PropertyType.DateTime,),
    "1601date": (PropertyType.DateTime,),
    "date": (PropertyType.DateTime,),
    "rdn": (PropertyType.String,),
    "multivaluedtext": (PropertyType.String,),
    "concat": (PropertyType.String,),
    "bit": (PropertyType.String, *_NUMBERS),
}
"""Which property types a documented format suits (§6.3, §6.4)."""

_SPELLED = {name.lower(): name for name in ("MultivaluedText", "1601Date", "DateTime", "RDN", "SID")}


class _Use(NamedTuple):
    """One `Format` attribute: its mapping, its property, the format's name in lower case and what follows the colon."""

    mapping: EntityTypeMapping
    mapped: MappedProperty
    name: str
    argument: str


@check("E300")
def mask_and_bits(it: Subject) -> Iterator[Finding]:
    """Rules write the mask or its bits."""
    for resource_type in it.model.resource_types.values():
        yield from _mask_and_bits(it, resource_type)


def _mask_and_bits(it: Subject, resource_type: ResourceType) -> Iterator[Finding]:
    mapping = it.model.entity_type_mappings.get(resource_type.target_entity_type)
    rules = {rule.property: rule for rule in resource_type.scalar_rules}
    uses = {use.mapped.identifier: use for use in (_uses_of(mapping) if mapping else ()) if use.name == "bit"}
    for name in rules.keys() & uses.keys():
        mask = uses[name].argument.partition(":")[0].lower()
        whole = (each for each in (mapping.properties if mapping else ()) if each.identifier not in uses)
        for other in whole:
            is_mask = mask in ((other.connection_column or "").lower(), other.identifier.lower())
            if is_mask and other.identifier in rules:
                message = f"`{name}` is a bit of `{other.identifier}`, and both have a rule"
                also = ((rules[other.identifier], "Property", "rule on the whole mask"),)
                yield Finding(rules[name], message, "Property", "keep rules on the bits, or one on the mask", also)


@check("E301")
def bad_bit(it: Subject) -> Iterator[Finding]:
    """`Bit:<attribute>:<position>`, positions from 1."""
    for use in _uses(it):
        attribute, _, position = use.argument.partition(":")
        if use.name != "bit":
            continue
        if not attribute or not position.isascii() or not position.isdecimal() or not 1 <= int(position[:4]) <= 64:
            help = "write `Bit:<attribute>:<n>`; n counts bits from 1 to 64, so mask 2 is position 2 and mask 512 is 10"
            yield Finding(use.mapped, f"`{use.mapped.format}` names no bit", "Format", help)
        elif not use.mapped.connection_column:
            help = "name any column; it receives the bit"
            yield Finding(use.mapped, f"the bit `{use.mapped.identifier}` has no ConnectionColumn", "Identifier", help)


@check("E302")
def format_of_other_type(it: Subject) -> Iterator[Finding]:
    """The external form must suit the internal type."""
    for use in _uses(it):
        declared = it.model.property(use.mapping.identifier, use.mapped.identifier)
        kind = declared.type if declared else PropertyType.String
        suited = _TYPES.get(use.name, (kind,))
        if kind not in suited:
            message = f"format `{use.mapped.format}` does not suit `{use.mapped.identifier}` of type {kind.name}"
            also = ((declared, "Type", "its type"),) if declared else ()
            help = f"it suits {' and '.join(each.name for each in suited)}"
            yield Finding(use.mapped, message, "Format", help, also)


@check("E303")
def unknown_format(it: Subject) -> Iterator[Finding]:
    """A package converts the formats that it names."""
    for use in _uses(it):
        package = _package(it, use.mapping)
        known = package.formats if package and package.formats else frozenset(_TYPES)
        if use.name not in known:
            help = did_you_mean(use.mapped.format or "", sorted(_SPELLED.get(name, name.title()) for name in known))
            yield Finding(use.mapped, f"there is no format `{use.mapped.format}` here", "Format", help)
        elif use.name == "concat" and not use.argument:
            yield Finding(use.mapped, "`Concat` needs its separator", "Format", "write `Concat:;` for a semicolon")


@check("W304")
def format_without_effect(it: Subject) -> Iterator[Finding]:
    """Some packages deliver text as it is."""
    for use in _uses(it):
        package = _package(it, use.mapping)
        if package is not None and not package.formats:
            message = f"the package `{package.alias}` converts no formats; `{use.mapped.format}` has no effect"
            yield Finding(use.mapped, message, "Format", "remove it")


def _uses(it: Subject) -> Iterator[_Use]:
    for mapping in it.model.entity_type_mappings.values():
        yield from _uses_of(mapping)


def _uses_of(mapping: EntityTypeMapping) -> Iterator[_Use]:
    for mapped in mapping.properties:
        if mapped.format:
            name, _, argument = mapped.format.partition(":")
            yield _Use(mapping, mapped, name.strip().lower(), argument)


def _package(it: Subject, mapping: EntityTypeMapping) -> Package | None:
    """The package that exports an entity type: its table's connection's, else that of the connector's first one."""
    connector = connector_of(it.model, mapping)
    connection = connection_of(it.model, mapping.connection_table) if mapping.connection_table else None
    connection = connection or next(iter(it.model.connections_of(connector or "")), None)
    return it.catalogue.find(connection.package) if connection else None
