"""SQL and Python give the same value, over random trees of every function and random values."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.expressions.function import Function
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.infer import unified
from compiler.expressions.measure import excess
from compiler.expressions.to_python import evaluate, text_of
from compiler.expressions.tree import Binary, Call, Coalesce, Conditional, Constant, Expression, Not, Path
from compiler.expressions.types import ValueType
from tests.compiler.expressions.world import condition_in_sql, value_in_sql

S, I, B, D = ValueType.STRING, ValueType.INTEGER, ValueType.BOOLEAN, ValueType.DATETIME  # noqa: E741
F, C = ValueType.DOUBLE, ValueType.CHAR
T, R = ValueType.SPAN, ValueType.RESOURCE

LETTERS = "aAbBzZtTdDsShHyYwWkK 09-'\"%\\_.,;(){}éÉßẞıİäÖüšŠøŁæŒđñ\u0301\u0308\u030cŉǆΩσς\u00a0\u2003\t\n👍東한Ж"
TEXTS = st.text(LETTERS, max_size=8) | st.text(
    st.characters(exclude_categories=["Cs", "Co", "Cn"], exclude_characters="\0", max_codepoint=0x2FFF), max_size=4
)
INTEGERS = st.integers(-5, 12) | st.integers(-(2**63), 2**63 - 1)
EXTREMES = ("00010101000000", "00010131235959", "99991231235959", "99991130000000", "20240229120000", "16010101000000")
DATES = st.datetimes().map(lambda date: text_of(date.replace(microsecond=0))) | st.sampled_from(EXTREMES)
REALS = st.sampled_from([0.0, 1.0, -1.5, 2.5, 3.5, 1e20, -7.25, 1e-5, 4294967296.5])
CHARACTERS = st.sampled_from(LETTERS)
VALUES = {
    S: TEXTS,
    I: INTEGERS.map(str),
    B: st.sampled_from(["true", "false"]),
    D: DATES,
    F: REALS.map(lambda v: text_of(v)),
    C: CHARACTERS,
}

FIELDS = {
    S: ("FirstName", "LastName", "code"),
    I: ("Rank", "Steps"),
    B: ("OnDuty",),
    D: ("Since", "Until"),
    F: ("Pay",),
    C: ("Letter",),
}

CHOICES: dict[str, tuple[tuple[object, ...], ...]] = {
    "Trim": (("-",), ("é a",)),
    "TrimStart": (("-",),),
    "TrimEnd": (("-",),),
    "Replace": (("a",), ("ß",), ("aA",)),
    "PadLeft": ((4,), ("0",)),
    "PadRight": ((4,), ("é",)),
    "ParseUniversalDate": (
        ("dd/MM/yyyy", "dd.MM.yy", "yyyyMMddHHmmss.fff", "ss.FF'at'HHmm dd MMM yy", "o", "r", "d.M.yy zz"),
    ),
    "ParseUniversalDateThenAddMinutes": (("yyyyMMdd",), ("-90",)),
    "ParseLocalDate": (("Romance Standard Time",), ("yyyy-MM-dd HH:mm",)),
    "ParseLocalDateThenAddMinutes": (("America/New_York",), ("yyyyMMdd",), ("30",)),
    "FormatLocalDate": (("Europe/Paris",), ("yyyy-MM-dd HH:mm:ss",)),
    "Text.FormatLocalDate": (("Europe/Paris",), ("dd.MM.yy",)),
    "LastIndexOf": (("a", "é"),),
    "Regex.IsMatch": (("[a-cé]+", r"(?i)\p{L}[\p{Nd}]"),),
    "Regex.Match": (("[a-cé]+", r"(?s).\p{Lu}?(?:\n?\z)"),),
    "Regex.Group": (("(a)|(b)", r"(\p{L})(\p{Nd})?.?"), (0, 1, 2)),
    "Integer.Format": (("D4", "X", "N2", "#,##0.0#", "000"),),
    "Double.Format": (("F3", "N", "0.00##", "#,##0"),),
    "Regex.HasGroup": (("(a)|(b)", r"(\p{L})(\p{Nd})?.?"), (1, 2)),
    "Regex.Replace": (("(a)|(b)", r"(\p{L})(\p{Nd})?"), (r"\1-", r"\0\\")),
    "DateTime.ToString": (("dddd d MMM yyyy h:mm:ss tt", "yy.ff ss.FFF", "o", "ss.FFFFFFF zzz K"),),
}
"""For each function with parameters that must be constant, constants for them, in order."""


def constant(kind: ValueType) -> st.SearchStrategy[Expression]:
    if kind is S:
        return TEXTS.map(lambda value: Constant(type=S, value=value))
    if kind is I:
        return INTEGERS.map(lambda value: Constant(type=I, value=value))
    if kind is B:
        return st.booleans().map(lambda value: Constant(type=B, value=value))
    if kind is F:
        return REALS.map(lambda value: Constant(type=F, value=value))
    if kind is C:
        return CHARACTERS.map(lambda value: Constant(type=C, value=value))
    if kind is T:
        return st.integers(-(10**17), 10**17).map(lambda value: Constant(type=T, value=value))
    return DATES.map(lambda value: Constant(type=D, value=value))


def leaf(kind: ValueType) -> st.SearchStrategy[Expression]:
    if kind is R:
        return st.just(Path(type=R, segments=()))
    if kind is T:
        return constant(T)
    names = st.sampled_from(FIELDS[kind])
    paths = names.map(lambda name: Path(type=kind, segments=(name,)))
    return st.one_of(paths, paths, constant(kind), st.just(Constant(type=ValueType.NULL, value=None)))


@st.composite
def trees(draw: st.DrawFn, kind: ValueType, depth: int = 3) -> Expression:
    if depth == 0 or kind is R or draw(st.integers(0, 4)) == 0:
        return draw(leaf(kind))
    makers = [_conditional, _coalesced, _called]
    makers += {S: [_joined], I: [_computed], B: [_compared, _connected, _negated], D: [], F: [_computed], C: [], T: []}[
        kind
    ]
    made: Expression = draw(st.sampled_from(makers))(draw, kind, depth - 1)
    return made


def _conditional(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    parts = draw(trees(B, depth)), draw(trees(kind, depth)), draw(trees(kind, depth))
    joined = unified(parts[1], parts[2])
    assert joined in (kind, ValueType.NULL)
    return Conditional(type=joined, test=parts[0], then=parts[1], otherwise=parts[2])


def _coalesced(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    parts = draw(trees(kind, depth)), draw(trees(kind, depth))
    joined = unified(*parts)
    assert joined in (kind, ValueType.NULL)
    return Coalesce(type=joined, left=parts[0], right=parts[1])


def _joined(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    return Binary(type=S, operator="concat", left=draw(trees(S, depth)), right=draw(trees(S, depth)))


def _computed(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    operator: Any = draw(st.sampled_from(["+", "-", "*", "/", "%"]))
    return Binary(type=kind, operator=operator, left=draw(trees(kind, depth)), right=draw(trees(kind, depth)))


def _compared(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    of = draw(st.sampled_from([S, I, B, D, F, T]))
    order = ["<", "<=", ">", ">="] if of in (I, D, F, T) else []
    operator: Any = draw(st.sampled_from(["==", "!=", *order]))
    return Binary(type=B, operator=operator, left=draw(trees(of, depth)), right=draw(trees(of, depth)))


def _connected(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    operator: Any = draw(st.sampled_from(["&&", "||"]))
    return Binary(type=B, operator=operator, left=draw(trees(B, depth)), right=draw(trees(B, depth)))


def _negated(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    return Not(type=B, operand=draw(trees(B, depth)))


def _called(draw: st.DrawFn, kind: ValueType, depth: int) -> Expression:
    known = [each for each in FUNCTIONS.values() if each.result is kind and each.name != "Guid.ToString"]
    function: Function = draw(st.sampled_from(known))
    choices = iter(CHOICES.get(function.name, ()))
    arguments: list[Expression] = []
    for parameter in function.parameters[: draw(st.integers(function.fewest, len(function.parameters)))]:
        if parameter.check is None:
            arguments.append(draw(trees(parameter.type, depth)))
        else:
            chosen: Any = draw(st.sampled_from(next(choices)))
            assert parameter.check(chosen) == ""
            arguments.append(Constant(type=parameter.type, value=chosen))
    return Call(type=kind, function=function.name, arguments=tuple(arguments))


FILLED = {name: st.none() | VALUES[kind] for kind, names in FIELDS.items() for name in names}
ROWS = st.fixed_dictionaries({**FILLED, "_id": st.integers(1, 9)})

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(tree=st.sampled_from([S, I, B, D]).flatmap(trees), row=ROWS)
def test_sql_and_python_agree(tree: Expression, row: dict[str, Any]) -> None:
    if not excess(tree):
        assert value_in_sql(tree, row) == text_of(evaluate(tree, lambda path: row[path[0] if path else "_id"]))


@MANY
@given(tree=trees(B), row=ROWS)
def test_a_condition_is_never_null_and_null_counts_as_false(tree: Expression, row: dict[str, Any]) -> None:
    if not excess(tree):
        assert condition_in_sql(tree, row) is (evaluate(tree, lambda path: row[path[0] if path else "_id"]) is True)


@MANY
@given(function=st.sampled_from(sorted(FUNCTIONS)), data=st.data(), row=ROWS)
def test_every_function_agrees(function: str, data: st.DataObject, row: dict[str, Any]) -> None:
    of = FUNCTIONS[function]
    choices = iter(CHOICES.get(function, ()))
    arguments: list[Expression] = []
    for parameter in of.parameters:
        if parameter.check is not None:
            chosen: Any = data.draw(st.sampled_from(next(choices)))
            arguments.append(Constant(type=parameter.type, value=chosen))
        elif parameter.type in (*FIELDS, T, R):
            arguments.append(data.draw(leaf(parameter.type)))
        else:
            arguments.append(Constant(type=parameter.type, value="00112233445566778899aabbccddeeff"))
    tree = Call(type=of.result, function=function, arguments=tuple(arguments))
    assert value_in_sql(tree, row) == text_of(evaluate(tree, lambda path: row[path[0] if path else "_id"]))
