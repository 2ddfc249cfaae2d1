"""A configuration folder in, its compilation out, with every finding shown and the secrets of its settings masked."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from compiler.diagnostics.diagnostic import Diagnostic, Severity, in_order
from compiler.diagnostics.render_text import render_text
from compiler.pipeline import Compilation, compile_folder
from compiler.plan.plan import Plan
from compiler.plan.steps import Export, Fulfil
from compiler.span import SourceFile
from runtime import registry
from runtime.cli.interruption import STOP
from runtime.cli.settings_files import settings_sources
from runtime.cli.views.stream import MASKER, is_terminal, rendered
from runtime.runner.connections import Connections
from runtime.runner.jobs import steps_of
from runtime.runner.report import ExitCode, Options, Stage
from runtime.settings.load import connection_settings, load_settings
from runtime.synchronization.snapshots import Retention
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


def learn_secrets(conf: Path, workspace: Workspace) -> None:
    """Mask the secrets of the settings in all that is shown from here on."""
    MASKER.learn(load_settings(conf, workspace.root, os.environ)[0].root)


def connections_for(conf: Path, workspace: Workspace, plan: Plan, options: Options) -> Connections:
    """What opens the connections of a run; errors in the settings that the run needs end the command first."""
    tree, findings = load_settings(conf, workspace.root, os.environ)
    MASKER.learn(tree.root)
    catalogue = registry.catalogue()
    for identifier, package in _needed(plan, options):
        found = catalogue.find(package)
        if found is not None:
            findings += connection_settings(tree, identifier, found)[1]
        else:
            findings.append(_unavailable(identifier, package))
    wrong = [each for each in in_order(findings) if each.severity is Severity.ERROR]
    show(wrong, settings_sources(conf, wrong))
    if wrong:
        raise click.exceptions.Exit(ExitCode.CONFIGURATION)
    return Connections(tree, catalogue, workspace, MASKER, STOP.is_set)


def retention_of(conf: Path, workspace: Workspace) -> Retention:
    """How long the settings want snapshots and the store's history to be kept."""
    given = load_settings(conf, workspace.root, os.environ)[0].agent.accordant
    return Retention(sessions=given.kept_sessions, days=given.kept_days, history_days=given.history_days)


def _unavailable(identifier: str, package: str) -> Diagnostic:
    message = f"connection `{identifier}` needs the package `{package}`, which has no connector in this version"
    help = "install a plug-in that has one, deactivate its connector, or name the connectors to run with --connector"
    return Diagnostic("E510", message, help=help)


def _needed(plan: Plan, options: Options) -> Iterable[tuple[str, str]]:
    """The connections, with their packages, that a run with these options opens."""
    for step in steps_of(plan, options.job) if options.job else plan.steps:
        if isinstance(step, Export) and Stage.EXPORT in options.stages and _chosen(step.connector, options.connectors):
            yield step.connection, step.package
        if isinstance(step, Fulfil) and Stage.FULFIL in options.stages and _chosen(step.connector, options.connectors):
            if any(_chosen(each.resource_type, options.resource_types) for each in step.resource_types):
                yield step.connection, step.package


def _chosen(name: str, names: frozenset[str]) -> bool:
    return not names or name in names


def show(findings: list[Diagnostic], sources: Mapping[str, SourceFile]) -> None:
    """Print findings for a person on standard error."""
    if findings:
        rendered(render_text(findings, sources.get, color=is_terminal(error=True)), error=True)
