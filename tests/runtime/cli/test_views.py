"""What is printed: hostile text cannot drive the terminal, secrets are stars, values are brief."""

from pathlib import Path

import msgspec
import pytest

from compiler.catalogue.package import Secret
from runtime.cli import failures
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


def test_a_bug_leaves_a_report_without_secrets(masker: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("sank with Deep-Water-12")
    except ValueError as error:
        code = failures.report(error, ["apply", "-w", str(tmp_path / "w")])
    shown = capfd.readouterr().err
    report = next((tmp_path / "w" / "Errors").iterdir())
    assert code == 5
    assert shown.splitlines()[0] == "internal error: ValueError: sank with ***"
    assert str(report) in shown
    assert "Traceback" in report.read_text(encoding="utf-8")
    assert "Deep-Water-12" not in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_said_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    assert failures.report(OSError(28, "No space left on device"), []) == 5
    assert capfd.readouterr().err == "error: No space left on device\n"
