"""What an editor works with: the schemas that `accordant schema` writes accept the samples and refuse mistakes."""

import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from tests.runtime.cli.command import ROOT, accordant

SAMPLES = sorted(path for path in (ROOT / "samples").iterdir() if path.is_dir())
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    assert accordant("schema", folder).code == 0
    return folder


def editor(written: Path) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((written / ".vscode/settings.json").read_bytes())
    return found


def xmllint(written: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    """Validate against the XSD that the editor's settings name."""
    schema = written / editor(written)["xml.fileAssociations"][0]["systemId"]
    command = ["xmllint", "--nonet", "--noout", "--schema", str(schema), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def settings_schema(written: Path) -> Any:
    schema = msgspec.json.decode((written / editor(written)["json.schemas"][0]["url"]).read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def settings_of(sample: Path) -> Any:
    text = (sample / "appsettings.agent.json").read_text(encoding="utf-8")
    return msgspec.json.decode(_COMMENT.sub("", text))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_written_xsd_accepts_the_sample(sample: Path, written: Path) -> None:
    files = sorted(sample.rglob("*.xml"))
    done = xmllint(written, *files)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" validates") == len(files) > 0


def test_the_written_xsd_refuses_a_mistake_at_its_line(written: Path, tmp_path: Path) -> None:
    text = (ROOT / "samples/harbor/Port.xml").read_text(encoding="utf-8")
    wrong = tmp_path / "Port.xml"
    wrong.write_text(text.replace('IsProvisioningEnabled="true"', 'IsProvisioningEnabled="perhaps"'), encoding="utf-8")
    done = xmllint(written, wrong)
    assert done.returncode != 0
    assert "Port.xml:5:" in done.stderr and "IsProvisioningEnabled" in done.stderr


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_written_json_schema_accepts_the_settings(sample: Path, written: Path) -> None:
    found = [error.message for error in settings_schema(written).iter_errors(settings_of(sample))]
    assert not found


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: settings["Connections"]["Persons"].update(Path=3),
        lambda settings: settings["Connections"]["Persons"].update(Separatr=";"),
        lambda settings: settings.update(Connections=[]),
        lambda settings: settings.update(SourcesRootPaths="data"),
    ],
)
def test_the_written_json_schema_refuses_mistakes(change: Any, written: Path) -> None:
    settings = settings_of(ROOT / "samples/harbor")
    change(settings)
    assert list(settings_schema(written).iter_errors(settings))


def test_an_author_is_told_what_each_attribute_is(written: Path) -> None:
    """Hover texts come from the schemas: no attribute and no key goes without one."""
    import lxml.etree as etree

    xs = "{http://www.w3.org/2001/XMLSchema}"
    for path in (written / "schemas").glob("*.xsd"):
        for each in etree.parse(path).iter(f"{xs}attribute"):
            assert each.find(f"{xs}annotation/{xs}documentation") is not None, (path.name, each.get("name"))
    schema = msgspec.json.decode((written / editor(written)["json.schemas"][0]["url"]).read_bytes())
    for name, declared in schema["$defs"].items():
        for key, value in declared.get("properties", {}).items():
            assert value.get("description"), (name, key)
