"""The Python functions of a plan: every one that its queries call, each with the places that need it."""

import re
from typing import Any

from compiler.expressions.types import ValueType
from compiler.plan import codec, render
from compiler.plan.plan import Plan
from compiler.plan.steps import Compute, Evaluate
from runtime.engine.duckdb import DuckDB
from runtime.engine.functions import Functions
from runtime.store.store import Store
from tests.compiler.plan.test_queries import MODEL
from tests.conftest import CompileText

RULES = """
  <TypeRule />
  <ScalarRule Property="label" Expression="C#:p:return p.Name.ToUpper().ToSoundex() + p.Team.ToSoundex();" />
  <QueryRule Property="Home" SourceBinding="Team" SourceExpression="ToDoubleMetaphone"
             TargetBinding="Code" TargetExpression="ToDoubleMetaphone" TargetMatchedConfidenceLevel="100" />
"""
OTHERS = """
  <ResourceClassificationRule ResourceType="Login" Policy="Default" ResourceTypeIdentificationConfidenceLevel="100"
                              TargetExpression="Jinja:a:{{ a.label.ToSoundex() == 'Q400' }}" />
  <ResourceCorrelationRule ResourceType="Login" Policy="Default" SourceBinding="Name" SourceExpression="ToSoundex"
                           TargetBinding="label" TargetExpression="ToSoundex" SourceMatchedConfidenceLevel="90" />
  <EntityPropertyExpression Identifier="Person_Name" EntityType="Person" Property="Name"
                            Expression="C#:p:var dot = &quot;.&quot;;
                              return UtilExpressions.BuildUsernameWithInitials(p.Badge, p.Team, dot, null, 9, 0);" />
"""


def planned(compile_text: CompileText) -> Plan:
    compilation = compile_text(MODEL % (OTHERS, RULES))
    assert compilation.plan is not None, [(each.code, each.message) for each in compilation.findings]
    return compilation.plan


def test_every_function_that_a_query_calls_is_in_the_plan(compile_text: CompileText) -> None:
    plan = planned(compile_text)
    called = {name.lower() for name in re.findall(r"ACCORDANT_\w+", str(plan.steps))}
    assert called == {each.function.name for each in plan.functions}
    assert [each.function.name.split("_")[1] for each in plan.functions] == [
        "buildusernamewithinitials",
        "todoublemetaphone",
        "tosoundex",
    ]
    soundex = plan.functions[-1]
    assert soundex.function.arguments == (ValueType.STRING,)
    assert len({each.line for each in soundex.used_by}) == 3
    page = render.functions(plan).splitlines()
    assert page[0].split()[1].startswith("test.xml:")
    assert len(page) == 3


def test_a_plan_brings_its_functions_along(compile_text: CompileText) -> None:
    plan = codec.decode(codec.encode(planned(compile_text)))
    engine = DuckDB()
    Store(engine).lay_out(plan)
    functions = Functions(plan.functions, engine)
    engine.execute("""INSERT INTO resource."Person" BY NAME SELECT 1 AS _id, 'Vera' AS "Name", 'red' AS "Team",
        'Jo Ann' AS "Badge" """)
    engine.execute("""INSERT INTO resource."Group" BY NAME SELECT 11 AS _id, 'RAID' AS "Code" """)
    engine.execute("""INSERT INTO resource."Account" BY NAME SELECT 21 AS _id, 'quayle' AS label""")
    step = next(plan.of(Evaluate))
    assert found(engine, step.expected) == [(1, "V600R300")]
    assert found(engine, step.links[0].query) == [(1, 11)]
    assert found(engine, step.classifications[0].query) == [(21,)]
    assert found(engine, step.correlations[1].query) == []
    (computed,) = next(plan.of(Compute)).properties
    engine.execute("CREATE TEMP TABLE computing AS SELECT 1 AS _id")
    assert found(engine, computed.query) == [(1, "JA.RED")]
    assert functions.failures() == ()
    engine.close()


def found(engine: DuckDB, query: str) -> list[tuple[Any, ...]]:
    return [row[:2] for row in engine.rows(query)]
