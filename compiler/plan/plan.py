"""The plan as one value: the store's layout, the steps in an order that honours their dependencies, the digest."""

from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct

from compiler.expressions.python_calls import PythonFunction
from compiler.plan.job import Job
from compiler.plan.steps import AnyStep, Origin

FORMAT = 3
"""The version of the plan's form; a run refuses a plan of another form."""

StepKind = TypeVar("StepKind", bound=AnyStep)


class PropertyLayout(Struct, frozen=True, omit_defaults=True):
    """A scalar property as the store keeps it."""

    name: str
    type: str = "String"
    is_key: bool = False


class EntityTypeLayout(Struct, frozen=True, kw_only=True):
    """An entity type as the store keeps it.

    `connector` loads it (None: nobody does), `key` is its primary key there. `display` is the property whose value
    stands for a resource before people.
    """

    name: str
    connector: str | None
    key: str | None
    display: str | None
    properties: tuple[PropertyLayout, ...]


class AssociationLayout(Struct, frozen=True, kw_only=True):
    """An association as the store keeps it: both sides' entity type, property and whether it holds many."""

    name: str
    connector: str | None
    entity_type1: str
    property1: str
    is_collection1: bool
    entity_type2: str
    property2: str
    is_collection2: bool


class Item(Struct, frozen=True, omit_defaults=True):
    """One configuration item, normalised: what a deployment compares.

    `content` holds attributes by name, defaults left out, and under the name of a kind of children `{key: content}`.
    `places` says where each child stands, by its way from the item (`Property Login`, and ` > ` before a child's own):
    its line in the item's file, or file and line.
    """

    kind: str
    key: str
    content: dict[str, object]
    origin: str
    places: dict[str, int | str] = {}


class PlanFunction(Struct, frozen=True):
    """A function that queries of the plan call and that runs in Python, and the places whose expressions need it."""

    function: PythonFunction
    used_by: tuple[Origin, ...]


class Plan(Struct, frozen=True, kw_only=True):
    """Everything a run needs except secrets.

    `digest` identifies what the plan says, whatever the layout of its sources (`compiler.plan.digest`); `sources`
    is SHA-256 over their very names and bytes.
    `functions` are those that the queries of the steps call and that SQL does not have.
    """

    form: int
    digest: str
    sources: str = ""
    entity_types: tuple[EntityTypeLayout, ...]
    associations: tuple[AssociationLayout, ...]
    steps: tuple[AnyStep, ...]
    items: tuple[Item, ...]
    functions: tuple[PlanFunction, ...] = ()
    jobs: tuple[Job, ...] = ()

    def of(self, kind: type[StepKind]) -> Iterator[StepKind]:
        """The steps of one kind, in order."""
        return (step for step in self.steps if isinstance(step, kind))

    def entity_type(self, name: str) -> EntityTypeLayout:
        """The layout of an entity type that the plan's steps name."""
        return next(each for each in self.entity_types if each.name == name)
