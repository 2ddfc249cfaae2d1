"""`accordant validate`: a configuration in, every finding out.

What only a check needs is imported inside functions: of an unchanged configuration nothing is checked anew, and
`answers` knows most of those before this module is loaded.
"""

import gc
import os
from collections.abc import Iterable
from pathlib import Path

import click
from msgspec.structs import replace

from compiler.diagnostics.diagnostic import Diagnostic, Severity, has_errors, in_order
from compiler.diagnostics.render_text import render_text
from compiler.source.document import Element
from compiler.source.files import read_folder
from compiler.source.text import read_text, shown_text
from compiler.span import SourceFile
from runtime.cli import options
from runtime.cli.answers import keep
from runtime.cli.known import Declared, Known, program, recall, remember
from runtime.cli.settings_files import settings_sources
from runtime.cli.stamps import Look
from runtime.cli.views.stream import MASKER, is_terminal, rendered
from runtime.runner.report import ExitCode
from runtime.settings.load import connection_settings, load_settings
from runtime.workspace import Workspace

Files = list[tuple[str, bytes]]


@click.command("validate")
@options.conf
@options.workspace
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="For a person, one JSON object per finding, or SARIF 2.1.0 for code hosts.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--no-cache", is_flag=True, help="Check files anew, even those that did not change.")
def command(conf: Path, workspace: Workspace, form: str, strict: bool, no_cache: bool) -> int:
    """Check a configuration: every finding with its file, line and column.

    Looks at the XML, and at the settings of its connections where there are any. Reaches no system. What was found is
    kept in the user's cache folder, and shown again while nothing changes.
    """
    look = Look(str(conf))
    known = None if no_cache else recall(look)
    if known is None:
        files, unread = read_folder(conf)
        known = _checked(files, unread)
        if not no_cache and not unread:
            remember(look, files, known)
    findings = in_order([*known.findings, *_settings(conf, workspace, known.connections)])
    text = _shown(findings, form, known, _sources(conf, findings))
    code = ExitCode.CONFIGURATION if _failed(findings, strict=strict) else ExitCode.DONE
    if text:
        rendered(text)
    if not no_cache:
        keep(look, str(workspace.root), known.program, text and text.removesuffix("\n") + "\n", code)
    return code


def _checked(files: Files, unread: list[Diagnostic]) -> Known:
    gc.disable()  # what is made from here on, modules too, stays to the end
    from compiler.parse import Parsing

    parsing = Parsing(files)
    from compiler.pipeline import check
    from runtime import registry

    checked = check(parsing, registry.catalogue(), unread)
    gc.enable()
    if parsing.is_large:
        _leave(checked)
    connections = [
        Declared(each.identifier, each.package, each.element.source.name, each.element.byte)
        for each in checked.model.connections.values()
    ]
    return Known(in_order([*checked.findings, *registry.findings()]), connections, len(files), program())


def _leave(checked: object) -> None:
    """Let the process end without taking a large model apart: the search for circles does not look at this one."""
    circle = [checked]
    circle.append(circle)
    gc.freeze()


def _sources(conf: Path, findings: Iterable[Diagnostic]) -> dict[str, SourceFile]:
    """The files that findings point into, as they may be shown."""
    places = [span for each in findings for span in (each.span, *(label.span for label in each.related))]
    names = {span.file for span in places if span is not None}
    files = {name: conf / name for name in names if name.lower().endswith(".xml") and (conf / name).is_file()}
    return {name: shown_text(name, path.read_bytes()) for name, path in files.items()} | settings_sources(
        conf, findings
    )


def _shown(findings: list[Diagnostic], form: str, known: Known, sources: dict[str, SourceFile]) -> str:
    if form == "sarif":
        from compiler.diagnostics.render_sarif import render_sarif

        return render_sarif(findings)
    if form == "json":
        from compiler.diagnostics.render_json import render_json

        return render_json(findings)
    if findings:
        return render_text(findings, sources.get, is_terminal())
    return f"{known.files} files: no findings"


def _settings(conf: Path, workspace: Workspace, connections: list[Declared]) -> list[Diagnostic]:
    """Findings about the settings; none when there are no settings yet, as on an author's desk."""
    tree, findings = load_settings(conf, workspace.root, os.environ)
    MASKER.learn(tree.root)
    if tree.root.get("Connections") is None:
        return findings
    from runtime import registry

    catalogue = registry.catalogue()
    for each in connections:
        package = catalogue.find(each.package)
        if package is not None:
            found = connection_settings(tree, each.identifier, package)[1]
            findings += (_missing(finding, conf, each) if finding.code == "E505" else finding for finding in found)
    return findings


def _missing(finding: Diagnostic, conf: Path, connection: Declared) -> Diagnostic:
    """A connection without any settings is only a warning here: somebody else may hold them."""
    source, _ = read_text(connection.file, (conf / connection.file).read_bytes())
    span = Element("", {}, (), source, connection.byte).value_span("Identifier") if source else None
    return replace(finding, code="W181", span=span)


def _failed(findings: list[Diagnostic], *, strict: bool) -> bool:
    """Whether the findings make a configuration unusable: errors, and when `strict` warnings."""
    return has_errors(findings) or (strict and any(each.severity is Severity.WARNING for each in findings))
