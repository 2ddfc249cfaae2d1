"""Sound configurations go in; deliberate errors in them, each with the place where it must be reported, come out.

`python -m tests.compiler.mutations [count]` makes that many, 2,500 unless told, and prints how many are caught and how
many at their place, by kind.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from compiler.bind.read import BY_TAG, key_field
from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.model.node import Attribute, Node, attributes_of, children_of
from compiler.parse import Sources
from compiler.pipeline import check_files
from compiler.schema.grammar import AttributeRule, ElementRule, grammar
from compiler.source.document import AttributeText, Element, scan_tag
from compiler.source.files import read_folder
from compiler.source.xml import parse_xml
from compiler.span import Span
from runtime import registry
from tests.compiler.test_cases import GARDEN, sources_of
from tests.conftest import CATALOGUE

SAMPLES = Path(__file__).parents[2] / "samples"
_WORD = re.compile(r"[A-Za-z_]\w{3,}")
_MEMBER = re.compile(r"\.([A-Z]\w{2,})")


class Mutation(Struct, frozen=True):
    """One error: its kind, the file it is in, that file's new text, and where it must be reported."""

    kind: str
    file: str
    text: str
    place: Span


class Verdict(Struct, frozen=True):
    """What became of one mutation."""

    mutation: Mutation
    findings: list[Diagnostic]

    @property
    def is_caught(self) -> bool:
        return any(each.code[0] in "EW" for each in self.findings)

    @property
    def is_in_place(self) -> bool:
        """Whether a finding lies where the error is."""
        place = self.mutation.place
        spans = [each.span for each in self.findings if each.span is not None and each.code[0] in "EW"]
        return any(span.file == place.file and place.start <= span.start <= place.end for span in spans)


Sound = tuple[Sources, Catalogue]
"""The files of a configuration without findings, and the packages it names."""


def sound_ones() -> list[Sound]:
    """The samples, and the garden of the cases."""
    installed = registry.catalogue()
    samples = [(read_folder(folder)[0], installed) for folder in sorted(SAMPLES.iterdir()) if folder.is_dir()]
    return [*samples, (sources_of(GARDEN.removesuffix(".xml")), CATALOGUE)]


def mutations(files: Sources) -> Iterator[Mutation]:
    """Every error that can be made in the files of one configuration, in document order."""
    for name, data in files:
        document, _ = parse_xml(name, data)
        if document is not None:
            for element in document.root.children:
                rule = grammar().children.get(element.name)
                if rule is not None and not rule.ignored:
                    yield from _in_element(element, rule, BY_TAG.get(element.name))


def judged(mutation: Mutation, files: Sources, catalogue: Catalogue) -> Verdict:
    """What the compiler says of a configuration with one error in it."""
    changed = [(name, mutation.text.encode() if name == mutation.file else data) for name, data in files]
    return Verdict(mutation, check_files(changed, catalogue, []).findings)


def verdicts(count: int, seed: int) -> list[Verdict]:
    """What became of some of all mutations, the same for the same seed."""
    every = [(mutation, *sound) for sound in sound_ones() for mutation in mutations(sound[0])]
    return [judged(*each) for each in random.Random(seed).sample(every, min(count, len(every)))]


def _in_element(element: Element, rule: ElementRule, node: type[Node] | None) -> Iterator[Mutation]:
    declared = {name: each for each in attributes_of(node) for name in (each.name, *each.xml.aliases)} if node else {}
    yield from _of_names(element, rule)
    for found in scan_tag(element.source.text, element.offset):
        known = rule.attributes.get(found.name)
        if known is not None:
            yield from _of_attribute(element, found, known, declared.get(found.name))
    if node is not None and key_field(node):
        yield _twice(element, node)
    nodes = {
        name: each.node for each in (children_of(node) if node else ()) for name in (each.node.tag, *each.node.aliases)
    }
    for child in element.children:
        inner = rule.children.get(child.name)
        if inner is not None and not inner.ignored:
            yield from _in_element(child, inner, nodes.get(child.name))


def _of_names(element: Element, rule: ElementRule) -> Iterator[Mutation]:
    """Misspelled elements, those without children, which have no end tag; required attributes that are missing."""
    if not element.children:
        start = element.offset + 1
        closing = element.source.text.find(">", start)
        if element.source.text[closing - 1] == "/":
            yield _made("element name", element, (start, start + len(element.name)), element.name + "s")
    for found in scan_tag(element.source.text, element.offset):
        known = rule.attributes.get(found.name)
        if known is not None and known.required:
            change = (found.start - 1, found.value_end + 1)
            yield _made("missing attribute", element, change, "", place=element.span())


def _of_attribute(
    element: Element, found: AttributeText, known: AttributeRule, declared: Attribute | None
) -> Iterator[Mutation]:
    yield _made("attribute name", element, (found.start, found.end), found.name[:-1] + "qz")
    text = element.attributes.get(found.name, "")
    for kind, value in chain(_wrong_values(known, text), _wrong_names(known, text), _wrong_references(declared, text)):
        yield _made(kind, element, (found.value_start, found.value_end), quoteattr(value, {'"': "&quot;"})[1:-1])


def _wrong_values(known: AttributeRule, text: str) -> Iterator[tuple[str, str]]:
    if known.type.choices:
        yield "value", "Perhaps"
    elif known.type.name == "xs:int":
        yield "value", "seven"
    if known.required and text and known.type.name != "xs:string":
        yield "value", ""


def _wrong_names(known: AttributeRule, text: str) -> Iterator[tuple[str, str]]:
    if known.name == "Identifier":
        yield "identifier", " " + text
        yield "identifier", text + "\u00a0x"
    if known.name in ("Package", "ConnectionTable", "Format", "PropertyCriteria"):
        yield "name in a text", "Zq" + text


def _wrong_references(declared: Attribute | None, text: str) -> Iterator[tuple[str, str]]:
    kind = declared.xml.kind if declared else "text"
    if kind in ("reference", "property", "own property"):
        yield "reference", text + "Zq"
        yield "reference", text[:-1]
    if kind == "binding" and not text.startswith(("C#:", "Literal:")):
        yield "binding", text + "Zq"
        yield "binding", text + "."
        yield "binding", "Zq." + text
    if kind == "expression" or (kind == "binding" and text.startswith("C#:")):
        yield from (("expression", value) for value in _wrong_expressions(text))


def _wrong_expressions(text: str) -> Iterator[str]:
    if not text.startswith("C#:"):
        yield text + "Zq"
        return
    yield from (
        text[: found.start(1)] + found[1][:-1] + "qz" + text[found.end(1) :] for found in _MEMBER.finditer(text)
    )
    for sign in ('"', "(", ")", ";"):
        at = text.find(sign)
        if at > 0:
            yield text[:at] + text[at + 1 :]
    yield text.replace("return ", "retrun ", 1) if "return " in text else text + " return"
    yield text.replace(" + ", " + * ", 1) if " + " in text else text + " }"


def _twice(element: Element, node: type[Node]) -> Mutation:
    """The whole element once more, right behind itself."""
    source = element.source
    end = _end(element)
    copy = source.text[element.offset : end]
    key = next(each.name for each in attributes_of(node) if each.field == key_field(node))
    found = next(each for each in scan_tag(source.text, element.offset) if each.name == key)
    text = source.text[:end] + copy + source.text[end:]
    moved = Element(element.name, element.attributes, (), type(source)(source.name, text), len(text[:end].encode()))
    length = found.value_end - found.value_start
    place = moved.source.span(
        end + found.value_start - element.offset, end + found.value_start - element.offset + length
    )
    return Mutation("duplicate key", source.name, text, place)


def _end(element: Element) -> int:
    """Where an element ends: behind its `/>`, or behind its end tag."""
    text = element.source.text
    last = max((found.value_end for found in scan_tag(text, element.offset)), default=element.offset)
    closing = text.index(">", last)
    if text[closing - 1] == "/":
        return closing + 1
    return (
        text.index(">", text.index(f"</{element.name}", _end(element.children[-1]) if element.children else closing))
        + 1
    )


def _made(kind: str, element: Element, change: tuple[int, int], value: str, place: Span | None = None) -> Mutation:
    source = element.source
    text = source.text[: change[0]] + value + source.text[change[1] :]
    if place is None:
        place = type(source)(source.name, text).span(change[0], change[0] + max(len(value), 1))
    return Mutation(kind, source.name, text, place)


def report(verdicts: list[Verdict]) -> str:
    """Counts by kind: made, caught, in place."""
    lines = [f"{'kind':20} {'made':>6} {'caught':>7} {'in place':>9}"]
    made = Counter(each.mutation.kind for each in verdicts)
    caught = Counter(each.mutation.kind for each in verdicts if each.is_caught)
    in_place = Counter(each.mutation.kind for each in verdicts if each.is_in_place)
    lines += (f"{kind:20} {made[kind]:6} {caught[kind]:7} {in_place[kind]:9}" for kind in sorted(made))
    return "\n".join([*lines, f"{'all':20} {made.total():6} {caught.total():7} {in_place.total():9}"])


def main() -> int:
    """Make the mutations, print the counts and the first few that slipped through."""
    made = verdicts(int(sys.argv[1]) if len(sys.argv) > 1 else 2500, seed=7)
    sys.stdout.write(report(made) + "\n")
    for each in [each for each in made if not each.is_in_place][:60]:
        at = each.mutation.place
        line = each.mutation.text.split("\n")[at.start.line - 1].strip()
        said = "; ".join(f"{found.code} {found.span.start if found.span else ''}" for found in each.findings[:3])
        sys.stdout.write(
            f"{each.mutation.kind}: {at.file}:{at.start.line}:{at.start.column}: {line}\n    {said or 'nothing'}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
