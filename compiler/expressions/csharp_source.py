"""The text after `C#:` goes in; its syntax tree, with places in the expression's own characters, comes out.

tree-sitter's grammar parses whole files, so the body is wrapped in a method. Two habits of that grammar are undone by
blanking characters and parsing again, which moves no other: `a + b?.C` is read as `(a + b)?.C`, and `(a) - b` as a
cast of `-b`. A blanked `?.` is an ordinary dot, which means the same here: a member of null is null.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from compiler.expressions.infer import Place, Report

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

_OPEN, _CLOSE = b"class C{object M(){", b"\n}}"
_RETURN, _SEMICOLON = b"return ", b"\n;"
_MOST_ROUNDS = 50

LONGEST = 50_000
"""Characters an expression may have."""


class Source:
    """One C# body, parsed. `statements` are those of the body; a bare expression is one `return` statement."""

    def __init__(self, body: str, offset: int, report: Report) -> None:
        self._body = body.encode("utf-8", "replace")
        self._offset = offset
        self._starts = None if len(self._body) == len(body) else _character_starts(body)
        self.statements: list[Node] = []
        self._read(report)

    def place(self, node: "Node") -> Place:
        """The characters of a node, as offsets in the expression."""
        return self._at(node.start_byte), self._at(node.end_byte)

    def text(self, node: "Node") -> str:
        """What stands in the source at a node."""
        return self._body[max(node.start_byte - self._before, 0) : max(node.end_byte - self._before, 0)].decode()

    @property
    def whole(self) -> Place:
        """The characters of the body."""
        return self._at(self._before), self._at(self._before + len(self._body))

    def _at(self, byte: int) -> int:
        inside = min(max(byte - self._before, 0), len(self._body))
        if self._starts is not None:
            inside = bisect_right(self._starts, inside) - 1
        return self._offset + inside

    def _read(self, report: Report) -> None:
        self._before = len(_OPEN)
        tree = _parsed(_OPEN, self._body, _CLOSE)
        if tree.root_node.has_error:
            bare = _parsed(_OPEN + _RETURN, self._body, _SEMICOLON + _CLOSE)
            if not bare.root_node.has_error and _block(bare) is not None:
                self._before = len(_OPEN + _RETURN)
                tree = bare
        block = _block(tree)
        if tree.root_node.has_error or block is None:
            self._syntax_error(tree, report)
            return
        self.statements = [each for each in block.named_children if each.type != "comment"]
        self._refuse_line_comments(tree, report)

    def _syntax_error(self, tree: "Tree", report: Report) -> None:
        node = next(_mistakes(tree.root_node), None)
        if node is None:
            report.error("E600", "the braces of the C# body do not match", self.whole)
            return
        start, end = self.place(node)
        inside = self.whole
        if _is_missing(node):
            message = "an operand is missing" if node.type == "identifier" else f"`{node.type}` is missing"
            start = end = max(inside[0], min(start, inside[1]))
            report.error("E600", message, (max(start - 1, inside[0]), end))
            return
        quote = next((child for child in node.children if child.type in _QUOTES), None)
        if quote is not None:
            report.error("E600", "a text is not closed", (self.place(quote)[0], end), "put a quote after its end")
            return
        end = min(end, start + 80)
        shown = self.text(node)[:40].strip()
        report.error(
            "E600",
            f"this is not C#: `{shown}`" if shown else "the C# ends too early",
            (start, end),
            "check quotes, parentheses and semicolons",
        )

    def _refuse_line_comments(self, tree: "Tree", report: Report) -> None:
        for node in _of_type(tree.root_node, "comment") if b"//" in self._body else ():
            text = self.text(node)
            if text.startswith("//") and node.end_byte >= self._before + len(self._body):
                report.error(
                    "E601",
                    "a `//` comment hides the rest of the expression, because line breaks in an "
                    "attribute arrive as spaces",
                    self.place(node),
                    "write `/* … */`",
                )


def descend(node: "Node") -> "Iterator[Node]":
    """A node and everything below it, in order, without recursion."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if each.child_count:
            waiting += reversed(each.children)


@cache
def _parser() -> "Parser":
    import tree_sitter
    import tree_sitter_c_sharp

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_c_sharp.language()))


_BLANKED = re.compile(rb"\?|/[/*]|\)\s*[+-]")
"""What a body has in it that may have to be blanked: a question mark, a sign behind a parenthesis; or a comment."""


def _parsed(before: bytes, body: bytes, after: bytes) -> "Tree":
    """The tree of the wrapped body, once nothing is left to blank."""
    text = bytearray(before + body + after)
    tree = _parser().parse(bytes(text))
    for _ in range(_MOST_ROUNDS if _BLANKED.search(body) else 0):
        blanks = list(_to_blank(tree, text))
        if not blanks:
            break
        for at in blanks:
            text[at : at + 1] = b" "
        tree = _parser().parse(bytes(text))
    return tree


def _to_blank(tree: "Tree", text: bytearray) -> Iterator[int]:
    for node in descend(tree.root_node):
        if node.type == "conditional_access_expression" and node.child_count > 1:
            question = next((child for child in node.children if child.type == "?"), None)
            if question is not None:
                yield question.start_byte
        elif node.type == "cast_expression":
            kind, value = node.child_by_field_name("type"), node.child_by_field_name("value")
            if kind is None or value is None or kind.type == "predefined_type":
                continue
            if value.type == "prefix_unary_expression" and value.children[0].type in ("+", "-"):
                yield from (child.start_byte for child in node.children if child.type in ("(", ")"))


def _block(tree: "Tree") -> "Node | None":
    """The method's block, if the body has not closed the wrapping around it."""
    node = tree.root_node
    for kind in ("class_declaration", "declaration_list", "method_declaration", "block"):
        inner = [child for child in node.named_children if child.type not in _AROUND]
        if len(inner) != 1 or inner[0].type != kind:
            return None
        node = inner[0]
    return node


_QUOTES = ('"', "'", "interpolation_start")
_AROUND = ("identifier", "predefined_type", "parameter_list", "comment")


def _mistakes(root: "Node") -> "Iterator[Node]":
    return (node for node in descend(root) if _is_missing(node) or node.type == "ERROR")


def _is_missing(node: "Node") -> bool:
    """Whether the parser put a token in; a name that it put in is only told by its having no characters."""
    return node.is_missing or (node.child_count == 0 and node.start_byte == node.end_byte)


def _of_type(root: "Node", kind: str) -> "Iterator[Node]":
    return (node for node in descend(root) if node.type == kind)


def _character_starts(body: str) -> list[int]:
    starts, at = [], 0
    for character in body:
        starts.append(at)
        at += len(character.encode("utf-8", "replace"))
    return [*starts, at]


PARAMETER = re.compile(r"C#:(?:([^\W\d]\w*):)?")
"""`C#:` and, where an identifier and a colon follow at once, the parameter's name (provisioning.md §4.1)."""
