"""Matches that wait for a person: which there are in each case of provisioning.md §8.3, and what a person decides."""

from typing import Any

import pytest
from msgspec.structs import replace

from compiler.plan.steps import Correlation, Origin
from runtime.provisioning.suggestions import Suggestion, accept, list_suggestions, refuse
from tests.runtime.provisioning.world import World


def by(column: str, confidence: int, line: int) -> Correlation:
    """A rule that pairs people and accounts whose `column` is equal."""
    return Correlation(
        confidence=confidence,
        origin=Origin("Rules.xml", line, 1),
        query=f"""SELECT p._id AS owner_id, u._id AS target_id FROM resource."Person" AS p
            JOIN resource."User" AS u ON u.{column} = p.{"badge" if column == "badge" else "name"}""",
    )


SURE, UNSURE = by("badge", 100, 10), by("cn", 60, 11)


def world(**changes: Any) -> World:
    return World(correlations=(SURE, UNSURE), wanted="", **changes)


def suggested(it: World) -> list[tuple[str | None, str | None, int]]:
    return [(each.owner, each.target, each.confidence) for each in list_suggestions(it.engine)]


def owned(it: World) -> list[tuple[str, str]]:
    rows = it.engine.rows("""
        SELECT p.name, u.dn FROM provisioning.assigned AS a JOIN resource."Person" AS p ON p._id = a.owner_id
        JOIN resource."User" AS u ON u._id = a.target_id ORDER BY 1, 2""")
    return [(str(owner), str(target)) for owner, target in rows]


@pytest.mark.parametrize(
    ("multiple", "all_of_them", "served", "correlated", "shown"),
    [
        (False, False, False, {"a"}, set()),
        (False, False, True, {"own"}, set()),
        (False, True, False, set(), {"a", "b", "c"}),
        (False, True, True, {"own"}, {"a", "b"}),
        (True, False, False, {"a", "b"}, set()),
        (True, False, True, {"a", "b", "own"}, set()),
        (True, True, False, {"a", "b"}, {"c"}),
        (True, True, True, {"a", "b", "own"}, {"c"}),
    ],
)
def test_each_row_of_the_table(
    multiple: bool, all_of_them: bool, served: bool, correlated: set[str], shown: set[str]
) -> None:
    it = world(correlate_multiple=multiple, suggest_all=False)
    it.person("7", "Ann")
    if served:
        it.user("own", "nobody", badge="7")
        it.evaluate()
    it.step = replace(it.step, suggest_all=all_of_them)
    for dn, badge in (("a", "7"), ("b", "7"), ("c", None)):
        it.user(dn, "Ann" if badge is None else "nobody", badge=badge)
    it.evaluate()
    assert {target for _, target in owned(it)} == correlated
    assert {str(row[0]) for row in it.engine.rows(_SHOWN)} == shown


_SHOWN = """SELECT u.dn FROM provisioning.suggestion AS s JOIN resource."User" AS u ON u._id = s.target_id
    WHERE s.state = 'open'"""


def test_only_the_best_is_suggested_where_one_is_wanted() -> None:
    it = world()
    it.person("7", "Ann")
    it.user("x", "Ann")
    it.user("y", "Ann")
    it.evaluate()
    assert suggested(it) == [("Ann", "Ann", 60)]
    assert owned(it) == []


def test_an_accepted_match_is_an_assignment_and_keeps_its_number_until_then() -> None:
    it = world(suggest_all=True)
    it.person("7", "Ann")
    it.user("x", "Ann")
    it.person("8", "Ben")
    it.user("y", "Ben")
    it.evaluate()
    before = list_suggestions(it.engine)
    it.evaluate()
    assert list_suggestions(it.engine) == before
    second = next(each for each in before if each.owner == "Ben")
    assert accept(it.engine, [second.id, 99]) == [second.id]
    assert owned(it) == [("Ben", "y")]
    it.evaluate()
    assert suggested(it) == [("Ann", "Ann", 60)]
    assert owned(it) == [("Ben", "y")]
    origin = it.engine.rows("SELECT origin FROM provisioning.assigned WHERE target_id IS NOT NULL")
    assert origin == [("accepted, suggested by Rules.xml:11",)]


def test_a_refused_match_does_not_come_back() -> None:
    it = world()
    it.person("7", "Ann")
    it.user("x", "Ann")
    it.evaluate()
    (only,) = list_suggestions(it.engine)
    assert isinstance(only, Suggestion)
    assert refuse(it.engine, [only.id]) == [only.id]
    assert refuse(it.engine, [only.id]) == []
    it.evaluate()
    assert suggested(it) == []


def test_of_two_owners_who_are_given_one_target_the_first_has_it() -> None:
    it = world()
    it.person("7", "Ann")
    it.person("8", "Ann")
    it.user("x", "Ann")
    it.evaluate()
    first, second = list_suggestions(it.engine)
    assert accept(it.engine, [first.id, second.id]) == [first.id]
    assert len(owned(it)) == 1
    it.evaluate()
    assert suggested(it) == []


def test_a_match_that_is_gone_is_not_shown() -> None:
    it = world()
    it.person("7", "Ann")
    it.user("x", "Ann")
    it.evaluate()
    it.change("UPDATE resource.\"User\" SET cn = 'Eve'")
    it.evaluate()
    assert suggested(it) == []
    it.change("UPDATE resource.\"User\" SET cn = 'Ann'")
    it.evaluate()
    assert [each.id for each in list_suggestions(it.engine)] == [1]


def test_an_order_that_nobody_sees_the_effect_of_has_failed_after_its_time() -> None:
    it = World(validity=60)
    it.person("7", "Ann")
    it.evaluate(now="20310401080000")
    it.answer("Executed")
    it.evaluate(now="20310401085900")
    assert it.states() == ["Executed"]
    it.evaluate(now="20310401090100")
    assert it.states() == ["Errored"]
    message = it.engine.rows("SELECT message FROM provisioning.orders")
    assert message == [("taken, and after 60 minutes nothing of it is seen (TransmittedStateValidityPeriod)",)]
    it.evaluate(now="20310401090200")
    assert it.states() == ["Errored"], "it goes out again when a person says so"
    it.evaluate(now="20310401090300", retry_errors=True)
    assert it.states() == ["Superseded", "Pending"]
