"""Resource types in, evaluation and fulfilment steps out."""

from collections.abc import Iterator

from compiler.bind.tables import connector_of, link_table_of
from compiler.catalogue.catalogue import Catalogue
from compiler.expressions.comparison import fold
from compiler.model.connectors import Connection, DeactivationExportFulfill
from compiler.model.fulfilment import AnyResourceTypeMapping, ProvisionedProperty
from compiler.model.metadata import EntityTypeMapping, MappedProperty
from compiler.model.model import Model
from compiler.model.node import attributes_of
from compiler.model.provisioning import NavigationRule, QueryRule, ResourceType
from compiler.plan.arguments import arguments
from compiler.plan.changes import ShiftDates
from compiler.plan.failing import failing_of_type
from compiler.plan.places import label, origin
from compiler.plan.queries import Queries, scalar_rules
from compiler.plan.relations import display_column, scalar_properties
from compiler.plan.sources import primary_key, property_type
from compiler.plan.steps import (
    Classification,
    Correlation,
    Evaluate,
    ExpectedLinks,
    ExpectedScalar,
    Fulfil,
    FulfilLink,
    FulfilProperty,
    FulfilType,
    Limits,
)
from compiler.plan.tables import RESOURCE_SCHEMA, quoted
from compiler.plan.timed import is_chosen, is_in_time, minutes
from compiler.plan.transformations import taken_back


def evaluate(queries: Queries, catalogue: Catalogue, resource_type: ResourceType) -> Evaluate:
    """All that is needed to evaluate one resource type, but for the steps before it."""
    model = queries.model
    target = model.entity_type_mappings.get(resource_type.target_entity_type)
    policy = model.policies[resource_type.policy]
    return Evaluate(
        id=f"evaluate {resource_type.identifier}",
        origin=origin(resource_type),
        resource_type=resource_type.identifier,
        policy=resource_type.policy,
        connector=(connector_of(model, target) if target else None) or "",
        source=resource_type.source_entity_type,
        source_display=display_column(model, resource_type.source_entity_type),
        target=resource_type.target_entity_type,
        target_display=display_column(model, resource_type.target_entity_type),
        target_key=primary_key(target),
        wanted=queries.wanted(resource_type),
        expected=queries.expected(resource_type),
        ready=queries.ready(resource_type),
        arguments=arguments(queries.bound, resource_type),
        failing=failing_of_type(queries.bound, resource_type),
        scalars=tuple(_scalars(model, catalogue, resource_type)),
        links=tuple(_links(queries, resource_type)),
        correlations=tuple(
            Correlation(
                confidence=rule.source_matched_confidence_level, query=queries.correlation(rule), origin=origin(rule)
            )
            for rule in model.correlations_of(resource_type.identifier)
        ),
        classifications=tuple(_classifications(queries, resource_type)),
        allow_add=resource_type.allow_add,
        allow_remove=resource_type.allow_remove,
        remove_orphans=resource_type.remove_orphans,
        blocked=f"BlockProvisioning of {resource_type.identifier}" if resource_type.block_provisioning else "",
        is_provisioned=policy.is_provisioning_enabled and not policy.is_simulation_enabled and not policy.is_external,
        correlate_multiple=resource_type.correlate_multiple_resources,
        discards_kept=resource_type.discard_manual_assignments,
        depends_on=resource_type.depends_on,
        limits=Limits(
            resource_type.maximum_insert,
            resource_type.maximum_update,
            resource_type.maximum_delete,
            resource_type.maximum_insert_percent,
            resource_type.maximum_update_percent,
            resource_type.maximum_delete_percent,
        ),
        is_in_time=is_in_time(model, resource_type),
        suggest_all=resource_type.suggest_all_correlations,
        validity=resource_type.transmitted_state_validity_period,
        minutes=minutes(resource_type) if is_in_time(model, resource_type) else (),
    )


def queries_of(step: Evaluate) -> list[str]:
    """Every query of an evaluation, and one that reads its targets."""
    queries = [step.wanted, step.expected, step.ready, step.arguments, *(each.query for each in step.links)]
    queries += [each.query for each in step.correlations]
    queries += [each.query for each in step.classifications]
    return [*filter(None, queries), f"SELECT 1 FROM {quoted(RESOURCE_SCHEMA)}.{quoted(step.target)}"]


def fulfil(model: Model, connection: Connection) -> Fulfil | None:
    """The fulfilment of every resource type that is mapped to a connection; None when there is none."""
    if connection.deactivation_export_fulfill is DeactivationExportFulfill.Fulfill:
        return None
    mapped = model.mappings_through(connection.identifier)
    if not mapped:
        return None
    return Fulfil(
        id=f"fulfil {connection.identifier}",
        origin=origin(connection),
        connector=connection.connector,
        connection=connection.identifier,
        package=connection.package,
        resource_types=tuple(_fulfil_type(model, each) for each in mapped),
    )


def _scalars(model: Model, catalogue: Catalogue, resource_type: ResourceType) -> Iterator[ExpectedScalar]:
    stores_empty = _stores_empty(model, catalogue, resource_type)
    for rules in scalar_rules(resource_type).values():
        rule = rules[0]
        key = fold(int(rule.comparison_type))
        mapped = model.mapped(resource_type.target_entity_type, rule.property)
        place = origin(rule)
        yield ExpectedScalar(
            property=rule.property,
            rule=label(place),
            origin=place,
            is_mapped=rule.is_mapped and mapped is not None and bool(mapped.connection_column),
            fold=key if stores_empty else f"NULLIF({key or '{0}'}, '')",
            is_chosen=is_chosen(rules),
        )


def _stores_empty(model: Model, catalogue: Catalogue, resource_type: ResourceType) -> bool:
    mapping = model.resource_type_mappings.get(resource_type.identifier)
    package = catalogue.find(model.connections[mapping.connection].package) if mapping else None
    return package is None or package.stores_empty


def _links(queries: Queries, resource_type: ResourceType) -> Iterator[ExpectedLinks]:
    rules: tuple[NavigationRule | QueryRule, ...] = (*resource_type.navigation_rules, *resource_type.query_rules)
    for property in dict.fromkeys(rule.property for rule in rules):
        side = queries.model.sides[resource_type.target_entity_type, property]
        first = next(rule for rule in rules if rule.property == property)
        yield ExpectedLinks(
            property=property,
            association=side.association.identifier,
            side=side.number,
            entity_type=side.target,
            is_collection=side.is_collection,
            query=queries.navigation(resource_type, property),
            origin=origin(first),
        )


def _classifications(queries: Queries, resource_type: ResourceType) -> Iterator[Classification]:
    for rule in queries.model.classifications_of(resource_type.identifier):
        if rule.target_expression is not None:
            yield Classification(
                confidence=rule.resource_type_identification_confidence_level,
                origin=origin(rule),
                query=queries.classified(resource_type.target_entity_type, queries.bound.condition(rule)),
            )


def _fulfil_type(model: Model, mapping: AnyResourceTypeMapping) -> FulfilType:
    target = model.resource_types[mapping.identifier].target_entity_type
    return FulfilType(
        resource_type=mapping.identifier,
        target=target,
        object_classes=tuple((getattr(mapping, "default_object_class", None) or "").split()),
        rdn_attribute=getattr(mapping, "rdn_attribute_identifier", None),
        use_permissive_modify=getattr(mapping, "use_permissive_modify", False),
        use_tree_delete=getattr(mapping, "use_tree_delete", False),
        options=_options(mapping),
        properties=tuple(_fulfil_properties(model, target, mapping)),
        links=tuple(_fulfil_links(model, target, mapping)),
    )


_OWN_FIELDS = {
    *("identifier", "connection", "consolidation_mode", "default_object_class", "rdn_attribute_identifier"),
    *("use_permissive_modify", "use_tree_delete", "password_reset_setting"),
}


def _options(mapping: AnyResourceTypeMapping) -> dict[str, str]:
    """The attributes that only one kind of mapping has, by their names in XML; those at their default left out."""
    given = {each.name: (getattr(mapping, each.field), each) for each in attributes_of(type(mapping))}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, (value, each) in given.items()
        if each.field not in _OWN_FIELDS and value is not None and value != each.default
    }


def _fulfil_properties(model: Model, target: str, mapping: AnyResourceTypeMapping) -> Iterator[FulfilProperty]:
    source = model.entity_type_mappings.get(target)
    mapped = {each.identifier: each for each in source.properties} if source else {}
    for name in scalar_properties(model, target):
        column = mapped.get(name)
        flags = _flags(mapping, name)
        shift = _shift(model, source, column)
        yield FulfilProperty(
            property=name,
            type=property_type(model, target, name),
            column=shift.input if shift else column.connection_column if column else None,
            format=column.format if column else None,
            is_key=bool(column and column.is_primary_key),
            is_dn=bool(flags and flags.is_dn_property),
            is_parent=bool(flags and flags.is_parent_property),
            is_rdn=bool(flags and flags.is_rdn_property),
            is_user_account_control=bool(flags and flags.is_user_account_control_property),
            is_display_name=bool(flags and flags.is_display_name_property),
            is_mail=bool(flags and flags.is_mail_property),
            separator=flags.multi_value_separator if flags else None,
            shift=shift,
        )


def _shift(model: Model, source: EntityTypeMapping | None, mapped: MappedProperty | None) -> ShiftDates | None:
    if source is None or mapped is None or not source.connection_table or not mapped.connection_column:
        return None
    return taken_back(model, connector_of(model, source) or "", source.connection_table, mapped.connection_column)


def _flags(mapping: AnyResourceTypeMapping, name: str) -> ProvisionedProperty | None:
    return next((each for each in mapping.properties if each.property == name), None)


def _fulfil_links(model: Model, target: str, mapping: AnyResourceTypeMapping) -> Iterator[FulfilLink]:
    for side in model.sides_of(target):
        name = side.property
        source = model.association_mappings.get(side.association.identifier)
        flags = _flags(mapping, name)
        far = (
            (source.column1, source.entity_property_mapping1)
            if source and side.number == 2
            else ((source.column2, source.entity_property_mapping2) if source else (None, ""))
        )
        yield FulfilLink(
            property=name,
            entity_type=side.target,
            is_collection=side.is_collection,
            key=far[1].partition(":")[2],
            table=link_table_of(model, source) if source else None,
            column=far[0],
            backlink=flags.data_source_backlink_column_name if flags else None,
            is_parent=bool(flags and flags.is_parent_property),
        )
