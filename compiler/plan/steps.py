"""The steps of a plan: small frozen values, each with the place in the XML that it comes from."""

from msgspec import Struct

from compiler.plan.changes import AnyChange, ShiftDates, TransformedTable


class Origin(Struct, frozen=True):
    """The place in the configuration that a step or rule comes from."""

    file: str
    line: int
    column: int


class Limits(Struct, frozen=True, omit_defaults=True):
    """Thresholds of one scope: absolute and in percent of what is stored; 0 is off; strictly greater blocks."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    inserted_percent: int = 0
    updated_percent: int = 0
    deleted_percent: int = 0


class ExportColumn(Struct, frozen=True, omit_defaults=True):
    """A column that some mapping reads, with the format it declares and the property type it lands in."""

    name: str
    type: str = "String"
    format: str | None = None


class ExportTable(Struct, frozen=True):
    """A table that some mapping reads: the CSV file's name without extension."""

    name: str
    columns: tuple[ExportColumn, ...]


class SourceColumn(Struct, frozen=True, omit_defaults=True):
    """A property and the column it is loaded from."""

    property: str
    column: str
    type: str = "String"
    format: str | None = None


class EntitySource(Struct, frozen=True, kw_only=True):
    """How one entity type is loaded; `key` is the property that is the primary key."""

    entity_type: str
    table: str
    key: str
    columns: tuple[SourceColumn, ...]
    limits: Limits
    origin: Origin


class LinkEnd(Struct, frozen=True):
    """One side of a link row: the column that holds a key, and the property of the entity type that it is a key of."""

    column: str
    entity_type: str
    property: str
    is_collection: bool


class LinkSource(Struct, frozen=True, kw_only=True):
    """How one association is loaded. `is_collection` of side i: one resource of side i may have many links.

    `own_file` is false when the table is also an entity type's, where an empty cell is no mistake.
    """

    association: str
    table: str
    side1: LinkEnd
    side2: LinkEnd
    own_file: bool
    limits: Limits
    origin: Origin


class Step(Struct, frozen=True, kw_only=True, tag_field="step"):
    """What all steps carry: an identifier unique in the plan, the steps that must be done before, where it is from."""

    id: str
    after: tuple[str, ...] = ()
    origin: Origin


class Export(Step, frozen=True, kw_only=True, tag="export"):
    """Read the managed system behind one connection into CSV."""

    connector: str
    connection: str
    package: str
    tables: tuple[ExportTable, ...]


class Prepare(Step, frozen=True, kw_only=True, tag="prepare"):
    """Clean one connector's CSV and work out what changed since the last time.

    `instructions` is the column that says what becomes of a row, in files that hold changes only; in any letter case.
    """

    connector: str
    entity_types: tuple[EntitySource, ...]
    associations: tuple[LinkSource, ...]
    transformed: tuple[TransformedTable, ...] = ()
    instructions: str = "command"

    def changes_of(self, table: str) -> tuple[AnyChange, ...]:
        """What happens to one table; names of tables differ by more than letter case."""
        return next((each.changes for each in self.transformed if each.table.lower() == table.lower()), ())


class Synchronise(Step, frozen=True, kw_only=True, tag="synchronise"):
    """Bring one connector's part of the store up to its prepared files, within the limits."""

    connector: str
    limits: Limits
    link_limits: Limits


class Failing(Struct, frozen=True, kw_only=True):
    """An expression that may fail where C# would raise an exception: its value is null there.

    `parts` are the functions and operators that may, as authors write them; `query` gives `failed`, for how many
    resources of `entity_type` it does, and `example`, the key of one of them.
    """

    origin: Origin
    parts: tuple[str, ...]
    entity_type: str
    query: str


class Hop(Struct, frozen=True, order=True):
    """A step along a path: an association, and the side of it that is left."""

    association: str
    side: int


class Read(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a computed value depends on: properties and links of some resources of one entity type.

    Of those that `hops` lead to from the resource whose value it is; of all there are when it is `anywhere`.
    """

    hops: tuple[Hop, ...] = ()
    entity_type: str
    properties: tuple[str, ...] = ()
    links: tuple[Hop, ...] = ()
    anywhere: bool = False


class ComputedProperty(Struct, frozen=True, kw_only=True):
    """One computed property: a query of `_id` and `value`; for a navigation `value` is the target's `_id`.

    The query is about the resources in the temporary table `computing`; `reads` is all that their values depend on.
    """

    property: str
    association: str | None = None
    side: int = 0
    query: str
    reads: tuple[Read, ...]
    origin: Origin

    def reads_computed(self, entity_type: str, other: "ComputedProperty") -> bool:
        """Whether its value depends on another computed property, one of `entity_type`."""
        if other.association is not None:
            return self.reads_links_of(other.association)
        return any(each.entity_type == entity_type and other.property in each.properties for each in self.reads)

    def reads_links_of(self, association: str) -> bool:
        """Whether its value depends on links of an association."""
        return any(hop.association == association for each in self.reads for hop in (*each.hops, *each.links))


class Compute(Step, frozen=True, kw_only=True, tag="compute"):
    """Recompute the computed properties of one entity type, in this order."""

    entity_type: str
    properties: tuple[ComputedProperty, ...]
    failing: tuple[Failing, ...] = ()


class DimensionValues(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The values of a dimension: `keys` gives `_id` and `key` of each, `above` `_id` and `above` where one is below
    another; empty for a dimension that is no hierarchy."""

    number: int
    keys: str
    above: str = ""


class RoleRule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who holds a role: those in a context with all these values (number and key; `below`: or a value below it) and any
    value of the `required` dimensions, who hold the role `needs`, if there is one.

    Of the rules of a role those with the smallest priority count, and of these one that denies it.
    """

    role: str
    rule: str
    needs: str | None = None
    values: tuple[tuple[int, str], ...] = ()
    below: tuple[int, ...] = ()
    required: tuple[int, ...] = ()
    is_denied: bool = False
    priority: int = 0


class Roles(Step, frozen=True, kw_only=True, tag="roles"):
    """Work out in which contexts the identities of one entity type stand over time, and which roles they hold in them.

    `contexts` gives `owner_id`, `starts`, `ends` in internal text form and one column of `_id`s per dimension, named by
    its number; empty where identities are the same at all times. `excluded` gives the `owner_id`s that take no part at
    all. `composite` are the rules of composite roles, each layer after those whose roles it needs; `single` those of
    single roles.
    """

    entity_type: str
    contexts: str = ""
    excluded: str = ""
    dimensions: tuple[DimensionValues, ...] = ()
    composite: tuple[tuple[RoleRule, ...], ...] = ()
    single: tuple[RoleRule, ...] = ()


class Correlation(Struct, frozen=True, kw_only=True):
    """One correlation rule: `query` gives `owner_id` and `target_id` of every pair with equal keys."""

    confidence: int
    query: str
    origin: Origin


class Classification(Struct, frozen=True, kw_only=True):
    """One classification rule: `query` gives the `_id` of the resources that are of the type, owned or not."""

    confidence: int
    query: str
    origin: Origin


class ExpectedScalar(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ruled scalar property of the target: a column of `Evaluate.expected`, and how it compares.

    `is_mapped` false: sent when the target is created, never compared. `fold` is the SQL of the comparison key with
    `{0}` for the value; empty when texts compare as they are. `is_chosen`: which rule gives the value differs from
    owner to owner; it stands in a column of its own (`rule_column`), null where none does and nothing is expected.
    """

    property: str
    rule: str
    origin: Origin
    is_mapped: bool = True
    fold: str = ""
    is_chosen: bool = False


class ExpectedLinks(Struct, frozen=True, kw_only=True):
    """One ruled navigation of the target.

    `query` gives `owner_id`, `resource_id`, `rule` and `confidence` of every expected link; below 100 a person decides.
    `side` is the target's side of the association. A mono-valued property has at most one row per owner.
    """

    property: str
    association: str
    side: int
    entity_type: str
    is_collection: bool
    query: str
    origin: Origin


class Evaluate(Step, frozen=True, kw_only=True, tag="evaluate"):
    """Work out what every target of one resource type should be.

    `source_display` and `target_display` are the properties that stand for a resource before people.
    `wanted` gives `owner_id` and `rule` of every owner that shall have a target; empty where no rule creates targets
    and rules only fill those that correlation finds. `expected` gives `owner_id` and one column per scalar, in
    internal text form. `ready` gives the `owner_id`s whose `DependsOnOwnerProperty` is filled; empty for no such
    condition. `blocked` says why orders wait for review, empty when they do not. `discards_kept`: a value that a person
    chose to keep is overruled when its source changes. `arguments` gives `order_id`, `name` and `value` of the
    arguments of the orders in `ordered`; empty where orders have none. `minutes`: the moments, from the present, that
    the queries ask about. `is_in_time`: owners that take no part (`Roles.excluded`) are left alone. `suggest_all`:
    matches are suggested where they would be applied, and beside those that are (§8.3). `validity`: so many minutes
    after it was sent an order that had no effect has failed; 0 waits for ever. All queries read the store alone.
    """

    resource_type: str
    policy: str
    connector: str
    source: str
    source_display: str
    target: str
    target_display: str
    target_key: str | None
    wanted: str
    expected: str
    scalars: tuple[ExpectedScalar, ...]
    links: tuple[ExpectedLinks, ...]
    correlations: tuple[Correlation, ...]
    classifications: tuple[Classification, ...]
    allow_add: bool
    allow_remove: bool
    remove_orphans: bool
    blocked: str
    correlate_multiple: bool
    discards_kept: bool
    is_provisioned: bool
    depends_on: str | None
    ready: str
    limits: Limits
    arguments: str = ""
    failing: tuple[Failing, ...] = ()
    is_in_time: bool = False
    minutes: tuple[int, ...] = ()
    suggest_all: bool = False
    validity: int = 0


class FulfilProperty(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one property of the target is written: its remote name and format, and what it is to the system.

    `shift` is how its dates were shifted when they were read; it is taken back before they are sent.
    """

    property: str
    column: str | None = None
    type: str = "String"
    format: str | None = None
    is_key: bool = False
    is_dn: bool = False
    is_parent: bool = False
    is_rdn: bool = False
    is_user_account_control: bool = False
    is_display_name: bool = False
    is_mail: bool = False
    separator: str | None = None
    shift: ShiftDates | None = None


class FulfilLink(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one navigation of the target is written.

    `table` and `column` hold the link in the managed system; `key` is the property of the linked resource that the
    column's values are. `backlink` is the attribute of the *linked* resource through which the link is written.
    """

    property: str
    entity_type: str
    is_collection: bool
    key: str
    table: str | None = None
    column: str | None = None
    backlink: str | None = None
    is_parent: bool = False


class FulfilType(Struct, frozen=True, kw_only=True):
    """What a connection needs to know of one resource type to write its targets.

    `options` are the attributes that only this kind of mapping element has, by their names in XML.
    """

    resource_type: str
    target: str
    object_classes: tuple[str, ...] = ()
    rdn_attribute: str | None = None
    use_permissive_modify: bool = False
    use_tree_delete: bool = False
    options: dict[str, str] = {}
    properties: tuple[FulfilProperty, ...] = ()
    links: tuple[FulfilLink, ...] = ()


class Fulfil(Step, frozen=True, kw_only=True, tag="fulfil"):
    """Send the pending orders of some resource types to one connection."""

    connector: str
    connection: str
    package: str
    resource_types: tuple[FulfilType, ...]


AnyStep = Export | Prepare | Synchronise | Compute | Roles | Evaluate | Fulfil
