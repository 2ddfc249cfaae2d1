"""An argument that is a lambda or names a method, and what it is applied to, go in; the value of its body comes out."""

from typing import TYPE_CHECKING

from compiler.expressions import functions, infer
from compiler.expressions.tree import Expression

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering


def applied(low: "Lowering", argument: "Node", *items: Expression) -> Expression:
    """The body of `x => …` or `(x, y) => …`, or the method of `char.IsDigit`, with `items` for its parameters."""
    inner = argument.named_children[0] if argument.named_children else argument
    if inner.type == "lambda_expression":
        return _lambda(low, inner, *items)
    if inner.type == "member_access_expression":
        class_node, name_node = inner.child_by_field_name("expression"), inner.child_by_field_name("name")
        class_name = low.class_of(class_node) if class_node is not None else None
        function = functions.static(class_name, low.source.text(name_node)) if class_name and name_node else None
        if function is not None:
            return infer.call(function, items, low.place(inner), low.report)
    return low.refused(inner, "write a lambda: `x => …`")


def is_of_two(argument: "Node") -> bool:
    """Whether an argument is `(x, i) => …`."""
    inner = argument.named_children[0] if argument.named_children else argument
    return inner.type == "lambda_expression" and len(_parameters(inner)) == 2


def _lambda(low: "Lowering", node: "Node", *items: Expression) -> Expression:
    names, body = _parameters(node), node.child_by_field_name("body")
    if len(names) != len(items) or body is None:
        parameters = "one parameter: `x => …`" if len(items) == 1 else "two parameters: `(x, y) => …`"
        return low.refused(node, f"write a lambda with {parameters}")
    given: dict[str, Expression] = {}
    for name_node, item in zip(names, items, strict=True):
        name = low.source.text(name_node)
        if name in low.names or name in given:
            message = f"`{name}` is declared already"
            return low.report.error("E605", message, low.place(name_node), "give it another name")
        given[name] = item
    before = dict(low.names)
    low.names = {**before, **given}
    value = low.block(body) if body.type == "block" else low.expression(body)
    after, low.names = low.names, before
    changed = next((each for each in before if after.get(each) is not before[each]), None)
    if changed is not None:
        message = f"a lambda cannot change `{changed}`, which is declared outside it"
        return low.report.error("E601", message, low.place(body), "use `foreach`")
    return value


def _parameters(node: "Node") -> "list[Node]":
    """The names of the parameters, bare or in parentheses."""
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        return []
    if parameters.type == "implicit_parameter":
        return [parameters]
    written = (each for each in parameters.named_children if each.type == "parameter")
    return [name for each in written if (name := each.child_by_field_name("name")) is not None]
