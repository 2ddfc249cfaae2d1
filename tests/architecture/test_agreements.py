"""The agreements of this repository that no linter knows."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import pytest
from msgspec import Struct

import compiler
import runtime
import runtime.connectors
from runtime.cli.overview import COMMANDS

ROOT = Path(__file__).parents[2]
ENGINES = {"duckdb", "pyarrow", "sqlglot", "xmlschema", "ldap3", "psycopg", "rich", "tree_sitter"}
HEAVY = ENGINES | {"click", "msgspec"}
LONGEST = {"compiler": 400, "runtime": 400, "tests": 500, "benchmarks": 400}
LONG_FOR_A_REASON: dict[str, str] = {}
"""Files past the limit, each with the reason why it is one file."""


def modules() -> list[str]:
    """Every module of both packages."""
    found = (
        each.name for package in (compiler, runtime) for each in walk_packages(package.__path__, f"{package.__name__}.")
    )
    return sorted(name for name in found if not name.startswith("compiler._schemas"))


def sources() -> list[Path]:
    """Every Python file of both packages, the tests and the benchmarks."""
    return sorted(path for folder in LONGEST for path in (ROOT / folder).rglob("*.py"))


def connectors() -> list[str]:
    """The built-in connectors by the names of their files."""
    return sorted(path.stem for path in Path(next(iter(runtime.connectors.__path__))).glob("[a-z]*.py"))


@pytest.mark.parametrize("name", connectors())
def test_every_connector_is_proved_by_the_contract_suite(name: str) -> None:
    test = ROOT / "tests" / "runtime" / "connectors" / f"test_{name}.py"
    assert test.exists(), f"{name} has no {test.relative_to(ROOT)}"
    bases = {
        ast.unparse(base)
        for node in ast.walk(ast.parse(test.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    assert any(base.endswith("Contract") for base in bases), f"{test.name} inherits no suite of contract.py"


def test_help_imports_no_library() -> None:
    loaded = _loaded_by("import runtime.cli.main, sys; sys.argv[1:] = ['--help']; runtime.cli.main.main()")
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("name", ["compiler.pipeline", "runtime.cli.group", "runtime.cli.apply", "runtime.registry"])
def test_engines_and_clients_are_imported_only_when_needed(name: str) -> None:
    assert _loaded_by(f"import {name}") & ENGINES == set()


def _loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after running `code`."""
    script = f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stderr.split())


def test_structs_that_inherit_say_again_that_they_are_frozen() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node, kind in _inheriting_structs()
        if not _is_declared_frozen(node) or not kind.__struct_config__.frozen
    ]
    assert wrong == []


def _inheriting_structs() -> Iterator[tuple[Path, ast.ClassDef, type[Struct]]]:
    """The classes whose base is a Struct of ours; type checkers want the keywords on each of them."""
    for name in modules():
        module = import_module(name)
        path = Path(str(module.__file__))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            kind = getattr(module, node.name, None) if isinstance(node, ast.ClassDef) else None
            if isinstance(node, ast.ClassDef) and isinstance(kind, type) and issubclass(kind, Struct):
                if kind.__base__ is not Struct:
                    yield path, node, kind


def _is_declared_frozen(node: ast.ClassDef) -> bool:
    said = {each.arg: ast.unparse(each.value) for each in node.keywords}
    return said.get("frozen") == "True" and said.get("kw_only") == "True"


def test_no_file_grows_past_what_can_be_read_at_a_sitting() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()
    }
    long = {
        name: length
        for name, length in lengths.items()
        if length > LONGEST[name.partition("/")[0]] and name not in LONG_FOR_A_REASON
    }
    assert long == {}
    assert set(LONG_FOR_A_REASON) <= set(lengths), "a file with a reason to be long is gone"


@pytest.mark.parametrize("name", modules())
def test_every_module_says_what_it_is(name: str) -> None:
    module = import_module(name)
    is_empty = not Path(str(module.__file__)).read_text(encoding="utf-8").strip()
    assert is_empty or (module.__doc__ or "").strip(), f"{name} has no docstring"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_file_of_its_name(name: str) -> None:
    command = import_module(f"runtime.cli.{name.replace('-', '_')}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_only_views_write_to_standard_output() -> None:
    allowed = {"runtime/cli/main.py", "runtime/cli/answers.py"}  # these must start as fast as Python does
    wrong = [
        path.relative_to(ROOT).as_posix()
        for folder in ("compiler", "runtime")
        for path in (ROOT / folder).rglob("*.py")
        if "sys.stdout" in path.read_text(encoding="utf-8") and "views" not in path.parts
    ]
    assert set(wrong) <= allowed | {"runtime/cli/failures.py"}
