"""A resource of a C# expression and the name after its dot go in; the property reached comes out, a LIST where it is
multi-valued."""

from msgspec.structs import replace

from compiler.expressions import csharp_implicit
from compiler.expressions.infer import Place, conditional, null_at, over_branches
from compiler.expressions.members import Asking, find_any
from compiler.expressions.tree import Binary, Coalesce, Conditional, Each, Expression, Item, ListCall, Path
from compiler.expressions.types import ValueType


def reach(low: Asking, tree: Expression, name: str, place: Place) -> Expression:
    """The property `name` of a resource; of alternatives, the property of the one that is chosen."""
    if isinstance(tree, Conditional):
        return over_branches(tree, lambda branch: reach(low, branch, name, place))
    if isinstance(tree, Coalesce):
        missing = null_at(place)
        present = Binary(
            type=ValueType.BOOLEAN, operator="!=", left=tree.left, right=missing, start=tree.start, end=tree.end
        )
        first, second = (reach(low, branch, name, place) for branch in (tree.left, tree.right))
        return conditional(present, first, second, place, low.report)
    if isinstance(tree, Path) and csharp_implicit.is_implicit(tree):
        return csharp_implicit.member(low, tree, name, place)
    if isinstance(tree, ListCall):
        return _of_picked(low, tree, name, place)
    return _property(low, tree, name, place) if isinstance(tree, Path | Item) else null_at(place)


def _property(low: Asking, tree: Path | Item, name: str, place: Place) -> Expression:
    member = find_any(tree.target or "", name, place, low.scope, low.report)
    if member is None:
        return null_at(place)
    return replace(
        tree,
        type=ValueType.LIST if member.is_collection else member.type,
        item=ValueType.RESOURCE if member.is_collection else None,
        segments=(*tree.segments, member.name),
        target=member.target,
        end=place[1],
    )


def _of_picked(low: Asking, tree: ListCall, name: str, place: Place) -> Expression:
    """The property of the first, last or only one is the first, last or only one of the properties."""
    (source, *others) = tree.arguments
    assert isinstance(source, Each)
    body = reach(low, source.body, name, place)
    properties = replace(source, item=body.type, body=body)
    return replace(tree, type=body.type, item=body.item, arguments=(properties, *others), end=place[1])
