"""A resolved model goes in; which transformations make a column of a table, and which can be taken back, come out."""

from compiler.bind.tables import table_name
from compiler.model.connectors import Transformation, TransformationType
from compiler.model.model import Model


def transformations_of(model: Model, connector: str, table: str) -> list[Transformation]:
    """The transformations of one table in document order; names of tables differ by more than letter case."""
    return [
        each
        for connection in model.transforming
        if connection.connector == connector
        for each in connection.transformations
        if each.table and table_name(each.table).lower() == table_name(table).lower()
    ]


def makers_of(model: Model, connector: str, table: str, column: str) -> list[Transformation]:
    """The transformations that give a column its values."""
    made = transformations_of(model, connector, table)
    return [each for each in made if each.type is not TransformationType.WhereValue and each.column == column]


def shift_of(model: Model, connector: str, table: str, column: str) -> Transformation | None:
    """The one shift of dates that makes a column, when it can be taken back: what it reads is as the system has it, and
    what it writes is in the form in which it was read."""
    makers = makers_of(model, connector, table, column)
    if len(makers) != 1 or makers[0].type is not TransformationType.TransformDate or makers[0].date_pattern:
        return None
    shift = makers[0]
    others = makers_of(model, connector, table, shift.inputs[0])
    return shift if all(each is shift for each in others) else None
