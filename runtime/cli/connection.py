"""`accordant connection`: the connections of a configuration in, whether their systems answer out."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from compiler.catalogue.package import Verb
from compiler.model.connectors import Connection
from compiler.model.model import Model
from runtime import registry
from runtime.cli import options
from runtime.cli.configuration import compiled
from runtime.cli.running import known_names
from runtime.cli.views import human, machine
from runtime.cli.views.stream import MASKER, say, tell
from runtime.contract import Misconfigured, Refused, Throttled, Unreachable
from runtime.runner.connections import Connections
from runtime.runner.report import ExitCode
from runtime.settings.load import SettingsTree, load_settings
from runtime.workspace import Workspace


@click.group("connection")
def command() -> None:
    """List the connections, check that their systems answer."""


@command.command("list")
@options.conf
@options.together(options.workspace, options.as_json)
def list_command(conf: Path, workspace: Workspace, as_json: bool) -> int:
    """The connections with their packages and abilities, and whether they have settings."""
    model, tree = compiled(conf).model, _settings(conf, workspace)
    rows = [_row(each, tree) for each in model.connections.values()]
    (machine if as_json else human).connections(rows)
    return ExitCode.DONE


@command.command("check")
@options.conf
@click.option("--connection", "names", multiple=True, metavar="NAME", help="Only this connection; may be repeated.")
@options.together(options.workspace, options.as_json)
def check(conf: Path, workspace: Workspace, names: Sequence[str], as_json: bool) -> int:
    """Open connections and say what answered; exit code 5 when one did not."""
    model = compiled(conf).model
    known_names("--connection", names, model.connections)
    connect = Connections(_settings(conf, workspace), registry.catalogue(), workspace, MASKER)
    answers = [_check(each, connect, as_json=as_json) for each in _chosen(model, names)]
    return ExitCode.DONE if all(answers) else ExitCode.BROKE_OFF


def _settings(conf: Path, workspace: Workspace) -> SettingsTree:
    tree, _ = load_settings(conf, workspace.root, os.environ)
    MASKER.learn(tree.root)
    return tree


def _chosen(model: Model, names: Sequence[str]) -> list[Connection]:
    return [each for name, each in model.connections.items() if not names or name in names]


def _row(connection: Connection, tree: SettingsTree) -> tuple[str, ...]:
    package = registry.catalogue().find(connection.package)
    abilities = sorted(verb for verb in package.abilities if verb is not Verb.CHECK) if package else []
    sections = tree.root.get("Connections")
    has = sections is not None and hasattr(sections, "get") and sections.get(connection.identifier) is not None
    can, known = " ".join(abilities) if package else "not in this version", "yes" if has else "no"
    return (connection.identifier, connection.connector, connection.package, can, known)


def _check(connection: Connection, connect: Connections, *, as_json: bool) -> bool:
    answer = failure = None
    try:
        answer = connect(connection.identifier, connection.package).check()
    except (Misconfigured, Unreachable, Refused, Throttled) as error:
        failure = str(error)
    if as_json:
        machine.check(connection.identifier, answer, failure)
    elif failure is None:
        say(f"{connection.identifier}: {answer}")
    else:
        tell(f"{connection.identifier}: {failure}")
    return failure is None
