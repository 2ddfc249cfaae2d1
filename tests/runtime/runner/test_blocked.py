"""What becomes of a session that a threshold stopped: it waits, is accepted, dropped, left out, or replaced."""

from pathlib import Path

import msgspec
import pytest

from compiler.plan import codec
from compiler.plan.plan import Plan
from compiler.plan.steps import Limits, Synchronise
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from runtime.journal import Decided, Decision, history
from runtime.runner.report import ExitCode, Options, RunReport, Stage, StepState
from runtime.runner.review import accept
from runtime.runner.runner import run
from runtime.synchronization.blocked import Blocked, blocked_sessions, drop, dropped
from runtime.synchronization.sessions import pending
from tests.runtime.runner.town import STAGES, Row, Town, Unwatched, content, unreachable

PEOPLE: list[Row] = [(f"P{number}", f"Name {number}", f"m{number}", "S1") for number in range(40)]


class Watched(Town):
    """A town of forty people in which no more than three may be deleted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.make()
        self.people(PEOPLE)
        assert self.run(Mode.INITIAL).exit_code == ExitCode.DONE

    def people(self, rows: list[Row], *extra: str) -> None:
        """All raw files: these people on one street, no clubs."""
        streets: list[Row] = [("S1", "High Street", *("merge" for _ in extra))]
        self.write(rows, streets, [], extra=extra)

    def compiled(self) -> Plan:
        plan = codec.decode(self.plan.read_bytes())
        steps = tuple(
            msgspec.structs.replace(step, limits=Limits(deleted=3)) if isinstance(step, Synchronise) else step
            for step in plan.steps
        )
        return msgspec.structs.replace(plan, steps=steps)

    def run(self, mode: Mode, stages: frozenset[Stage] = STAGES) -> RunReport:
        with self.workspace.lock():
            return run(self.compiled(), self.workspace, unreachable, Options(mode=mode, stages=stages), Unwatched())

    def accept(self, blocked: Blocked) -> RunReport:
        said = Decided(what=Decision.ACCEPTED, who="Ann", reason="moved", session=blocked.session, connectors=("Town",))
        with self.workspace.lock():
            return accept(self.compiled(), self.workspace, unreachable, said, Unwatched())

    def blocked(self) -> Blocked:
        (found,) = blocked_sessions(self.workspace)
        return found

    def execute(self, sql: str) -> None:
        """Change the store behind the back of everybody."""
        engine = DuckDB(self.workspace.store)
        engine.execute(sql)
        engine.close()

    def names(self) -> set[str]:
        return {row[0] for row in content(self.folder)["Person"]}


@pytest.fixture
def town(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def states(report: RunReport) -> dict[str, StepState]:
    return {step.id: step.state for step in report.steps}


@pytest.mark.parametrize("mode", [Mode.COMPLETE, Mode.INCREMENTAL])
def test_a_blocked_session_waits_whole_and_is_accepted(town: Watched, mode: Mode) -> None:
    before = content(town.folder)
    town.people(PEOPLE[4:])
    report = town.run(mode)
    assert report.exit_code == ExitCode.THRESHOLD
    assert states(report) == {
        "prepare Town": StepState.DONE,
        "synchronise Town": StepState.BLOCKED,
        "compute Person": StepState.SKIPPED,
    }
    blocked = town.blocked()
    changes = blocked.effect.entity_types["Person"]
    assert (blocked.session, changes.deleted, changes.absent) == (report.id, 4, 4)
    assert [each.attribute for each in blocked.exceeded] == ["MaximumDeletedLines"]
    assert content(town.folder) == before
    done = town.accept(blocked)
    assert (done.id, done.exit_code) == (report.id, ExitCode.DONE), "the run goes on"
    assert states(done) == {"synchronise Town": StepState.DONE, "compute Person": StepState.DONE}
    assert town.names() == {row[0] for row in PEOPLE[4:]}
    assert not blocked_sessions(town.workspace) and not pending(town.workspace, "Town")
    last = history(town.workspace)[0]
    (decided,) = last.decisions
    assert (decided.what, decided.who, decided.reason, decided.connectors) == ("accepted", "Ann", "moved", ("Town",))
    assert last.passed == {"synchronise Town": ["connector Town: 4 deleted of 41, more than MaximumDeletedLines = 3"]}
    assert town.run(Mode.INCREMENTAL).exit_code == ExitCode.DONE


def test_an_incremental_run_leaves_a_blocked_connector_out(town: Watched) -> None:
    town.people(PEOPLE[4:])
    town.run(Mode.INCREMENTAL)
    blocked = town.blocked()
    town.people(PEOPLE)
    report = town.run(Mode.INCREMENTAL)
    assert report.exit_code == ExitCode.THRESHOLD
    assert states(report) == {"synchronise Town": StepState.BLOCKED, "compute Person": StepState.DONE}
    assert f"Town is left out, because session {blocked.session} is blocked" in report.steps[0].messages[0]
    assert town.blocked() == blocked and len(town.names()) == 40
    done = town.accept(blocked)
    assert done.exit_code == ExitCode.DONE and done.id not in {blocked.session, report.id}, "a run of its own"
    assert states(done) == {"synchronise Town": StepState.DONE, "compute Person": StepState.DONE}
    assert len(town.names()) == 36
    assert town.run(Mode.INCREMENTAL).exit_code == ExitCode.DONE
    assert len(town.names()) == 40


def test_a_complete_run_takes_the_place_of_a_blocked_session(town: Watched) -> None:
    town.people(PEOPLE[4:])
    first = town.run(Mode.INCREMENTAL)
    second = town.run(Mode.COMPLETE)
    assert second.exit_code == ExitCode.THRESHOLD
    assert town.blocked().session == second.id != first.id
    town.people(PEOPLE[1:])
    assert town.run(Mode.COMPLETE).exit_code == ExitCode.DONE
    assert not blocked_sessions(town.workspace) and len(town.names()) == 39


def test_what_changed_since_it_was_shown_is_not_accepted(town: Watched) -> None:
    town.people(PEOPLE[4:])
    town.run(Mode.COMPLETE)
    shown = town.blocked()
    town.execute('UPDATE resource."Person" SET "Name" = \'x\', _hash = NULL WHERE "Number" = \'P9\'')
    report = town.accept(shown)
    assert report.exit_code == ExitCode.THRESHOLD
    (step,) = [each for each in report.steps if each.state is StepState.BLOCKED]
    assert step.messages[0].startswith("what would change is not what was shown before")
    assert len(town.names()) == 40
    again = town.blocked()
    assert again.effect.entity_types["Person"].updated == 1
    assert town.accept(again).exit_code == ExitCode.DONE
    assert len(town.names()) == 36


def test_what_is_within_the_limits_by_now_needs_no_word(town: Watched) -> None:
    town.people(PEOPLE[4:])
    town.run(Mode.COMPLETE)
    shown = town.blocked()
    two = "SELECT _id FROM resource.\"Person\" WHERE \"Number\" IN ('P0', 'P1')"
    town.execute(f'DELETE FROM link."Lives" WHERE _1 IN ({two})')
    town.execute(f'DELETE FROM resource."Person" WHERE _id IN ({two})')
    report = town.accept(shown)
    assert report.exit_code == ExitCode.DONE and history(town.workspace)[0].passed == {}
    assert len(town.names()) == 36


def test_a_dropped_session_is_gone_and_the_next_run_compares_everything(town: Watched) -> None:
    town.people(PEOPLE[4:])
    town.run(Mode.INCREMENTAL)
    drop(town.workspace, "Town", town.blocked().session)
    assert not blocked_sessions(town.workspace) and not pending(town.workspace, "Town")
    town.people([*PEOPLE[1:], ("P99", "New", "m99", "S1")])
    report = town.run(Mode.INCREMENTAL)
    assert report.exit_code == ExitCode.DONE
    said = {step.id: step.messages for step in report.steps}
    assert any("everything is compared, because session" in each for each in said["prepare Town"])
    assert len(town.names()) == 40 and "P99" in town.names()
    assert dropped(town.workspace, "Town") == ""
    last = town.run(Mode.INCREMENTAL)
    assert not any("everything is compared" in each for step in last.steps for each in step.messages)


def test_instructions_that_a_killed_run_prepared_are_carried_out_first(town: Watched) -> None:
    town.people([(*PEOPLE[0], "delete")], "command")
    first = town.run(Mode.INCREMENTAL, frozenset({Stage.PREPARE}))
    assert first.exit_code == ExitCode.DONE and len(pending(town.workspace, "Town")) == 1
    town.people([(*PEOPLE[1], "delete"), ("P99", "New", "m99", "S1", "insert")], "command")
    report = town.run(Mode.INCREMENTAL)
    assert report.exit_code == ExitCode.DONE
    counts = next(step.counts for step in report.steps if step.id == "synchronise Town")
    assert (counts["deleted"], counts["inserted"]) == (2, 1)
    assert town.names() == {row[0] for row in PEOPLE[2:]} | {"P99"}
    assert not pending(town.workspace, "Town")


def test_a_session_whose_files_were_touched_is_not_accepted(town: Watched) -> None:
    before = content(town.folder)
    town.people(PEOPLE[4:])
    town.run(Mode.COMPLETE)
    (waiting,) = pending(town.workspace, "Town")
    file = waiting.path(waiting.entity_types["Person"].rows)
    with open(file, "ab") as touched:
        touched.write(b"x")
    report = town.accept(town.blocked())
    assert report.exit_code == ExitCode.BROKE_OFF
    assert file.name in report.steps[0].messages[0]
    file.unlink()
    report = town.run(Mode.COMPLETE, frozenset({Stage.SYNCHRONISE}))
    assert report.exit_code == ExitCode.BROKE_OFF
    assert content(town.folder) == before
