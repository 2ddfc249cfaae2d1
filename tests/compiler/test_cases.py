"""The table of all findings: `cases/<CODE>-<what>.xml` and beside it, in a `.txt`, what a person is shown.

A case is one file, or several that follow marker lines (`<!-- file: b.xml -->`). One that says `beside: _garden.xml`
is compiled together with that sound configuration. `--update` writes the texts anew: read the difference.
"""

import re
from pathlib import Path

import pytest

from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.codes import CODES
from compiler.diagnostics.render_text import render_text
from compiler.pipeline import Compilation, compile_sources

CASES = Path(__file__).parent / "cases"
GARDEN = "_garden.xml"
NAMES = sorted(path.stem for path in CASES.glob("*.xml") if path.name != GARDEN)

ELSEWHERE = {
    "E100": "files that cannot be read, in tests/compiler/source/test_files.py",
    "E320": "what a deployment would lose, in tests/runtime/cli/test_deployments.py",
}
"""Codes that no text of XML can bring about, and where they are tested. Codes of settings files are left out by number:
E107, W108 and from E500 on they come from JSON, in tests/runtime/settings/test_cases.py."""

_MARKER = re.compile(rb"^<!-- file: (\S+) -->\n", re.MULTILINE)
_SETTINGS = re.compile(r"E107|W108|W181|W330|[EWI]5\d\d")


def sources_of(name: str) -> list[tuple[str, bytes]]:
    """The files of a case, as the compiler gets them."""
    data = (CASES / f"{name}.xml").read_bytes()
    first, *marked = _MARKER.split(data)
    files = [(marked[at].decode(), marked[at + 1]) for at in range(0, len(marked), 2)] or [(f"{name}.xml", first)]
    garden = [(GARDEN, (CASES / GARDEN).read_bytes())]
    return garden + files if b"<!-- beside: _garden.xml -->" in data else files


def rendering(compilation: Compilation) -> str:
    return render_text(compilation.findings, compilation.sources.get)


@pytest.mark.parametrize("name", NAMES)
def test_case_is_rendered_as_written(name: str, catalogue: Catalogue, request: pytest.FixtureRequest) -> None:
    compilation = compile_sources(sources_of(name), catalogue)
    shown = rendering(compilation)
    text = CASES / f"{name}.txt"
    if request.config.getoption("--update"):
        text.write_text(shown, encoding="utf-8")
    assert shown == text.read_text(encoding="utf-8")
    assert name.partition("-")[0] in {finding.code for finding in compilation.findings}
    assert (compilation.plan is None) == any(finding.code.startswith("E") for finding in compilation.findings)


def test_the_garden_itself_is_sound(catalogue: Catalogue) -> None:
    compilation = compile_sources([(GARDEN, (CASES / GARDEN).read_bytes())], catalogue)
    assert rendering(compilation) == ""
    assert compilation.plan is not None


def test_every_code_has_a_case() -> None:
    covered = {name.partition("-")[0] for name in NAMES}
    needed = {code for code in CODES if not _SETTINGS.fullmatch(code)}
    assert needed - covered == ELSEWHERE.keys()
    assert covered <= CODES.keys()


def test_every_text_belongs_to_a_case() -> None:
    settings = {path.stem for path in CASES.glob("*.json")}  # tests/runtime/settings/test_cases.py
    assert {path.stem for path in CASES.glob("*.txt")} == {*NAMES, *settings}
