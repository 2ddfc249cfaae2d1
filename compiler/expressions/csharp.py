"""A syntax node of a C# expression goes in, its typed tree comes out; what is outside the white list is a problem.

The white list is the documented one (provisioning.md §4.4) as far as it has an entry in `functions` or a case here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import (
    csharp_arguments,
    csharp_calls,
    csharp_constants,
    csharp_members,
    csharp_objects,
    csharp_patterns,
    csharp_statics,
    infer,
)
from compiler.expressions.csharp_source import Source
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.infer import Place, Report
from compiler.expressions.tree import Constant, Expression, Operator
from compiler.expressions.types import Scope, ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 100

_NAMES = {
    "queryHandler": 'write `queryHandler.Select<EntityType>("…")`',
    "assignment": "it exists only in the expression of a ScalarRule",
    "logger": "only the statement `logger.LogDebug(…);` may use it",
    "iteration": "it exists only in aspects that build unique values",
    "provisioningOrder": "it exists only in ArgumentsExpression",
}
_LOGICAL = {"&": "&&", "|": "||", "^": "!="}
"""Operators of Booleans by those that mean the same here, where nothing has an effect that could be left out."""

_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "%", "??")

_CONSTRUCTS = {
    "lambda_expression": "a lambda expression",
    "object_creation_expression": "`new`",
    "implicit_object_creation_expression": "`new`",
    "array_creation_expression": "an array",
    "implicit_array_creation_expression": "an array",
    "element_access_expression": "an index",
    "conditional_access_expression": "`?[`",
    "cast_expression": "this cast",
    "as_expression": "`as`",
    "is_expression": "`is` with a type",
    "is_pattern_expression": "this pattern",
    "assignment_expression": "an assignment inside an expression",
    "postfix_unary_expression": "this operator",
    "switch_expression": "a switch expression",
    "query_expression": "a LINQ query",
    "tuple_expression": "a tuple",
    "range_expression": "a range",
    "throw_expression": "`throw`",
    "await_expression": "`await`",
    "typeof_expression": "`typeof`",
    "default_expression": "`default`",
    "raw_string_literal": "a raw string",
    "generic_name": "a generic name",
    "anonymous_method_expression": "an anonymous method",
}


class Lowering:
    """Turns the expressions of one body into trees. `names` holds the parameter and the locals by name."""

    def __init__(
        self,
        source: Source,
        scope: Scope,
        report: Report,
        names: dict[str, Expression],
        block: "Callable[[Lowering, Node], Expression]",
    ) -> None:
        self._block = block
        self.source = source
        self.scope = scope
        self.report = report
        self.names = names
        self.loops = 0
        self.given: dict[int, Expression] = {}
        self._depth = 0
        self._said_too_deep = False

    def expression(self, node: "Node") -> Expression:
        """The tree of an expression node."""
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                return self._too_deep(node)
            if node.id in self.given:
                return self.given[node.id]
            handler = _HANDLERS.get(node.type)
            return handler(self, node) if handler is not None else self.refused(node)
        finally:
            self._depth -= 1

    def field(self, node: "Node", name: str) -> Expression:
        """The tree of a child."""
        child = node.child_by_field_name(name)
        return self.expression(child) if child is not None else self.refused(node)

    def block(self, node: "Node") -> Expression:
        """What a block of statements returns."""
        return self._block(self, node)

    def arguments(self, given: "list[Node]") -> list[Expression]:
        """The trees of plain arguments."""
        return csharp_arguments.arguments(self, given)

    def class_of(self, node: "Node") -> str | None:
        """The class that a node names."""
        return csharp_calls.class_of(self, node)

    def declare_out(self, argument: "Node", value: Expression) -> None:
        """`out var name`, `out int name` or `out name` of a variable that is declared."""
        node = argument.named_children[-1]
        name_node = node.child_by_field_name("name") if node.type == "declaration_expression" else node
        is_out = self.source.text(argument).startswith("out")
        if name_node is None or name_node.type != "identifier" or not is_out:
            self.refused(argument, "write `out var name`")
            return
        name = self.source.text(name_node)
        if (name in self.names) is (node is not name_node):
            message = f"`{name}` is declared twice" if name in self.names else f"there is no variable `{name}`"
            self.report.error("E605" if name in self.names else "E612", message, self.place(name_node))
        self.names[name] = value

    def place(self, node: "Node") -> Place:
        """The characters of a node."""
        return self.source.place(node)

    def refused(self, node: "Node", help: str = "") -> Constant:
        """A construct outside the white list."""
        named = _CONSTRUCTS.get(node.type, f"`{self.source.text(node)[:40]}`")
        message = f"{named} is not among the C# that expressions may use"
        return self.report.error("E601", message, self.place(node), help)

    def _too_deep(self, node: "Node") -> Expression:
        if self._said_too_deep:
            return infer.null_at(self.place(node))
        self._said_too_deep = True
        return self.report.error(
            "E610",
            f"the expression is nested more than {DEEPEST} levels deep",
            self.place(node),
            "name parts of it with `var`, or compute a property first",
        )


def _identifier(low: Lowering, node: "Node") -> Expression:
    name = low.source.text(node)
    place = low.place(node)
    value = low.names.get(name)
    if value is not None:
        return replace(value, start=place[0], end=place[1])
    if name in _NAMES:
        return low.report.error("E601", f"`{name}` cannot be used here", place, _NAMES[name])
    return low.report.error("E612", f"there is no variable `{name}`", place, did_you_mean(name, low.names))


def _parenthesized(low: Lowering, node: "Node") -> Expression:
    inner = [child for child in node.named_children if child.type != "comment"]
    return low.expression(inner[0]) if len(inner) == 1 else low.refused(node)


def _binary(low: Lowering, node: "Node") -> Expression:
    """Chains such as `a + b + c` lean to the left and may be long: walked in a loop."""
    chain: list[Node] = []
    while node.type == "binary_expression":
        chain.append(node)
        left = node.child_by_field_name("left")
        assert left is not None
        node = left
    tree = low.expression(node)
    for each in reversed(chain):
        tree = _operation(low, each, tree)
    return tree


def _operation(low: Lowering, node: "Node", left: Expression) -> Expression:
    sign = node.child_by_field_name("operator")
    operator = low.source.text(sign) if sign is not None else ""
    place = low.place(node)
    if operator not in (*_OPERATORS, *_LOGICAL):
        return low.report.error(
            "E601", f"the operator `{operator}` is not among the C# that expressions may use", low.place(sign or node)
        )
    right = low.field(node, "right")
    if operator in _LOGICAL:
        if {left.type, right.type} - {ValueType.BOOLEAN, ValueType.NULL}:
            return low.report.error("E601", f"the operator `{operator}` is for Booleans only", low.place(sign or node))
        operator = _LOGICAL[operator]
    if operator == "??":
        return infer.coalesced(left, right, place, low.report)
    return infer.binary(cast(Operator, operator), left, right, place, low.report)


def _prefix(low: Lowering, node: "Node") -> Expression:
    sign = node.children[0].type
    operand = node.named_children[-1]
    place = low.place(node)
    if sign == "!":
        return infer.negated(low.expression(operand), place, low.report)
    if sign not in ("-", "+"):
        return low.refused(node)
    value = low.expression(operand)
    if isinstance(value, Constant) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        signed = -value.value if sign == "-" else value.value
        return Constant(type=value.type, value=signed, start=place[0], end=place[1])
    kind = ValueType.SPAN if value.type is ValueType.SPAN else ValueType.INTEGER
    zero = Constant(type=kind, value=0, start=place[0], end=place[0])
    return infer.binary(cast(Operator, sign), zero, value, place, low.report)


def _postfix(low: Lowering, node: "Node") -> Expression:
    if node.children[-1].type == "!":
        return low.expression(node.named_children[0])
    return low.refused(node)


def _conditional(low: Lowering, node: "Node") -> Expression:
    test, then = low.field(node, "condition"), low.field(node, "consequence")
    return infer.conditional(test, then, low.field(node, "alternative"), low.place(node), low.report)


def _is_pattern(low: Lowering, node: "Node") -> Expression:
    """`x is null`, `x is > 3 and < 5`, `x is string text`."""
    pattern = node.child_by_field_name("pattern")
    value = low.field(node, "expression")
    return csharp_patterns.tested(low, value, pattern) if pattern is not None else low.refused(node)


def _is_type(low: Lowering, node: "Node") -> Expression:
    kind = node.child_by_field_name("right")
    value = low.field(node, "left")
    return csharp_patterns.is_type(low, value, kind) if kind is not None else low.refused(node)


def _as_type(low: Lowering, node: "Node") -> Expression:
    """A value has its one type, so `as` changes nothing or always leads to null."""
    kind = node.child_by_field_name("right")
    value = low.field(node, "left")
    written = low.source.text(kind) if kind is not None else ""
    if value.type is ValueType.NULL or csharp_constants.TYPES.get(written.rstrip("?")) is value.type:
        return value
    return low.report.error("E602", f"this is {infer.named(value.type)} and never `{written}`", low.place(node))


def _cast(low: Lowering, node: "Node") -> Expression:
    """A cast to the type that the value has anyway changes nothing; numbers are cast into each other."""
    kind = node.child_by_field_name("type")
    written = low.source.text(kind).rstrip("?") if kind is not None else ""
    value = low.field(node, "value")
    wanted = csharp_constants.TYPES.get(written)
    if value.type is ValueType.NULL or wanted is value.type:
        return value
    function = _CASTS.get((value.type, wanted))
    if function is None:
        return low.refused(node, "use `Convert` or `ToString()`")
    return infer.call(FUNCTIONS[function], [value], low.place(node), low.report)


_CASTS: dict[tuple[ValueType, ValueType | None], str] = {
    (ValueType.DOUBLE, ValueType.INTEGER): "Double.Truncate",
    (ValueType.INTEGER, ValueType.DOUBLE): "Integer.ToDouble",
    (ValueType.CHAR, ValueType.INTEGER): "Char.Code",
}


def _member(low: Lowering, node: "Node") -> Expression:
    """`a.B`: a property of a resource, a member of a value, or a constant of a class."""
    target, name_node = node.child_by_field_name("expression"), node.child_by_field_name("name")
    if target is None or name_node is None or name_node.type != "identifier":
        return low.refused(node)
    name = low.source.text(name_node)
    class_name = csharp_calls.class_of(low, target)
    if class_name is not None:
        return csharp_statics.class_member(low, class_name, name, node)
    receiver = low.expression(target)
    if receiver.type is ValueType.RESOURCE:
        return csharp_members.reach(low, receiver, name, low.place(name_node))
    return csharp_calls.value_member(low, receiver, name, name_node, low.place(node))


_HANDLERS: "dict[str, Callable[[Lowering, Node], Expression]]" = {
    "identifier": _identifier,
    "parenthesized_expression": _parenthesized,
    "binary_expression": _binary,
    "prefix_unary_expression": _prefix,
    "postfix_unary_expression": _postfix,
    "conditional_expression": _conditional,
    "is_pattern_expression": _is_pattern,
    "is_expression": _is_type,
    "as_expression": _as_type,
    "switch_expression": csharp_patterns.switch_expression,
    "object_creation_expression": csharp_objects.created,
    "array_creation_expression": csharp_objects.created,
    "implicit_array_creation_expression": csharp_objects.created,
    "collection_expression": lambda low, node: csharp_objects.initialised(low, node, None),
    "initializer_expression": lambda low, node: csharp_objects.initialised(low, node, None),
    "element_access_expression": csharp_objects.indexed,
    "raw_string_literal": csharp_constants.raw,
    "cast_expression": _cast,
    "member_access_expression": _member,
    "invocation_expression": csharp_calls.invocation,
    "interpolated_string_expression": csharp_constants.interpolation,
    "string_literal": csharp_constants.string,
    "verbatim_string_literal": csharp_constants.verbatim,
    "character_literal": csharp_constants.character,
    "integer_literal": csharp_constants.integer,
    "real_literal": csharp_constants.real,
    "boolean_literal": csharp_constants.boolean,
    "null_literal": csharp_constants.null,
}
"""By the grammar's node type. Everything else is outside the white list."""
