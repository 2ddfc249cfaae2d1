"""`accordant expression`: one expression and a configuration in; its type, its SQL and its value for a row out."""

from pathlib import Path

import click
import msgspec

from compiler.bind.scope import ModelScope
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.expressions.compile import compile_expression
from compiler.expressions.python_calls import functions_of
from compiler.expressions.row import NotARow, Row
from compiler.expressions.to_python import evaluate, text_of
from compiler.expressions.tree import Expression, Problem
from compiler.expressions.types import Scope
from compiler.plan.queries import value_query
from compiler.span import SourceFile
from runtime.cli import options
from runtime.cli.configuration import compiled, show
from runtime.cli.running import known_names
from runtime.cli.views import expressions
from runtime.runner.report import ExitCode


@click.command("expression")
@click.argument("expression", metavar="EXPRESSION")
@options.conf
@click.option("--entity", required=True, metavar="TYPE", help="The entity type that the expression is about.")
@click.option("--binding", default=None, metavar="BINDING", help="The binding beside it, as in a rule.")
@click.option("--row", default=None, metavar="JSON", help="A resource to evaluate it for; navigations are objects.")
@options.as_json
def command(expression: str, conf: Path, entity: str, binding: str | None, row: str | None, as_json: bool) -> int:
    """Try one expression: its type, its SQL, its value for a row.

    EXPRESSION is what a rule would hold: a built-in function, `C#:…`, `Jinja:…` or `Literal:…`; empty for the binding
    alone. The value is computed row by row, as the tests compute what SQL must give.
    """
    model = compiled(conf).model
    known_names("--entity", [entity], model.entity_types)
    scope = ModelScope(model)
    made = compile_expression(expression=expression, binding=binding, entity_type=entity, scope=scope, expected=None)
    _show(made.problems, "expression", expression)
    _show(made.binding_problems, "binding", binding or "")
    if made.tree is None:
        return ExitCode.CONFIGURATION
    (expressions.as_json if as_json else expressions.as_text)(
        expressions.Tried(
            type=made.tree.type,
            sql=value_query(model, entity, made.tree),
            python=tuple(dict.fromkeys(each.name for each in functions_of(made.tree))),
            value=_value(made.tree, row, entity, scope) if row is not None else msgspec.UNSET,
        )
    )
    return ExitCode.DONE


def _show(problems: tuple[Problem, ...], name: str, text: str) -> None:
    """Print problems with carets under their characters."""
    source = SourceFile(name, text)
    found = [
        Diagnostic(each.code, each.message, source.span(each.start, each.end), help=each.help) for each in problems
    ]
    show(found, {name: source})


def _value(tree: Expression, row: str, entity: str, scope: Scope) -> str | None:
    """The internal text of the value for a row."""
    try:
        given = Row(msgspec.json.decode(row), entity, scope)
    except (msgspec.DecodeError, NotARow) as wrong:
        raise click.UsageError(f"--row: {wrong}") from None
    except RecursionError:
        raise click.UsageError("--row: the object is nested too deep") from None
    return text_of(evaluate(tree, given))
