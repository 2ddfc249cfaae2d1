"""The reference of findings: a page for each code, its text the same wherever it is shown."""

import msgspec
import pytest

from compiler.diagnostics.codes import CODES
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.diagnostics.reference import INDEX, case_folder, diagnostics_reference, explanation
from compiler.diagnostics.render_sarif import render_sarif

PAGES = diagnostics_reference()


def test_every_code_has_a_page_and_a_line_of_the_index() -> None:
    assert set(PAGES) == {*CODES, INDEX}
    for code in CODES.values():
        assert f"[{code.code}]({code.code}.md) | {code.name} | {code.summary}" in PAGES[INDEX]


@pytest.mark.parametrize("code", CODES)
def test_page_says_code_name_and_meaning(code: str) -> None:
    lines = PAGES[code].splitlines()
    assert lines[0] == f"# {code} {CODES[code].name}"
    assert lines[2] == explanation(CODES[code])
    assert CODES[code].summary in lines[2]
    assert str(Diagnostic(code, "").severity) in lines[2] or code.startswith("I")


def test_pages_show_what_a_case_brings_about() -> None:
    with_example = {code for code, page in PAGES.items() if "is answered with" in page}
    cases = {path.name.partition("-")[0] for path in case_folder().glob("[A-Z]*") if path.suffix != ".txt"}
    assert with_example <= cases
    assert cases - with_example <= {"E104", "E109"}, "only what cannot be printed goes without an example"
    for code in with_example:
        shown = PAGES[code].partition("is answered with")[2]
        assert f"[{code}]" in shown


def test_sarif_describes_a_code_in_the_same_words() -> None:
    rules = msgspec.json.decode(render_sarif([]))["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["fullDescription"]["text"] for rule in rules} == {
        code.code: explanation(code) for code in CODES.values()
    }


def test_sarif_carries_the_page_of_a_code() -> None:
    rules = msgspec.json.decode(render_sarif([]))["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["help"]["markdown"] for rule in rules} == {code: PAGES[code] for code in CODES}
