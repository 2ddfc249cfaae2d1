"""A C# body goes in, the one expression that it returns comes out.

Statements are run symbolically. Every `return` becomes an outcome: the conditions under which it is reached, and its
value. Outcomes are tried in their order, so an `if` that always returns leaves no trace in what follows it. Locals are
values by name; after an `if` that changed one, its value is a `Conditional`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from compiler.expressions import csharp_patterns, infer
from compiler.expressions.csharp import DEEPEST, Lowering
from compiler.expressions.csharp_locals import assign, bounded, declare
from compiler.expressions.csharp_loops import Iteration, Names, Outcome, run_foreach
from compiler.expressions.csharp_source import LONGEST, PARAMETER, Source
from compiler.expressions.infer import Place, Report
from compiler.expressions.tree import Expression
from compiler.expressions.types import Scope

if TYPE_CHECKING:
    from tree_sitter import Node

PREFIX = "C#:"


class Branch(Struct, frozen=True):
    """One arm of an `if` chain after it was run: its test (None: `else`), its outcomes and locals."""

    test: Expression | None
    outcomes: list[Outcome]
    names: dict[str, Expression]
    returns: bool


def parse_csharp(
    expression: str, parameter: Expression, scope: Scope, report: Report, implicit: Mapping[str, Expression]
) -> Expression:
    """The value of `C#:name:body` or `C#:body`; `parameter` is what the name stands for, and `implicit` holds further
    variables by their names."""
    match = PARAMETER.match(expression)
    assert match is not None
    if len(expression) > LONGEST:
        return report.error("E610", f"the expression is longer than {LONGEST} characters", (0, len(expression)))
    source = Source(expression[match.end() :], match.end(), report)
    if report.has_errors:
        return infer.null_at(source.whole)
    names = {**implicit, **({match[1]: parameter} if match[1] else {})}
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

    def __init__(self, low: Lowering, depth: int = 0, *, in_loop: bool = False) -> None:
        self._low = low
        self._depth = depth
        self._in_loop = in_loop
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
        leaving = {
            "return_statement": self._return,
            "if_statement": self._if,
            "switch_statement": self._switch,
            "block": self._block,
            "foreach_statement": self._foreach,
            "break_statement": self._leave,
            "continue_statement": self._leave,
        }.get(kind)
        if leaving is not None:
            return leaving(node)
        if kind == "local_declaration_statement":
            declare(self._low, node)
        elif kind == "expression_statement":
            assign(self._low, node)
        elif kind not in ("empty_statement", "comment"):
            self._refuse(node)
        return False

    def _refuse(self, node: "Node") -> None:
        named = node.type.replace("_statement", "").replace("_", " ")
        loops = "a query cannot tell when it would end; use `foreach` or LINQ"
        help = loops if named in ("for", "while", "do") else "use `if`, `switch`, `foreach` and `return`"
        message = f"`{named}` is not among the C# that expressions may use"
        self._low.report.error("E601", message, self._low.place(node), help)

    def _leave(self, node: "Node") -> bool:
        """`break` and `continue`."""
        if not self._in_loop:
            self._refuse(node)
            return True
        kind: Literal["break", "continue"] = "break" if node.type == "break_statement" else "continue"
        self.outcomes.append(Outcome(None, infer.null_at(self._low.place(node)), kind, dict(self._low.names)))
        return True

    def _foreach(self, node: "Node") -> bool:
        loop = run_foreach(self._low, node, self._iteration)
        self._low.names = {name: bounded(self._low, value, node) for name, value in loop.names.items()}
        if loop.returned is not None:
            self.outcomes.append(Outcome(loop.returned, bounded(self._low, loop.value, node)))
        return False

    def _iteration(self, body: "Node", names: Names) -> Iteration:
        before, self._low.names = self._low.names, dict(names)
        inner = _Body(self._low, self._depth + 1, in_loop=True)
        leaves = inner.run([body])
        after, self._low.names = self._low.names, before
        return Iteration(inner.outcomes, None if leaves else after)

    def _switch(self, node: "Node") -> bool:
        """A `switch` is an `if` chain; labels without statements share those of the next."""
        value, before = self._low.field(node, "value"), dict(self._low.names)
        branches: list[Branch] = []
        default: list[Node] | None = None
        test: Expression | None = None
        for section in _sections(node):
            own = self._label(section, value)
            test = self._either(test, own)
            statements = _section_statements(section)
            if not statements:
                default = [] if own is None else default
                continue
            if own is None or default == []:
                default = statements
            else:
                branches.append(self._section(test, statements, before))
            test = None
        branches.append(self._section(None, default or [], before))
        self._gather(branches)
        self._low.names = self._merged(branches, before)
        return all(branch.returns for branch in branches)

    def _either(self, first: Expression | None, second: Expression | None) -> Expression | None:
        if first is None or second is None:
            return first or second
        return infer.binary("||", first, second, infer.place_of(second), self._low.report)

    def _label(self, section: "Node", value: Expression) -> Expression | None:
        """The test of a `case`; None for `default`."""
        if section.children[0].type == "default":
            return None
        test = csharp_patterns.matches(self._low, value, section.named_children[0])
        when = next((each for each in section.named_children if each.type == "when_clause"), None)
        if when is None:
            return test
        condition = infer.condition(self._low.expression(when.named_children[0]), self._low.report)
        return infer.binary("&&", test, condition, self._low.place(when), self._low.report)

    def _section(self, test: Expression | None, statements: "list[Node]", before: Names) -> Branch:
        self._low.names = dict(before)
        ended = statements[:-1] if statements and statements[-1].type == "break_statement" else statements
        inner = _Body(self._low, self._depth + 1, in_loop=False)
        returns = inner.run(ended) if ended else False
        names = {name: value for name, value in self._low.names.items() if name in before}
        self._low.names = before
        return Branch(test, inner.outcomes, names, returns)

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
        self.outcomes.append(Outcome(None, bounded(self._low, self._low.expression(value), node)))
        return True

    def _if(self, node: "Node") -> bool:
        """A whole `if … else if … else` chain, in a loop."""
        branches: list[Branch] = []
        following: Node | None = node
        before = dict(self._low.names)
        while following is not None and following.type == "if_statement":
            test = infer.condition(self._low.field(following, "condition"), self._low.report)
            before = {**self._low.names, **before}  # with what `out var` and patterns in the test declare
            branches.append(self._branch(test, following.child_by_field_name("consequence"), before))
            following = following.child_by_field_name("alternative")
        branches.append(self._branch(None, following, before))
        self._gather(branches)
        self._low.names = self._merged(branches, before)
        return all(branch.returns for branch in branches)

    def _branch(self, test: Expression | None, node: "Node | None", before: dict[str, Expression]) -> Branch:
        self._low.names = dict(before)
        inner = _Body(self._low, self._depth + 1, in_loop=self._in_loop)
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
            self.outcomes += (replace(each, guard=self._both(taken, each.guard)) for each in branch.outcomes)
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
            for name, value in branch.names.items():
                if name in merged and value is not merged[name]:
                    merged[name] = self._chosen(branch, value, merged[name])
        return merged

    def _chosen(self, branch: Branch, then: Expression, other: Expression) -> Expression:
        assert branch.test is not None
        return infer.conditional(branch.test, then, other, infer.place_of(then), self._low.report)


def _statements(block: "Node") -> "list[Node]":
    return [child for child in block.named_children if child.type != "comment"]


def _sections(node: "Node") -> "list[Node]":
    body = node.child_by_field_name("body")
    return [each for each in body.named_children if each.type == "switch_section"] if body is not None else []


def _section_statements(section: "Node") -> "list[Node]":
    return [each for each in section.named_children if each.type.endswith("_statement") or each.type == "block"]


def _only(node: "Node") -> "Node | None":
    return next((child for child in node.named_children if child.type != "comment"), None)
