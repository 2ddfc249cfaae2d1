"""The registry of checks: one function for one code, all of them in the table."""

from importlib import import_module
from pathlib import Path

import pytest

from compiler.checks import registry
from compiler.checks.registry import CHAPTERS, CHECKS, check
from compiler.diagnostics.codes import CODES

for _chapter in CHAPTERS:
    import_module(f"compiler.checks.{_chapter}")


def test_every_chapter_is_run() -> None:
    modules = {path.stem for path in Path(registry.__file__).parent.glob("*.py")}
    assert modules - {"__init__", "registry"} == set(CHAPTERS)


def test_every_check_is_in_the_table_of_codes_and_says_its_rule() -> None:
    assert CHECKS.keys() <= CODES.keys()
    assert all((function.__doc__ or "").strip() for function in CHECKS.values())


def test_a_code_has_one_check() -> None:
    with pytest.raises(ValueError, match="E122"):
        check("E122")(lambda subject: iter(()))
