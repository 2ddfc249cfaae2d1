"""A settings Struct goes in; its keys come out as a person writes them, with type, default and documentation.

The one reader of the declarations: validation, JSON Schema and reference pages all walk these values.
"""

import types
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import fields as struct_fields

from compiler.catalogue.package import Key, Secret, Settings


class Form(Struct, frozen=True):
    """What a value must look like: its plain type, the constraints on it, and what `Key` says of it."""

    type: Any
    constraints: tuple[Meta, ...] = ()
    key: Key = Key()

    @property
    def is_structure(self) -> bool:
        """Whether the value is an object with declared keys."""
        return isinstance(self.type, type) and issubclass(self.type, Settings)

    @property
    def is_list(self) -> bool:
        """Whether the value is a list (`tuple[X, ...]`)."""
        return get_origin(self.type) is tuple

    @property
    def is_map(self) -> bool:
        """Whether the value is an object whose keys are the author's own (`dict[str, X]`)."""
        return get_origin(self.type) is dict

    @property
    def item(self) -> "Form":
        """The form of a list's items or of a map's values; a list of paths is declared on the list."""
        inner = form_of(get_args(self.type)[1 if self.is_map else 0])
        return inner if inner.key.path else Form(inner.type, inner.constraints, self.key)

    @property
    def choices(self) -> dict[str, Any]:
        """The values that an enumeration or `Literal` allows, by spelling; empty for other types."""
        if get_origin(self.type) is Literal:
            return {str(value): value for value in get_args(self.type)}
        if isinstance(self.type, type) and issubclass(self.type, Enum):
            return {_spelling(member): member for member in self.type}
        return {}


class Declared(Struct, frozen=True):
    """One key: the field that holds it, its name in JSON, its form; `default` has no meaning when it is required."""

    field: str
    name: str
    form: Form
    required: bool
    default: Any
    description: str
    examples: tuple[Any, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every accepted spelling, the documented one first."""
        return (self.name, *self.form.key.aliases)


@cache
def keys_of(declared: type[Settings]) -> tuple[Declared, ...]:
    """The keys that settings of this type may hold, in the order declared."""
    hints = get_type_hints(declared, include_extras=True)
    return tuple(_declared(field, form_of(hints[field.name])) for field in struct_fields(declared))


def form_of(hint: Any) -> Form:
    """What a type hint asks of a value, through `Annotated` and `| None`, in either order."""
    constraints: list[Meta] = []
    key = Key()
    while True:
        if get_origin(hint) is Annotated:
            hint, *metadata = get_args(hint)
            constraints += (each for each in metadata if isinstance(each, Meta))
            key = next((each for each in metadata if isinstance(each, Key)), key)
        elif get_origin(hint) in (Union, types.UnionType):
            hint = next(part for part in get_args(hint) if part is not type(None))
        else:
            return Form(hint, tuple(constraints), key)


_WORDS = {
    str: "text",
    Secret: "secret text",
    bool: "true or false",
    int: "whole number",
    float: "number",
}


def in_words(form: Form) -> str:
    """What the value is, in words for a person: `whole number`, `list of text`, `one of A, B`."""
    if form.is_list:
        item = in_words(form.item)
        return f"list of {item}s" if item in ("object", "path", "number", "whole number") else f"list of {item}"
    if form.is_map:
        return f"object with any keys, each {in_words(form.item)}"
    if form.is_structure:
        return "object"
    if form.choices:
        return "one of " + ", ".join(form.choices)
    return "path" if form.key.path else _WORDS[form.type]


def with_article(words: str) -> str:
    """`in_words` inside a sentence: `a whole number`, `an object`, `text`."""
    if words.startswith(("text", "secret text", "true", "one of")):
        return words
    return f"an {words}" if words.startswith("o") else f"a {words}"


def _declared(field: Any, form: Form) -> Declared:
    required = field.default is NODEFAULT and field.default_factory is NODEFAULT
    default = field.default_factory() if field.default_factory is not NODEFAULT else field.default
    described = [meta for meta in form.constraints if meta.description]
    return Declared(
        field=field.name,
        name=form.key.name or field.name.title().replace("_", ""),
        form=form,
        required=required,
        default=None if required else default,
        description=str(described[0].description) if described else "",
        examples=tuple(example for meta in form.constraints for example in meta.examples or ()),
    )


def _spelling(member: Enum) -> str:
    return member.value if isinstance(member.value, str) else member.name.rstrip("_")
