"""Collections and queries in expressions, over a real store: a LIST column for each, one row for each resource."""

from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from runtime.engine.functions import Functions
from tests.compiler.plan.test_queries import Planned, planned, step_of

__all__ = ["planned"]

PEOPLE = """INSERT INTO resource."Person" BY NAME SELECT * FROM (VALUES (3, '9', 'Ines', 'red', '20200101000000'),
    (4, '10', 'Ole', 'RED', NULL)) AS v(_id, "Badge", "Name", "Team", "Left")"""
"""Beside Vera (7, red, 2031) and Nora (8, no team), whose boss is Vera."""

EXPRESSIONS = [
    ("return p.Staff.Count();", {"Vera": "2", "Nora": "1", "Ines": "0", "Ole": "0"}),
    (
        'return string.Join(",", p.Staff.Select(x => x.Name));',
        {"Vera": "Ole,Nora", "Nora": "Ines", "Ines": "", "Ole": ""},
    ),
    (
        "return p.Staff.Select(x => x.Boss).First().Name;",
        {"Vera": "Vera", "Nora": "Nora", "Ines": None, "Ole": None},
    ),
    (
        "return p.Staff.Where(x => x.Staff.Any(y => y.Team == p.Team)).Count();",
        {"Vera": "1", "Nora": "0", "Ines": "0", "Ole": "0"},
    ),
    (
        "return p.Boss?.Staff.OrderByDescending(x => x.Name).First().Name;",
        {"Vera": None, "Nora": "Ole", "Ines": "Ines", "Ole": "Ole"},
    ),
    (
        'var s = ""; foreach (var x in p.Staff) { s += x.Name; foreach (var y in x.Staff) s += ">" + y.Name; } return s;',  # noqa: E501
        {"Vera": "OleNora>Ines", "Nora": "Ines", "Ines": "", "Ole": ""},
    ),
    (
        'return queryHandler.Select<Person>("select Name where Team = \\"" + p.Team + "\\" order by Name desc").First().Name;',  # noqa: E501
        {"Vera": "Vera", "Nora": None, "Ines": "Vera", "Ole": "Vera"},
    ),
    (
        'return queryHandler.Select<Person>("where Team = \\"red\\" and Left > \\"2025-01-01T00:00:00Z\\"").Count();',
        {"Vera": "1", "Nora": "1", "Ines": "1", "Ole": "1"},
    ),
    (
        'return queryHandler.Select<Group>("where Code %= \\"" + p.Name + "\\" or Kind = \\"list\\" pagesize 1").FirstOrDefault()?.Code;',  # noqa: E501
        {"Vera": "all", "Nora": "all", "Ines": "all", "Ole": "all"},
    ),
    (
        'return queryHandler.Select<Person>("where Boss.Name = \\"" + p.Name + "\\" and Badge != \\"10\\"").Any();',
        {"Vera": "true", "Nora": "true", "Ines": "false", "Ole": "false"},
    ),
    (
        'return queryHandler.Select<Person>("join Boss b where (b.Team = null or b.Team != Team) and Name != null").Count();',  # noqa: E501
        {"Vera": "2", "Nora": "2", "Ines": "2", "Ole": "2"},
    ),
    (
        'return queryHandler.Select<Person>("join Staff s where s.Name = \\"Ole\\"").Single().Name;',
        {"Vera": "Vera", "Nora": "Vera", "Ines": "Vera", "Ole": "Vera"},
    ),
    (
        'return queryHandler.Select<Person>("join Staff s join s.Staff t where t.Name = \\"" + p.Name + "\\" and s.Team = null").First().Name;',  # noqa: E501
        {"Vera": None, "Nora": None, "Ines": "Vera", "Ole": None},
    ),
    (
        'return queryHandler.Select<Person>("join Staff of type Person s where s.Team = Team or Name = \\"Nora\\"").Count();',  # noqa: E501
        {"Vera": "2", "Nora": "2", "Ines": "2", "Ole": "2"},
    ),
    (
        'return queryHandler.Select<Person>("Select Id, Name where Id = " + p.Id).Single().Id;',
        {"Vera": "1", "Nora": "2", "Ines": "3", "Ole": "4"},
    ),
    (
        'return p.Staff.Count(x => queryHandler.Select<Person>("where Name = \\"" + x.Name + "\\"").Any());',
        {"Vera": "2", "Nora": "1", "Ines": "0", "Ole": "0"},
    ),
    (
        'return p.Staff.Where(x => x.Name.ToSoundex() == "O400").Count();',
        {"Vera": "1", "Nora": "0", "Ines": "0", "Ole": "0"},
    ),
]


@pytest.mark.parametrize(("body", "values"), EXPRESSIONS, ids=[body for body, _ in EXPRESSIONS])
def test_a_value_for_each_resource(planned: Planned, body: str, values: dict[str, Any]) -> None:
    plan, engine = planned(f'<TypeRule /><ScalarRule Property="label" Expression={quoteattr("C#:p:" + body)} />')
    Functions(plan.functions, engine)
    engine.execute(PEOPLE)
    engine.execute('INSERT INTO link."Boss" (_1, _2) VALUES (3, 2), (4, 1)')
    names: dict[int, str] = dict(engine.rows('SELECT _id, "Name" FROM resource."Person"'))
    found = list(engine.rows(step_of(plan).expected))
    assert len(found) == len(names)
    assert {names[owner]: value for owner, value in found} == values
