"""Languages, identifiers, entity types, associations, computed properties (language.md §2, §4.2, §4.7, §4.8)."""

import re
from collections import Counter
from collections.abc import Iterator

from compiler.bind.read import key_field
from compiler.bind.scope import is_navigation
from compiler.checks.registry import Finding, Subject, check
from compiler.model.metadata import EntityAssociation, EntityProperty, EntityType, PropertyType
from compiler.model.model import Model
from compiler.model.node import Node, attributes_of
from compiler.model.provisioning import ResourceType
from compiler.model.tasks import Task

RESERVED = frozenset(
    "id if for while return break else continue ref out class interface struct foreach do char byte string int long "
    "null public private protected static const abstract try catch sealed void true false finally throw exception "
    "override readonly enum delegate".split()
)
"""Words that no entity type and no property may be called, in any letter case (§2.4)."""

LONGEST = 442
"""Characters an identifier may have (§2.3)."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CODE_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@check("E122")
def identifier(it: Subject) -> Iterator[Finding]:
    """Identifiers are well-formed and no reserved words (§2.3, §2.4, provisioning.md §2.3)."""
    for node, _, name, problem in _misnamed(it.model):
        yield Finding(node, f"the identifier `{name}` is not allowed: {problem}", "Identifier")
    for _, each in _properties(it.model):
        if any(len(text) == 2 and text.lower() == "id" for text in each.display_name.values()):
            yield Finding(each, f"property `{each.identifier}` must not be displayed as `Id`", "DisplayName_L1")


def misnamed(model: Model) -> dict[str, list[str]]:
    """The identifiers that are not allowed, by the words with which a finding says that one is missing."""
    found: dict[str, list[str]] = {}
    for node, parent, name, _ in _misnamed(model):
        words = f"`{getattr(parent, 'identifier', '')}` has no property" if parent else f"there is no {node.tag}"
        found.setdefault(words, []).append(name)
    return found


def _misnamed(model: Model) -> Iterator[tuple[Node, Node | None, str, str]]:
    """Every identifier that is not allowed: its item, the item's parent, and why. Most children are called nothing."""
    for kind, pairs in model.kinds.items():
        if not issubclass(kind, Task | EntityProperty):
            pairs = [pair for pair in pairs if pair[1] is None]
        field = "identifier" if issubclass(kind, Task) else key_field(kind) or "tag"
        problems: dict[str, str] = {}
        for node, parent in pairs:
            name = getattr(node, field) or node.tag
            problem = problems.get(name)
            if problem is None:
                problem = problems[name] = _problem(kind, name)
            if problem:
                yield node, parent, name, problem


def _problem(kind: type[Node], name: str) -> str:
    if issubclass(kind, EntityType | EntityProperty):
        if name.lower() in RESERVED:
            return "the word is reserved"
        return "" if _WORD.fullmatch(name) else "write a letter, then letters, digits or underscores, without accents"
    if issubclass(kind, ResourceType) and not _CODE_WORD.fullmatch(name):
        return "write a letter or underscore, then letters, digits or underscores"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    is_plain = name == name.strip() and name.isprintable()
    return "" if is_plain else "it begins or ends with a blank, or holds a control character"


@check("W140")
def suffix_without_language(it: Subject) -> Iterator[Finding]:
    """Each `_L<n>` has its Language; said once for each number."""
    known = {each.indicator_number for each in it.model.languages.values()} or {1}
    first: dict[int, tuple[Node, str]] = {}
    count: Counter[int] = Counter()
    for kind, pairs in it.model.kinds.items():
        for declared in (each for each in attributes_of(kind) if each.xml.family.endswith("_L")):
            for node, _ in pairs:
                for number in getattr(node, declared.field):
                    if number not in known:
                        first.setdefault(number, (node, f"{declared.name}{number}"))
                        count[number] += 1
    for number, (node, attribute) in first.items():
        message = f"no Language has IndicatorNumber {number}; texts that end in `_L{number}`: {count[number]}"
        yield Finding(node, message, attribute)


@check("E141")
def language_indicator(it: Subject) -> Iterator[Finding]:
    """Indicators are from 1 to 16, each for one language."""
    first: dict[int, Node] = {}
    for each in it.model.languages.values():
        number = each.indicator_number
        if not 1 <= number <= 16:
            yield Finding(each, f"IndicatorNumber {number} is not from 1 to 16", "IndicatorNumber")
        elif first.setdefault(number, each) is not each:
            also = ((first[number], "IndicatorNumber", "first used here"),)
            yield Finding(each, f"two languages have IndicatorNumber {number}", "IndicatorNumber", also=also)


@check("E142")
def first_language(it: Subject) -> Iterator[Finding]:
    """One language is the default: number 1."""
    languages = list(it.model.languages.values())
    if languages and all(each.indicator_number != 1 for each in languages):
        help = "give the language of your `_L1` texts the number 1"
        yield Finding(languages[0], "no language has IndicatorNumber 1", "IndicatorNumber", help)


@check("W143")
def no_language(it: Subject) -> Iterator[Finding]:
    """Texts without any declared language are taken for en-US."""
    if not it.model.languages and it.model.kinds:
        help = 'declare `<Language Code="…" IndicatorNumber="1" />`'
        yield Finding(None, "no Language is declared; `_L1` is taken for en-US", help=help)


@check("W150")
def option_type(it: Subject) -> Iterator[Finding]:
    """Type 11 is reserved."""
    for _, each in _properties(it.model):
        if each.type is PropertyType.Option:
            yield Finding(each, f"property `{each.identifier}` is of the reserved type Option", "Type", "use Int32")


@check("W200")
def table_of_entity_type(it: Subject) -> Iterator[Finding]:
    """TableName is for the product's own types."""
    for each in it.model.entity_types.values():
        if each.table_name:
            yield Finding(each, f"the TableName of `{each.identifier}` is ignored", "TableName", "remove it")


@check("E202")
def duplicate_column(it: Subject) -> Iterator[Finding]:
    """Each column of an entity type holds one property."""
    for entity_type in it.model.entity_types.values():
        first: dict[int, EntityProperty] = {}
        for each in entity_type.properties:
            index = each.target_column_index
            if index >= 0 and first.setdefault(index, each) is not each:
                other = first[index]
                message = f"`{each.identifier}` and `{other.identifier}` share column {index}"
                also = ((other, "TargetColumnIndex", "first used here"),)
                yield Finding(each, message, "TargetColumnIndex", "remove both: columns are allocated", also)


@check("E203")
def column_range(it: Subject) -> Iterator[Finding]:
    """Columns are from 0 to 152, -1 for none."""
    for _, each in _properties(it.model):
        if not -1 <= each.target_column_index <= 152:
            message = f"column {each.target_column_index} is not from -1 to 152"
            yield Finding(each, message, "TargetColumnIndex", "remove it: columns are allocated")


@check("E204")
def collection_with_column(it: Subject) -> Iterator[Finding]:
    """A multi-valued ForeignKey lives in the link table."""
    for each in _collections_with_column(it.model):
        if each.type is PropertyType.ForeignKey:
            message = f"`{each.identifier}` is multi-valued and has no column"
            yield Finding(each, message, "TargetColumnIndex", "remove it")


@check("E205")
def binary_with_column(it: Subject) -> Iterator[Finding]:
    """A binary lives in the file table."""
    for _, each in _properties(it.model):
        if each.type is PropertyType.Binary and each.target_column_index >= 0:
            yield Finding(each, f"`{each.identifier}` is binary and has no column", "TargetColumnIndex", "remove it")


@check("E206")
def scalar_in_navigation_column(it: Subject) -> Iterator[Finding]:
    """Columns from 128 on hold links."""
    for entity_type, each in _properties(it.model):
        if not 128 <= each.target_column_index <= 152:
            continue
        if not is_navigation(it.model, entity_type.identifier, each.identifier):
            message = f"`{each.identifier}` is a scalar, but column {each.target_column_index} is for navigations"
            yield Finding(each, message, "TargetColumnIndex", "use a column from 0 to 127, or none")


@check("W207")
def number_as_navigation(it: Subject) -> Iterator[Finding]:
    """Navigations are sometimes declared as Int64."""
    for entity_type, each in _properties(it.model):
        if each.type is PropertyType.Int64 and it.model.side(entity_type.identifier, each.identifier):
            message = f"`{each.identifier}` is a side of an association, but of type Int64"
            yield Finding(each, message, "Type", 'write `Type="ForeignKey"`')


@check("E208")
def entity_type_key(it: Subject) -> Iterator[Finding]:
    """Configuration names a resource by a key."""
    for each in it.model.entity_types.values():
        if not any(declared.is_key for declared in each.properties):
            help = 'give the property that people know a resource by `IsKey="true"`'
            yield Finding(each, f"entity type `{each.identifier}` has no property with IsKey", "Identifier", help)


@check("W209")
def navigation_without_association(it: Subject) -> Iterator[Finding]:
    """A navigation leads somewhere only through an association."""
    for entity_type, each in _properties(it.model):
        if each.type is PropertyType.ForeignKey and not it.model.side(entity_type.identifier, each.identifier):
            message = f"`{entity_type.identifier}:{each.identifier}` is no side of an association; it stays empty"
            yield Finding(each, message, "Identifier", "declare an EntityAssociation for it")


@check("E210")
def two_associations(it: Subject) -> Iterator[Finding]:
    """A property is a side once."""
    first: dict[str, tuple[Node, str]] = {}
    for association, attribute, path in _sides(it.model):
        place = first.setdefault(path, (association, attribute))
        if place != (association, attribute):
            also = ((*place, "first a side here"),)
            help = "declare a property of its own for the second association"
            yield Finding(association, f"`{path}` is already a side of an association", attribute, help, also)


@check("E211")
def side_is_scalar(it: Subject) -> Iterator[Finding]:
    """Associations join navigation properties."""
    for association, attribute, path in _sides(it.model):
        entity_type, _, name = path.partition(":")
        declared = it.model.property(entity_type, name)
        if not is_navigation(it.model, entity_type, name):
            also = ((declared, "Identifier", "declared here"),) if declared else ()
            help = 'give it `Type="ForeignKey"`'
            yield Finding(association, f"`{path}` is no navigation property", attribute, help, also)


@check("E212")
def collection_side_with_column(it: Subject) -> Iterator[Finding]:
    """As E204, for a side that is not declared as ForeignKey."""
    for each in _collections_with_column(it.model):
        if each.type is not PropertyType.ForeignKey:
            message = f"`{each.identifier}` is a multi-valued side and has no column"
            yield Finding(each, message, "TargetColumnIndex", "remove it")


def _properties(model: Model) -> Iterator[tuple[EntityType, EntityProperty]]:
    for entity_type in model.entity_types.values():
        yield from ((entity_type, each) for each in entity_type.properties)


def _collections_with_column(model: Model) -> Iterator[EntityProperty]:
    for side in model.sides.values():
        each = model.property(side.entity_type, side.property) if side.is_collection else None
        if each is not None and each.target_column_index >= 0:
            yield each


def _sides(model: Model) -> Iterator[tuple[EntityAssociation, str, str]]:
    for each in model.associations.values():
        yield each, "Property1", each.property1
        yield each, "Property2", each.property2
