"""An attribute's binding and expression, as written, go in; one typed tree and everything wrong with it come out."""

from msgspec import Struct

from compiler.expressions.tree import Expression, Problem
from compiler.expressions.types import Scope, ValueType


class Compiled(Struct, frozen=True):
    """A value and the findings about it. `tree` is None when there is an error.

    `problems` carry offsets in the expression's text, `binding_problems` offsets in the binding's text.
    """

    tree: Expression | None
    problems: tuple[Problem, ...] = ()
    binding_problems: tuple[Problem, ...] = ()


def compile_expression(
    *,
    expression: str | None,
    binding: str | None,
    entity_type: str,
    scope: Scope,
    expected: ValueType | None,
    allow_literal: bool = True,
) -> Compiled:
    """The tree of a rule's binding and expression over resources of `entity_type` (provisioning.md §4.1).

    `expected` is the type the value must have, None for any scalar.
    """
    raise NotImplementedError


def compile_binding(binding: str, entity_type: str, scope: Scope) -> Compiled:
    """The path a binding names, from a resource of `entity_type` (language.md §2.6)."""
    raise NotImplementedError


def paths_of(tree: Expression) -> frozenset[tuple[str, ...]]:
    """Every property path that the value of a tree depends on."""
    raise NotImplementedError
