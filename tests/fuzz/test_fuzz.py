"""A little of what `make fuzz` does for ten minutes: the same inputs each time."""

import random

from tests.fuzz.inputs import configuration, expression
from tests.fuzz.targets import check_configuration, check_expression


def test_configurations_end_in_findings_or_a_plan() -> None:
    chance = random.Random(1)
    kinds = {configuration(chance) for _ in range(150)}
    assert len(kinds) > 140
    for data in kinds:
        check_configuration(data)


def test_expressions_end_in_problems_or_a_tree() -> None:
    chance = random.Random(2)
    texts = {expression(chance) for _ in range(600)}
    assert len(texts) > 500
    for text in texts:
        check_expression(text)
