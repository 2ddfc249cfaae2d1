"""An item in, its place in the configuration out: as a value of the plan, and as the name of a rule."""

from compiler.model.node import Node
from compiler.plan.steps import Origin


def origin(node: Node) -> Origin:
    """Where an item stands in the configuration."""
    element = node.element
    line, column = element.source.position(element.offset + 1)
    return Origin(element.source.name, line, column)


def label(place: Origin) -> str:
    """A rule's name in plans, orders and explanations: where it stands."""
    return f"{place.file}:{place.line}"
