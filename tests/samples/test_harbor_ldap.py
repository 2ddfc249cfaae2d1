"""The sample `harbor-ldap` against a real slapd: created, changed, removed, and nothing else touched."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.cli.command import Done, accordant
from tests.servers.slapd import PASSWORD, PEOPLE, Entries, Slapd

SAMPLES = Path(__file__).parents[2] / "samples"
OPERATIONAL = {"entrycsn", "modifytimestamp", "modifiersname", "memberof"}


class Port:
    """Copies of both samples, and a server that holds what `base.ldif` says."""

    def __init__(self, folder: Path, server: Slapd) -> None:
        self.server = server
        self.workspace = folder / "workspace"
        shutil.copytree(SAMPLES, folder / "samples")
        self.conf = folder / "samples" / "harbor-ldap"
        self.persons = folder / "samples" / "harbor" / "data" / "persons.csv"
        settings = self.conf / "appsettings.agent.json"
        text = settings.read_text(encoding="utf-8")
        assert text.count("ldap://127.0.0.1:1389") == 2
        settings.write_text(text.replace("ldap://127.0.0.1:1389", server.uri), encoding="utf-8")

    def apply(self, *arguments: str) -> Done:
        """Apply the sample; it must say nothing of the password."""
        done = accordant(
            "apply",
            self.conf,
            "-w",
            self.workspace,
            "--yes",
            "--json",
            *arguments,
            Connections__Directory__Servers__0__Password=PASSWORD,
        )
        assert PASSWORD not in done.out + done.err
        return done

    def replace_in_persons(self, old: str, new: str) -> None:
        """Edit the personnel office's list."""
        text = self.persons.read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.persons.write_text(text.replace(old, new), encoding="utf-8")

    def entry(self, uid: str) -> dict[str, list[bytes]]:
        """One account as the server's own tool reads it."""
        return self.server.dump()[f"uid={uid},{PEOPLE}"]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    text = (SAMPLES / "harbor-ldap" / "base.ldif").read_text(encoding="utf-8").replace("\n ", "")
    made_by_the_server = ("version:", "dn: dc=", "dn: ou=")
    entries = [block for block in text.split("\n\n") if not block.startswith(made_by_the_server)]
    with Slapd("\n\n".join(entries) + "\n", accesslog=True) as server:
        yield Port(tmp_path, server)


def sent(done: Done) -> int:
    """How many orders a run sent."""
    return sum(step["counts"].get("sent", 0) for step in done.of("report")[0]["steps"])


def visible(entries: Entries) -> Entries:
    """Entries without what the server keeps for itself."""
    return {
        dn: {name: values for name, values in entry.items() if name not in OPERATIONAL} for dn, entry in entries.items()
    }


def test_first_apply_creates_accounts_with_their_links(port: Port) -> None:
    before = port.server.dump()
    done = port.apply()
    assert done.code == 0, done.err
    after = port.server.dump()
    assert len(set(after) - set(before)) == 8
    entry = port.entry("lucja.brzeska")
    assert entry["cn"] == ["Łucja Brzeska".encode()]
    assert entry["ou"] == [b"Pilotage"]
    assert entry["manager"] == [f"uid=anders.soholm,{PEOPLE}".encode()]
    assert entry["memberof"] == [b"cn=unit-pilotage,ou=groups,dc=harbor,dc=example"]
    everybody = after["cn=all-staff,ou=groups,dc=harbor,dc=example"]["uniquemember"]
    assert f"uid=lucja.brzeska,{PEOPLE}".encode() in everybody


def test_accounts_that_were_there_keep_their_values(port: Port) -> None:
    before = visible(port.server.dump())
    assert port.apply().code == 0
    after = visible(port.server.dump())
    people = [dn for dn in before if dn.endswith(PEOPLE)]
    assert {dn: after[dn] for dn in people} == {dn: before[dn] for dn in people}


def test_next_apply_verifies_and_writes_nothing(port: Port) -> None:
    assert port.apply().code == 0
    writes = port.server.writes()
    done = port.apply()
    assert done.code == 0, done.out
    assert sent(done) == 0
    assert port.server.writes() == writes
    assert done.of("report")[0]["orders"]["Verified"] == 9


def test_leaver_is_removed_from_the_directory_and_its_groups(port: Port) -> None:
    assert port.apply().code == 0
    line = "1034;Amara;Delacourt;GAT;Gate Officer;1033;active;2018-01-29;amara.delacourt@saltmere.example\n"
    port.replace_in_persons(line, "")
    assert port.apply().code == 0
    entries = port.server.dump()
    assert f"uid=amara.delacourt,{PEOPLE}" not in entries
    assert b"amara.delacourt" not in b"".join(
        value for entry in entries.values() for values in entry.values() for value in values
    )
    done = port.apply()
    assert (done.code, sent(done)) == (0, 0)


def test_mover_changes_department_group_and_manager(port: Port) -> None:
    assert port.apply().code == 0
    assert port.apply().code == 0
    port.replace_in_persons("1010;Łucja;Brzeska;PIL;Pilot;1006", "1010;Łucja;Brzeska;TUG;Tug Master;1012")
    assert port.apply().code == 0
    entry = port.entry("lucja.brzeska")
    assert (entry["title"], entry["ou"]) == ([b"Tug Master"], [b"Towage"])
    assert entry["manager"] == [f"uid=henrike.osterdeich,{PEOPLE}".encode()]
    assert entry["memberof"] == [b"cn=unit-towage,ou=groups,dc=harbor,dc=example"]


def test_suspended_person_is_disabled_not_removed(port: Port) -> None:
    assert port.apply().code == 0
    assert port.apply().code == 0
    port.replace_in_persons("Tally Clerk;1020;active;2026-10-19;\n1027", "Tally Clerk;1020;suspended;2026-10-19;\n1027")
    assert port.apply().code == 0
    assert port.entry("mirela.stanciu")["employeetype"] == [b"disabled"]


def test_emptied_list_stops_the_run_before_any_write(port: Port) -> None:
    assert port.apply().code == 0
    writes = port.server.writes()
    port.persons.write_text(port.persons.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert port.apply().code == 3
    assert port.server.writes() == writes


def test_unreachable_server_ends_in_words(port: Port) -> None:
    port.server.kill()
    done = port.apply()
    assert done.code == 5
    assert "Directory" in done.out


def test_wrong_password_ends_in_words_without_the_password(port: Port) -> None:
    done = accordant(
        "apply", port.conf, "-w", port.workspace, "--yes", Connections__Directory__Servers__0__Password="Low-Tide-44"
    )
    assert done.code == 5
    assert "Low-Tide-44" not in done.out + done.err
    for path in port.workspace.rglob("*"):
        assert not path.is_file() or b"Low-Tide-44" not in path.read_bytes()


def test_missing_password_is_a_finding(port: Port) -> None:
    done = accordant("apply", port.conf, "-w", port.workspace, "--yes")
    assert done.code == 1
    assert "Password" in done.err
    assert not port.workspace.exists()
