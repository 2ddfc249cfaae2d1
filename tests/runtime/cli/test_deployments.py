"""What a deployment says, refuses and remembers, and the configuration that comes back out of it."""

import getpass
import os
import pty
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from compiler.pipeline import compile_folder
from compiler.plan.plan import FORMAT
from runtime.registry import catalogue
from tests.runtime.cli.command import ACCORDANT, ROOT, Done, accordant, content, harbor


class Port:
    """A copy of the sample with a workspace of its own."""

    def __init__(self, conf: Path, workspace: Path) -> None:
        self.conf = conf
        self.workspace = workspace

    def apply(self, *arguments: str, user: str = "") -> Done:
        return accordant("apply", self.conf, "-w", self.workspace, "--yes", *arguments, ACCORDANT_USER=user)

    def plan(self, *arguments: str) -> Done:
        return accordant("plan", self.conf, "-w", self.workspace, *arguments)

    def history(self) -> list[dict[str, Any]]:
        done = accordant("history", "--deployments", "--json", "-w", self.workspace)
        return done.of("deployment")

    def orders(self) -> list[dict[str, Any]]:
        return accordant("orders", "list", "--json", "-w", self.workspace).of("order")

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.conf / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def without_badges(self) -> None:
        """The card office goes, and the jobs that speak of it."""
        shutil.rmtree(self.conf / "Badges")
        (self.conf / "Port Jobs.xml").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Port:
    folder = tmp_path_factory.mktemp("applied")
    port = Port(harbor(folder), folder / "w")
    done = port.apply("--no-fulfil", "--reason", "opening day", user="Harbour Master")
    assert done.code == 0, done.err
    return port


@pytest.fixture
def port(applied: Port, tmp_path: Path) -> Port:
    """A port of this test alone, in the state of the applied one."""
    shutil.copytree(applied.conf, tmp_path / "conf")
    shutil.copytree(applied.workspace, tmp_path / "w")
    return Port(tmp_path / "conf", tmp_path / "w")


ROLES = "Directory/Directory Role Model.xml"


def test_the_history_says_who_when_what_and_why(applied: Port) -> None:
    (entry,) = applied.history()
    assert (entry["who"], entry["reason"], entry["updated"], entry["deleted"]) == (
        "Harbour Master",
        "opening day",
        0,
        0,
    )
    plan = compile_folder(applied.conf, catalogue()).plan
    assert plan is not None
    assert (entry["digest"], entry["inserted"]) == (plan.digest, len(plan.items))
    shown = accordant("history", "--deployments", "-w", applied.workspace).out
    assert "Harbour Master" in shown and "opening day" in shown and plan.digest[:12] in shown


def test_who_deploys_is_the_user_unless_named(port: Port) -> None:
    port.replace(ROLES, 'MaximumDelete="3"', 'MaximumDelete="4"')
    assert port.apply("--no-fulfil", "--as", "Quay Master").code == 0
    port.replace(ROLES, 'MaximumDelete="4"', 'MaximumDelete="5"')
    assert port.apply("--no-fulfil").code == 0
    assert [entry["who"] for entry in port.history()] == [getpass.getuser(), "Quay Master", "Harbour Master"]
    assert [entry["updated"] for entry in port.history()] == [1, 1, 0]


def test_the_history_of_nothing(tmp_path: Path) -> None:
    done = accordant("history", "--deployments", "-w", tmp_path / "w")
    assert (done.code, done.out) == (0, "Nothing was deployed yet.\n")


def test_plan_is_a_difference_by_item_attribute_and_child(port: Port) -> None:
    port.replace(ROLES, 'MaximumDelete="3"', 'MaximumDelete="4"')
    port.replace(ROLES, '<ScalarRule Property="title" Binding="Title" />', "")
    port.replace(ROLES, "person.Login + &quot;@saltmere.example&quot;", "person.Login + &quot;@port.example&quot;")
    lines = port.plan().out.splitlines()
    start = next(at for at, line in enumerate(lines) if "ResourceType Directory_Account" in line)
    assert lines[start].startswith("  ~ ResourceType Directory_Account  (Directory/Directory Role Model.xml:")
    block = lines[start + 1 : lines.index("Configuration: 1 to update")]
    assert "      MaximumDelete: 3 -> 4" in block
    assert "    ~ ScalarRule mail  (Directory/Directory Role Model.xml:19)" in block
    assert any("saltmere" in line and " -> " in line and "@port.example" in line for line in block)
    assert block[-1] == "    - ScalarRule title  (Directory/Directory Role Model.xml:21)"
    assert all(len(line) < 160 for line in block)


def test_plan_in_json_is_complete(port: Port) -> None:
    port.replace(ROLES, "person.Login + &quot;@saltmere.example&quot;", "person.Login + &quot;@port.example&quot;")
    (change,) = port.plan("--json").of("change")
    (child,) = change["children"]
    assert (change["action"], change["kind"], change["key"]) == ("update", "ResourceType", "Directory_Account")
    assert (child["kind"], child["key"]) == ("ScalarRule", "mail")
    assert child["attributes"]["Expression"] == [
        'C#:person:return person.Login + "@saltmere.example";',
        'C#:person:return person.Login + "@port.example";',
    ]


def test_plan_touches_nothing_and_a_comment_is_no_change(port: Port) -> None:
    port.replace(ROLES, "<ScalarRule", "<!-- look -->\n\n<ScalarRule")
    before = content(port.workspace)
    assert "Configuration: no changes" in port.plan().out
    assert content(port.workspace) == before


def test_colours_are_for_terminals(port: Port) -> None:
    port.replace(ROLES, 'MaximumDelete="3"', 'MaximumDelete="4"')
    assert "\x1b[" not in port.plan().out
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [str(ACCORDANT), "plan", str(port.conf), "-w", str(port.workspace)], stdout=follower, stderr=subprocess.DEVNULL
    )
    os.close(follower)
    shown = b""
    while chunk := _read(leader):
        shown += chunk
    os.close(leader)
    assert process.wait(60) == 0
    assert b"\x1b[33m  ~ ResourceType Directory_Account" in shown


def _read(leader: int) -> bytes:
    """What the terminal shows next; nothing once the process ended."""
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""


def test_what_is_written_in_settings_as_a_secret_is_never_shown(port: Port) -> None:
    port.replace("appsettings.agent.json", '"Directory": {', '"Directory": { "Password": "Deep-Water-12",')
    port.replace(ROLES, "@saltmere.example", "@Deep-Water-12.example")
    done = port.plan()
    assert "Deep-Water-12" not in done.out + done.err
    assert "@***.example" in done.out


def test_deleting_stored_resources_needs_a_word(port: Port) -> None:
    port.without_badges()
    shown = port.plan().out
    assert "! 34 resources of EntityType Badges_Card: the entity type is gone" in shown
    losses = port.plan("--json").of("loss")
    assert [(each["kind"], each["name"], each["what"], each["count"]) for each in losses] == [
        ("EntityType", "Badges_Card", "resources", 34),
        ("ResourceType", "Badges_AccessCard", "orders", 7),
    ]
    before = content(port.workspace / "Deployed")
    refused = port.apply("--no-fulfil")
    assert refused.code == 1
    assert "error[E320] deploying would lose 34 resources of EntityType Badges_Card" in refused.err
    assert "--force-cascade-delete" in refused.err
    assert content(port.workspace / "Deployed") == before
    assert len(port.history()) == 1


def test_told_so_the_data_go_and_come_back_with_the_connector(port: Port) -> None:
    kept = port.conf.with_name("kept")
    shutil.copytree(port.conf, kept)
    port.without_badges()
    assert port.apply("--no-fulfil", "--force-cascade-delete").code == 0
    lost = {each["name"]: each["count"] for each in port.history()[0]["lost"]}
    assert lost == {"Badges_Card": 34, "Badges_AccessCard": 7}
    shutil.copytree(kept / "Badges", port.conf / "Badges")
    done = port.apply("--no-fulfil", "--json")
    assert done.code == 0, done.err
    steps = {step["id"]: step["counts"] for step in done.of("report")[0]["steps"]}
    assert steps["synchronise Badges"]["inserted"] == 34


def test_a_dry_run_shows_losses_and_deploys_nothing(port: Port) -> None:
    port.without_badges()
    done = accordant("apply", port.conf, "-w", port.workspace, "--dry-run")
    assert done.code == 0, done.err
    assert "34 resources of EntityType Badges_Card" in done.out
    assert len(port.history()) == 1


def test_a_renamed_entity_type_is_shown_with_what_would_be_lost(port: Port) -> None:
    for path in port.conf.rglob("*.xml"):
        path.write_text(path.read_text(encoding="utf-8").replace("Badges_Card", "Badges_Token"), encoding="utf-8")
    shown = port.plan().out
    assert "probably Badges_Card under a new name" in shown
    assert "34 resources of EntityType Badges_Card: the entity type is gone (probably renamed to Badges_Token)" in shown


@pytest.mark.parametrize("sample", ["harbor", "harbor-ldap"])
def test_what_is_exported_compiles_to_the_same_plan(sample: str, tmp_path: Path) -> None:
    conf = ROOT / "samples" / sample
    port = Port(tmp_path / "out", tmp_path / "w")
    deployed = accordant("prepare", conf, "-w", port.workspace)
    assert "deployed" in deployed.err
    done = accordant("export-configuration", port.conf, "-w", port.workspace)
    assert done.code == 0, done.err
    plans = [compile_folder(folder, catalogue()).plan for folder in (conf, port.conf)]
    assert plans[0] is not None and plans[1] is not None
    assert plans[0].digest == plans[1].digest
    names = [{path.relative_to(folder) for path in folder.rglob("*.xml")} for folder in (conf, port.conf)]
    assert names[0] == names[1]
    assert "Configuration: no changes" in port.plan().out


def test_an_export_overwrites_nothing_unasked(port: Port) -> None:
    (port.conf / "Old.xml").write_text("<Old/>", encoding="utf-8")
    before = content(port.conf)
    done = accordant("export-configuration", port.conf, "-w", port.workspace)
    assert done.code == 2 and "is not empty" in done.err
    assert content(port.conf) == before
    assert accordant("export-configuration", port.conf, "-w", port.workspace, "--force").code == 0
    assert not (port.conf / "Old.xml").exists()
    assert (port.conf / "data" / "persons.csv").read_bytes() == before["data/persons.csv"]
    assert b"<!--" not in (port.conf / ROLES).read_bytes()


def test_an_export_leaves_its_folder_through_no_link(port: Port, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "Directory").symlink_to(tmp_path / "elsewhere")
    done = accordant("export-configuration", tmp_path / "out", "-w", port.workspace, "--force")
    assert done.code == 1 and "would lie outside" in done.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_nothing_is_exported_where_nothing_is_deployed(tmp_path: Path) -> None:
    done = accordant("export-configuration", tmp_path / "out", "-w", tmp_path / "w")
    assert done.code == 2 and "nothing was applied" in done.err
    assert not (tmp_path / "out").exists()


CARDS = "Badges/Badges Role Model.xml"


def test_waiting_orders_of_a_resource_type_that_goes_are_shown_and_closed(port: Port) -> None:
    waiting = [each for each in port.orders() if each["resource_type"] == "Badges_AccessCard"]
    assert waiting and {each["state"] for each in waiting} == {"AwaitingApproval"}
    (port.conf / CARDS).unlink()
    (port.conf / "Port Jobs.xml").unlink(missing_ok=True)
    path = port.conf / "Badges/Badges Connector.xml"
    path.write_text(re.sub("<ResourceTypeMapping[^>]*/>", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    said = f"{len(waiting)} orders of ResourceType Badges_AccessCard: the resource type is gone"
    shown = port.plan().out
    assert f"Waiting orders that would be closed:\n  ! {said}" in shown
    assert "Stored data that would be lost" not in shown
    done = port.apply("--no-fulfil")
    assert done.code == 0, done.err
    after = {each["id"]: each for each in port.orders()}
    closed = [after[each["id"]] for each in waiting]
    assert {(each["state"], each["message"]) for each in closed} == {
        ("Superseded", "the resource type is no longer in the configuration")
    }
    assert "Pending" in {each["state"] for each in after.values() if each["resource_type"] != "Badges_AccessCard"}
    (lost,) = port.history()[0]["lost"]
    assert (lost["what"], lost["name"], lost["count"]) == ("orders", "Badges_AccessCard", len(waiting))


def test_a_plan_of_an_older_form_is_compiled_anew_from_its_kept_sources(port: Port) -> None:
    digest = port.history()[0]["digest"]
    (path,) = (port.workspace / "Deployed" / "history").glob("*/plan.json")
    written = path.read_bytes()
    older = written.replace(b'"form": %d' % FORMAT, b'"form": %d' % (FORMAT - 1), 1).replace(b'"steps"', b'"stages"')
    path.write_bytes(older)
    done = accordant("status", "-w", port.workspace)
    assert done.code == 0 and digest[:12] in done.out
    assert "compiled anew" in done.err
    assert path.with_name(f"plan.form{FORMAT - 1}.json").read_bytes() == older
    assert "compiled anew" not in accordant("status", "-w", port.workspace).err
    assert "Configuration: no changes" in port.plan().out


def test_an_older_form_that_cannot_be_compiled_is_damage(port: Port) -> None:
    (path,) = (port.workspace / "Deployed" / "history").glob("*/plan.json")
    path.write_bytes(path.read_bytes().replace(b'"form": %d' % FORMAT, b'"form": 1', 1))
    with zipfile.ZipFile(path.with_name("sources.zip"), "w") as changed:
        changed.writestr("A.xml", '<?xml version="1.0"?><ConfigurationFile><Policy/></ConfigurationFile>')
    done = accordant("status", "-w", port.workspace)
    assert done.code != 0
    assert "this one refuses it: E112" in done.err


def test_a_secret_is_named_where_it_was_left_out(port: Port, tmp_path: Path) -> None:
    settings = '<PasswordResetSettings Identifier="First-- day" Mode="OneWay" DefaultPassword="Ahoy-7-sailors" />'
    port.replace("Port.xml", "</ConfigurationFile>", f"{settings}</ConfigurationFile>")
    done = port.apply("--no-fulfil")
    assert done.code == 0, done.err
    done = accordant("export-configuration", tmp_path / "out", "-w", port.workspace)
    assert "  Port.xml: DefaultPassword of PasswordResetSettings `First-- day`" in done.err.splitlines()
    assert all("Ahoy" not in path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.xml"))
    assert b"Ahoy" not in b"".join(path.read_bytes() for path in port.workspace.rglob("*") if path.is_file())
