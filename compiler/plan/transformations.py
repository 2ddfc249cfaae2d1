"""The transformations of a connection in; per table, the changes that a run makes, and the columns they need, out."""

from collections.abc import Iterable, Iterator

from compiler.bind.transformations import shift_of, transformations_of
from compiler.expressions import date_formats
from compiler.expressions.functions import FUNCTIONS
from compiler.expressions.patterns import to_re2
from compiler.model.connectors import Transformation, TransformationType, WhereOperator
from compiler.model.model import Model
from compiler.plan.changes import AnyChange, DateForm, JoinColumns, KeepRows, ShiftDates, TransformedTable


def transformed_tables(model: Model, connector: str, tables: Iterable[str]) -> Iterator[TransformedTable]:
    """What happens to each of a connector's tables before it is prepared; tables that stay as they are left out."""
    for table in tables:
        changes = tuple(_change(each) for each in transformations_of(model, connector, table))
        if changes:
            yield TransformedTable(table=table, changes=changes)


def taken_back(model: Model, connector: str, table: str, column: str) -> ShiftDates | None:
    """The shift that is undone when a column is written; None where the column is as the system has it."""
    shift = shift_of(model, connector, table, column)
    change = _change(shift) if shift else None
    return change if isinstance(change, ShiftDates) else None


def inputs_of(change: AnyChange) -> tuple[str, ...]:
    """The columns that a change reads."""
    match change:
        case JoinColumns():
            return change.inputs
        case ShiftDates():
            return (change.input,)
        case KeepRows():
            return (change.column,)


def columns_read(wanted: Iterable[str], changes: Iterable[AnyChange]) -> list[str]:
    """The columns that the table must have for all changes, and then for `wanted`, to be there."""
    made: set[str] = set()
    read: dict[str, None] = {}
    for change in changes:
        read.update(dict.fromkeys(each for each in inputs_of(change) if each not in made))
        if not isinstance(change, KeepRows):
            made.add(change.column)
    first = [each for each in wanted if each not in made or each in read]
    return list(dict.fromkeys([*first, *read]))


def _change(item: Transformation) -> AnyChange:
    column = item.column or ""
    if item.type is TransformationType.ConcatColumns:
        return JoinColumns(
            column=column,
            inputs=item.inputs,
            separator=item.concat_separator or "",
            without_empty=item.remove_empty,
            without_repetitions=item.remove_duplicates,
            sorted=item.sort_values,
        )
    if item.type is TransformationType.TransformDate:
        return ShiftDates(
            column=column,
            input=item.input_column or column,
            days=item.added_days or 0.0,
            from_year=item.min_year,
            to_year=item.max_year,
            form=_form(item.date_pattern),
        )
    value = item.where_value or ""
    is_pattern = item.where_operator is WhereOperator.Regex
    return KeepRows(
        column=column, operator=item.where_operator.value, value=to_re2(value).text if is_pattern else value
    )


def _form(pattern: str | None) -> DateForm | None:
    if not pattern:
        return None
    can_be_read = not date_formats.problem_of_input(pattern)
    write = date_formats.strftime_of_seconds(pattern)
    return DateForm(pattern=pattern, write=write, read=_read(pattern) if can_be_read else "")


def _read(pattern: str) -> str:
    """SQL for the point in time that `{0}`, a text in this form, names."""
    from sqlglot import exp

    parse = FUNCTIONS["ParseUniversalDate"].sql
    assert parse is not None
    parsed = parse(exp.column("accordant_value"), exp.Literal.string(pattern)).sql(dialect="duckdb")
    return parsed.replace("{", "{{").replace("}", "}}").replace("accordant_value", "{0}")
