"""The table of codes and the cases that bring each about go in; a page for every code, and an index, come out.

A case is `<CODE>-<what>.xml`, or `.json` where a settings file is at fault, and beside it, in a `.txt`, what a person
is shown: tests hold the two together, so no example here can be out of date.
"""

import re
from pathlib import Path

from compiler.diagnostics.codes import CODES, Code
from compiler.diagnostics.diagnostic import Diagnostic

INDEX = "README"
_LONGEST = 4000
"""Characters of an example; a longer one explains nothing."""

_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ufffd]")


def case_folder() -> Path:
    """The folder of the cases: `compiler/_cases` in an installed package, `tests/compiler/cases` in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_cases"
    return installed if installed.is_dir() else package.parent / "tests/compiler/cases"


def diagnostics_reference() -> dict[str, str]:
    """Markdown by name: one page for each code, and the index."""
    pages = {code.code: diagnostics_page(code) for code in CODES.values()}
    return pages | {INDEX: _index()}


def explanation(code: Code) -> str:
    """What is true of each finding of a code, in a sentence and what it means for a compilation: one text for all."""
    return f"{code.summary} {_MEANS[Diagnostic(code.code, '').severity]}"


_MEANS = {
    "error": "This is an error: nothing is compiled, deployed or run until it is gone.",
    "warning": "This is a warning: the configuration runs as it is; `validate --strict` refuses it.",
    "info": "This is said for information only.",
}


def diagnostics_page(code: Code) -> str:
    """Markdown about one code: what its findings mean, and an example."""
    parts = [f"# {code.code} {code.name}", explanation(code)]
    example = _example(code.code)
    if example is not None:
        source, shown, language = example
        beside = ", beside sound files that declare the rest," if "<!-- beside: " in source else ""
        what = "this `appsettings.agent.json`" if language == "json" else f"this{beside}"
        parts += [f"For example, {what}", _fenced(source, language), "is answered with", _fenced(shown, "text")]
    return "\n\n".join(parts) + "\n"


def _example(code: str) -> tuple[str, str, str] | None:
    """The shortest case of a code that can be printed, what is shown for it, and the language that it is written in."""
    paths = [path for path in sorted(case_folder().glob(f"{code}-*")) if path.suffix in (".xml", ".json")]
    usable = [(_printable(path), path) for path in paths if _printable(path) and path.with_suffix(".txt").is_file()]
    if not usable:
        return None
    source, path = min(usable, key=lambda case: len(case[0]))
    return source, path.with_suffix(".txt").read_text(encoding="utf-8"), path.suffix[1:]


def _printable(path: Path) -> str:
    """The text of a case; empty when a page cannot show it: other encodings, control characters, too long."""
    text = path.read_bytes().decode("utf-8", "replace")
    return "" if len(text) > _LONGEST or _UNREADABLE.search(text) else text


def _fenced(text: str, language: str) -> str:
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _index() -> str:
    rows = [f"| [{code.code}]({code.code}.md) | {code.name} | {code.summary} |" for code in CODES.values()]
    head = ["# Findings", "", "E stops a compilation; W and I do not.", "", "| code | name | |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"
