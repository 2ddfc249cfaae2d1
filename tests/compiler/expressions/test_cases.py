"""`cases/*.txt`: an expression, the SQL it becomes, and its value over given values, in DuckDB and in Python.

A case is a block between blank lines. `C#`, `bind`, `expr`, `type` say what is compiled, `sql` what it becomes
(written anew by `--update`), and each `{given} => value` line, in JSON, its value. Lines that begin with `#`
are remarks.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from compiler.expressions.compile import paths_of
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.measure import nodes
from compiler.expressions.to_python import evaluate, text_of
from compiler.expressions.to_sql import to_sql
from compiler.expressions.tree import Call, Expression
from compiler.expressions.types import ValueType
from tests.compiler.expressions.given import Resource, Shown
from tests.compiler.expressions.world import compiled, value_in_sql

CASES = Path(__file__).parent / "cases"


class Case(Struct, frozen=True):
    """One block of a file."""

    file: str
    line: int
    expression: str | None
    binding: str | None
    expected: ValueType | None
    sql: str
    values: tuple[tuple[dict[str, object], str | None], ...]

    @property
    def tree(self) -> Expression:
        result = compiled(self.expression, self.binding, self.expected)
        assert result.tree is not None, (result.problems, result.binding_problems)
        assert not [each for each in (*result.problems, *result.binding_problems) if each.code not in ("W606", "W614")]
        return result.tree


def read_cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.txt")):
        block: dict[str, str] = {}
        values: list[tuple[dict[str, object], str | None]] = []
        start = 0
        for number, line in enumerate([*path.read_text(encoding="utf-8").split("\n"), ""], 1):
            if line.startswith("{"):
                given, _, value = line.rpartition(" => ")
                values.append((json.loads(given), json.loads(value)))
            elif line and not line.startswith("#"):
                start = start or number
                block[line[:4]] = line[5:]
            elif not line and block:
                kind = ValueType(block["type"]) if "type" in block else None
                expression = f"C#:keeper:{block['C#  ']}" if "C#  " in block else block.get("expr")
                yield Case(path.name, start, expression, block.get("bind"), kind, block.get("sql ", ""), tuple(values))
                block, values, start = {}, [], 0


ALL = list(read_cases())
IDS = [f"{case.file}:{case.line}" for case in ALL]


@pytest.mark.parametrize("case", ALL, ids=IDS)
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    sql = _printable(to_sql(case.tree, Shown()).sql(dialect="duckdb"))
    if request.config.getoption("--update"):
        _write(case, sql)
    else:
        assert sql == case.sql
    assert case.values
    for given, value in case.values:
        assert value_in_sql(case.tree, given) == value, f"SQL over {given}"
        found = evaluate(case.tree, Resource(given))
        assert text_of(found) == value, f"Python over {given}"


def test_every_function_has_a_case_with_null_input() -> None:
    used = set()
    for case in ALL:
        calls = {each.function for each in nodes(case.tree) if isinstance(each, Call)}
        if any(not given for given, _ in case.values):
            used |= calls
    assert used | {"Integer.HasBits"} == FUNCTIONS.keys()  # which only queries over the store use


def test_paths_of_a_case() -> None:
    tree = compiled('C#:keeper:return keeper.Light?.Chief.LastName + (keeper.Rank > 3 ? "*" : keeper.FirstName);').tree
    assert tree is not None
    assert paths_of(tree) == {("Light", "Chief", "LastName"), ("Rank",), ("FirstName",)}


def _printable(sql: str) -> str:
    """White space and marks that a case file could not show are written as escapes."""
    return re.sub(r"[^\S ]|[\u0300-\u036f]", lambda match: f"\\u{ord(match[0]):04x}", sql)


def _write(case: Case, sql: str) -> None:
    path = CASES / case.file
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(number for number in range(case.line - 1, len(lines)) if lines[number].startswith("{"))
    known = next((number for number in range(case.line - 1, at) if lines[number].startswith("sql ")), None)
    if known is None:
        raise AssertionError(f"{case.file}:{case.line}: put an empty `sql ` line before the values")
    lines[known] = f"sql  {sql}"
    path.write_text("\n".join(lines), encoding="utf-8")
