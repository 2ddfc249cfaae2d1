"""A reading and the packages at hand go in; the items that its scaffoldings stand for come out (language.md §5).

Every generated item is an ordinary one whose element is `Generated`: it stands where its scaffolding stands.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from compiler.bind.read import Reading, read_item, with_items
from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.model.model import Model
from compiler.model.node import Localised, Node
from compiler.model.scaffoldings import ConnectorMappings, Generated, Scaffolding
from compiler.source.document import Element

Value = str | int | None


class Ground(Struct, frozen=True):
    """What expanding looks at, and where it puts what it has to say."""

    model: Model
    catalogue: Catalogue
    findings: list[Diagnostic] = field(default_factory=list)


def expand(reading: Reading, catalogue: Catalogue) -> tuple[list[Node], list[Diagnostic]]:
    """Everything that the scaffoldings of a configuration stand for; mappings first, because jobs look at them."""
    from compiler.bind import scaffold_jobs, scaffold_mappings

    model = reading.model
    if not model.scaffoldings:
        return [], []
    ground = Ground(model, catalogue)
    mappings = [each for each in model.scaffoldings if isinstance(each, ConnectorMappings)]
    made = list(_items(scaffold_mappings.expand(mappings, ground)))
    ground = Ground(with_items(model, made), catalogue, ground.findings)
    for each in model.scaffoldings:
        if not isinstance(each, ConnectorMappings):
            made += _expand_one(each, scaffold_jobs.expand(each, ground), ground)
    return made, ground.findings


def element(by: Node, name: str, attributes: Mapping[str, Value], children: Iterable[Element] = ()) -> Generated:
    """An element that a scaffolding stands for; attributes without a value are left out."""
    texts = {key: _text(value) for key, value in attributes.items() if value is not None}
    return Generated(name, texts, tuple(children), by.element.source, by.element.byte, scaffolding=by.element)


def display_names(names: Localised) -> dict[str, Value]:
    """The attributes that hold a name in several languages."""
    return {f"DisplayName_L{number}": text for number, text in sorted(names.items())}


def _expand_one(by: Scaffolding, elements: Iterable[Element], ground: Ground) -> list[Node]:
    made = list(_items(elements))
    if not made and getattr(by, "connector", None) in (None, *ground.model.connectors):
        message = f"this {by.tag} stands for nothing"
        help = "the connectors it is about are deactivated or left out of this job, or there are none"
        ground.findings.append(Diagnostic("W282", message, by.element.span(), help=help))
    return made


def _items(elements: Iterable[Element]) -> Iterator[Node]:
    return (node for node in map(read_item, elements) if node is not None)


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
