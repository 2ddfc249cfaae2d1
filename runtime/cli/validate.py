"""`accordant validate`: a configuration in, every finding out."""

import os
from pathlib import Path

import click

from compiler.diagnostics.diagnostic import Diagnostic, in_order
from compiler.diagnostics.render_json import render_json
from compiler.diagnostics.render_sarif import render_sarif
from compiler.diagnostics.render_text import render_text
from compiler.pipeline import Compilation, compile_folder
from runtime import registry
from runtime.cli import options
from runtime.cli.configuration import failed, settings_findings, settings_sources
from runtime.cli.views.stream import MASKER, is_terminal, rendered, say
from runtime.runner.report import ExitCode
from runtime.settings.load import load_settings
from runtime.workspace import Workspace


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
def command(conf: Path, workspace: Workspace, form: str, strict: bool) -> int:
    """Check a configuration: every finding with its file, line and column.

    Looks at the XML, and at the settings of its connections where there are any. Reaches no system.
    """
    compilation = compile_folder(conf, registry.catalogue())
    findings = in_order([*compilation.findings, *registry.findings(), *_settings(conf, workspace, compilation)])
    sources = compilation.sources | settings_sources(conf, findings)
    if form == "sarif":
        rendered(render_sarif(findings))
    elif findings:
        rendered(render_json(findings) if form == "json" else render_text(findings, sources.get, is_terminal()))
    elif form == "text":
        say(f"{len(compilation.sources)} files: no findings")
    return ExitCode.CONFIGURATION if failed(findings, strict=strict) else ExitCode.DONE


def _settings(conf: Path, workspace: Workspace, compilation: Compilation) -> list[Diagnostic]:
    """Findings about the settings; none when there are no settings yet, as on an author's desk."""
    tree, findings = load_settings(conf, workspace.root, os.environ)
    MASKER.learn(tree.root)
    if tree.root.get("Connections") is not None:
        findings += settings_findings(tree, compilation.model, registry.catalogue())
    return findings
