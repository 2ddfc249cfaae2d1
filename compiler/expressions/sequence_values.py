"""A node over lists and the values around it go in, its value comes out: the meaning that `sequences` must have.

A resource is a callable from paths to internal texts, as the input is; a multi-valued navigation leads to a list of
them. A list of values is a Python list.
"""

from collections.abc import Callable
from typing import Any, Protocol, cast

from compiler.expressions.list_functions import LIST_FUNCTIONS
from compiler.expressions.tree import Each, Expression, Fold, Item, Key, ListCall, Path, Sorted, Store
from compiler.expressions.types import ValueType

Value = Callable[[tuple[str, ...]], object]


class Searchable(Protocol):
    """An input from which all resources of an entity type can be had, by their keys."""

    def query(self, entity_type: str) -> list[Value]:
        """Every resource of an entity type."""


class Around:
    """The input and what the variables around a node hold."""

    def __init__(
        self, value: Value, variables: dict[int, Any], evaluate: "Callable[[Expression, Value], object]"
    ) -> None:
        self.value = value
        self.variables = variables
        self._evaluate = evaluate

    def __call__(self, path: tuple[str, ...]) -> object:
        return self.value(path)

    def of(self, tree: Expression) -> Any:
        """The value of a node."""
        return self._evaluate(tree, self)

    def inside(self, tree: Expression, variable: int, item: object) -> Any:
        """The value of a node in which a variable holds an item."""
        return self._evaluate(tree, Around(self.value, {**self.variables, variable: item}, self._evaluate))


def item(tree: Item, around: Around) -> tuple[object, bool]:
    """What a variable holds, and whether it is internal text that is still to be decoded."""
    held = around.variables[tree.variable]
    if callable(held):
        return held(tree.segments), tree.type is not ValueType.LIST
    return (held[int(tree.segments[0])] if tree.segments else held), False


def value(tree: Each | Sorted | Fold | Store | ListCall | Path, around: Around) -> object:
    """A list, or what a function makes of it."""
    if isinstance(tree, Path):
        return around.value(tree.segments)
    if isinstance(tree, ListCall):
        return _called(tree, around)
    if isinstance(tree, Store):
        return _found(tree, around)
    items = around.of(tree.source)
    if items is None:
        return None
    if isinstance(tree, Sorted):
        return _sorted(items, tree.variable, tree.keys, around)
    if isinstance(tree, Fold):
        return _folded(tree, items, around)
    bodies = [_body(tree, number, each, around) for number, each in enumerate(items)]
    if tree.operation == "select":
        return bodies
    return [each for each, holds in zip(items, bodies, strict=True) if holds is True]


def _body(tree: Each, number: int, each: object, around: Around) -> object:
    """The value of the body for an item."""
    if tree.index is not None:
        around = Around(around.value, {**around.variables, tree.index: number}, around._evaluate)
    return around.inside(tree.body, tree.variable, each)


def _called(tree: ListCall, around: Around) -> object:
    function, arguments = LIST_FUNCTIONS[tree.function], [around.of(each) for each in tree.arguments]
    if not function.takes_null and any(each is None for each in arguments):
        return None
    return function.python(*arguments)


def _sorted(items: list[Any], variable: int, keys: tuple[Key, ...], around: Around) -> list[Any]:
    for key in reversed(keys):
        items = sorted(items, key=_place(variable, key, around), reverse=key.is_descending)
    return items


def _place(variable: int, key: Key, around: Around) -> Callable[[Any], Any]:
    def place(each: object) -> tuple[bool, Any]:
        found = around.inside(key.value, variable, each)
        return (False, 0) if found is None else (True, found)

    return place


def _folded(tree: Fold, items: list[Any], around: Around) -> object:
    state = [around.of(each) for each in tree.initial]
    for each in items:
        inner = Around(around.value, {**around.variables, tree.variable: each, tree.state: state}, around._evaluate)
        state = [inner.of(body) for body in tree.body]
    return state[tree.result]


def _found(tree: Store, around: Around) -> list[Any]:
    everything = cast(Searchable, around.value).query(tree.target)
    found = [each for each in everything if around.inside(tree.where, tree.variable, each) is True]
    return _sorted(found, tree.variable, tree.order, around)[: tree.limit]
