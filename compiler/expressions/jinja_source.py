"""The text of a Jinja template goes in; Jinja's own syntax tree, with places in that text, comes out.

Jinja's nodes know a line only. The tokens that its parser reads are therefore given their number in place of their
line, which the parser copies into every node and error, and which leads back to the characters of the token.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.expressions.infer import Place, Report

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.lexer import Lexer, TokenStream
    from jinja2.nodes import Getattr, Node, Template

_PLACE = re.compile(r" at \d+$")

LONGEST = 50_000
"""Characters a template may have."""


class Source:
    """One template, parsed. `template` is None after a problem."""

    def __init__(self, text: str, offset: int, report: Report) -> None:
        self._text = text.replace("\r", "\n")
        self._offset = offset
        self._tokens: list[Place] = [(0, 0)]
        self.template = self._parsed(report)

    def place(self, node: "Node") -> Place:
        """The characters of a node, as far as its tokens are known: brackets at its end are not."""
        from jinja2 import nodes

        start, end = self.token(node.lineno)
        waiting = [node]
        while waiting:
            each = waiting.pop()
            waiting += each.iter_child_nodes()
            if each.lineno is None:
                continue  # an operator of a comparison
            own = self.name_after(each) if isinstance(each, nodes.Getattr) else self.token(each.lineno)
            start, end = min(start, self.token(each.lineno)[0]), max(end, own[1])
        return start, end

    def name_after(self, node: "Getattr") -> Place:
        """The characters of the name behind a dot."""
        number = node.lineno + 1
        while self._piece(number).isspace():
            number += 1
        return self.token(number)

    def token(self, number: int) -> Place:
        """The characters of a token, as offsets in the expression."""
        start, end = self._tokens[min(max(number, 0), len(self._tokens) - 1)]
        return self._offset + start, self._offset + end

    def _piece(self, number: int) -> str:
        start, end = self._tokens[min(number, len(self._tokens) - 1)]
        return self._text[start:end]

    @property
    def whole(self) -> Place:
        """The characters of the template."""
        return self._offset, self._offset + len(self._text)

    def _parsed(self, report: Report) -> "Template | None":
        from jinja2 import Environment, TemplateSyntaxError
        from jinja2.parser import Parser

        environment = Environment(keep_trailing_newline=True, autoescape=False)
        parser = Parser(environment, "")
        try:
            parser.stream = self._stream(environment)
            return parser.parse()
        except TemplateSyntaxError as error:
            said = _PLACE.sub("", error.message or "it cannot be read")
            report.error("E600", f"this is no Jinja: {said}", self.token(error.lineno))
        except RecursionError:
            report.error("E610", "the expression is nested too deep", self.whole)
        return None

    def _stream(self, environment: "Environment") -> "TokenStream":
        from jinja2.lexer import TokenStream, get_lexer

        lexer = get_lexer(environment)
        return TokenStream(lexer.wrap(self._numbered(lexer)), None, None)

    def _numbered(self, lexer: "Lexer") -> Iterator[tuple[int, str, str]]:
        """The lexer's pieces, each with its number; what it stripped between two of them is white space."""
        from jinja2 import TemplateSyntaxError

        at = 0
        try:
            for _, kind, value in lexer.tokeniter(self._text, None):
                start = max(at, self._text.find(value, at))
                at = start + len(value)
                self._tokens.append((start, at))
                yield len(self._tokens) - 1, kind, value
        except TemplateSyntaxError as error:
            self._tokens.append((at, len(self._text)))
            error.lineno = len(self._tokens) - 1
            raise
