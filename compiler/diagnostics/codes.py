"""The one table of codes: what a finding's code means goes out, for renderers, SARIF and the reference.

The first letter of a code is its severity: E error, W warning, I info. Each line is one code; the lines are sorted
by number. A summary is one constant sentence without names: the finding's message names what is at fault.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """One kind of finding: its code, its short name, and the sentence that is true of each of them."""

    code: str
    name: str
    summary: str


_TABLE = (
    Code("E100", "unreadable-source", "A folder or file of the configuration cannot be read."),
    Code("W101", "missing-xml-declaration", "A file should begin with the XML declaration."),
    Code("E102", "wrong-root", "A file holds one ConfigurationFile element in the language's namespace, or in none."),
    Code("E103", "malformed-xml", "A file must be well-formed XML."),
    Code("E104", "wrong-encoding", "A file must be readable text in the encoding that it declares."),
    Code("E105", "document-type", "Document types and entities of one's own are refused."),
    Code("E106", "text-content", "Elements of the language hold no text; data stands in attributes."),
    Code("E107", "malformed-json", "A settings file must be JSON; comments and trailing commas are allowed."),
    Code("W108", "duplicate-key", "A key that stands twice in one JSON object takes its last value."),
    Code("E109", "nested-too-deep", "A file is nested deeper than the compiler follows."),
    Code("E110", "unknown-attribute", "An element carries only the attributes that the language gives it."),
    Code("E111", "unknown-element", "An element may stand only where the language places it."),
    Code("E112", "missing-attribute", "A required attribute must be present."),
    Code("E113", "bad-value", "A value must have the form of its attribute's type."),
    Code("E114", "bad-choice", "A value of an enumeration must be one of its names or numbers."),
    Code("W115", "letter-case", "A name should be written in its documented letter case."),
    Code("E120", "unresolved-reference", "A reference must name an item that exists."),
    Code("E121", "reference-case", "A reference must be written in the letter case of the item that it names."),
    Code("E122", "bad-identifier", "An identifier must be well-formed and must not be a reserved word."),
    Code("E123", "bad-binding", "Each segment of a binding must be a property of what was reached before it."),
    Code("E124", "bad-literal", "The text of a literal must be a value of the property's type."),
    Code("E125", "literal-not-allowed", "Properties of type DateTime and Binary take no literal."),
    Code("E130", "bad-connection-name", "A connection's identifier is a letter, then letters, digits, dots or hyphens."),
    Code("W131", "underscore-in-connection", "An underscore in a connection's identifier blurs its table names."),
    Code("W132", "vault-unfriendly-identifier", "A vault's keys hold only letters and digits."),
    Code("W140", "suffix-without-language", "A localised attribute should belong to a declared language."),
    Code("E141", "bad-language-indicator", "The indicator of a language is from 1 to 16 and its own."),
    Code("E142", "no-first-language", "One language must have the indicator 1."),
    Code("W143", "no-language", "A configuration without languages is read as American English."),
    Code("W160", "merge-conflict", "Merging keeps the generated value where both sides have one."),
    Code("E161", "children-under-update", "An element in mode Update takes no children."),
    Code("W162", "merge-without-counterpart", "Nothing was generated that this element could be merged with."),
    Code("W163", "mode-without-effect", "Nothing was generated that this element could update or delete."),
    Code("E164", "duplicate-key", "Two items of one kind must not have the same key."),
    Code("W170", "ignored-agent-state", "The state of an agent is a matter of running; it is ignored here."),
    Code("W171", "no-agent", "A connector without an agent is run by Local."),
    Code("E172", "connector-without-connection", "A connector needs at least one connection."),
    Code("E173", "connector-without-entity-type", "A connector needs at least one mapped entity type."),
    Code("W180", "deactivation-without-effect", "A half that the package does not have cannot be switched off."),
    Code("W181", "connection-without-settings", "A connection needs settings under its identifier."),
    Code("W190", "unknown-column", "A column should be among those that the connection can export."),
    Code("W200", "ignored-table-name", "The table of an entity type is not chosen by its author."),
    Code("W201", "allocated-column", "A scalar property without a column index gets the first free one."),
    Code("E202", "duplicate-column", "Two properties of an entity type must not share a column index."),
    Code("E203", "column-out-of-range", "A column index is from -1 to 152."),
    Code("E204", "collection-with-column", "A multi-valued navigation property has no column."),
    Code("E205", "binary-with-column", "A binary property has no column."),
    Code("E206", "scalar-in-navigation-column", "Columns 128 to 152 are for navigation properties."),
    Code("W207", "navigation-as-number", "A side of an association should be of type ForeignKey."),
    Code("E208", "entity-type-without-key", "An entity type needs a property with IsKey."),
    Code("W209", "navigation-without-association", "A navigation property should be a side of an association."),
    Code("E210", "two-associations", "A property can be a side of one association only."),
    Code("E211", "side-not-navigation", "Both sides of an association must be navigation properties."),
    Code("E212", "collection-side-with-column", "A multi-valued side of an association has no column."),
    Code("E220", "mapping-without-connector", "A mapping needs a connector."),
    Code("W221", "foreign-table-name", "A table's name should begin with one of the connector's connections."),
    Code("E222", "no-primary-key", "A mapping needs a primary key."),
    Code("E223", "two-primary-keys", "A mapping has one primary key."),
    Code("E224", "too-many-unique-keys", "A mapping has at most three unique keys besides its primary key."),
    Code("E225", "unmappable-property", "A mapping maps scalar properties of its entity type."),
    Code("E230", "foreign-connector", "An association mapping and the mappings it joins belong to one connector."),
    Code("E231", "not-a-unique-key", "Links are resolved by properties that are unique keys of their mapping."),
    Code("E232", "wrong-side", "Each side of an association mapping must be of its side's entity type."),
    Code("E233", "second-association-mapping", "An association has one mapping."),
    Code("W234", "key-only-in-entity-type", "A key of the entity type should also be a unique key of its mapping."),
    Code("E235", "ambiguous-link-table", "The table of an association mapping cannot be told from its columns."),
    Code("E240", "empty-expression", "A computed property needs an expression, a binding or both."),
    Code("E241", "cyclic-expressions", "Computed properties must not depend on each other in a circle."),
    Code("E242", "two-expressions", "A property has one expression."),
    Code("W243", "mapped-and-computed", "Of a property both mapped and computed, the computed value wins."),
    Code("E270", "connection-cannot-fulfil", "The connection of a resource type mapping must be able to fulfil."),
    Code("E273", "repeated-flag", "Each flag stands on at most one property of a resource type mapping."),
    Code("W274", "unknown-flag", "A flag of a provisioned property should be one that the connection's package reads."),
    Code("E276", "wrong-mapping-element", "A resource type mapping must be one that the connection's package reads."),
    Code("W277", "resource-type-without-mapping", "A resource type that is to be fulfilled needs a mapping."),
    Code("W330", "no-source-roots", "Where SourcesRootPaths is absent, connections may read files anywhere."),
    Code("E500", "unreadable-settings", "A settings file must be readable and hold one JSON object."),
    Code("E501", "missing-setting", "A required key must be present in a connection's settings."),
    Code("E502", "wrong-setting-type", "A setting must have the type that is declared for its key."),
    Code("E503", "setting-not-allowed", "A setting must be among the values that are allowed for its key."),
    Code("W504", "unknown-setting", "A connection's settings should hold only keys that its package reads."),
    Code("E505", "connection-without-settings", "A connection that runs needs settings under its identifier."),
    Code("W506", "ambiguous-settings-file", "Two settings files differ in letter case alone; one of them is not read."),
    Code("I507", "setting-without-effect", "The key is known, but something else decides here."),
    Code("E508", "path-outside-roots", "A file that is read must lie below one of the folders of SourcesRootPaths."),
    Code("W509", "broken-plug-in", "A plug-in could not be loaded; its packages are not at hand."),
)

CODES: dict[str, Code] = {entry.code: entry for entry in _TABLE}
"""Every code by itself, in the order of their numbers."""
