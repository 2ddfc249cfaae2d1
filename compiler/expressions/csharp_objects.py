"""`new …`, initialisers, indexes and changes of lists and dictionaries in C# go in, nodes over them come out."""

from functools import reduce
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.expressions import csharp_implicit, csharp_regex, functions, infer
from compiler.expressions.csharp_constants import TYPES
from compiler.expressions.infer import Place
from compiler.expressions.tree import Call, Constant, Expression, ListCall
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

_LISTS = ("List", "HashSet", "System.Collections.Generic.List", "System.Collections.Generic.HashSet")
_MAPS = ("Dictionary", "System.Collections.Generic.Dictionary")


def created(low: "Lowering", node: "Node") -> Expression:
    """`new List<string> { … }`, `new Dictionary<string, string> { … }`, `new string[] { … }`, `new[] { … }`, `[…]`."""
    kind = node.child_by_field_name("type")
    written = low.source.text(kind).replace(" ", "") if kind is not None else ""
    name, _, of = written.partition("<")
    if written in ("string", "String", "System.String"):
        return _string(low, node)
    if name in ("Random", "System.Random"):
        return _random(low, node)
    if name in ("Regex", "System.Text.RegularExpressions.Regex"):
        return csharp_regex.created(low, _given(node), low.place(node))
    if name in ("TimeSpan", "System.TimeSpan"):
        return _span(low, node)
    if name in _MAPS:
        if of.rstrip(">") != "string,string":
            return low.report.error("E601", "a dictionary must lead from texts to texts", low.place(kind or node))
        return _map(low, node)
    is_list = name in _LISTS or node.type != "object_creation_expression"
    item = _item_type(written)
    if not is_list or (of and item is None) or _has_arguments(node):
        help = "new List<…>, new Dictionary<string, string> and arrays may be created"
        return low.refused(node, help)
    return initialised(low, next((c for c in node.named_children if c.type == "initializer_expression"), node), item)


def _given(node: "Node") -> "list[Node]":
    arguments = node.child_by_field_name("arguments")
    return [each for each in arguments.named_children if each.type == "argument"] if arguments is not None else []


def _string(low: "Lowering", node: "Node") -> Expression:
    """`new string('x', 3)`, `new string(characters)`."""
    trees, place = low.arguments(_given(node)), low.place(node)
    kinds = [each.type for each in trees]
    if len(trees) == 1 and (trees[0].item is ValueType.CHAR or kinds == [ValueType.NULL]):
        return _call("join", ValueType.STRING, (infer.text_at("", place), trees[0]), place)
    if kinds != [ValueType.CHAR, ValueType.INTEGER]:
        return low.report.error("E605", "`new string` takes a character and a number, or characters", place)
    given = [infer.text_at("", place), trees[1], replace(trees[0], type=ValueType.STRING)]
    return infer.call(functions.FUNCTIONS["PadLeft"], given, place, low.report)


def _random(low: "Lowering", node: "Node") -> Expression:
    """`new Random()` and `new Random(seed)`."""
    trees, place = low.arguments(_given(node)), low.place(node)
    if len(trees) > 1 or any(not isinstance(each, Constant) for each in trees):
        return low.report.error("E605", "`Random` takes nothing, or a constant number", place)
    seed = trees[0].value if trees and isinstance(trees[0], Constant) else ""
    return csharp_implicit.random(str(seed), place)


def _span(low: "Lowering", node: "Node") -> Expression:
    """`new TimeSpan(hours, minutes, seconds)`, with days before them, or with ticks alone."""
    trees, place = low.arguments(_given(node)), low.place(node)
    units = {3: ("Hours", "Minutes", "Seconds"), 4: ("Days", "Hours", "Minutes", "Seconds")}.get(len(trees))
    if units is None or any(each.type is not ValueType.INTEGER for each in trees):
        return low.report.error(
            "E605", "`TimeSpan` takes three or four whole numbers", place, "or write TimeSpan.FromDays"
        )
    parts = [
        infer.call(functions.FUNCTIONS[f"TimeSpan.From{unit}"], [infer.as_double(tree)], place, low.report)
        for unit, tree in zip(units, trees, strict=True)
    ]
    return reduce(lambda sum, part: infer.binary("+", sum, part, place, low.report), parts)


def _has_arguments(node: "Node") -> bool:
    arguments = node.child_by_field_name("arguments")
    return arguments is not None and arguments.named_child_count > 0


def _item_type(written: str) -> ValueType | None:
    inner = written.partition("<")[2].rstrip(">") or written.rpartition("[")[0]
    return ValueType.CHAR if inner == "char" else TYPES.get(inner.rstrip("?"))


def initialised(low: "Lowering", node: "Node", item: ValueType | None) -> Expression:
    """The values between braces or brackets as a list."""
    place = low.place(node)
    if node.type == "collection_expression":
        nodes = [each for element in node.named_children for each in element.named_children]
        nodes = [each.named_children[0] if each.type == "expression_element" else each for each in nodes]
    else:
        nodes = node.named_children if node.type == "initializer_expression" else []
    values = tuple(low.expression(each) for each in nodes if each.type != "comment")
    kinds = {each.type for each in values} - {ValueType.NULL}
    item = item or (next(iter(kinds)) if len(kinds) == 1 else None)
    if kinds - {item} or (kinds & {ValueType.RESOURCE, ValueType.LIST, ValueType.MAP}):
        return low.report.error("E602", "the values must be of one type", place)
    return _call("listof", ValueType.LIST, values, place, item)


def _map(low: "Lowering", node: "Node") -> Expression:
    entries: list[Expression] = []
    block = next((child for child in node.named_children if child.type == "initializer_expression"), None)
    for each in block.named_children if block is not None else ():
        if each.type == "initializer_expression" and each.named_child_count == 2:
            entries += (_text(low, part) for part in each.named_children)
        elif each.type == "assignment_expression" and each.named_children[0].type == "element_binding_expression":
            key, value = each.named_children[0].named_children[0].named_children[0], each.named_children[-1]
            entries += (_text(low, key), _text(low, value))
        elif each.type != "comment":
            low.refused(each, 'write `{ "key", value }` or `["key"] = value`')
    return _call("mapof", ValueType.MAP, tuple(entries), low.place(node))


def _text(low: "Lowering", node: "Node") -> Expression:
    tree = low.expression(node)
    if tree.type in (ValueType.STRING, ValueType.NULL):
        return tree
    return low.report.error("E602", f"a text is needed, and this is {infer.named(tree.type)}", infer.place_of(tree))


def _call(
    function: str, kind: ValueType, trees: tuple[Expression, ...], place: Place, item: ValueType | None = None
) -> Expression:
    return ListCall(type=kind, item=item, function=function, arguments=trees, start=place[0], end=place[1])


def indexed(low: "Lowering", node: "Node") -> Expression:
    """`text[0]`, `list[0]`, `list[^1]`, `map["key"]`, `match.Groups[1]`."""
    target, subscript = node.child_by_field_name("expression"), node.child_by_field_name("subscript")
    inner = [part for each in subscript.named_children for part in each.named_children] if subscript else []
    if target is None or len(inner) != 1:
        return low.refused(node)
    place = low.place(node)
    if inner[0].type == "range_expression":
        return _cut(low, node, target, inner[0])
    found = _group(low, target, inner[0], place)
    if found is not None:
        return found
    value = low.expression(target)
    if value.type is ValueType.NULL:
        return infer.null_at(place)
    if value.type is ValueType.MAP:
        return _call("value", ValueType.STRING, (value, _text(low, inner[0])), place)
    if value.type not in (ValueType.STRING, ValueType.LIST) or value.item is ValueType.RESOURCE:
        return low.refused(node, "use First() or Skip(…)")
    position = _position(low, value, inner[0], place)
    if position.type not in (ValueType.INTEGER, ValueType.NULL):
        return low.report.error("E602", "the position must be an integer", infer.place_of(position))
    if value.type is ValueType.LIST:
        return _call("at", value.item or ValueType.NULL, (value, position), place)
    return infer.call(functions.FUNCTIONS["string.Character"], [value, position], place, low.report)


def _cut(low: "Lowering", node: "Node", target: "Node", span: "Node") -> Expression:
    """`text[1..3]`, `text[..^1]`, `text[2..]`."""
    value, place = low.expression(target), low.place(node)
    if value.type not in (ValueType.STRING, ValueType.NULL):
        return low.refused(node, "only texts are cut; use Skip and Take")
    at = next((number for number, child in enumerate(span.children) if child.type == ".."), 0)
    before, after = span.children[:at], span.children[at + 1 :]
    zero = Constant(type=ValueType.INTEGER, value=0, start=place[0], end=place[1])
    start = _position(low, value, before[0], place) if before else zero
    given = [value, start]
    if after:
        given.append(infer.binary("-", _position(low, value, after[0], place), start, place, low.report))
    return infer.call(functions.FUNCTIONS["Substring"], given, place, low.report)


def _group(low: "Lowering", target: "Node", index: "Node", place: Place) -> Expression | None:
    name = target.child_by_field_name("name") if target.type == "member_access_expression" else None
    if name is None or low.source.text(name) != "Groups":
        return None
    match = low.field(target, "expression")
    return csharp_regex.group(low, match, low.expression(index), place) if isinstance(match, Call) else None


def _position(low: "Lowering", value: Expression, node: "Node", place: Place) -> Expression:
    """A position from the start, or with `^` from the end."""
    if node.type != "prefix_unary_expression" or low.source.text(node)[0] != "^":
        return low.expression(node)
    back = low.expression(node.named_children[-1])
    if value.type is ValueType.LIST:
        length = _call("count", ValueType.INTEGER, (value,), place)
    else:
        length = infer.call(functions.FUNCTIONS["Length"], [value], place, low.report)
    return infer.binary("-", length, back, place, low.report)


def map_method(
    low: "Lowering", receiver: Expression, name: str, given: "list[Node]", place: Place
) -> Expression | None:
    """`map.ContainsKey(key)` and `map.TryGetValue(key, out var value)`; None for any other method."""
    if name not in ("ContainsKey", "TryGetValue") or len(given) != (1 if name == "ContainsKey" else 2):
        return None
    (key,) = low.arguments(given[:1])
    if key.type not in (ValueType.STRING, ValueType.NULL):
        return low.report.error("E602", f"a text is needed, not {infer.named(key.type)}", infer.place_of(key))
    if name == "TryGetValue":
        low.declare_out(given[1], _call("value", ValueType.STRING, (receiver, key), place))
    return _call("haskey", ValueType.BOOLEAN, (receiver, key), place)


def changed(
    low: "Lowering", value: Expression, method: str, arguments: list[Expression], place: Place
) -> Expression | None:
    """A list or map after `Add` or `AddRange`; None for any other method."""
    if value.type is ValueType.MAP and method == "Add" and len(arguments) == 2:
        return put(low, value, arguments[0], arguments[1], place)
    if value.type is not ValueType.LIST or method not in ("Add", "AddRange") or len(arguments) != 1:
        return None
    (added,) = arguments
    item = added.item if method == "AddRange" else added.type
    fits = item in (value.item, ValueType.NULL) or value.item is None
    if not fits or item is ValueType.RESOURCE or (method == "AddRange" and added.type is not ValueType.LIST):
        return low.report.error("E602", "this is not a value as the list holds", infer.place_of(added))
    kind = value.item or item
    if method == "Add":
        added = _call("listof", ValueType.LIST, (added,), place, kind)
    return _call("concat", ValueType.LIST, (value, added), place, kind)


def put(low: "Lowering", value: Expression, key: Expression, entry: Expression, place: Place) -> Expression:
    """A map with one more entry."""
    for each in (key, entry):
        if each.type not in (ValueType.STRING, ValueType.NULL):
            return low.report.error("E602", f"a text is needed, not {infer.named(each.type)}", infer.place_of(each))
    if isinstance(value, ListCall) and value.function == "mapof":
        return _call("mapof", ValueType.MAP, _with_entry(value.arguments, key, entry), place)
    return _call("put", ValueType.MAP, (value, key, entry), place)


def _with_entry(entries: tuple[Expression, ...], key: Expression, entry: Expression) -> tuple[Expression, ...]:
    """A later entry of the same constant key replaces an earlier one."""
    pairs = list(zip(entries[::2], entries[1::2], strict=True))
    if isinstance(key, Constant):
        pairs = [pair for pair in pairs if not (isinstance(pair[0], Constant) and pair[0].value == key.value)]
    return tuple(part for pair in (*pairs, (key, entry)) for part in pair)
