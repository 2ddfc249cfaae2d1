"""Packages by documented identifier or alias; secrets that show themselves to nobody."""

from compiler.catalogue.catalogue import Catalogue
from compiler.catalogue.documented import DOCUMENTED
from compiler.catalogue.package import Package, PackageName, Secret, Settings, Verb


class Reader:
    """A connector that is checked and exports."""

    def check(self) -> str:
        """Say who answered."""
        return ""

    def export(self) -> None:
        """Read."""


PACKAGE = Package(
    alias="ship",
    names=(PackageName("Saltmere.Ship", "Ship"), PackageName("Saltmere.Boat", "Boat")),
    summary="Ships.",
    settings=Settings,
    opens=Reader,
    tables=lambda connection, settings: None,
)


def test_a_package_is_found_by_any_of_its_names() -> None:
    catalogue = Catalogue([PACKAGE])
    for name in ("ship", "SHIP", "Saltmere.Ship@0000001", "saltmere.boat", " Saltmere.Boat@0000009"):
        assert catalogue.find(name) is PACKAGE
    assert catalogue.find("Saltmere.Raft@0000001") is None
    assert catalogue.names() == ["Saltmere.Ship@0000001", "Saltmere.Boat@0000001", "ship"]
    assert catalogue.version("Saltmere.Boat@0000009") == "0000009"


def test_abilities_are_the_methods_present() -> None:
    assert PACKAGE.abilities == {Verb.CHECK, Verb.EXPORT}


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter22")
    assert "hunter22" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter22"


def test_a_documented_package_without_connector_is_known_and_not_found() -> None:
    catalogue = Catalogue([PACKAGE])
    assert catalogue.find("usercube.ad@0000001") is None
    directory = catalogue.unavailable("usercube.ad@0000001")
    assert directory is not None and directory.title == "Directory/Active Directory"
    assert catalogue.abilities("Usercube.AD") == frozenset({Verb.EXPORT, Verb.FULFIL})
    assert catalogue.mappings("Usercube.SCIM.Slack") == ("ScimResourceTypeMapping",)
    assert catalogue.unavailable("ship") is None
    assert catalogue.abilities("ship") == frozenset({Verb.CHECK, Verb.EXPORT})
    assert catalogue.abilities("Usercube.Nonsense") is None
    assert catalogue.mappings("Usercube.Nonsense") is None


def test_every_documented_package_is_listed_once() -> None:
    assert len({each.identifier.lower() for each in DOCUMENTED}) == len(DOCUMENTED) == 48
