"""The spine: the files of a configuration go in; a plan, and everything there is to say about them, come out.

Each phase returns its value and its findings. What a phase cannot do without ends the compilation there, because
going on would only produce nonsense: text that is no XML hides declarations, and checks need whole references.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from compiler.bind.bound import Bound
from compiler.bind.expressions import bind_expressions
from compiler.bind.read import read_model
from compiler.bind.resolve import resolve
from compiler.catalogue.catalogue import Catalogue
from compiler.checks.registry import run_checks
from compiler.diagnostics.diagnostic import Diagnostic, has_errors, in_order
from compiler.model.model import Model
from compiler.plan.lower import lower
from compiler.plan.plan import FORMAT, Plan
from compiler.schema.xsd import check_schema
from compiler.source.document import Document
from compiler.source.files import read_folder
from compiler.source.text import shown_text
from compiler.source.xml import parse_xml
from compiler.span import SourceFile

Sources = list[tuple[str, bytes]]
"""Each file's name, as people see it, and its bytes."""


class Compilation(Struct, frozen=True, kw_only=True):
    """What became of a configuration: a plan when it has no errors, the findings in order, what they point into."""

    plan: Plan | None
    findings: list[Diagnostic]
    sources: dict[str, SourceFile]
    model: Model


def compile_folder(folder: Path, catalogue: Catalogue) -> Compilation:
    """Compile every `*.xml` file below a folder, for the connection packages at hand."""
    files, findings = read_folder(folder)
    return _compile(files, catalogue, findings)


def compile_sources(files: Sources, catalogue: Catalogue) -> Compilation:
    """Compile files that are already in memory."""
    return _compile(files, catalogue, [])


def _compile(files: Sources, catalogue: Catalogue, findings: list[Diagnostic]) -> Compilation:
    # 1. bytes to elements with places; a file that is no XML could declare anything, so nothing is looked up without it
    documents, found = _parse(files)
    is_complete = len(documents) == len(files) and not findings
    findings = findings + found
    # 2. the grammar of elements and attributes, file by file
    findings += (each for document in documents for each in check_schema(document))
    is_grammatical = not has_errors(findings)
    # 3. elements to typed items, all files together
    reading, found = read_model(documents)
    findings += found
    # 4. every name to the item that it names
    model, found = resolve(reading) if is_complete else (reading.model, [])
    findings += found
    is_whole = not has_errors(findings)
    # 5. bindings and expressions to trees
    bound, found = bind_expressions(model) if is_grammatical else (Bound(model, {}), [])
    findings += found
    # 6. what only shows on the whole
    findings += run_checks(bound, catalogue) if is_whole else []
    # 7. the plan
    plan = None if has_errors(findings) else lower(bound, catalogue, digest(files))
    shown = {name: shown_text(name, data) for name, data in files}
    return Compilation(plan=plan, findings=in_order(findings), sources=shown, model=model)


def _parse(files: Sources) -> tuple[list[Document], list[Diagnostic]]:
    documents, findings = [], []
    for name, data in files:
        document, found = parse_xml(name, data)
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
