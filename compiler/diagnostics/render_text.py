"""Findings to text for a person: the place, the sentence, the source line with carets under the span, what to do.

    Quay/Quay.xml:3:24: error[E120] no connector is called `Krew`
      |
    3 |   <Connection Connector="Krew" />
      |                          ^^^^ names no connector
      = help: did you mean `Crew`?

What comes from files is escaped, so that no file can drive the terminal that shows it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from unicodedata import category, east_asian_width

from compiler.diagnostics.diagnostic import Diagnostic, Severity
from compiler.span import SourceFile, Span

Sources = Callable[[str], SourceFile | None]
"""The text of a file by the name that spans give it; None when it is not at hand."""

WIDTH = 100
"""Cells of a source line that are shown; a longer line is cut around the span."""

RELATED = 5
"""Other places of a finding that are shown; the others are counted."""

_COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;36m"}
_QUIET, _STRONG, _END = "\x1b[34m", "\x1b[1m", "\x1b[0m"
_TAB = "    "
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of characters that move the cursor, turn the text around or show nothing."""


def render_text(findings: Iterable[Diagnostic], sources: Sources, color: bool = False) -> str:
    """All findings in the order given, an empty line after each, and a line that counts them; empty without any."""
    found = list(findings)
    if not found:
        return ""
    paint = _paint if color else _plain
    blocks = ["\n".join(_block(finding, sources, paint)) for finding in found]
    return "\n\n".join([*blocks, paint(_summary(found), _STRONG)]) + "\n"


def escaped(text: str) -> str:
    """The text with every character that a terminal would act upon written as an escape."""
    return "".join(map(_shown, text)) if any(category(each) in _UNSHOWN for each in text) else text


def _block(finding: Diagnostic, sources: Sources, paint: Callable[[str, str], str]) -> Iterator[str]:
    place = f"{_place(finding.span)}: " if finding.span else ""
    severity = paint(f"{finding.severity}[{finding.code}]", _COLORS[finding.severity])
    yield f"{paint(place, _STRONG)}{severity} {paint(escaped(finding.message), _STRONG)}"
    gutter = _gutter(finding)
    if finding.span:
        yield from _snippet(finding.span, "^", finding.label, gutter, sources, paint, _COLORS[finding.severity])
    for other in finding.related[:RELATED]:
        yield f"{paint(' ' * gutter + ':::', _QUIET)} {_place(other.span)}"
        yield from _snippet(other.span, "-", other.text, gutter, sources, paint, _QUIET)
    if finding.related[RELATED:]:
        yield f"{paint(' ' * gutter + ' =', _QUIET)} and {len(finding.related) - RELATED} more places"
    if finding.help:
        yield f"{paint(' ' * gutter + ' =', _QUIET)} help: {escaped(finding.help)}"


def _snippet(
    span: Span, mark: str, label: str, gutter: int, sources: Sources, paint: Callable[[str, str], str], color: str
) -> Iterator[str]:
    source = sources(span.file)
    if source is None:
        if label:
            yield f"{paint(' ' * gutter + ' =', _QUIET)} {escaped(label)}"
        return
    line = source.line(span.start.line)
    end = span.end.column if span.end.line == span.start.line else len(line) + 1
    shown, before, marked = _cut(line, span.start.column - 1, end - 1)
    bar = paint(" " * gutter + " |", _QUIET)
    yield bar
    yield f"{paint(f'{span.start.line:>{gutter}} |', _QUIET)} {shown}".rstrip()
    yield f"{bar} {' ' * before}{paint(f'{mark * max(1, marked)} {escaped(label)}'.rstrip(), color)}"


def _cut(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a line that is shown around its characters `start` to `end`, the cells before them, their cells."""
    first, last = _window(line, start, end)
    cells = [_shown(each) for each in line[first:last]]
    left, right = "…" if first else "", "…" if last < len(line) else ""
    before = len(left) + sum(map(_width, cells[: start - first]))
    marked = sum(map(_width, cells[start - first : end - first]))
    return left + "".join(cells) + right, before, marked


def _window(line: str, start: int, end: int) -> tuple[int, int]:
    """The characters to show, at most `WIDTH` cells: the span as far as it fits, with the same room on both sides."""
    room = WIDTH - sum(_width(_shown(each)) for each in line[start : min(end, start + WIDTH)])
    if len(line) <= WIDTH and sum(_width(_shown(each)) for each in line) <= WIDTH:
        return 0, len(line)
    first = _reach(line, range(start - 1, -1, -1), max(room // 2, WIDTH // 5))
    used = sum(_width(_shown(each)) for each in line[start - first : start])
    last = _reach(line, range(start, len(line)), WIDTH - used)
    return start - first, start + last


def _reach(line: str, places: Iterable[int], room: int) -> int:
    """How many of the characters at `places` fit into `room` cells."""
    count = 0
    for at in places:
        room -= _width(_shown(line[at]))
        if room < 0:
            break
        count += 1
    return count


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    if category(character) not in _UNSHOWN:
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{{{number:x}}}"


def _width(shown: str) -> int:
    """The cells that a terminal gives to a shown character."""
    if len(shown) > 1 or shown.isascii():
        return len(shown)
    return 0 if category(shown) in ("Mn", "Me") else 2 if east_asian_width(shown) in "WF" else 1


def _place(span: Span) -> str:
    return f"{escaped(span.file)}:{span.start.line}:{span.start.column}"


def _gutter(finding: Diagnostic) -> int:
    lines = [label.span.start.line for label in finding.related] + ([finding.span.start.line] if finding.span else [])
    return len(str(max(lines, default=1)))


def _summary(findings: list[Diagnostic]) -> str:
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(
        f"{counts[severity]} {severity}{'s' if counts[severity] > 1 else ''}"
        for severity in Severity
        if counts[severity]
    )


def _paint(text: str, color: str) -> str:
    return f"{color}{text}{_END}" if text else ""


def _plain(text: str, _color: str) -> str:
    return text
