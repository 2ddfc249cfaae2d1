"""An argument that is a lambda or names a method, and what it is applied to, go in; the value of its body comes out."""

from typing import TYPE_CHECKING

from compiler.expressions import functions, infer
from compiler.expressions.tree import Expression

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering


def applied(low: "Lowering", argument: "Node", item: Expression) -> Expression:
    """The body of `x => …`, or the method of `char.IsDigit`, with `item` for its parameter."""
    inner = argument.named_children[0] if argument.named_children else argument
    if inner.type == "lambda_expression":
        return _lambda(low, inner, item)
    if inner.type == "member_access_expression":
        class_node, name_node = inner.child_by_field_name("expression"), inner.child_by_field_name("name")
        class_name = low.class_of(class_node) if class_node is not None else None
        function = functions.static(class_name, low.source.text(name_node)) if class_name and name_node else None
        if function is not None:
            return infer.call(function, [item], low.place(inner), low.report)
    return low.refused(inner, "write a lambda: `x => …`")


def _lambda(low: "Lowering", node: "Node", item: Expression) -> Expression:
    name_node, body = _parameter(node), node.child_by_field_name("body")
    if name_node is None or body is None:
        return low.refused(node, "write a lambda with one parameter: `x => …`")
    name = low.source.text(name_node)
    if name in low.names:
        return low.report.error("E605", f"`{name}` is declared already", low.place(name_node), "give it another name")
    before = dict(low.names)
    low.names = {**before, name: item}
    value = low.block(body) if body.type == "block" else low.expression(body)
    after, low.names = low.names, before
    changed = next((each for each in before if after.get(each) is not before[each]), None)
    if changed is not None:
        message = f"a lambda cannot change `{changed}`, which is declared outside it"
        return low.report.error("E601", message, low.place(body), "use `foreach`")
    return value


def _parameter(node: "Node") -> "Node | None":
    """The one parameter, bare or in parentheses."""
    parameters = node.child_by_field_name("parameters")
    if parameters is None or parameters.type == "implicit_parameter":
        return parameters
    written = [each for each in parameters.named_children if each.type == "parameter"]
    return written[0].child_by_field_name("name") if len(written) == 1 else None
