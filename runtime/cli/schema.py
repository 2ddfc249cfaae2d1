"""`accordant schema`: a folder in; XSDs, JSON Schema, pages of reference and an editor's settings in it out."""

from pathlib import Path

import click
import msgspec

from compiler.catalogue.reference import json_schema, reference_page
from compiler.diagnostics.reference import diagnostics_reference
from compiler.schema.grammar import schema_folder
from runtime import registry
from runtime.cli.views.stream import tell
from runtime.workspace import write_atomic

ROOT = "configuration.xsd"
SETTINGS = "appsettings.agent.schema.json"
EDITOR = ".vscode/settings.json"


@click.command("schema")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> int:
    """Write XSDs, JSON Schema and editor settings into a folder.

    With FOLDER as the root of a configuration, an editor that reads .vscode/settings.json checks and completes the
    XML and the settings as they are typed.
    """
    files = _files()
    for name, data in files.items():
        path = folder / name
        if name == EDITOR and path.exists() and path.read_bytes() != data:
            tell(f"{path} is yours and stays as it is; it needs: {_json(_editor()).decode()}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
    tell(f"{folder}: {len(files)} files")
    return 0


def _files() -> dict[str, bytes]:
    """What is written, by its path below the folder."""
    packages = registry.catalogue().packages
    chapters = {f"schemas/{path.name}": path.read_bytes() for path in sorted(schema_folder().glob("*.xsd"))}
    pages = {f"reference/{package.alias}.md": reference_page(package).encode() for package in packages}
    findings = {f"reference/diagnostics/{name}.md": text.encode() for name, text in diagnostics_reference().items()}
    settings = {f"schemas/{SETTINGS}": _json(json_schema(packages)), EDITOR: _json(_editor())}
    return chapters | pages | findings | settings


def _editor() -> dict[str, object]:
    """Settings of Visual Studio Code, for its XML and JSON support."""
    return {
        "xml.fileAssociations": [{"pattern": "**/*.xml", "systemId": f"schemas/{ROOT}"}],
        "json.schemas": [
            {"fileMatch": ["appsettings.agent.json", "appsettings.agent.*.json"], "url": f"./schemas/{SETTINGS}"}
        ],
        "files.associations": {"appsettings*.json": "jsonc"},
    }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
