"""What every test may ask for: the packages of an invented catalogue, and a compilation of a few lines of XML."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from compiler.catalogue.catalogue import Catalogue
from compiler.catalogue.package import Package, PackageName, Settings

if TYPE_CHECKING:
    from compiler.pipeline import Compilation

CompileText = Callable[..., "Compilation"]

_FORMATS = "bool byte int16 int32 int64 double bytes binary guid sid datetime 1601date rdn multivaluedtext concat bit"


class _Reads:
    """The abilities of a package that only exports: the compiler asks for names of methods, and calls none."""

    check = export = None


class _Writes:
    """The abilities of a package that only fulfils."""

    check = fulfil = None


class _Both:
    """The abilities of a package that does both."""

    check = export = fulfil = None


def _package(alias: str, identifier: str, opens: type, **more: object) -> Package:
    name = PackageName(identifier, alias.title())
    return Package(
        alias=alias,
        names=(name,),
        summary=f"{alias}, for tests.",
        settings=Settings,
        opens=opens,
        tables=lambda identifier, settings: None,
        **more,  # type: ignore[arg-type]  # each caller names fields of Package
    )


CATALOGUE = Catalogue(
    [
        _package("sheets", "Garden.Sheets", _Reads),
        _package(
            "tree", "Garden.Tree", _Both, mappings=("LdapResourceTypeMapping",), formats=frozenset(_FORMATS.split())
        ),
        _package("letters", "Garden.Letters", _Writes),
    ]
)
"""Three packages: one reads, one reads and writes and converts formats, one writes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the renderings of tests/compiler/cases anew")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The invented packages `Garden.Sheets`, `Garden.Tree`, `Garden.Letters`."""
    return CATALOGUE


@pytest.fixture(scope="session")
def compile_text(catalogue: Catalogue) -> CompileText:
    """Compile one file: `compile_text('<Policy … />')` puts the elements below a root and a declaration."""

    from compiler.pipeline import compile_sources

    def compile(elements: str, catalogue: Catalogue = catalogue) -> "Compilation":
        text = f'<?xml version="1.0" encoding="utf-8"?>\n<ConfigurationFile>\n{elements}\n</ConfigurationFile>\n'
        return compile_sources([("test.xml", text.encode())], catalogue)

    return compile


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What `validate` keeps for next time goes into a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
