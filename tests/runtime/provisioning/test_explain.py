"""Reasons as sentences: every cause and every action has one."""

import pytest

from runtime.provisioning.explain import sentence
from runtime.provisioning.states import Cause


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ({"Action": "create", "Cause": "policy", "Rule": "R.xml:3"}, "create it: the rule at R.xml:3 says so"),
        (
            {"Property": "cn", "Action": "set", "Cause": "drift", "Rule": "R.xml:4", "Before": "A", "After": "B"},
            'change cn from "A" to "B": it was changed in the managed system; the rule at R.xml:4 says otherwise',
        ),
        (
            {"Property": "cn", "Action": "set", "Cause": "policy", "Rule": "R.xml:4", "Before": "A"},
            'clear cn, which is "A": the rule at R.xml:4 says so',
        ),
        (
            {"Property": "groups", "Action": "add", "Cause": "policy", "Rule": "R.xml:5", "After": "pilots"},
            "add pilots to groups: the rule at R.xml:5 says so",
        ),
        (
            {"Property": "groups", "Action": "remove", "Cause": "policy", "After": "pilots"},
            "remove pilots from groups: no rule expects it any more",
        ),
    ],
)
def test_a_reason_is_a_sentence(reason: dict[str, str], said: str) -> None:
    assert sentence(reason) == said


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words(cause: Cause) -> None:
    assert "R.xml:9" in sentence({"Action": "delete", "Cause": cause.value, "Rule": "R.xml:9"})
