"""The table of findings in settings: `tests/compiler/cases/<CODE>-<what>.json`, beside it what a person is shown.

Each is the settings file of one small configuration. `--update` writes the texts anew: read the difference.
"""

import re
from pathlib import Path

import pytest

from compiler.diagnostics.codes import CODES
from compiler.diagnostics.reference import case_folder, diagnostics_reference
from tests.runtime.cli.command import accordant

CASES = case_folder()
NAMES = sorted(path.stem for path in CASES.glob("*.json"))

ELSEWHERE = {
    "E505": "what a run needs, in tests/runtime/settings/test_load.py; `validate` says W181",
    "W506": "two files, in tests/runtime/settings/test_load.py",
    "W509": "plug-ins, in tests/runtime/test_registry.py",
    "E510": "what a run needs, in tests/runtime/cli",
}
"""Codes that no settings file alone can bring about, and where they are tested."""

TREE = '<Connection Identifier="StaffTree" DisplayName_L1="Staff tree" Connector="Staff" Package="ldap" />'
PORT = """<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile>
  <Language Code="en-GB" IndicatorNumber="1" />
  <Connector Identifier="Staff" DisplayName_L1="Personnel office" Agent="Local" />
  <Connection Identifier="StaffList" DisplayName_L1="Staff list" Connector="Staff" Package="csv" />
  <EntityType Identifier="Staff_Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
  </EntityType>
  <EntityTypeMapping Identifier="Staff_Person" Connector="Staff" ConnectionTable="StaffList_persons">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
  </EntityTypeMapping>
</ConfigurationFile>
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_settings_file_is_answered_as_written(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    settings = (CASES / f"{name}.json").read_text(encoding="utf-8")
    port = PORT.replace("  <EntityType ", f"  {TREE}\n  <EntityType ", 1) if "StaffTree" in settings else PORT
    (tmp_path / "Staff.xml").write_text(port, encoding="utf-8")
    (tmp_path / "appsettings.agent.json").write_text(settings, encoding="utf-8")
    shown = accordant("validate", tmp_path, "--no-cache").out.replace(str(tmp_path), "/port")
    text = CASES / f"{name}.txt"
    if request.config.getoption("--update"):
        text.write_text(shown, encoding="utf-8")
    assert shown == text.read_text(encoding="utf-8")
    assert f"[{name.partition('-')[0]}]" in shown


def test_every_code_of_settings_has_a_case_and_a_page_that_shows_it() -> None:
    needed = {code for code in CODES if re.fullmatch(r"E107|W108|W181|W330|[EWI]5\d\d", code)}
    covered = {name.partition("-")[0] for name in NAMES}
    assert needed - covered == ELSEWHERE.keys()
    pages = diagnostics_reference()
    assert all("```json" in pages[code] for code in covered)
