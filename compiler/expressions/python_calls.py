"""A call that SQL cannot say goes in; the call of a Python function, and that function as a value, come out.

The function is the call with each argument that is no constant replaced by a numbered path, so it is closed: a plan
carries it, and a run needs nothing else to register it. Its name ends in the digest of what it computes, so equal
calls anywhere in a configuration are one function.
"""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from compiler.expressions import sql
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.measure import nodes
from compiler.expressions.tree import Call, Constant, Expression, Path
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp


class PythonFunction(msgspec.Struct, frozen=True, kw_only=True):
    """One function of texts: it takes and gives internal text forms.

    In `tree` the path of one segment `0` is the first argument, `1` the second. `arguments` are their types.
    """

    name: str
    arguments: tuple[ValueType, ...]
    tree: Expression


def runs_in_python(tree: Expression) -> bool:
    """Whether SQL cannot say this node."""
    return isinstance(tree, Call) and FUNCTIONS[tree.function].sql is None


def functions_of(tree: Expression) -> Iterator[PythonFunction]:
    """The functions that the SQL of a tree calls, each as often as it stands there."""
    return (function_of(each) for each in nodes(tree) if isinstance(each, Call) and runs_in_python(each))


def function_of(call: Call) -> PythonFunction:
    """The function of a call that runs in Python."""
    passed = passed_to(call)
    given: list[Expression] = []
    for each in call.arguments:
        if each in passed:
            given.append(Path(type=each.type, segments=(str(passed.index(each)),)))
        else:
            given.append(replace(each, start=0, end=0))
    tree = replace(call, arguments=tuple(given), start=0, end=0)
    digest = hashlib.sha256(msgspec.json.encode(tree)).hexdigest()[:12]
    name = f"accordant_{FUNCTIONS[call.function].written.lower()}_{digest}"
    return PythonFunction(name=name, arguments=tuple(each.type for each in passed), tree=tree)


def passed_to(call: Call) -> list[Expression]:
    """The arguments that the function takes: those that are no constants, and all where it would have none."""
    varying: list[Expression] = [each for each in call.arguments if not isinstance(each, Constant)]
    return varying or list(call.arguments)


def call_sql(call: Call, arguments: "list[exp.Expression]") -> "exp.Expression":
    """The call in SQL; `arguments` are the internal texts of what `passed_to` gives."""
    return sql.plain_call(function_of(call).name, *arguments)
