"""One finding: what is wrong, where, what else matters, what to do.

Messages follow one rule: `message` names the things at fault, `label` says in a few words what the caret points
at, `help` says what to do. A user's mistake is returned in a `list[Diagnostic]`, never raised.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from compiler.span import Span


class Severity(StrEnum):
    """How bad a finding is: only errors stop a compilation."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_BY_LETTER = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}


class Label(Struct, frozen=True):
    """Another place that matters to a finding, with a few words of its own ("first declared here")."""

    span: Span
    text: str


class Diagnostic(Struct, frozen=True):
    """One finding. `code` is a key of `compiler.diagnostics.codes.CODES`; its first letter is the severity."""

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    related: tuple[Label, ...] = ()
    help: str = ""

    @property
    def severity(self) -> Severity:
        return _BY_LETTER[self.code[0]]


def has_errors(findings: Iterable[Diagnostic]) -> bool:
    """Whether any of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings without repetitions, by file, place and code; those without a place come first."""
    unique = dict.fromkeys(findings)
    return sorted(unique, key=lambda finding: (finding.span or ("", (0, 0), (0, 0)), finding.code, finding.message))
