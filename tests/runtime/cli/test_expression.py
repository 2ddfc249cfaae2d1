"""`accordant expression` over the sample."""

import msgspec
import pytest

from tests.runtime.cli.command import HARBOR, Done, accordant

PERSON = ("--entity", "HR_Person")


def tried(text: str, *arguments: str) -> Done:
    return accordant("expression", text, HARBOR, *PERSON, *arguments)


def value(text: str, row: object, *arguments: str) -> str | None:
    done = tried(text, "--row", msgspec.json.encode(row).decode(), "--json", *arguments)
    assert done.code == 0, done.err
    (line,) = done.of("expression")
    found: str | None = line["value"]
    return found


def test_its_type_its_sql_and_where_it_runs() -> None:
    done = tried("C#:p:return p.Login + p.Organisation.Name.ToUpper();")
    assert done.code == 0, done.err
    lines = dict(line.split(maxsplit=1) for line in done.out.replace("runs in", "runs_in").splitlines())
    assert lines["type"] == "a text"
    assert lines["runs_in"] == "SQL"
    assert lines["sql"].startswith('SELECT "own"."_id" AS "_id", CONCAT("own"."Login", ')
    assert 'resource"."HR_Organisation"' in lines["sql"]
    assert "value" not in lines


def test_what_sql_cannot_say_is_named() -> None:
    done = tried("ToSoundex", "--binding", "LastName", "--row", '{"LastName": "Quill"}')
    assert "runs in  SQL and Python: accordant_tosoundex_" in done.out
    assert done.out.endswith('value    "Q400"\n')


def test_its_value_for_a_row() -> None:
    assert value("ToUpper", {"FirstName": "Vera"}, "--binding", "FirstName") == "VERA"
    text = "C#:p:return p.Manager?.Organisation?.Name + p.FirstName;"
    assert value(text, {"Manager": {"Organisation": {"Name": "Pilots"}}, "FirstName": "Vera"}) == "PilotsVera"
    assert value(text, {"Manager": None}) == ""
    assert value("Jinja:p:{{ p.Login|upper }}", {}) is None
    assert tried("C#:p:return p.Login;", "--row", "{}").out.endswith("value    null\n")


def test_errors_point_into_the_expression() -> None:
    done = tried("C#:p:return p.Logn;")
    assert (done.code, done.out) == (1, "")
    assert "expression:1:15: error[E123] `HR_Person` has no property `Logn`" in done.err
    assert "1 | C#:p:return p.Logn;\n  |               ^^^^" in done.err
    assert "did you mean `Login`?" in done.err
    done = tried("ToUpper", "--binding", "Organisation.Nme")
    assert "binding:1:14: error[E123]" in done.err


def test_dates_are_read_in_both_forms() -> None:
    text = 'C#:p:return p.StartDate.AddDays(1).ToString("yyyy-MM-dd HH:mm");'
    for written in ("20240305060708", "2024-03-05T06:07:08", "2024-03-05T08:07:08+02:00"):
        assert value(text, {"StartDate": written}) == "2024-03-06 06:07"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "--row: "),
        ("[]", "the row is no object"),
        ('{"Logn": "x"}', "`HR_Person` has no property `Logn`; did you mean `Login`?"),
        ('{"Manager": {"Organisation": {"Nam": ""}}}', "`Manager.Organisation.Nam`"),
        ('{"Manager": "1"}', "Manager is no object"),
        ('{"Login": {}}', "Login is a value"),
        ('{"Manager": ' * 5_000 + "{}" + "}" * 5_000, "nested too deep"),
        ('{"StartDate": "soon"}', "StartDate is a date, and `soon` is none"),
    ],
)
def test_a_row_that_does_not_fit_is_wrong_usage(row: str, said: str) -> None:
    done = tried("C#:p:return p.Login;", "--row", row)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_an_entity_type_that_is_not_there() -> None:
    done = accordant("expression", "Literal:a", HARBOR, "--entity", "HR_Persn")
    assert done.code == 2
    assert "did you mean `HR_Person`?" in done.err
