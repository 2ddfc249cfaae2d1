"""Findings to SARIF 2.1.0 (OASIS) for code hosts: one run, rules from the table of codes, a result per finding."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from compiler.diagnostics.codes import CODES, Code
from compiler.diagnostics.diagnostic import Diagnostic, Severity
from compiler.diagnostics.reference import diagnostics_page, explanation
from compiler.span import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_INDEX = {code: index for index, code in enumerate(CODES)}


def render_sarif(findings: Iterable[Diagnostic]) -> str:
    """A SARIF log; places are relative to the configuration folder, columns count characters."""
    driver = {"name": "accordant", "rules": [_rule(code) for code in CODES.values()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"CONFIGURATION": {"description": {"text": "The configuration folder."}}},
        "results": [_result(finding) for finding in findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rule(code: Code) -> dict[str, Any]:
    level = _LEVELS[Diagnostic(code.code, "").severity]
    return {
        "id": code.code,
        "name": code.name,
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": explanation(code)},
        "help": {"text": explanation(code), "markdown": diagnostics_page(code)},
        "defaultConfiguration": {"level": level},
    }


def _result(finding: Diagnostic) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": _INDEX[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}; {finding.help}" if finding.help else finding.message},
    }
    if finding.span:
        result["locations"] = [_location(finding.span, finding.label)]
    if finding.related:
        result["relatedLocations"] = [_location(label.span, label.text) for label in finding.related]
    return result


def _location(span: Span, text: str) -> dict[str, Any]:
    region = {
        "startLine": span.start.line,
        "startColumn": span.start.column,
        "endLine": span.end.line,
        "endColumn": span.end.column,
    }
    artifact = {"uri": quote(span.file), "uriBaseId": "CONFIGURATION"}
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    return location | {"message": {"text": text}} if text else location
