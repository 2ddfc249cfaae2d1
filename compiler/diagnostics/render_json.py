"""Findings to JSON lines for a machine: one object per finding and line, in the order given."""

from collections.abc import Iterable

import msgspec

from compiler.diagnostics.codes import CODES
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.span import Span


class Place(msgspec.Struct, frozen=True):
    """Where: lines and columns from 1, columns in characters, the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Related(msgspec.Struct, frozen=True):
    """Another place that matters, and why."""

    place: Place
    text: str


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding as a machine reads it; what is empty is left out."""

    code: str
    name: str
    severity: str
    message: str
    place: Place | None = None
    label: str = ""
    help: str = ""
    related: tuple[Related, ...] = ()


def render_json(findings: Iterable[Diagnostic]) -> str:
    """The findings as JSON lines; empty without any."""
    return "".join(msgspec.json.encode(_finding(finding)).decode() + "\n" for finding in findings)


def _finding(finding: Diagnostic) -> Finding:
    return Finding(
        code=finding.code,
        name=CODES[finding.code].name,
        severity=finding.severity,
        message=finding.message,
        place=_place(finding.span) if finding.span else None,
        label=finding.label,
        help=finding.help,
        related=tuple(Related(_place(label.span), label.text) for label in finding.related),
    )


def _place(span: Span) -> Place:
    return Place(span.file, *span.start, *span.end)
