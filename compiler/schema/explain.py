"""A document that the XSD refused, to findings that say what is wrong with which element, attribute or value."""

import re
from collections.abc import Collection, Iterator
from functools import cache, lru_cache

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.diagnostics.suggest import closest, did_you_mean
from compiler.schema.base32hex import base32hex
from compiler.schema.grammar import AttributeRule, ElementRule, ValueType, every_rule, grammar
from compiler.source.document import Element

_LISTED = 12
"""Names that a help lists at most."""

_DIMENSION = re.compile(r"[A-Z][1-3]?[0-9a-v]", re.IGNORECASE)
"""An attribute of a numbered family; its number is base32hex, in either letter case."""

_DECIMAL = re.compile(r"[A-Z][0-9]{2,3}")
"""An attribute of a numbered family whose number was written in decimal digits."""


def explain(root: Element) -> list[Diagnostic]:
    """Every departure from the XSD below the root of a file, in document order."""
    return list(_explain(root, grammar()))


def _explain(element: Element, rule: ElementRule) -> Iterator[Diagnostic]:
    yield from _attributes(element, rule)
    for child in element.children:
        known = rule.children.get(child.name)
        if known is None:
            yield _unknown_element(child, rule)
        elif not known.ignored:
            yield from _explain(child, known)


def _attributes(element: Element, rule: ElementRule) -> Iterator[Diagnostic]:
    meant: set[str | None] = set()
    for name, value in element.attributes.items():
        known = rule.attributes.get(name)
        if known is not None:
            yield from _value(element, known, value)
        else:
            candidates = [other for other in rule.attributes if other not in element.attributes]
            meant.add(closest(name, candidates))
            yield _unknown_attribute(element, name, rule)
    for missing in () if _is_partial(element) else rule.attributes.values():
        if missing.required and missing.name not in element.attributes and missing.name not in meant:
            message = f"`{element.name}` needs the attribute `{missing.name}`"
            yield Diagnostic("E112", message, element.span(), help=_say(missing))


def _is_partial(element: Element) -> bool:
    """Whether what the element lacks comes from a generated one; what is missing then is found after they have met."""
    return "ConsolidationMode" in element.attributes and "Identifier" in element.attributes


def _unknown_attribute(element: Element, name: str, rule: ElementRule) -> Diagnostic:
    span = element.attribute_span(name)
    if _DIMENSION.fullmatch(name) and name[0] + name[1:].upper() in rule.attributes:
        message = f"the attribute `{name}` is read as `{name[0] + name[1:].upper()}`"
        return Diagnostic("W115", message, span, help="write the number in capital letters")
    candidates = [other for other in rule.attributes if other not in element.attributes]
    hint = _in_base32hex(name, rule) or did_you_mean(name, candidates) or _listed("it takes", rule.attributes)
    return Diagnostic("E110", f"`{element.name}` has no attribute `{name}`", span, "unknown attribute", help=hint)


def _in_base32hex(name: str, rule: ElementRule) -> str:
    """The name of a dimension whose number was written in decimal digits, D127 for D3V."""
    meant = name[:1] + base32hex(int(name[1:])) if _DECIMAL.fullmatch(name) else ""
    return f"numbers of dimensions are in base32hex: {name[1:]} is `{meant}`" if meant in rule.attributes else ""


def _unknown_element(element: Element, rule: ElementRule) -> Diagnostic:
    places = _places(element.name)
    if places or element.name == grammar().name:
        message = f"`{element.name}` does not stand inside `{rule.name}`"
        hint = _listed("it stands inside", places) if places else "it is the root of a file"
        return Diagnostic("E111", message, element.span(), "not allowed here", help=hint)
    message = f"`{element.name}` is no element of the language"
    hint = did_you_mean(element.name, rule.children) or did_you_mean(element.name, _names())
    if not hint:
        hint = _listed(f"inside `{rule.name}` stand", rule.children) if rule.children else "nothing stands here"
    return Diagnostic("E111", message, element.span(), "unknown element", help=hint)


@lru_cache(maxsize=512)
def _places(name: str) -> tuple[str, ...]:
    """The elements inside which an element of that name may stand."""
    return tuple(dict.fromkeys(rule.name for rule in every_rule() if name in rule.children))


@cache
def _names() -> tuple[str, ...]:
    """Every element of the language."""
    return tuple(dict.fromkeys(rule.name for rule in every_rule()))


def _value(element: Element, attribute: AttributeRule, value: str) -> Iterator[Diagnostic]:
    kind = attribute.type
    if kind.choices and value not in kind.choices:
        yield _bad_choice(element, attribute, value)
    elif not _well_formed(kind, value):
        message = f"`{attribute.name}` does not take `{_short(value)}`" if value else f"`{attribute.name}` is empty"
        yield Diagnostic("E113", message, element.value_span(attribute.name), help=_accepts(kind))


def _well_formed(kind: ValueType, value: str) -> bool:
    if kind.name == "xs:int":
        return bool(re.fullmatch(kind.pattern, value, re.ASCII)) and len(value) < 40 and abs(int(value) * 2 + 1) < 2**32
    return not kind.pattern or bool(re.fullmatch(kind.pattern, value))


def _bad_choice(element: Element, attribute: AttributeRule, value: str) -> Diagnostic:
    span, choices = element.value_span(attribute.name), attribute.type.choices
    alike = next((choice for choice in choices if choice.lower() == value.lower()), None)
    if alike:
        return Diagnostic("W115", f"`{value}` is read as `{alike}`", span, help=f"write `{alike}`")
    message = f"`{attribute.name}` does not take `{_short(value)}`"
    code = "E113" if attribute.type.name == "Boolean" else "E114"
    names = [choice for choice in choices if not choice.isdigit()]
    hints = (did_you_mean(value, names), f"it takes {', '.join(f'`{name}`' for name in names)}")
    return Diagnostic(code, message, span, help=" ".join(hint for hint in hints if hint))


def _accepts(kind: ValueType) -> str:
    return f"it takes {kind.accepts[0].lower()}{kind.accepts[1:].rstrip('.')}" if kind.accepts else ""


def _say(attribute: AttributeRule) -> str:
    text = attribute.documentation.rstrip(".")
    return f"`{attribute.name}`: {text[0].lower()}{text[1:]}" if text else ""


def _listed(words: str, names: Collection[str]) -> str:
    return f"{words} {', '.join(f'`{name}`' for name in names)}" if 0 < len(names) <= _LISTED else ""


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:60] + "…"
