"""The packages at hand, looked up by documented identifier or short alias; of others, what the documentation says."""

from collections.abc import Iterable

from compiler.catalogue.documented import DOCUMENTED, DocumentedPackage
from compiler.catalogue.package import Package, Verb

KNOWN_VERSION = "0000001"

_DOCUMENTED = {each.identifier.lower(): each for each in DOCUMENTED}


class Catalogue:
    """The packages a configuration may name."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self.packages = tuple(packages)
        self._by_name: dict[str, Package] = {}
        for package in self.packages:
            for name in (package.alias, *(name.identifier for name in package.names)):
                self._by_name[name.lower()] = package

    def find(self, identifier: str) -> Package | None:
        """The package of an identifier, whatever its letter case and its `@version`."""
        return self._by_name.get(_name(identifier))

    def unavailable(self, identifier: str) -> DocumentedPackage | None:
        """The documented package of an identifier for which there is no connector; None for all other identifiers."""
        return None if self.find(identifier) else _DOCUMENTED.get(_name(identifier))

    def abilities(self, identifier: str) -> frozenset[Verb] | None:
        """What a package can do, be it at hand or not; None for one that is not even documented."""
        package = self.find(identifier) or self.unavailable(identifier)
        return package.abilities if package else None

    def mappings(self, identifier: str) -> tuple[str, ...] | None:
        """The mapping elements that a package reads, empty for the plain one; None for one that is not documented."""
        package = self.find(identifier) or self.unavailable(identifier)
        return package.mappings if package else None

    def short(self, identifier: str) -> str:
        """The alias of a package at hand; of another, the identifier without its version."""
        package = self.find(identifier)
        return package.alias if package else identifier.partition("@")[0]

    def version(self, identifier: str) -> str:
        """What stands after `@`, empty when nothing does."""
        return identifier.partition("@")[2]

    def names(self) -> list[str]:
        """Every spelling that `find` accepts, as documented, for suggestions."""
        documented = [f"{name.identifier}@{KNOWN_VERSION}" for each in self.packages for name in each.names]
        return documented + [each.alias for each in self.packages]


def _name(identifier: str) -> str:
    return identifier.partition("@")[0].strip().lower()
