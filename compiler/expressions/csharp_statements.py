"""A C# body goes in, the one expression that it returns comes out.

Statements are run symbolically. Every `return` becomes an outcome: the conditions under which it is reached, and its
value. Outcomes are tried in their order, so an `if` that always returns leaves no trace in what follows it. Locals are
values by name; after an `if` that changed one, its value is a `Conditional`.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from compiler.expressions import infer
from compiler.expressions.csharp import DEEPEST, Lowering
from compiler.expressions.csharp_constants import TYPES
from compiler.expressions.csharp_source import LONGEST, PARAMETER, Source
from compiler.expressions.infer import Place, Report
from compiler.expressions.measure import excess
from compiler.expressions.tree import Expression
from compiler.expressions.types import Scope, ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

PREFIX = "C#:"


class Outcome(Struct, frozen=True):
    """A value that is returned where `guard` holds; None holds always."""

    guard: Expression | None
    value: Expression


class Branch(Struct, frozen=True):
    """One arm of an `if` chain after it was run: its test (None: `else`), its outcomes and locals."""

    test: Expression | None
    outcomes: list[Outcome]
    names: dict[str, Expression]
    returns: bool


def parse_csharp(expression: str, parameter: Expression, scope: Scope, report: Report) -> Expression:
    """The value of `C#:name:body` or `C#:body`; `parameter` is what the name stands for."""
    match = PARAMETER.match(expression)
    assert match is not None
    if len(expression) > LONGEST:
        return report.error("E610", f"the expression is longer than {LONGEST} characters", (0, len(expression)))
    source = Source(expression[match.end() :], match.end(), report)
    if report.has_errors:
        return infer.null_at(source.whole)
    names = {match[1]: parameter} if match[1] else {}
    return _value_of(Lowering(source, scope, report, names, _block_value), source.statements, source.whole)


def _block_value(low: Lowering, block: "Node") -> Expression:
    """What the block of a lambda returns."""
    return _value_of(low, _statements(block), low.place(block))


def _value_of(low: Lowering, statements: "list[Node]", place: Place) -> Expression:
    body = _Body(low)
    if not body.run(statements) and not low.report.has_errors:
        return low.report.error(
            "E603", "not every path through the expression returns a value", place, "end with a `return` statement"
        )
    return body.value()


class _Body:
    """Runs the statements of one block after the other, with the outcomes so far."""

    def __init__(self, low: Lowering, depth: int = 0) -> None:
        self._low = low
        self._depth = depth
        self.outcomes: list[Outcome] = []

    def value(self) -> Expression:
        """The outcomes as one expression, the first that holds."""
        if not self.outcomes:
            return infer.null_at(self._low.source.whole)
        tree = self.outcomes[-1].value
        for outcome in reversed(self.outcomes[:-1]):
            place = infer.place_of(outcome.value)
            assert outcome.guard is not None
            tree = infer.conditional(outcome.guard, outcome.value, tree, place, self._low.report)
        return tree

    def run(self, statements: "list[Node]") -> bool:
        """Run statements in order; whether they return on every path."""
        if self._depth > DEEPEST // 2:
            self._low.report.error("E610", "the statements are nested too deep", self._low.place(statements[0]))
            return True
        for node in statements:
            if self._statement(node):
                return True
        return False

    def _statement(self, node: "Node") -> bool:
        kind = node.type
        if kind == "return_statement":
            return self._return(node)
        if kind == "if_statement":
            return self._if(node)
        if kind == "block":
            return self._block(node)
        if kind == "local_declaration_statement":
            self._declare(node)
        elif kind == "expression_statement":
            self._assign(node)
        elif kind not in ("empty_statement", "comment"):
            named = kind.replace("_statement", "").replace("_", " ")
            self._low.report.error(
                "E601",
                f"`{named}` is not among the C# that expressions may use",
                self._low.place(node),
                "use `if` and `return`",
            )
        return False

    def _block(self, node: "Node") -> bool:
        """The locals declared in a block end with it."""
        self._depth += 1
        before = set(self._low.names)
        returns = self.run(_statements(node))
        self._depth -= 1
        self._low.names = {name: value for name, value in self._low.names.items() if name in before}
        return returns

    def _return(self, node: "Node") -> bool:
        value = _only(node)
        if value is None:
            self._low.report.error("E603", "`return` without a value", self._low.place(node), "return null or a value")
            return True
        self.outcomes.append(Outcome(None, self._bounded(self._low.expression(value), node)))
        return True

    def _if(self, node: "Node") -> bool:
        """A whole `if … else if … else` chain, in a loop."""
        branches: list[Branch] = []
        following: Node | None = node
        before = dict(self._low.names)
        while following is not None and following.type == "if_statement":
            test = infer.condition(self._low.field(following, "condition"), self._low.report)
            branches.append(self._branch(test, following.child_by_field_name("consequence"), before))
            following = following.child_by_field_name("alternative")
        branches.append(self._branch(None, following, before))
        self._gather(branches)
        self._low.names = self._merged(branches, before)
        return all(branch.returns for branch in branches)

    def _branch(self, test: Expression | None, node: "Node | None", before: dict[str, Expression]) -> Branch:
        self._low.names = dict(before)
        inner = _Body(self._low, self._depth + 1)
        returns = inner.run([node]) if node is not None else False
        names = {name: value for name, value in self._low.names.items() if name in before}
        self._low.names = before
        return Branch(test, inner.outcomes, names, returns)

    def _gather(self, branches: list[Branch]) -> None:
        """The outcomes of a chain: in each branch, the branches before it that can be left without returning are not
        taken; those that always return have been tried already."""
        passed: Expression | None = None
        for branch in branches:
            taken = self._both(passed, branch.test)
            self.outcomes += (Outcome(self._both(taken, each.guard), each.value) for each in branch.outcomes)
            if branch.test is not None and not branch.returns:
                refused = infer.negated(branch.test, infer.place_of(branch.test), self._low.report)
                passed = self._both(passed, refused)

    def _both(self, first: Expression | None, second: Expression | None) -> Expression | None:
        if first is None or second is None:
            return first or second
        return infer.binary("&&", first, second, infer.place_of(second), self._low.report)

    def _merged(self, branches: list[Branch], before: dict[str, Expression]) -> dict[str, Expression]:
        """The locals after a chain. A branch that returns is never left, so its values do not matter."""
        *tested, last = branches
        merged = dict(last.names)
        for branch in reversed(tested):
            if branch.returns:
                continue
            for name in before:
                if branch.names[name] is not merged[name]:
                    merged[name] = self._chosen(branch, branch.names[name], merged[name])
        return merged

    def _chosen(self, branch: Branch, then: Expression, other: Expression) -> Expression:
        assert branch.test is not None
        return infer.conditional(branch.test, then, other, infer.place_of(then), self._low.report)

    def _declare(self, node: "Node") -> None:
        """`var x = value;` or with a type."""
        low = self._low
        declaration = next(child for child in node.named_children if child.type == "variable_declaration")
        kind = declaration.child_by_field_name("type")
        written = low.source.text(kind).rstrip("?") if kind is not None else ""
        if kind is not None and kind.type != "implicit_type" and written not in TYPES:
            low.report.error(
                "E601",
                f"the type `{written}` is not among the C# that expressions may use",
                low.place(kind),
                "write `var`",
            )
        for declarator in declaration.named_children:
            if declarator.type == "variable_declarator":
                self._declarator(declarator, TYPES.get(written))

    def _declarator(self, node: "Node", wanted: ValueType | None) -> None:
        low = self._low
        name_node = node.child_by_field_name("name")
        assert name_node is not None
        name = low.source.text(name_node)
        if name in low.names:
            low.report.error("E605", f"`{name}` is declared twice", low.place(name_node), "give it another name")
        values = [child for child in node.named_children if child.start_byte > name_node.start_byte]
        value = low.expression(values[-1]) if values else infer.null_at(low.place(node))
        if wanted is not None and value.type not in (wanted, ValueType.NULL):
            message = f"`{name}` is {infer.named(wanted)}, and its value is {infer.named(value.type)}"
            value = low.report.error("E602", message, infer.place_of(value))
        low.names[name] = self._bounded(value, node)

    def _assign(self, node: "Node") -> None:
        """`x = value;`, `x += value;` or `logger.LogDebug(…);`, which has no effect on the value."""
        low = self._low
        inner = _only(node)
        if inner is None or inner.type != "assignment_expression":
            if inner is None or not low.source.text(inner).startswith("logger.LogDebug("):
                low.refused(inner or node, "a statement declares or changes a variable, or returns a value")
            return
        left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        sign = low.source.text(inner.children[1])
        name = low.source.text(left) if left is not None else ""
        if left is None or left.type != "identifier" or right is None or sign not in ("=", "+="):
            low.refused(inner)
        elif name not in low.names:
            low.expression(left)
        else:
            value = low.expression(right)
            if sign == "+=":
                value = infer.binary("+", low.names[name], value, low.place(inner), low.report)
            low.names[name] = self._bounded(self._same_type(name, value), inner)

    def _same_type(self, name: str, value: Expression) -> Expression:
        if infer.unified(self._low.names[name], value) is not None:
            return value
        message = f"`{name}` is {infer.named(self._low.names[name].type)}, and this is {infer.named(value.type)}"
        return self._low.report.error("E602", message, infer.place_of(value), "declare another variable")

    def _bounded(self, value: Expression, node: "Node") -> Expression:
        """Locals are put in place of their names, so a value can grow with every statement."""
        wrong = excess(value)
        if not wrong:
            return value
        return self._low.report.error("E610", wrong, self._low.place(node), "compute a property first")


def _statements(block: "Node") -> "list[Node]":
    return [child for child in block.named_children if child.type != "comment"]


def _only(node: "Node") -> "Node | None":
    return next((child for child in node.named_children if child.type != "comment"), None)
