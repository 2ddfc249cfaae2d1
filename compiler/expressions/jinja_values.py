"""A syntax node of what stands in a Jinja hole goes in, its typed tree comes out; what cannot be said is a problem.

Properties, operators and functions mean what they mean in C#. Filters are the functions of this language by their own
names, and Jinja's names for some of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.diagnostics.suggest import did_you_mean
from compiler.expressions import functions, infer, jinja_conditions, jinja_lists
from compiler.expressions.csharp_members import reach
from compiler.expressions.infer import Place, Report
from compiler.expressions.jinja_operations import OWN, divided, indexed, listed, sliced
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
            help = "it is for collections" if name in jinja_lists.NAMES else did_you_mean(name, [*known, *FILTERS])
            help = help or "there are " + ", ".join(sorted({*known, *FILTERS}))
            return self.report.error("E604", f"there is no `{name}` of {infer.named(receiver.type)}", at, help)
        return infer.call(function, [receiver, *arguments], place, self.report)

    def filtered(self, receiver: Expression, name: str, given: list[Expression], node: "nodes.Filter") -> Expression:
        """A filter over one value: Jinja's name, or that of a function of this language."""
        place, at = self.place(node), self.source.token(node.lineno)
        own = OWN.get(name)
        if own is not None:
            return own(self, receiver, given, place)
        if name == "capitalize":
            receiver = self.call(infer.as_text(receiver, self.report), "ToLower", [], at, place)
            return self.call(receiver, "ToTitle", given, at, place)
        if name in _PROPERTIES and not given:
            return _member(self, infer.as_text(receiver, self.report), _PROPERTIES[name], at, place)
        if name in _FUNCTIONS:
            return self.call(infer.as_text(receiver, self.report), _FUNCTIONS[name], given, at, place)
        return self.call(receiver, name, given, at, place)

    def test(self, name: str, value: Expression, given: list[Expression], place: Place) -> Expression:
        """`value is name(…)`."""
        return jinja_conditions.tested(self.report, name, value, given, place)

    def constant_of(self, node: "nodes.Filter", name: str, position: int | None) -> str | None:
        """A text among a filter's arguments, by its name or its position; None where there is none."""
        value = self._given(node, name, position)
        return value if isinstance(value, str) else None

    def flag_of(self, node: "nodes.Filter", name: str, position: int) -> bool | None:
        """A Boolean among a filter's arguments; None where there is none."""
        value = self._given(node, name, position)
        return value if isinstance(value, bool) else None

    def _given(self, node: "nodes.Filter", name: str, position: int | None) -> object:
        from jinja2 import nodes

        found = next((each.value for each in node.kwargs if each.key == name), None)
        if found is None and position is not None and position < len(node.args):
            found = node.args[position]
        return found.value if isinstance(found, nodes.Const) else None

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
    if node.name == "loop":
        help = "items are joined by the filter `join`; their number is not known"
    elif not low.names:
        help = "name the parameter after `Jinja:`, as in `Jinja:person:{{ person.Name }}`"
    return low.report.error("E612", f"there is no variable `{node.name}`", place, help)


def _attribute(low: Lowering, node: "nodes.Getattr") -> Expression:
    receiver = low.expression(node.node)
    return _member(low, receiver, node.attr, low.source.name_after(node), low.place(node))


def _item(low: Lowering, node: "nodes.Getitem") -> Expression:
    from jinja2 import nodes

    if isinstance(node.arg, nodes.Slice):
        return sliced(low, node, node.arg)
    if not isinstance(node.arg, nodes.Const) or not isinstance(node.arg.value, str):
        return indexed(low, node)
    start, end = low.place(node.arg)
    return _member(low, low.expression(node.node), node.arg.value, (start + 1, end - 1), low.place(node))


def _member(low: Lowering, receiver: Expression, name: str, at: Place, place: Place) -> Expression:
    if receiver.type is ValueType.RESOURCE:
        return reach(low, receiver, name, at)
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
    from jinja2 import nodes

    if node.node is None:
        return low.refused(node)
    if node.name == "join" and isinstance(node.node, nodes.List | nodes.Tuple):
        return _joined(low, node)
    receiver = low.expression(node.node)
    found = jinja_lists.filter_of(low, node.name, receiver, node, low.place(node))
    return low.filtered(receiver, node.name, _arguments(low, node), node) if found is None else found


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
    """`value is none`, `number is divisibleby(3)`."""
    given = [low.expression(each) for each in node.args]
    return low.test(node.name, low.expression(node.node), given, low.place(node))


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
    if isinstance(operand.expr, nodes.List | nodes.Tuple) and operand.expr.items:
        found: Expression = Constant(type=ValueType.BOOLEAN, value=False, start=place[0], end=place[1])
        for number, each in enumerate(operand.expr.items):
            same = infer.binary("==", left, low.expression(each), place, low.report)
            found = infer.binary("||", found, same, place, low.report) if number else same
    else:
        found = jinja_conditions.contained(low.report, left, low.expression(operand.expr), place)
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
    "Div": divided,
    "FloorDiv": divided,
    "Mod": divided,
    "List": listed,
    "Tuple": listed,
    "Concat": _concatenated,
    "Not": _negated,
    "Neg": _minus,
    "CondExpr": _chosen,
}
"""By the name of Jinja's node."""

_NAMED = {
    "Pow": "`**`",
    "Dict": "a dictionary",
    "Slice": "a slice",
    "Getitem": "an index",
    "Call": "this call",
    "Filter": "this use of a filter",
}

FILTERS = (*_FUNCTIONS, "capitalize", *OWN, *jinja_lists.NAMES)
"""Jinja's own filters that are understood."""
