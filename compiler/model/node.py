"""How an element is declared: one frozen Struct per element, one annotated field per attribute.

From these declarations come binding (`compiler.bind.read`), the test that XSD and model agree, completion and the
reference. An attribute's XML name is the field's name in PascalCase unless `Xml(name=…)` says otherwise.
"""

import types
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields as struct_fields

from compiler.source.document import Element

Kind = Literal["text", "reference", "property", "own property", "binding", "expression"]


class Xml(Struct, frozen=True):
    """What the type alone does not say of an attribute.

    `kind`: `reference` names an item of the node type `target`; `property` is `EntityType:Property`; `own property`
    is a property of the entity type that the context implies; `binding` is a path; `expression` is an expression.
    `family` names a family of numbered attributes held in one dict: `DisplayName_L` (1–16, decimal) or `D`, `L`, `R`,
    `P`, `B` (0–127, base32hex), see language.md §2.5 and §2.8. `aliases` are other accepted spellings. The value of a
    `secret` one stands in nothing that is written or shown.
    """

    name: str = ""
    kind: Kind = "text"
    target: str = ""
    family: str = ""
    aliases: tuple[str, ...] = ()
    secret: bool = False


def reference(target: str) -> Xml:
    """An attribute that names an item of node type `target` by its identifier."""
    return Xml(kind="reference", target=target)


Localised = dict[int, str]
"""Texts by language indicator: `DisplayName_L1` is `{1: …}`."""

PropertyPath = Annotated[str, Xml(kind="property")]
OwnProperty = Annotated[str, Xml(kind="own property")]
Binding = Annotated[str, Xml(kind="binding")]
ExpressionText = Annotated[str, Xml(kind="expression")]
DisplayName = Annotated[Localised, Xml(family="DisplayName_L")]
Description = Annotated[Localised, Xml(family="Description_L")]
DimensionValues = Annotated[dict[int, str], Xml(family="D")]
DimensionBindings = Annotated[dict[int, str], Xml(family="B", kind="binding")]
DimensionInheritance = Annotated[dict[int, bool], Xml(family="L")]
RequiredParameters = Annotated[dict[int, bool], Xml(family="R")]
DimensionRules = Annotated[dict[int, bool], Xml(family="P")]


class Node(Struct, frozen=True, kw_only=True, eq=False):
    """One item of the model: `element` is where it stands, `tag` its name in XML. No run reads one that is `idle`."""

    tag: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    idle: ClassVar[bool] = False
    element: Element


class Attribute(Struct, frozen=True):
    """One declared attribute: the field that holds it, its XML name or family, its plain type and what it refers to."""

    field: str
    name: str
    type: Any
    required: bool
    default: Any
    xml: Xml


class Children(Struct, frozen=True):
    """One declared kind of child: the field that holds the tuple and the node type of its items."""

    field: str
    node: type[Node]


@cache
def attributes_of(node: type[Node]) -> tuple[Attribute, ...]:
    """The attributes an element may carry, in the order declared."""
    return tuple(declared for declared in _declared(node) if isinstance(declared, Attribute))


@cache
def children_of(node: type[Node]) -> tuple[Children, ...]:
    """The kinds of children an element may have, in the order declared."""
    return tuple(declared for declared in _declared(node) if isinstance(declared, Children))


@cache
def child_fields(node: type[Node]) -> tuple[str, ...]:
    """The fields that hold children, each once."""
    return tuple(dict.fromkeys(declared.field for declared in children_of(node)))


def _declared(node: type[Node]) -> Iterator[Attribute | Children]:
    hints = get_type_hints(node, include_extras=True)
    for field in struct_fields(node):
        if field.name == "element":
            continue
        plain, xml = _unwrap(hints[field.name])
        if get_origin(plain) is tuple:
            for item in _alternatives(get_args(plain)[0]):
                yield Children(field.name, item)
            continue
        required = field.default is NODEFAULT and field.default_factory is NODEFAULT
        default = None if field.default is NODEFAULT else field.default
        name = xml.family or xml.name or field.name.title().replace("_", "")
        yield Attribute(field.name, name, plain, required, default, xml)


def _alternatives(item: Any) -> tuple[Any, ...]:
    """The kinds of nodes that a hint names; one without a tag stands for all of its own kinds."""
    named = get_args(item) if get_origin(item) in (Union, types.UnionType) else (item,)
    return tuple(kind for each in named for kind in ((each,) if each.tag else each.__subclasses__()))


def _unwrap(hint: Any) -> tuple[Any, Xml]:
    """The plain type and the `Xml` of a hint, through `Annotated` and `| None`, in either order."""
    xml = Xml()
    while True:
        if get_origin(hint) is Annotated:
            plain, *metadata = get_args(hint)
            xml = next((found for found in metadata if isinstance(found, Xml)), xml)
            hint = plain
        elif get_origin(hint) in (Union, types.UnionType):
            hint = next(part for part in get_args(hint) if part is not type(None))
        else:
            return hint, xml


def enum_names(enumeration: type[Enum]) -> dict[str, Enum]:
    """The spellings XML may use for an enumeration: its members' names, and their numbers where documented.

    A trailing underscore keeps a member clear of a Python keyword (`None_`) and is no part of its name in XML.
    """
    names: dict[str, Enum] = {name.rstrip("_"): member for name, member in enumeration.__members__.items()}
    names.update({str(member.value): member for member in enumeration if isinstance(member.value, int)})
    return names
