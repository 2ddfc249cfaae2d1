"""Password reset settings, and the expressions that passwords are tested with (language.md §4.15, §4.17)."""

import re
from collections.abc import Iterator

from compiler.bind.connector_values import OWNER
from compiler.checks.registry import Finding, Subject, check
from compiler.expressions.patterns import Pattern, to_re2
from compiler.model.fulfilment import PasswordResetMode, PasswordResetSettings
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.settings import PasswordTestsSetting

_QUOTED = re.compile(r"\s*'((?:[^']|'')*)'\s*(,|$)")


@check("E261")
def no_password(it: Subject) -> Iterator[Finding]:
    """An account that gets a password gets one from somewhere."""
    used = {getattr(each, "password_reset_setting", None) for each in it.model.resource_type_mappings.values()}
    for each in it.model.password_reset_settings.values():
        gives = each.mode is not PasswordResetMode.Disabled
        if gives and not each.auto_generate and not each.default_password and each.identifier in used:
            message = f"`{each.identifier}` gives a password, but has none and generates none"
            yield Finding(each, message, "Identifier", 'write `AutoGenerate="true"`')


@check("W262")
def plain_password(it: Subject) -> Iterator[Finding]:
    """Whoever reads the configuration reads the password."""
    for each in it.model.password_reset_settings.values():
        if each.default_password:
            message = f"the DefaultPassword of `{each.identifier}` can be read by whoever reads this file"
            yield Finding(each, message, "Identifier", 'remove it and write `AutoGenerate="true"`')


@check("E263")
def strength(it: Subject) -> Iterator[Finding]:
    """Each expression in single quotes, separated by commas; or one without quotes."""
    for node, attribute, text in _expressions(it.model):
        expressions = quoted_expressions(text)
        if expressions is None:
            message = f"{attribute} is no list of expressions in single quotes"
            yield Finding(node, message, attribute, "write `'first','second'`; a quote inside is written twice")
        for each in expressions or ():
            problem = _malformed(to_re2(each))
            if problem:
                yield Finding(node, f"`{each}` of {attribute}: {problem}", attribute)


@check("E265")
def address(it: Subject) -> Iterator[Finding]:
    """Paths begin at the assignment, go on to its owner, and narrow it to an entity type."""
    for each in it.model.password_reset_settings.values():
        for name, text in each.element.attributes.items():
            root, colon, _ = text.removeprefix(OWNER).partition(":")
            if name.endswith("Binding") and text and not (colon and root in it.model.entity_types):
                message = f"`{text}` does not say of which entity type the owner is"
                help = f"write `{OWNER}` and then EntityType:Property"
                yield Finding(each, message, name, help)


@check("E264")
def counts(it: Subject) -> Iterator[Finding]:
    """A password has some characters, and no fewer than none of a kind."""
    for each in it.model.password_reset_settings.values():
        for name, text in each.element.attributes.items():
            if name.startswith("Generated") and text.strip().startswith("-"):
                yield Finding(each, f"{name} is negative", name, "write 0 or more")


def quoted_expressions(text: str) -> list[str] | None:
    """The expressions of a StrengthCheck; None for one that cannot be taken apart (O-53)."""
    text = text.strip()
    if not text.startswith("'"):
        return [text] if text else []
    found, at = [], 0
    while at < len(text):
        match = _QUOTED.match(text, at)
        if match is None or (match[2] == "," and match.end() == len(text)):
            return None
        found.append(match[1].replace("''", "'"))
        at = match.end()
    return found


def _malformed(pattern: Pattern) -> str:
    """Nothing is matched with it here, so what only RE2 lacks is no mistake."""
    return pattern.problem if pattern.problem.startswith("it is no regular expression") else ""


def _expressions(model: Model) -> Iterator[tuple[Node, str, str]]:
    settings: tuple[Node, ...] = (*model.password_reset_settings.values(), *model.settings)
    for each in settings:
        if isinstance(each, PasswordResetSettings) and each.strength_check:
            yield each, "StrengthCheck", each.strength_check
        if isinstance(each, PasswordTestsSetting) and each.password_regex:
            yield each, "PasswordRegex", each.password_regex
