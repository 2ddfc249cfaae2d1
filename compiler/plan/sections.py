"""A context rule with record sections in, the query of its identities' contexts over time out (provisioning.md §5.1).

Every record has a period in each section. Time is cut wherever one begins or ends; in each slice an identity has one
context for every combination of the sections' instances, first of all those that stand in one record, and where a
section has none, values of another instance stand in.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from compiler.bind.bound import Bound
from compiler.expressions.tree import Path
from compiler.model.contexts import ContextRule, RecordBoundaryKind, RecordExtensionKind, RecordSection
from compiler.plan.records import Records
from compiler.plan.tables import FIRST, LAST, quoted, text


class _Section(Struct, frozen=True):
    """A section, its number, the dimensions whose values come from it, and which of them are copied into gaps."""

    section: RecordSection
    number: int
    dimensions: tuple[int, ...]
    copied: frozenset[int]
    has_key: bool
    has_sort: bool

    def column(self, what: str) -> str:
        """A column of the records that belongs to the section."""
        return f"{what}{self.number}"


def contexts(bound: Bound, rule: ContextRule, sections: Sequence[RecordSection]) -> str:
    """`owner_id`, `starts`, `ends` and one column per dimension: the contexts of every identity."""
    parts = [_section(bound, rule, sections, each, number) for number, each in enumerate(sections)]
    default = next((each for each in parts if each.section.is_default), parts[0])
    bounding = next((each for each in parts if each.section.is_default_boundaries_section), default)
    named = [f"r AS ({_records(bound, rule, parts)})", f"hull AS ({_hull(default)})"]
    named += [f"i{each.number} AS ({_instances(each, default)})" for each in parts]
    named += [f"slice AS ({_slices(parts, bounding)})"]
    named += [f"a{each.number} AS ({_active(each)})" for each in parts]
    named += [f"e{each.number} AS ({_copies(each)})" for each in parts if each.copied]
    chosen = "SELECT s.owner_id, s.starts, s.ends, d.key AS d_key, d.record_id AS record_id_d"
    chosen += "".join(f', d."{number}"' for number in default.dimensions)
    chosen += f" FROM slice AS s LEFT JOIN a{default.number} AS d ON {_same('d', 's')}"
    for each in parts:
        if each is not default:
            chosen = _combined(chosen, each, default)
    return f"WITH {', '.join(named)} SELECT DISTINCT {_values(bound, parts)} FROM ({chosen}) AS c {_copied(parts)}"


def _section(
    bound: Bound, rule: ContextRule, sections: Sequence[RecordSection], section: RecordSection, number: int
) -> _Section:
    owner = {each.property: one for one in sections for each in one.properties if not each.is_excluded}
    default = next((each for each in sections if each.is_default), sections[0])
    first = {each: _first(bound, rule, each) for each in rule.b}
    own = tuple(each for each in rule.b if owner.get(first[each], default) is section)
    fixed = {each.property for each in section.properties if each.extension_kind is RecordExtensionKind.None_}
    extends = section.extension_kind is not RecordExtensionKind.None_
    return _Section(
        section,
        number,
        own,
        frozenset(each for each in own if extends and first[each] not in fixed),
        bound.instance_key(section) is not None,
        bound.sort_key(section) is not None,
    )


def _first(bound: Bound, rule: ContextRule, number: int) -> str:
    """The property of the record through which a dimension gets its value."""
    tree = bound.dimension(rule, number)
    return tree.segments[0] if isinstance(tree, Path) and tree.segments else ""


def _records(bound: Bound, rule: ContextRule, parts: Sequence[_Section]) -> str:
    """Every record that takes part, with its dates and keys in each section."""
    records = Records(bound, rule)
    columns = {str(number): records.value(bound, number) for number in rule.b}
    for each in parts:
        section = each.section
        columns[each.column("s")] = records.stored(section.start_property)
        columns[each.column("e")] = records.stored(section.end_property)
        columns[each.column("k")] = records.key(bound.instance_key(section))
        columns[each.column("o")] = records.key(bound.sort_key(section))
    return records.select(columns, bound.excluded(rule), is_excluded=False)


def _hull(default: _Section) -> str:
    starts, ends = (f"coalesce({default.column(what)}, '{limit}')" for what, limit in (("s", FIRST), ("e", LAST)))
    return f"SELECT owner_id, min({starts}) AS opens, max({ends}) AS closes FROM r GROUP BY owner_id"


def _instances(each: _Section, default: _Section) -> str:
    """The periods of a section; missing dates are those of the default section, or none at all (`BoundaryKind`)."""
    is_kept = each is default or each.section.boundary_kind is RecordBoundaryKind.Kept
    opens, closes = (text(FIRST), text(LAST)) if is_kept else ("hull.opens", "hull.closes")
    key = f"coalesce(r.{each.column('k')}, '')" if each.has_key else "''"
    values = "".join(f', r."{number}"' for number in each.dimensions)
    return (
        f"SELECT * FROM (SELECT r.owner_id, r.record_id, {key} AS key, r.{each.column('o')} AS sort, "
        f"coalesce(r.{each.column('s')}, {opens}) AS starts, coalesce(r.{each.column('e')}, {closes}) AS ends{values} "
        f"FROM r JOIN hull ON hull.owner_id = r.owner_id) AS dated WHERE starts < ends"
    )


def _slices(parts: Sequence[_Section], bounding: _Section) -> str:
    """Time between two cuts, as far as the section that bounds it goes."""
    cuts = " UNION ".join(
        f"SELECT owner_id, {what} AS starts FROM i{each.number}" for each in parts for what in ("starts", "ends")
    )
    ahead = "lead(starts) OVER (PARTITION BY owner_id ORDER BY starts) AS ends"
    bounds = f"SELECT owner_id, min(starts) AS opens, max(ends) AS closes FROM i{bounding.number} GROUP BY owner_id"
    return (
        f"SELECT c.* FROM (SELECT *, {ahead} FROM ({cuts}) AS cuts) AS c JOIN ({bounds}) AS b "
        "ON b.owner_id = c.owner_id WHERE c.starts >= b.opens AND c.ends <= b.closes"
    )


def _active(each: _Section) -> str:
    """The instances of a section in every slice; of records with one key the first by sort key."""
    covers = "i.owner_id = s.owner_id AND i.starts <= s.starts AND i.ends >= s.ends"
    best = "row_number() OVER (PARTITION BY s.owner_id, s.starts, i.key ORDER BY i.sort DESC NULLS LAST, i.record_id)"
    values = "".join(f', "{number}"' for number in each.dimensions)
    return (
        f"SELECT owner_id, starts, record_id, key{values} FROM (SELECT i.* EXCLUDE (starts), s.starts, {best} AS place "
        f"FROM slice AS s JOIN i{each.number} AS i ON {covers}) AS found WHERE place = 1"
    )


def _copies(each: _Section) -> str:
    """What stands in for a value that a slice has not: by sort key, else that of the time before, else of the next."""
    order = "i.sort DESC NULLS LAST, " if each.has_sort else ""
    order += "i.ends <= s.starts DESC, CASE WHEN i.ends <= s.starts THEN i.ends END DESC, i.starts, i.record_id"
    columns = ", ".join(
        f'first(i."{number}" ORDER BY {order}) FILTER (WHERE i."{number}" IS NOT NULL) AS "{number}"'
        for number in sorted(each.copied)
    )
    least = each.section.extended_sort_key
    passing = f" AND i.sort >= {text(least)}" if least and each.has_sort else ""
    return (
        f"SELECT s.owner_id, s.starts, {columns} FROM slice AS s JOIN i{each.number} AS i "
        f"ON i.owner_id = s.owner_id{passing} GROUP BY s.owner_id, s.starts"
    )


def _combined(chosen: str, each: _Section, default: _Section) -> str:
    """Each context so far with each instance of one more section: those of its own records, else all."""
    key = f"coalesce(r.{each.column('k')}, '')" if each.has_key else "''"
    of_default = f"coalesce(r.{default.column('k')}, '')" if default.has_key else "''"
    together = f"SELECT DISTINCT owner_id, {of_default} AS d_key, {key} AS key FROM r"
    values = "".join(f', x."{number}"' for number in each.dimensions)
    stands = "CASE WHEN t.key IS NULL THEN 0 ELSE 1 END"
    joined = (
        f"SELECT b.*{values}, {stands} AS together, x.key AS key{each.number} FROM ({chosen}) AS b "
        f"LEFT JOIN a{each.number} AS x ON {_same('x', 'b')} "
        f"LEFT JOIN ({together}) AS t ON t.owner_id = b.owner_id AND t.d_key = b.d_key AND t.key = x.key"
    )
    most = "max(together) OVER (PARTITION BY owner_id, starts, d_key) AS most"
    return (
        f"SELECT * EXCLUDE (together, most) FROM (SELECT *, {most} FROM ({joined}) AS joined) AS ranked "
        "WHERE together = most"
    )


def _values(bound: Bound, parts: Sequence[_Section]) -> str:
    """The columns of a context, in the order of the model's dimensions."""
    column: dict[int, str] = {}
    for each in parts:
        for number in each.dimensions:
            copied = number in each.copied
            column[number] = f'coalesce(c."{number}", e{each.number}."{number}")' if copied else f'c."{number}"'
    numbers = [each.column_mapping for each in bound.model.dimensions.values()]
    values = (f"{column.get(number, 'NULL::BIGINT')} AS {quoted(str(number))}" for number in numbers)
    return ", ".join(["c.owner_id", "c.starts", "c.ends", *values])


def _copied(parts: Sequence[_Section]) -> str:
    return " ".join(_joins(parts))


def _joins(parts: Sequence[_Section]) -> Iterator[str]:
    for each in parts:
        if each.copied:
            name = f"e{each.number}"
            yield f"LEFT JOIN {name} ON {_same(name, 'c')}"


def _same(one: str, other: str) -> str:
    return f"{one}.owner_id = {other}.owner_id AND {one}.starts = {other}.starts"
