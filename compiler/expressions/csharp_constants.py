"""Literals of C# go in, constants come out; an interpolated string becomes a concatenation."""

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from compiler.expressions import csharp_statics, infer
from compiler.expressions.infer import Place
from compiler.expressions.tree import Constant, Expression
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

TYPES = {
    "string": ValueType.STRING,
    "String": ValueType.STRING,
    "int": ValueType.INTEGER,
    "long": ValueType.INTEGER,
    "Int32": ValueType.INTEGER,
    "bool": ValueType.BOOLEAN,
    "Boolean": ValueType.BOOLEAN,
    "char": ValueType.CHAR,
    "Int64": ValueType.INTEGER,
    "double": ValueType.DOUBLE,
    "TimeSpan": ValueType.SPAN,
    "DateTime": ValueType.DATETIME,
    "System.DateTime": ValueType.DATETIME,
    "Guid": ValueType.GUID,
    "Match": ValueType.MATCH,
}
"""The types that a local variable or a cast may name."""

_ESCAPES = {
    "'": "'",
    '"': '"',
    "\\": "\\",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "0": "\0",
    "e": "\x1b",
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,4})|(.))", re.DOTALL)


def string(low: "Lowering", node: "Node") -> Expression:
    """`"text"`."""
    return _constant(low, unescaped(low.source.text(node)[1:-1]), low.place(node))


def verbatim(low: "Lowering", node: "Node") -> Expression:
    """`@"text"`."""
    return _constant(low, low.source.text(node)[2:-1].replace('""', '"'), low.place(node))


def raw(low: "Lowering", node: "Node") -> Expression:
    """A raw string on one line."""
    content = next((low.source.text(child) for child in node.named_children if child.type == "raw_string_content"), "")
    if "\n" in content:
        return low.refused(node, "line breaks in attributes arrive as spaces; write a raw string on one line")
    return _constant(low, content, low.place(node))


def character(low: "Lowering", node: "Node") -> Expression:
    """`'c'`."""
    found = _constant(low, unescaped(low.source.text(node)[1:-1]), low.place(node))
    return replace(found, type=ValueType.CHAR) if isinstance(found, Constant) and found.value is not None else found


def integer(low: "Lowering", node: "Node") -> Expression:
    """Digits; unlike in C, a leading zero means nothing."""
    written = low.source.text(node).replace("_", "").lower().rstrip("ul")
    bases = {"0x": 16, "0b": 2}
    value = int(written[2:], bases[written[:2]]) if written[:2] in bases else int(written)
    if value >= 2**63:
        return low.report.error("E605", "the integer is too large", low.place(node))
    return _typed(ValueType.INTEGER, value, low.place(node))


def real(low: "Lowering", node: "Node") -> Expression:
    """Digits with a decimal point."""
    written = low.source.text(node).replace("_", "").lower()
    if written[-1] in "mf":
        return low.refused(node, "write the number without its last letter")
    return _typed(ValueType.DOUBLE, float(written.rstrip("d")), low.place(node))


def boolean(low: "Lowering", node: "Node") -> Expression:
    """`true` or `false`."""
    return _typed(ValueType.BOOLEAN, low.source.text(node) == "true", low.place(node))


def null(low: "Lowering", node: "Node") -> Expression:
    """`null`."""
    return infer.null_at(low.place(node))


def interpolation(low: "Lowering", node: "Node") -> Expression:
    """`$"text {value:format}"`; null counts as empty."""
    opening = next((low.source.text(child) for child in node.children if child.type == "interpolation_start"), "")
    if opening not in ("$", "$@", "@$"):
        return low.refused(node)
    place = low.place(node)
    parts = [_piece(low, child, "@" in opening) for child in node.named_children if child.type in _PIECES]
    tree: Expression = infer.text_at("", (place[0], place[0]))
    for part in parts:
        tree = part if part is parts[0] and _is_text(part) else infer.binary("+", tree, part, place, low.report)
    return tree


_PIECES = ("string_content", "escape_sequence", "interpolation")


def _piece(low: "Lowering", child: "Node", is_verbatim: bool) -> Expression:
    if child.type == "interpolation":
        return _hole(low, child)
    text = low.source.text(child)
    doubled = ("{{", "}}", '""') if is_verbatim else ("{{", "}}")
    left = text
    for pair in doubled:
        left = left.replace(pair, "")
    if any(pair[0] in left for pair in doubled):
        # the grammar loses its way in runs such as `{{{` and `"""`
        return low.refused(child, "join the texts with `+`")
    text = text if is_verbatim else unescaped(text)
    for pair in doubled:
        text = text.replace(pair, pair[0])
    return _constant(low, text, low.place(child))


def _is_text(tree: Expression) -> bool:
    return isinstance(tree, Constant) and tree.type is ValueType.STRING


def _hole(low: "Lowering", node: "Node") -> Expression:
    """`{value,8:format}`."""
    parts = [child for child in node.named_children if child.type != "interpolation_brace"]
    value, width = low.expression(parts[0]), None
    for part in parts[1:]:
        start, end = low.place(part)
        written = low.source.text(part)[1:].strip()
        if part.type == "interpolation_alignment_clause":
            if not _WIDTH.fullmatch(written):
                return low.refused(part, "write a constant width")
            width = written
        elif part.type == "interpolation_format_clause":
            value = csharp_statics.formatted(low, value, low.source.text(part)[1:], (start + 1, end))
        else:
            return low.refused(part)
    return csharp_statics.aligned(low, infer.as_text(value, low.report), width, low.place(node)) if width else value


_WIDTH = re.compile("-?[0-9]{1,4}")


def _constant(low: "Lowering", value: str, place: Place) -> Expression:
    if "\0" in value:
        return low.report.error("E600", "a text cannot hold the NUL character", place)
    try:
        paired = value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return low.report.error("E600", "the text holds half of a surrogate pair", place)
    return infer.text_at(paired, place)


def unescaped(text: str) -> str:
    """A text with its escape sequences replaced."""
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return _ESCAPES.get(match[4], match[4])


def _typed(kind: ValueType, value: int | float | bool, place: Place) -> Constant:
    return Constant(type=kind, value=value, start=place[0], end=place[1])
