"""An attribute's binding and expression, as written, go in; one typed tree and everything wrong with it come out."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from compiler.expressions import csharp_statements, jinja, literal, measure
from compiler.expressions.binding import input_resource, parse_binding, parse_collection
from compiler.expressions.builtin import parse_builtin
from compiler.expressions.failures import guarded
from compiler.expressions.infer import Report, named, null_at
from compiler.expressions.tree import Coalesce, Conditional, Constant, Expression, Problem
from compiler.expressions.types import Scope, ValueType


class Compiled(Struct, frozen=True):
    """A value and the findings about it. `tree` is None when there is an error.

    `problems` carry offsets in the expression's text, `binding_problems` offsets in the binding's text.
    """

    tree: Expression | None
    problems: tuple[Problem, ...] = ()
    binding_problems: tuple[Problem, ...] = ()


_LANGUAGES = (csharp_statements.PREFIX, jinja.PREFIX)
_PREFIXES = (*_LANGUAGES, literal.PREFIX)
NOTHING: Mapping[str, Expression] = MappingProxyType({})


def compile_expression(
    *,
    expression: str | None,
    binding: str | None,
    entity_type: str,
    scope: Scope,
    expected: ValueType | None,
    allow_literal: bool = True,
    implicit: Mapping[str, Expression] = NOTHING,
) -> Compiled:
    """The tree of a rule's binding and expression over resources of `entity_type` (provisioning.md §4.1).

    `expected` is the type the value must have, None for any scalar. A binding that holds `C#:…`, `Jinja:…`
    or `Literal:…` is taken for the expression. Without a binding the parameter of an expression is the resource itself.
    `implicit` are the variables that C# finds besides the parameter.
    """
    if not expression and binding and binding.lstrip().startswith(_PREFIXES):
        moved = compile_expression(
            expression=binding,
            binding=None,
            entity_type=entity_type,
            scope=scope,
            expected=expected,
            allow_literal=allow_literal,
            implicit=implicit,
        )
        return Compiled(moved.tree, (), moved.problems)
    in_binding, in_expression = Report(), Report()
    value: Expression | None = parse_binding(binding, entity_type, scope, in_binding) if binding else None
    if expression:
        bound = value if value is not None else input_resource(entity_type)
        value = _parsed(expression, bound, binding, scope, expected, allow_literal, implicit, in_expression)
    elif value is None:
        in_expression.error("E240", "there is neither a binding nor an expression", (0, 0), "write one of them")
        value = null_at((0, 0))
    last = in_expression if expression else in_binding
    if not in_binding.has_errors and not in_expression.has_errors:
        value = _finished(value, expected, len(expression or binding or ""), last)
    is_wrong = in_binding.has_errors or in_expression.has_errors
    return Compiled(None if is_wrong else value, tuple(in_expression.problems), tuple(in_binding.problems))


def compile_binding(binding: str, entity_type: str, scope: Scope) -> Compiled:
    """The path a binding names, from a resource of `entity_type` (language.md §2.6)."""
    report = Report()
    tree = parse_binding(binding, entity_type, scope, report)
    return Compiled(None if report.has_errors else tree, (), tuple(report.problems))


def compile_collection(binding: str, entity_type: str, scope: Scope) -> Compiled:
    """The path that a binding names to one resource or many, from a resource of `entity_type`."""
    report = Report()
    tree = parse_collection(binding, entity_type, scope, report)
    if not report.has_errors and ValueType.RESOURCE not in (tree.type, tree.item):
        help = "end it at a navigation property"
        report.error("E602", f"this is {named(tree.type)}, and resources are needed", (0, len(binding)), help)
    return Compiled(None if report.has_errors else tree, (), tuple(report.problems))


def paths_of(tree: Expression) -> frozenset[tuple[str, ...]]:
    """Every property path that the value of a tree depends on."""
    return measure.paths(tree)


def queried_by(tree: Expression) -> frozenset[tuple[str, tuple[str, ...]]]:
    """Every entity type that a tree queries as a whole, with each path that it reads of its resources."""
    return measure.queried(tree)


def _parsed(
    expression: str,
    bound: Expression,
    binding: str | None,
    scope: Scope,
    expected: ValueType | None,
    allow_literal: bool,
    implicit: Mapping[str, Expression],
    report: Report,
) -> Expression:
    indent = len(expression) - len(expression.lstrip())
    text = expression[indent:]
    if text.startswith(literal.PREFIX):
        start, place = indent + len(literal.PREFIX), (indent + len(literal.PREFIX), len(expression))
        if not allow_literal:
            code = "E125" if expected is ValueType.BYTES else "E609"
            return report.error(
                code,
                "a literal is not allowed here",
                (indent, len(expression)),
                "use a binding or an expression over a property",
            )
        return literal.parse_literal(expression[start:], place, expected, report)
    if text.startswith(_LANGUAGES):
        shifted = Report()
        if text.startswith(jinja.PREFIX):
            tree = jinja.parse_jinja(text, bound, scope, shifted)
        else:
            tree = csharp_statements.parse_csharp(text, bound, scope, shifted, implicit)
        report.problems += (_shifted(problem, indent) for problem in shifted.problems)
        return tree
    return parse_builtin(expression, bound if binding else None, report)


def _shifted(problem: Problem, by: int) -> Problem:
    return replace(problem, start=problem.start + by, end=problem.end + by)


def _finished(tree: Expression, expected: ValueType | None, length: int, report: Report) -> Expression:
    """The tree as the caller needs it: not too large, and of the type expected."""
    too_large = measure.excess(tree)
    if too_large:
        return report.error("E610", too_large, (0, length), "compute a property first")
    return guarded(_as_expected(tree, expected, length, report))


def _as_expected(tree: Expression, expected: ValueType | None, length: int, report: Report) -> Expression:
    """Any scalar is a text, and a text may stand where its own text form is kept (numbers, GUIDs, bytes)."""
    given = tree.type
    if given in (expected, ValueType.NULL) or (expected in (None, ValueType.STRING) and given not in _NO_SCALARS):
        return tree
    if given is ValueType.INTEGER and expected in (ValueType.DOUBLE, ValueType.RESOURCE):
        return tree
    if given is ValueType.STRING and expected in _FROM_TEXT:
        return _constant_as(tree, expected, report)
    help = _NO_SCALARS[given] if given in _NO_SCALARS else _ADVICE.get(expected or given, "")
    wanted = named(expected) if expected is not None else "a value"
    return report.error("E602", f"this is {named(given)}, and {wanted} is needed", (0, length), help)


_NO_SCALARS = {
    ValueType.RESOURCE: "name one of its properties",
    ValueType.LIST: "take one of its items, or join them",
    ValueType.MAP: "take one of its entries",
    ValueType.SPAN: "take a number of it, for example `TotalDays`, or its `ToString()`",
}
_FROM_TEXT = (ValueType.INTEGER, ValueType.DOUBLE, ValueType.GUID, ValueType.BYTES)
_ADVICE = {
    ValueType.DATETIME: "read the text with ParseUniversalDate or ParseLocalDate",
    ValueType.BOOLEAN: 'compare it, for example `== "yes"`',
    ValueType.RESOURCE: "give the integer key of a resource, or a path to one",
}


def _constant_as(tree: Expression, expected: ValueType, report: Report) -> Expression:
    """Constant texts are checked now; those of a property when they are written."""
    for each in _outcomes(tree):
        if isinstance(each, Constant) and isinstance(each.value, str):
            if literal.literal_value(each.value, expected) is None:
                return report.error("E602", f"`{each.value}` is not {named(expected)}", (each.start, each.end))
    return tree


def _outcomes(tree: Expression) -> list[Expression]:
    found: list[Expression] = []
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Conditional):
            waiting += (each.otherwise, each.then)
        elif isinstance(each, Coalesce):
            waiting += (each.right, each.left)
        else:
            found.append(each)
    return found
