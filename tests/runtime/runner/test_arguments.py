"""`ArgumentsExpression` in a real run: what it makes of each order stands in the order's JSON."""

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from runtime.contract import Mode
from runtime.runner.report import ExitCode, Stage
from tests.runtime.runner.test_runner import CONFIGURATION, Quay

EXPRESSION = """C#:person:
  if (provisioningOrder == null || provisioningOrder.ChangeType.IsNone()) { return null; }
  var arguments = new System.Collections.Generic.Dictionary<string, string>();
  var procedure = "Change";
  if (provisioningOrder.ChangeType.IsAdded() || provisioningOrder.HasChanged("number")) { procedure = "Issue"; }
  else if (provisioningOrder.ChangeType.IsDeleted()) { procedure = "Return"; }
  arguments.Add("Procedure", procedure);
  if (provisioningOrder.TryGetScalar("holder", out var holder) && holder != null) {
    arguments.Add("Label", holder.ToUpper() + " of " + (person?.Badge ?? "nobody"));
    var lockers = queryHandler.Select<Locker>("Select Id Where number=\\"old-" + person.Badge.ToString() + "\\"");
    if (lockers.Any()) { arguments.Add("Copy", lockers.FirstOrDefault().Id.ToString()); }
  }
  if (provisioningOrder.TryGetAddedNavigations("hall", out var halls)) {
    arguments.Add("Halls", string.Join(",", halls.Select(h => h.Code)) + " instead of "
      + (provisioningOrder.TryGetRemovedNavigations("hall", out var left) ? left.First().Code : "none"));
  }
  return arguments;"""

HALLS = """
  <EntityType Identifier="Hall">
    <Property Identifier="Code" IsKey="true" />
    <Property Identifier="Lockers" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Locker_Hall" DisplayName_L1="Hall" Property1="Locker:hall" Property2="Hall:Lockers"
                     IsProperty1Collection="false" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Hall" Connector="Stores" ConnectionTable="Halls">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <Connection Identifier="Halls" DisplayName_L1="Halls" Connector="Stores" Package="Usercube.CSV@0000001" />
  <EntityAssociationMapping Identifier="Locker_Hall" Connector="Stores" ConnectionTable="Lockers"
      EntityPropertyMapping1="Locker:number" Column1="number" EntityPropertyMapping2="Hall:Code" Column2="hall" />
  <Policy """


def configuration(expression: str) -> str:
    """The quay with halls, and an expression for the arguments of its orders."""
    written = CONFIGURATION.replace("  <Policy ", HALLS, 1)
    written = written.replace(
        '<Property Identifier="holder" />',
        '<Property Identifier="holder" /><Property Identifier="hall" Type="ForeignKey" />',
    )
    written = written.replace(
        "<TypeRule />",
        '<TypeRule /><QueryRule Property="hall" TargetMatchedConfidenceLevel="100" SourceBinding="Badge" '
        'TargetExpression="C#:h:return h.Code.Replace(&quot;hall-&quot;, &quot;&quot;);" />',
    )
    written = written.replace(
        'MaximumInsertPercent="0"',
        f'MaximumInsertPercent="0" RemoveOrphans="true" ArgumentsExpression={quoteattr(expression)}',
    )
    return written


def configured(folder: Path, expression: str = EXPRESSION) -> Quay:
    """A quay of that configuration, with two of a crew."""
    quay = Quay(folder)
    (quay.conf / "Quay.xml").write_text(configuration(expression), encoding="utf-8")
    settings = json.loads((quay.conf / "appsettings.agent.json").read_text(encoding="utf-8"))
    settings["Connections"]["Halls"] = {"Path": "halls.csv"}
    (quay.conf / "appsettings.agent.json").write_text(json.dumps(settings), encoding="utf-8")
    quay.write("crew", ["badge", "name"], [("1", "Ann"), ("2", "Bé")])
    quay.write("halls", ["code"], [("hall-1",), ("hall-9",)])
    quay.write("lockers", ["number", "holder", "hall"], [("old-2", "", "")])
    return quay


def arguments(quay: Quay) -> dict[tuple[str, str | None], Any]:
    """The arguments of every order that was sent, by kind of change and owner."""
    found = {}
    for each in quay.out.glob("*.json"):
        order = json.loads(each.read_text(encoding="utf-8"))
        found[order["ChangeType"], order["Owner"].get("Name")] = order.get("Arguments")
        each.unlink()
    return found


def test_arguments_of_creations_changes_and_deletions(tmp_path: Path) -> None:
    quay = configured(tmp_path)
    assert quay.run(mode=Mode.INITIAL, force=True).exit_code is ExitCode.DONE
    found = arguments(quay)
    assert found["Added", "Bé"].pop("Copy").isdecimal()
    assert found == {
        ("Added", "Ann"): {"Procedure": "Issue", "Label": "ANN of 1", "Halls": "hall-1 instead of none"},
        ("Added", "Bé"): {"Procedure": "Issue", "Label": "BÉ of 2"},
    }
    quay.write("lockers", ["number", "holder", "hall"], [("L-1", "Ann", "hall-1"), ("L-2", "Bé", "")])
    assert quay.run(force=True).exit_code is ExitCode.DONE
    quay.write("crew", ["badge", "name"], [("1", "Anna")])
    assert quay.run(force=True).exit_code is ExitCode.DONE
    assert arguments(quay) == {
        ("Modified", "Anna"): {"Procedure": "Change", "Label": "ANNA of 1"},
        ("Deleted", None): {"Procedure": "Return"},
    }


def test_no_arguments_leave_no_trace(tmp_path: Path) -> None:
    quay = configured(tmp_path, "C#:return null;")
    assert quay.run(mode=Mode.INITIAL, force=True).exit_code is ExitCode.DONE
    assert arguments(quay) == {("Added", "Ann"): None, ("Added", "Bé"): None}


def test_arguments_follow_the_expression_while_an_order_waits(tmp_path: Path) -> None:
    quay = configured(tmp_path, 'C#:p:return new Dictionary<string, string> { { "By", p.Name } };')
    assert (
        quay.run(mode=Mode.INITIAL, force=True, stages=frozenset({*Stage} - {Stage.FULFIL})).exit_code is ExitCode.DONE
    )
    other = 'C#:p:return new Dictionary<string, string> { { "By", p.Badge }, { "None", null } };'
    (quay.conf / "Quay.xml").write_text(configuration(other), encoding="utf-8")
    assert quay.run(force=True).exit_code is ExitCode.DONE
    assert arguments(quay) == {("Added", "Ann"): {"By": "1", "None": None}, ("Added", "Bé"): {"By": "2", "None": None}}
