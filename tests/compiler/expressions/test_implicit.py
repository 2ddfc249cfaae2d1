"""The variables that C# finds besides its parameter: what may be asked of them, and of what type the answers are."""

from typing import Any

import pytest

from compiler.expressions.compile import Compiled, compile_expression
from compiler.expressions.csharp_implicit import ASSIGNMENT, PROVISIONING_ORDER, assignment, provisioning_order
from compiler.expressions.to_python import evaluate
from compiler.expressions.types import ValueType
from tests.compiler.expressions.test_problems import cut
from tests.compiler.expressions.world import World


def argued(expression: str, expected: ValueType | None = None) -> Compiled:
    """Compiled over lighthouses whose orders change keepers."""
    return compile_expression(
        expression=expression,
        binding=None,
        entity_type="Lighthouse",
        scope=World(),
        expected=expected,
        allow_literal=False,
        implicit={PROVISIONING_ORDER: provisioning_order("Keeper"), ASSIGNMENT: assignment()},
    )


PROBLEMS = [
    ("C#:l:return provisioningOrder.«Nature» == 1;", "E601", "ChangeType"),
    ("C#:l:return «provisioningOrder.Cancel()»;", "E601", "HasChanged"),
    ('C#:l:return «provisioningOrder.ChangeType.IsAdded("x")»;', "E605", "no arguments"),
    ("C#:l:return «provisioningOrder.HasChanged()»;", "E605", "a property"),
    ("C#:l:return provisioningOrder.HasChanged(«l.Name»);", "E605", "constant"),
    ('C#:l:return provisioningOrder.HasChanged("«Nam»");', "E123", "`Keeper` has no property"),
    ('C#:l:return «provisioningOrder.TryGetScalar("Rank")»;', "E605", "out var"),
    ('C#:l:return provisioningOrder.TryGetScalar(«"Light"», out var x);', "E602", "navigation"),
    ('C#:l:return provisioningOrder.TryGetAddedNavigations(«"Rank"», out var x);', "E602", "scalar"),
    ('C#:l:return provisioningOrder.TryGetScalar("Rank", «l.Name»);', "E601", "out var"),
    ("C#:l:return assignment.«EndDate»;", "E499", "periods"),
    ("C#:l:return assignment.«ParametersValues»;", "E499", "periods"),
    ("C#:l:return assignment.«Dates»;", "E601", "StartDate"),
    ("C#:l:return «assignment.Extend()»;", "E601", "StartDate"),
]


@pytest.mark.parametrize(("marked", "code", "said"), PROBLEMS, ids=[each[0][:60] for each in PROBLEMS])
def test_what_may_not_be_asked(marked: str, code: str, said: str) -> None:
    text, start, end = cut(marked)
    (problem,) = argued(text).problems
    assert problem.code == code
    assert said in f"{problem.message} {problem.help}"
    assert text[problem.start : problem.end] == text[start:end]


ORDER = {
    ("$order",): 7,
    ("$order", "ChangeType"): "Modified",
    ("$order", "HasChanged", "Rank"): "true",
    ("$order", "NewValue", "Rank"): "12",
    ("$order", "HasChanged", "code"): "false",
    ("$order", "Added", "Light"): [lambda path: {("Name",): "Skerry", ("Id",): "4"}[path]],
    ("$order", "Removed", "Light"): [],
}
VALUES = [
    ("return provisioningOrder == null;", False),
    ("return provisioningOrder.ChangeType.IsUpdated() && !provisioningOrder.ChangeType.IsDeleted();", True),
    ("return provisioningOrder.ChangeType.IsNone() || provisioningOrder.ChangeType.IsAdded();", False),
    ("return provisioningOrder?.ChangeType.ToUpper();", "MODIFIED"),
    ("var order = provisioningOrder; return order.HasChanged(\"Rank\");", True),
    ('return provisioningOrder.TryGetScalar("Rank", out var rank) ? rank + 1 : 0;', 13),
    ('return provisioningOrder.TryGetScalar("code", out var code) ? code : "none";', "none"),
    ('if (provisioningOrder.TryGetAddedNavigations("Light", out var x)) return x.First().Name; return null;', "Skerry"),
    ('return provisioningOrder.TryGetAddedNavigations("Light", out var x) ? x.First().Id : 0;', 4),
    ('return provisioningOrder.TryGetRemovedNavigations("Light", out var x);', False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "value"), VALUES, ids=[each[0][:60] for each in VALUES])
def test_what_is_answered(body: str, value: object) -> None:
    result = argued(f"C#:l:{body}")
    assert result.tree is not None, result.problems
    known: Any = ORDER
    assert evaluate(result.tree, known.__getitem__) == value


def test_arguments_are_a_dictionary_of_texts() -> None:
    assert argued('C#:l:return new Dictionary<string, string> { { "a", l.Name } };', ValueType.MAP).tree is not None
    assert argued("C#:l:return null;", ValueType.MAP).tree is not None
    (problem,) = argued("C#:l:return l.Name;", ValueType.MAP).problems
    assert problem.code == "E602" and "a dictionary" in problem.message
