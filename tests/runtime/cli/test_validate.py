"""`accordant validate` and `accordant compile` over the sample and over broken copies of it."""

from pathlib import Path

import msgspec
import pytest

from tests.runtime.cli.command import HARBOR, accordant, content, harbor


def spoil(conf: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file of the configuration."""
    path = conf / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_sample_is_valid_without_a_word(tmp_path: Path) -> None:
    done = accordant("validate", HARBOR, "--strict", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == "7 files: no findings\n"


def test_validate_leaves_no_trace(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    before = content(tmp_path)
    accordant("validate", conf, folder=tmp_path)
    assert content(tmp_path) == before


def test_error_has_its_place_and_a_suggestion(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    spoil(conf, "Directory/Directory Role Model.xml", 'Binding="Login"', 'Binding="Logn"')
    done = accordant("validate", conf)
    assert done.code == 1
    lines = (conf / "Directory/Directory Role Model.xml").read_text(encoding="utf-8").splitlines()
    line = 1 + next(number for number, text in enumerate(lines) if "Logn" in text)
    assert f"Directory/Directory Role Model.xml:{line}:" in done.out
    assert "did you mean `Login`?" in done.out
    assert done.out.splitlines()[-1] == "1 error"


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_machines_read_the_findings(form: str, tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    spoil(conf, "HR/HR Connector.xml", 'Connector="HR" Package', 'Connector="HT" Package')
    done = accordant("validate", conf, "--format", form)
    assert done.code == 1
    assert "E120" in done.out
    for document in done.out.splitlines() if form == "json" else [done.out]:
        assert msgspec.json.decode(document)


def test_settings_are_checked_too(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    spoil(conf, "appsettings.agent.json", '"FilterValues": "inetOrgPerson"', '"FilterValue": "inetOrgPerson"')
    done = accordant("validate", conf)
    assert done.code == 1
    assert "appsettings.agent.json:" in done.out
    assert "FilterValues" in done.out


def test_connection_without_settings_is_a_warning(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    spoil(conf, "appsettings.agent.json", '"Cards"', '"Card"')
    done = accordant("validate", conf)
    assert (done.code, accordant("validate", conf, "--strict").code) == (0, 1)
    assert "warning[W181]" in done.out


def test_no_settings_at_all_are_fine_on_an_authors_desk(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    (conf / "appsettings.agent.json").unlink()
    assert accordant("validate", conf).code == 0


def test_broken_xml_stops_compilation_with_a_place(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    spoil(conf, "Port.xml", "</ConfigurationFile>", "")
    for command in ("validate", "compile", "plan"):
        done = accordant(command, conf, "-w", tmp_path / "w") if command != "compile" else accordant(command, conf)
        assert done.code == 1
        assert "Port.xml:" in done.out + done.err
    assert not (tmp_path / "w").exists()


def test_compile_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = accordant("compile", HARBOR), accordant("compile", HARBOR, PYTHONHASHSEED="7")
    assert first.code == 0
    assert first.out == second.out
    done = accordant("compile", HARBOR, "-o", tmp_path / "plan.json")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == first.out


def test_compile_to_a_place_that_is_not_there_is_a_clean_failure(tmp_path: Path) -> None:
    done = accordant("compile", HARBOR, "-o", tmp_path / "no" / "plan.json")
    assert done.code == 5
    assert "No such file" in done.err


def test_plan_is_the_same_wherever_the_configuration_lies(tmp_path: Path) -> None:
    assert accordant("compile", harbor(tmp_path)).out == accordant("compile", HARBOR).out


def test_no_secret_stands_in_plan_or_findings(tmp_path: Path) -> None:
    conf = harbor(tmp_path)
    spoil(conf, "appsettings.agent.json", '"OutputPath": "outbox/badges"', '"OutputPath": 7, "Password": "Wet-Rope-99"')
    done = accordant("validate", conf)
    assert done.code == 1
    assert "Wet-Rope-99" not in done.out + done.err
