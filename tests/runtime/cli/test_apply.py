"""`accordant apply` and what looks at its results, over copies of the sample."""

import csv
import re
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.runtime.cli.command import Done, accordant, content, harbor


class Port:
    """A copy of the sample with a workspace of its own."""

    def __init__(self, folder: Path) -> None:
        self.conf = harbor(folder)
        self.workspace = folder / "workspace"

    def run(self, command: str, *arguments: str | Path) -> Done:
        """A command over configuration and workspace."""
        return accordant(command, self.conf, "-w", self.workspace, *arguments)

    def look(self, *arguments: str) -> Done:
        """A command over the workspace alone."""
        return accordant(*arguments, "-w", self.workspace)

    def apply(self, *arguments: str) -> Done:
        """Apply without being asked, as JSON lines."""
        return self.run("apply", "--yes", "--json", *arguments)

    def persons(self) -> list[dict[str, str]]:
        """The personnel office's list."""
        with open(self.conf / "data" / "persons.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))

    def write_persons(self, persons: list[dict[str, str]]) -> None:
        """Replace the personnel office's list."""
        header = (self.conf / "data" / "persons.csv").read_text(encoding="utf-8").splitlines()[0]
        with open(self.conf / "data" / "persons.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header.split(";"), delimiter=";", lineterminator="\n")
            writer.writeheader()
            writer.writerows(persons)

    def outbox(self, name: str = "directory") -> list[dict[str, object]]:
        """The orders that were written for another program."""
        paths = sorted((self.conf / "outbox" / name).glob("*.json"))
        return [msgspec.json.decode(path.read_bytes()) for path in paths]


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Port, Done]:
    """A port that was applied once; tests with this fixture only look."""
    port = Port(tmp_path_factory.mktemp("applied"))
    return port, port.apply()


def test_apply_creates_the_missing_accounts(applied: tuple[Port, Done]) -> None:
    port, done = applied
    assert done.code == 0, done.err
    created = [order for order in port.outbox() if order["ChangeType"] == "Added"]
    assert {str(order["Changes"]["uid"]) for order in created} == {  # type: ignore[index]
        "zoe.lindqvist",
        "lucja.brzeska",
        "dmitri.halvers",
        "mirela.stanciu",
        "oskar.bjelke",
        "nadezhda.volkhonska",
        "noor.elkhatib",
        "tomas.iriarte",
    }


def test_created_account_is_complete(applied: tuple[Port, Done]) -> None:
    port, _ = applied
    order = next(each for each in port.outbox() if "zoe.lindqvist" in str(each["Changes"]))
    changes = order["Changes"]
    assert isinstance(changes, dict)
    scalars = {name: value for name, value in changes.items() if isinstance(value, str)}
    assert scalars == {
        "dn": "uid=zoe.lindqvist,ou=people,dc=harbor,dc=example",
        "uid": "zoe.lindqvist",
        "cn": "Zoë Lindqvist",
        "displayName": "Zoë Lindqvist",
        "sn": "Lindqvist",
        "givenName": "Zoë",
        "mail": "zoe.lindqvist@saltmere.example",
        "title": "Duty Clerk",
        "department": "Harbour Master's Office",
        "employeeNumber": "1005",
        "state": "enabled",
    }
    assert [group["cn"] for group in changes["groups_add"]] == ["unit-harbour-masters-office"]
    assert [group["cn"] for group in changes["lists_add"]] == ["all-staff"]
    assert changes["manager"]["uid"] == "tobias.quist"


def test_accounts_of_nobody_are_left_alone(applied: tuple[Port, Done]) -> None:
    port, _ = applied
    everything = str(port.outbox()) + port.look("orders", "list", "--json").out
    assert "tide-gauge" not in everything
    assert "barnaby.crake" not in everything


def test_cards_wait_for_review(applied: tuple[Port, Done]) -> None:
    port, _ = applied
    assert port.outbox("badges") == []
    waiting = port.look("orders", "list", "--json", "--resource-type", "Badges_AccessCard").of("order")
    assert {order["state"] for order in waiting} == {"AwaitingApproval"}
    assert len([order for order in waiting if order["change"] == "Added"]) == 6


def test_found_values_are_not_overwritten_unseen(applied: tuple[Port, Done]) -> None:
    port, _ = applied
    sent = {str(order["Resource"]["uid"]) for order in port.outbox() if order["ChangeType"] == "Modified"}  # type: ignore[index]
    assert "rosalind.pike" not in sent
    waiting = port.look("orders", "list", "--json", "--state", "AwaitingApproval").of("order")
    assert any(order["target"] == "Rosalind Pike" and "title" in order["properties"] for order in waiting)


def test_order_can_be_shown_and_explained(applied: tuple[Port, Done]) -> None:
    port, _ = applied
    order = next(each for each in port.look("orders", "list", "--json").of("order") if each["owner"] == "Zoë Lindqvist")
    shown = port.look("orders", "show", str(order["id"]))
    explained = port.look("orders", "explain", str(order["id"]))
    assert shown.code == explained.code == 0
    assert "zoe.lindqvist" in shown.out
    assert "Directory/Directory Role Model.xml" in explained.out
    assert port.look("orders", "show", str(order["id"]), "--json").of("order")[0]["summary"]["id"] == order["id"]
    assert port.look("orders", "show", "999999").code == 2


def test_status_and_history_tell_of_the_run(applied: tuple[Port, Done]) -> None:
    port, done = applied
    report = done.of("report")[0]
    status = port.look("status", "--json").of("status")[0]
    assert status["last_run"]["run"] == report["id"]
    assert status["last_run"]["exit_code"] == 0
    assert status["orders"]["Executed"] >= 8
    assert [run["run"] for run in port.look("history", "--json").of("run")] == [report["id"]]
    assert report["id"] in port.look("history").out
    assert "Deployed configuration:" in port.look("status").out


def test_deployed_plan_is_the_compiled_one(applied: tuple[Port, Done]) -> None:
    port, _ = applied
    (kept,) = (port.workspace / "Deployed" / "history").iterdir()
    assert (kept / "plan.json").read_text(encoding="utf-8") == accordant("compile", port.conf).out


def test_second_apply_has_nothing_left_to_do(port: Port) -> None:
    assert port.apply().code == 0
    before = port.outbox()
    done = port.apply()
    assert done.code == 0
    assert done.of("change") == []
    sent = [step["counts"]["sent"] for step in done.of("report")[0]["steps"] if step["stage"] == "fulfil"]
    assert sum(sent) == 0
    assert port.outbox() == before


def test_plan_touches_nothing(port: Port, tmp_path: Path) -> None:
    first = port.run("plan", "--json")
    assert first.code == 0
    assert {change["action"] for change in first.of("change")} == {"insert"}
    assert not port.workspace.exists()
    assert port.apply("--no-fulfil").code == 0
    before = content(tmp_path)
    second = port.run("plan", "--json")
    assert second.code == 0, second.err
    assert content(tmp_path) == before
    assert second.of("change") == []
    assert len([order for order in second.of("order") if order["change"] == "Added"]) >= 8


def test_plan_shows_what_a_changed_rule_would_do(port: Port) -> None:
    assert port.apply().code == 0
    path = port.conf / "Directory" / "Directory Role Model.xml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("@saltmere.example", "@port-saltmere.example"), encoding="utf-8")
    done = port.run("plan", "--json")
    assert [(change["action"], change["kind"], change["key"]) for change in done.of("change")] == [
        ("update", "ResourceType", "Directory_Account")
    ]
    assert any("mail" in order["properties"] for order in done.of("order"))


def test_dry_run_shows_the_orders_and_changes_nothing(port: Port, tmp_path: Path) -> None:
    before = content(tmp_path)
    done = port.run("apply", "--dry-run", "--json")
    assert done.code == 0, done.err
    assert len([order for order in done.of("order") if order["change"] == "Added"]) >= 8
    assert content(tmp_path) == before


def test_leaver_loses_the_account(port: Port) -> None:
    assert port.apply().code == 0
    port.write_persons([person for person in port.persons() if person["number"] != "1034"])
    done = port.apply()
    assert done.code == 0, done.out
    removed = [order for order in port.outbox() if order["ChangeType"] == "Deleted"]
    assert [order["Resource"]["uid"] for order in removed] == ["amara.delacourt"]  # type: ignore[index]


def test_emptied_file_stops_before_anything_is_changed(port: Port) -> None:
    assert port.apply().code == 0
    persons, outbox = port.persons(), port.outbox()
    port.write_persons([])
    done = port.apply()
    assert done.code == 3
    assert any(step["state"] == "blocked" for step in done.of("report")[0]["steps"])
    assert port.outbox() == outbox
    port.write_persons(persons)
    assert port.apply().code == 0
    assert port.outbox() == outbox


def test_missing_source_breaks_the_run_off_and_leaves_the_store(port: Port) -> None:
    assert port.apply().code == 0
    outbox = port.outbox()
    (port.conf / "data" / "persons.csv").unlink()
    done = port.apply()
    assert done.code == 5
    assert "persons.csv" in done.out
    assert port.outbox() == outbox


def test_approved_cards_go_out(port: Port) -> None:
    assert port.apply().code == 0
    waiting = port.look("orders", "list", "--json", "--resource-type", "Badges_AccessCard").of("order")
    first = str(min(order["id"] for order in waiting if order["change"] == "Added"))
    assert "1 of 1 approved" in port.look("orders", "approve", first).err
    assert port.look("orders", "approve", first).code == 2
    assert port.run("fulfil").code == 0
    assert [order["OrderId"] for order in port.outbox("badges")] == [first]
    assert port.look("orders", "decline", "--resource-type", "Badges_AccessCard").code == 0
    assert port.apply().code == 0
    assert len(port.outbox("badges")) == 1


def test_all_is_not_what_would_undo_a_person_s_work(port: Port) -> None:
    assert port.apply().code == 0
    corrections = [each["id"] for each in port.look("orders", "list", "--json").of("order") if each["corrects"]]
    done = port.look("orders", "approve", "--all")
    assert f"{len(corrections)} orders would undo what stands in a managed system" in done.err
    waiting = port.look("orders", "list", "--json", "--state", "AwaitingApproval").of("order")
    assert [each["id"] for each in waiting] == corrections
    assert (
        f"{len(corrections)} of {len(corrections)} approved" in port.look("orders", "approve", "--all", "--found").err
    )


def test_stages_one_by_one_come_to_the_same(port: Port, applied: tuple[Port, Done]) -> None:
    first = port.run("export")
    assert first.code == 0
    assert "nothing was deployed here yet" in first.err
    assert port.outbox() == []
    for stage in ("prepare", "synchronise", "evaluate"):
        done = port.run(stage)
        assert (done.code, done.err) == (0, ""), (stage, done.err)
    assert port.outbox() == []
    assert port.run("fulfil").code == 0
    assert _essence(port) == _essence(applied[0])


def _essence(port: Port) -> set[str]:
    """The orders without the numbers that a store gives."""
    return {re.sub(r"'Id': '\d+', ", "", f"{order['ChangeType']} {order['Changes']}") for order in port.outbox()}


def test_one_connector_alone(port: Port) -> None:
    done = port.apply("--connector", "HR", "--no-fulfil")
    assert done.code == 0
    exported = {path.name for path in (port.workspace / "Temp" / "ExportOutput").glob("*.csv")}
    assert exported == {"Persons.csv", "Organisations.csv"}


def test_configuration_changes_are_previewed_in_words(port: Port) -> None:
    assert port.apply("--no-fulfil").code == 0
    path = port.conf / "HR" / "HR Connector.xml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('MaximumInsertedLines="10"', 'MaximumInsertedLines="12"'), encoding="utf-8")
    done = port.run("plan")
    assert "~ Connector HR" in done.out
    assert "MaximumInsertedLines: 10 -> 12" in done.out


def test_workspace_in_use_is_said_in_words(port: Port) -> None:
    from runtime.workspace import Workspace

    with Workspace(port.workspace).lock():
        done = port.apply()
    assert done.code == 5
    assert "in use by another run" in done.err


def test_damaged_deployment_is_said_in_words(port: Port) -> None:
    (port.workspace / "Deployed").mkdir(parents=True)
    (port.workspace / "Deployed" / "current.json").write_text("{", encoding="utf-8")
    done = port.apply()
    assert done.code == 5
    assert "current.json" in done.err


def test_damaged_store_is_said_in_words(port: Port) -> None:
    assert port.apply("--no-fulfil").code == 0
    (port.workspace / "store.duckdb").write_bytes(b"barnacles" * 1000)
    for done in (port.apply(), port.look("orders", "list"), port.look("status")):
        assert done.code == 5
        assert "the store cannot be used" in done.err


def test_deployed_but_never_run_has_no_orders(port: Port) -> None:
    assert port.run("export").code == 0
    (port.workspace / "store.duckdb").unlink()
    assert port.look("orders", "list").code == 2
    assert port.run("export").code == 0
    assert port.look("orders", "list").out == "No orders.\n"


def test_unwritable_workspace_is_said_in_words(port: Port) -> None:
    done = accordant("apply", port.conf, "--yes", "-w", "/proc/none")
    assert done.code == 5
    assert done.err.startswith("error: ")


def test_connections_are_listed_and_checked(port: Port) -> None:
    rows = accordant("connection", "list", port.conf, "--json")
    found = {row["identifier"]: row for row in rows.of("connection")}
    assert found["Persons"]["abilities"] == ["export"]
    assert found["DirectoryOrders"]["abilities"] == ["fulfil"]
    assert all(row["settings"] for row in found.values())
    checked = accordant("connection", "check", port.conf, "-w", port.workspace, "--json")
    assert checked.code == 0, checked.out
    assert {line["failure"] for line in checked.of("check")} == {None}
    (port.conf / "data" / "cards.csv").unlink()
    assert accordant("connection", "check", port.conf, "-w", port.workspace).code == 5
    only = accordant("connection", "check", port.conf, "-w", port.workspace, "--connection", "Persons")
    assert (only.code, only.err) == (0, "")


def test_a_package_without_connector_stops_a_run_before_it_begins(port: Port) -> None:
    file = port.conf / "Badges" / "Badges Connector.xml"
    text = file.read_text(encoding="utf-8")
    package = re.search('Package="([^"]+)"', text)
    assert package is not None
    file.write_text(text.replace(package[1], "Usercube.Excel@0000001", 1), encoding="utf-8")
    validated = accordant("validate", port.conf)
    assert validated.code == 0
    assert "W187" in validated.out + validated.err
    done = port.apply()
    assert done.code == 1
    assert "error[E510]" in done.err and "Usercube.Excel@0000001" in done.err
    assert not list(port.workspace.rglob("*.csv"))
    assert port.run("export").code == 1
    assert port.apply("--connector", "HR").code == 0


def test_transformations_stand_between_export_and_store(port: Port) -> None:
    file = port.conf / "HR" / "HR Connector.xml"
    text = file.read_text(encoding="utf-8")
    plain = '<Connection Identifier="Persons" DisplayName_L1="Persons" Connector="HR" Package="Usercube.CSV@0000001"'
    changes = """
      <Transformation Type="ConcatColumns" Table="Persons" Column="post" InputColumn="title" InputColumn2="unit"
                      ConcatSeparator=" / " RemoveEmpty="true" />
      <Transformation Type="TransformDate" Table="Persons" InputColumn="start" Column="first day" AddedDays="-1" />
      <Transformation Type="WhereValue" Table="Persons" Column="post" WhereOperator="Regex" WhereValue="/ H[A-Z]{2}$" />
    """
    for old, new in (
        (f"{plain} />", f"{plain}>{changes}</Connection>"),
        ('ConnectionColumn="title"', 'ConnectionColumn="post"'),
        ('ConnectionColumn="start"', 'ConnectionColumn="first day"'),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    done = port.apply("--connector", "HR", "--keep-csv")
    assert done.code == 0, done.err
    with open(port.workspace / "Work" / "Collect" / "HR_Person.sorted.csv", encoding="utf-8", newline="") as prepared:
        stored = {row["EmployeeNumber"]: row for row in csv.DictReader(prepared)}
    units = {person["number"]: person["unit"] for person in port.persons()}
    assert stored.keys() == {number for number, unit in units.items() if unit.startswith("H") and len(unit) == 3}
    assert stored["1001"]["Title"] == "Harbour Master / HMO"
    assert stored["1001"]["StartDate"] == "20090301000000"


def test_a_shift_of_dates_is_taken_back_when_they_are_written(port: Port) -> None:
    file = port.conf / "Badges" / "Badges Connector.xml"
    text = file.read_text(encoding="utf-8")
    plain = '<Connection Identifier="Cards" DisplayName_L1="Cards" Connector="Badges" Package="Usercube.CSV@0000001"'
    change = '<Transformation Type="TransformDate" Table="Cards" Column="valid from" AddedDays="-2" />'
    assert f"{plain} />" in text
    file.write_text(text.replace(f"{plain} />", f"{plain}>{change}</Connection>"), encoding="utf-8")
    assert port.apply("--no-review").code == 0
    starts = {person["number"]: person["start"].replace("-", "") for person in port.persons()}
    created = [order["Changes"] for order in port.outbox("badges") if order["ChangeType"] == "Added"]
    assert created
    for changes in created:
        assert isinstance(changes, dict)
        two_days_later = datetime.strptime(starts[changes["StaffNumber"]], "%Y%m%d") + timedelta(days=2)
        assert changes["ValidFrom"] == f"{two_days_later:%Y%m%d}000000"
