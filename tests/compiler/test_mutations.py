"""A deliberate error in any attribute of any element is found, and found where it is."""

import pytest

from tests.compiler.mutations import Verdict, report, verdicts

COUNT = 400


@pytest.fixture(scope="module")
def judged() -> list[Verdict]:
    return verdicts(COUNT, seed=7)


def test_every_error_is_caught(judged: list[Verdict]) -> None:
    assert len(judged) == COUNT
    missed = [each.mutation.text for each in judged if not each.is_caught]
    assert not missed, report(judged)


def test_errors_are_reported_at_their_place(judged: list[Verdict]) -> None:
    elsewhere = [each for each in judged if not each.is_in_place]
    # a resource type may be written in parts, so one that is written twice is met at the rules it has twice
    assert all(each.mutation.kind == "duplicate key" for each in elsewhere), report(judged)
    assert len(elsewhere) <= COUNT // 100


def test_every_kind_of_error_is_made(judged: list[Verdict]) -> None:
    kinds = {each.mutation.kind for each in judged}
    assert kinds == {
        "attribute name",
        "binding",
        "duplicate key",
        "element name",
        "expression",
        "identifier",
        "missing attribute",
        "name in a text",
        "reference",
        "value",
    }
