"""A syntax node of what stands in a Jinja hole goes in, its typed tree comes out; what cannot be said is a problem.

Properties, operators and functions mean what they mean in C#. Filters are the functions of this language by their own
names, and Jinja's names for some of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer, members
from compiler.expressions.infer import Place, Report
from compiler.expressions.jinja_source import Source
from compiler.expressions.tree import Constant, Expression, Operator
from compiler.expressions.types import Scope, ValueType

if TYPE_CHECKING:
    from jinja2 import nodes

DEEPEST = 100

_COMPARISONS: dict[str, Operator] = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_OPERATORS: dict[str, Operator] = {"Add": "+", "Sub": "-", "Mul": "*", "And": "&&", "Or": "||"}
_FUNCTIONS = {"upper": "ToUpper", "lower": "ToLower", "trim": "Trim", "replace": "Replace"}
_PROPERTIES = {"length": "Length", "count": "Length"}


class Lowering:
    """Turns the holes of one template into trees. `names` holds the parameter and what `set` named."""

    def __init__(self, source: Source, scope: Scope, report: Report, names: dict[str, Expression]) -> None:
        self.source = source
        self.scope = scope
        self.report = report
        self.names = names
        self._depth = 0

    def expression(self, node: "nodes.Node") -> Expression:
        """The tree of an expression node."""
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                return self._too_deep(node)
            handler = _HANDLERS.get(type(node).__name__)
            return handler(self, node) if handler is not None else self.refused(node)
        finally:
            self._depth -= 1

    def place(self, node: "nodes.Node") -> Place:
        """The characters of a node."""
        return self.source.place(node)

    def refused(self, node: "nodes.Node", help: str = "") -> Constant:
        """What expressions may not use."""
        named = _NAMED.get(type(node).__name__, "this")
        return self.report.error(
            "E601", f"{named} is not among the Jinja that expressions may use", self.place(node), help
        )

    def call(self, receiver: Expression, name: str, arguments: list[Expression], at: Place, place: Place) -> Expression:
        """A method or built-in function of a value, by its own name; `at` are the characters of the name."""
        if receiver.type is ValueType.NULL:
            return infer.null_at(place)
        if name == "ToString" and not arguments:
            return infer.as_text(receiver, self.report)
        function = functions.method(receiver.type, name)
        if function is None:
            known = functions.members_of(receiver.type)
            help = did_you_mean(name, [*known, *FILTERS]) or "there are " + ", ".join(sorted({*known, *FILTERS}))
            return self.report.error("E604", f"there is no `{name}` of {infer.named(receiver.type)}", at, help)
        return infer.call(function, [receiver, *arguments], place, self.report)

    def _too_deep(self, node: "nodes.Node") -> Expression:
        message = f"the expression is nested more than {DEEPEST} levels deep"
        if any(problem.message == message for problem in self.report.problems):
            return infer.null_at(self.place(node))
        return self.report.error("E610", message, self.place(node), "name parts of it with `set`")


def _text(low: Lowering, node: "nodes.TemplateData") -> Expression:
    return infer.text_at(node.data, low.place(node))


def _constant(low: Lowering, node: "nodes.Const") -> Expression:
    place, value = low.place(node), node.value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return low.report.error("E605", f"`{value}` is too large for an integer", place)
    kinds = {str: ValueType.STRING, bool: ValueType.BOOLEAN, int: ValueType.INTEGER, float: ValueType.DOUBLE}
    kind = kinds.get(type(value), ValueType.NULL)
    return Constant(type=kind, value=value, start=place[0], end=place[1])


def _name(low: Lowering, node: "nodes.Name") -> Expression:
    place, value = low.place(node), low.names.get(node.name)
    if value is not None:
        return replace(value, start=place[0], end=place[1])
    help = did_you_mean(node.name, low.names)
    if not low.names:
        help = "name the parameter after `Jinja:`, as in `Jinja:person:{{ person.Name }}`"
    return low.report.error("E612", f"there is no variable `{node.name}`", place, help)


def _attribute(low: Lowering, node: "nodes.Getattr") -> Expression:
    receiver = low.expression(node.node)
    return _member(low, receiver, node.attr, low.source.name_after(node), low.place(node))


def _item(low: Lowering, node: "nodes.Getitem") -> Expression:
    from jinja2 import nodes

    if not isinstance(node.arg, nodes.Const) or not isinstance(node.arg.value, str):
        return low.refused(node, "name a property after a dot")
    start, end = low.place(node.arg)
    return _member(low, low.expression(node.node), node.arg.value, (start + 1, end - 1), low.place(node))


def _member(low: Lowering, receiver: Expression, name: str, at: Place, place: Place) -> Expression:
    if receiver.type is ValueType.RESOURCE:
        return members.step(receiver, name, at, low.scope, low.report)
    if receiver.type is ValueType.NULL:
        return infer.null_at(place)
    function = functions.property_of(receiver.type, name)
    if function is None:
        help = did_you_mean(name, functions.members_of(receiver.type))
        return low.report.error("E604", f"there is no `{name}` of {infer.named(receiver.type)}", at, help)
    return infer.call(function, [receiver], place, low.report)


def _called(low: Lowering, node: "nodes.Call") -> Expression:
    """`value.Method(…)`."""
    from jinja2 import nodes

    if not isinstance(node.node, nodes.Getattr):
        return low.refused(node, "functions follow a value, as in `person.Name|upper`")
    arguments = _arguments(low, node)
    receiver = low.expression(node.node.node)
    return low.call(receiver, node.node.attr, arguments, low.source.name_after(node.node), low.place(node))


def _arguments(low: Lowering, node: "nodes.Call | nodes.Filter") -> list[Expression]:
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        low.refused(node, "write plain arguments, without names")
    return [low.expression(each) for each in node.args]


def _filtered(low: Lowering, node: "nodes.Filter") -> Expression:
    place, at = low.place(node), low.source.token(node.lineno)
    if node.node is None:
        return low.refused(node)
    if node.name == "join":
        return _joined(low, node)
    receiver, arguments = low.expression(node.node), _arguments(low, node)
    if node.name in ("default", "d"):
        return _default(low, receiver, arguments, place)
    if node.name == "capitalize":
        receiver = low.call(infer.as_text(receiver, low.report), "ToLower", [], at, place)
        return low.call(receiver, "ToTitle", arguments, at, place)
    if node.name == "string":
        return infer.as_text(receiver, low.report)
    if node.name in _PROPERTIES and not arguments:
        return _member(low, infer.as_text(receiver, low.report), _PROPERTIES[node.name], at, place)
    if node.name in _FUNCTIONS:
        return low.call(infer.as_text(receiver, low.report), _FUNCTIONS[node.name], arguments, at, place)
    return low.call(receiver, node.name, arguments, at, place)


def _default(low: Lowering, value: Expression, arguments: list[Expression], place: Place) -> Expression:
    """`default(other)` where the value is null; with `true` after it, also where a text is empty."""
    other = arguments[0] if arguments else infer.text_at("", place)
    also_empty = arguments[1].value if len(arguments) == 2 and isinstance(arguments[1], Constant) else None
    if len(arguments) > 2 or (len(arguments) == 2 and not isinstance(also_empty, bool)):
        return low.report.error("E605", "`default` takes a value, and `true` or `false`", place)
    if also_empty and value.type is ValueType.STRING:
        is_empty = infer.call(functions.FUNCTIONS["string.IsNullOrEmpty"], [value], place, low.report)
        return infer.conditional(is_empty, other, value, place, low.report)
    return infer.coalesced(value, other, place, low.report)


def _joined(low: Lowering, node: "nodes.Filter") -> Expression:
    """`[a, b]|join('.')`: null counts as empty."""
    from jinja2 import nodes

    place = low.place(node)
    if not isinstance(node.node, nodes.List | nodes.Tuple):
        return low.refused(node, "`join` follows a list of values: `[person.A, person.B]|join('.')`")
    arguments = _arguments(low, node)
    separator = infer.as_text(arguments[0], low.report) if arguments else infer.text_at("", place)
    tree: Expression = infer.text_at("", place)
    for number, each in enumerate(node.node.items):
        if number:
            tree = infer.binary("+", tree, separator, place, low.report)
        tree = infer.binary("+", tree, infer.as_text(low.expression(each), low.report), place, low.report)
    return tree


def _tested(low: Lowering, node: "nodes.Test") -> Expression:
    """`is none` and `is defined`; both ask for null."""
    place = low.place(node)
    asks_null = {"none": True, "undefined": True, "defined": False}.get(node.name)
    if asks_null is None or node.args:
        return low.report.error("E601", f"the test `{node.name}` is not supported", place, "use `==`")
    value = low.expression(node.node)
    return infer.binary("==" if asks_null else "!=", value, infer.null_at(place), place, low.report)


def _compared(low: Lowering, node: "nodes.Compare") -> Expression:
    """`a < b <= c`; `in` a list of values, or a text in a text."""
    left, tree = low.expression(node.expr), None
    for operand in node.ops:
        right, found = _comparison(low, left, operand, low.place(node))
        tree = found if tree is None else infer.binary("&&", tree, found, low.place(node), low.report)
        left = right
    return tree if tree is not None else left


def _comparison(
    low: Lowering, left: Expression, operand: "nodes.Operand", place: Place
) -> tuple[Expression, Expression]:
    from jinja2 import nodes

    if operand.op in _COMPARISONS:
        right = low.expression(operand.expr)
        return right, infer.binary(_COMPARISONS[operand.op], left, right, place, low.report)
    if isinstance(operand.expr, nodes.List | nodes.Tuple):
        found: Expression = Constant(type=ValueType.BOOLEAN, value=False, start=place[0], end=place[1])
        for number, each in enumerate(operand.expr.items):
            same = infer.binary("==", left, low.expression(each), place, low.report)
            found = infer.binary("||", found, same, place, low.report) if number else same
    else:
        found = low.call(low.expression(operand.expr), "Contains", [left], low.place(operand.expr), place)
    return found, infer.negated(found, place, low.report) if operand.op == "notin" else found


def _operation(low: Lowering, node: "nodes.BinExpr") -> Expression:
    left, right = low.expression(node.left), low.expression(node.right)
    return infer.binary(_OPERATORS[type(node).__name__], left, right, low.place(node), low.report)


def _concatenated(low: Lowering, node: "nodes.Concat") -> Expression:
    place = low.place(node)
    tree: Expression = infer.text_at("", place)
    for each in node.nodes:
        tree = infer.binary("+", tree, infer.as_text(low.expression(each), low.report), place, low.report)
    return tree


def _negated(low: Lowering, node: "nodes.Not") -> Expression:
    return infer.negated(low.expression(node.node), low.place(node), low.report)


def _minus(low: Lowering, node: "nodes.Neg") -> Expression:
    place, value = low.place(node), low.expression(node.node)
    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return Constant(type=value.type, value=-value.value, start=place[0], end=place[1])
    zero = Constant(type=ValueType.INTEGER, value=0, start=place[0], end=place[0])
    return infer.binary("-", zero, value, place, low.report)


def _chosen(low: Lowering, node: "nodes.CondExpr") -> Expression:
    """`a if test else b`; without `else`, null."""
    place, then = low.place(node), low.expression(node.expr1)
    other = low.expression(node.expr2) if node.expr2 is not None else infer.null_at(place)
    return infer.conditional(low.expression(node.test), then, other, place, low.report)


_HANDLERS: dict[str, Callable[..., Expression]] = {
    "TemplateData": _text,
    "Const": _constant,
    "Name": _name,
    "Getattr": _attribute,
    "Getitem": _item,
    "Call": _called,
    "Filter": _filtered,
    "Test": _tested,
    "Compare": _compared,
    "Add": _operation,
    "Sub": _operation,
    "Mul": _operation,
    "And": _operation,
    "Or": _operation,
    "Concat": _concatenated,
    "Not": _negated,
    "Neg": _minus,
    "CondExpr": _chosen,
}
"""By the name of Jinja's node."""

_NAMED = {
    "Div": "division",
    "FloorDiv": "division",
    "Mod": "`%`",
    "Pow": "`**`",
    "List": "a list outside `in` and `join`",
    "Tuple": "a tuple outside `in` and `join`",
    "Dict": "a dictionary",
    "Slice": "a slice",
    "Getitem": "an index",
    "Call": "this call",
    "Filter": "this use of a filter",
}

FILTERS = ("upper", "lower", "trim", "replace", "capitalize", "string", "default", "length", "join")
"""Jinja's own filters that are understood."""
