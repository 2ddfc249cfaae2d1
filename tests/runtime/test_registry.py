"""The registry over the real folder of connectors, and over a real third-party distribution on the path."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import runtime.connectors
from compiler.catalogue.documented import DOCUMENTED
from compiler.catalogue.package import Package, PackageName, Settings, Verb
from runtime.contract import Misconfigured, Opening
from runtime.registry import catalogue, findings, open_connector

PLUG_INS = """
from compiler.catalogue.package import Package, PackageName, Settings

class Nothing(Settings, frozen=True, kw_only=True):
    pass

class Tide:
    def __init__(self, settings, opening):
        self.opening = opening

def package(alias, identifier):
    return Package(alias=alias, names=(PackageName(identifier, "Tide/Tables"),), summary="Tide tables.",
                   settings=Nothing, opens=Tide, tables=lambda connection, settings: None)

TIDE = package("tide", "Saltmere.Tide")
IMPOSTOR = package("CSV", "Saltmere.Impostor")
NO_PACKAGE = 42
"""

ENTRY_POINTS = """
[accordant.connectors]
tide = saltmere_tide:TIDE
impostor = saltmere_tide:IMPOSTOR
number = saltmere_tide:NO_PACKAGE
missing = saltmere_tide:ABSENT
broken = saltmere_broken:PACKAGE
quitter = saltmere_quitter:PACKAGE
"""

ASK = """
from runtime.registry import catalogue, findings

found = catalogue().find("saltmere.tide@0000001")
print(found.alias if found else None)
print(catalogue().find("csv").names[0].identifier)
for finding in findings():
    print(finding.code, finding.message)
"""

FAR_LIBRARY = """
import sys
from pathlib import Path
from compiler.catalogue.package import Package, PackageName, Settings
from runtime.contract import Misconfigured, Opening
from runtime.registry import open_connector

package = Package(alias="far", names=(PackageName("Far", "Far"),), summary="", settings=Settings, opens=object,
                  tables=lambda connection, settings: None, extra="far")
try:
    open_connector(package, Settings(), Opening(identifier="Far", package="Far", work=Path()))
except Misconfigured as error:
    print(error)
"""


class NeedsLibrary:
    """A connector whose library is not there."""

    def __init__(self, settings: Settings, opening: Opening) -> None:
        import library_that_nobody_installed  # type: ignore[import-not-found]  # noqa: F401


def package(**changes: object) -> Package:
    given: dict[str, object] = {
        "alias": "far",
        "names": (PackageName("Far", "Far"),),
        "summary": "",
        "settings": Settings,
        "opens": NeedsLibrary,
        "tables": lambda connection, settings: None,
    }
    return Package(**{**given, **changes})  # type: ignore[arg-type]


def opening() -> Opening:
    return Opening(identifier="Far", package="Far", work=Path())


def distribution(folder: Path, name: str, **files: str) -> None:
    """Lay down an installed distribution's metadata: `{name}-1.dist-info`."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
    (info / "METADATA").write_text(metadata + files.pop("metadata", ""), encoding="utf-8")
    for file, text in files.items():
        (info / f"{file}.txt").write_text(text, encoding="utf-8")


def ask(script: str, *folders: Path) -> list[str]:
    """What a fresh process prints that has these folders first on its path."""
    here = Path(__file__).parents[2]
    path = os.pathsep.join(map(str, [*folders, here]))
    environ = {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_every_file_of_the_folder_is_a_connector() -> None:
    modules = {module.name for module in pkgutil.iter_modules(runtime.connectors.__path__)}
    assert findings() == []
    assert len(catalogue().packages) == len(modules)
    assert catalogue().find("Usercube.CSV@0000001") is catalogue().find("csv")


def test_plug_ins_of_others_are_found_and_broken_ones_reported(tmp_path: Path) -> None:
    (tmp_path / "saltmere_tide.py").write_text(PLUG_INS, encoding="utf-8")
    (tmp_path / "saltmere_broken.py").write_text("raise RuntimeError('no tide today')", encoding="utf-8")
    (tmp_path / "saltmere_quitter.py").write_text("raise SystemExit(3)", encoding="utf-8")
    distribution(tmp_path, "saltmere", entry_points=ENTRY_POINTS)
    alias, csv, *said = ask(ASK, tmp_path)
    assert alias == "tide"
    assert csv == "Usercube.CSV"
    assert len(said) == 5
    assert said[0].startswith("W509 the connector broken of saltmere is not used")
    assert said[0].endswith("RuntimeError: no tide today")
    assert "taken by the connector csv" in said[1]
    assert "AttributeError" in said[2]
    assert said[3].endswith("it does not name a Package")
    assert "SystemExit" in said[4]


def test_scanning_loads_no_heavy_library() -> None:
    heavy = ["duckdb", "pyarrow", "sqlglot", "xmlschema", "jinja2", "aiohttp", "ldap3", "psycopg", "rich"]
    script = f"import sys, runtime.registry as r; r.catalogue(); print([n for n in {heavy} if n in sys.modules])"
    assert ask(script) == ["[]"]


def test_a_missing_library_names_the_install_command() -> None:
    with pytest.raises(Misconfigured, match=r"library_that_nobody_installed .*pip install 'accordant\[ldap\]'"):
        open_connector(package(extra="ldap"), Settings(), opening())
    with pytest.raises(Misconfigured, match="library_that_nobody_installed is missing$"):
        open_connector(package(), Settings(), opening())


def test_a_library_that_is_needed_later_is_missed_at_once(tmp_path: Path) -> None:
    distribution(
        tmp_path, "accordant", metadata="Provides-Extra: far\nRequires-Dist: far-away-library>=1; extra == 'far'\n"
    )
    (said,) = ask(FAR_LIBRARY, tmp_path)
    assert said == "the library far-away-library is missing; install it with: pip install 'accordant[far]'"


def test_a_connector_that_is_complete_is_opened() -> None:
    class Idle:
        def __init__(self, settings: Settings, opening: Opening) -> None:
            self.name = opening.identifier

    assert open_connector(package(opens=Idle), Settings(), opening()).name == "Far"


def test_what_the_connectors_say_of_themselves_is_what_is_documented() -> None:
    documented = {each.identifier: each for each in DOCUMENTED}
    for package in catalogue().packages:
        for name in package.names:
            if name.identifier.startswith("Usercube."):
                known = documented[name.identifier]
                assert known.abilities == package.abilities & {Verb.EXPORT, Verb.FULFIL}, name.identifier
                assert set(known.mappings) == set(package.mappings), name.identifier
