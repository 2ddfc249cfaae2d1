"""Functions of a plan in the engine: called by statements, remembered, and never the end of one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.expressions.python_calls import PythonFunction, function_of
from compiler.expressions.tree import Call, Constant
from compiler.expressions.tree import Path as Property
from compiler.expressions.types import ValueType
from compiler.plan.plan import PlanFunction
from compiler.plan.steps import Origin
from runtime.engine.duckdb import DuckDB
from runtime.engine.functions import Functions

S, I = ValueType.STRING, ValueType.INTEGER  # noqa: E741


def planned(function: str, *arguments: Property | Constant) -> PlanFunction:
    call = Call(type=S, function=function, arguments=arguments)
    return PlanFunction(function_of(call), (Origin("Rules.xml", 7, 3),))


SOUNDEX = planned("ToSoundex", Property(type=S, segments=("Light", "Name")))
INITIALS = planned(
    "UtilExpressions.BuildUsernameWithInitials",
    *(Property(type=S, segments=(name,)) for name in ("First", "Last")),
    *(Constant(type=S, value=text) for text in (".", "")),
    Constant(type=I, value=20),
    Property(type=I, segments=("Rank",)),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDB]:
    engine = DuckDB(tmp_path / "store.duckdb")
    engine.execute(
        "CREATE TABLE people AS SELECT * FROM (VALUES ('Vera', 'Quill', '0'), (NULL, 'Ash', 'x')) v(f, l, n)"
    )
    yield engine
    engine.close()


def test_statements_call_functions_nulls_included(engine: DuckDB) -> None:
    functions = Functions((SOUNDEX, INITIALS), engine)
    name = SOUNDEX.function.name
    assert sorted(engine.rows(f"SELECT {name}(f), {name}(l) FROM people"), key=str) == [
        ("V600", "Q400"),
        (None, "A200"),
    ]
    with engine.transaction():
        assert engine.execute(f"UPDATE people SET n = {name}(l) WHERE {name}(f) IS NOT NULL") == 1
    assert list(engine.batches(f"SELECT {name}(n) FROM people ORDER BY l", 1)) == [[("X000",)], [("Q000",)]]
    assert functions.failures() == ()


def test_a_value_that_fails_is_empty_and_counted(engine: DuckDB) -> None:
    functions = Functions((INITIALS,), engine)
    query = f"SELECT {INITIALS.function.name}(f, l, n) FROM people, range(3) ORDER BY l DESC"
    assert engine.rows(query) == [("V.QUILL",)] * 3 + [(None,)] * 3
    assert functions.failures() == ("expression at Rules.xml:7 failed (ValueError): 3 values left empty",)
    assert functions.failures() == ()


def test_the_same_arguments_are_computed_once(engine: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    from compiler.expressions import to_python

    asked = []
    monkeypatch.setattr(to_python, "evaluate", lambda tree, value: asked.append(value(("0",))))
    Functions((SOUNDEX,), engine)
    engine.rows(f"SELECT {SOUNDEX.function.name}('name ' || (i % 5)) FROM range(20000) r(i)")
    assert sorted(asked) == [f"name {number}" for number in range(5)]


def test_equal_calls_are_one_function_wherever_they_stand() -> None:
    elsewhere = Call(
        type=S,
        function="ToSoundex",
        arguments=(Property(type=S, segments=("Name",), start=9, end=13),),
        start=5,
        end=20,
    )
    assert function_of(elsewhere) == SOUNDEX.function
    assert isinstance(SOUNDEX.function, PythonFunction)
    assert SOUNDEX.function.arguments == (S,)
    assert INITIALS.function.arguments == (S, S, I)


def test_functions_end_with_their_database(tmp_path: Path) -> None:
    for _ in range(2):
        engine = DuckDB(tmp_path / "store.duckdb")
        Functions((SOUNDEX,), engine)
        assert engine.rows(f"SELECT {SOUNDEX.function.name}('Quill')") == [("Q400",)]
        engine.close()
