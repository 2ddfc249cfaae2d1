"""The run itself over files: what is skipped, what blocks, what goes on, what a report says."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from runtime.cli.configuration import connections_for, plan_of
from runtime.contract import Mode, Result
from runtime.runner.report import ExitCode, Options, RunReport, Stage, StepReport, StepState
from runtime.runner.runner import NothingToResume, resume, run
from runtime.workspace import Workspace

CONFIGURATION = Path(__file__).with_name("quay.xml").read_text(encoding="utf-8")


class Watcher:
    """Keeps what a run says."""

    def __init__(self, stop_at: str = "", stop: Event | None = None) -> None:
        self.said: list[str] = []
        self._stop_at = stop_at
        self._stop = stop

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None:
        self.said.append(f"started {step}")
        if self._stop and step == self._stop_at:
            self._stop.set()

    def advanced(self, step: str, done: int) -> None:
        self.said.append(f"{step} {done}")

    def finished(self, report: StepReport) -> None:
        self.said.append(f"finished {report.id}")


class Quay:
    """Crew and their lockers as CSV, orders as JSON files."""

    def __init__(self, folder: Path) -> None:
        self.conf, self.workspace = folder / "conf", Workspace(folder / "workspace")
        self.out = folder / "out"
        for each in (self.conf, self.out):
            each.mkdir()
        (self.conf / "Quay.xml").write_text(CONFIGURATION, encoding="utf-8")
        settings = {
            "Crew": {"Path": "crew.csv"},
            "Lockers": {"Path": "lockers.csv"},
            "Keys": {"OutputPath": str(self.out)},
        }
        (self.conf / "appsettings.agent.json").write_text(json.dumps({"Connections": settings}), encoding="utf-8")
        self.write("crew", ["badge", "name"], [(str(n), f"Ann {n}") for n in range(1, 31)])
        self.write("lockers", ["number", "holder"], [])
        self.watcher = Watcher()

    def write(self, name: str, header: list[str], rows: list[tuple[str, ...]]) -> None:
        with open(self.conf / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    def run(self, **options: Any) -> RunReport:
        chosen = Options(**options)
        plan = plan_of(self.conf)
        with self.workspace.lock():
            connect = connections_for(self.conf, self.workspace, plan, chosen)
            return run(plan, self.workspace, connect, chosen, self.watcher)

    def resume(self, **options: Any) -> RunReport:
        plan = plan_of(self.conf)
        with self.workspace.lock():
            connect = connections_for(self.conf, self.workspace, plan, Options())
            return resume(plan, self.workspace, connect, self.watcher, **options)

    def orders(self) -> int:
        return len(list(self.out.glob("*.json")))


@pytest.fixture
def quay(tmp_path: Path) -> Quay:
    return Quay(tmp_path)


def state_of(report: RunReport, step: str) -> StepState:
    return next(each.state for each in report.steps if each.id == step)


def counts_of(report: RunReport, step: str) -> dict[str, int]:
    return next(each.counts for each in report.steps if each.id == step)


def test_a_first_run_loads_in_initial_mode_and_sends_orders(quay: Quay) -> None:
    report = quay.run()
    assert report.exit_code == ExitCode.DONE
    assert counts_of(report, "synchronise HR")["inserted"] == 30
    assert counts_of(report, "fulfil Keys") == {"sent": 30, "executed": 30, "errored": 0}
    assert (quay.orders(), report.orders) == (30, {"Executed": 30})
    assert {"started export Crew", "export Crew 30", "finished fulfil Keys"} <= set(quay.watcher.said)


def test_orders_carry_the_documented_form_and_their_reasons(quay: Quay) -> None:
    quay.run()
    document = json.loads(min(quay.out.glob("*.json")).read_text(encoding="utf-8"))
    assert document["ChangeType"] == "Added"
    assert document["Owner"]["InternalDisplayName"].startswith("Ann ")
    assert document["Changes"]["number"] == f"L-{document['Owner']['Badge']}"
    assert {each["Rule"] for each in document["Reasons"]} <= {f"Quay.xml:{line}" for line in range(1, 60)}
    assert document["ResourceType"]["TargetEntityType"]["Identifier"] == "Locker"


def test_only_the_chosen_stages_run(quay: Quay) -> None:
    report = quay.run(stages=frozenset(Stage) - {Stage.FULFIL})
    assert (report.exit_code, report.orders, quay.orders()) == (ExitCode.DONE, {"Pending": 30}, 0)
    report = quay.run(stages=frozenset({Stage.FULFIL}))
    assert (report.exit_code, quay.orders()) == (ExitCode.DONE, 30)


def test_only_the_chosen_connector_runs(quay: Quay) -> None:
    report = quay.run(connectors=frozenset({"HR"}))
    assert {each.id for each in report.steps} == {"export Crew", "prepare HR", "synchronise HR"}


def test_what_waits_for_a_failed_step_is_skipped_and_the_rest_goes_on(quay: Quay) -> None:
    (quay.conf / "lockers.csv").unlink()
    report = quay.run()
    assert report.exit_code == ExitCode.BROKE_OFF
    assert state_of(report, "export Lockers") is StepState.FAILED
    assert state_of(report, "synchronise HR") is StepState.DONE
    assert {
        state_of(report, step) for step in ("prepare Stores", "synchronise Stores", "evaluate Key", "fulfil Keys")
    } == {StepState.SKIPPED}
    quay.write("lockers", ["number", "holder"], [])
    resumed = quay.resume()
    assert (resumed.exit_code, quay.orders()) == (ExitCode.DONE, 30)
    assert "export Crew" not in {each.id for each in resumed.steps}


def test_a_threshold_blocks_and_force_goes_past_it(quay: Quay) -> None:
    quay.run()
    quay.write("crew", ["badge", "name"], [("1", "Ann 1")])
    report = quay.run()
    assert report.exit_code == ExitCode.THRESHOLD
    assert state_of(report, "synchronise HR") is StepState.BLOCKED
    assert quay.orders() == 30
    resumed = quay.resume(change=lambda options: msgspec.structs.replace(options, force=True, who="Ann", reason="left"))
    assert resumed.exit_code == ExitCode.DONE
    assert counts_of(resumed, "synchronise HR")["deleted"] == 29


def test_a_threshold_of_a_resource_type_blocks_its_orders(quay: Quay) -> None:
    text = CONFIGURATION.replace('MaximumInsert="100"', 'MaximumInsert="29"')
    (quay.conf / "Quay.xml").write_text(text, encoding="utf-8")
    report = quay.run()
    assert report.exit_code == ExitCode.THRESHOLD
    assert "MaximumInsert" in next(each.messages[0] for each in report.steps if each.id == "evaluate Key")
    assert (quay.orders(), report.orders) == (0, {})


def test_an_incremental_run_sends_what_changed(quay: Quay) -> None:
    quay.run()
    quay.write("crew", ["badge", "name"], [(str(n), f"Ann {n}") for n in range(1, 32)])
    report = quay.run(mode=Mode.COMPLETE)
    assert counts_of(report, "synchronise HR")["inserted"] == 1
    (quay.conf / "appsettings.agent.json").write_text(
        (quay.conf / "appsettings.agent.json").read_text().replace('"Path"', '"PathIncremental"')
    )
    quay.write("crew", ["badge", "name"], [(str(n), f"Ann {n}") for n in range(1, 33)])
    report = quay.run(mode=Mode.INCREMENTAL)
    assert report.exit_code == ExitCode.DONE
    assert counts_of(report, "synchronise HR") == {
        "inserted": 1,
        "updated": 0,
        "deleted": 0,
        "links inserted": 0,
        "links deleted": 0,
    }
    assert quay.orders() == 32


def test_a_stopped_run_is_interrupted_and_can_be_resumed(quay: Quay) -> None:
    stop = Event()
    plan = plan_of(quay.conf)
    with quay.workspace.lock():
        connect = connections_for(quay.conf, quay.workspace, plan, Options())
        report = run(plan, quay.workspace, connect, Options(), Watcher("synchronise HR", stop), stop)
    assert report.exit_code == ExitCode.INTERRUPTED
    assert quay.orders() == 0
    assert quay.resume().exit_code == ExitCode.DONE
    assert quay.orders() == 30


def test_a_resumed_run_takes_no_more_memory_than_it_was_given(quay: Quay) -> None:
    stop, given = Event(), []
    plan, chosen = plan_of(quay.conf), Options(memory=300_000_000)
    with quay.workspace.lock():
        connect = connections_for(quay.conf, quay.workspace, plan, chosen)
        run(plan, quay.workspace, connect, chosen, Watcher("synchronise HR", stop), stop)

    def change(options: Options) -> Options:
        given.append(options.memory)
        return options

    assert quay.resume(change=change).exit_code == ExitCode.DONE
    assert given == [300_000_000]


def test_a_changed_configuration_is_not_resumed(quay: Quay) -> None:
    (quay.conf / "lockers.csv").unlink()
    quay.run()
    (quay.conf / "Quay.xml").write_text(CONFIGURATION.replace("Personnel", "Staff"), encoding="utf-8")
    with pytest.raises(NothingToResume, match="changed"):
        quay.resume()


def test_nothing_broke_off_nothing_to_resume(quay: Quay) -> None:
    quay.run()
    with pytest.raises(NothingToResume):
        quay.resume()


class Forgetful:
    """Takes every order of another connector and loses the answers to all but the first few."""

    def __init__(self, connector: Any) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def fulfil(self, orders: Any, types: Any) -> Iterator[Result]:
        for number, result in enumerate(self._connector.fulfil(orders, types)):
            if number < 12:
                yield result


def test_an_order_without_an_answer_is_no_success_and_goes_out_again(quay: Quay) -> None:
    plan, chosen = plan_of(quay.conf), Options()
    with quay.workspace.lock():
        connect = connections_for(quay.conf, quay.workspace, plan, chosen)
        forgetting = lambda connection, package: Forgetful(connect(connection, package))  # noqa: E731
        report = run(plan, quay.workspace, forgetting, chosen, quay.watcher)
    step = next(each for each in report.steps if each.id == "fulfil Keys")
    assert (report.exit_code, step.counts) == (ExitCode.ORDERS_FAILED, {"sent": 30, "executed": 12, "errored": 18})
    assert step.messages == ("18 orders were taken and not answered; the next run sends them again",)
    assert report.orders == {"Executed": 12, "Transmitted": 18}
    again = quay.run(stages=frozenset({Stage.FULFIL}))
    assert (again.exit_code, again.orders, quay.orders()) == (ExitCode.DONE, {"Executed": 30}, 30)
