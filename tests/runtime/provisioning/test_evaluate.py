"""What an evaluation orders, in every situation of provisioning.md §10.2 and §11 that this version knows."""

from typing import Any

import pytest
from msgspec.structs import replace

from compiler.plan.steps import Limits
from runtime.provisioning.orders import approve, decline, list_orders
from runtime.store.limits import ThresholdExceeded
from tests.runtime.provisioning.world import World

pytestmark = pytest.mark.usefixtures("each_engine")

VERA = {"dn": "cn=7", "cn": "Vera", "sn": "VERA"}


@pytest.mark.on_spark_too
def test_an_owner_without_target_gets_one() -> None:
    world = World()
    team = world.group("T1")
    world.person("7", "Vera", "T1")
    done = world.evaluate()
    assert done.orders.created == 1
    assert world.orders() == [("Added", "Pending", {**VERA, "Groups_add": str(team)})]


def test_the_same_evaluation_again_orders_nothing() -> None:
    world = World()
    world.person("7", "Vera")
    world.evaluate()
    again = world.evaluate()
    assert (again.orders.created, again.orders.superseded) == (0, 0)
    assert world.states() == ["Pending"]


def test_a_waiting_creation_follows_its_source() -> None:
    world = World()
    world.person("7", "Vera")
    world.evaluate()
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    world.evaluate()
    assert world.orders() == [
        ("Added", "Superseded", VERA),
        ("Added", "Pending", {"dn": "cn=7", "cn": "Nora", "sn": "NORA"}),
    ]


def test_a_creation_under_way_is_not_repeated() -> None:
    world = World()
    world.person("7", "Vera")
    world.evaluate()
    world.answer("Executed")
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    assert world.evaluate().orders.created == 0
    assert world.states() == ["Executed"]


@pytest.mark.on_spark_too
def test_a_created_target_is_recognised_by_its_key_and_verified() -> None:
    world = World(correlations=())
    owner = world.person("7", "Vera")
    world.evaluate()
    world.answer("Executed")
    target = world.user("cn=7", "Vera")
    done = world.evaluate()
    assert done.assignments.created_seen == 1
    assert done.orders.verified == 1
    assert world.states() == ["Verified"]
    assert world.engine.rows("SELECT owner_id, target_id FROM provisioning.assigned") == [(owner, target)]


def test_an_order_keeps_the_names_of_those_it_was_for() -> None:
    world = _settled()
    world.change('DELETE FROM resource."Person"')
    world.evaluate()
    world.answer("Executed")
    world.change('DELETE FROM resource."User"')
    world.evaluate()
    deleted, added = list_orders(world.engine)
    assert (added.owner, added.target, deleted.target, deleted.change) == ("Vera", "Vera", "Vera", "Deleted")


def test_a_changed_source_changes_the_target() -> None:
    world = _settled()
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    world.evaluate()
    assert world.orders()[-1] == ("Modified", "Pending", {"cn": "Nora"})


def test_a_write_only_property_is_not_compared() -> None:
    world = _settled()
    world.change("UPDATE resource.\"User\" SET sn = 'edited'")
    assert world.evaluate().orders.created == 0


@pytest.mark.on_spark_too
def test_what_was_changed_in_the_system_waits_for_a_person() -> None:
    world = _settled()
    world.change("UPDATE resource.\"User\" SET cn = 'Edited'")
    world.evaluate()
    assert world.orders()[-1] == ("Modified", "AwaitingApproval", {"cn": "Vera"})
    assert world.engine.rows("SELECT cause, old FROM provisioning.lines ORDER BY order_id DESC LIMIT 1") == [
        ("drift", "Edited")
    ]
    world.evaluate()
    assert world.states().count("AwaitingApproval") == 1


def test_a_review_that_became_pointless_goes_away() -> None:
    world = _settled()
    world.change("UPDATE resource.\"User\" SET cn = 'Edited'")
    world.evaluate()
    world.change("UPDATE resource.\"User\" SET cn = 'Vera'")
    world.evaluate()
    assert world.states()[-1] == "Superseded"


@pytest.mark.on_spark_too
def test_a_value_found_at_correlation_waits_for_a_person() -> None:
    world = World()
    world.person("7", "Vera")
    world.user("cn=7", "Vera Quill", badge="7")
    done = world.evaluate()
    assert done.assignments.correlated == 1
    assert world.orders() == [("Modified", "AwaitingApproval", {"cn": "Vera"})]


def test_a_changed_source_overrules_a_found_value() -> None:
    world = World()
    world.person("7", "Vera")
    world.user("cn=7", "Vera Quill", badge="7")
    world.evaluate()
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    world.evaluate()
    assert [order[:2] for order in world.orders()] == [("Modified", "Superseded"), ("Modified", "Pending")]


def test_an_approved_order_goes_out_and_a_declined_one_stays_away() -> None:
    world = World(blocked="BlockProvisioning of Account")
    world.person("7", "Vera")
    world.person("8", "Nora")
    world.evaluate()
    assert world.states() == ["AwaitingApproval", "AwaitingApproval"]
    assert approve(world.engine, [1]) == [1]
    assert decline(world.engine, [1, 2]) == [2]
    world.evaluate()
    assert world.states() == ["Pending", "Declined"]


@pytest.mark.parametrize(("discards", "state"), [(False, "AwaitingApproval"), (True, "Pending")])
def test_a_value_that_a_person_kept_is_questioned_when_its_source_changes(discards: bool, state: str) -> None:
    world = _settled(discards_kept=discards)
    world.change("UPDATE resource.\"User\" SET cn = 'Edited'")
    world.evaluate()
    decline(world.engine, [2])
    world.evaluate()
    assert world.states() == ["Verified", "Declined"]
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    world.evaluate()
    assert world.orders()[-1] == ("Modified", state, {"cn": "Nora"})


def test_a_run_without_review_sends_what_only_its_type_blocks() -> None:
    world = World(blocked="BlockProvisioning of Account")
    world.person("7", "Vera")
    world.person("8", "Nora")
    world.user("cn=8", "Edited", badge="8")
    world.evaluate(review=False)
    assert sorted(order[:2] for order in world.orders()) == [("Added", "Pending"), ("Modified", "AwaitingApproval")]


@pytest.mark.on_spark_too
def test_an_owner_that_is_gone_loses_the_target() -> None:
    world = _settled()
    world.change('DELETE FROM resource."Person"')
    world.evaluate()
    assert world.orders()[-1] == ("Deleted", "Pending", {})
    world.answer("Executed")
    world.change('DELETE FROM resource."User"')
    world.evaluate()
    assert world.states() == ["Verified", "Verified"]
    assert world.engine.rows("SELECT count(*) FROM provisioning.assigned") == [(0,)]


@pytest.mark.parametrize("switch", ["allow_remove", "remove_orphans"])
def test_a_type_that_may_not_remove_only_reports(switch: str) -> None:
    world = _settled(**{switch: False})
    world.change('DELETE FROM resource."Person"')
    done = world.evaluate()
    assert (done.orders.created, done.orphans) == (0, 1)


def test_an_account_created_for_somebody_who_left_meanwhile_is_still_removed() -> None:
    world = World()
    world.person("7", "Vera")
    world.evaluate()
    world.answer("Executed")
    world.change('DELETE FROM resource."Person"')
    world.evaluate()
    world.user("cn=7", "Vera", badge="7")
    world.evaluate()
    assert world.orders()[-1] == ("Deleted", "Pending", {})


def test_an_owner_that_no_rule_wants_any_more_loses_the_target_until_it_is_gone() -> None:
    wanted = "SELECT _id AS owner_id, 'Rules.xml:2' AS rule FROM resource.\"Person\" WHERE name <> 'Left'"
    world = _settled(wanted=wanted)
    world.change("UPDATE resource.\"Person\" SET name = 'Left'")
    world.evaluate()
    world.evaluate()
    assert world.orders()[-1] == ("Deleted", "Pending", {})
    assert world.states().count("Superseded") == 0


def test_a_found_account_of_an_unwanted_owner_is_left_alone() -> None:
    world = World(wanted="SELECT NULL::BIGINT AS owner_id, '' AS rule WHERE false")
    world.person("7", "Vera")
    world.user("cn=7", "Other", badge="7")
    assert world.evaluate().orders.created == 0


def test_links_follow_the_source() -> None:
    world = _settled()
    old, new = world.group("T1"), world.group("T2")
    target = world.engine.rows('SELECT _id FROM resource."User"')[0][0]
    world.change("UPDATE resource.\"Person\" SET team = 'T1'")
    world.evaluate()
    assert world.orders()[-1] == ("Modified", "Pending", {"Groups_add": str(old)})
    world.answer("Executed")
    world.change(f'INSERT INTO link."Membership" VALUES ({target}, {old})')
    world.evaluate()
    assert world.states()[-1] == "Verified"
    world.change("UPDATE resource.\"Person\" SET team = 'T2'")
    world.evaluate()
    world.evaluate()
    assert world.orders()[-1] == ("Modified", "Pending", {"Groups_add": str(new), "Groups_remove": str(old)})


def test_links_that_nobody_expects_are_counted_and_left() -> None:
    world = _settled()
    group = world.group("T1")
    world.change(f'INSERT INTO link."Membership" SELECT _id, {group} FROM resource."User"')
    done = world.evaluate()
    assert (done.orders.created, done.found_links) == (0, 1)


def test_a_link_removed_in_the_system_waits_for_a_person() -> None:
    world = _settled()
    group = world.group("T1")
    world.change(f'INSERT INTO link."Membership" SELECT _id, {group} FROM resource."User"')
    world.change("UPDATE resource.\"Person\" SET team = 'T1'")
    world.evaluate()
    world.change('DELETE FROM link."Membership"')
    world.evaluate()
    assert world.orders()[-1] == ("Modified", "AwaitingApproval", {"Groups_add": str(group)})


def test_errored_orders_wait_for_a_retry_or_another_value() -> None:
    world = _settled()
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    world.evaluate()
    world.answer("Errored")
    assert world.evaluate().orders.created == 0
    assert world.states()[-1] == "Errored"
    world.evaluate(retry_errors=True)
    assert world.states()[-2:] == ["Superseded", "Pending"]


def test_a_failed_creation_comes_back_whole_when_a_value_changes() -> None:
    world = World()
    world.person("7", "Vera")
    world.evaluate()
    world.answer("Errored")
    assert world.evaluate().orders.created == 0
    world.change("UPDATE resource.\"Person\" SET name = 'Nora'")
    world.evaluate()
    assert world.orders()[-1] == ("Added", "Pending", {"dn": "cn=7", "cn": "Nora", "sn": "NORA"})
    assert world.states() == ["Superseded", "Pending"]


def test_two_owners_that_match_one_target_get_neither() -> None:
    world = World()
    world.person("7", "Vera")
    world.person("7", "Nora")
    world.user("cn=7", "Vera", badge="7")
    assert world.evaluate().assignments.correlated == 0


def test_of_two_matching_targets_the_first_is_taken_unless_several_are_allowed() -> None:
    for multiple, pairs in ((False, 1), (True, 2)):
        world = World(correlate_multiple=multiple)
        world.person("7", "Vera")
        world.user("cn=7", "Vera", badge="7")
        world.user("cn=7b", "Vera", badge="7")
        assert world.evaluate().assignments.correlated == pairs
        assert world.engine.rows("SELECT count(*) FROM provisioning.assigned WHERE target_id IS NOT NULL") == [(pairs,)]


def test_a_type_that_may_not_add_waits_for_somebody_to_create() -> None:
    world = World(allow_add=False)
    world.person("7", "Vera")
    assert world.evaluate().orders.created == 0


def test_a_type_is_created_after_the_one_it_depends_on() -> None:
    world = World(depends_on="Mailbox")
    owner = world.person("7", "Vera")
    assert world.evaluate().orders.created == 0
    world.engine.execute(
        "INSERT INTO provisioning.assigned VALUES (900, 'Mailbox', ?, 901, NULL, 100, '', true, true)", [owner]
    )
    assert world.evaluate().orders.created == 1


def test_an_owner_is_ready_when_its_property_is_filled() -> None:
    world = World(ready="SELECT _id AS owner_id FROM resource.\"Person\" WHERE team <> ''")
    world.person("7", "Vera")
    world.person("8", "Nora", "T1")
    assert world.evaluate().orders.created == 1


def test_a_policy_that_is_not_provisioned_orders_nothing() -> None:
    world = World()
    world.person("7", "Vera")
    world.evaluate()
    world.step = replace(world.step, is_provisioned=False)
    assert world.evaluate().orders.created == 0
    assert world.states() == ["Superseded"]


@pytest.mark.parametrize(
    ("limits", "passes"),
    [
        (Limits(inserted=2), True),
        (Limits(inserted=1), False),
        (Limits(inserted_percent=200), False),
    ],
)
def test_thresholds_stop_before_anything_is_written(limits: Limits, passes: bool) -> None:
    world = World(limits=limits)
    world.person("7", "Vera")
    world.person("8", "Nora")
    if passes:
        assert world.evaluate().orders.created == 2
        return
    with pytest.raises(ThresholdExceeded, match="resource type Account: 2 inserted of 0"):
        world.evaluate()
    assert world.orders() == []
    assert world.engine.rows("SELECT count(*) FROM provisioning.assigned") == [(0,)]
    assert world.evaluate(force=True).orders.created == 2


def test_an_orphan_is_taken_over_by_a_new_owner_with_the_same_key() -> None:
    world = _settled(remove_orphans=True)
    world.change('DELETE FROM resource."Person"')
    world.evaluate()
    new = world.person("7", "Vera")
    world.evaluate()
    assert world.states()[-1] == "Superseded"
    assert world.engine.rows("SELECT owner_id FROM provisioning.assigned") == [(new,)]


def _settled(**changes: Any) -> World:
    """A world in which Vera has a verified account."""
    world = World(**changes)
    world.person("7", "Vera")
    world.evaluate()
    world.answer("Executed")
    world.user("cn=7", "Vera", "VERA", badge="7")
    world.evaluate()
    assert world.states() == ["Verified"]
    return world
