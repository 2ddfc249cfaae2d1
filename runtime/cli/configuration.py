"""A configuration folder in, its compilation out, with every finding shown and the secrets of its settings masked."""

import os
from collections.abc import Iterable
from pathlib import Path

import click
from msgspec.structs import replace

from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Diagnostic, Severity, has_errors, in_order
from compiler.diagnostics.render_text import render_text
from compiler.model.model import Model
from compiler.pipeline import Compilation, compile_folder
from compiler.plan.plan import Plan
from compiler.plan.steps import Export, Fulfil
from compiler.span import SourceFile
from runtime import registry
from runtime.cli.interruption import STOP
from runtime.cli.views.stream import MASKER, is_terminal, rendered
from runtime.runner.connections import Connections
from runtime.runner.report import ExitCode, Options, Stage
from runtime.settings.load import SettingsTree, connection_settings, load_settings
from runtime.settings.secrets import blanked
from runtime.workspace import Workspace


def compiled(conf: Path) -> Compilation:
    """Compile a folder and show what there is to say on standard error; its plan is there, errors end the command."""
    compilation = compile_folder(conf, registry.catalogue())
    shown = [each for each in compilation.findings if each.severity is not Severity.INFO]
    show(shown, compilation.sources)
    if compilation.plan is None:
        raise click.exceptions.Exit(ExitCode.CONFIGURATION)
    return compilation


def plan_of(conf: Path) -> Plan:
    """The plan of a folder without errors; see `compiled`."""
    plan = compiled(conf).plan
    assert plan is not None
    return plan


def connections_for(conf: Path, workspace: Workspace, plan: Plan, options: Options) -> Connections:
    """What opens the connections of a run; errors in the settings that the run needs end the command first."""
    tree, findings = load_settings(conf, workspace.root, os.environ)
    MASKER.learn(tree.root)
    catalogue = registry.catalogue()
    for identifier, package in _needed(plan, options):
        found = catalogue.find(package)
        if found is not None:
            findings += connection_settings(tree, identifier, found)[1]
    wrong = [each for each in in_order(findings) if each.severity is Severity.ERROR]
    show(wrong, settings_sources(conf, wrong))
    if wrong:
        raise click.exceptions.Exit(ExitCode.CONFIGURATION)
    return Connections(tree, catalogue, workspace, MASKER, STOP.is_set)


def _needed(plan: Plan, options: Options) -> Iterable[tuple[str, str]]:
    """The connections, with their packages, that a run with these options opens."""
    for step in plan.steps:
        if isinstance(step, Export) and Stage.EXPORT in options.stages and _chosen(step.connector, options.connectors):
            yield step.connection, step.package
        if isinstance(step, Fulfil) and Stage.FULFIL in options.stages and _chosen(step.connector, options.connectors):
            if any(_chosen(each.resource_type, options.resource_types) for each in step.resource_types):
                yield step.connection, step.package


def _chosen(name: str, names: frozenset[str]) -> bool:
    return not names or name in names


def settings_findings(tree: SettingsTree, model: Model, catalogue: Catalogue) -> list[Diagnostic]:
    """What is wrong with the settings of all connections; a connection without any is only a warning here (W181)."""
    found: list[Diagnostic] = []
    for connection in model.connections.values():
        package = catalogue.find(connection.package)
        if package is not None:
            found += connection_settings(tree, connection.identifier, package)[1]
    return [_missing(each, model) if each.code == "E505" else each for each in found]


def _missing(finding: Diagnostic, model: Model) -> Diagnostic:
    named = (each for each in model.connections.values() if f"`{each.identifier}`" in finding.message)
    connection = next(named, None)
    span = connection.element.value_span("Identifier") if connection else None
    return replace(finding, code="W181", span=span)


def settings_sources(conf: Path, findings: Iterable[Diagnostic]) -> dict[str, SourceFile]:
    """The settings files that findings point into, to show the lines at fault, secrets blanked."""
    names = {each.span.file for each in findings if each.span is not None}
    paths = {name: conf / name for name in names if name.endswith(".json")}
    return {
        name: SourceFile(name, blanked(path.read_text(encoding="utf-8-sig", errors="replace")))
        for name, path in paths.items()
        if path.is_file()
    }


def show(findings: list[Diagnostic], sources: dict[str, SourceFile]) -> None:
    """Print findings for a person on standard error."""
    if findings:
        rendered(render_text(findings, sources.get, color=is_terminal(error=True)), error=True)


def failed(findings: list[Diagnostic], *, strict: bool) -> bool:
    """Whether the findings make a configuration unusable: errors, and when `strict` warnings."""
    return has_errors(findings) or (strict and any(each.severity is Severity.WARNING for each in findings))
