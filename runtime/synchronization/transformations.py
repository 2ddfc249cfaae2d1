"""A raw file's relation and the changes to its table in; a relation with the changes made out, all of it SQL.

No change removes a row: one that is not kept is marked in `_kept`, so that a row's number stays its record's.
"""

from msgspec import Struct

from compiler.plan.changes import AnyChange, JoinColumns, KeepRows, ShiftDates
from runtime.engine.engine import Engine, literal

KEPT = "_kept"

_DAY = 86_400_000_000
"""Microseconds."""

_CLOCK = "regexp_extract(v, '^.{11}([0-9]{2}:[0-9]{2}(:[0-9]{2})?)', 1)"
_DATE_TIME = (
    "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
    " ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?')"
)
_MACROS = {
    "date_local(v)": f"""
        CASE WHEN regexp_full_match(v, '[0-9]{{14}}([.][0-9]+)?Z?') THEN try_strptime(left(v, 14), '%Y%m%d%H%M%S')
             WHEN regexp_full_match(v, '[0-9]{{8}}') THEN try_strptime(v, '%Y%m%d')
             WHEN regexp_full_match(v, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN try_strptime(v, '%Y-%m-%d')
             WHEN {_DATE_TIME} THEN try_strptime(left(v, 10) || ' ' || rpad({_CLOCK}, 8, ':00'), '%Y-%m-%d %H:%M:%S')
        END""",
    "date_alike(moment, v)": f"""
        CASE WHEN {_DATE_TIME}
             THEN strftime(moment, '%Y-%m-%d') || substr(v, 11, 1)
                  || left(strftime(moment, '%H:%M:%S'), length({_CLOCK})) || substr(v, 12 + length({_CLOCK}))
             WHEN contains(v, '-') THEN strftime(moment, '%Y-%m-%d')
             WHEN length(v) = 8 THEN strftime(moment, '%Y%m%d')
             ELSE strftime(moment, '%Y%m%d%H%M%S') || substr(v, 15) END""",
}


class Changed(Struct, frozen=True):
    """The relation, and the name in SQL of each column of the table as it is after all changes."""

    relation: str
    names: dict[str, str]
    marks_rows: bool


def define_changes(engine: Engine) -> None:
    """Make known to the engine what `changed` writes; `define_conversions` comes first."""
    for signature, body in _MACROS.items():
        engine.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS ({body})")


def changed(relation: str, columns: tuple[str, ...], changes: tuple[AnyChange, ...]) -> Changed:
    """The changes made one after the other, each on what the one before left. Column i of `relation` is `c<i>`."""
    names: dict[str, str] = {}
    for index, column in enumerate(columns):
        names.setdefault(column, f"c{index}")
    free, marks = len(columns), any(isinstance(each, KeepRows) for each in changes)
    if marks:
        relation = f"(SELECT *, true AS {KEPT} FROM {relation})"
    for change in changes:
        if isinstance(change, KeepRows):
            relation = f"(SELECT * REPLACE ({KEPT} AND {_kept(change, names)} AS {KEPT}) FROM {relation})"
            continue
        value = _joined(change, names) if isinstance(change, JoinColumns) else _shifted(change, names)
        if change.column in names:
            relation = f"(SELECT * REPLACE ({value} AS {names[change.column]}) FROM {relation})"
        else:
            names[change.column], free = f"c{free}", free + 1
            relation = f"(SELECT *, {value} AS {names[change.column]} FROM {relation})"
    return Changed(relation, names, marks)


def _kept(change: KeepRows, names: dict[str, str]) -> str:
    """SQL: whether a row is kept. A cell without value compares as an empty text; letter case counts."""
    cell, value = f"coalesce({names[change.column]}, '')", literal(change.value)
    tests = {
        "Equals": f"{cell} = {value}",
        "NotEquals": f"{cell} <> {value}",
        "Contains": f"contains({cell}, {value})",
        "NotContains": f"NOT contains({cell}, {value})",
        "StartsWith": f"starts_with({cell}, {value})",
        "EndsWith": f"ends_with({cell}, {value})",
        "Regex": f"regexp_matches({cell}, {value})",
    }
    return f"({tests[change.operator]})"


def _joined(change: JoinColumns, names: dict[str, str]) -> str:
    """SQL: the values in one text. Empty ones go first, then repetitions, then the rest is put in order."""
    cells = [names[each] for each in change.inputs]
    values = ", ".join(f"coalesce({cell}, '')" for cell in cells)
    values = f"[{values}]"
    if change.without_empty:
        values = f"list_filter({values}, lambda x: x <> '')"
    if change.without_repetitions:
        values = f"list_filter({values}, lambda x, i: i = 1 OR {values}[i - 1] <> x)"
    if change.sorted:
        values = f"list_sort({values})"
    joined = f"array_to_string({values}, {literal(change.separator)})"
    return f"CASE WHEN coalesce({', '.join(cells)}) IS NOT NULL THEN {joined} END"


def _shifted(change: ShiftDates, names: dict[str, str]) -> str:
    """SQL: the date some days later. What is no date, or is out of the years, stays as it is."""
    cell = names[change.input]
    text = f"cell_trimmed({cell})"
    moment = _moment(change, text)
    later = f"TRY({moment} + to_microseconds({round(change.days * _DAY)}))"
    bounds = [f"year({later}) BETWEEN 1 AND 9999"]
    bounds += [f"year({moment}) >= {change.from_year}"] if change.from_year is not None else []
    bounds += [f"year({moment}) <= {change.to_year}"] if change.to_year is not None else []
    written = f"strftime({later}, {literal(change.form.write)})" if change.form else f"date_alike({later}, {text})"
    return f"CASE WHEN {' AND '.join(bounds)} THEN {written} ELSE {cell} END"


def _moment(change: ShiftDates, text: str) -> str:
    """SQL: the point in time of a cell. Where the author gives a form, texts of that form are read too; else as UTC."""
    if change.form is None:
        return f"date_local({text})"
    if not change.form.read:
        return f"cell_moment({text})"
    return f"coalesce({change.form.read.format(text)}, cell_moment({text}))"
