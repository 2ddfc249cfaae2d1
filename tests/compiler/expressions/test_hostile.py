"""Expressions written to break the compiler or the query: they end in a problem or in data, quickly."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.expressions.compile import compile_binding
from compiler.expressions.to_python import evaluate
from compiler.expressions.to_sql import condition, to_sql
from compiler.expressions.tree import Constant
from compiler.expressions.types import ValueType
from tests.compiler.expressions.world import World, compiled, run, shown, tree_of, value_in_sql

INJECTIONS = [
    "'; DROP TABLE keepers; --",
    "' || (SELECT current_database()) || '",
    "\\'; --",
    "''''",
    '"; --',
    "$$x$$",
    "/* x */ -- y",
    "{0} {{}} %s %(a)s ? $1 :a",
    "line\nbreak\r\ttab",
    "\x01\x7f\u2028\ufeff\ue000👍",
    "E'\\n' U&'\\0041'",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_texts_stay_data(text: str) -> None:
    assert value_in_sql(tree_of(f"Literal:{text}")) == text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    assert value_in_sql(tree_of(f'C#:k:return "{escaped}" + k.code;'), {"code": text}) == text + text
    verbatim = text.replace('"', '""')
    assert value_in_sql(tree_of(f'C#:k:return k.code == @"{verbatim}";'), {"code": text}) == "true"
    assert value_in_sql(tree_of(f'C#:k:return k.code.Replace(@"{verbatim}", "");'), {"code": text}) == ""


@pytest.mark.parametrize("text", [each for each in INJECTIONS if not set(each) & set("\n\r\t")])
def test_date_formats_stay_data(text: str) -> None:
    written = text.replace("'", "").replace('"', "") or "-"
    tree = tree_of(f"C#:k:return k.Since.Value.ToString(@\"'{written}'\");")
    row = {"Since": "20240305060708"}
    assert value_in_sql(tree, row) == written == evaluate(tree, lambda path: row[path[0]])


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_its_own_literal(text: str) -> None:
    assert value_in_sql(Constant(type=ValueType.STRING, value=text)) == text


DEEP = {
    "parentheses": "(" * 3_000 + "k.code" + ")" * 3_000,
    "negations": "!" * 3_000 + "true",
    "minus": "- " * 3_000 + "k.Rank",
    "ternaries": "true ? " * 2_000 + "1" + " : 2" * 2_000,
    "ternaries in tests": "(" * 500 + "true" + " ? true : false)" * 500,
    "calls": "k.code" + ".Trim()" * 3_000,
    "calls in arguments": 'k.code.Replace("a", ' * 800 + "k.code" + ")" * 800,
    "heavy calls": "k.code" + ".RemoveDiacritics()" * 40,
    "members": "k" + ".Light.Chief" * 3_000 + ".code",
    "additions": "1" + " + k.Rank" * 3_000,
    "additions to the right": "1 + (" * 1_000 + "1" + ")" * 1_000,
    "texts to the right": '"a" + (' * 1_000 + "k.code" + ")" * 1_000,
    "alternatives": "k.code ?? " * 3_000 + '""',
    "interpolations": '$"{' * 300 + "k.code" + '}"' * 300,
    "indexes": "k.code" + "[0]" * 3_000,
    "lambdas": "x => " * 3_000 + "x",
    "wheres": "k.Logs" + ".Where(x => x.Text != null)" * 400 + ".Count()",
    "lambdas in lambdas": "".join(f"k.Logs.Any(x{n} => " for n in range(300)) + "true" + ")" * 300,
    "a long list": "new[] { " + "1, " * 6_000 + "1 }.Count()",
    "orders": "k.Logs" + ".OrderBy(x => x.Text)" * 30 + ".Count()",
    "patterns": "k.Rank is " + "not " * 2_000 + "1",
    "arms": "k.Rank switch { " + "".join(f"{n} => {n}, " for n in range(1_500)) + "_ => 0 }",
    "parentheses in a query": 'queryHandler.Select<Keeper>("where ' + "(" * 2_000 + 'Rank = 1").Any()',
    "a long query": 'queryHandler.Select<Keeper>("where Rank = 1' + " and Rank = 2" * 3_000 + '").Any()',
    "a long pattern": 'Regex.IsMatch(k.code, "' + "(a|" * 2_000 + '")',
}

STATEMENTS = {
    "doubling": "var a0 = k.code; "
    + "".join(f"var a{n + 1} = a{n} + a{n} + k.code; " for n in range(60))
    + "return a60;",
    "doubling tests": "var a = k.code; " + 'if (a == k.code) a = a + a; else a = a + "x"; ' * 60 + "return a;",
    "nested ternaries by assignment": "var a = k.code; " + 'a = k.Rank == 1 ? a + "x" : k.code; ' * 900 + "return a;",
    "blocks": "{" * 3_000 + "return 1;" + "}" * 3_000,
    "nested ifs": "if (k.Rank == 1) { " * 1_500 + "return 1;" + "}" * 1_500 + " return 2;",
    "long else if": "".join(f"if (k.Rank == {n}) return {n}; else " for n in range(1_200)) + "return null;",
    "else if with assignments": "var a = 1; "
    + "".join(f"if (k.Rank == {n}) a = {n}; else " for n in range(1_000))
    + "a = 2; return a + 1;",
    "partial returns": "".join(f"if (k.Rank == {n}) {{ if (k.OnDuty == true) return {n}; }} else " for n in range(900))
    + "{ } return 0;",
    "loops in loops": "var n = 0; "
    + "".join(f"foreach (var x{n} in k.Logs) {{ " for n in range(200))
    + "n++; "
    + "}" * 200
    + " return n;",
    "loop after loop": "var n = 0; " + "foreach (var x in k.Logs) { n = n + n; } " * 300 + "return n;",
    "growing in a loop": "var n = 0; foreach (var x in k.Logs) { " + "n = n + n; " * 200 + "} return n;",
    "cases": "switch (k.Rank) { " + "".join(f"case {n}: return {n}; " for n in range(1_500)) + "} return 0;",
    "entries": "var d = new Dictionary<string, string>(); " + 'd[k.code] = "x"; ' * 1_000 + 'return d["a"];',
    "many statements": "var a = 1; " + "a = a + 1; " * 4_000 + "return a;",
    "many locals": "".join(f"var a{n} = k.code; " for n in range(2_000)) + "return a7;",
}


@pytest.mark.parametrize("body", [*DEEP.values(), *STATEMENTS.values()], ids=[*DEEP, *STATEMENTS])
def test_deep_and_long_expressions_end(body: str) -> None:
    before = time.process_time()
    text = f"C#:k:{body}" if body.rstrip().endswith((";", "}")) else f"C#:k:return {body};"
    result = compiled(text, expected=None)
    if result.tree is None:
        assert {each.code for each in result.problems} <= {"E600", "E601", "E605", "E610"}
        assert len(result.problems) <= 3_000
    else:
        row = {"code": "x", "Rank": "3", "OnDuty": "true", "Light.Chief": 1}
        known = {name: value for name, value in row.items() if name in ("code", "Rank", "OnDuty")}
        value_in_sql(result.tree, known)
        evaluate(result.tree, lambda path: known.get(".".join(path)))
    assert time.process_time() - before < 20


@pytest.mark.parametrize(
    "text",
    [
        "C#:k:return " + "k.code + " * 20_000 + "1;",
        'C#:k:return "' + "x" * 100_000 + '";',
        "C#:k:" + " " * 100_000 + "return 1;",
        "C#:" + "{" * 100_000,
        "C#:k:" + '"' * 100_001,
    ],
    ids=["operands", "text", "spaces", "braces", "quotes"],
)
def test_a_hundred_kilobytes_are_refused(text: str) -> None:
    (problem,) = compiled(text).problems
    assert problem.code == "E610"
    assert (problem.start, problem.end) == (0, len(text))


def test_a_long_literal_and_a_long_binding() -> None:
    assert value_in_sql(tree_of("Literal:" + "x" * 100_000)) == "x" * 100_000
    deep = "Light.Chief." * 300 + "code"
    assert compile_binding(deep, "Keeper", World()).tree is not None
    assert [each.code for each in compile_binding(deep * 30, "Keeper", World()).binding_problems] == ["E610"]
    assert [each.code for each in compiled("y" * 100_000, "code").problems] == ["E604"]


def test_a_chain_of_conditions_is_one_flat_case() -> None:
    body = "".join(f'if (k.code == "{n}") return "{n * 2}"; ' for n in range(400)) + "return null;"
    tree = tree_of(f"C#:k:{body}")
    assert to_sql(tree, shown).sql(dialect="duckdb").count("CASE") == 1
    assert value_in_sql(tree, {"code": "399"}) == "798"
    assert value_in_sql(tree, {"code": "400"}) is None


PIECES = st.sampled_from(
    "k . code foreach (var switch case in is new[] queryHandler.Select<Keeper>( "
    "Any( Where( x => Select( First() Rank "
    'Light Logs ?. ?? ? : ( ) { } [ ] " \' $" @" \\ ; = == != + - * / ! && || , < > return if else var x '
    '1 1.5 null true string ToUpper() Trim Substring( // /* */ => new é 👍 \n C#: k: Literal: | ToString("yyyy")'.split(
        " "
    )
)


@given(
    pieces=st.lists(PIECES, max_size=25),
    spaced=st.booleans(),
    prefix=st.sampled_from(["C#:k:", "C#:", "", "C#:k:return "]),
)
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
def test_anything_at_all_gives_a_tree_or_problems_in_place(pieces: list[str], spaced: bool, prefix: str) -> None:
    text = prefix + (" " if spaced else "").join(pieces)
    result = compiled(text, "code", None)
    for problem in result.problems:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.message
    if result.tree is None:
        assert result.problems
    else:
        column = lambda path: shown(("code",))  # noqa: E731 - every path is one column here
        run(to_sql(result.tree, column), {"code": "x"})
        if result.tree.type is ValueType.BOOLEAN:
            assert run(condition(result.tree, column), {"code": "x"}) in (True, False)


@given(binding=st.text(st.sampled_from("KeeperLight.Chief: firstNameé👍"), max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_binding_gives_a_path_or_problems_in_place(binding: str) -> None:
    result = compile_binding(binding, "Keeper", World())
    assert (result.tree is None) == any(each.code[0] == "E" for each in result.binding_problems)
    assert all(0 <= each.start <= each.end <= max(len(binding), 1) for each in result.binding_problems)


@pytest.mark.parametrize("text", [each for each in INJECTIONS if not set(each) & set("\n\r\t|'\u2028")])
def test_formats_of_input_stay_data(text: str) -> None:
    around = text.replace('"', "")
    tree = tree_of(f"ParseUniversalDate:'{around}'yyyy", "code")
    assert value_in_sql(tree, {"code": f"{around}2024"}) == "20240101000000"
    assert value_in_sql(tree, {"code": "2024"}) is None
