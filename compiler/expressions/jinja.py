"""`Jinja:name:template` goes in, the one expression that it writes comes out.

A template of one hole and nothing else is the value of that hole, with its type. Anything else is a text: what stands
between the holes, joined with what stands in them, where null counts as empty. Of statements there are `if`, `for` and
`set`. White space around the template is no part of it.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import infer, jinja_lists
from compiler.expressions.csharp_sequence import as_list
from compiler.expressions.infer import Report
from compiler.expressions.jinja_source import LONGEST, Source
from compiler.expressions.jinja_values import Lowering
from compiler.expressions.measure import excess
from compiler.expressions.tree import Expression
from compiler.expressions.types import Scope, ValueType

if TYPE_CHECKING:
    from jinja2 import nodes

PREFIX = "Jinja:"

_PARAMETER = re.compile(r"Jinja:(?:\s*([^\W\d]\w*)\s*:)?")
_STATEMENTS = {
    "Macro": ("`macro`", ""),
    "CallBlock": ("`call`", ""),
    "FilterBlock": ("a filter block", "apply the filter inside a hole"),
    "Include": ("`include`", ""),
    "Import": ("`import`", ""),
    "FromImport": ("`import`", ""),
    "Extends": ("`extends`", ""),
    "Block": ("`block`", ""),
    "AssignBlock": ("a block of `set`", "write `{% set name = value %}`"),
    "With": ("`with`", "write `{% set name = value %}`"),
}


def parse_jinja(expression: str, parameter: Expression, scope: Scope, report: Report) -> Expression:
    """The value of `Jinja:name:template` or `Jinja:template`; `parameter` is what the name stands for."""
    match = _PARAMETER.match(expression)
    assert match is not None
    if len(expression) > LONGEST:
        return report.error("E610", f"the expression is longer than {LONGEST} characters", (0, len(expression)))
    template = expression[match.end() :]
    start = len(expression) - len(template.lstrip())
    source = Source(template.strip(), start, report)
    if source.template is None:
        return infer.null_at(source.whole)
    names = {match[1]: parameter} if match[1] else {}
    try:
        return _value(Lowering(source, scope, report, names), source.template.body)
    except RecursionError:
        return report.error("E610", "the statements are nested too deep", source.whole)


def _value(low: Lowering, body: "list[nodes.Node]") -> Expression:
    """The value of a template's body, or of a branch of an `if`."""
    pieces = [piece for node in body for piece in _pieces(low, node)]
    if len(pieces) == 1:
        return pieces[0]
    tree: Expression = infer.text_at("", low.source.whole)
    for number, piece in enumerate(pieces):
        text = infer.as_text(piece, low.report)
        tree = infer.binary("+", tree, text, low.source.whole, low.report) if number else text
    return tree


def _pieces(low: Lowering, node: "nodes.Node") -> list[Expression]:
    """The values that a statement writes, one after the other."""
    from jinja2 import nodes

    if isinstance(node, nodes.Output):
        return [low.expression(each) for each in node.nodes]
    if isinstance(node, nodes.If):
        return [_if(low, node)]
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name) and not node.recursive:
        return [_for(low, node, node.target.name)]
    if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        _set(low, node.target.name, low.expression(node.node), node)
        return []
    named, help = _STATEMENTS.get(type(node).__name__, ("this statement", ""))
    message = f"{named} is not among the Jinja that expressions may use"
    low.report.error("E601", message, low.source.token(node.lineno), help)
    return []


def _if(low: Lowering, node: "nodes.If") -> Expression:
    """An `if` with its `elif`s; without an `else` it writes nothing. What a branch sets is known there alone."""
    known = low.names
    tree = _branch(low, node.else_, known)
    for each in reversed([node, *node.elif_]):
        then = _branch(low, each.body, known)
        test = infer.condition(low.expression(each.test), low.report)
        tree = infer.conditional(test, *_alike(low, then, tree), low.source.place(each), low.report)
    return tree


def _for(low: Lowering, node: "nodes.For", name: str) -> Expression:
    """What the body writes for each item, one after the other; what `else` writes where there is none."""
    place, known = low.source.place(node.iter), low.names
    source = as_list(low.expression(node.iter))
    if source.type is not ValueType.LIST:
        if source.type is ValueType.NULL:
            return source
        return low.report.error("E602", f"`for` goes through a collection, not {infer.named(source.type)}", place)

    def inside(make: Callable[[], Expression]) -> Callable[[Expression], Expression]:
        def made(item: Expression) -> Expression:
            low.names = {**known, name: item}
            value = make()
            low.names = known
            return value

        return made

    test = node.test
    if test is not None:
        source = jinja_lists.filtered(low, source, inside(lambda: low.expression(test)), place)
    text = jinja_lists.looped(low, source, inside(lambda: infer.as_text(_value(low, node.body), low.report)), place)
    if not node.else_:
        return text
    other = infer.as_text(_branch(low, node.else_, known), low.report)
    return infer.conditional(infer.any_of(source, place), text, other, place, low.report)


def _branch(low: Lowering, body: "list[nodes.Node]", known: dict[str, Expression]) -> Expression:
    low.names = dict(known)
    value = _value(low, body)
    low.names = known
    return value


def _alike(low: Lowering, then: Expression, other: Expression) -> tuple[Expression, Expression]:
    """Both outcomes as texts, unless they have one type."""
    if infer.unified(then, other) is not None:
        return then, other
    return infer.as_text(then, low.report), infer.as_text(other, low.report)


def _set(low: Lowering, name: str, value: Expression, node: "nodes.Node") -> None:
    if excess(value):
        low.report.error("E610", excess(value), low.source.place(node), "compute a property first")
    low.names[name] = value
