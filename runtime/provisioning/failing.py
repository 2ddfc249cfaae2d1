"""What may fail in the expressions of a step in, one sentence for each that did out: where, how often, an example."""

from collections.abc import Iterable, Iterator

from compiler.plan.steps import Failing
from runtime.engine.engine import Engine

_LONGEST = 60
"""Characters that are shown of a key."""


def failed(failing: Iterable[Failing], engine: Engine) -> Iterator[str]:
    """One sentence for each expression that failed. Its example is the key of a resource, never a value."""
    for each in failing:
        count, example = engine.rows(each.query)[0]
        if count:
            parts = ", ".join(f"`{part}`" for part in each.parts)
            values = "1 value was" if count == 1 else f"{count} values were"
            shown = f", as of {each.entity_type} {str(example)[:_LONGEST]}" if example is not None else ""
            yield f"{each.origin.file}:{each.origin.line}: {values} left empty because {parts} failed{shown}"
