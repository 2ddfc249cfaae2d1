"""A tree goes in; its children, how large it is, how deep its SQL will be, and the paths it reads come out.

All without recursion, or with recursion that other limits bound, because trees come from outside.
"""

from collections.abc import Iterator

from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.list_functions import LIST_FUNCTIONS
from compiler.expressions.tree import (
    Binary,
    Call,
    Coalesce,
    Conditional,
    Each,
    Expression,
    Fold,
    Item,
    ListCall,
    Not,
    Path,
    Sorted,
    Store,
)
from compiler.expressions.types import ValueType

LARGEST = 5_000
"""Nodes a tree may have."""

DEEPEST_SQL = 110
"""How deep the SQL of a tree may be nested; sqlglot needs several frames of Python's stack for each level."""


def children(tree: Expression) -> tuple[Expression, ...]:
    """The parts of a node, in the order written."""
    if isinstance(tree, Call | ListCall):
        return tree.arguments
    if isinstance(tree, Each | Sorted | Fold | Store):
        return _list_parts(tree)
    if isinstance(tree, Binary | Coalesce):
        return tree.left, tree.right
    if isinstance(tree, Conditional):
        return tree.test, tree.then, tree.otherwise
    return (tree.operand,) if isinstance(tree, Not) else ()


def _list_parts(tree: Each | Sorted | Fold | Store) -> tuple[Expression, ...]:
    if isinstance(tree, Each):
        return tree.source, tree.body
    if isinstance(tree, Fold):
        return tree.source, *tree.initial, *tree.body
    if isinstance(tree, Sorted):
        return tree.source, *(key.value for key in tree.keys)
    return tree.where, *(key.value for key in tree.order)


def nodes(tree: Expression) -> Iterator[Expression]:
    """Every node of a tree."""
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += children(each)


def excess(tree: Expression) -> str:
    """How a tree is too large to become SQL; empty when it is not."""
    if is_larger(tree, LARGEST):
        return f"the expression has more than {LARGEST} parts"
    return "the expression is nested too deep" if depth(tree) > DEEPEST_SQL else ""


def is_larger(tree: Expression, limit: int) -> bool:
    """Whether a tree has more than `limit` nodes; takes no longer than that many steps."""
    return any(count >= limit for count, _ in enumerate(nodes(tree)))


def paths(tree: Expression) -> frozenset[tuple[str, ...]]:
    """Every property path that a value depends on, those through multi-valued navigations too."""
    origins = _origins(tree)
    found = {each.segments for each in nodes(tree) if isinstance(each, Path)}
    for each in nodes(tree):
        if isinstance(each, Item):
            start = origins.get(each.variable)
            if isinstance(start, tuple):
                found.add((*start, *each.segments))
    return frozenset(found)


def queried(tree: Expression) -> frozenset[tuple[str, tuple[str, ...]]]:
    """Every entity type that a value looks for in the whole store, with each path it reads of its resources."""
    origins = _origins(tree)
    found: set[tuple[str, tuple[str, ...]]] = set()
    for each in nodes(tree):
        if isinstance(each, Item):
            start = origins.get(each.variable)
            if isinstance(start, str):
                found.add((start, each.segments))
    return frozenset(found)


_Origin = tuple[str, ...] | str


def _origins(tree: Expression) -> dict[int, _Origin]:
    """For each variable over resources the path that leads to them, or their entity type where a query finds them."""
    found: dict[int, _Origin] = {}
    for each in nodes(tree):
        if isinstance(each, Store):
            found[each.variable] = each.target
        elif isinstance(each, Each | Sorted | Fold):
            start = _start(each.source, found)
            if start is not None:
                found[each.variable] = start
    return found


def _start(source: Expression, found: dict[int, _Origin]) -> _Origin | None:
    """Where the resources of a list are found; selected values stand for the resources they are of."""
    while isinstance(source, Each | Sorted | Fold | ListCall):
        if isinstance(source, Each) and source.operation == "select" and isinstance(source.body, Item):
            before = _start(source.source, found)
            found.update({} if before is None else {source.variable: before})
            source = source.body
        elif isinstance(source, ListCall) and not source.arguments:
            return None
        else:
            source = source.arguments[0] if isinstance(source, ListCall) else source.source
    if isinstance(source, Store):
        return source.target
    if isinstance(source, Item):
        before = found.get(source.variable)
        return (*before, *source.segments) if isinstance(before, tuple) else before
    return source.segments if isinstance(source, Path) else None


def depth(tree: Expression) -> int:
    """How deep the SQL of a tree is nested. Chains that the SQL writes side by side count once."""
    deepest = 0
    waiting = [(tree, 1)]
    while waiting:
        each, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += ((child, level + _step(each, child)) for child in children(each))
    return deepest


def _step(parent: Expression, child: Expression) -> int:
    if isinstance(parent, Call):
        return FUNCTIONS[parent.function].nesting
    if isinstance(parent, ListCall):
        return LIST_FUNCTIONS[parent.function].nesting
    if isinstance(parent, Each | Sorted | Fold | Store):
        return 4 if isinstance(parent, Each | Store) else 8
    if isinstance(parent, Conditional) and child is parent.then:
        return 2
    if isinstance(parent, Binary) and parent.type is ValueType.DOUBLE:
        return 6
    return 0 if is_chain(parent, child) else 2


def is_chain(parent: Expression, child: Expression) -> bool:
    """Whether two nested nodes are one longer one, as in `a && b && c`, `a + b + c`, `a ?? b ?? c` and `else if`."""
    if isinstance(parent, Binary) and isinstance(child, Binary):
        return parent.operator == child.operator and parent.operator in ("&&", "||", "concat")
    if isinstance(parent, Conditional):
        return isinstance(child, Conditional) and child is parent.otherwise
    return isinstance(parent, Coalesce) and isinstance(child, Coalesce)


def operands(tree: Expression) -> list[Expression]:
    """The parts of a chain of one operation side by side; of anything else its children."""
    found: list[Expression] = []
    waiting = [*reversed(children(tree))]
    while waiting:
        each = waiting.pop()
        if is_chain(tree, each):
            waiting += reversed(children(each))
        else:
            found.append(each)
    return found
