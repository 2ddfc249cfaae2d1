"""`accordant compile`: a configuration in, its plan as JSON out."""

from pathlib import Path

import click

from compiler.plan import codec
from compiler.plan.render import functions
from runtime.cli import options
from runtime.cli.configuration import plan_of
from runtime.cli.views.stream import document, tell
from runtime.workspace import write_atomic


@click.command("compile")
@options.conf
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Write the plan to this file instead of standard output.",
)
def command(conf: Path, output: Path | None) -> int:
    """Write the execution plan, the same bytes for the same configuration."""
    plan = plan_of(conf)
    data = codec.encode(plan)
    if output is None:
        document(data)
    else:
        write_atomic(output, data)
        tell(f"{output}: {len(plan.steps)} steps, digest {plan.digest[:12]}")
    if plan.functions:
        tell("run in Python, because SQL cannot say them:")
        tell(functions(plan))
    return 0
