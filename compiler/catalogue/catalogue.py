"""The packages at hand, looked up by documented identifier or short alias."""

from collections.abc import Iterable

from compiler.catalogue.package import Package

KNOWN_VERSION = "0000001"


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
        return self._by_name.get(identifier.partition("@")[0].strip().lower())

    def version(self, identifier: str) -> str:
        """What stands after `@`, empty when nothing does."""
        return identifier.partition("@")[2]

    def names(self) -> list[str]:
        """Every spelling that `find` accepts, as documented, for suggestions."""
        documented = [f"{name.identifier}@{KNOWN_VERSION}" for each in self.packages for name in each.names]
        return documented + [each.alias for each in self.packages]
