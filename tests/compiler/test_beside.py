"""A second process answers step by step; what it cannot answer is done here."""

import os
from collections.abc import Iterator
from itertools import islice

import pytest

from compiler.beside import Tasks, beside


def test_results_come_one_by_one_from_another_process() -> None:
    def work() -> Iterator[list[int]]:
        yield [os.getpid()]
        yield [1] * 1_000_000

    results = beside(work, list[int])
    assert next(results) != [os.getpid()]
    assert len(next(results)) == 1_000_000
    assert list(results) == []


def test_what_fails_there_fails_here_after_what_was_answered() -> None:
    def work() -> Iterator[str]:
        yield "first"
        raise KeyError("lost")

    results = beside(work, str)
    assert next(results) == "first"
    with pytest.raises(KeyError, match="lost"):
        next(results)


def test_a_process_that_nobody_asks_is_ended() -> None:
    def work() -> Iterator[int]:
        yield os.getpid()
        while True:
            pass

    results = beside(work, int)
    process = next(results)
    del results
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_each_task_is_taken_once_by_whoever_is_free() -> None:
    names = [f"task {number}" for number in range(300)]
    tasks = Tasks(names)

    def work() -> Iterator[list[str]]:
        yield [next(iter(tasks))]
        yield list(tasks)

    results = beside(work, list[str])
    first = next(results)
    own = list(islice(tasks, 5))
    others = next(results)
    assert sorted([*first, *own, *others, *tasks]) == sorted(names)
    assert len(first) == 1
