"""Properties that are one translation of a neutral property, and properties that group (language.md §2.5, §4.7)."""

from collections.abc import Iterator

from compiler.bind.resolve import property_names
from compiler.checks.registry import Finding, Subject, check
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.metadata import EntityProperty, EntityType
from compiler.model.model import Model


@check("W144")
def half_localised(it: Subject) -> Iterator[Finding]:
    """A translation is of something, and into a language."""
    for _, each in _properties(it.model):
        if each.language and not each.neutral_property:
            message = f"`{each.identifier}` is in `{each.language}`, but names no neutral property"
            yield Finding(each, message, "Language", 'write `NeutralProperty="…"`, or remove Language')
        elif each.neutral_property and not each.language:
            message = f"`{each.identifier}` translates `{each.neutral_property}`, but says into no language"
            yield Finding(each, message, "NeutralProperty", 'write `Language="…"`, or remove NeutralProperty')


@check("E145")
def bad_neutral(it: Subject) -> Iterator[Finding]:
    """A neutral property is no translation itself, is of the same type, and has one translation into a language."""
    first: dict[tuple[str, str, str], EntityProperty] = {}
    for entity_type, each in _properties(it.model):
        if not each.neutral_property:
            continue
        yield from _unlike(it.model, entity_type, each)
        key = (entity_type.identifier, each.neutral_property, each.language or "")
        earlier = first.setdefault(key, each)
        if each.language and earlier is not each:
            message = f"`{each.neutral_property}` is translated into `{each.language}` twice"
            yield Finding(each, message, "Language", also=((earlier, "Language", "first here"),))


def _unlike(model: Model, entity_type: EntityType, each: EntityProperty) -> Iterator[Finding]:
    neutral = model.property(entity_type.identifier, each.neutral_property or "")
    if neutral is None:
        return
    also = ((neutral, "Identifier", "the neutral property"),)
    if neutral is each or neutral.neutral_property:
        message = f"`{neutral.identifier}` is a translation itself" if neutral is not each else "it names itself"
        yield Finding(each, f"`{each.identifier}` has no neutral property: {message}", "NeutralProperty", also=also)
    elif neutral.type is not each.type:
        message = f"`{each.identifier}` is of type {each.type.name}, `{neutral.identifier}` of {neutral.type.name}"
        yield Finding(each, message, "NeutralProperty", "a translation is of the type of its neutral property", also)


@check("E120")
def group(it: Subject) -> Iterator[Finding]:
    """What groups is a property of the resources that the navigation leads to (O-22)."""
    for entity_type, each in _properties(it.model):
        if not each.group_by_property:
            continue
        root, colon, name = each.group_by_property.rpartition(":")
        side = it.model.side(entity_type.identifier, each.identifier)
        target = root if colon else side.target if side else entity_type.identifier
        names = property_names(it.model, target)
        if name not in names:
            message = f"entity type `{target}` has no property `{name}`"
            yield Finding(each, message, "GroupByProperty", did_you_mean(name, names))


def _properties(model: Model) -> Iterator[tuple[EntityType, EntityProperty]]:
    for entity_type in model.entity_types.values():
        yield from ((entity_type, each) for each in entity_type.properties)
