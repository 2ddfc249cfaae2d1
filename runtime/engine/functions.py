"""The Python functions of a plan and an engine in; statements can call them, and what failed in them is counted."""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

from compiler.expressions.python_calls import PythonFunction
from compiler.expressions.to_python import implementation
from compiler.plan.plan import PlanFunction
from runtime.engine.engine import Engine, Failed


class Functions:
    """The functions of one open engine. A value that a function fails on is null; the run goes on."""

    def __init__(self, functions: Iterable[PlanFunction], engine: Engine) -> None:
        self._failed: Counter[str] = Counter()
        self._lock = Lock()
        for each in functions:
            engine.register(each.function.name, _Computed(each.function), self._noting(each))

    def failures(self) -> tuple[str, ...]:
        """What failed since this was asked last, one sentence per function and kind of failure."""
        with self._lock:
            told = tuple(f"{what}: {count} values left empty" for what, count in self._failed.items())
            self._failed.clear()
        return told

    def _noting(self, function: PlanFunction) -> Failed:
        places = ", ".join(f"{each.file}:{each.line}" for each in function.used_by)

        def failed(kind: str, count: int) -> None:
            with self._lock:
                self._failed[f"expression at {places} failed ({kind})"] += count

        return failed


class _Computed:
    """What computes a function, here or in another process: it travels as the function's tree."""

    def __init__(self, function: PythonFunction) -> None:
        self._function = function
        self._compute = implementation(function)

    def __call__(self, *arguments: str | None) -> str | None:
        return self._compute(*arguments)

    def __reduce__(self) -> tuple[type["_Computed"], tuple[PythonFunction]]:
        return _Computed, (self._function,)
