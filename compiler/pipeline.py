"""The spine: the files of a configuration go in; a plan, and everything there is to say about them, come out.

Each phase returns its value and its findings. What a phase cannot do without ends the compilation there, because
going on would only produce nonsense: text that is no XML hides declarations, and checks need whole references.
"""

import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct

from compiler.beside import beside
from compiler.bind.bound import Bound
from compiler.bind.consolidate import consolidate
from compiler.bind.expressions import bind_expressions
from compiler.bind.read import Reading, read_model
from compiler.bind.resolve import resolve, with_sides
from compiler.bind.scaffold import expand
from compiler.catalogue.catalogue import Catalogue
from compiler.checks.registry import (
    OWN,
    codes,
    misnamed,
    run_checks,
    run_checks_of_names,
    run_checks_without_trees,
)
from compiler.diagnostics.diagnostic import Diagnostic, has_errors, in_order
from compiler.diagnostics.gather import gathered
from compiler.model.model import Model
from compiler.plan.plan import FORMAT, Plan
from compiler.schema.xsd import check_schema, doubtful
from compiler.source.document import Document
from compiler.source.files import read_folder
from compiler.source.text import ShownTexts
from compiler.source.xml import PackedDocument, pack, parse_xml, unpack
from compiler.span import SourceFile

Sources = list[tuple[str, bytes]]
"""Each file's name, as people see it, and its bytes."""


_LARGE = 4_000_000
"""Bytes from which a second process pays."""


class Checked(Struct, frozen=True, kw_only=True):
    """What is known of a configuration: the model and its trees, the findings in order, what they point into."""

    bound: Bound
    findings: list[Diagnostic]
    sources: Mapping[str, SourceFile]

    @property
    def model(self) -> Model:
        return self.bound.model


class Compilation(Struct, frozen=True, kw_only=True):
    """What became of a configuration: a plan when it has no errors, the findings in order, what they point into."""

    plan: Plan | None
    findings: list[Diagnostic]
    sources: Mapping[str, SourceFile]
    model: Model


def compile_folder(folder: Path, catalogue: Catalogue) -> Compilation:
    """Compile every `*.xml` file below a folder, for the connection packages at hand."""
    files, findings = read_folder(folder)
    return _lower(files, catalogue, check_files(files, catalogue, findings))


def compile_sources(files: Sources, catalogue: Catalogue) -> Compilation:
    """Compile files that are already in memory."""
    return _lower(files, catalogue, check_files(files, catalogue, []))


def check_files(files: Sources, catalogue: Catalogue, findings: list[Diagnostic]) -> Checked:
    """Everything there is to say about files, for the packages at hand; `findings` were made reading them."""
    with _uncollected():
        return _phases(files, catalogue, findings)


class _Said(Struct, frozen=True):
    """What a step of `_look_beside` found, and the checks that it left because they need trees."""

    findings: list[Diagnostic]
    left: list[str] = []


def _phases(files: Sources, catalogue: Catalogue, findings: list[Diagnostic]) -> Checked:
    is_large = sum(len(data) for _, data in files) > _LARGE
    # 1. bytes to elements with places; a file that is no XML could declare anything, so nothing is looked up without it
    # 2. the verdict on each file's grammar; of a large configuration beside the next phase
    documents, found, in_doubt = _parse_in_two(files) if is_large else _parse(files)
    is_complete = len(documents) == len(files) and not findings
    findings = findings + found
    # 3. elements to typed items, all files together
    reading, found_reading = read_model(documents)
    # 4. scaffoldings to the items that they stand for, which hand-written ones adjust or replace
    generated, found = expand(reading, catalogue)
    found_reading += found
    reading, found = consolidate(reading, generated)
    found_reading += found
    # 5. every name to the item that it names, then the checks; of a large configuration beside the next phase
    look = partial(_look_beside, reading, catalogue, is_complete)
    beyond = beside(look, _Said) if is_large else look()
    findings += _grammar(documents, set(next(in_doubt)))
    is_grammatical = not has_errors(findings)
    model = with_sides(reading.model) if is_complete else reading.model
    # 6. bindings and expressions to trees
    bound, found = bind_expressions(model) if is_grammatical else (Bound(model, {}), [])
    findings += [*found_reading, *next(beyond).findings]
    is_whole = not has_errors(findings)
    findings += found
    # 7. what only shows on the whole
    findings += _checks(bound, catalogue, beyond) if is_whole else []
    findings = in_order(gathered(findings, partial(misnamed, model)))
    return Checked(bound=bound, findings=findings, sources=ShownTexts(files))


class _Read(Struct, frozen=True):
    """What a step of `_read_beside` made: every second document, if it has no findings; then the files in doubt."""

    documents: list[PackedDocument | None] = []
    doubtful: list[str] = []


def _read_beside(files: Sources) -> Iterator[_Read]:
    parsed = (parse_xml(name, data) for name, data in files[1::2])
    yield _Read(documents=[None if document is None or found else pack(document) for document, found in parsed])
    yield _Read(doubtful=doubtful(files))


def _parse_in_two(files: Sources) -> tuple[list[Document], list[Diagnostic], Iterator[list[str]]]:
    """As `_parse`, every second file in another process, which then goes on to the verdicts."""
    ahead = beside(partial(_read_beside, files), _Read)
    parsed = [parse_xml(name, data) for name, data in files[::2]]
    packed = next(ahead).documents
    for at, ((name, data), each) in enumerate(zip(files[1::2], packed, strict=True)):
        parsed.insert(2 * at + 1, (unpack(name, data, each), []) if each else parse_xml(name, data))
    documents, findings = _apart(parsed)
    return documents, findings, (step.doubtful for step in ahead)


def _grammar(documents: list[Document], doubted: set[str]) -> list[Diagnostic]:
    suspects = (document for document in documents if document.source.name in doubted)
    return [found for document in suspects for found in check_schema(document)]


def _look_beside(reading: Reading, catalogue: Catalogue, is_complete: bool) -> Iterator[_Said]:
    """First what is wrong with names and references, then what only shows on the whole and needs no trees."""
    model, found = resolve(reading) if is_complete else (reading.model, [])
    yield _Said(found + run_checks_of_names(model, catalogue))
    others = [code for code in codes() if code not in codes()[::OWN]]
    checked = run_checks_without_trees(others, model, catalogue)
    yield _Said(checked.findings, checked.left)


def _checks(bound: Bound, catalogue: Catalogue, beyond: Iterator[_Said]) -> list[Diagnostic]:
    own = run_checks(codes()[::OWN], bound, catalogue)
    others = next(beyond)
    return [*own, *others.findings, *run_checks(others.left, bound, catalogue)]


def _lower(files: Sources, catalogue: Catalogue, checked: Checked) -> Compilation:
    # 8. the plan
    from compiler.plan.lower import lower  # what only checks does not pay for it

    with _set_aside():
        plan = None if has_errors(checked.findings) else lower(checked.bound, catalogue, digest(files))
    return Compilation(plan=plan, findings=checked.findings, sources=checked.sources, model=checked.model)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circles meanwhile: trees and models have none, and looking through millions of items is slow."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _set_aside() -> Iterator[None]:
    """The search for circles, which queries in the making have, does not look through what is there already."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _parse(files: Sources) -> tuple[list[Document], list[Diagnostic], Iterator[list[str]]]:
    """The documents, what there is to say about them, and, when asked for, the files whose grammar is in doubt."""
    documents, findings = _apart(parse_xml(name, data) for name, data in files)
    return documents, findings, (doubtful(each) for each in [files])


def _apart(
    parsed: Iterable[tuple[Document | None, list[Diagnostic]]],
) -> tuple[list[Document], list[Diagnostic]]:
    documents, findings = [], []
    for document, found in parsed:
        findings += found
        if document is not None:
            documents.append(document)
    return documents, findings


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over the names and bytes of all files, in any order, and the version of the plan's form."""
    hashed = hashlib.sha256(f"plan {FORMAT}".encode())
    for name, data in sorted(files):
        hashed.update(f"\n{len(name.encode())} {len(data)}\n{name}".encode() + data)
    return hashed.hexdigest()
