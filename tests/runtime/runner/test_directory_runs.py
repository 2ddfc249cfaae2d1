"""From a crew list to a real directory: what a person would predict happens, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.runner.port import Port, accounts, members, people, predicted, team_entries
from tests.servers.slapd import GROUPS, PEOPLE, Slapd


@pytest.fixture
def server() -> Iterator[Slapd]:
    with Slapd(team_entries(), accesslog=True) as server:
        yield server


@pytest.fixture
def port(tmp_path: Path, server: Slapd) -> Port:
    return Port(tmp_path, server, people(60))


def test_the_accounts_and_memberships_are_those_of_the_crew_list(port: Port, server: Slapd) -> None:
    port.apply()
    assert accounts(server) == predicted(people(60))
    assert {dn: len(each) for dn, each in members(server).items()} == {
        f"cn={team},{GROUPS}": 15 for team in ("pilots", "cranes", "moorings", "lights")
    }


def test_a_second_apply_does_nothing(port: Port, server: Slapd) -> None:
    port.apply()
    before, writes = server.dump(), server.writes()
    port.apply()
    assert (server.dump(), server.writes()) == (before, writes)


def test_a_changed_crew_list_changes_exactly_those_entries(port: Port, server: Slapd) -> None:
    port.apply()
    writes = server.writes()
    crew = people(60)
    crew[3]["phone"] = "+44 20 1111"
    crew[11]["status"] = "ashore"
    crew[20]["team"] = "lights"
    port.write(crew)
    port.apply()
    assert accounts(server) == predicted(crew)
    # two modified accounts; one account out of a team and into another
    assert server.writes() - writes == 4


def test_a_person_who_left_loses_exactly_that_account(port: Port, server: Slapd) -> None:
    port.apply()
    crew = people(60)
    gone = crew.pop(7)
    port.write(crew)
    port.apply()
    assert accounts(server) == predicted(crew)
    assert f"uid=c{gone['badge']},{PEOPLE}" not in server.dump()


def test_an_emptied_crew_list_is_stopped_with_nothing_written(port: Port, server: Slapd) -> None:
    port.apply()
    before, writes = server.dump(), server.writes()
    port.write([])
    said = port.apply(code=3)
    assert (server.dump(), server.writes()) == (before, writes)
    assert any("MaxPercentageDeletedLines" in str(line) for line in said)
    port.write(people(60))
    port.apply()
    assert server.writes() == writes


def test_a_server_that_is_down_ends_in_words(port: Port, server: Slapd) -> None:
    server.kill()
    said = port.apply(code=5)
    assert any(server.uri in str(line) for line in said)
