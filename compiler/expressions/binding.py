"""The text of a binding goes in, a path through mono-valued navigations and what is wrong with it come out.

`[EntityType:]a.b.c`; a segment may repeat a type to narrow what was reached: `Base:Nav.Derived:Prop`
(language.md §2.6).
"""

from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions.infer import Place, Report
from compiler.expressions.members import step, step_to_any
from compiler.expressions.tree import Expression, Path
from compiler.expressions.types import Scope, ValueType

LONGEST = 4_000
"""Characters a binding may have."""


def input_resource(entity_type: str) -> Path:
    """The resource that a rule is about: the empty path."""
    return Path(type=ValueType.RESOURCE, segments=(), target=entity_type)


def parse_binding(binding: str, entity_type: str, scope: Scope, report: Report) -> Expression:
    """The path of a binding from a resource of `entity_type`; null after a problem."""
    if len(binding) > LONGEST:
        return report.error("E610", f"the binding is longer than {LONGEST} characters", (0, len(binding)))
    tree: Expression = replace(input_resource(entity_type), end=len(binding))
    parts = _segments(binding)
    if len(parts) > 1 and parts[0][0] == entity_type and scope.member(entity_type, entity_type) is None:
        _, (start, end) = parts.pop(0)
        report.error(
            "W608",
            f"a colon follows the entity type in a binding: `{entity_type}:`",
            (start, end + 1),
            f"write `{entity_type}:{binding[end + 1 :].lstrip()}`",
        )
    for number, (name, place) in enumerate(parts):
        if report.has_errors:
            break
        tree = _next(tree, name, place, scope, report, is_first=number == 0)
    return replace(tree, start=parts[0][1][0]) if isinstance(tree, Path) else tree


def parse_collection(binding: str, entity_type: str, scope: Scope, report: Report) -> Expression:
    """The path of a binding whose last property may hold many resources; null after a problem."""
    head, dot, last = binding.rpartition(".")
    root: Expression = replace(input_resource(entity_type), end=len(binding))
    tree = parse_binding(head, entity_type, scope, report) if dot else root
    start = len(head) + len(dot)
    prefix, colon, name = last.rpartition(":")
    if colon and not report.has_errors:
        place = (start, start + len(prefix))
        tree = _narrowed(tree, prefix.strip(), place, scope, report, is_first=not dot)
        start += len(prefix) + 1
    if report.has_errors:
        return tree
    if not isinstance(tree, Path) or tree.type is not ValueType.RESOURCE or not name.strip():
        return report.error("E123", "the binding leads to no property of a resource", (start, len(binding)))
    return step_to_any(tree, name.strip(), (start, len(binding)), scope, report)


def _segments(binding: str) -> list[tuple[str, Place]]:
    """The segments between dots without white space around them, each with its offsets."""
    found: list[tuple[str, Place]] = []
    start = 0
    for part in binding.split("."):
        name = part.strip()
        at = start + len(part) - len(part.lstrip())
        found.append((name, (at, at + len(name)) if name else (start, start + len(part))))
        start += len(part) + 1
    return found


def _next(tree: Expression, name: str, place: Place, scope: Scope, report: Report, *, is_first: bool) -> Expression:
    prefix, colon, rest = name.partition(":")
    if colon:
        tree = _narrowed(tree, prefix.strip(), (place[0], place[0] + len(prefix)), scope, report, is_first=is_first)
        indent = len(rest) - len(rest.lstrip())
        name, place = rest.strip(), (place[0] + len(prefix) + 1 + indent, place[1])
        if report.has_errors:
            return tree
    if not name:
        return report.error("E123", "a binding has an empty segment", place, "name a property between the dots")
    if tree.type is not ValueType.RESOURCE or not isinstance(tree, Path):
        before = tree.segments[-1] if isinstance(tree, Path) else name
        return report.error(
            "E123",
            f"`{before}` is a value, so nothing can be reached through it",
            place,
            "only navigation properties may stand before a dot",
        )
    return step(tree, name, place, scope, report)


def _narrowed(
    tree: Expression, entity_type: str, place: Place, scope: Scope, report: Report, *, is_first: bool
) -> Expression:
    if not isinstance(tree, Path) or tree.target is None or entity_type == tree.target:
        return tree
    if is_first:
        if entity_type.casefold() == tree.target.casefold():
            report.error(
                "W606",
                f"the entity type is called `{tree.target}`, not `{entity_type}`",
                place,
                f"write `{tree.target}:`",
            )
            return tree
        help = did_you_mean(entity_type, [tree.target]) or f"begin the binding at `{tree.target}`"
        return report.error("E123", f"the binding begins at `{entity_type}`, but is about `{tree.target}`", place, help)
    if not list(scope.members(entity_type)):
        return report.error("E123", f"there is no entity type `{entity_type}`", place)
    return replace(tree, target=entity_type)
