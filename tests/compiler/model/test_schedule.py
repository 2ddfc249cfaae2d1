"""Schedules in NCRONTAB, right and wrong."""

import pytest

from compiler.model.schedule import fault


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * * *",
        "0 30 2 * * *",
        "0 */5 6-20 * * MON-FRI",
        "0,15,30,45 0 0 1 jan,JUL *",
        "59 59 23 31 12 6",
        "0 0 0 1-15/2 * sun",
        "  0  0 0 * * 0 ",
    ],
)
def test_sound_schedules(schedule: str) -> None:
    assert fault(schedule) == ""


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("", "this has 0"),
        ("30 2 * * *", "this has 5"),
        ("0 0 0 * * * 2030", "this has 7"),
        ("60 * * * * *", "no second: from 0 to 59"),
        ("0 60 * * * *", "no minute"),
        ("0 0 24 * * *", "no hour"),
        ("0 0 0 0 * *", "no day: from 1 to 31"),
        ("0 0 0 * 13 *", "no month"),
        ("0 0 0 * * 7", "no day of the week: from 0 to 6"),
        ("0 0 20-6 * * *", "no hour"),
        ("0 */0 * * * *", "no minute"),
        ("0 1/ * * * *", "no minute"),
        ("0 1, * * * *", "no minute"),
        ("0 - * * * *", "no minute"),
        ("0 -1 * * * *", "no minute"),
        ("0 0 0 ? * *", "no day"),
        ("0 0 0 * * MONDAY", "no day of the week"),
        ("0 ٣ * * * *", "no minute"),
        ("0 " + "9" * 5000 + " * * * *", "no minute"),
    ],
)
def test_faults_are_said(schedule: str, words: str) -> None:
    assert words in fault(schedule)
