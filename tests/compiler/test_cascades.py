"""500 files in which hundreds of items name one declaration: whatever is wrong with that, it is said once."""

import re
from collections.abc import Callable

import pytest

from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.parse import Sources
from compiler.pipeline import check_files

FILES = 500
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<ConfigurationFile>\n'

SHARED = """
<Language Code="en-GB" IndicatorNumber="1" />
<Policy Identifier="Port" DisplayName_L1="Port" IsProvisioningEnabled="true" />
<Connector Identifier="Staff" DisplayName_L1="Staff" Agent="Local" />
<Connection Identifier="StaffList" DisplayName_L1="Staff list" Connector="Staff" Package="Garden.Sheets" />
<Connection Identifier="StaffOut" DisplayName_L1="Out" Connector="Staff" Package="Garden.Letters" />
<EntityType Identifier="Staff_Person" DisplayName_L1="Person">
  <Property Identifier="Number" IsKey="true" />
  <Property Identifier="Login" />
</EntityType>
<EntityTypeMapping Identifier="Staff_Person" Connector="Staff" ConnectionTable="StaffList_persons">
  <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
  <Property Identifier="Login" ConnectionColumn="login" />
</EntityTypeMapping>
"""

ONE = """
<EntityType Identifier="T{0}" DisplayName_L1="T">
  <Property Identifier="Number" IsKey="true" />
  <Property Identifier="Name" />
</EntityType>
<EntityTypeMapping Identifier="T{0}" Connector="Staff" ConnectionTable="StaffList_t{0}">
  <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
  <Property Identifier="Name" ConnectionColumn="name" />
</EntityTypeMapping>
<ResourceType Identifier="A{0}" DisplayName_L1="A" Policy="Port" SourceEntityType="Staff_Person"
    TargetEntityType="T{0}" BlockProvisioning="false">
  <TypeRule />
  <ScalarRule Property="Number" Binding="Number" />
  <ScalarRule Property="Name" Expression="C#:person:return person.Login.Trim();" />
</ResourceType>
<ResourceTypeMapping Identifier="A{0}" Connection="StaffOut" />
<ResourceCorrelationRule ResourceType="A{0}" Policy="Port" SourceBinding="Login" TargetBinding="Name"
    SourceMatchedConfidenceLevel="100" />
"""

DECLARATIONS = {
    "entity type": '<EntityType Identifier="Staff_Person"',
    "property": '  <Property Identifier="Login" />\n</EntityType>',
    "policy": '<Policy Identifier="Port"',
    "connector": '<Connector Identifier="Staff"',
    "connection": '<Connection Identifier="StaffOut"',
}


def swapped(found: re.Match[str]) -> str:
    """The identifier in the other letter case."""
    return f'Identifier="{found[1].swapcase()}"'


BREAKS: dict[str, tuple[str, str | Callable[[re.Match[str]], str], set[str]]] = {
    "renamed": (r'Identifier="\w+"', 'Identifier="Quay"', {"E120", "E123"}),
    "misspelt": (r'Identifier="(\w+)\w"', r'Identifier="\1"', {"E120", "E123"}),
    "malformed": (r'Identifier="(\w+)"', r'Identifier="\1 "', {"E122", "E130"}),
    "renamed and malformed": (r'Identifier="\w+"', 'Identifier=" 7 Quays"', {"E122", "E130"}),
    "letter case": (
        r'Identifier="\w+"',
        lambda found: found[0].swapcase().replace("iDENTIFIER", "Identifier"),
        {"E121"},
    ),
    "attribute name": ("Identifier=", "Identifer=", {"E110"}),
    "missing attribute": (r'Identifier="\w+"', "", {"E112"}),
    "empty": (r'Identifier="\w+"', 'Identifier=""', {"E113"}),
}


def files(shared: str, count: int = FILES) -> Sources:
    texts = [shared, *(ONE.format(number) for number in range(1, count))]
    return [(f"File{at:03}.xml", f"{HEAD}{text}</ConfigurationFile>\n".encode()) for at, text in enumerate(texts)]


def found_in(shared: str, catalogue: Catalogue, count: int = FILES) -> list[Diagnostic]:
    return check_files(files(shared, count), catalogue, []).findings


def test_whole_it_has_no_findings(catalogue: Catalogue) -> None:
    assert found_in(SHARED, catalogue) == []


@pytest.mark.parametrize("way", BREAKS)
@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_one_broken_declaration_is_one_finding(declaration: str, way: str, catalogue: Catalogue) -> None:
    written = DECLARATIONS[declaration]
    assert SHARED.count(written) == 1
    pattern, put, codes = BREAKS[way]
    count = FILES if way == "renamed and malformed" else 100
    found = found_in(SHARED.replace(written, re.sub(pattern, put, written, count=1)), catalogue, count)
    errors = [each for each in found if each.code[0] == "E"]
    assert [each.code for each in errors if each.code in codes] == [each.code for each in errors], errors[:3]
    assert len(errors) == 1
    is_said_at_users = errors[0].code in {"E120", "E121", "E123"}
    assert len(errors[0].related) + 1 >= (count - 1 if is_said_at_users else 1)


def test_two_names_that_nothing_has_are_two_findings(catalogue: Catalogue) -> None:
    sources = files(SHARED)
    sources[7] = (sources[7][0], sources[7][1].replace(b'Policy="Port"', b'Policy="Prt"'))
    sources[8] = (sources[8][0], sources[8][1].replace(b"person.Login", b"person.Logn"))
    found = check_files(sources, catalogue, []).findings
    assert [(each.code, each.span and each.span.file) for each in found] == [
        ("E120", "File007.xml"),
        ("E123", "File008.xml"),
    ]
    assert [label.span.file for label in found[0].related] == ["File007.xml"]


def test_a_malformed_identifier_excuses_one_missing_name(catalogue: Catalogue) -> None:
    shared = SHARED.replace('<Policy Identifier="Port"', '<Policy Identifier="Port "')
    sources = files(shared)
    sources[7] = (sources[7][0], sources[7][1].replace(b'Policy="Port"', b'Policy="Dock"'))
    found = check_files(sources, catalogue, []).findings
    assert [each.code for each in found] == ["E122", "E120"]
    assert "`Dock`" in found[1].message


def test_a_resource_type_written_twice_is_one_finding(catalogue: Catalogue) -> None:
    twice = ONE.format(1) + re.search("<ResourceType .*?</ResourceType>", ONE.format(1), re.DOTALL)[0]  # type: ignore[index]
    sources = [("A.xml", f"{HEAD}{SHARED}{twice}</ConfigurationFile>".encode())]
    found = check_files(sources, catalogue, []).findings
    assert [(each.code, each.message) for each in found if each.code[0] == "E"] == [
        ("E402", "2 scalar rules of `A1` are written twice")
    ]
