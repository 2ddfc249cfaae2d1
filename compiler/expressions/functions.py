"""The one table of functions: a name as an author writes it goes in, the function it means comes out."""

from collections.abc import Iterator

from compiler.expressions.date_functions import DATE_FUNCTIONS
from compiler.expressions.function import Function
from compiler.expressions.name_functions import NAME_FUNCTIONS
from compiler.expressions.random_functions import RANDOM_FUNCTIONS
from compiler.expressions.regular_expressions import REGULAR_EXPRESSIONS
from compiler.expressions.text_functions import TEXT_FUNCTIONS
from compiler.expressions.time_functions import TIME_FUNCTIONS
from compiler.expressions.types import ValueType
from compiler.expressions.value_functions import VALUE_FUNCTIONS

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        *TEXT_FUNCTIONS,
        *NAME_FUNCTIONS,
        *DATE_FUNCTIONS,
        *TIME_FUNCTIONS,
        *RANDOM_FUNCTIONS,
        *VALUE_FUNCTIONS,
        *REGULAR_EXPRESSIONS,
    )
}
"""Every function by the name it has in a tree."""

_MEMBERS = {
    (f.form, f.parameters[0].type, f.written): f for f in FUNCTIONS.values() if f.form in ("method", "property")
}
_STATICS = {(class_name, f.written): f for f in FUNCTIONS.values() for class_name in f.classes}


def builtin(name: str) -> Function | None:
    """The built-in function of a name (provisioning.md §4.5)."""
    found = FUNCTIONS.get(name)
    return found if found is not None and found.form == "builtin" else None


def builtins() -> Iterator[str]:
    """The names of the built-in functions."""
    return (name for name, function in FUNCTIONS.items() if function.form == "builtin")


def method(receiver: ValueType, name: str) -> Function | None:
    """What `name(…)` after a value of a type calls: a method of its class, or a built-in function."""
    found = _MEMBERS.get(("method", receiver, name))
    extension = builtin(name)
    if found is None and extension is not None and extension.parameters[0].type is receiver:
        return extension
    return found


def property_of(receiver: ValueType, name: str) -> Function | None:
    """What `name` after a value of a type reads."""
    return _MEMBERS.get(("property", receiver, name))


def static(class_name: str, name: str) -> Function | None:
    """The static method `class_name.name`."""
    return _STATICS.get((class_name, name))


def members_of(receiver: ValueType) -> list[str]:
    """Everything that may follow a value of a type, for suggestions."""
    own = [written for _, type_, written in _MEMBERS if type_ is receiver]
    return own + [name for name in builtins() if FUNCTIONS[name].parameters[0].type is receiver]
