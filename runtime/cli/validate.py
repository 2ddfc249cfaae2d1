"""`accordant validate`: a configuration in, every finding out."""

import os
from collections import Counter
from pathlib import Path

import click

from compiler.diagnostics.diagnostic import Diagnostic, Severity, in_order
from compiler.diagnostics.render_json import render_json
from compiler.diagnostics.render_sarif import render_sarif
from compiler.diagnostics.render_text import render_text
from compiler.pipeline import Compilation, compile_folder
from runtime import registry
from runtime.cli import options
from runtime.cli.configuration import failed, settings_findings, settings_sources
from runtime.cli.views.stream import MASKER, say
from runtime.runner.report import ExitCode
from runtime.settings.load import load_settings
from runtime.workspace import Workspace


@click.command("validate")
@options.conf
@options.workspace
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True,
              help="For a person, one JSON object per finding, or SARIF 2.1.0 for code hosts.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
def command(conf: Path, workspace: Workspace, form: str, strict: bool) -> int:
    """Check a configuration: every finding with its file, line and column.

    Looks at the XML, and at the settings of its connections where there are any. Reaches no system.
    """
    compilation = compile_folder(conf, registry.catalogue())
    findings = in_order([*compilation.findings, *registry.findings(), *_settings(conf, workspace, compilation)])
    sources = compilation.sources | settings_sources(conf, findings)
    if form == "json":
        say(render_json(findings))
    elif form == "sarif":
        say(render_sarif(findings))
    else:
        if findings:
            say(render_text(findings, sources))
        say(_summary(findings, len(compilation.sources)))
    return ExitCode.CONFIGURATION if failed(findings, strict=strict) else ExitCode.DONE


def _settings(conf: Path, workspace: Workspace, compilation: Compilation) -> list[Diagnostic]:
    """Findings about the settings; none when there are no settings yet, as on an author's desk."""
    tree, findings = load_settings(conf, workspace.root, os.environ)
    MASKER.learn(tree.root)
    if tree.root.get("Connections") is not None:
        findings += settings_findings(tree, compilation.model, registry.catalogue())
    return findings


def _summary(findings: list[Diagnostic], files: int) -> str:
    counts = Counter(each.severity for each in findings)
    errors, warnings, notes = (counts[each] for each in (Severity.ERROR, Severity.WARNING, Severity.INFO))
    return f"{files} files: {errors} errors, {warnings} warnings, {notes} notes"
