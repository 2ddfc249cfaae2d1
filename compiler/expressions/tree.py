"""The one tree of the expression language. Frozen; every node knows its type and the characters it was written as.

`start` and `end` are offsets in the attribute's decoded value. A statement body has become a single expression:
`if`/`return` are `Conditional`, a local variable is replaced by its value.
"""

from typing import Literal

from msgspec import Struct

from compiler.expressions.types import ValueType

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "%", "concat"]


class Node(Struct, frozen=True, kw_only=True):
    """What all nodes carry."""

    type: ValueType
    start: int = 0
    end: int = 0


class Constant(Node, frozen=True, kw_only=True):
    """A value known when the configuration is compiled; None is null."""

    value: str | int | float | bool | None


class Path(Node, frozen=True, kw_only=True):
    """A property reached from the input resource through mono-valued navigations; the last segment is the value.

    Null wherever a resource on the way is missing. A path that ends in a navigation has type RESOURCE; an empty
    path is the input resource itself. `target` is the entity type a RESOURCE path arrives at.
    """

    segments: tuple[str, ...]
    target: str | None = None


class Call(Node, frozen=True, kw_only=True):
    """A function of `compiler.expressions.functions.FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple["Expression", ...]


class Binary(Node, frozen=True, kw_only=True):
    """Two operands; `concat` is string `+` in which null counts as empty."""

    operator: Operator
    left: "Expression"
    right: "Expression"


class Not(Node, frozen=True, kw_only=True):
    """Logical negation."""

    operand: "Expression"


class Conditional(Node, frozen=True, kw_only=True):
    """`test ? then : otherwise`, and every `if`/`return`."""

    test: "Expression"
    then: "Expression"
    otherwise: "Expression"


class Coalesce(Node, frozen=True, kw_only=True):
    """`left ?? right`."""

    left: "Expression"
    right: "Expression"


Expression = Constant | Path | Call | Binary | Not | Conditional | Coalesce


class Problem(Struct, frozen=True):
    """Something wrong in an expression or binding: a code of the diagnostics table and the characters at fault."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
