"""A number of people in; a mapping of them, and CSV files of two days of an export, with what changed between, out.

30 columns, 15 of them mapped; 2 % of the rows have line breaks in quotes, 0.2 % repeat a key, 0.1 % have none. From the
first day to the second 1 % are updated, 0.5 % go and 0.5 % come; unmapped cells of every tenth row change as well.
"""

from pathlib import Path

from compiler.plan.plan import EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.steps import EntitySource, Limits, Origin, Prepare, SourceColumn, Synchronise
from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import literal

COLUMNS, MAPPED = 30, 15
TABLE = "HR_people"
_ORIGIN = Origin("benchmark", 1, 1)
SOURCE = EntitySource(
    entity_type="Person",
    table=TABLE,
    key="p0",
    limits=Limits(),
    origin=_ORIGIN,
    columns=tuple(SourceColumn(f"p{index}", f"c{index}") for index in range(MAPPED)),
)
PREPARE = Prepare(id="prepare HR", origin=_ORIGIN, connector="HR", entity_types=(SOURCE,), associations=())
SYNCHRONISE = Synchronise(id="synchronise HR", origin=_ORIGIN, connector="HR", limits=Limits(), link_limits=Limits())
LAYOUT = EntityTypeLayout(
    name="Person",
    connector="HR",
    key="p0",
    display="p1",
    properties=tuple(PropertyLayout(f"p{index}") for index in range(MAPPED)),
)
PLAN = Plan(form=1, digest="", entity_types=(LAYOUT,), associations=(), steps=(PREPARE, SYNCHRONISE), items=())

_SPREAD = 999_983
"""A prime: rows stand in no order of their keys."""


def changes(people: int) -> tuple[int, int, int]:
    """How many are inserted, updated and deleted from the first day to the second; `people` is in whole thousands."""
    return people // 200, people // 100, people // 200


def write_day(path: Path, people: int, day: int) -> None:
    """The export of day 0 or 1."""
    engine = DuckDB()
    engine.execute(f"COPY ({_rows(people, day)}) TO {literal(str(path))} (FORMAT csv, HEADER true)")
    engine.close()


def _rows(people: int, day: int) -> str:
    last = people + day * (people // 200)
    mark = "CASE WHEN id % 100 = 3 THEN 'new ' ELSE '' END" if day else "''"
    everyone = f"SELECT range * {_SPREAD} % {last} AS id, '' AS again FROM range({last})"
    if day:
        everyone = f"SELECT * FROM ({everyone}) WHERE id % 200 <> 7 OR id >= {people}"
    return f"""
        SELECT CASE WHEN again <> 'nobody' THEN 'P' || lpad(CAST(id AS VARCHAR), 9, '0') END AS c0,
            again || {mark} || 'First' || (id * 7919 % 20011) AS c1, 'Last' || (id * 104729 % 90001) AS c2,
            CASE WHEN id % 50 = 0 THEN 'one' || chr(10) || 'and "two" ' || id ELSE 'text ' || id END AS c3,
            'user' || id || '@example.com' AS c4, 'Department ' || (id % 300) AS c5, 'City' || (id % 97) AS c6,
            CASE WHEN id % 3 > 0 THEN '+4930' || (id * 31 % 9999999) END AS c7,
            CAST(DATE '2001-01-01' + CAST(id % 9000 AS INTEGER) AS VARCHAR) AS c8,
            CASE WHEN id % 9 = 0 THEN 'false' ELSE 'true' END AS c9, CAST(id % 7 AS VARCHAR) AS c10,
            'P' || lpad(CAST(id // 10 AS VARCHAR), 9, '0') AS c11, 'Title ' || (id % 41) AS c12,
            'Building ' || (id % 60) AS c13, CASE WHEN id % 5 > 0 THEN 'room ' || (id % 800) END AS c14,
            md5(CAST(id AS VARCHAR)) AS c15, CASE WHEN id % 10 = 0 THEN 'seen on day {day}' END AS c16,
            {", ".join(f"'value {index} ' || (id * {index} % 10007) AS c{index}" for index in range(17, COLUMNS))}
        FROM ({everyone}
            UNION ALL SELECT range * 500 + 1, 'again ' FROM range({people // 500})
            UNION ALL SELECT range * 1000 + 2, 'nobody' FROM range({people // 1000}))"""
