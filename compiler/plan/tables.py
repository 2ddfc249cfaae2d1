"""Where things stand in the resource store: the names that the plan's SQL and the runtime agree on.

One table per entity type, `resource."<EntityType>"`: `_id` (BIGINT, unique over all resources), `_hash` (UBIGINT over
the mapped columns, null for a resource that no synchronisation loaded), `_from` (INTEGER, the number of the run that
made this version, null when it is older than that is told), and one VARCHAR column per scalar property in internal
text form. One table per association, `link."<Association>"`: `_1`, `_2`, the `_id`s of both sides, and `_from`.

What was once and is no more stands in tables of the same names in `resource_history` and `link_history`: the same
columns without `_hash`, and `_to`, the number of the run that changed or ended it.
Property identifiers never begin with an underscore, so the names cannot clash.

What owners are in time stands beside it, made anew by each run: `context."<EntityType>"` has one row per owner and
slice of time (`owner_id`, `starts`, `ends`, half open) and set of dimension values in it (`_id`s, one column per
number); `role."<EntityType>"` the roles held in a slice; `dimension."<number>"` for every key of a value its `_id`,
and those of the values below it (`is_below`). `provisioning.moment` has the present, so many minutes on, as text.
"""

ORDERED, ORDERED_LINE = "ordered", "ordered_line"
"""The orders that arguments are computed for (`order_id`, `owner_id`, `change`) and what they change (`order_id`,
`property`, `value`, `added_id`, `removed_id`): temporary tables while a run evaluates."""

COMPUTING = "computing"
"""The resources whose property is computed (`_id`): a temporary table while a run computes."""

ID = "_id"
HASH = "_hash"
FROM = "_from"
TO = "_to"
SIDE = {1: "_1", 2: "_2"}
RESOURCE_SCHEMA = "resource"
LINK_SCHEMA = "link"
CONTEXT_SCHEMA, ROLE_SCHEMA, DIMENSION_SCHEMA = "context", "role", "dimension"
RESOURCE_HISTORY_SCHEMA = "resource_history"
LINK_HISTORY_SCHEMA = "link_history"

FIRST, LAST = "19000101000000", "20790606000000"
"""The bounds of time: what stands for a start and an end that are not known (provisioning.md §5.1)."""


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal in SQL."""
    return "'" + value.replace("'", "''") + "'"


def resource_table(entity_type: str) -> str:
    """The table of an entity type, in SQL."""
    return f"{quoted(RESOURCE_SCHEMA)}.{quoted(entity_type)}"


def link_table(association: str) -> str:
    """The table of an association, in SQL."""
    return f"{quoted(LINK_SCHEMA)}.{quoted(association)}"


def resource_history_table(entity_type: str) -> str:
    """The table of an entity type's closed versions, in SQL."""
    return f"{RESOURCE_HISTORY_SCHEMA}.{quoted(entity_type)}"


def link_history_table(association: str) -> str:
    """The table of an association's closed links, in SQL."""
    return f"{LINK_HISTORY_SCHEMA}.{quoted(association)}"


def rule_column(scalar: str) -> str:
    """The column that names the rule which gives a scalar, beside the scalar's own."""
    return f"{scalar}#rule"


def context_table(entity_type: str) -> str:
    """The table of the contexts of an entity type's identities, in SQL."""
    return f"{CONTEXT_SCHEMA}.{quoted(entity_type)}"


def role_table(entity_type: str) -> str:
    """The table of the roles that an entity type's identities hold, in SQL."""
    return f"{ROLE_SCHEMA}.{quoted(entity_type)}"


def dimension_table(number: int) -> str:
    """The table of the keys of a dimension's values, in SQL."""
    return f"{DIMENSION_SCHEMA}.{quoted(str(number))}"


def moment(minutes: int) -> str:
    """The present, so many minutes on, in internal text form; in SQL."""
    return f"(SELECT instant FROM provisioning.moment WHERE minutes = {minutes})"
