"""What is printed: hostile text cannot drive the terminal, secrets are stars, values are brief."""

import msgspec
import pytest

from compiler.catalogue.package import Secret
from runtime.cli.views import human, stream


@pytest.fixture
def masker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A masker of this test alone, that knows one secret."""
    masker = type(stream.MASKER)()
    masker.learn(Secret("Deep-Water-12"))
    monkeypatch.setattr(stream, "MASKER", masker)


def test_control_characters_are_shown_not_obeyed(capfd: pytest.CaptureFixture[str]) -> None:
    stream.say("a\x1b[31mred\x07\u202egnp")
    assert capfd.readouterr().out == "a\\x1b[31mred\\x07\\x202egnp\n"


def test_secrets_are_stars_in_text_and_in_json(masker: None, capfd: pytest.CaptureFixture[str]) -> None:
    stream.say("password Deep-Water-12 refused")
    stream.tell("password Deep-Water-12 refused")
    stream.rendered("\x1b[1mDeep-Water-12\x1b[0m")
    stream.record({"message": ["Deep-Water-12"], "Deep-Water-12": 1})
    shown = capfd.readouterr()
    assert "Deep-Water-12" not in shown.out + shown.err
    assert shown.err == "password *** refused\n"
    assert msgspec.json.decode(shown.out.splitlines()[-1]) == {"message": ["***"], "***": 1}


def test_values_are_brief() -> None:
    assert human.brief([{"Id": "4", "InternalDisplayName": "unit-towage"}]) == "unit-towage"
    assert human.brief(None) == "(empty)"
    assert human.brief([]) == "(none)"
    assert human._time("20310201093000") == "2031-02-01 09:30:00 UTC"
