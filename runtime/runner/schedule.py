"""Steps and their order in; each is started as soon as what it waits for is done.

Steps that only reach a managed system or work on files run side by side in threads; steps that touch the store run
one after the other in the calling thread, because the store takes one writer.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from threading import Event

from compiler.plan.steps import AnyStep, Export, Prepare

Work = Callable[[AnyStep], bool]
"""Does one step; tells whether the steps that wait for it may begin."""

SIDE_BY_SIDE = 4
"""Exports at one time: they wait for other machines more than they work."""


def walk(steps: Sequence[AnyStep], work: Work, skip: Callable[[AnyStep], None], stop: Event) -> None:
    """Do every step after the ones it waits for; one that waits for a step that failed is skipped, and so on.

    An interruption sets `stop`, so that steps in other threads end, and is raised again.
    """
    by_id = {step.id: step for step in steps}
    order: TopologicalSorter[str] = TopologicalSorter(
        {step.id: [each for each in step.after if each in by_id] for step in steps}
    )
    order.prepare()
    failed: set[str] = set()
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="step") as pool:
        try:
            _Walk(by_id, order, failed, pool, work, skip).run()
        except BaseException:
            stop.set()
            raise


class _Walk:
    """One pass over the steps."""

    def __init__(
        self,
        steps: dict[str, AnyStep],
        order: "TopologicalSorter[str]",
        failed: set[str],
        pool: ThreadPoolExecutor,
        work: Work,
        skip: Callable[[AnyStep], None],
    ) -> None:
        self._steps = steps
        self._order = order
        self._failed = failed
        self._pool = pool
        self._work = work
        self._skip = skip
        self._running: dict[Future[bool], str] = {}
        self._waiting: deque[str] = deque()

    def run(self) -> None:
        while self._order.is_active():
            for name in self._order.get_ready():
                self._begin(name)
            if self._waiting:
                name = self._waiting.popleft()
                self._end(name, self._work(self._steps[name]))
            elif self._running:
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._end(self._running.pop(future), future.result())

    def _begin(self, name: str) -> None:
        step = self._steps[name]
        if any(each in self._failed for each in step.after):
            self._skip(step)
            self._end(name, False)
        elif isinstance(step, Export | Prepare):
            self._running[self._pool.submit(self._work, step)] = name
        else:
            self._waiting.append(name)

    def _end(self, name: str, is_done: bool) -> None:
        if not is_done:
            self._failed.add(name)
        self._order.done(name)
