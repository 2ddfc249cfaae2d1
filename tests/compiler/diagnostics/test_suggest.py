"""Which word was meant."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.suggest import closest, did_you_mean

NAMES = [
    "Identifier",
    "DisplayName_L1",
    "Connector",
    "ConnectionTable",
    "Connection",
    "IsKey",
    "Type",
    "Crew",
    "Cruise",
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Identifer", "Identifier"),
        ("identifier", "Identifier"),
        ("IDENTIFIER", "Identifier"),
        ("Idnetifier", "Identifier"),
        ("display_name_l1", "DisplayName_L1"),
        ("DisplayNameL1", "DisplayName_L1"),
        ("Connecter", "Connector"),
        ("Conection", "Connection"),
        ("Typ", "Type"),
        ("Krew", "Crew"),
        ("Harbour", None),
        ("X", None),
        ("", None),
    ],
)
def test_the_closest_name_is_found(word: str, meant: str | None) -> None:
    assert closest(word, NAMES) == meant
    assert did_you_mean(word, NAMES) == (f"did you mean `{meant}`?" if meant else "")


def test_ties_go_to_the_first() -> None:
    assert closest("Dock0", ["Dock1", "Dock2"]) == "Dock1"


def plain_distance(first: str, second: str) -> int:
    """The textbook definition of optimal string alignment, to compare with."""
    if not first or not second:
        return len(first) + len(second)
    options = [
        plain_distance(first[1:], second) + 1,
        plain_distance(first, second[1:]) + 1,
        plain_distance(first[1:], second[1:]) + (first[0] != second[0]),
    ]
    if len(first) > 1 and len(second) > 1 and first[:2] == second[1] + second[0]:
        options.append(plain_distance(first[2:], second[2:]) + 1)
    return min(options)


@given(st.text("ab", min_size=1, max_size=6), st.text("abc", min_size=1, max_size=6))
def test_distance_is_that_of_the_textbook(word: str, candidate: str) -> None:
    near = plain_distance(word, candidate) <= max(len(word), len(candidate)) // 3
    assert (closest(word, [candidate]) == candidate) == near


def test_many_candidates_take_little_time() -> None:
    names = [f"Crew_Sailor_{number:05}" for number in range(50_000)]
    start = time.perf_counter()
    assert closest("Dock_Worker_00017", names) is None
    assert closest("Crew_Sailr_49999", names) == "Crew_Sailor_49999"
    assert time.perf_counter() - start < 5
