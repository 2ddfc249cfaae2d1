"""How one function of the expression language is declared: its types, its SQL, its Python reference, its sentence."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from sqlglot import exp

Form = Literal["builtin", "method", "property", "static", "operator"]
Scalar = str | int | float | bool | None


class Parameter(Struct, frozen=True):
    """One parameter. Where `check` is given the argument must be a constant, and `check` says what is wrong with it."""

    type: ValueType
    check: Callable[[Scalar], str] | None = None


class Function(Struct, frozen=True):
    """One function.

    `name` is its key in a tree; `written` is how authors write it. A `builtin` stands bare before its binding or as
    an extension method, a `method` or `property` follows a value of the first parameter's type, a `static` follows
    one of the class names in `classes`, an `operator` has a sign of its own. `sql` gets the arguments as SQL values
    of their types and gives the result's; where it is None the function runs in Python. `python` gets and gives the
    same as Python values. Unless `takes_null`, an argument that is null makes the result null. Where C# would raise
    an exception the result is null (`failures`). `nesting` is how deep the SQL form is.
    """

    name: str
    form: Form
    parameters: tuple[Parameter, ...]
    result: ValueType
    sql: "Callable[..., exp.Expression] | None"
    python: "Callable[..., object]"
    doc: str
    required: int = -1
    takes_null: bool = False
    classes: tuple[str, ...] = ()
    nesting: int = 2

    @property
    def written(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def fewest(self) -> int:
        """How many arguments are needed, the receiver included."""
        return len(self.parameters) if self.required < 0 else self.required


def number_text(value: object) -> str:
    """A number in the invariant culture: `1.5`, `2`, `1E+20`; .NET writes an exponent from 15 digits on."""
    if not isinstance(value, float):
        return str(value)
    text = repr(value)
    long = _LONG_NUMBER.fullmatch(text)
    if long is not None:
        return f"{long[1]}.{long[2]}{long[3]}".rstrip("0").rstrip(".") + "E+15"
    return text.upper().removesuffix(".0")


_LONG_NUMBER = re.compile(r"(-?[0-9])([0-9]{15})\.([0-9]+)")


def parameters(*types: ValueType) -> tuple[Parameter, ...]:
    """Parameters that take any value of their types."""
    return tuple(Parameter(each) for each in types)
