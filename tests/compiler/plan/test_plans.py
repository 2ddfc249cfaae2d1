"""The sample's plan, byte for byte: a change of lowering shows as a diff that a person reads (`--update` rewrites)."""

from pathlib import Path

import pytest

from compiler.pipeline import compile_folder
from compiler.plan import codec, render
from runtime.registry import catalogue

ROOT = Path(__file__).parents[3]
EXPECTED = Path(__file__).with_name("harbor.json")


def test_the_sample_lowers_to_the_known_plan(request: pytest.FixtureRequest) -> None:
    plan = compile_folder(ROOT / "samples" / "harbor", catalogue()).plan
    assert plan is not None
    data = codec.encode(plan)
    if request.config.getoption("--update"):
        EXPECTED.write_bytes(data)
    assert data == EXPECTED.read_bytes()


def test_the_same_sources_in_another_order_give_the_same_bytes() -> None:
    from compiler.pipeline import compile_sources
    from compiler.source.files import read_folder

    files, _ = read_folder(ROOT / "samples" / "harbor")
    plans = [compile_sources(order, catalogue()).plan for order in (files, list(reversed(files)))]
    assert plans[0] is not None and plans[1] is not None
    assert plans[0].digest == plans[1].digest


def test_a_plan_is_a_page_that_a_person_can_read() -> None:
    page = render.steps(codec.decode(EXPECTED.read_bytes()))
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert "11 synchronise HR at most 5 or 5 % deleted" in lines
    assert any(line.startswith("14 evaluate Directory_Account HR_Person -> Directory_User: ") for line in lines)


def test_a_plan_holds_no_secret_and_no_path_of_this_machine() -> None:
    text = EXPECTED.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "assword" not in text
