"""Agents, connectors, connections, thresholds (language.md §4.3 to §4.5, §7.4)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from compiler.bind.tables import connector_of
from compiler.bind.values import written_name
from compiler.catalogue.catalogue import KNOWN_VERSION
from compiler.catalogue.package import Verb
from compiler.checks.registry import Finding, Subject, check
from compiler.diagnostics.suggest import closest
from compiler.model.connectors import Connection, Connector, DeactivationExportFulfill
from compiler.model.node import Node, attributes_of

_CONNECTION = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,441}")
_ACTIONS = (("inserted", "Inserted"), ("updated", "Updated"), ("deleted", "Deleted"))
_THRESHOLDS = ("maximum_", "max_percentage_", "max_link_percentage_")
_LINK_ACTIONS = (("inserted", "Inserted"), ("deleted", "Deleted"))


@check("E130")
def connection_identifier(it: Subject) -> Iterator[Finding]:
    """The identifier names files and settings."""
    for each in it.model.connections.values():
        if not _CONNECTION.fullmatch(each.identifier):
            help = "write a letter, then at most 441 letters, digits, dots or hyphens"
            yield Finding(each, f"`{each.identifier}` is no identifier of a connection", "Identifier", help)


@check("W131")
def underscore(it: Subject) -> Iterator[Finding]:
    """Table names are `<connection>_<table>`."""
    for each in it.model.connections.values():
        if "_" in each.identifier:
            message = f"the underscore in `{each.identifier}` blurs where its table names begin"
            yield Finding(each, message, "Identifier", "leave it out, or write a hyphen")


@check("W170")
def agent_state(it: Subject) -> Iterator[Finding]:
    """The state is known while running."""
    for each in it.model.agents.values():
        if "State" in each.element.attributes:
            yield Finding(each, f"the State of agent `{each.identifier}` is ignored", "State", "remove it")


@check("E172")
def connector_without_connection(it: Subject) -> Iterator[Finding]:
    """A connector reaches its system through connections."""
    used = {each.connector for each in it.model.connections.values()}
    for each in it.model.connectors.values():
        if each.identifier not in used:
            help = f'declare a `<Connection … Connector="{each.identifier}" />`'
            yield Finding(each, f"connector `{each.identifier}` has no connection", "Identifier", help)


@check("E173")
def connector_without_entity_type(it: Subject) -> Iterator[Finding]:
    """A connector is there for the entity types mapped to it."""
    used = {connector_of(it.model, each) for each in it.model.entity_type_mappings.values()}
    for each in it.model.connectors.values():
        if each.identifier not in used:
            help = f'declare an `<EntityTypeMapping … Connector="{each.identifier}">`'
            yield Finding(each, f"no entity type is mapped to connector `{each.identifier}`", "Identifier", help)


@check("W180")
def deactivation(it: Subject) -> Iterator[Finding]:
    """Only one of two halves can be switched off."""
    for each in it.model.connections.values():
        abilities = it.catalogue.abilities(each.package)
        both = abilities is not None and {Verb.EXPORT, Verb.FULFIL} <= abilities
        if (
            abilities is not None
            and not both
            and each.deactivation_export_fulfill is not DeactivationExportFulfill.None_
        ):
            message = f"`{each.package}` does not offer both export and fulfil; switching one off has no effect"
            yield Finding(each, message, "DeactivationExportFulfill", "remove it")


@check("E185")
def unknown_package(it: Subject) -> Iterator[Finding]:
    """The package is the program that reaches the system."""
    for each in it.model.connections.values():
        if it.catalogue.abilities(each.package) is None:
            help = _similar_package(each.package, it.catalogue.names())
            yield Finding(each, f"there is no package `{each.package}`", "Package", help)


@check("W187")
def unavailable_package(it: Subject) -> Iterator[Finding]:
    """A plan is made with it, so that a configuration can be checked; a run that comes to need it does not start."""
    for each in it.model.connections.values():
        package = it.catalogue.unavailable(each.package)
        if package is not None and package.abilities:
            runs = not it.model.connectors[each.connector].is_deactivated
            message = f"the package `{package.identifier}` ({package.title}) has no connector in this version"
            stops = "a run that needs it stops before it begins; deactivate the connector, or leave it out of the run"
            yield Finding(
                each, message, "Package", stops if runs else "its connector is deactivated: nothing of it runs"
            )


def _similar_package(written: str, names: Iterable[str]) -> str:
    """What was probably meant, compared without the words that all packages share."""
    cores = {_core(name): name for name in names}
    meant = closest(_core(written), cores)
    short = [name for name in cores.values() if "@" not in name]
    return f"did you mean `{cores[meant]}`?" if meant else f"packages at hand, by their short names: {', '.join(short)}"


def _core(name: str) -> str:
    return name.partition("@")[0].removeprefix("Usercube.")


@check("W186")
def unknown_version(it: Subject) -> Iterator[Finding]:
    """Every package has one documented version."""
    for each in it.model.connections.values():
        version = it.catalogue.version(each.package)
        if it.catalogue.abilities(each.package) is not None and version not in ("", KNOWN_VERSION):
            message = f"version `{version}` of the package is not known; the one at hand is used"
            yield Finding(each, message, "Package", f"write `@{KNOWN_VERSION}`")


@check("W310")
def no_threshold(it: Subject) -> Iterator[Finding]:
    """Something should stop a run that would change too much."""
    entities_of: defaultdict[str | None, list[Node]] = defaultdict(list)
    for each in it.model.entity_type_mappings.values():
        if each.connection_table:
            entities_of[connector_of(it.model, each)].append(each)
    links_of: defaultdict[str, list[Node]] = defaultdict(list)
    for link in it.model.association_mappings.values():
        links_of[link.connector].append(link)
    for connector in it.model.connectors.values():
        entities, links = entities_of[connector.identifier], links_of[connector.identifier]
        for action, word in _ACTIONS:
            if not _limited(connector, "maximum", "max_percentage", action) and not _all_limited(entities, action):
                yield _unlimited(connector, f"Maximum{word}Lines", f"{action} resources")
        for action, word in _LINK_ACTIONS:
            limited = _limited(connector, "maximum_link", "max_link_percentage", action)
            if not limited and not _all_limited(links, action):
                yield _unlimited(connector, f"MaximumLink{word}Lines", f"{action} links")


@check("E311")
def negative_threshold(it: Subject) -> Iterator[Finding]:
    """A threshold counts."""
    for kind, pairs in it.model.kinds.items():
        for declared in attributes_of(kind):
            if declared.type is not int or not declared.field.startswith(_THRESHOLDS):
                continue
            for node, _ in pairs:
                if (getattr(node, declared.field) or 0) < 0:
                    name = written_name(declared, node.element) or declared.name
                    yield Finding(node, f"`{name}` is negative", name, "write 0 to switch the threshold off")


def _limited(node: Node, absolute: str, percent: str, action: str) -> bool:
    return bool(getattr(node, f"{absolute}_{action}_lines") or getattr(node, f"{percent}_{action}_lines"))


def _all_limited(mappings: Iterable[Node], action: str) -> bool:
    """Whether each mapping has a threshold of its own; true without mappings, which nothing is loaded by."""
    return all(_limited(each, "maximum", "max_percentage", action) for each in mappings)


def _unlimited(connector: Connector, attribute: str, what: str) -> Finding:
    message = f"nothing limits how many {what} a synchronisation of `{connector.identifier}` may make"
    return Finding(connector, message, attribute, f"set `{attribute}` or its percentage above 0")


def fulfils(it: Subject, connection: Connection) -> bool:
    """Whether a connection can write to its system; true for an unknown package, which E185 reports."""
    abilities = it.catalogue.abilities(connection.package)
    on = connection.deactivation_export_fulfill is not DeactivationExportFulfill.Fulfill
    return on and (abilities is None or Verb.FULFIL in abilities)
