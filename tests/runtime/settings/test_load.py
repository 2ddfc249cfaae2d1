"""Settings files in two folders, environment-specific files and variables: which leaf wins, and where it is from."""

from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta

from compiler.catalogue.package import Key, Package, PackageName, Secret, Settings
from runtime.settings.load import SettingsTree, connection_settings, load_settings


class Server(Settings, frozen=True, kw_only=True):
    """One server."""

    server: str
    port: Annotated[int, Meta(ge=1)] = 389
    password: Secret | None = None


class Ship(Settings, frozen=True, kw_only=True):
    """A connection."""

    servers: tuple[Server, ...]
    login: str = ""
    path: Annotated[str | None, Key(path="input")] = None


PACKAGE = Package(
    alias="ship",
    names=(PackageName("Saltmere.Ship", "Ship"),),
    summary="A ship.",
    settings=Ship,
    opens=object,
    tables=lambda connection, settings: None,
)


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    (tmp_path / "conf").mkdir()
    return tmp_path / "conf"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def login(tree: SettingsTree) -> str:
    value, findings = connection_settings(tree, "Crew", PACKAGE)
    assert isinstance(value, Ship), findings
    return value.login


def section(**keys: str) -> str:
    inside = ", ".join(f'"{key}": "{value}"' for key, value in keys.items())
    return f'{{ "Connections": {{ "Crew": {{ "Servers": [], {inside} }} }} }}'


def test_each_source_wins_over_the_ones_before_it(conf: Path, workspace: Path) -> None:
    environ = {"ASPNETCORE_ENVIRONMENT": "Harbour"}
    for folder, name in [
        (conf, "appsettings.json"),
        (conf, "appsettings.agent.json"),
        (workspace, "appsettings.json"),
        (workspace, "appsettings.agent.json"),
        (conf, "appsettings.Harbour.json"),
        (conf, "appsettings.agent.Harbour.json"),
        (workspace, "appsettings.Harbour.json"),
        (workspace, "appsettings.agent.Harbour.json"),
    ]:
        write(folder, name, section(Login=f"{folder.name}/{name}"))
        tree, findings = load_settings(conf, workspace, environ)
        assert findings == []
        assert login(tree) == f"{folder.name}/{name}"
    tree, _ = load_settings(conf, workspace, {**environ, "Connections__Crew__Login": "variable"})
    assert login(tree) == "variable"
    tree, _ = load_settings(conf, workspace, {})
    assert login(tree) == "workspace/appsettings.agent.json"
    write(conf, "appsettings.agent.Production.json", section(Login="production"))
    tree, _ = load_settings(conf, workspace, {})
    assert login(tree) == "production"


def test_leaves_are_merged_and_variables_reach_into_lists(conf: Path, workspace: Path) -> None:
    write(
        conf,
        "appsettings.agent.json",
        """{ "Connections": { "Crew": { "Login": "base", "Servers": [
        { "Server": "one", "Port": 1 }, { "Server": "two" } ] } } }""",
    )
    write(
        conf,
        "appsettings.agent.Production.json",
        """{ "connections": { "CREW": { "servers": [
        { "PORT": 2 } ] } } }""",
    )
    environ = {
        "Connections__Crew__Servers__0__Password": "hunter22",
        "CONNECTIONS__CREW__SERVERS__1__PORT": "3",
        "Connections__Crew__Servers__2__Server": "three",
        "Connections__Anchor__Servers__0__Server": "four",
        "__Broken": "x",
        "Trailing__": "x",
        "HOME": "/root",
    }
    tree, findings = load_settings(conf, workspace, environ)
    assert findings == []
    value, findings = connection_settings(tree, "Crew", PACKAGE)
    assert findings == []
    assert isinstance(value, Ship)
    assert [(each.server, each.port) for each in value.servers] == [("one", 2), ("two", 3), ("three", 389)]
    assert value.servers[0].password is not None and value.servers[0].password.reveal() == "hunter22"
    anchor, findings = connection_settings(tree, "Anchor", PACKAGE)
    assert isinstance(anchor, Ship) and anchor.servers[0].server == "four"


def test_a_finding_points_into_the_file_that_won_or_names_the_variable(conf: Path, workspace: Path) -> None:
    write(
        conf,
        "appsettings.agent.json",
        '{ "Connections": { "Crew": { "Servers": [\n { "Server": "a", "Port": 0 } ] } } }',
    )
    tree, _ = load_settings(conf, workspace, {})
    value, (finding,) = connection_settings(tree, "Crew", PACKAGE)
    assert value is None
    assert finding.span is not None
    assert (finding.code, finding.span.file, finding.span.start) == ("E503", "appsettings.agent.json", (2, 27))
    write(workspace, "appsettings.agent.json", '{ "Connections": { "Crew": { "Servers": [ { "Port": "x" } ] } } }')
    tree, _ = load_settings(conf, workspace, {})
    _, (finding,) = connection_settings(tree, "Crew", PACKAGE)
    assert finding.span is not None and finding.span.file == f"{workspace}/appsettings.agent.json"
    tree, _ = load_settings(conf, workspace, {"Connections__Crew__Servers__0__Port": "y"})
    _, (finding,) = connection_settings(tree, "Crew", PACKAGE)
    assert finding.span is None and "`Connections__Crew__Servers__0__Port`" in finding.message


def test_relative_paths_begin_at_the_file_that_holds_them(conf: Path, workspace: Path) -> None:
    def path(environ: dict[str, str]) -> str | None:
        tree, findings = load_settings(conf, workspace, environ)
        assert findings == []
        value, findings = connection_settings(tree, "Crew", PACKAGE)
        assert isinstance(value, Ship), findings
        return value.path

    write(conf, "appsettings.agent.json", section(Path="in.csv"))
    assert path({}) == f"{conf}/in.csv"
    write(workspace, "appsettings.agent.json", section(Path="..\\\\in.csv"))
    assert path({}) == f"{workspace.parent}/in.csv"
    assert path({"Connections__Crew__Path": "x/in.csv"}) == f"{conf}/x/in.csv"


def test_roots_are_relative_too_and_bind_every_input(conf: Path, workspace: Path) -> None:
    write(conf, "appsettings.json", '{ "SourcesRootPaths": ["in", "/shared"] }')
    write(workspace, "appsettings.agent.json", section(Path="../conf/in/a.csv"))
    tree, findings = load_settings(conf, workspace, {})
    assert findings == []
    assert tree.roots == (conf / "in", Path("/shared"))
    assert connection_settings(tree, "Crew", PACKAGE)[1] == []
    tree, _ = load_settings(conf, workspace, {"Connections__Crew__Path": "a.csv"})
    assert [finding.code for finding in connection_settings(tree, "Crew", PACKAGE)[1]] == ["E508"]
    write(conf, "appsettings.json", "{}")
    tree, _ = load_settings(conf, workspace, {})
    assert [finding.code for finding in connection_settings(tree, "Crew", PACKAGE)[1]] == ["W330"]


def test_keys_that_belong_to_no_connection(conf: Path, workspace: Path) -> None:
    write(
        conf,
        "appsettings.json",
        """{
        // a section of somebody else
        "Notes": { "Anything": [1, 2] },
        "TempFolderPath": "../Temp",
        "Accordant": { "KeepCsv": "true", "MemoryLimit": "512MB", "Threads": 2, "Colour": 1 },
    }""",
    )
    tree, findings = load_settings(conf, workspace, {"Accordant__Threads": "4"})
    assert [(finding.code, finding.message) for finding in findings] == [
        ("W504", "`Accordant` has no key `Colour`; it is not read"),
        ("I507", "`TempFolderPath` is not used: the workspace holds the folder Temp"),
    ]
    accordant = tree.agent.accordant
    assert (accordant.keep_csv, accordant.memory_limit, accordant.threads) == (True, "512MB", 4)
    write(conf, "appsettings.json", """{ "Accordant": { "MemoryLimit": "1GB'; DROP TABLE x; --" } }""")
    tree, findings = load_settings(conf, workspace, {})
    assert [finding.code for finding in findings] == ["E503"]
    assert tree.agent.accordant.memory_limit == ""


def test_files_that_cannot_be_used(conf: Path, workspace: Path) -> None:
    write(conf, "appsettings.json", "[]")
    write(conf, "appsettings.agent.json", '{ "Connections": ')
    (workspace / "appsettings.agent.json").mkdir()
    tree, findings = load_settings(conf, workspace, {})
    assert sorted(finding.code for finding in findings) == ["E107", "E500", "E500"]
    assert tree.root.members == {}


def test_files_in_another_letter_case_are_found_and_a_second_one_is_reported(conf: Path, workspace: Path) -> None:
    write(conf, "AppSettings.Agent.json", section(Login="odd"))
    tree, findings = load_settings(conf, workspace, {})
    assert (login(tree), findings) == ("odd", [])
    write(conf, "appsettings.agent.json", section(Login="exact"))
    tree, findings = load_settings(conf, workspace, {})
    assert login(tree) == "exact"
    assert [finding.code for finding in findings] == ["W506"]


def test_nothing_at_all(tmp_path: Path) -> None:
    tree, findings = load_settings(tmp_path / "no", tmp_path / "nothing", {})
    assert findings == []
    assert tree.roots == ()
    value, findings = connection_settings(tree, "Crew", PACKAGE)
    assert (value, [finding.code for finding in findings]) == (None, ["E505"])


@pytest.mark.parametrize("connections", ["[]", "3", '{ "Crew": [] }'])
def test_connections_that_are_no_objects(conf: Path, workspace: Path, connections: str) -> None:
    write(conf, "appsettings.json", f'{{ "Connections": {connections} }}')
    tree, _ = load_settings(conf, workspace, {})
    value, findings = connection_settings(tree, "Crew", PACKAGE)
    assert (value, [finding.code for finding in findings]) == (None, ["E502"])


def test_the_same_folder_twice_is_read_once(conf: Path) -> None:
    write(conf, "appsettings.json", '{ "TempFolderPath": "x" }')
    _, findings = load_settings(conf, conf, {})
    assert [finding.code for finding in findings] == ["I507"]


def test_the_settings_of_the_samples_are_read_without_a_finding(tmp_path: Path) -> None:
    samples = Path(__file__).parents[3] / "samples"
    folders = [path.parent for path in samples.glob("*/appsettings.agent.json")]
    assert folders
    for folder in folders:
        tree, findings = load_settings(folder, tmp_path, {})
        assert findings == []
        assert all(root.is_dir() for root in tree.roots)
