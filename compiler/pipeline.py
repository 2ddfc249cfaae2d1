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

from compiler.beside import Tasks, beside
from compiler.bind.bound import Bound
from compiler.bind.consolidate import consolidate
from compiler.bind.expressions import bind_expressions
from compiler.bind.read import Reading, read_model
from compiler.bind.resolve import resolve, with_sides
from compiler.bind.scaffold import expand
from compiler.catalogue.catalogue import Catalogue
from compiler.checks.registry import (
    codes,
    misnamed,
    run_checks,
    run_checks_of_names,
    without_trees,
)
from compiler.diagnostics.diagnostic import Diagnostic, has_errors, in_order
from compiler.diagnostics.gather import gathered
from compiler.model.model import Model
from compiler.parse import Parsing, Sources
from compiler.plan.plan import FORMAT, Plan
from compiler.schema.xsd import check_schema
from compiler.source.document import Document
from compiler.source.files import read_folder
from compiler.source.text import ShownTexts
from compiler.span import SourceFile


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
    return check(Parsing(files), catalogue, findings)


def check(parsing: Parsing, catalogue: Catalogue, findings: list[Diagnostic]) -> Checked:
    """As `check_files`, for files that are being parsed already."""
    with _uncollected():
        return _phases(parsing, catalogue, findings)


class _Said(Struct, frozen=True):
    """What a step of `_look_beside` found, and the checks that it made."""

    findings: list[Diagnostic]
    made: list[str] = []


def _phases(parsing: Parsing, catalogue: Catalogue, findings: list[Diagnostic]) -> Checked:
    # 1. bytes to elements with places; a file that is no XML could declare anything, so nothing is looked up without it
    # 2. the verdict on each file's grammar; of a large configuration beside the next phase
    documents, found = parsing.documents()
    is_complete = len(documents) == len(parsing.files) and not findings
    findings = findings + found
    # 3. elements to typed items, all files together
    reading, found_reading = read_model(documents)
    # 4. scaffoldings to the items that they stand for, which hand-written ones adjust or replace
    generated, found = expand(reading, catalogue)
    found_reading += found
    reading, found = consolidate(reading, generated)
    found_reading += found
    # 5. every name to the item that it names, then the checks; of a large configuration beside the next phase
    reading.model.index()
    tasks = Tasks(codes())
    look = partial(_look_beside, reading, catalogue, is_complete, tasks)
    beyond = beside(look, _Said) if parsing.is_large else look()
    findings += _grammar(documents, parsing.in_doubt())
    is_grammatical = not has_errors(findings)
    model = with_sides(reading.model) if is_complete else reading.model
    # 6. bindings and expressions to trees
    bound, found = bind_expressions(model) if is_grammatical else (Bound(model, {}), [])
    findings += [*found_reading, *next(beyond).findings]
    is_whole = not has_errors(findings)
    findings += found
    # 7. what only shows on the whole
    findings += _checks(bound, catalogue, tasks, beyond) if is_whole else []
    findings = in_order(gathered(findings, partial(misnamed, model)))
    return Checked(bound=bound, findings=findings, sources=ShownTexts(parsing.files))


def _grammar(documents: list[Document], doubted: set[str]) -> list[Diagnostic]:
    suspects = (document for document in documents if document.source.name in doubted)
    return [found for document in suspects for found in check_schema(document)]


def _look_beside(reading: Reading, catalogue: Catalogue, is_complete: bool, tasks: Tasks) -> Iterator[_Said]:
    """First what is wrong with names and references, then what only shows on the whole and needs no trees."""
    model, found = resolve(reading) if is_complete else (reading.model, [])
    yield _Said(found + run_checks_of_names(model, catalogue))
    checked = run_checks(tasks, without_trees(model), catalogue)
    yield _Said(checked.findings, checked.made)


def _checks(bound: Bound, catalogue: Catalogue, tasks: Tasks, beyond: Iterator[_Said]) -> list[Diagnostic]:
    """The findings of all checks: those that are still to be made, those made beside, those left there."""
    own = run_checks(tasks, bound, catalogue)
    others = next(beyond)
    left = [code for code in tasks.names if code not in own.made and code not in others.made]
    return [*own.findings, *others.findings, *run_checks(left, bound, catalogue).findings]


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


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over the names and bytes of all files, in any order, and the version of the plan's form."""
    hashed = hashlib.sha256(f"plan {FORMAT}".encode())
    for name, data in sorted(files):
        hashed.update(f"\n{len(name.encode())} {len(data)}\n{name}".encode() + data)
    return hashed.hexdigest()
