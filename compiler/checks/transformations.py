"""Transformations: what each type of them takes, and which tables it may change (language.md §4.5)."""

from collections.abc import Iterator

from compiler.bind.tables import connection_of, table_name
from compiler.catalogue.package import Verb
from compiler.checks.registry import Finding, Subject, check
from compiler.expressions.date_formats import problem_of_output
from compiler.expressions.patterns import to_re2
from compiler.model.connectors import Connection, Transformation, TransformationType, WhereOperator
from compiler.model.metadata import EntityAssociationMapping, EntityTypeMapping
from compiler.model.model import Model

_COMMON = ("Type", "Table", "Column")
_INPUTS = ("InputColumn2", "InputColumn3", "InputColumn4", "InputColumn5")
_TAKES = {
    TransformationType.ConcatColumns: (
        *("InputColumn", *_INPUTS),
        *("ConcatSeparator", "RemoveEmpty", "RemoveDuplicates", "SortValues"),
    ),
    TransformationType.TransformDate: ("InputColumn", "AddedDays", "MinYear", "MaxYear", "DatePattern"),
    TransformationType.WhereValue: ("WhereOperator", "WhereValue"),
}
"""The attributes of each type besides those of all."""

MOST_DAYS = 3_652_059
"""The days from the year 1 to the year 9999."""


@check("E182")
def attributes(it: Subject) -> Iterator[Finding]:
    """Each type takes attributes of its own, and needs some of them."""
    for _, each in transformations(it.model):
        foreign = [name for name in each.element.attributes if name not in (*_COMMON, *_TAKES[each.type])]
        for name in foreign:
            owners = [kind.value for kind, names in _TAKES.items() if name in names]
            if owners:
                help = f"it belongs to {' and '.join(owners)}; remove it, or change the Type"
                yield Finding(each, f"{each.type.value} takes no {name}", name, help)
        if not foreign:
            yield from _missing(each)
        yield from _wrong(each)


def _missing(each: Transformation) -> Iterator[Finding]:
    if not each.column:
        yield Finding(each, f"{each.type.value} needs a Column", "Type", "name the column it is about")
    if each.type is TransformationType.ConcatColumns and not each.input_column:
        yield Finding(each, "ConcatColumns needs an InputColumn", "Type", "name the first column to be joined")


def _wrong(each: Transformation) -> Iterator[Finding]:
    if each.added_days is not None and not abs(each.added_days) <= MOST_DAYS:
        yield Finding(each, f"{each.added_days:g} days lead out of the years 1 to 9999", "AddedDays")
    if each.min_year is not None and each.max_year is not None and each.min_year > each.max_year:
        message = f"no year is from {each.min_year} to {each.max_year}"
        yield Finding(each, message, "MinYear", "the earlier year is MinYear")
    problem = problem_of_output(each.date_pattern) if each.date_pattern else ""
    if problem:
        yield Finding(each, problem, "DatePattern")
    if each.type is TransformationType.WhereValue and each.where_operator is WhereOperator.Regex:
        unsaid = to_re2(each.where_value or "").problem
        if unsaid:
            yield Finding(each, unsaid, "WhereValue", "write it without, or compare with another WhereOperator")


@check("E183")
def without_table(it: Subject) -> Iterator[Finding]:
    """A transformation changes a table."""
    for connection, each in transformations(it.model):
        if not each.table:
            help = f'write `Table="{connection.identifier}_…"`'
            yield Finding(each, f"{each.type.value} names no Table", "Type", help)


@check("E184")
def foreign_table(it: Subject) -> Iterator[Finding]:
    """The tables of a connection are those that it exports."""
    for connection, each in transformations(it.model):
        abilities = it.catalogue.abilities(connection.package)
        if each.table and connection_of(it.model, each.table) is not connection:
            message = f"table `{each.table}` is no table of connection `{connection.identifier}`"
            help = f"its tables are called `{connection.identifier}` or `{connection.identifier}_…`"
            yield Finding(each, message, "Table", help)
        elif each.table and abilities is not None and Verb.EXPORT not in abilities:
            message = f"connection `{connection.identifier}` cannot export, so it has no tables"
            yield Finding(each, message, "Table", "remove it", ((connection, "Package", "this package only writes"),))


@check("W188")
def without_effect(it: Subject) -> Iterator[Finding]:
    """What no mapping loads is changed for nobody."""
    loaded = {table_name(each.connection_table).lower() for each in _mappings(it.model) if each.connection_table}
    for connection, each in transformations(it.model):
        own = each.table and connection_of(it.model, each.table) is connection
        exports = Verb.EXPORT in (it.catalogue.abilities(connection.package) or {Verb.EXPORT})
        if own and exports and each.table and table_name(each.table).lower() not in loaded:
            message = f"no mapping loads table `{each.table}`, so nothing comes of its transformation"
            yield Finding(each, message, "Table", "name a ConnectionTable of a mapping, or remove it")


def transformations(model: Model) -> Iterator[tuple[Connection, Transformation]]:
    """Every transformation with its connection."""
    for connection in model.transforming:
        yield from ((connection, each) for each in connection.transformations)


def _mappings(model: Model) -> Iterator[EntityTypeMapping | EntityAssociationMapping]:
    yield from model.entity_type_mappings.values()
    yield from model.association_mappings.values()
