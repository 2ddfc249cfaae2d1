"""One JSON value and the form it must have go in; the typed value comes out, or a sentence on what is wrong.

Booleans and numbers may be given as text, as encrypted files, vaults and variables do. A sentence never quotes the
value: it could be a secret that stands under the wrong key.
"""

import re
from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any

import msgspec

from compiler.catalogue.declaration import Form, in_words, with_article
from compiler.catalogue.package import Secret
from compiler.diagnostics.suggest import did_you_mean

Given = str | int | float | bool


class WrongType(Exception):
    """The value is of another type; the message names both."""


class NotAllowed(Exception):
    """The value is of the right type, but not one of those allowed; the message says which are."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def typed(given: Given, form: Form) -> Any:
    """The value as its declaration wants it. Raises `WrongType` or `NotAllowed`."""
    if choices := form.choices:
        return _choice(given, choices)
    value = _READERS[form.type](given)
    if value is None:
        raise WrongType(f"must be {with_article(in_words(form))}, not {kind_of(given)}")
    obey(value, form)
    return Secret(value) if form.type is Secret else value


def kind_of(given: object) -> str:
    """What a JSON value is, in words."""
    return next(words for kind, words in _KINDS if isinstance(given, kind))


_KINDS: tuple[tuple[type, str], ...] = (
    (str, "text"),
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (object, "null"),
)


def _text(given: Given) -> str | None:
    return given if isinstance(given, str) else None


def _boolean(given: Given) -> bool | None:
    return {"true": True, "false": False}.get(str(given).strip().lower())


def _integer(given: Given) -> int | None:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    return int(given) if isinstance(given, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", given) else None


def _number(given: Given) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, str) and not re.fullmatch(r"\s*[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\s*", given):
        return None
    number = float(given)
    return number if isfinite(number) else None


_READERS: dict[Any, Callable[[Given], Any]] = {
    str: _text,
    Secret: _text,
    bool: _boolean,
    int: _integer,
    float: _number,
}


def _choice(given: Given, choices: dict[str, Any]) -> Any:
    """The choice of that spelling in any letter case, or of that number where choices are numbered."""
    spellings = {spelling.lower(): value for spelling, value in choices.items()}
    numbers = {str(int(value)): value for value in choices.values() if isinstance(value, int)}
    text = str(given).strip().lower()
    found = spellings.get(text, numbers.get(text))
    if found is None:
        raise NotAllowed(f"must be {_listed(list(choices))}", did_you_mean(str(given), choices))
    return found


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def obey(value: Any, form: Form) -> None:
    """Check the constraints of `msgspec.Meta` (`ge`, `le`, `pattern` …); raises `NotAllowed`."""
    plain: Any = str if form.type is Secret else tuple[Any, ...] if form.is_list else form.type
    for constraint in form.constraints:
        try:
            msgspec.convert(value, Annotated[plain, constraint])
        except msgspec.ValidationError as error:
            raise NotAllowed(f"is not allowed: {_plainly(str(error))}") from None


def _plainly(message: str) -> str:
    """msgspec's sentence in our words: "Expected `int` >= 1" becomes "expected a value >= 1"."""
    return re.sub(r"^Expected `\w+`", "expected a value", message)
