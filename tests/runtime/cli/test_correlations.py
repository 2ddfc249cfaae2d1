"""`accordant correlations` over a copy of the sample whose rules are no longer sure."""

from pathlib import Path

from tests.runtime.cli.command import accordant, harbor


def test_a_match_that_no_rule_is_sure_of_waits_for_a_person(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    rules = conf / "Directory" / "Directory Role Model.xml"
    sure, unsure = ('SourceMatchedConfidenceLevel="100"', 'SourceMatchedConfidenceLevel="60"')
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace(sure, unsure), encoding="utf-8")
    first_run = ("--yes", "--no-fulfil", "--force", "--reason", "nobody has an account yet")
    assert accordant("apply", conf, "-w", workspace, *first_run).code == 0
    listed = accordant("correlations", "list", "-w", workspace, "--json").of("suggestion")
    assert len(listed) >= 2
    assert {each["confidence"] for each in listed} == {60}
    first, second = (str(each["id"]) for each in listed[:2])
    assert first in accordant("correlations", "list", "-w", workspace).out
    accepted = accordant("correlations", "accept", first, "-w", workspace)
    assert (accepted.code, accepted.err) == (0, "1 of 1 accepted\n")
    refused = accordant("correlations", "refuse", second, first, "-w", workspace)
    assert refused.code == 2
    assert refused.err == f"1 of 2 refused\nnot suggested any more: {first}\n"
    assert accordant("evaluate", conf, "-w", workspace, "--force", "--reason", "the same").code == 0
    left = accordant("correlations", "list", "-w", workspace, "--json").of("suggestion")
    assert {str(each["id"]) for each in left} == {str(each["id"]) for each in listed} - {first, second}
