"""Random C# over collections: SQL and row by row give the same value, with nulls and empty collections."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.expressions.to_python import evaluate, text_of
from tests.compiler.expressions.given import Resource
from tests.compiler.expressions.world import compiled, value_in_sql

TEXT, NUMBER, REAL, DATE = "l.Text", "l.Hours", "l.Depth", "l.At"
DATES = ("00010101000000", "20240229235959", "99991231235959", "19691231000000")

TEXTS = st.sampled_from(
    [TEXT, "l.Light.Name", 'l.Text + "-" + l.Hours', "l.Text.ToUpper()", "l.Text?.Trim()", "l.Text.ToSoundex()"]
    + ['(l.IsOpen == true ? l.Text : "é")', 'l.Lines.Select(w => w.Word).FirstOrDefault() ?? "none"']
)
NUMBERS = st.sampled_from([NUMBER, "l.Hours + 1", "l.Text.Length", "l.Light.Height", "l.Lines.Count()"])
CONDITIONS = st.sampled_from(
    ["l.IsOpen == true", "l.Text != null", "l.Hours > 2", 'l.Text.Contains("a")', "l.At > k.Since", "l.Light != null"]
    + ["l.Hours == k.Rank", "l.Lines.Any(w => w.Word == l.Text)", '!(l.Text == "b") && l.Hours < 5', "l.Depth >= 0.5"]
)
KEYS = st.sampled_from([TEXT, NUMBER, DATE, REAL, "l.IsOpen", "l.Text.ToLower()", "l.Hours % 2"])
STEPS = st.one_of(
    CONDITIONS.map(lambda test: f".Where(l => {test})"),
    KEYS.map(lambda key: f".OrderBy(l => {key})"),
    KEYS.map(lambda key: f".OrderByDescending(l => {key})"),
    st.tuples(KEYS, KEYS).map(lambda keys: f".OrderBy(l => {keys[0]}).ThenByDescending(l => {keys[1]})"),
    st.integers(0, 3).map(lambda count: f".Skip({count})"),
    st.integers(0, 3).map(lambda count: f".Where((l, i) => i != {count})"),
    st.just(".Skip(k.Rank.GetValueOrDefault())"),
    st.integers(0, 3).map(lambda count: f".SkipLast({count})"),
)
ENDS = st.one_of(
    st.sampled_from([".Count()", ".Any()"]),
    CONDITIONS.map(lambda test: f".Any(l => {test})"),
    CONDITIONS.map(lambda test: f".All(l => {test})"),
    CONDITIONS.map(lambda test: f".Count(l => {test})"),
    st.tuples(st.one_of(TEXTS, NUMBERS), st.sampled_from(["First", "Last", "Single", "FirstOrDefault"])).map(
        lambda each: f".Select(l => {each[0]}).{each[1]}()"
    ),
    st.tuples(NUMBERS, st.sampled_from(["Max", "Min", "Sum"])).map(lambda each: f".Select(l => {each[0]}).{each[1]}()"),
    TEXTS.map(lambda text: f'.Select(l => {text}).Contains("a")'),
    TEXTS.map(lambda text: f'.Select((l, i) => i + {text}).Aggregate("", (a, b) => a + "/" + b)'),
    TEXTS.map(lambda text: f'.Select(l => {text}).Order().TakeLast(2).FirstOrDefault("none")'),
    NUMBERS.map(lambda number: f".Max(l => {number})"),
    st.sampled_from([".First().Text", ".LastOrDefault()?.Light?.Name", ".FirstOrDefault()?.Hours"]),
)
LISTS = st.lists(STEPS, max_size=3).map("".join)
EXPRESSIONS = st.one_of(
    st.tuples(LISTS, ENDS).map(lambda each: f"k.Logs{each[0]}{each[1]}"),
    st.tuples(LISTS, TEXTS).map(lambda each: f'string.Join(", ", k.Logs{each[0]}.Select(l => {each[1]}))'),
    st.tuples(LISTS, TEXTS).map(lambda each: f'string.Join("", k.Logs{each[0]}.Select(l => {each[1]}).Distinct())'),
)

WORDS = st.none() | st.sampled_from(["", "a", "b", "A", "é", "ab a", " z "])
NUMERALS = st.none() | st.integers(-2, 7).map(str)
LIGHTS = st.none() | st.tuples(WORDS, NUMERALS)


@st.composite
def logs(draw: st.DrawFn) -> list[dict[str, Any]] | None:
    found = []
    for number in range(draw(st.integers(0, 4))):
        log: dict[str, Any] = {"_id": number, "Text": draw(WORDS), "Hours": draw(NUMERALS)}
        log |= {"Depth": draw(st.none() | st.sampled_from(["0.5", "-1.25", "3"]))}
        log |= {
            "At": draw(st.none() | st.sampled_from(DATES)),
            "IsOpen": draw(st.sampled_from([None, "true", "false"])),
        }
        light = draw(LIGHTS)
        if light is not None:
            log |= {"Light": 70 + number, "Light.Name": light[0], "Light.Height": light[1]}
        log["Lines"] = [{"_id": 100 + at, "Word": word} for at, word in enumerate(draw(st.lists(WORDS, max_size=2)))]
        found.append(log)
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(expression=EXPRESSIONS, items=logs(), rank=NUMERALS, since=st.none() | st.sampled_from(DATES))
def test_collections_agree(expression: str, items: list[dict[str, Any]], rank: str | None, since: str | None) -> None:
    result = compiled(f"C#:k:return {expression};", None, None)
    assert result.tree is not None, result.problems
    row = {"Logs": items, "Rank": rank, "Since": since}
    assert value_in_sql(result.tree, row) == text_of(evaluate(result.tree, Resource(row)))
