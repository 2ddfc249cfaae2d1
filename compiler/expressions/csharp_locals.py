"""A declaration or an assignment in C# goes in; the locals, values by name, change in the `Lowering`."""

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from compiler.expressions import csharp_objects, infer
from compiler.expressions.csharp_constants import TYPES
from compiler.expressions.infer import Place
from compiler.expressions.measure import excess
from compiler.expressions.tree import Constant, Expression, Operator
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_COLLECTIONS = ("List<", "IList<", "IEnumerable<", "ICollection<", "HashSet<", "Dictionary<", "IDictionary<")
_SIGNS = ("=", "+=", "-=", "*=", "/=", "%=", "??=")


def declare(low: "Lowering", node: "Node") -> None:
    """`var x = value;` or with a type."""
    declaration = next(child for child in node.named_children if child.type == "variable_declaration")
    kind = declaration.child_by_field_name("type")
    written = low.source.text(kind).rstrip("?") if kind is not None else ""
    if kind is not None and kind.type != "implicit_type" and not _is_known(written):
        message = f"the type `{written}` is not among the C# that expressions may use"
        low.report.error("E601", message, low.place(kind), "write `var`")
    for declarator in declaration.named_children:
        if declarator.type == "variable_declarator":
            _declarator(low, declarator, _kind(written))


def _is_known(written: str) -> bool:
    return written in TYPES or written.startswith(_COLLECTIONS) or written.endswith("[]")


def _kind(written: str) -> ValueType | None:
    if "Dictionary<" in written:
        return ValueType.MAP
    if written.startswith(_COLLECTIONS) or written.endswith("[]"):
        return ValueType.LIST
    return TYPES.get(written)


def _declarator(low: "Lowering", node: "Node", wanted: ValueType | None) -> None:
    name_node = node.child_by_field_name("name")
    assert name_node is not None
    name = low.source.text(name_node)
    if name in low.names:
        low.report.error("E605", f"`{name}` is declared twice", low.place(name_node), "give it another name")
    values = [child for child in node.named_children if child.start_byte > name_node.start_byte]
    value = low.expression(values[-1]) if values else infer.null_at(low.place(node))
    if wanted is ValueType.DOUBLE and value.type is ValueType.INTEGER:
        value = infer.as_double(value)
    if wanted is not None and value.type not in (wanted, ValueType.NULL):
        message = f"`{name}` is {infer.named(wanted)}, and its value is {infer.named(value.type)}"
        value = low.report.error("E602", message, infer.place_of(value))
    if wanted is not None and isinstance(value, Constant) and value.value is None:
        value = replace(value, type=wanted)
    low.names[name] = bounded(low, value, node)


def assign(low: "Lowering", node: "Node") -> None:
    """`x = value;`, `x += value;`, `x++;`, `list.Add(value);`, `map["key"] = value;`, or `logger.LogDebug(…);`, which
    has no effect on the value."""
    inner = next((child for child in node.named_children if child.type != "comment"), None)
    if inner is None:
        low.refused(node)
    elif inner.type == "assignment_expression":
        _assignment(low, inner)
    elif inner.type in ("postfix_unary_expression", "prefix_unary_expression"):
        _stepped(low, inner)
    elif inner.type == "invocation_expression":
        _called(low, inner)
    else:
        _useless(low, inner)


def _useless(low: "Lowering", node: "Node") -> None:
    low.refused(node, "a statement declares or changes a variable, or returns a value")


def _assignment(low: "Lowering", node: "Node") -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    sign = low.source.text(node.children[1])
    if left is not None and left.type == "element_access_expression" and right is not None and sign == "=":
        _entry(low, node, left, right)
        return
    if left is None or left.type != "identifier" or right is None or sign not in _SIGNS:
        low.refused(node)
        return
    name = low.source.text(left)
    if name not in low.names:
        low.expression(left)
        return
    value = low.expression(right)
    if sign == "??=":
        value = infer.coalesced(low.names[name], value, low.place(node), low.report)
    elif sign != "=":
        value = infer.binary(cast(Operator, sign[0]), low.names[name], value, low.place(node), low.report)
    _set(low, name, value, node)


def _entry(low: "Lowering", node: "Node", left: "Node", right: "Node") -> None:
    """`map["key"] = value;`"""
    target, subscript = left.child_by_field_name("expression"), left.child_by_field_name("subscript")
    inner = [part for each in subscript.named_children for part in each.named_children] if subscript else []
    name = low.source.text(target) if target is not None else ""
    if name not in low.names or low.names[name].type is not ValueType.MAP or len(inner) != 1:
        low.refused(node, "only the entries of a dictionary can be set")
        return
    key, value = low.expression(inner[0]), low.expression(right)
    _set(low, name, csharp_objects.put(low, low.names[name], key, value, low.place(node)), node)


def _stepped(low: "Lowering", node: "Node") -> None:
    """`x++;` and `x--;`"""
    written = low.source.text(node)
    name = low.source.text(node.named_children[0])
    sign = "+" if "++" in written else "-" if "--" in written else ""
    if not sign or name not in low.names:
        _useless(low, node)
        return
    place: Place = low.place(node)
    one = Constant(type=ValueType.INTEGER, value=1, start=place[0], end=place[1])
    _set(low, name, infer.binary(cast(Operator, sign), low.names[name], one, place, low.report), node)


def _called(low: "Lowering", node: "Node") -> None:
    target, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    receiver = target.child_by_field_name("expression") if target is not None else None
    name_node = target.child_by_field_name("name") if target is not None else None
    if receiver is None or name_node is None or arguments is None:
        _useless(low, node)
        return
    name, method = low.source.text(receiver), low.source.text(name_node)
    if name == "logger" and method == "LogDebug" and name not in low.names:
        return
    if method == "TryParse":
        low.expression(node)
        return
    value = low.names.get(name)
    if value is not None and value.type in (ValueType.LIST, ValueType.MAP):
        given = [child for child in arguments.named_children if child.type == "argument"]
        changed = csharp_objects.changed(low, value, method, low.arguments(given), low.place(node))
        if changed is not None:
            _set(low, name, changed, node)
            return
    _useless(low, node)


def _set(low: "Lowering", name: str, value: Expression, node: "Node") -> None:
    before = low.names[name]
    if before.type is ValueType.DOUBLE and value.type is ValueType.INTEGER:
        value = infer.as_double(value)
    fits = infer.unified(before, value) is not None or (before.type is value.type and before.item is None)
    if not fits:
        message = f"`{name}` is {infer.named(before.type)}, and this is {infer.named(value.type)}"
        value = low.report.error("E602", message, infer.place_of(value), "declare another variable")
    low.names[name] = bounded(low, value, node)


def bounded(low: "Lowering", value: Expression, node: "Node") -> Expression:
    """Locals are put in place of their names, so a value can grow with every statement."""
    wrong = excess(value)
    if not wrong:
        return value
    return low.report.error("E610", wrong, low.place(node), "compute a property first")
