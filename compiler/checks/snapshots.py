"""Connection tables: names of columns against what the managed systems said they have (language.md §4.6)."""

from collections.abc import Iterable, Iterator

from compiler.bind.tables import connection_of, connector_of, link_table_of, table_name
from compiler.bind.values import written_name
from compiler.checks.registry import Finding, Subject, check
from compiler.checks.transformations import transformations
from compiler.diagnostics.suggest import did_you_mean
from compiler.model.connectors import Connection, ConnectionTable, Transformation, TransformationType
from compiler.model.model import Model
from compiler.model.node import Node, attributes_of


@check("E164")
def table_twice(it: Subject) -> Iterator[Finding]:
    """A connection has one table of a name."""
    first: dict[tuple[str, str], ConnectionTable] = {}
    for each in it.model.connection_tables:
        earlier = first.setdefault((each.connection, each.identifier.lower()), each)
        if earlier is not each:
            message = f"table `{each.identifier}` of connection `{each.connection}` is declared twice"
            also = ((earlier, "Identifier", "first declared here"),)
            yield Finding(each, message, "Identifier", "remove one of the two", also)


@check("W190")
def unknown_column(it: Subject) -> Iterator[Finding]:
    """Where the tables of a connection are described, the columns that are read should be among theirs."""
    if not it.model.connection_tables:
        return
    for node, attribute, table, column in (*_mapped(it.model), *_linked(it.model), *_transformed(it.model)):
        snapshot = _snapshot(it.model, table)
        if snapshot is None or column.lower() in _columns(it.model, snapshot, table):
            continue
        message = f"table `{snapshot.identifier}` has no column `{column}`, as far as its ConnectionTable says"
        help = did_you_mean(column, [each.identifier for each in snapshot.columns])
        also = ((snapshot, "Identifier", "the table's columns"),)
        yield Finding(node, message, attribute, help or "read the schema anew, if it is there by now", also)
    yield from _foreign_columns(it.model)


def _mapped(model: Model) -> Iterator[tuple[Node, str, str, str]]:
    for mapping in model.entity_type_mappings.values():
        for each in mapping.properties if mapping.connection_table and connector_of(model, mapping) else ():
            if each.connection_column:
                yield each, "ConnectionColumn", mapping.connection_table or "", each.connection_column


def _linked(model: Model) -> Iterator[tuple[Node, str, str, str]]:
    for each in model.association_mappings.values():
        table = link_table_of(model, each)
        yield each, "Column1", table, each.column1
        yield each, "Column2", table, each.column2


def _transformed(model: Model) -> Iterator[tuple[Node, str, str, str]]:
    for _, each in transformations(model):
        for declared in attributes_of(Transformation):
            name = written_name(declared, each.element)
            reads = declared.field.startswith("input_column") or (declared.field == "column" and _reads_column(each))
            if each.table and name and reads:
                yield each, name, each.table, each.element.attributes[name]


def _reads_column(each: Transformation) -> bool:
    is_date = each.type is TransformationType.TransformDate and not each.input_column
    return is_date or each.type is TransformationType.WhereValue


def _snapshot(model: Model, table: str) -> ConnectionTable | None:
    """What is known of an exported table; its identifier may be written with the connection's or without."""
    connection = connection_of(model, table)
    own = (each for each in model.connection_tables if connection and each.connection == connection.identifier)
    name = table_name(table).lower()
    return next((each for each in own if connection and name in _names(each, connection)), None)


def _names(table: ConnectionTable, connection: Connection) -> tuple[str, str]:
    name = table_name(table.identifier).lower()
    return name, f"{connection.identifier.lower()}_{name}"


def _columns(model: Model, snapshot: ConnectionTable, table: str) -> set[str]:
    """The columns of a table and those that transformations make."""
    name = table_name(table).lower()
    made = (each.column for _, each in transformations(model) if each.table and table_name(each.table).lower() == name)
    found: Iterable[str | None] = (*(each.identifier for each in snapshot.columns), *made, "command")
    return {each.lower() for each in found if each}


def _foreign_columns(model: Model) -> Iterator[Finding]:
    for table in model.connection_tables:
        own = [each for each in model.connection_tables if each.connection == table.connection]
        for each in table.columns:
            name, _, column = (each.foreign_column or "").rpartition(":")
            tables = [other for other in own if other.identifier == name] if name else [table]
            if column and all(column not in (known.identifier for known in other.columns) for other in tables):
                message = f"connection `{table.connection}` has no column `{each.foreign_column}`"
                yield Finding(each, message, "ForeignColumn", "write `Table:Column`, both of the same connection")
