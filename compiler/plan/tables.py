"""Where things stand in the resource store: the names that the plan's SQL and the runtime agree on.

One table per entity type, `resource."<EntityType>"`: `_id` (BIGINT, unique over all resources), `_hash` (UBIGINT over
the mapped columns, null for a resource that no synchronisation loaded), `_from` (INTEGER, the number of the run that
made this version, null when it is older than that is told), and one VARCHAR column per scalar property in internal
text form. One table per association, `link."<Association>"`: `_1`, `_2`, the `_id`s of both sides, and `_from`.

What was once and is no more stands in tables of the same names in `resource_history` and `link_history`: the same
columns without `_hash`, and `_to`, the number of the run that changed or ended it.
Property identifiers never begin with an underscore, so the names cannot clash.
"""

ORDERED, ORDERED_LINE = "ordered", "ordered_line"
"""The orders that arguments are computed for (`order_id`, `owner_id`, `change`) and what they change (`order_id`,
`property`, `value`, `added_id`, `removed_id`): temporary tables while a run evaluates."""

ID = "_id"
HASH = "_hash"
FROM = "_from"
TO = "_to"
SIDE = {1: "_1", 2: "_2"}
RESOURCE_SCHEMA = "resource"
LINK_SCHEMA = "link"
RESOURCE_HISTORY_SCHEMA = "resource_history"
LINK_HISTORY_SCHEMA = "link_history"


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal in SQL."""
    return "'" + value.replace("'", "''") + "'"


def resource_table(entity_type: str) -> str:
    """The table of an entity type, in SQL."""
    return f"{RESOURCE_SCHEMA}.{quoted(entity_type)}"


def link_table(association: str) -> str:
    """The table of an association, in SQL."""
    return f"{LINK_SCHEMA}.{quoted(association)}"


def resource_history_table(entity_type: str) -> str:
    """The table of an entity type's closed versions, in SQL."""
    return f"{RESOURCE_HISTORY_SCHEMA}.{quoted(entity_type)}"


def link_history_table(association: str) -> str:
    """The table of an association's closed links, in SQL."""
    return f"{LINK_HISTORY_SCHEMA}.{quoted(association)}"
