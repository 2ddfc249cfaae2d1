"""What a deployment says it changes."""

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from compiler.plan.compare import compare
from compiler.plan.plan import FORMAT, Item, Plan
from compiler.plan.renames import LIKENESS, renames


def plan(*items: Item) -> Plan:
    return Plan(form=FORMAT, digest="", entity_types=(), associations=(), steps=(), items=items)


def item(key: str, kind: str = "Connector", **content: object) -> Item:
    return Item(kind, key, {"Identifier": key, **content}, "Quay.xml:3")


def test_the_first_deployment_inserts_everything() -> None:
    changes = compare(None, plan(item("Quay"), item("Lock")))
    assert [(each.action, each.key) for each in changes] == [("insert", "Quay"), ("insert", "Lock")]


def test_equal_plans_differ_in_nothing() -> None:
    assert compare(plan(item("Quay", Agent="Local")), plan(item("Quay", Agent="Local"))) == ()


def test_an_update_names_each_attribute_with_its_old_and_new_value() -> None:
    before = item("Quay", Agent="Local", MaximumDeletedLines=5)
    after = item("Quay", Agent="Local", MaximumInsertedLines=7)
    (change,) = compare(plan(before), plan(after))
    assert (change.action, change.attributes) == (
        "update",
        {"MaximumDeletedLines": (5, None), "MaximumInsertedLines": (None, 7)},
    )


def test_a_missing_item_is_deleted() -> None:
    (change,) = compare(plan(item("Quay"), item("Lock")), plan(item("Quay")))
    assert (change.action, change.key) == ("delete", "Lock")


def test_nearly_the_same_content_under_another_key_is_a_probable_rename() -> None:
    content: dict[str, Any] = {"Agent": "Local", "MaximumDeletedLines": 5, "DisplayName_L1": "Quay side"}
    changes = compare(plan(item("Quay", **content)), plan(item("Quayside", **content)))
    assert [(each.action, each.key, each.renamed_from) for each in changes] == [
        ("insert", "Quayside", "Quay"),
        ("delete", "Quay", None),
    ]


def test_other_content_or_another_kind_is_no_rename() -> None:
    changes = compare(
        plan(item("Quay", Agent="Local", MaximumDeletedLines=5)),
        plan(
            item("Lock", kind="Connection", Agent="Local", MaximumDeletedLines=5),
            item("Dam", DisplayName_L1="Something else entirely"),
        ),
    )
    assert [each.renamed_from for each in changes if each.action == "insert"] == [None, None]


def entity(*properties: tuple[str, dict[str, object]], key: str = "Ship", **content: object) -> Item:
    return item(key, kind="EntityType", Property=dict(properties), **content)


def test_children_are_compared_one_by_one() -> None:
    old = entity(("Name", {"Identifier": "Name"}), ("Tons", {"Identifier": "Tons", "Type": "Int32"}), ("Flag", {}))
    new = entity(("Name", {"Identifier": "Name"}), ("Tons", {"Identifier": "Tons", "Type": "Double"}), ("Crew", {}))
    (change,) = compare(plan(old), plan(new))
    assert (change.action, change.attributes) == ("update", {})
    assert [(each.action, each.kind, each.key, each.attributes) for each in change.children] == [
        ("insert", "Property", "Crew", {}),
        ("update", "Property", "Tons", {"Type": ("Int32", "Double")}),
        ("delete", "Property", "Flag", {}),
    ]


def test_another_order_of_children_is_a_change() -> None:
    (change,) = compare(plan(entity(("Name", {}), ("Tons", {}))), plan(entity(("Tons", {}), ("Name", {}))))
    assert change.attributes == {"order of Property": ("Name, Tons", "Tons, Name")}
    assert change.children == ()


def test_what_comes_and_goes_shows_all_it_says() -> None:
    (change,) = compare(None, plan(entity(("Tons", {"Type": "Int32"}), DisplayName_L1="Ship")))
    assert change.attributes == {"Identifier": (None, "Ship"), "DisplayName_L1": (None, "Ship")}
    assert [(each.key, each.attributes) for each in change.children] == [("Tons", {"Type": (None, "Int32")})]


def test_a_renamed_child_is_seen() -> None:
    facts: dict[str, object] = {"Type": "Int32", "DisplayName_L1": "Gross tons", "IsKey": True}
    old = entity(("Tons", {"Identifier": "Tons", **facts}))
    (change,) = compare(plan(old), plan(entity(("GrossTons", {"Identifier": "GrossTons", **facts}))))
    assert [(each.key, each.renamed_from) for each in change.children] == [("GrossTons", "Tons"), ("Tons", None)]


def test_each_deleted_item_is_one_rename_at_most_and_the_likest_wins() -> None:
    facts: dict[str, Any] = {f"A{number}": number for number in range(9)}
    old = item("Quay", **facts)
    new = [item("Near", **{**facts, "A1": "other"}), item("Same", **facts), item("Twin", **facts)]
    changes = compare(plan(old), plan(*new))
    assert {each.key: each.renamed_from for each in changes if each.action == "insert"} == {
        "Near": None,
        "Same": "Quay",
        "Twin": None,
    }


def test_renames_agree_with_comparing_every_pair() -> None:
    random = Random(7)

    def some(prefix: str) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            ("Connector", f"{prefix}{number}"): {f"A{name}": random.randrange(3) for name in range(random.randrange(9))}
            for number in range(60)
        }

    old, new = some("old"), some("new")
    found = renames(old, new)

    def likeness(one: dict[str, Any], other: dict[str, Any]) -> float:
        return 2 * len(one.items() & other.items()) / max(1, len(one) + len(other))

    assert found
    assert len(set(found.values())) == len(found)
    for (kind, key), before in found.items():
        assert likeness(old[kind, before], new[kind, key]) >= LIKENESS
    left = [facts for (_, key), facts in old.items() if key not in found.values() and len(facts) >= 2]
    missed = [facts for at, facts in new.items() if at not in found and len(facts) >= 2]
    assert all(likeness(one, other) < LIKENESS for one in left for other in missed)


def test_thousands_of_items_are_compared_in_a_moment() -> None:
    def many(prefix: str) -> Plan:
        contents: Iterator[dict[str, Any]] = ({"Policy": "Port", "Order": number} for number in range(5000))
        return plan(*(item(f"{prefix}{number}", **content) for number, content in enumerate(contents)))

    began = time.process_time()
    changes = compare(many("old"), many("new"))
    assert time.process_time() - began < 3
    assert sum(each.renamed_from is not None for each in changes) == 5000
