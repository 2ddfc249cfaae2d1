"""A port of any size for runs against a real directory: people as CSV, a configuration, a server, the command."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.servers.slapd import ADMIN, GROUPS, PASSWORD, PEOPLE, Entries, Slapd, to_ldif

COMMAND = Path(sys.executable).with_name("accordant")
TEAMS = ("pilots", "cranes", "moorings", "lights")
PLACEHOLDER = f"cn=nobody,{GROUPS}"
"""A group of names must have a member; this one stands for none."""

CONFIGURATION = Path(__file__).with_suffix(".xml").read_text(encoding="utf-8")

Person = dict[str, str]


def team_entries() -> str:
    """The teams as the directory has them before anybody is in them."""
    return "".join(
        to_ldif(f"cn={team},{GROUPS}", {"objectClass": "groupOfNames", "cn": team, "member": PLACEHOLDER})
        for team in TEAMS
    )


def people(count: int) -> list[Person]:
    """So many people; number i is always the same."""
    return [
        {
            "badge": f"{number:05}",
            "first": f"Ann{number % 97}",
            "last": f"Quay-{number}",
            "team": TEAMS[number % len(TEAMS)],
            "phone": f"+44 20 {7000 + number}",
            "status": "aboard",
        }
        for number in range(1, count + 1)
    ]


class Port:
    """A configuration folder, a workspace, and the command run on them in a process of its own."""

    def __init__(self, folder: Path, server: Slapd, crew: list[Person]) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self.conf = folder / "conf"
        self.conf.mkdir(parents=True)
        (self.conf / "Port.xml").write_text(CONFIGURATION, encoding="utf-8")
        (self.conf / "appsettings.agent.json").write_text(json.dumps(_settings(server)), encoding="utf-8")
        self.write(crew)

    def write(self, crew: list[Person]) -> None:
        """The crew list as the personnel office exports it."""
        with open(self.conf / "crew.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["badge", "first", "last", "team", "phone", "status"])
            writer.writeheader()
            writer.writerows(crew)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin `accordant apply` and do not wait."""
        command = [str(COMMAND), "apply", str(self.conf), "-w", str(self.workspace), "--yes", "--json", *arguments]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def apply(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """Run `accordant apply` to its end; what it said, line by line."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
        assert "Traceback" not in out + err
        assert PASSWORD not in out + err
        return [json.loads(line) for line in out.splitlines()]


def accounts(server: Slapd) -> dict[str, dict[str, list[bytes]]]:
    """The people in the directory without what the server adds by itself, and with the groups memberof tells."""
    shown = ("objectclass", "uid", "cn", "sn", "telephonenumber", "description", "memberof")
    return {
        dn: {name: entry[name] for name in shown if name in entry}
        for dn, entry in server.dump().items()
        if dn.endswith(f",{PEOPLE}")
    }


def members(server: Slapd) -> dict[str, list[bytes]]:
    """The members of every team but the placeholder."""
    return {
        dn: [each for each in entry["member"] if each != PLACEHOLDER.encode()]
        for dn, entry in server.dump().items()
        if "member" in entry
    }


def predicted(crew: list[Person]) -> Entries:
    """What a person reading the crew list would expect of `accounts`."""
    return {
        f"uid=c{each['badge']},{PEOPLE}": {
            "objectclass": [b"inetOrgPerson"],
            "uid": [f"c{each['badge']}".encode()],
            "cn": [f"{each['first']} {each['last']}".encode()],
            "sn": [each["last"].encode()],
            "telephonenumber": [each["phone"].encode()],
            "description": [b"disabled" if each["status"] == "ashore" else b"enabled"],
            "memberof": [f"cn={each['team']},{GROUPS}".encode()],
        }
        for each in crew
    }


def _settings(server: Slapd) -> dict[str, Any]:
    servers = [
        {"Server": server.uri, "AuthType": "Basic", "Login": ADMIN, "Password": PASSWORD, "Controls": ["PagedResult"]}
    ]
    groups = {"BaseDN": GROUPS, "Filter": "(objectClass=groupOfNames)", "Scope": "Subtree"}
    return {
        "Connections": {
            "Crew": {"Path": "crew.csv"},
            "Ldap": {
                "Servers": servers,
                "Tables": [
                    {"Table": "entries", "BaseDN": PEOPLE, "Scope": "OneLevel", "Filter": "(objectClass=inetOrgPerson)"}
                ],
            },
            "Teams": {"Servers": servers, "Tables": [{"Table": "entries", **groups}, {"Table": "member", **groups}]},
        }
    }
