"""SQL and Python give the same value, over random C# about collections and random collections."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.expressions.measure import excess
from compiler.expressions.to_python import evaluate, text_of
from tests.compiler.expressions.given import Resource
from tests.compiler.expressions.world import tree_of, value_in_sql

TEXTS = st.none() | st.sampled_from(["", "a", "b", "ab", "B", "é", "a,b", "ß", "👍", "'"])
LOGS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "Text": TEXTS,
            "Hours": st.none() | st.integers(-3, 9).map(str) | st.just(str(2**63 - 1)),
            "Depth": st.none() | st.sampled_from(["0.5", "2", "-1.25"]),
            "At": st.none() | st.sampled_from(["00010101000000", "20240229120000", "99991231235959"]),
            "IsOpen": st.none() | st.sampled_from(["true", "false"]),
            "Light.Name": TEXTS,
            "Lines": st.lists(st.fixed_dictionaries({"Word": TEXTS}), max_size=3),
        },
    ),
    max_size=5,
)
ROWS = st.fixed_dictionaries({"Logs": LOGS, "code": TEXTS, "Rank": st.none() | st.integers(0, 3).map(str)})

CONDITIONS = st.sampled_from(
    [
        "x.Hours > 2",
        "x.Text == k.code",
        "x.IsOpen == true",
        "x.Lines.Any(y => y.Word == x.Text)",
        "x.Text != null && x.Text.Length > k.Rank",
        "!x.IsOpen",
        "x.Text.Contains('a')",
    ]
)
KEYS = st.sampled_from(["x.Hours", "x.Text", "x.At", "x.IsOpen", "x.Depth", "x.Light.Name", "x.Lines.Count()"])
TEXT_ENDS = st.sampled_from(
    [
        'string.Join("|", {0}.Select(x => x.Text))',
        "{0}.Count()",
        "{0}.FirstOrDefault()?.Text",
        "{0}.Last().Light.Name",
        "{0}.Single().Lines.Count()",
        "{0}.Max(x => x.Hours)",
        "{0}.Min(x => x.Text)",
        "{0}.Max(x => x.At)",
        "{0}.Select(x => x.Hours).Sum()",
        "{0}.Select(x => x.Depth).Average()",
        'string.Join("|", {0}.Select(x => x.Text).Distinct())',
        'string.Join("|", {0}.Select(x => x.Light.Name).Except({0}.Select(x => x.Text)).Reverse())',
        "{0}.Select(x => x.Text).Contains(k.code)",
        "{0}.Select(x => x.Hours).ElementAtOrDefault(k.Rank.Value)",
        "{0}.All(x => x.Hours > 1)",
        '{0}.Select(x => x.Text + "!").Skip(1).Take(2).LastOrDefault()',
        "{0}.Select(x => x.Text.Split(',').Length).Sum()",
    ]
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A chain of methods on resources."""
    chain = "k.Logs"
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["where", "order", "then", "skip", "last"]))
        if kind == "where":
            chain += f".Where(x => {draw(CONDITIONS)})"
        elif kind == "order":
            chain += f".OrderBy{draw(st.sampled_from(['', 'Descending']))}(x => {draw(KEYS)})"
        elif kind == "then":
            chain += f".OrderBy(x => {draw(KEYS)}).ThenByDescending(x => {draw(KEYS)})"
        else:
            chain += ".Skip(1)" if kind == "skip" else ".SkipLast(1)"
    return chain


LOOPS = st.sampled_from(
    [
        'var s = ""; foreach (var x in {0}) { if (%s) continue; s += x.Text + ","; } return s;',
        "var n = 0; foreach (var x in {0}) { if (%s) break; n += 1; } return n;",
        'foreach (var x in {0}) { if (%s) { return x.Text; } } return "none";',
        "var l = new List<string>(); foreach (var x in {0}) { foreach (var y in x.Lines) { if (%s) l.Add(y.Word); } } "
        'return string.Join("|", l.OrderBy(z => z));',
        'string last = null; var n = 1; foreach (var x in {0}) { switch (x.Text) { case "a": n = n * 2; break; '
        "default: if (%s) { last = x.Text; } break; } } return last + n;",
        'foreach (var x in {0}) { foreach (var y in x.Lines) { if (%s) return y.Word; } } return "-";',
    ]
)

MANY = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


def agree(body: str, row: dict[str, Any]) -> None:
    tree = tree_of(f"C#:k:{body}")
    if not excess(tree):
        assert value_in_sql(tree, row) == text_of(evaluate(tree, Resource(row)))


@MANY
@given(source=sources(), end=TEXT_ENDS, row=ROWS)
def test_methods_agree(source: str, end: str, row: dict[str, Any]) -> None:
    agree(f"return {end.replace('{0}', source)};", row)


@MANY
@given(source=sources(), loop=LOOPS, condition=CONDITIONS, row=ROWS)
def test_loops_agree(source: str, loop: str, condition: str, row: dict[str, Any]) -> None:
    agree(loop.replace("%s", condition.replace("y => y.", "w => w.")).replace("{0}", source), row)
