"""The spine as a whole: what comes out for sound, unsound and mutilated configurations."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.catalogue.catalogue import Catalogue
from compiler.parse import Sources
from compiler.pipeline import compile_folder, compile_sources, digest
from compiler.plan.codec import encode
from tests.compiler.test_cases import CASES, GARDEN, NAMES, sources_of

GARDEN_DATA = (CASES / GARDEN).read_bytes()
_ATTRIBUTE = re.compile(rb' [A-Za-z_0-9]+="[^"]*"')
_VALUE = re.compile(rb'"([^"]*)"')
_LINE = re.compile(rb"^.*\n", re.MULTILINE)


def _compiles(data: bytes, catalogue: Catalogue) -> None:
    """A plan or an error with a message, never an exception, and every place inside its file."""
    compilation = compile_sources([(GARDEN, data)], catalogue)
    assert (compilation.plan is None) == any(found.code[0] == "E" for found in compilation.findings)
    for found in compilation.findings:
        assert found.message
        if found.span is not None:
            assert found.span.start <= found.span.end
            assert found.span.start.line <= compilation.sources[GARDEN].text.count("\n") + 1


def _without(pattern: re.Pattern[bytes], step: int) -> Iterator[bytes]:
    for found in list(pattern.finditer(GARDEN_DATA))[::step]:
        yield GARDEN_DATA[: found.start()] + GARDEN_DATA[found.end() :]


def test_deleting_any_attribute_ends_in_findings(catalogue: Catalogue) -> None:
    for data in _without(_ATTRIBUTE, 1):
        _compiles(data, catalogue)


def test_deleting_any_line_ends_in_findings(catalogue: Catalogue) -> None:
    for data in _without(_LINE, 1):
        _compiles(data, catalogue)


def test_truncating_anywhere_ends_in_findings(catalogue: Catalogue) -> None:
    for length in range(0, len(GARDEN_DATA), 97):
        _compiles(GARDEN_DATA[:length], catalogue)


ODD_VALUES = (b"", b" ", b"x", b"-1", b"true", b"Staff_Person:House", b"C#:x:return ", b"&#x10FFFF;")


@pytest.mark.parametrize("text", ODD_VALUES)
def test_any_value_in_any_place_ends_in_findings(text: bytes, catalogue: Catalogue) -> None:
    for found in list(_VALUE.finditer(GARDEN_DATA))[3::3]:
        _compiles(GARDEN_DATA[: found.start(1)] + text + GARDEN_DATA[found.end(1) :], catalogue)


def test_swapping_neighbouring_values_ends_in_findings(catalogue: Catalogue) -> None:
    values = list(_VALUE.finditer(GARDEN_DATA))[3:]
    for first, second in zip(values, values[1:], strict=False):
        between = GARDEN_DATA[first.end(1) : second.start(1)]
        swapped = second[1] + between + first[1]
        _compiles(GARDEN_DATA[: first.start(1)] + swapped + GARDEN_DATA[second.end(1) :], catalogue)


def test_findings_of_several_files_come_together(catalogue: Catalogue) -> None:
    files: Sources = [("a.xml", b"<"), ("b.xml", b"<ConfigurationFile><Nothing/></ConfigurationFile>")]
    compilation = compile_sources(files, catalogue)
    assert {found.span.file for found in compilation.findings if found.span} == {"a.xml", "b.xml"}
    assert compilation.plan is None


def test_a_file_that_is_no_xml_silences_what_others_refer_to(catalogue: Catalogue) -> None:
    connection = b'<Connection Identifier="A" DisplayName_L1="A" Connector="B" Package="Garden.Tree" />'
    files = [("a.xml", b"<"), ("b.xml", b"<ConfigurationFile>" + connection + b"</ConfigurationFile>")]
    assert "E120" not in {found.code for found in compile_sources(files, catalogue).findings}


def test_the_digest_knows_names_and_bytes_but_no_order() -> None:
    files = [("a.xml", b"1"), ("b.xml", b"2")]
    assert digest(files) == digest(files[::-1])
    assert len({digest(files), digest([("a.xml", b"12"), ("b.xml", b"")]), digest([("a.xml", b"1")])}) == 3


def test_the_same_files_give_the_same_plan(catalogue: Catalogue) -> None:
    first, second = (compile_sources([(GARDEN, GARDEN_DATA)], catalogue).plan for _ in range(2))
    assert first is not None and second is not None
    assert encode(first) == encode(second)


def test_a_folder_is_compiled_as_one(tmp_path: Path, catalogue: Catalogue) -> None:
    lines = GARDEN_DATA.decode().split("\n\n")
    (tmp_path / "Deep").mkdir()
    root = "".join(f"{line}\n" for line in lines[0].splitlines()[:2])
    (tmp_path / "Deep" / "rest.xml").write_text(root + "\n".join(lines[1:]))
    (tmp_path / "first.xml").write_text(lines[0] + "\n</ConfigurationFile>\n")
    compilation = compile_folder(tmp_path, catalogue)
    assert compilation.findings == []
    assert compilation.plan is not None
    assert set(compilation.sources) == {"Deep/rest.xml", "first.xml"}


def test_a_folder_that_does_not_exist_is_a_finding(tmp_path: Path, catalogue: Catalogue) -> None:
    compilation = compile_folder(tmp_path / "nowhere", catalogue)
    assert [found.code for found in compilation.findings if found.code[0] == "E"] == ["E100"]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(("W", "I"))])
def test_an_error_leaves_no_plan(name: str, catalogue: Catalogue) -> None:
    assert compile_sources(sources_of(name), catalogue).plan is None


def test_two_processes_find_what_one_finds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.compiler.in_two", "5"], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "different: none" in done.stdout
