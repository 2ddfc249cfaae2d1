"""The text of a query goes in, with the place of each of its characters; the query as a `Store` node comes out
(provisioning.md §4.7).

Texts are compared without regard to letter case, as databases do by default; null equals nothing, not even null.
`and` binds before `or`. A join over a multi-valued property holds when one of the resources it leads to meets all that
the query says of its name.
"""

import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from msgspec import Struct

from compiler.expressions import functions, infer
from compiler.expressions.infer import Place, Report
from compiler.expressions.literal import literal_value
from compiler.expressions.members import find, find_any
from compiler.expressions.tree import Binary, Constant, Each, Expression, Item, Key, Operator, Store
from compiler.expressions.types import Member, Scope, ValueType

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:\\.|[^"\\])*")|(?P<operator>!%=%|%=%|!%=|%=|!=%|=%|!=|<=|>=|&=|=|<|>)'
    r"|(?P<sign>[(),])|(?P<number>-?\d+\b)|(?P<word>[^\W\d][\w.:]*)|(?P<value>\ue000)|(?P<wrong>\S))",
    re.DOTALL,
)
_CLAUSES = ("join", "select", "where", "order", "pagesize", "top", "as", "between", "contained")
_TEXTS = {"%=": "StartsWith", "%=%": "Contains", "=%": "EndsWith"}
_DEEPEST = 40


_T = TypeVar("_T")


class Text(Struct, frozen=True):
    """The characters of a query; where one is a value of the expression around, `values` has it."""

    characters: str
    places: list[Place]
    values: dict[int, Expression]
    whole: Place


class Joined(Struct, frozen=True):
    """A multi-valued property that is joined: the list, and the variable that goes through it."""

    source: Item
    variable: int


class Token(Struct, frozen=True):
    """A word, value or sign: its kind, its characters and where they begin in the query."""

    kind: str
    text: str
    at: int


class _Wrong(Exception):
    """The query cannot be read any further; the problem is reported."""


def parse_query(text: Text, entity_type: str, scope: Scope, report: Report) -> Expression:
    """The resources of `entity_type` that a query selects; null after a problem."""
    try:
        return _Parser(text, entity_type, scope, report).query()
    except _Wrong:
        return infer.null_at(text.whole)


class _Parser:
    def __init__(self, text: Text, entity_type: str, scope: Scope, report: Report) -> None:
        self._text = text
        self._scope = scope
        self._report = report
        self._variable = report.variable()
        self._root = Item(type=ValueType.RESOURCE, variable=self._variable, target=entity_type)
        self._aliases: dict[str, Item] = {}
        self._many: list[Joined] = []
        self._next = 0
        self._depth = 0
        self._tokens = [
            Token(match.lastgroup or "", match[match.lastgroup or 0], match.start(match.lastgroup or 0))
            for match in _TOKEN.finditer(text.characters)
        ]

    def query(self) -> Expression:
        where: Expression = Constant(type=ValueType.BOOLEAN, value=True)
        order: tuple[Key, ...] = ()
        limit: int | None = None
        while self._next < len(self._tokens):
            clause = self._word(_CLAUSES)
            if clause == "join":
                self._join()
            elif clause == "select":
                self._list(self._binding)
            elif clause == "where":
                where = self._any_of()
            elif clause == "order":
                self._word(("by",))
                order = tuple(self._list(self._key))
            elif clause in ("pagesize", "top"):
                limit = int(self._take("number", "a number").text)
            else:
                help = "`accordant store` shows people what there was"
                message = "expressions know resources as they are, not their history"
                self._fail("E499", message, self._tokens[self._next - 1], help)
        start, end = self._text.whole
        return Store(
            type=ValueType.LIST,
            item=ValueType.RESOURCE,
            target=self._root.target or "",
            variable=self._variable,
            where=self._existing(where),
            order=order,
            limit=limit,
            start=start,
            end=end,
        )

    def _join(self) -> None:
        """`join Owner.Site [of type Place] s`."""
        reached = self._binding(many=True)
        if reached.type not in (ValueType.RESOURCE, ValueType.LIST):
            self._fail("E602", "a join leads to a resource", self._tokens[self._next - 1])
        if self._peek() == "of":
            self._word(("of",))
            self._word(("type",))
            self._check_type(reached, self._take("word", "an entity type"))
        alias = self._take("word", "a name for what is joined").text
        if reached.type is ValueType.LIST:
            variable = self._report.variable()
            self._many.append(Joined(reached, variable))
            reached = Item(type=ValueType.RESOURCE, variable=variable, target=reached.target)
        self._aliases[alias] = reached

    def _check_type(self, reached: Item, token: Token) -> None:
        """A property leads to resources of one entity type, so that `of type` says nothing, or what cannot be."""
        if token.text == reached.target:
            return
        if not list(self._scope.members(token.text)):
            self._fail("E123", f"there is no entity type `{token.text}`", token)
        message = f"`{reached.segments[-1]}` leads to `{reached.target}`, never to `{token.text}`"
        self._fail("E123", message, token, f"write `{reached.target}`, or leave `of type` out")

    def _existing(self, where: Expression) -> Expression:
        """The condition, for one of what is joined: the last join is the innermost."""
        start, end = self._text.whole
        for joined in reversed(self._many):
            met = Each(
                type=ValueType.LIST,
                item=ValueType.RESOURCE,
                operation="where",
                source=joined.source,
                variable=joined.variable,
                body=where,
                start=start,
                end=end,
            )
            where = infer.any_of(met, (start, end))
        return where

    def _list(self, one: Callable[[], _T]) -> list[_T]:
        found = [one()]
        while self._peek() == ",":
            self._next += 1
            found.append(one())
        return found

    def _key(self) -> Key:
        binding = self._binding()
        if binding.variable != self._variable:
            message = "resources have no one place in the order of the many that are joined to them"
            self._fail("E607", message, self._tokens[self._next - 1])
        value = self._folded(binding)
        is_descending = self._peek() in ("asc", "desc") and self._word(("asc", "desc")) == "desc"
        return Key(value=value, is_descending=is_descending)

    def _any_of(self) -> Expression:
        return self._chain("or", "||", lambda: self._chain("and", "&&", self._condition))

    def _chain(self, word: str, operator: Operator, part: Callable[[], Expression]) -> Expression:
        tree = part()
        while self._peek() == word:
            self._next += 1
            tree = infer.binary(operator, tree, part(), self._text.whole, self._report)
        return tree

    def _condition(self) -> Expression:
        if self._peek() != "(":
            return self._comparison()
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail("E610", "the query is nested too deep", self._tokens[self._next])
        self._next += 1
        inner = self._any_of()
        if self._take("sign", "`)`").text != ")":
            self._fail("E600", "`)` is missing", self._tokens[self._next - 1])
        self._depth -= 1
        return inner

    def _comparison(self) -> Expression:
        left = self._binding()
        operator = self._take("operator", "an operator")
        first = self._next
        right = self._value(left)
        place = self._place(operator)
        if right.type is ValueType.NULL and self._tokens[first].kind == "word":
            return infer.binary("!=" if operator.text[0] == "!" else "==", left, right, place, self._report)
        known = len(self._report.problems)
        compared = self._compared(operator.text, left, right, place)
        if len(self._report.problems) > known:
            raise _Wrong
        for side in (left, right):
            if not isinstance(side, Constant) and not _is_joined(side):
                present = infer.binary("!=", side, infer.null_at(place), place, self._report)
                compared = infer.binary("&&", present, compared, place, self._report)
        return compared

    def _compared(self, operator: str, left: Expression, right: Expression, place: Place) -> Expression:
        if left.type is ValueType.DOUBLE and right.type is ValueType.INTEGER:
            right = infer.as_double(right)
        if operator == "&=":
            return infer.call(functions.FUNCTIONS["Integer.HasBits"], [left, right], place, self._report)
        left, right = self._folded(left), self._folded(right)
        bare = operator.removeprefix("!")
        if bare in _TEXTS and operator != "!=":
            tree = infer.call(functions.FUNCTIONS[_TEXTS[bare]], [left, right], place, self._report)
            return infer.negated(tree, place, self._report) if operator[0] == "!" else tree
        sign: Operator = {"=": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}[operator]  # type: ignore[assignment]
        if left.type is ValueType.STRING and sign not in ("==", "!="):
            left = infer.call(functions.FUNCTIONS["string.Compare"], [left, right], place, self._report)
            right = Constant(type=ValueType.INTEGER, value=0)
        return infer.binary(sign, left, right, place, self._report)

    def _folded(self, tree: Expression) -> Expression:
        if tree.type is not ValueType.STRING:
            return tree
        if isinstance(tree, Constant) and isinstance(tree.value, str):
            return infer.text_at(str(functions.FUNCTIONS["ToUpper"].python(tree.value)), infer.place_of(tree))
        return infer.call(functions.FUNCTIONS["ToUpper"], [tree], infer.place_of(tree), self._report)

    def _value(self, left: Expression) -> Expression:
        """A constant, a value of the expression around, or another binding."""
        if self._next >= len(self._tokens):
            self._fail("E600", "the query ends too early: a value is missing", None)
        token = self._tokens[self._next]
        if token.kind == "word" and token.text.lower() not in ("true", "false", "null"):
            return self._binding()
        self._next += 1
        if token.kind == "text":
            return self._typed(self._joined(token), left, token)
        if token.kind == "number":
            return Constant(
                type=ValueType.INTEGER, value=int(token.text), start=self._place(token)[0], end=self._place(token)[1]
            )
        if token.kind == "word":
            value = {"true": True, "false": False}.get(token.text.lower())
            kind = ValueType.NULL if value is None else ValueType.BOOLEAN
            return Constant(type=kind, value=value, start=self._place(token)[0], end=self._place(token)[1])
        if token.kind != "value" or token.at not in self._text.values:
            self._fail("E600", "a value is missing", token)
        found = self._text.values[token.at]
        if found.type not in (ValueType.INTEGER, ValueType.BOOLEAN):
            help = 'put quotation marks around it: `\\"" + value + "\\"`'
            self._fail("E601", f"{infer.named(found.type)} stands outside quotation marks", token, help)
        return found

    def _joined(self, token: Token) -> Expression:
        """A text in quotation marks, of which parts may be values of the expression around."""
        start, end = self._place(token)
        tree: Expression = infer.text_at("", (start, end))
        inner, begin = token.text[1:-1], token.at + 1
        for match in re.finditer(r"\\(.)|\ue000|[^\\\ue000]+", inner, re.DOTALL):
            value = self._text.values.get(begin + match.start()) if match[0] == "\ue000" else None
            if value is None:
                piece = infer.text_at(match[1] or match[0], (start, end))
                is_text = isinstance(tree, Constant) and isinstance(tree.value, str)
                tree = (
                    infer.text_at(f"{tree.value}{piece.value}", (start, end))  # type: ignore[union-attr]
                    if is_text
                    else infer.binary("+", tree, piece, (start, end), self._report)
                )
            else:
                tree = infer.binary("+", tree, value, (start, end), self._report)
        return tree

    def _typed(self, tree: Expression, left: Expression, token: Token) -> Expression:
        """A constant text as a value of the type it is compared with."""
        if left.type in (ValueType.STRING, ValueType.NULL):
            return tree
        constant = tree.value if isinstance(tree, Constant) and isinstance(tree.value, str) else None
        value: str | int | float | None = None
        if constant is not None and left.type is ValueType.DATETIME:
            found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)Z?)?", constant)
            value = "".join(part or "00" for part in found.groups()) if found else None
        elif constant is not None:
            value = literal_value(constant, left.type)
        if value is None:
            self._fail("E602", f"this is not {infer.named(left.type)}", token)
        return Constant(type=left.type, value=value, start=self._place(token)[0], end=self._place(token)[1])

    def _binding(self, *, many: bool = False) -> Item:
        """A path from the resource in question or a name; `many`: its last property may hold many resources."""
        token = self._take("word", "a property")
        tree: Item = self._root
        at = token.at
        path = token.text
        if path.startswith(f"{self._root.target}:"):
            at, path = at + len(path.partition(":")[0]) + 1, path.partition(":")[2]
        names = path.split(".")
        for number, name in enumerate(names):
            if number == 0 and name in self._aliases:
                tree = self._aliases[name]
            else:
                find_here = find_any if many and number == len(names) - 1 else find
                tree = self._step(tree, name, Token("word", name, at), find_here)
            at += len(name) + 1
        return tree

    def _step(self, tree: Item, name: str, token: Token, find_here: Callable[..., Member | None]) -> Item:
        place = self._place(token)
        if tree.type is not ValueType.RESOURCE:
            self._fail("E123", f"`{tree.segments[-1]}` is a value, so nothing can be reached through it", token)
        member = find_here(tree.target or "", name, place, self._scope, self._report)
        if member is None:
            raise _Wrong
        segments = (*tree.segments, member.name)
        return Item(
            type=ValueType.LIST if member.is_collection else member.type,
            item=ValueType.RESOURCE if member.is_collection else None,
            variable=tree.variable,
            segments=segments,
            target=member.target,
            start=place[0],
            end=place[1],
        )

    def _peek(self) -> str:
        return self._tokens[self._next].text.lower() if self._next < len(self._tokens) else ""

    def _word(self, allowed: tuple[str, ...]) -> str:
        if self._peek() not in allowed:
            token = self._tokens[self._next] if self._next < len(self._tokens) else None
            self._fail("E600", "expected here is " + ", ".join(f"`{each}`" for each in allowed), token)
        self._next += 1
        return self._tokens[self._next - 1].text.lower()

    def _take(self, kind: str, named: str) -> Token:
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        if token is None or token.kind != kind:
            self._fail("E600", f"{named} is missing in the query", token)
        self._next += 1
        return token

    def _place(self, token: Token) -> Place:
        last = token.at + len(token.text) - 1
        return self._text.places[token.at][0], self._text.places[last][1]

    def _fail(self, code: str, message: str, token: Token | None, help: str = "") -> NoReturn:
        end = self._text.places[-1] if self._text.places else self._text.whole
        self._report.error(code, message, self._place(token) if token is not None else end, help)
        raise _Wrong


def _is_joined(tree: Expression) -> bool:
    """Texts joined by `+` are never null."""
    return isinstance(tree, Binary) and tree.operator == "concat"
