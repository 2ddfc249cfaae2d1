"""What there is to compile: one value of one item of the model, with the attributes that say it."""

from typing import Literal

from msgspec import Struct

from compiler.expressions.tree import Expression
from compiler.expressions.types import ValueType
from compiler.model.node import Node

Form = Literal["value", "path", "collection"]
"""How it is said: by binding and expression; by a path to anything; by a path to what may be many resources."""


class Value(Struct, frozen=True):
    """One value to compile: whose it is, in which role, from which attributes, over which entity type.

    `binding_start` is where the binding begins in its attribute; `implicit` are the variables that C# finds there.
    """

    node: Node
    role: str
    entity_type: str
    binding: str | None = None
    binding_attribute: str = "Binding"
    expression: str | None = None
    expression_attribute: str = "Expression"
    expected: ValueType | None = None
    allow_literal: bool = True
    form: Form = "value"
    binding_start: int = 0
    implicit: tuple[tuple[str, Expression], ...] = ()
