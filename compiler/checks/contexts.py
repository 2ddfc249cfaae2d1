"""Context rules and record sections (provisioning.md §2.5, §5)."""

from collections.abc import Iterator

from compiler.bind.context_values import record_type, sections_of
from compiler.bind.values import family_name
from compiler.checks.registry import Finding, Subject, check
from compiler.expressions.infer import targets_of
from compiler.expressions.tree import Path
from compiler.model.contexts import ContextRule, RecordExtensionKind, RecordSection
from compiler.model.metadata import PropertyType

_CERTIFICATION = tuple(f"ResourceCertificationComparison{part}" for part in ("Binding", "Operator", "Value"))

_DATES = tuple(f"Resources{end}{form}" for end in ("Start", "End") for form in ("Binding", "Expression"))
_ALTERNATIVES = ("Resources", "ResourcesStart", "ResourcesEnd")
"""What a context rule says by a binding or by an expression."""


@check("E424")
def section_without_context(it: Subject) -> Iterator[Finding]:
    """Sections refine what a context rule makes."""
    ruled = {rule.source_entity_type for rule in it.model.context_rules.values()}
    for section in it.model.record_sections.values():
        if section.source_entity_type not in ruled:
            message = f"`{section.source_entity_type}` has no ContextRule, so its sections shape nothing"
            help = f'declare a `<ContextRule … SourceEntityType="{section.source_entity_type}" />`'
            yield Finding(section, message, "SourceEntityType", help)


@check("W425")
def no_default_section(it: Subject) -> Iterator[Finding]:
    """One section has what the others do not list."""
    for entity_type, sections in _sections(it).items():
        if not any(section.is_default for section in sections):
            message = f"`{entity_type}` has no default section: dates that are missing have nothing to fall back on"
            yield Finding(sections[0], message, "Identifier", "add a RecordSection without properties")


@check("E426")
def two_default_sections(it: Subject) -> Iterator[Finding]:
    """One section has the rest, and one bounds the time of an identity."""
    for entity_type, sections in _sections(it).items():
        defaults = [section for section in sections if section.is_default]
        for other in defaults[1:]:
            message = f"`{entity_type}` has two sections without properties"
            also = ((defaults[0], "Identifier", "first default section"),)
            yield Finding(other, message, "Identifier", "name the properties of one of them", also)
        bounds = [section for section in sections if section.is_default_boundaries_section]
        for other in bounds[1:]:
            message = f"two sections bound the time of a `{entity_type}`"
            also = ((bounds[0], "IsDefaultBoundariesSection", "first here"),)
            yield Finding(other, message, "IsDefaultBoundariesSection", "keep one", also)


@check("E427")
def bad_section_date(it: Subject) -> Iterator[Finding]:
    """The dates of a section are loaded with its records."""
    computed = {(each.entity_type, each.property): each for each in it.model.property_expressions.values()}
    for section in it.model.record_sections.values():
        dates = (("StartProperty", section.start_property), ("EndProperty", section.end_property))
        for attribute, name in dates:
            declared = it.model.property(section.resource_entity_type, name or "")
            if name and (declared is None or declared.type is not PropertyType.DateTime):
                message = f"`{name}` of `{section.resource_entity_type}` is no DateTime"
                yield Finding(section, message, attribute, "name a property of type DateTime")
            expression = computed.get((section.resource_entity_type, name or ""))
            if expression is not None:
                also = ((expression, "Property", "computed here"),)
                message = f"`{name}` is computed; the dates of a section are not"
                yield Finding(section, message, attribute, "name a property that is loaded or entered", also)


@check("E428")
def property_in_two_sections(it: Subject) -> Iterator[Finding]:
    """A property belongs to one section."""
    for sections in _sections(it).values():
        first: dict[str, RecordSection] = {}
        for section in sections:
            for each in section.properties:
                other = first.setdefault(each.property, section)
                if other is not section:
                    message = (
                        f"`{each.property}` belongs to the sections `{other.identifier}` and `{section.identifier}`"
                    )
                    yield Finding(each, message, "Property", "keep it in one", ((other, "Identifier", "the other"),))


@check("W429")
def excluded_elsewhere(it: Subject) -> Iterator[Finding]:
    """Only the default section has properties that nobody listed."""
    for section in it.model.record_sections.values():
        for each in section.properties if not section.is_default else ():
            if each.is_excluded:
                message = f"IsExcluded is for the default section; `{section.identifier}` lists what it holds"
                yield Finding(each, message, "IsExcluded", "remove the property from this section")


@check("E430")
def half_a_comparison(it: Subject) -> Iterator[Finding]:
    """A comparison compares something, somehow, with something."""
    for rule in it.model.context_rules.values():
        given = [name for name in _CERTIFICATION if rule.element.attributes.get(name)]
        missing = [name for name in _CERTIFICATION if name not in given]
        if given and missing:
            message = f"the comparison for certification lacks {' and '.join(missing)}"
            yield Finding(rule, message, given[0], "give all three, or none")


@check("E431")
def two_sources(it: Subject) -> Iterator[Finding]:
    """A binding or an expression."""
    for rule in it.model.context_rules.values():
        for what in _ALTERNATIVES:
            binding, expression = f"{what}Binding", f"{what}Expression"
            if rule.element.attributes.get(binding) and rule.element.attributes.get(expression):
                also = ((rule, binding, "the binding"),)
                yield Finding(rule, f"{binding} and {expression} say the same thing", expression, "keep one", also)


@check("E433")
def two_context_rules(it: Subject) -> Iterator[Finding]:
    """An identity has the contexts of one rule."""
    first: dict[tuple[str, str], ContextRule] = {}
    for rule in it.model.context_rules.values():
        other = first.setdefault((rule.policy, rule.source_entity_type), rule)
        if other is not rule:
            message = f"`{rule.source_entity_type}` has two context rules in policy `{rule.policy}`"
            also = ((other, "SourceEntityType", "first rule"),)
            yield Finding(rule, message, "SourceEntityType", "make one of the two", also)


@check("E434")
def value_of_another_dimension(it: Subject) -> Iterator[Finding]:
    """What a binding leads to is a value of its dimension."""
    by_number = {each.column_mapping: each for each in it.model.dimensions.values()}
    for rule in it.model.context_rules.values():
        for number in rule.b:
            name, dimension = family_name("B", number), by_number.get(number)
            tree = it.bound.tree(rule, name)
            if dimension is None or not isinstance(tree, Path) or tree.target == dimension.entity_type:
                continue
            found = f"`{tree.target}`" if tree.target else "a scalar value"
            message = f"this leads to {found}, and the values of `{dimension.identifier}` are `{dimension.entity_type}`"
            yield Finding(rule, message, name, also=((dimension, "EntityType", "the dimension"),))


@check("W435")
def written_context(it: Subject) -> Iterator[Finding]:
    """Contexts are results."""
    for context in it.model.contexts:
        yield Finding(context, "contexts are computed; this one is ignored", "", "remove it, and write a ContextRule")


@check("E441")
def other_records(it: Subject) -> Iterator[Finding]:
    """Sections divide the records that the context rule leads to."""
    for rule in it.model.context_rules.values():
        records = record_type(it.model, rule)
        tree = it.bound.tree(rule, "records") if rule.resources_expression and records else None
        for other in sorted(str(each) for each in (targets_of(tree) if tree else ()) if each not in (records, None)):
            message = f"this makes contexts of `{other}`, and sections or bindings of `{records}`"
            yield Finding(rule, message, "ResourcesExpression", f"compute resources of `{records}`")
        for section in sections_of(it.model, rule.source_entity_type) if records else ():
            if section.resource_entity_type != records:
                message = f"the records of context rule `{rule.identifier}` are `{records}`"
                attribute = "ResourcesBinding" if rule.resources_binding else "SourceEntityType"
                also = ((rule, attribute, "its records"),)
                yield Finding(section, message, "ResourceEntityType", f"write `{records}`", also)


@check("W442")
def without_effect(it: Subject) -> Iterator[Finding]:
    """What sections or their kind make void (§5)."""
    for section in it.model.record_sections.values():
        written = section.element.attributes
        if section.extended_sort_key and not section.sort_key_expression:
            message = "ExtendedSortKey has no effect without SortKeyExpression"
            yield Finding(section, message, "ExtendedSortKey", "add SortKeyExpression, or remove it")
        if section.is_default and "BoundaryKind" in written:
            message = "BoundaryKind has no effect on the default section"
            yield Finding(section, message, "BoundaryKind", "remove it")
        for each in section.properties if section.extension_kind is RecordExtensionKind.None_ else ():
            if "ExtensionKind" in each.element.attributes and each.extension_kind is RecordExtensionKind.Default:
                also = ((section, "ExtensionKind", "the section's"),)
                message = f"`{each.property}` is not copied, because its section is not"
                yield Finding(each, message, "ExtensionKind", "remove it", also)
    for rule in it.model.context_rules.values():
        if sections_of(it.model, rule.source_entity_type):
            for name in _DATES:
                if rule.element.attributes.get(name):
                    yield Finding(rule, f"{name} has no effect beside sections, whose dates count", name, "remove it")


def _sections(it: Subject) -> dict[str, list[RecordSection]]:
    """The sections of each entity type of identities."""
    sources = dict.fromkeys(each.source_entity_type for each in it.model.record_sections.values())
    return {entity_type: sections_of(it.model, entity_type) for entity_type in sources}
