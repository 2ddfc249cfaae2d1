"""What the methods of LINQ share: one call, what is gone through and how an item of it is named."""

from typing import TYPE_CHECKING

from msgspec import Struct

from compiler.expressions import infer
from compiler.expressions.infer import Place
from compiler.expressions.members import Asking
from compiler.expressions.tree import Constant, Each, Expression, Item, ListCall, Sorted
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

SORTABLE = (
    ValueType.STRING,
    ValueType.CHAR,
    ValueType.INTEGER,
    ValueType.DOUBLE,
    ValueType.DATETIME,
    ValueType.BOOLEAN,
    ValueType.GUID,
)
"""Types of which values have an order."""


class Linq(Struct, frozen=True):
    """One call: the collection, the method's name and place, the argument nodes, the place of the whole."""

    low: "Lowering"
    source: Expression
    name: str
    name_place: Place
    given: "list[Node]"
    place: Place

    def node(self, function: str, kind: ValueType, *arguments: Expression, item: ValueType | None = None) -> Expression:
        """A function over lists as the call's value."""
        return ListCall(
            type=kind, item=item, function=function, arguments=arguments, start=self.place[0], end=self.place[1]
        )

    def error(self, code: str, message: str, help: str = "") -> Constant:
        """Something wrong with the method."""
        return self.low.report.error(code, message, self.name_place, help)


def as_list(tree: Expression) -> Expression:
    """A text as the list of its characters."""
    if tree.type is not ValueType.STRING:
        return tree
    at = infer.place_of(tree)
    kind, item = ValueType.LIST, ValueType.CHAR
    return ListCall(type=kind, item=item, function="characters", arguments=(tree,), start=at[0], end=at[1])


def opened(low: Asking, source: Expression) -> tuple[Expression, int, Expression, Each | None]:
    """What is gone through, its variable, what an item is, and the selection of resources to be put back around.

    Resources reached from resources stay resources: what is done to `groups.Select(g => g.Owner)` is done to the
    groups, and the owners are selected last.
    """
    if isinstance(source, Each) and source.operation == "select" and source.item is ValueType.RESOURCE:
        return source.source, source.variable, source.body, source
    variable = source.variable if isinstance(source, Sorted) else low.report.variable()
    return source, variable, item_of(source, variable), None


def item_of(source: Expression, variable: int) -> Item:
    """What a variable holds that goes through a list."""
    targets = infer.targets_of(source) if source.item is ValueType.RESOURCE else frozenset[str | None]()
    return Item(
        type=source.item or ValueType.NULL, variable=variable, target=next(iter(targets), None), start=source.start
    )


def inside(source: Expression) -> tuple[Expression, Each | None]:
    """What resources are selected from, and the selection; the list itself where nothing is selected."""
    if isinstance(source, Each) and source.operation == "select" and source.item is ValueType.RESOURCE:
        return source.source, source
    return source, None


def each(
    linq: Linq, operation: str, base: Expression, variable: int, body: Expression, index: int | None = None
) -> Each:
    """A list made of another one, item by item."""
    start, end = linq.place
    item = base.item if operation == "where" else body.type
    return Each(
        type=ValueType.LIST,
        item=item,
        operation="where" if operation == "where" else "select",
        source=base,
        variable=variable,
        body=body,
        index=index,
        start=start,
        end=end,
    )
