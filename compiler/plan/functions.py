"""The trees of a bound model in, the Python functions that the plan's queries call out, each once."""

from compiler.bind.bound import Bound
from compiler.bind.expressions import values_of
from compiler.expressions.python_calls import PythonFunction, functions_of
from compiler.plan.places import origin
from compiler.plan.plan import PlanFunction
from compiler.plan.steps import Origin


def functions(bound: Bound) -> tuple[PlanFunction, ...]:
    """Every function that some expression needs, by name, with the places of those expressions."""
    found: dict[str, PythonFunction] = {}
    places: dict[str, dict[Origin, None]] = {}
    for value in values_of(bound.model):
        tree = bound.tree(value.node, value.role)
        for function in functions_of(tree) if tree is not None else ():
            found[function.name] = function
            places.setdefault(function.name, {})[origin(value.node)] = None
    return tuple(PlanFunction(found[name], tuple(places[name])) for name in sorted(found))
