"""Hand-written items beside generated ones: every mode, with and without a counterpart."""

import pytest

from compiler.model.model import Model
from tests.compiler.bind.test_scaffold import TIDEPOOL
from tests.conftest import CompileText

JOB = "Doors_Synchronize_Incremental"
SCAFFOLDING = '<CreateConnectorSynchroIncremental Connector="Doors" />'
EXPORT = f"{JOB}_Export_Doors_Incremental_DoorTree"


def kinds(model: Model) -> list[str]:
    return [step.element.name for step in model.jobs[JOB].steps]


GENERATED = [
    "ExportTask",
    "PrepareSynchronizationTask",
    "SynchronizeTask",
    "SetRecentlyModifiedFlagTask",
    "UpdateEntityPropertyExpressionsTask",
    "ComputeCorrelationKeysTask",
    "ComputeRoleModelTask",
    "GenerateProvisioningOrdersTask",
    "FulfillTask",
]
OWN_TASK = '<BuildRoleModelTask Identifier="Own" DisplayName_L1="Own" Level="9" />'


@pytest.mark.parametrize(
    ("written", "title", "agent", "tasks", "codes"),
    [
        pytest.param(
            f'<Job Identifier="{JOB}" DisplayName_L1="Mine">{OWN_TASK}</Job>',
            "Mine",
            None,
            ["BuildRoleModelTask"],
            [],
            id="without a mode the hand-written item replaces the generated one",
        ),
        pytest.param(
            f'<Job Identifier="{JOB}" LogLevel="Debug" ConsolidationMode="Merge">{OWN_TASK}</Job>',
            "Doors: incremental synchronisation",
            "Local",
            [*GENERATED, "BuildRoleModelTask"],
            [],
            id="Merge adds attributes and children",
        ),
        pytest.param(
            f'<Job Identifier="{JOB}" DisplayName_L1="Mine" ConsolidationMode="Merge" />',
            "Doors: incremental synchronisation",
            "Local",
            GENERATED,
            ["W160"],
            id="Merge keeps what is generated where both speak",
        ),
        pytest.param(
            f'<Job Identifier="{JOB}" ConsolidationMode="Merge">'
            f'<ExportTask Identifier="{EXPORT}" DisplayName_L1="x" /></Job>',
            "Doors: incremental synchronisation",
            "Local",
            GENERATED,
            ["W160"],
            id="Merge keeps the generated one of two children with one key",
        ),
        pytest.param(
            f'<Job Identifier="{JOB}" Agent="Local" ConsolidationMode="Merge" />',
            "Doors: incremental synchronisation",
            "Local",
            GENERATED,
            [],
            id="Merge with an attribute that says the same is no conflict",
        ),
        pytest.param(
            f'<Job Identifier="{JOB}" DisplayName_L1="Mine" ConsolidationMode="Update" />',
            "Mine",
            None,
            GENERATED,
            [],
            id="Update takes its attributes and the generated children",
        ),
        pytest.param(
            f'<Job Identifier="{JOB}" DisplayName_L1="Mine" ConsolidationMode="Update">{OWN_TASK}</Job>',
            "Mine",
            None,
            GENERATED,
            ["E161"],
            id="Update has no children of its own",
        ),
    ],
)
def test_a_hand_written_item_meets_a_generated_one(
    compile_text: CompileText, written: str, title: str, agent: str | None, tasks: list[str], codes: list[str]
) -> None:
    done = compile_text(TIDEPOOL + SCAFFOLDING + written)
    assert [found.code for found in done.findings] == codes
    job = done.model.jobs[JOB]
    assert (job.display_name[1], job.agent) == (title, agent)
    assert kinds(done.model) == tasks
    assert "ConsolidationMode" not in job.element.attributes
    assert (done.plan is None) == any(code.startswith("E") for code in codes)


def test_delete_removes_what_is_generated(compile_text: CompileText) -> None:
    done = compile_text(f'{TIDEPOOL}{SCAFFOLDING}<Job Identifier="{JOB}" ConsolidationMode="Delete" />')
    assert (done.findings, done.model.jobs) == ([], {})


def test_identifiers_meet_without_letter_case(compile_text: CompileText) -> None:
    done = compile_text(f'{TIDEPOOL}{SCAFFOLDING}<Job Identifier="{JOB.upper()}" ConsolidationMode="Delete" />')
    assert (done.findings, done.model.jobs) == ([], {})


def test_the_same_identifier_of_another_element_is_another_item(compile_text: CompileText) -> None:
    task = f'<BuildRoleModelTask Identifier="{JOB}" DisplayName_L1="Own" ConsolidationMode="Delete" />'
    done = compile_text(TIDEPOOL + SCAFFOLDING + task)
    assert [found.code for found in done.findings] == ["W163"]
    assert list(done.model.jobs) == [JOB]


@pytest.mark.parametrize(("mode", "code", "kept"), [("Merge", "W162", 1), ("Update", "W163", 0), ("Delete", "W163", 0)])
def test_a_mode_without_counterpart(compile_text: CompileText, mode: str, code: str, kept: int) -> None:
    done = compile_text(f'<Job Identifier="Lonely" DisplayName_L1="Lonely" ConsolidationMode="{mode}" />')
    assert [found.code for found in done.findings if found.code != "W143"] == [code]
    assert len(done.model.jobs) == kept


def test_two_hand_written_items_with_one_key_are_one_too_many_whatever_their_mode(compile_text: CompileText) -> None:
    two = f'<Job Identifier="{JOB}" ConsolidationMode="Delete" /><Job Identifier="{JOB}" DisplayName_L1="Mine" />'
    done = compile_text(TIDEPOOL + SCAFFOLDING + two)
    assert [found.code for found in done.findings] == ["E164"]


def test_what_neither_says_is_missing(compile_text: CompileText) -> None:
    done = compile_text(f'{TIDEPOOL}{SCAFFOLDING}\n<Job Identifier="{JOB}" ConsolidationMode="Update" />')
    (found,) = done.findings
    assert (found.code, found.message) == ("E112", "`Job` needs the attribute `DisplayName_L1`")
    assert found.span is not None and found.span.start.column == 2
