"""The one tree of the expression language. Frozen; every node knows its type and the characters it was written as.

`start` and `end` are offsets in the attribute's decoded value. A statement body has become a single expression:
`if`/`return` are `Conditional`, a local variable is replaced by its value, `foreach` is a `Fold`.

A LIST holds values of one type, in an order that depends on nothing but the data. What a lambda, a loop or a query is
about has a number, unique in the tree; `Item` reads it.
"""

from typing import Literal

from msgspec import Struct

from compiler.expressions.types import ValueType

ORDER = "$order"
"""Where a path begins that is about a provisioning order; no property has such a name. It goes on as
`csharp_implicit` says."""

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "%", "concat"]


class Node(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="node", tag=str.lower):
    """What all nodes carry. `item` is the type of the items of a LIST."""

    type: ValueType
    item: ValueType | None = None
    start: int = 0
    end: int = 0


class Constant(Node, frozen=True, kw_only=True):
    """A value known when the configuration is compiled; None is null."""

    value: str | int | float | bool | None


class Path(Node, frozen=True, kw_only=True):
    """A property reached from the input resource through mono-valued navigations; the last segment is the value.

    Null wherever a resource on the way is missing. A path that ends in a navigation has type RESOURCE; an empty
    path is the input resource itself. `target` is the entity type a RESOURCE path arrives at. A path that ends in a
    multi-valued navigation has type LIST: the resources of `target` linked, by their key (null where the resource
    before it is missing).
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


class Item(Node, frozen=True, kw_only=True):
    """What the variable of an enclosing `Each`, `Sorted`, `Fold` or `Store` holds (no segments), or a property reached
    from it as by a `Path`. Of the state of a `Fold` the one segment is the number of an accumulator."""

    variable: int
    segments: tuple[str, ...] = ()
    target: str | None = None


class Key(Struct, frozen=True, kw_only=True):
    """What a list is sorted by; null comes before everything else, and last when descending."""

    value: "Expression"
    is_descending: bool = False


class Each(Node, frozen=True, kw_only=True):
    """A list: `where` keeps the items for which `body` holds, `select` puts the body's value in each item's place.

    `index` is the variable that holds an item's number, from 0, where the body asks for it.
    """

    operation: Literal["where", "select"]
    source: "Expression"
    variable: int
    body: "Expression"
    index: int | None = None


class Sorted(Node, frozen=True, kw_only=True):
    """A list in the order of keys, the first most significant; equal items stay in their order."""

    source: "Expression"
    variable: int
    keys: tuple[Key, ...]


class Fold(Node, frozen=True, kw_only=True):
    """A loop over a list: the accumulator number `result` after the last item.

    Every accumulator begins as its `initial`, and becomes its `body` with each item; in the bodies `Item(variable)` is
    the item and `Item(state, (number,))` an accumulator before it.
    """

    source: "Expression"
    variable: int
    state: int
    initial: tuple["Expression", ...]
    body: tuple["Expression", ...]
    result: int


class Store(Node, frozen=True, kw_only=True):
    """The resources of entity type `target` for which `where` holds, by `order` and then by key, at most `limit`."""

    target: str
    variable: int
    where: "Expression"
    order: tuple[Key, ...] = ()
    limit: int | None = None


class ListCall(Node, frozen=True, kw_only=True):
    """A function of `compiler.expressions.list_functions.LIST_FUNCTIONS` applied to its arguments.

    `listof` makes a list of its arguments, `mapof` a map of its arguments, key and value in turn.
    """

    function: str
    arguments: tuple["Expression", ...]


Expression = (
    Constant | Path | Call | Binary | Not | Conditional | Coalesce | Item | Each | Sorted | Fold | Store | ListCall
)


class Problem(Struct, frozen=True):
    """Something wrong in an expression or binding: a code of the diagnostics table and the characters at fault."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
