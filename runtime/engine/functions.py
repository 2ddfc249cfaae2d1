"""The Python functions of a plan and an engine in; statements can call them, and what failed in them is counted."""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock

from compiler.expressions.to_python import implementation
from compiler.plan.plan import PlanFunction
from runtime.engine.engine import Engine


class Functions:
    """The functions of one open engine. A value that a function fails on is null; the run goes on."""

    def __init__(self, functions: Iterable[PlanFunction], engine: Engine) -> None:
        self._failed: Counter[str] = Counter()
        self._lock = Lock()
        for each in functions:
            engine.register(each.function.name, self._guarded(each))

    def failures(self) -> tuple[str, ...]:
        """What failed since this was asked last, one sentence per function and kind of failure."""
        with self._lock:
            told = tuple(f"{what}: {count} values left empty" for what, count in self._failed.items())
            self._failed.clear()
        return told

    def _guarded(self, function: PlanFunction) -> Callable[..., str | None]:
        compute = implementation(function.function)
        places = ", ".join(f"{each.file}:{each.line}" for each in function.used_by)

        def guarded(*arguments: str | None) -> str | None:
            try:
                return compute(*arguments)
            except Exception as error:  # whatever one value does to a function, the others are computed
                with self._lock:
                    self._failed[f"expression at {places} failed ({type(error).__name__})"] += 1
                return None

        return guarded
