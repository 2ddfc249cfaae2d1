"""A value and the name after its dot go in; the property reached and what is wrong with the name come out."""

from typing import Protocol

from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions.infer import Place, Report, conditional, null_at, over_branches
from compiler.expressions.tree import Binary, Coalesce, Conditional, Constant, Expression, Path
from compiler.expressions.types import Member, Scope, ValueType


class Asking(Protocol):
    """Whoever turns an expression into a tree: what it knows of the model, and where it notes what is wrong."""

    scope: Scope
    report: Report


def step(tree: Expression, name: str, place: Place, scope: Scope, report: Report) -> Expression:
    """The property `name` of a resource; of alternatives, the property of the one that is chosen."""
    if isinstance(tree, Constant):
        return null_at(place)
    if isinstance(tree, Conditional):
        return over_branches(tree, lambda branch: step(branch, name, place, scope, report))
    if isinstance(tree, Coalesce):
        present = Binary(
            type=ValueType.BOOLEAN, operator="!=", left=tree.left, right=null_at(place), start=tree.start, end=tree.end
        )
        first, second = (step(branch, name, place, scope, report) for branch in (tree.left, tree.right))
        return conditional(present, first, second, place, report)
    assert isinstance(tree, Path)
    return _on(tree, find(tree.target or "", name, place, scope, report), place)


def step_to_any(tree: Path, name: str, place: Place, scope: Scope, report: Report) -> Expression:
    """The property `name` of a resource; one that holds many resources is a list of them."""
    member = find_any(tree.target or "", name, place, scope, report)
    reached = _on(tree, member, place)
    is_many = member is not None and member.is_collection
    return replace(reached, type=ValueType.LIST, item=ValueType.RESOURCE) if is_many else reached


def _on(tree: Path, member: Member | None, place: Place) -> Expression:
    if member is None:
        return null_at(place)
    return Path(
        type=member.type, segments=(*tree.segments, member.name), target=member.target, start=tree.start, end=place[1]
    )


def find_any(entity_type: str, name: str, place: Place, scope: Scope, report: Report) -> Member | None:
    """A property by its name: the exact one, else the only one that differs in letter case alone."""
    member = scope.member(entity_type, name) or _other_case(entity_type, name, place, scope, report)
    if member is None:
        names = list(scope.members(entity_type))
        help = did_you_mean(name, names) or _some_of(entity_type, names)
        report.error("E123", f"`{entity_type}` has no property `{name}`", place, help)
    return member


def find(entity_type: str, name: str, place: Place, scope: Scope, report: Report) -> Member | None:
    """A mono-valued property by its name, as `find_any` finds it."""
    member = find_any(entity_type, name, place, scope, report)
    if member is not None and member.is_collection:
        report.error(
            "E607",
            f"`{member.name}` of `{entity_type}` holds many resources, and one value is needed",
            place,
            "go through a mono-valued navigation",
        )
        return None
    return member


def _other_case(entity_type: str, name: str, place: Place, scope: Scope, report: Report) -> Member | None:
    folded = name.casefold()
    same = [each for each in scope.members(entity_type) if each.casefold() == folded]
    if len(same) != 1:
        return None
    report.error("W606", f"`{name}` is declared as `{same[0]}`", place, f"write `{same[0]}`")
    return scope.member(entity_type, same[0])


def _some_of(entity_type: str, names: list[str]) -> str:
    if not names:
        return f"`{entity_type}` has no properties"
    shown = ", ".join(names[:8])
    return f"its properties are {shown}" + (", …" if len(names) > 8 else "")
