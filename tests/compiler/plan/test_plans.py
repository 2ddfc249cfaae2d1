"""The sample's plan, byte for byte: a change of lowering shows as a diff that a person reads (`--update` rewrites)."""

from pathlib import Path

import pytest

from compiler.pipeline import compile_folder, compile_sources
from compiler.plan import codec, render
from compiler.plan.compare import compare
from compiler.plan.plan import Plan
from compiler.source.files import read_folder
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


def test_the_same_sources_in_another_order_are_known_for_the_same() -> None:
    files, _ = read_folder(ROOT / "samples" / "harbor")
    plans = [compile_sources(order, catalogue()).plan for order in (files, list(reversed(files)))]
    assert plans[0] is not None and plans[1] is not None
    assert plans[0].sources == plans[1].sources


def changed(name: str, old: bytes, new: bytes) -> Plan:
    """The sample's plan with one file changed."""
    files, _ = read_folder(ROOT / "samples" / "harbor")
    sources = [(each, data.replace(old, new) if each == name else data) for each, data in files]
    plan = compile_sources(sources, catalogue()).plan
    assert plan is not None and sources != files
    return plan


def test_lines_layout_and_comments_do_not_count_for_the_digest() -> None:
    plan = codec.decode(EXPECTED.read_bytes())
    moved = changed("Directory/Directory Role Model.xml", b"<ScalarRule", b"<!-- here -->\n\n      <ScalarRule")
    assert (moved.digest, compare(plan, moved)) == (plan.digest, ())
    assert (moved.sources, moved.steps) != (plan.sources, plan.steps)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'Binding="Login"', b'Binding="FullName"'),
        (b'Resource="all-staff"', b'Resource="Port.xml:5"'),
        (b'MaximumDelete="3"', b'MaximumDelete="4"'),
        (b'DisplayName_L1="Directory account"', b'DisplayName_L1="Account"'),
    ],
)
def test_whatever_is_said_counts_for_the_digest(old: bytes, new: bytes) -> None:
    assert changed("Directory/Directory Role Model.xml", old, new).digest != codec.decode(EXPECTED.read_bytes()).digest


def test_a_text_that_looks_like_a_place_counts_for_the_digest() -> None:
    plans = [changed("Directory/Directory Role Model.xml", b'"all-staff"', b'"Port.xml:%d"' % line) for line in (5, 6)]
    assert plans[0].digest != plans[1].digest


def test_a_plan_is_a_page_that_a_person_can_read() -> None:
    page = render.steps(codec.decode(EXPECTED.read_bytes()))
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert "11 synchronise HR at most 5 or 5 % deleted" in lines
    assert any(line.startswith("14 evaluate Directory_Account HR_Person -> Directory_User: ") for line in lines)


def test_a_plan_holds_no_secret_and_no_path_of_this_machine() -> None:
    text = EXPECTED.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "assword" not in text
