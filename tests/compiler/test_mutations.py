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


def test_one_error_is_one_finding(judged: list[Verdict]) -> None:
    """Not so where an identifier is wrong, to which others refer by its right name."""
    alone = [each for each in judged if each.mutation.kind not in ("identifier", "reference", "duplicate key")]
    errors = [sum(found.code[0] == "E" for found in each.findings) for each in alone]
    assert max(errors) <= 3
    assert sum(count > 1 for count in errors) <= len(errors) // 50
