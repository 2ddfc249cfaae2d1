"""A value and a pattern of C# go in (`is`, `switch`), the condition under which they match comes out."""

from typing import TYPE_CHECKING, cast

from compiler.expressions import infer
from compiler.expressions.csharp_constants import TYPES
from compiler.expressions.tree import Constant, Expression, Operator
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering


_DEEPEST = 50
_WEAK = ("&&", "||", "==", "!=", "??")


def tested(low: "Lowering", value: Expression, pattern: "Node") -> Expression:
    """`value is pattern`. The grammar reads `x is null || y` as `x is (null || y)`, which is put right here: the test
    takes the place of the operand that belongs to the pattern."""
    swallowed, operand = _swallowed(pattern)
    if swallowed is None or operand is None:
        return matches(low, value, pattern)
    low.given[swallowed.id] = low.expression(operand)
    test = matches(low, value, pattern)
    del low.given[swallowed.id]
    low.given[operand.id] = test
    whole = low.expression(swallowed)
    del low.given[operand.id]
    return whole


def _swallowed(pattern: "Node") -> "tuple[Node | None, Node | None]":
    """The operation that a pattern ends with by mistake, and its first operand, which is the pattern's."""
    node = pattern
    while node.type.endswith("_pattern") and node.named_children and node.type != "parenthesized_pattern":
        node = node.named_children[-1]
    operand: Node | None = node
    while operand is not None and _is_weak(operand):
        operand = operand.child_by_field_name("left")
    return (node, operand) if _is_weak(node) else (None, None)


def _is_weak(node: "Node") -> bool:
    sign = node.child_by_field_name("operator")
    return node.type == "binary_expression" and sign is not None and sign.type in _WEAK


def matches(low: "Lowering", value: Expression, pattern: "Node", depth: int = 0) -> Expression:
    """Whether a value matches a pattern."""
    place, parts = low.place(pattern), pattern.named_children
    if depth > _DEEPEST:
        return low.report.error("E610", f"the pattern is nested more than {_DEEPEST} levels deep", place)
    kind = pattern.type
    if kind in ("discard", "var_pattern"):
        return Constant(type=ValueType.BOOLEAN, value=True, start=place[0], end=place[1])
    if kind == "parenthesized_pattern" and parts:
        return matches(low, value, parts[0], depth + 1)
    if kind == "constant_pattern" and parts:
        return infer.binary("==", value, low.expression(parts[0]), place, low.report)
    if kind == "negated_pattern" and parts:
        return infer.negated(matches(low, value, parts[0], depth + 1), place, low.report)
    if kind in ("and_pattern", "or_pattern") and len(parts) == 2:
        sides = [matches(low, value, part, depth + 1) for part in parts]
        return infer.binary("&&" if kind == "and_pattern" else "||", sides[0], sides[1], place, low.report)
    if kind == "relational_pattern" and parts:
        operator = cast(Operator, low.source.text(pattern.children[0]))
        return infer.binary(operator, value, low.expression(parts[0]), place, low.report)
    if kind in ("declaration_pattern", "type_pattern"):
        return _typed(low, value, pattern)
    return low.refused(pattern, "use `==`, `<`, `>`, `not`, `and`, `or`")


def is_type(low: "Lowering", value: Expression, kind: "Node") -> Expression:
    """`value is string`: a value has its one type, so only null is none of it."""
    place = low.place(kind)
    if value.type is not ValueType.NULL and TYPES.get(low.source.text(kind).rstrip("?")) is not value.type:
        message = f"this is {infer.named(value.type)} and never `{low.source.text(kind)}`"
        return low.report.error("E602", message, place, "compare with null: `!= null`")
    return infer.binary("!=", value, infer.null_at(place), place, low.report)


def _typed(low: "Lowering", value: Expression, pattern: "Node") -> Expression:
    kind, name_node = pattern.named_children[0], pattern.child_by_field_name("name")
    test = is_type(low, value, kind)
    if name_node is not None:
        name = low.source.text(name_node)
        if name in low.names:
            low.report.error("E605", f"`{name}` is declared twice", low.place(name_node), "give it another name")
        low.names[name] = value
    return test


def switch_expression(low: "Lowering", node: "Node") -> Expression:
    """`value switch { pattern => result, … }`; null where no arm matches."""
    value_node, *arms = node.named_children
    value = low.expression(value_node)
    place = low.place(node)
    chosen = [_arm(low, value, arm) for arm in arms if arm.type == "switch_expression_arm"]
    tree: Expression = infer.null_at(place)
    for test, result in reversed(chosen):
        always = isinstance(test, Constant) and test.value is True
        tree = result if always else infer.conditional(test, result, tree, infer.place_of(result), low.report)
    return tree


def _arm(low: "Lowering", value: Expression, arm: "Node") -> tuple[Expression, Expression]:
    pattern, *rest = [each for each in arm.named_children if each.type != "comment"]
    test = matches(low, value, pattern)
    when = next((each for each in rest if each.type == "when_clause"), None)
    if when is not None:
        condition = infer.condition(low.expression(when.named_children[0]), low.report)
        is_any = isinstance(test, Constant) and test.value is True
        test = condition if is_any else infer.binary("&&", test, condition, low.place(when), low.report)
    return test, low.expression(rest[-1])
