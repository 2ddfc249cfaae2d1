"""Periods and numbers of rules that must keep a range (provisioning.md §2, §7.4, §8.2)."""

from collections.abc import Iterator
from functools import cache
from math import inf

from compiler.bind.values import written_name
from compiler.checks.registry import Finding, Subject, check
from compiler.model.node import Attribute, Node, attributes_of
from compiler.model.provisioning import (
    BinaryRule,
    NavigationRule,
    QueryRule,
    ScalarRule,
    TimeOffsetReference,
    TypeRule,
)

_RANGES: dict[str, tuple[float, float | None, str]] = {
    "grace_period": (0, None, "write 0 for none"),
    "max_duration": (0, None, "write 0 for no limit"),
    "fulfill_hours_ahead_of_time": (0, None, "write 0 to send orders when they start"),
    "transmitted_state_validity_period": (0, None, "write 0 to wait for ever"),
    "hours_to_wait": (-1, None, "write 0 to decide at once"),
    "min_identities_count": (0, None, "write 0 for any number"),
    "reduction_outlier_percentage": (0, 100, "write a percentage"),
    "target_matched_confidence_level": (0, 150, "from 100 on a match applies by itself; 150 is the highest"),
    "source_matched_confidence_level": (0, 150, "from 100 on a match applies by itself; 150 is the highest"),
    "resource_type_identification_confidence_level": (0, 150, "from 100 on it applies by itself; 150 is the highest"),
}
"""For each field: the least, the greatest and what to do."""

_Rule = TypeRule | ScalarRule | NavigationRule | QueryRule | BinaryRule
_MINUTES = ("TimeOffsetBeforeReference", "TimeOffsetAfterReference")


@check("E423")
def out_of_range(it: Subject) -> Iterator[Finding]:
    """Durations, counts and levels have a least and a greatest value."""
    for kind, pairs in it.model.kinds.items():
        for declared in _ranged(kind):
            least, greatest, help = _RANGES[declared.field]
            for node, _ in pairs:
                value = getattr(node, declared.field)
                if value is not None and not least <= value <= (inf if greatest is None else greatest):
                    name = written_name(declared, node.element) or declared.name
                    bounds = f"from {least} to {greatest}" if greatest is not None else f"{least} or more"
                    yield Finding(node, f"{name} is {value}, and must be {bounds}", name, help)


@cache
def _ranged(node: type[Node]) -> tuple[Attribute, ...]:
    """The numbers of a kind of item that must keep a range."""
    return tuple(each for each in attributes_of(node) if each.field in _RANGES and each.type in (int, float))


@check("W436")
def misspelled_around(it: Subject) -> Iterator[Finding]:
    """One documented sample has two r's."""
    for node in _rules(it):
        if node.element.attributes.get("TimeOffsetReference") == "Arround":
            yield Finding(node, "`Arround` is read as `Around`", "TimeOffsetReference", "write `Around`")


@check("W437")
def empty_period(it: Subject) -> Iterator[Finding]:
    """What ends before it starts never holds."""
    for node in _rules(it):
        if node.time_offset_reference in (TimeOffsetReference.Before, TimeOffsetReference.After):
            start, end = node.time_offset_before_reference, node.time_offset_after_reference
            if start >= end:
                message = f"the period starts {start} and ends {end} minutes from its reference, so it is empty"
                help = "TimeOffsetBeforeReference must be less than TimeOffsetAfterReference"
                yield Finding(node, message, "TimeOffsetReference", help)


@check("W438")
def offset_without_reference(it: Subject) -> Iterator[Finding]:
    """With the reference Default nothing is moved."""
    for node in _rules(it):
        if node.time_offset_reference is TimeOffsetReference.Default:
            for name in _MINUTES:
                if node.element.attributes.get(name, "0").strip() not in ("0", ""):
                    help = 'write for example `TimeOffsetReference="Around"`, or remove it'
                    yield Finding(node, f"{name} has no effect without TimeOffsetReference", name, help)


def _rules(it: Subject) -> Iterator[_Rule]:
    for each in it.model.resource_types.values():
        values: tuple[_Rule, ...] = (*each.type_rules, *each.scalar_rules, *each.binary_rules)
        links: tuple[_Rule, ...] = (*each.navigation_rules, *each.query_rules)
        yield from values
        yield from links
