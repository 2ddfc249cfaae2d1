"""The connectors that are installed go in, as modules and entry points; the `Catalogue` of their packages comes out.

Built-in connectors are found by scanning the folder `runtime/connectors`, those of others by the entry point group
`accordant.connectors`, whose entries name a `Package`. One that cannot be loaded is reported; the others work.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pkgutil import iter_modules
from typing import Any

from msgspec import Struct

from compiler.catalogue.catalogue import Catalogue
from compiler.catalogue.package import Package, Settings
from compiler.diagnostics.diagnostic import Diagnostic
from runtime.contract import Misconfigured, Opening

GROUP = "accordant.connectors"
BUILT_IN = "runtime.connectors"
"""The folder is named, not imported: whoever needs the registry shall not depend on any connector."""


class Found(Struct, frozen=True):
    """What a scan found: the packages that can be used, and a W509 for each plug-in that cannot."""

    packages: tuple[Package, ...]
    findings: tuple[Diagnostic, ...]


def catalogue() -> Catalogue:
    """The packages of all connectors that are installed; the modules are loaded once per process."""
    return Catalogue(_installed().packages)


def findings() -> list[Diagnostic]:
    """What is wrong with installed connectors, for `validate` and `connection list` to show."""
    return list(_installed().findings)


def scan(plug_ins: Iterator[tuple[str, Callable[[], object]]]) -> Found:
    """Load each plug-in (its name for a person, and what gives its `Package`), without stopping at a broken one.

    The first one of a name wins: nobody replaces a built-in connector by accident.
    """
    packages: list[Package] = []
    broken: list[Diagnostic] = []
    taken: dict[str, str] = {}
    for name, load in plug_ins:
        package, problem = _loaded(load)
        names = [each.lower() for each in (package.alias, *(n.identifier for n in package.names))] if package else []
        if clash := next((each for each in names if each in taken), None):
            problem = f"its name `{clash}` is taken by {taken[clash]}"
        if problem:
            broken.append(Diagnostic("W509", f"{name} is not used: {problem}"))
        elif package:
            packages.append(package)
            taken.update(dict.fromkeys(names, name))
    return Found(tuple(packages), tuple(broken))


def open_connector(package: Package, settings: Settings, opening: Opening) -> Any:
    """The connector of a package, ready for its verbs.

    Raises `Misconfigured`, with the command that installs it, when the package's optional library is missing.
    """
    missing = _missing_libraries(package)
    if missing:
        raise Misconfigured(_install(package, missing[0]))
    try:
        return package.opens(settings, opening)
    except ImportError as error:
        raise Misconfigured(_install(package, error.name or str(error))) from error


@cache
def _installed() -> Found:
    return scan(_plug_ins())


def _plug_ins() -> Iterator[tuple[str, Callable[[], object]]]:
    """Built-in connectors by name, then those of others."""
    for module in sorted(each.name for each in iter_modules(import_module(BUILT_IN).__path__, f"{BUILT_IN}.")):
        yield f"the connector {module.rpartition('.')[2]}", partial(_package_of, module)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield _shown(entry), entry.load


def _package_of(module: str) -> object:
    return import_module(module).PACKAGE


def _shown(entry: EntryPoint) -> str:
    return f"the connector {entry.name} of {entry.dist.name if entry.dist else entry.value}"


def _loaded(load: Callable[[], object]) -> tuple[Package | None, str]:
    """The package, or why there is none. Code of others may fail in any way."""
    try:
        found = load()
    except (Exception, SystemExit) as error:
        return None, f"loading it ended in {type(error).__name__}: {error}"
    return (found, "") if isinstance(found, Package) else (None, "it does not name a Package")


def _missing_libraries(package: Package) -> list[str]:
    """The distributions of the package's extra that are not installed; empty for what is no extra of ours."""
    if not package.extra:
        return []
    try:
        required = distribution("accordant").requires or []
    except PackageNotFoundError:
        return []
    marker = re.compile(rf"""extra\s*==\s*['"]{re.escape(package.extra)}['"]""")
    names = [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in required if marker.search(each)]
    return [name for name in names if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _install(package: Package, library: str) -> str:
    if not package.extra:
        return f"the library {library} is missing"
    return f"the library {library} is missing; install it with: pip install 'accordant[{package.extra}]'"
