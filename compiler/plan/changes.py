"""What happens to the exported rows of a table before they are prepared: the plan's form of transformations."""

from msgspec import Struct


class DateForm(Struct, frozen=True, kw_only=True):
    """How dates are written, as the author says it and as strftime does.

    `read` is SQL that gives the point in time of the text `{0}`, null for one of another form; empty for a form that
    says too little to be read.
    """

    pattern: str
    write: str
    read: str


class JoinColumns(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="do", tag="join"):
    """The values of some columns, one after the other, as the value of one."""

    column: str
    inputs: tuple[str, ...]
    separator: str = ""
    without_empty: bool = False
    without_repetitions: bool = False
    sorted: bool = False


class ShiftDates(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="do", tag="shift"):
    """The dates of a column some days later, in the form in which they were read or in one of their own."""

    column: str
    input: str
    days: float = 0.0
    from_year: int | None = None
    to_year: int | None = None
    form: DateForm | None = None


class KeepRows(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="do", tag="keep"):
    """Only the rows whose cell compares with the value; for `Regex` it is one of RE2."""

    column: str
    operator: str = "Equals"
    value: str = ""


AnyChange = JoinColumns | ShiftDates | KeepRows


class TransformedTable(Struct, frozen=True):
    """What happens to an exported table before it is prepared, in this order."""

    table: str
    changes: tuple[AnyChange, ...]
