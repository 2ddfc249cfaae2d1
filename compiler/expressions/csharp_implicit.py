"""What C# asks of `provisioningOrder`, `assignment` and `Random` goes in; for the first two, paths that whoever makes
the query knows come out.

Of an order: its `ChangeType`, a text; and, each followed by a property of the target, `HasChanged`, a Boolean,
`NewValue`, and `Added` and `Removed`, LISTs of the resources that it is linked to now or no longer
(provisioning.md §12.4).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import infer
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.infer import Place
from compiler.expressions.members import Asking, find_any
from compiler.expressions.tree import ORDER, Constant, Expression, Path
from compiler.expressions.types import Member, ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

PROVISIONING_ORDER = "provisioningOrder"
ASSIGNMENT = "assignment"

_ASSIGNED = "$assignment"
_RANDOM = "$random"
_HIGHEST = 2**31 - 1
_PERIOD = ("StartDate", "EndDate", "ParametersValues")
_CHANGES = {"IsNone": "None", "IsAdded": "Added", "IsUpdated": "Modified", "IsDeleted": "Deleted"}
_NAVIGATIONS = {"TryGetAddedNavigations": "Added", "TryGetRemovedNavigations": "Removed"}


def provisioning_order(target: str) -> Path:
    """The order that `ArgumentsExpression` is about; it changes resources of the entity type `target`."""
    return Path(type=ValueType.RESOURCE, segments=(ORDER,), target=target)


def assignment() -> Path:
    """The assigned resource type that a scalar rule is evaluated for."""
    return Path(type=ValueType.RESOURCE, segments=(_ASSIGNED,))


def random(seed: str, place: Place) -> Path:
    """`new Random()`; it is nothing but its methods."""
    return Path(type=ValueType.RESOURCE, segments=(_RANDOM, seed), start=place[0], end=place[1])


def is_implicit(tree: Expression) -> bool:
    """Whether a value is an order, its kind of change, an assignment, or `Random`."""
    if not isinstance(tree, Path):
        return False
    return tree.segments in ((ORDER,), (ORDER, "ChangeType"), (_ASSIGNED,)) or tree.segments[:1] == (_RANDOM,)


def member(low: Asking, tree: Path, name: str, place: Place) -> Expression:
    """`provisioningOrder.ChangeType`, `assignment.StartDate`."""
    if tree.segments == (_ASSIGNED,):
        return _of_assignment(low, name, place)
    if tree.segments[0] == _RANDOM:
        return low.report.error("E601", f"`Random` has no `{name}`", place, "there are Next and NextDouble")
    if name == "ChangeType":
        return _path(ValueType.STRING, (ORDER, name), place)
    known = ["ChangeType", *_METHODS]
    help = did_you_mean(name, known) or "there are " + ", ".join(known)
    return low.report.error("E601", f"a provisioning order has no `{name}`", place, help)


def _of_assignment(low: Asking, name: str, place: Place) -> Expression:
    if name in _PERIOD:
        message = f"`{name}` of an assignment is not supported yet: assignments have no periods here"
        return low.report.error("E499", message, place, "use a date of the owner")
    help = did_you_mean(name, _PERIOD) or "there are " + ", ".join(_PERIOD)
    return low.report.error("E601", f"an assignment has no `{name}`", place, help)


def method(low: "Lowering", tree: Expression, name: str, given: "list[Node]", place: Place) -> Expression | None:
    """A method of an order or of its kind of change; None for a method that texts have as well."""
    assert isinstance(tree, Path)
    if tree.segments == (_ASSIGNED,):
        return _of_assignment(low, name, place)
    if tree.segments[0] == _RANDOM:
        return _drawn(low, tree, name, given, place)
    if tree.segments == (ORDER,):
        found = _METHODS.get(name)
        return found(low, tree, name, given, place) if found is not None else member(low, tree, name, place)
    if name not in _CHANGES:
        return None
    if given:
        return low.report.error("E605", f"`{name}` takes no arguments", place)
    return infer.binary("==", tree, infer.text_at(_CHANGES[name], place), place, low.report)


def _drawn(low: "Lowering", tree: Path, name: str, given: "list[Node]", place: Place) -> Expression:
    """`Next()`, `Next(high)`, `Next(low, high)`, `NextDouble()`: of a resource always the same (W614)."""
    function = FUNCTIONS.get(f"Random.{name}")
    most = 2 if name == "Next" else 0
    if function is None:
        return member(low, tree, name, place)
    if len(given) > most:
        return low.report.error("E605", f"`{name}` takes at most {most} arguments", place)
    message = "the number is the same for a resource in every evaluation, so that it orders no change by itself"
    low.report.error("W614", message, place, "take a property that is unique instead, if it is to tell resources apart")
    limits = low.arguments(given)
    limits = [_whole(0, place), *limits] if len(limits) == 1 else limits or [_whole(0, place), _whole(_HIGHEST, place)]
    owner = Path(type=ValueType.RESOURCE, segments=(), start=place[0], end=place[1])
    salt = infer.text_at(f"{tree.segments[1]}@{place[0]}", place)
    return infer.call(function, [owner, salt, *(limits if most else ())], place, low.report)


def _whole(value: int, place: Place) -> Constant:
    return Constant(type=ValueType.INTEGER, value=value, start=place[0], end=place[1])


def _has_changed(low: "Lowering", order: Path, name: str, given: "list[Node]", place: Place) -> Expression:
    found = _property(low, order, name, given, place, 1)
    return found if isinstance(found, Constant) else _path(ValueType.BOOLEAN, (ORDER, name, found.name), place)


def _scalar(low: "Lowering", order: Path, name: str, given: "list[Node]", place: Place) -> Expression:
    """`TryGetScalar("Property", out var value)`; a value that is removed is null."""
    found = _property(low, order, name, given, place, 2)
    if isinstance(found, Constant):
        return found
    if found.type is ValueType.RESOURCE:
        help = "use TryGetAddedNavigations or TryGetRemovedNavigations"
        return low.report.error("E602", f"`{found.name}` is a navigation, not a scalar", low.place(given[0]), help)
    low.declare_out(given[1], _path(found.type, (ORDER, "NewValue", found.name), place))
    return _path(ValueType.BOOLEAN, (ORDER, "HasChanged", found.name), place)


def _navigations(low: "Lowering", order: Path, name: str, given: "list[Node]", place: Place) -> Expression:
    """`TryGetAddedNavigations("Property", out var resources)`: whether there are any."""
    found = _property(low, order, name, given, place, 2)
    if isinstance(found, Constant):
        return found
    if found.type is not ValueType.RESOURCE:
        help = "use TryGetScalar"
        return low.report.error("E602", f"`{found.name}` is a scalar, not a navigation", low.place(given[0]), help)
    resources = Path(
        type=ValueType.LIST, item=ValueType.RESOURCE, target=found.target,
        segments=(ORDER, _NAVIGATIONS[name], found.name), start=place[0], end=place[1],
    )  # fmt: skip
    low.declare_out(given[1], resources)
    return infer.any_of(resources, place)


def _property(
    low: "Lowering", order: Path, method: str, given: "list[Node]", place: Place, count: int
) -> Member | Constant:
    """The property of the target that the first argument names."""
    if len(given) != count:
        needed = "a property" if count == 1 else "a property and `out var name`"
        return low.report.error("E605", f"`{method}` takes {needed}", place)
    (named,) = low.arguments(given[:1])
    if not isinstance(named, Constant) or not isinstance(named.value, str):
        return low.report.error("E605", "the property must be a constant text", infer.place_of(named))
    at = infer.place_of(named)
    inside = (at[0] + 1, at[1] - 1) if at[1] - at[0] == len(named.value) + 2 else at
    return find_any(order.target or "", named.value, inside, low.scope, low.report) or infer.null_at(at)


def _path(kind: ValueType, segments: tuple[str, ...], place: Place) -> Path:
    return Path(type=kind, segments=segments, start=place[0], end=place[1])


_METHODS: "dict[str, Callable[[Lowering, Path, str, list[Node], Place], Expression]]" = {
    "HasChanged": _has_changed,
    "TryGetScalar": _scalar,
    **dict.fromkeys(_NAVIGATIONS, _navigations),
}
