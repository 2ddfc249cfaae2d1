"""Random templates mean in SQL, and row by row, what Jinja itself renders; null is what Jinja calls undefined."""

import jinja2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.expressions.to_python import evaluate, text_of
from compiler.expressions.types import ValueType
from tests.compiler.expressions.given import Resource
from tests.compiler.expressions.world import compiled, value_in_sql

LETTERS = "abzAZ .-_0"
"""Letters of which Python and the invariant culture have one opinion; templates hold none that Jinja would act upon."""

FIELDS = ("FirstName", "LastName", "code")
PLAIN = [f"k.{name}" for name in FIELDS]
FILTERS = ("upper", "lower", "trim", 'replace("a", "bb")', 'default("empty", true)', "capitalize", "string")


def values() -> st.SearchStrategy[str]:
    """Texts. A filter makes null of null and Jinja an empty text, so only what is plain is asked whether it is null."""
    plain = st.sampled_from(PLAIN)
    constants = st.text(LETTERS, max_size=4).map(lambda text: f'"{text}"')
    with_default = st.tuples(plain, constants).map(lambda each: f"{each[0]}|default({each[1]})")
    return st.recursive(plain | plain | constants | with_default, larger, max_leaves=6)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(inner, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        st.tuples(inner, st.sampled_from(FILTERS)).map(lambda each: f"({each[0]})|{each[1]}"),
        st.tuples(inner, inner).map(lambda each: f"({each[0]} ~ {each[1]})"),
        st.tuples(lists, st.text(LETTERS, max_size=2)).map(lambda each: f'([{each[0]}]|join("{each[1]}"))'),
        st.tuples(inner, conditions(inner), inner).map(lambda each: f"({each[0]} if {each[1]} else {each[2]})"),
    )


def conditions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    texts = inner.map(lambda each: f'({each} ~ "")')
    lists = st.lists(texts, min_size=1, max_size=3).map(", ".join)
    plain = st.sampled_from(PLAIN)
    return st.one_of(
        st.tuples(texts, st.sampled_from(["==", "!="]), texts).map(" ".join),
        st.tuples(texts, lists).map(lambda each: f"{each[0]} not in [{each[1]}]"),
        st.tuples(texts, lists, plain).map(lambda each: f"not ({each[0]} in ({each[1]},) or {each[2]} is defined)"),
        st.tuples(texts, texts, plain).map(lambda each: f"{each[0]} in {each[1]} and {each[2]} is not undefined"),
    )


LISTS = (
    "map('upper')|join(',')",
    "map('default', 'none', true)|sort|join",
    "map('string')|reject('eq', 'b')|list|length",
    "map('string')|select('in', ['a', 'b'])|join('.')",
    "map('replace', 'a', 'bb')|list|last",
)
"""What is done to lists of texts, of which some may be undefined."""

PIECES = st.one_of(
    st.text(LETTERS + "é東\t", max_size=5),
    values().map(lambda value: f"{{{{ {value} }}}}"),
    st.tuples(conditions(values()), values()).map(
        lambda each: f"{{% if {each[0]} -%}} {{{{ {each[1]} }}}}{{% else %}}-{{% endif %}}"
    ),
    st.tuples(values(), conditions(values()), values()).map(
        lambda each: (
            f"{{% for v in [{each[0]}, {each[2]}] if {each[1]} %}}{{{{ v }}}}-"
            f"{{{{ {each[2]} }}}}{{% else %}}+{{% endfor %}}"
        )
    ),
    st.tuples(values(), values(), st.sampled_from(LISTS)).map(
        lambda each: f"{{{{ [{each[0]}, {each[1]}, 'b']|{each[2]} }}}}"
    ),
    st.tuples(values(), st.integers(0, 4), st.integers(0, 5)).map(
        lambda each: f"{{{{ ({each[0]} ~ '')[{each[1]}:] }}}}{{{{ ({each[0]} ~ '')[{each[1]}:{each[2]}] }}}}"
    ),
    st.tuples(st.integers(-9, 9), st.integers(1, 5), st.sampled_from([1, -1])).map(
        lambda each: (
            f"{{{{ {each[0]} // {each[1] * each[2]} }}}} {{{{ {each[0]} % {each[1] * each[2]} }}}} "
            f"{{{{ {each[0]}|abs }}}}"
        )
    ),
    values().map(lambda value: f"{{% set v = {value} %}}{{{{ v }}}}{{# {value.replace('#', '')} #}}"),
)
ROWS = st.dictionaries(st.sampled_from(FIELDS), st.text(LETTERS, max_size=5))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(PIECES, min_size=1, max_size=4), row=ROWS)
def test_a_template_means_what_jinja_renders(pieces: list[str], row: dict[str, str]) -> None:
    template = "".join(pieces).strip()
    result = compiled(f"Jinja:k:{template}", None, ValueType.STRING)
    if result.tree is None:
        assert {problem.code for problem in result.problems} == {"E610"}
        return
    rendered = jinja2.Environment(keep_trailing_newline=True).from_string(template).render(k=row)
    assert (value_in_sql(result.tree, row) or "") == rendered
    assert (text_of(evaluate(result.tree, Resource(row))) or "") == rendered
