"""One hostile input goes in; AssertionError, or whatever the compiler lets through, comes out, if anything does."""

from compiler.diagnostics.render_json import render_json
from compiler.diagnostics.render_text import render_text
from compiler.expressions.to_sql import to_sql
from compiler.expressions.types import ValueType
from compiler.pipeline import compile_sources
from tests.compiler.expressions.given import Columns
from tests.compiler.expressions.world import compiled
from tests.conftest import CATALOGUE

_EXPECTED = (None, *ValueType)


def check_configuration(data: bytes) -> None:
    """Compiles a file: a plan or errors, every place inside the file, and all of it can be printed."""
    compilation = compile_sources([("fuzz.xml", data)], CATALOGUE)
    has_errors = any(found.code[0] == "E" for found in compilation.findings)
    assert (compilation.plan is None) == has_errors
    lines = compilation.sources["fuzz.xml"].text.count("\n") + 1
    for found in compilation.findings:
        assert found.message
        if found.span is not None:
            assert 1 <= found.span.start.line <= found.span.end.line <= lines, found
            assert found.span.start <= found.span.end, found
    assert render_text(compilation.findings, compilation.sources.get) or not compilation.findings
    render_json(compilation.findings)


def check_expression(text: str) -> None:
    """Compiles an expression alone, behind a binding and as one: a tree that becomes SQL, or problems."""
    expected = _EXPECTED[len(text) % len(_EXPECTED)]
    for given in (compiled(text, None, expected), compiled(text, "FirstName", None), compiled(None, text, None)):
        problems = (*given.problems, *given.binding_problems)
        assert (given.tree is None) == any(each.code[0] == "E" for each in problems), problems
        for each in problems:
            assert each.message
            assert 0 <= each.start <= each.end <= len(text), each
        if given.tree is not None:
            to_sql(given.tree, Columns({})).sql(dialect="duckdb")
