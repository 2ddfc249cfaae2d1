"""A configuration with expressions that SQL cannot say, from its plan to its orders."""

from pathlib import Path

import msgspec

from tests.runtime.cli.command import accordant, harbor

PLAIN = 'Property="department" Binding="Organisation.Name"'
SOUNDS = (
    'Property="department" Expression="C#:p:return p.LastName.ToSoundex() + p.LastName.ToLower().ToDoubleMetaphone();"'
)


def changed(folder: Path) -> Path:
    conf = harbor(folder)
    file = conf / "Directory" / "Directory Role Model.xml"
    text = file.read_text(encoding="utf-8")
    assert PLAIN in text
    file.write_text(text.replace(PLAIN, SOUNDS), encoding="utf-8")
    return conf


def test_a_run_calls_the_functions_of_its_plan(tmp_path: Path) -> None:
    conf, workspace = changed(tmp_path), tmp_path / "workspace"
    done = accordant("apply", conf, "-w", workspace, "--yes")
    assert done.code == 0, done.err
    assert "accordant_tosoundex_" in done.out
    orders = [msgspec.json.decode(path.read_bytes()) for path in sorted((conf / "outbox" / "directory").glob("*.json"))]
    given = {order["Changes"]["sn"]: order["Changes"]["department"] for order in orders if "sn" in order["Changes"]}
    assert len(given) >= 8
    assert all(code[0] == name[0].upper() and code[1:4].isdigit() for name, code in given.items())
    again = accordant("plan", conf, "-w", workspace, "--json")
    assert again.code == 0, again.err
    assert {each["name"].split("_")[1] for each in again.of("function")} == {"tosoundex", "todoublemetaphone"}


def test_a_plan_says_what_runs_in_python_and_where(tmp_path: Path) -> None:
    conf = changed(tmp_path)
    done = accordant("compile", conf, "-o", tmp_path / "plan.json")
    assert done.code == 0
    places = [line.split() for line in done.err.splitlines() if line.startswith("  accordant_")]
    assert [(name.split("_")[1], " ".join(place)) for name, *place in places] == [
        ("todoublemetaphone", "Directory/Directory Role Model.xml:22"),
        ("tosoundex", "Directory/Directory Role Model.xml:22"),
    ]
    plan = msgspec.json.decode((tmp_path / "plan.json").read_bytes())
    (metaphone, soundex) = plan["functions"]
    assert soundex["function"]["tree"]["function"] == "ToSoundex"
    assert soundex["function"]["arguments"] == metaphone["function"]["arguments"] == ["string"]
    assert "Python" not in accordant("compile", harbor(tmp_path / "other"), "-o", tmp_path / "other.json").err
