"""Findings that point into settings files go in; the files' lines, fit to be shown, come out."""

from collections.abc import Iterable
from pathlib import Path

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.span import SourceFile
from runtime.settings.secrets import blanked


def settings_sources(conf: Path, findings: Iterable[Diagnostic]) -> dict[str, SourceFile]:
    """The settings files that findings point into, to show the lines at fault, secrets blanked."""
    names = {each.span.file for each in findings if each.span is not None}
    paths = {name: conf / name for name in names if name.endswith(".json")}
    return {
        name: SourceFile(name, blanked(path.read_text(encoding="utf-8-sig", errors="replace")))
        for name, path in paths.items()
        if path.is_file()
    }
