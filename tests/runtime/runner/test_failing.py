"""Expressions that fail for some resources in a real run: the value is left empty, and the step says so."""

import json
from pathlib import Path

from runtime.contract import Mode
from runtime.runner.report import ExitCode
from tests.runtime.runner.test_runner import CONFIGURATION, Quay

RULE = '<ScalarRule Property="holder" Binding="Name" />'
FAILING = (
    """<ScalarRule Property="holder" Expression="C#:p:return &quot;no &quot; + 12 / (int.Parse(p.Name) - 3);" />"""
)
COMPUTED = """  <EntityPropertyExpression Identifier="Crew_Mark" EntityType="Crew" Property="Mark"
                           Expression="C#:p:return p.Name.Substring(0, 2);" />
  <Policy """


def test_what_fails_is_left_empty_and_said_once_with_its_place_and_an_example(tmp_path: Path) -> None:
    quay = Quay(tmp_path)
    written = CONFIGURATION.replace(RULE, FAILING).replace("  <Policy ", COMPUTED, 1)
    name = '<Property Identifier="Name" />'
    written = written.replace(name, name + '<Property Identifier="Mark" />')
    (quay.conf / "Quay.xml").write_text(written, encoding="utf-8")
    quay.write("crew", ["badge", "name"], [("1", "3"), ("2", "x"), ("3", "15"), ("4", ""), ("5", "3")])
    report = quay.run(mode=Mode.INITIAL, force=True)
    assert report.exit_code is ExitCode.DONE
    said = {step.id: step.messages for step in report.steps if step.messages}
    place = written[: written.index('<ScalarRule Property="holder"')].count("\n") + 1
    rule = [each for each in said["evaluate Key"] if f"Quay.xml:{place}" in each]
    assert rule == [f"Quay.xml:{place}: 3 values were left empty because `/`, `Parse` failed, as of Crew 1"]
    (computed,) = said["compute Crew"]
    assert computed.endswith("3 values were left empty because `Substring` failed, as of Crew 1")
    changes = [json.loads(each.read_text(encoding="utf-8"))["Changes"] for each in quay.out.glob("*.json")]
    orders = {each["number"]: each.get("holder") for each in changes}
    assert orders == {"L-1": None, "L-2": None, "L-3": "no 1", "L-4": "no ", "L-5": None}


def test_nothing_is_said_where_nothing_fails(tmp_path: Path) -> None:
    quay = Quay(tmp_path)
    (quay.conf / "Quay.xml").write_text(CONFIGURATION.replace(RULE, FAILING), encoding="utf-8")
    quay.write("crew", ["badge", "name"], [("1", "4"), ("2", "-9")])
    report = quay.run(mode=Mode.INITIAL, force=True)
    assert not [each for step in report.steps for each in step.messages if "failed" in each]
