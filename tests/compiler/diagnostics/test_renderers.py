"""Findings as text, JSON lines and SARIF."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.codes import CODES
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.diagnostics.render_json import render_json
from compiler.diagnostics.render_sarif import render_sarif
from compiler.diagnostics.render_text import WIDTH, render_text
from compiler.span import SourceFile

QUAY = SourceFile(
    "Quay/Quay.xml",
    '<ConfigurationFile>\n\t<Connector Identifier="Crew" />\n  <Connector Identifier="Crew"\n    Agent="Pier" />\n',
)
TWICE = Diagnostic(
    "E164",
    "the connector `Crew` is declared twice",
    QUAY.span(QUAY.text.rindex("Crew"), QUAY.text.rindex("Crew") + 4),
    "declared again",
    (Label(QUAY.span(QUAY.text.index("Crew"), QUAY.text.index("Crew") + 4), "first declared here"),),
    "rename one of them",
)


def text(*findings: Diagnostic, source: SourceFile = QUAY) -> str:
    return render_text(findings, {source.name: source}.get)


def test_a_finding_shows_its_place_its_related_places_and_its_help() -> None:
    assert text(TWICE) == (
        "Quay/Quay.xml:3:26: error[E164] the connector `Crew` is declared twice\n"
        "  |\n"
        '3 |   <Connector Identifier="Crew"\n'
        "  |                          ^^^^ declared again\n"
        " ::: Quay/Quay.xml:2:25\n"
        "  |\n"
        '2 |     <Connector Identifier="Crew" />\n'
        "  |                            ---- first declared here\n"
        "  = help: rename one of them\n"
        "\n"
        "1 error\n"
    )


def test_findings_without_place_or_source_are_shown_without_source() -> None:
    nowhere = Diagnostic("E100", "the configuration folder `conf` does not exist", help="give another folder")
    assert text(nowhere, source=QUAY).splitlines()[:2] == [
        "error[E100] the configuration folder `conf` does not exist",
        "  = help: give another folder",
    ]
    assert render_text([TWICE], lambda name: None).splitlines()[:2] == [
        "Quay/Quay.xml:3:26: error[E164] the connector `Crew` is declared twice",
        "  = declared again",
    ]


def test_the_last_line_counts() -> None:
    warning = Diagnostic("W101", "the XML declaration is missing", QUAY.span(0, 1))
    assert text(TWICE, TWICE, warning).splitlines()[-1] == "2 errors, 1 warning"
    assert text() == ""


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    start = QUAY.text.rindex("<Connector")
    lines = text(Diagnostic("E173", "x", QUAY.span(start, len(QUAY.text) - 1))).splitlines()
    assert lines[2:4] == ['3 |   <Connector Identifier="Crew"', "  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^"]


def test_wide_characters_and_tabs_keep_the_caret_in_its_place() -> None:
    source = SourceFile("a.xml", '\t<A 船="e\u0301🚢" B="x"/>')
    at = source.text.index("B=")
    shown, carets = text(Diagnostic("E110", "x", source.span(at, at + 5)), source=source).splitlines()[2:4]
    assert shown == '1 |     <A 船="e\u0301🚢" B="x"/>'
    cells = 4 + 4 + len("<A ") + 2 + len('="') + 1 + 2 + len('" ')
    assert carets == "  |" + " " * (cells - 3) + "^^^^^"


def test_a_long_line_is_cut_around_the_span() -> None:
    source = SourceFile("a.xml", f'<A {"x" * 500} Bad="1" {"y" * 100_000}/>')
    at = source.text.index("Bad")
    shown, carets = text(Diagnostic("E110", "x", source.span(at, at + 7), "here"), source=source).splitlines()[2:4]
    assert len(shown) <= WIDTH + 6
    assert shown.startswith("1 | …") and shown.endswith("…")
    start = carets.index("^")
    assert shown[start : start + 7] == 'Bad="1"'
    assert carets.endswith("^^^^^^^ here")


def test_a_span_longer_than_the_line_that_is_shown_is_marked_as_far_as_it_is_shown() -> None:
    source = SourceFile("a.xml", "z" * 1000)
    shown, carets = text(Diagnostic("E110", "x", source.span(300, 900)), source=source).splitlines()[2:4]
    assert len(carets) <= len(shown) <= WIDTH + 6


def test_a_place_behind_the_end_of_a_line_still_gets_a_caret() -> None:
    source = SourceFile("a.xml", "<A>")
    assert text(Diagnostic("E103", "x", source.span(3, 4)), source=source).splitlines()[3] == "  |    ^"


def test_nothing_from_a_file_drives_the_terminal() -> None:
    evil = "\x1b[2J\x07\u202eevil\u200b\x9b\r"
    source = SourceFile(f"{evil}.xml", f'<A b="{evil}"/>')
    finding = Diagnostic("E110", f"`{evil}`\n", source.span(6, 9), evil, (Label(source.span(0, 2), evil),), evil)
    shown = text(finding, source=source)
    assert all(unicodedata.category(each) not in ("Cc", "Cf") for each in shown if each != "\n")
    assert "\\x1b[2J\\x07\\u{202e}evil\\u{200b}\\x9b\\x0d" in shown
    assert len(shown.splitlines()) == 11


def test_color_changes_nothing_but_color() -> None:
    import re

    colored = render_text([TWICE], {QUAY.name: QUAY}.get, color=True)
    assert "\x1b[1;31merror[E164]\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == text(TWICE)


@given(st.text(max_size=300), st.integers(0, 310), st.integers(0, 310))
def test_every_span_of_every_text_can_be_shown(content: str, start: int, length: int) -> None:
    source = SourceFile("a.xml", content)
    finding = Diagnostic("E103", "x", source.span(min(start, len(content)), min(start + length, len(content))))
    shown, carets = text(finding, source=source).split("\n")[2:4]
    assert "^" in carets
    assert len(shown) <= 4 + 6 + WIDTH


def test_json_lines_hold_everything() -> None:
    lines = render_json([TWICE, Diagnostic("W143", "no language")]).splitlines()
    first, second = map(json.loads, lines)
    place = {"file": "Quay/Quay.xml", "line": 3, "column": 26, "end_line": 3, "end_column": 30}
    assert (first["code"], first["name"], first["severity"]) == ("E164", CODES["E164"].name, "error")
    assert (first["place"], first["label"], first["help"]) == (place, "declared again", "rename one of them")
    assert first["related"][0]["place"]["line"] == 2
    assert second == {"code": "W143", "name": "no-language", "severity": "warning", "message": "no language"}
    assert render_json([]) == ""


def test_json_lines_stay_lines() -> None:
    assert render_json([Diagnostic("E113", "`a\nb\u2028c`")]).count("\n") == 1


@pytest.mark.parametrize(("code", "level"), [("E164", "error"), ("W143", "warning")])
def test_sarif_names_rule_level_and_region(code: str, level: str) -> None:
    log = json.loads(render_sarif([Diagnostic(code, "m", TWICE.span, "l", TWICE.related, "h"), Diagnostic(code, "m")]))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CODES)
    located, unlocated = run["results"]
    assert (located["ruleId"], located["level"], rules[located["ruleIndex"]]["id"]) == (code, level, code)
    assert rules[located["ruleIndex"]]["defaultConfiguration"] == {"level": level}
    physical = located["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "Quay/Quay.xml", "uriBaseId": "CONFIGURATION"}
    assert physical["region"] == {"startLine": 3, "startColumn": 26, "endLine": 3, "endColumn": 30}
    assert located["relatedLocations"][0]["message"] == {"text": "first declared here"}
    assert located["message"] == {"text": "m; h"}
    assert "locations" not in unlocated
    assert run["columnKind"] == "unicodeCodePoints"


def test_sarif_paths_are_uris() -> None:
    span = SourceFile("Quay Süd/100%.xml", "x").span(0, 1)
    log = json.loads(render_sarif([Diagnostic("E103", "m", span)]))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "Quay%20S%C3%BCd/100%25.xml"


def test_of_many_other_places_some_are_shown_and_the_rest_counted() -> None:
    source = SourceFile("Quay.xml", "<Connection />\n" * 40)
    spans = [source.span(at * 15 + 1, at * 15 + 11) for at in range(40)]
    others = tuple(Label(each, "here too") for each in spans[1:])
    finding = Diagnostic("E120", "there is no X", spans[0], related=others)
    shown = render_text([finding], {"Quay.xml": source}.get)
    assert shown.count("here too") == 5
    assert "and 34 more places" in shown
    assert render_json([finding]).count("here too") == render_sarif([finding]).count("here too") == 39
