"""A bound model in, a plan out: the steps of a run in the order in which they may be done.

Chains of different connectors are independent up to their synchronisation. A step that computes or evaluates waits for
every connector whose data its queries read, so that a system which cannot be reached holds up only what needs it.
"""

from collections.abc import Iterator
from graphlib import TopologicalSorter

from msgspec.structs import replace

from compiler.bind.bound import Bound
from compiler.bind.tables import connector_of
from compiler.catalogue.catalogue import Catalogue
from compiler.model.model import Model
from compiler.plan import contexts, sources, targets
from compiler.plan.computes import groups
from compiler.plan.digest import digest_of
from compiler.plan.failing import failing_of_computed
from compiler.plan.functions import functions
from compiler.plan.items import items
from compiler.plan.jobs import jobs
from compiler.plan.plan import FORMAT, AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.queries import Queries, tables_read
from compiler.plan.relations import display_column, scalar_properties
from compiler.plan.steps import AnyStep, Compute, Evaluate, Fulfil, Roles, Synchronise
from compiler.plan.tables import resource_table

_Synchronised = dict[str, tuple[int, str]]
"""The synchronisation of each connector: its place among all steps, and its name."""


def lower(bound: Bound, catalogue: Catalogue, digest: str) -> Plan:
    """The plan of a model without errors. `digest` identifies the bytes of the sources."""
    model, queries = bound.model, Queries(bound)
    loads = list(_loads(model, catalogue))
    synchronised = {step.connector: (at, step.id) for at, step in enumerate(loads) if isinstance(step, Synchronise)}
    computes = list(_computes(queries, synchronised))
    held = list(_roles(queries, synchronised, computes))
    evaluates = list(_evaluates(queries, catalogue, synchronised, computes, held))
    fulfils = list(_fulfils(model, evaluates))
    steps = (*loads, *computes, *held, *evaluates, *fulfils)
    plan = Plan(
        form=FORMAT,
        digest="",
        sources=digest,
        entity_types=tuple(_entity_type_layout(model, name) for name in model.entity_types),
        associations=tuple(_association_layout(model, name) for name in model.associations),
        steps=steps,
        items=tuple(items(model)),
        functions=functions(bound),
        jobs=tuple(jobs(model, steps)),
    )
    return replace(plan, digest=digest_of(plan))


def _loads(model: Model, catalogue: Catalogue) -> Iterator[AnyStep]:
    loaded = sources.loaded(model)
    for connector in model.connectors.values():
        if connector.is_deactivated:
            continue
        own = loaded.get(connector.identifier, sources.Loaded())
        exports = list(sources.exports(model, catalogue, connector, own))
        yield from exports
        prepare = sources.prepare(model, connector, own, tuple(step.id for step in exports))
        if prepare.entity_types or prepare.associations:
            yield prepare
            yield sources.synchronise(connector, (prepare.id,))


def _computes(queries: Queries, synchronised: _Synchronised) -> Iterator[Compute]:
    """Computed properties of one entity type, one step after the other: a later one may read an earlier one's."""
    before: list[Compute] = []
    for group in groups(queries):
        name = group[0].item.entity_type
        properties = tuple(each.lowered for each in group)
        place = sum(each.entity_type == name for each in before) + 1
        step = Compute(
            id=f"compute {name}" if place == 1 else f"compute {name} {place}",
            after=_after(queries.model, [each.query for each in properties], synchronised, before),
            origin=properties[0].origin,
            entity_type=name,
            properties=properties,
            failing=failing_of_computed(queries.bound, [each.item for each in group]),
        )
        before.append(step)
        yield step


def _after(model: Model, queries: list[str], synchronised: _Synchronised, computes: list[Compute]) -> tuple[str, ...]:
    """The steps that bring what these queries read: synchronisations of its connectors, computations of its types."""
    entity_types, associations = tables_read(queries)
    mappings = (model.entity_type_mappings.get(each) for each in entity_types)
    connectors = {connector_of(model, each) for each in mappings if each}
    links = (model.association_mappings.get(each) for each in associations)
    connectors |= {each.connector for each in links if each}
    computed_types = [step.id for step in computes if step.entity_type in entity_types]
    awaited = sorted(synchronised[each] for each in connectors if each in synchronised)
    return (*(step for _, step in awaited), *computed_types)


def _roles(queries: Queries, synchronised: _Synchronised, computes: list[Compute]) -> Iterator[Roles]:
    for step in contexts.roles(queries.bound):
        values = (query for each in step.dimensions for query in (each.keys, each.above))
        read = [step.contexts, *values, f"SELECT 1 FROM {resource_table(step.entity_type)}"]
        yield replace(step, after=_after(queries.model, read, synchronised, computes))


def _evaluates(
    queries: Queries,
    catalogue: Catalogue,
    synchronised: _Synchronised,
    computes: list[Compute],
    held: list[Roles],
) -> Iterator[Evaluate]:
    """A type comes after the one it depends on."""
    types = queries.model.resource_types
    needs = {name: [each.depends_on] if each.depends_on else [] for name, each in types.items()}
    for name in TopologicalSorter(needs).static_order():
        step = targets.evaluate(queries, catalogue, types[name])
        after = _after(queries.model, targets.queries_of(step), synchronised, computes)
        in_time = [each.id for each in held if step.is_in_time and each.entity_type == step.source]
        yield replace(step, after=(*after, *in_time, *(f"evaluate {each}" for each in needs[name])))


def _fulfils(model: Model, evaluates: list[Evaluate]) -> Iterator[Fulfil]:
    step_of = {each.resource_type: each.id for each in evaluates}
    order = {each.id: at for at, each in enumerate(evaluates)}
    for connection in model.connections.values():
        if model.connectors[connection.connector].is_deactivated:
            continue
        step = targets.fulfil(model, connection)
        if step is not None:
            after = sorted((step_of[each.resource_type] for each in step.resource_types), key=order.__getitem__)
            yield replace(step, after=tuple(after))


def _entity_type_layout(model: Model, name: str) -> EntityTypeLayout:
    mapping = model.entity_type_mappings.get(name)
    columns = scalar_properties(model, name)
    display = display_column(model, name)
    if display == "InternalDisplayName" and display not in columns:
        columns.append(display)
    return EntityTypeLayout(
        name=name,
        connector=connector_of(model, mapping) if mapping else None,
        key=sources.primary_key(mapping),
        display=display if columns else None,
        properties=tuple(_property_layout(model, name, each) for each in columns),
    )


def _property_layout(model: Model, entity_type: str, name: str) -> PropertyLayout:
    declared = model.property(entity_type, name)
    return PropertyLayout(name, sources.property_type(model, entity_type, name), bool(declared and declared.is_key))


def _association_layout(model: Model, name: str) -> AssociationLayout:
    association, mapping = model.associations[name], model.association_mappings.get(name)
    type1, _, property1 = association.property1.partition(":")
    type2, _, property2 = association.property2.partition(":")
    return AssociationLayout(
        name=name,
        connector=mapping.connector if mapping else None,
        entity_type1=type1,
        property1=property1,
        is_collection1=association.is_property1_collection,
        entity_type2=type2,
        property2=property2,
        is_collection2=association.is_property2_collection,
    )
