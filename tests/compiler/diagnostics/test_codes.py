"""The table of codes is complete, sorted and uniform, and code uses only what it lists."""

import re
from pathlib import Path

from compiler.diagnostics.codes import CODES

COMPILER = Path(__file__).parents[3] / "compiler"


def test_codes_are_sorted_by_number_and_each_number_is_used_once() -> None:
    numbers = [int(code[1:]) for code in CODES]
    assert numbers == sorted(set(numbers))
    assert all(re.fullmatch(r"[EWI]\d{3}", code) for code in CODES)


def test_names_and_summaries_are_uniform() -> None:
    names = [entry.name for entry in CODES.values()]
    assert len(set(names)) == len(names)
    for entry in CODES.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name)
        assert entry.summary[0].isupper() and entry.summary.endswith(".")
        assert "`" not in entry.summary


def test_every_code_that_the_compiler_gives_is_in_the_table() -> None:
    given = {
        code
        for file in COMPILER.rglob("*.py")
        for code in re.findall(r"""["']([EWI]\d{3})["']""", file.read_text(encoding="utf-8"))
    }
    assert {"E103", "E110", "W115"} <= given
    assert given <= set(CODES)
