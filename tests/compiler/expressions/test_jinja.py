"""What is wrong with a `Jinja:` expression is said at its own characters; « » mark the place."""

import pytest

from compiler.expressions.types import ValueType
from tests.compiler.expressions.test_problems import cut
from tests.compiler.expressions.world import compiled

PROBLEMS = [
    # the text is no Jinja
    ("Jinja:k:{{ k. «}}»", "E600", "expected name or number"),
    ("Jinja:k:a {{ «'b }}»", "E600", "unexpected char"),
    ("Jinja:k:{{ (k.code «}}»", "E600", "expected ')'"),
    ("Jinja:k:{% «endif» %}", "E600", "endif"),
    ("Jinja:k:{% if k.OnDuty «%}»", "E600", "end of template"),
    # names
    ("Jinja:k:{{ k.FirstName ~ «j» }}", "E612", "`j`"),
    ("Jinja:{{ «person».Name }}", "E612", "`person`"),
    ("Jinja:keeper:{{ «keper».code }}", "E612", "did you mean `keeper`?"),
    ("Jinja:k:é {{ k.«FirstNam» }}", "E123", "did you mean `FirstName`?"),
    ("Jinja:k:{{ k.Light . «Nam» }}", "E123", "did you mean `Name`?"),
    ("Jinja:k:{{ k['«Nam»'] }}", "E123", ""),
    ("Jinja:k:{{ k.«firstName» }}", "W606", "`FirstName`"),
    ("«Jinja:k:{{ k.Logs }}»", "E602", "a collection"),
    ("Jinja:k:{{ k.Logs.«Text» }}", "E604", "a collection"),
    ("Jinja:k:{{ «k.Logs»|join }}", "E602", "attribute="),
    ("Jinja:k:{{ «k.Logs|map(attribute='Txt'» )|join }}", "E123", "did you mean `Text`?"),
    ("Jinja:k:{{ k.Logs|«groupby»('Text') }}", "E604", "groupby"),
    ("Jinja:k:{{ k.code|«map»('upper') }}", "E604", "for collections"),
    ("Jinja:k:{{ «k.Logs|sort(by='Text'» )|first }}", "E601", "attribute"),
    ("Jinja:k:{{ «k.Logs|sum» }}", "E602", "numbers"),
    ("Jinja:k:{{ «k.Logs|selectattr('Hours', 'about', 1» )|length }}", "E601", "`about`"),
    ("Jinja:k:{{ «k.Logs|select» |length }}", "E605", "constant names"),
    ("Jinja:k:{% for l in «k.Rank» %}a{% endfor %}", "E602", "goes through a collection"),
    ("Jinja:k:{% for l in k.Logs %}{{ «loop».index }}{% endfor %}", "E612", "join"),
    ("Jinja:k:{% for l in k.Logs %}{{ l.«Txt» }}{% endfor %}", "E123", "did you mean `Text`?"),
    ("Jinja:k:{% for l in k.Logs %}{{ l.Text }}{% endfor %}{{ «l».Text }}", "E612", "`l`"),
    ("Jinja:k:{% «for» a, b in k.Logs %}{% endfor %}", "E601", "statement"),
    ("Jinja:k:{{ k.code|«uper» }}", "E604", "did you mean `upper`?"),
    ("Jinja:k:{{ k.code.«Trimm»() }}", "E604", "did you mean `Trim`?"),
    ("Jinja:k:{{ k.code.«Size» }}", "E604", "`Size`"),
    # types and arguments
    ("Jinja:k:{{ «k.code» and k.OnDuty }}", "E602", "condition"),
    ("Jinja:k:{% if «k.code» %}a{% endif %}", "E602", "condition"),
    ("Jinja:k:a{{ «k.Light» }}", "E602", "no text"),
    ("Jinja:k:{{ «k.Rank - k.code» }}", "E602", "`-`"),
    ("Jinja:k:{{ «k.code|replace('a'» ) }}", "E605", "2 arguments"),
    ("Jinja:k:{{ k.code|ParseUniversalDate(«'yyyy zz z'») }}", "E605", "twice"),
    ("Jinja:k:{{ «99999999999999999999» }}", "E605", "too large"),
    # constructs
    ("Jinja:k:{{ «k.code / 2» }}", "E602", "`/`"),
    ("Jinja:k:{{ «k.Pay // 2» }}", "E601", "whole numbers"),
    ("Jinja:k:{{ «k.Rank ** 2» }}", "E601", "`**`"),
    ("Jinja:k:{{ «k.Light[0» ] }}", "E601", "an index"),
    ("Jinja:k:{{ «k.code[-2» :] }}", "E601", "from 0"),
    ("«Jinja:k:{{ [k.code] }}»", "E602", "a collection"),
    ("Jinja:k:{{ «[k.code, 1» ]|join }}", "", ""),
    ("Jinja:k:{{ «[k.code, 1» ]|first }}", "E602", "one type"),
    ("Jinja:k:{{ «range(3» ) }}", "E601", "this call"),
    ("Jinja:k:{{ «k.code|upper(a=1» ) }}", "E601", "without names"),
    ("Jinja:k:{% «macro» m() %}{% endmacro %}", "E601", "`macro`"),
    ("Jinja:k:{{ «k.code is» evn }}", "E601", "did you mean `even`?"),
    ("Jinja:k:{{ «k.code is» even }}", "E602", "`%`"),
    ("Jinja:k:{{ «k.Rank is» divisibleby }}", "E605", "1 value"),
]


@pytest.mark.parametrize(("marked", "code", "said"), PROBLEMS)
def test_problem(marked: str, code: str, said: str) -> None:
    text, start, end = cut(marked)
    result = compiled(text, None, None)
    assert [problem.code for problem in result.problems] == [code] * bool(code), result.problems
    if not code:
        return
    (problem,) = result.problems
    assert said in f"{problem.message} {problem.help}"
    assert text[problem.start : problem.end] == text[start:end], problem


def test_every_problem_of_a_template_is_said() -> None:
    result = compiled("Jinja:k:{{ k.Nope }} {{ k.code|nope }} {{ nope }}", None, None)
    assert [problem.code for problem in result.problems] == ["E123", "E604", "E612"]
    assert result.tree is None


@pytest.mark.parametrize(
    "template",
    [
        "(" * 5_000 + "k.code" + ")" * 5_000,
        "not " * 20_000 + "k.OnDuty",
        "k.code" + "|upper" * 5_000,
        "~k.code" * 9_000,
    ],
)
def test_what_is_too_large_is_refused(template: str) -> None:
    result = compiled("Jinja:k:{{ " + template.removeprefix("~") + " }}", None, None)
    assert {problem.code for problem in result.problems} == {"E610"}, result.problems[:3]


@pytest.mark.parametrize("depth", [60, 100, 150, 200, 300, 5_000])
def test_deep_statements_are_refused_or_compiled(depth: int) -> None:
    template = "{% if k.OnDuty %}a{{ k.code }}" * depth + "{% endif %}" * depth
    result = compiled(f"Jinja:k:{template}", None, None)
    assert {problem.code for problem in result.problems} == {"E610"}, result.problems[:3]


def test_templates_are_never_rendered() -> None:
    for attack in (
        "k.__class__.__mro__",
        "''.__class__",
        "cycler.__init__.__globals__",
        "k.code.format(k)",
        "self",
        "k|attr('code')",
        "k.Logs|map('attr', '__class__')|first",
    ):
        result = compiled("Jinja:k:{{ " + attack + " }}", None, None)
        assert result.tree is None and result.problems, attack


@pytest.mark.parametrize(
    "text", ["Jinja:", "Jinja:k:", "Jinja: ", "Jinja:k:\r\n", "Jinja:{##}", "Jinja:\0", "Jinja:{{", "Jinja:{%"]
)
def test_hardly_a_template(text: str) -> None:
    result = compiled(text, None, ValueType.STRING)
    assert result.tree is not None or result.problems


def test_a_binding_may_hold_a_template() -> None:
    result = compiled(None, "Jinja:k:{{ k.code|nope }}")
    assert [(problem.code, problem.start, problem.end) for problem in result.binding_problems] == [("E604", 18, 22)]
