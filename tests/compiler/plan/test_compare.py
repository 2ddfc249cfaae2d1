"""What a deployment says it changes."""

from typing import Any

from compiler.plan.compare import compare
from compiler.plan.plan import FORMAT, Item, Plan


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
    content: dict[str, Any] = {"Agent": "Local", "MaximumDeletedLines": 5, "DisplayName_L": {"1": "Quay side"}}
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
            item("Dam", DisplayName_L={"1": "Something else entirely"}),
        ),
    )
    assert [each.renamed_from for each in changes if each.action == "insert"] == [None, None]
