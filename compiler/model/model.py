"""The model: every item of the configuration by its identifier. Once bound without errors, each reference resolves."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TypeVar, get_args

from msgspec import Struct, field, structs

from compiler.model.connectors import Agent, Connection, ConnectionTable, Connector
from compiler.model.contexts import (
    Context,
    ContextRule,
    Dimension,
    IndirectResourceRule,
    RecordSection,
)
from compiler.model.fulfilment import AnyResourceTypeMapping, PasswordResetSettings
from compiler.model.jobs import TASKS, Job
from compiler.model.metadata import (
    EntityAssociation,
    EntityAssociationMapping,
    EntityProperty,
    EntityPropertyExpression,
    EntityType,
    EntityTypeMapping,
    Language,
    MappedProperty,
    PropertyType,
)
from compiler.model.node import Node, child_fields
from compiler.model.provisioning import (
    Category,
    Policy,
    ResourceClassificationRule,
    ResourceCorrelationRule,
    ResourceType,
)
from compiler.model.roles import (
    AnyAutomationRule,
    AnyRoleRule,
    AutomationRule,
    CategoryAutomationRule,
    CompositeRole,
    CompositeRoleAutomationRule,
    CompositeRoleRule,
    PolicyAutomationRule,
    ResourceTypeAutomationRule,
    SingleRole,
    SingleRoleAutomationRule,
    SingleRoleRule,
)
from compiler.model.scaffoldings import SCAFFOLDINGS, Scaffolding
from compiler.model.settings import AccessControlEntityType, AnySetting
from compiler.model.tasks import Task

_T = TypeVar("_T")

NODES: tuple[type[Node], ...] = (
    Language,
    Agent,
    Connector,
    Connection,
    EntityType,
    EntityAssociation,
    EntityTypeMapping,
    EntityAssociationMapping,
    EntityPropertyExpression,
    Dimension,
    Policy,
    Category,
    CompositeRole,
    SingleRole,
    ResourceType,
    CompositeRoleRule,
    SingleRoleRule,
    ResourceCorrelationRule,
    ResourceClassificationRule,
    IndirectResourceRule,
    ContextRule,
    RecordSection,
    Context,
    AutomationRule,
    CompositeRoleAutomationRule,
    SingleRoleAutomationRule,
    ResourceTypeAutomationRule,
    CategoryAutomationRule,
    PolicyAutomationRule,
    *get_args(AnyResourceTypeMapping),
    ConnectionTable,
    PasswordResetSettings,
    *get_args(AnySetting),
    AccessControlEntityType,
    *TASKS,
    Job,
    *SCAFFOLDINGS,
)
"""The elements that may stand below `ConfigurationFile`, in the order in which deployment creates them."""


class Side(Struct, frozen=True):
    """One end of an association as seen from the property that navigates along it.

    `number` is 1 or 2: which side the property is. `target` is the entity type on the other side.
    """

    association: EntityAssociation
    number: int
    entity_type: str
    property: str
    is_collection: bool
    target: str
    reverse: str


_OF_SIDES = ("navigations", "_scalars")
"""The indexes that look at associations."""


class Model(Struct, frozen=True, kw_only=True, dict=True):
    """The language, typed. Dicts are in document order; `ignored` counts documented elements no run uses.

    What is looked up often is indexed when it is first asked for; a model made with `replace` indexes anew.
    """

    languages: dict[str, Language] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    entity_types: dict[str, EntityType] = field(default_factory=dict)
    associations: dict[str, EntityAssociation] = field(default_factory=dict)
    entity_type_mappings: dict[str, EntityTypeMapping] = field(default_factory=dict)
    association_mappings: dict[str, EntityAssociationMapping] = field(default_factory=dict)
    property_expressions: dict[str, EntityPropertyExpression] = field(default_factory=dict)
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    composite_roles: dict[str, CompositeRole] = field(default_factory=dict)
    single_roles: dict[str, SingleRole] = field(default_factory=dict)
    resource_types: dict[str, ResourceType] = field(default_factory=dict)
    role_rules: tuple[AnyRoleRule, ...] = ()
    correlation_rules: tuple[ResourceCorrelationRule, ...] = ()
    classification_rules: tuple[ResourceClassificationRule, ...] = ()
    indirect_rules: tuple[IndirectResourceRule, ...] = ()
    context_rules: dict[str, ContextRule] = field(default_factory=dict)
    record_sections: dict[str, RecordSection] = field(default_factory=dict)
    contexts: tuple[Context, ...] = ()
    automation_rules: tuple[AnyAutomationRule, ...] = ()
    resource_type_mappings: dict[str, AnyResourceTypeMapping] = field(default_factory=dict)
    connection_tables: tuple[ConnectionTable, ...] = ()
    password_reset_settings: dict[str, PasswordResetSettings] = field(default_factory=dict)
    settings: tuple[AnySetting, ...] = ()
    access_control_entity_types: dict[str, AccessControlEntityType] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    jobs: dict[str, Job] = field(default_factory=dict)
    scaffoldings: tuple[Scaffolding, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    sides: dict[tuple[str, str], Side] = field(default_factory=dict)

    def index(self) -> None:
        """Make now the indexes that everybody asks for, before the model is copied."""
        _ = self.kinds, self._properties

    def with_sides(self, sides: dict[tuple[str, str], Side]) -> "Model":
        """The model with the ends of its associations; what was indexed stays, because nothing in it looks at them."""
        made = structs.replace(self, sides=sides)
        made.__dict__.update((name, index) for name, index in self.__dict__.items() if name not in _OF_SIDES)
        return made

    def property(self, entity_type: str, name: str) -> EntityProperty | None:
        """The declared property `name` of an entity type, or None."""
        return self._properties.get((entity_type, name))

    def mapped(self, entity_type: str, name: str) -> MappedProperty | None:
        """How a property is mapped, None when it is not."""
        return self._mapped.get((entity_type, name))

    def connection_prefixing(self, name: str) -> Connection | None:
        """The connection whose identifier is the longest that a name begins with (`<id>` or `<id>_…`), in any case."""
        name = name.lower()
        while name not in self._connections_folded:
            name, underscore, _ = name.rpartition("_")
            if not underscore:
                return None
        return self._connections_folded[name]

    def nodes(self, *kinds: type[Node]) -> Iterator[tuple[Node, Node | None]]:
        """Every item of the model and every child of one, or those of some kinds, each with its parent, by kind."""
        asked = [self.kinds.get(kind, ()) for kind in kinds] if kinds else self.kinds.values()
        return chain.from_iterable(asked)

    def is_scalar(self, entity_type: str, name: str) -> bool:
        """Whether a property is declared, leads to no resources and is no file, as nearly all are."""
        return (entity_type, name) in self._scalars

    def connections_of(self, connector: str) -> Sequence[Connection]:
        """The connections of a connector."""
        return self._connections_of.get(connector, ())

    def side(self, entity_type: str, name: str) -> Side | None:
        """The association end that the property navigates along; None for a scalar property."""
        return self.sides.get((entity_type, name))

    def correlations_of(self, resource_type: str) -> list[ResourceCorrelationRule]:
        """The correlation rules of a resource type, highest confidence first, then in document order."""
        return sorted(self._correlations[resource_type], key=lambda rule: -rule.source_matched_confidence_level)

    def classifications_of(self, resource_type: str) -> list[ResourceClassificationRule]:
        """The classification rules of a resource type, highest confidence first, then in document order."""
        rules = self._classifications[resource_type]
        return sorted(rules, key=lambda rule: -rule.resource_type_identification_confidence_level)

    def mappings_through(self, connection: str) -> list[AnyResourceTypeMapping]:
        """The mappings of resource types to a connection."""
        return self._mappings[connection]

    def sides_of(self, entity_type: str) -> list[Side]:
        """The association ends that properties of an entity type navigate along."""
        return self._sides[entity_type]

    @cached_property
    def transforming(self) -> tuple[Connection, ...]:
        """The connections that have transformations; there are few."""
        return tuple(each for each in self.connections.values() if each.transformations)

    @cached_property
    def navigations(self) -> frozenset[tuple[str, str]]:
        """Entity type and name of each property that leads to resources: a ForeignKey, or a side of Int64 (O-33)."""
        return frozenset(
            key
            for key, each in self._properties.items()
            if each.type is PropertyType.ForeignKey or (each.type is PropertyType.Int64 and key in self.sides)
        )

    @cached_property
    def _scalars(self) -> frozenset[tuple[str, str]]:
        files = {key for key, each in self._properties.items() if each.type is PropertyType.Binary}
        return frozenset(self._properties.keys() - self.navigations - files)

    @cached_property
    def _connections_of(self) -> dict[str, list[Connection]]:
        found: dict[str, list[Connection]] = {}
        for each in self.connections.values():
            found.setdefault(each.connector, []).append(each)
        return found

    @cached_property
    def _properties(self) -> dict[tuple[str, str], EntityProperty]:
        return {
            (name, each.identifier): each
            for name, entity_type in self.entity_types.items()
            for each in reversed(entity_type.properties)
        }

    @cached_property
    def _mapped(self) -> dict[tuple[str, str], MappedProperty]:
        return {
            (name, each.identifier): each
            for name, mapping in self.entity_type_mappings.items()
            for each in reversed(mapping.properties)
        }

    @cached_property
    def _correlations(self) -> defaultdict[str, list[ResourceCorrelationRule]]:
        return _grouped(self.correlation_rules, lambda rule: rule.resource_type)

    @cached_property
    def _classifications(self) -> defaultdict[str, list[ResourceClassificationRule]]:
        return _grouped(self.classification_rules, lambda rule: rule.resource_type)

    @cached_property
    def _mappings(self) -> defaultdict[str, list[AnyResourceTypeMapping]]:
        return _grouped(self.resource_type_mappings.values(), lambda mapping: mapping.connection)

    @cached_property
    def _sides(self) -> defaultdict[str, list[Side]]:
        return _grouped(self.sides.values(), lambda side: side.entity_type)

    @cached_property
    def _connections_folded(self) -> dict[str, Connection]:
        return {each.identifier.lower(): each for each in reversed(self.connections.values())}

    @cached_property
    def kinds(self) -> dict[type[Node], list[tuple[Node, Node | None]]]:
        """Every item and every child of one, with its parent, by its kind: what looks at all of a kind looks here."""
        found: dict[type[Node], list[tuple[Node, Node | None]]] = {}
        for value in structs.asdict(self).values():
            items: Iterable[object] = value.values() if isinstance(value, dict) else value
            _gather([(item, None) for item in items if isinstance(item, Node)], found)
        return found


def _gather(pairs: Iterable[tuple[Node, Node | None]], found: dict[type[Node], list[tuple[Node, Node | None]]]) -> None:
    """Items and all below them."""
    for pair in pairs:
        node = pair[0]
        kind = node.__class__
        found.setdefault(kind, []).append(pair)
        for name in child_fields(kind):
            children = getattr(node, name)
            if children:
                _gather([(child, node) for child in children], found)


def _grouped(items: Iterable[_T], key: Callable[[_T], str]) -> defaultdict[str, list[_T]]:
    groups: defaultdict[str, list[_T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def index_sides(associations: Iterable[EntityAssociation]) -> dict[tuple[str, str], Side]:
    """Both ends of every association by (entity type, property); a property that is a side twice keeps the first."""
    sides: dict[tuple[str, str], Side] = {}
    for side in _sides(associations):
        sides.setdefault((side.entity_type, side.property), side)
    return sides


def _sides(associations: Iterable[EntityAssociation]) -> Iterator[Side]:
    for each in associations:
        (type1, _, name1), (type2, _, name2) = each.property1.partition(":"), each.property2.partition(":")
        yield Side(each, 1, type1, name1, each.is_property1_collection, type2, name2)
        yield Side(each, 2, type2, name2, each.is_property2_collection, type1, name1)
