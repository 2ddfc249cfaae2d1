"""`accordant schema`: what it writes is what the schemas and packages are, and an author's own settings stay."""

from pathlib import Path

import msgspec

from runtime.registry import catalogue
from tests.runtime.cli.command import HARBOR, ROOT, accordant


def test_writes_schemas_reference_and_editor_settings(tmp_path: Path) -> None:
    assert accordant("schema", tmp_path).code == 0
    for path in (ROOT / "schemas").glob("*.xsd"):
        assert (tmp_path / "schemas" / path.name).read_bytes() == path.read_bytes()
    pages = {path.stem for path in (tmp_path / "reference").glob("*.md")}
    assert pages == {package.alias for package in catalogue().packages}
    editor = msgspec.json.decode((tmp_path / ".vscode" / "settings.json").read_bytes())
    assert (tmp_path / editor["xml.fileAssociations"][0]["systemId"]).exists()
    assert (tmp_path / editor["json.schemas"][0]["url"]).exists()


def test_an_editors_own_settings_stay(tmp_path: Path) -> None:
    mine = tmp_path / ".vscode" / "settings.json"
    mine.parent.mkdir()
    mine.write_text('{"editor.tabSize": 3}', encoding="utf-8")
    done = accordant("schema", tmp_path)
    assert done.code == 0
    assert "stays as it is" in done.err
    assert mine.read_text(encoding="utf-8") == '{"editor.tabSize": 3}'


def test_json_schema_knows_every_section_of_the_sample(tmp_path: Path) -> None:
    accordant("schema", tmp_path)
    schema = msgspec.json.decode((tmp_path / "schemas" / "appsettings.agent.schema.json").read_bytes())
    text = (HARBOR / "appsettings.agent.json").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("//")]
    settings = msgspec.json.decode("\n".join(lines))
    assert set(settings) <= set(schema["properties"])
    known = [set(each["properties"]) for each in schema["$defs"].values()]
    for section in settings["Connections"].values():
        assert any(set(section) <= keys for keys in known), section
