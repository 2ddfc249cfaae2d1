"""Folders and environment go in; one settings tree comes out, and from it the typed settings of each connection.

The order of the sources is decisions.md's: what comes later wins, leaf by leaf.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from pathlib import Path

from msgspec import Struct

from compiler.catalogue.agent import AgentSettings
from compiler.catalogue.declaration import keys_of
from compiler.catalogue.package import Package, Settings
from compiler.catalogue.settings import Places, read_section, read_settings, variable_of, variable_span
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.source.json import JsonNode, JsonObject, parse_json
from compiler.span import Span
from runtime.settings.overlay import from_variables, overlaid

FILES = ("appsettings.json", "appsettings.agent.json")
ENVIRONMENT = "ASPNETCORE_ENVIRONMENT"
DEFAULT_ENVIRONMENT = "Production"


class SettingsTree(Struct, frozen=True):
    """All settings of a run: the merged tree, what belongs to no connection, and where relative paths begin."""

    root: JsonObject
    agent: AgentSettings
    places: Places

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that file inputs must lie below; empty: anywhere."""
        return self.places.roots


class _Given(Struct, frozen=True):
    """Where settings may come from."""

    conf: Path
    workspace: Path
    environ: Mapping[str, str]

    @property
    def environment(self) -> str:
        return self.environ.get(ENVIRONMENT) or DEFAULT_ENVIRONMENT


class _Layer(Struct, frozen=True):
    """One source's tree, and the folder where its relative paths begin."""

    tree: JsonObject
    folder: Path


def _base_files(given: _Given, findings: list[Diagnostic]) -> Iterator[_Layer]:
    return _files(given, FILES, findings)


def _environment_files(given: _Given, findings: list[Diagnostic]) -> Iterator[_Layer]:
    names = tuple(f"{name.removesuffix('.json')}.{given.environment}.json" for name in FILES)
    return _files(given, names, findings)


def _variables(given: _Given, findings: list[Diagnostic]) -> Iterator[_Layer]:
    return (_Layer(tree, given.conf) for tree in from_variables(given.environ))


SOURCES: tuple[Callable[[_Given, list[Diagnostic]], Iterator[_Layer]], ...] = (
    _base_files,  # what everybody may see and share
    _environment_files,  # what differs between test and production
    # the encrypted file stands here: secrets at rest
    _variables,  # what the one who starts the run says
    # the vaults stand here: secrets that never reach a file
)


def load_settings(conf: Path, workspace: Path, environ: Mapping[str, str]) -> tuple[SettingsTree, list[Diagnostic]]:
    """The settings of the configuration folder and the workspace, the workspace's files over those of the folder.

    The tree holds whatever could be read; with an error among the findings nothing must be run with it.
    """
    findings: list[Diagnostic] = []
    given = _Given(conf.absolute(), workspace.absolute(), environ)
    layers = [layer for source in SOURCES for layer in source(given, findings)]
    folders = {layer.tree.span.file: layer.folder for layer in layers}
    root = reduce(_over, (layer.tree for layer in layers), JsonObject({}, variable_span("")))
    agent, wrong = _agent(root, Places(folders, given.conf))
    findings += wrong
    roots = tuple(Path(each) for each in agent.sources_root_paths)
    return SettingsTree(root, agent, Places(folders, given.conf, roots)), findings


def connection_settings(
    tree: SettingsTree, identifier: str, package: Package
) -> tuple[Settings | None, list[Diagnostic]]:
    """The settings of one connection as its package declares them, None with at least one error."""
    sections = tree.root.get("Connections")
    if sections is not None and not isinstance(sections, JsonObject):
        return None, [Diagnostic("E502", "`Connections` must be an object", sections.span)]
    node = sections.get(identifier) if sections else None
    names = [member.key for member in sections.members.values()] if sections else []
    value, findings = read_settings(node, package.settings, connection=identifier, places=tree.places, sections=names)
    return value, findings + ([] if tree.roots else _unrestricted(node, package.settings))


def _agent(root: JsonObject, places: Places) -> tuple[AgentSettings, list[Diagnostic]]:
    """The keys that belong to no connection; sections that nothing reads are allowed (notes, other programs')."""
    known = {name.lower() for key in keys_of(AgentSettings) for name in key.names}
    part = JsonObject({name: each for name, each in root.members.items() if name in known}, root.span)
    agent, findings = read_section(part, AgentSettings, path="", places=places)
    for name in ("TempFolderPath", "WorkFolderPath"):
        if member := part.member(name):
            folder = name.removesuffix("FolderPath")
            message = f"`{name}` is not used: the workspace holds the folder {folder}"
            findings.append(Diagnostic("I507", message, _place(member.key_span)))
    return agent or AgentSettings(), findings


def _unrestricted(node: JsonNode | None, declared: type[Settings]) -> list[Diagnostic]:
    """W330 at the first file input of a connection."""
    if not isinstance(node, JsonObject):
        return []
    names = (name for key in keys_of(declared) if key.form.key.path == "input" for name in key.names)
    member = next((member for name in names if (member := node.member(name))), None)
    if member is None:
        return []
    help = "list the folders that files may be read from in `SourcesRootPaths`"
    return [Diagnostic("W330", f"`{member.key}` may name any file of this machine", _place(member.key_span), help=help)]


def _over(low: JsonObject, high: JsonObject) -> JsonObject:
    merged = overlaid(low, high)
    assert isinstance(merged, JsonObject)
    return merged


def _files(given: _Given, names: tuple[str, ...], findings: list[Diagnostic]) -> Iterator[_Layer]:
    """The trees of the files of these names, in any letter case, the workspace's after those of the folder."""
    folders = [given.conf]
    if given.workspace != given.conf:
        folders.append(given.workspace)
    for folder in folders:
        for name in names:
            path = _find(folder, name, findings)
            tree = _read(path, _shown(path, given.conf), findings) if path else None
            if tree is not None:
                yield _Layer(tree, folder)


def _find(folder: Path, name: str, findings: list[Diagnostic]) -> Path | None:
    """The file of that name; the exact spelling wins over others."""
    try:
        found = sorted(path.name for path in folder.iterdir() if path.name.lower() == name.lower())
    except OSError:
        return None  # a workspace that is not there yet, or a folder that reading the XML has a finding about
    if not found:
        return None
    chosen = name if name in found else found[0]
    for other in found:
        if other != chosen:
            findings.append(Diagnostic("W506", f"`{folder / other}` is not read: `{chosen}` stands beside it"))
    return folder / chosen


def _read(path: Path, shown: str, findings: list[Diagnostic]) -> JsonObject | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        findings.append(Diagnostic("E500", f"`{shown}` cannot be read: {error.strerror}"))
        return None
    node, wrong = parse_json(shown, data)
    findings += wrong
    if node is None or isinstance(node, JsonObject):
        return node
    findings.append(Diagnostic("E500", f"`{shown}` must hold one JSON object", node.span))
    return None


def _shown(path: Path, conf: Path) -> str:
    return path.relative_to(conf).as_posix() if path.is_relative_to(conf) else str(path)


def _place(span: Span) -> Span | None:
    """A place to point at; what variables give has none."""
    return span if variable_of(span) is None else None
