"""The samples agree with each other and with what their READMEs say."""

import csv
from pathlib import Path

import pytest

from tests.servers.slapd import read_ldif

SAMPLES = Path(__file__).parents[2] / "samples"
SHARED = ("Port.xml", "HR/HR Connector.xml", "Directory/Directory Role Model.xml")


@pytest.mark.parametrize("name", SHARED)
def test_both_ports_share_what_the_readme_says(name: str) -> None:
    assert (SAMPLES / "harbor" / name).read_bytes() == (SAMPLES / "harbor-ldap" / name).read_bytes()


def test_both_directories_hold_the_same_entries() -> None:
    offline = _entries(SAMPLES / "harbor" / "data" / "directory.ldif")
    online = _entries(SAMPLES / "harbor-ldap" / "base.ldif")
    assert {
        dn: {name: values for name, values in entry.items() if name != "entryuuid"} for dn, entry in offline.items()
    } == online


def test_people_belong_to_units_and_managers_that_exist() -> None:
    with open(SAMPLES / "harbor" / "data" / "persons.csv", encoding="utf-8", newline="") as file:
        persons = list(csv.DictReader(file, delimiter=";"))
    with open(SAMPLES / "harbor" / "data" / "organisations.csv", encoding="utf-8", newline="") as file:
        units = {unit["code"] for unit in csv.DictReader(file, delimiter=";")}
    numbers = {person["number"] for person in persons}
    assert len(persons) == len(numbers) == 40
    assert {person["unit"] for person in persons} == units - {"PRT"}
    assert {person["manager"] for person in persons} - {""} <= numbers


def _entries(path: Path) -> dict[str, dict[str, list[bytes]]]:
    unfolded = path.read_bytes().replace(b"\n ", b"")
    return read_ldif(unfolded.removeprefix(b"version: 1\n\n"))
