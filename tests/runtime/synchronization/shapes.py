"""Nothing in; hypothesis strategies of preparations of several shapes, and of raw files that fit them, out.

Few keys, so that rows meet; values that break careless readers; columns in any order among columns that nobody maps.
"""

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec import Struct
from msgspec.structs import replace

from compiler.plan.steps import EntitySource, Limits, LinkEnd, LinkSource, Prepare, SourceColumn
from runtime.contract import Mode
from tests.runtime.synchronization.port import ORIGIN
from tests.runtime.synchronization.raw_files import Dialect, RawFile

Cell = str | None
Files = dict[str, RawFile]

KEYS: list[Cell] = ["a", "A", " a", "é", "e\u0301", 'q"', "x,y;z", "l\nb", "\U0001f6a2", "NULL", "", None]
KEYS += [" ", "\u00a0\t"]
NUMBERS: list[Cell] = ["1", "01", " 1", "+1", "2", "-0", "0", "3", "", None, "x", "2147483648", "1.0"]
DATES: list[Cell] = ["2031-02-03", "20310203000000", "2031-02-03T01:00:00+01:00", " 2031-02-03 ", "2031-02-30", ""]
DATES += [None, "0001-01-01"]
FLAGS: list[Cell] = ["true", "TRUE", "1", " 0", "False", "yes", "", None]
TEXTS: list[Cell] = ["", None, " ", "a", "a ", "\ta", 'say "b"', '"', "1,2", "1;2", "two\nlines", "old\rmac"]
TEXTS += ["win\r\ndows"]
TEXTS += ["é", "e\u0301", "\ufeff", "\x1a", "\x1e\x1f", "null", "NULL", "'", "\\", "\\n", "--", "\U0001f9dc", "\u2028"]
TEXTS += ["x" * 5000, '","' * 300, "# not a comment", "=1+1", "\x01", "\x7f"]
SHIPS = {"Int32": NUMBERS, "String": KEYS}


class Step(Struct, frozen=True):
    """One synchronisation of a history."""

    mode: Mode
    files: Files


def preparations() -> SearchStrategy[Prepare]:
    """Sailors and ships, loaded from a file each or both from one, with some of the links between them."""
    return _preparation()


@st.composite
def _preparation(draw: DrawFn) -> Prepare:
    code = draw(st.sampled_from(["Int32", "String"]))
    ships = draw(st.sampled_from(["ships", "sailors"]))
    sailor = _entity("Sailor", "sailors", _SAILOR)
    ship = _entity("Ship", ships, (SourceColumn("Code", "ship", code), SourceColumn("Title", "title")))
    links = draw(st.lists(st.sampled_from(["Serves", "Mates", "Permits", "Friends"]), unique=True, min_size=1))
    return Prepare(
        id="prepare Crew",
        origin=ORIGIN,
        connector="Crew",
        entity_types=(sailor, ship),
        associations=tuple(draw(_link(each)) for each in links),
    )


_SAILOR = (
    SourceColumn("Book", "book, no"),
    SourceColumn("Name", 'the "name"'),
    SourceColumn("Mail", "mail"),
    SourceColumn("SignedOn", "signed", "DateTime"),
    SourceColumn("Active", "active", "Bool"),
    SourceColumn("Rank", "rank", "Byte"),
)


def _entity(name: str, table: str, columns: tuple[SourceColumn, ...]) -> EntitySource:
    key = columns[0].property
    return EntitySource(entity_type=name, table=table, key=key, columns=columns, limits=Limits(), origin=ORIGIN)


@st.composite
def _link(draw: DrawFn, name: str) -> LinkSource:
    embedded = name in ("Serves", "Mates")
    own = {"Serves": "book, no", "Mates": "book, no", "Permits": "who", "Friends": "who"}[name]
    other = {"Serves": "serves on", "Mates": "mate", "Permits": "what", "Friends": "whom"}[name]
    key1 = draw(st.sampled_from(["Book", "Mail"]))
    target = "Ship" if name in ("Serves", "Permits") else "Sailor"
    key2 = draw(st.sampled_from(["Code", "Title"] if target == "Ship" else ["Book", "Mail"]))
    column1 = "mail" if embedded and key1 == "Mail" else own
    sides = [
        LinkEnd(column1, "Sailor", key1, draw(st.booleans())),
        LinkEnd(other, target, key2, draw(st.booleans())),
    ]
    first, second = draw(st.permutations(sides))
    table = "sailors" if embedded else name.lower()
    return LinkSource(
        association=name,
        table=table,
        own_file=not embedded,
        side1=first,
        side2=second,
        limits=Limits(),
        origin=ORIGIN,
    )


def columns_of(step: Prepare) -> dict[str, dict[str, str]]:
    """The columns that each raw table must have, and the type that each is read as."""
    found: dict[str, dict[str, str]] = {}
    for entity in step.entity_types:
        found.setdefault(entity.table, {}).update({each.column: each.type for each in entity.columns})
    for link in step.associations:
        for end in (link.side1, link.side2):
            source = next(each for each in step.entity_types if each.entity_type == end.entity_type)
            type = next(each.type for each in source.columns if each.property == end.property)
            found.setdefault(link.table, {}).setdefault(end.column, type)
    return found


def files(step: Prepare, *, commanded: bool = False) -> SearchStrategy[Files]:
    """A raw file for each table, with instructions or without."""
    tables = columns_of(step)
    return st.fixed_dictionaries({name: _file(columns, commanded=commanded) for name, columns in tables.items()})


_KEYED = frozenset({"book, no", "ship", "who", "what", "whom", "mate", "serves on", "mail", "title"})


def _cells(column: str, type: str) -> SearchStrategy[Cell]:
    pools = {"Int32": NUMBERS, "Byte": NUMBERS, "DateTime": DATES, "Bool": FLAGS}
    if type in pools:
        return st.sampled_from(pools[type])
    if column in _KEYED:
        return st.sampled_from(KEYS)
    return st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1), max_size=4)


@st.composite
def _file(draw: DrawFn, columns: Mapping[str, str], *, commanded: bool) -> RawFile:
    spare = draw(st.lists(st.sampled_from(["spare", "é", "x\ny", "#"]), unique=True, max_size=2))
    cells = {name: _cells(name, type) for name, type in columns.items()}
    cells |= dict.fromkeys(spare, st.sampled_from(TEXTS))
    if commanded:
        cells[draw(st.sampled_from(["command", "Command"]))] = st.sampled_from(WORDS)
    names = draw(st.permutations(list(cells)))
    rows = draw(st.lists(st.tuples(*(cells[name] for name in names)), max_size=6))
    dialect = draw(_DIALECTS)
    if "\n" in names[0]:  # refused
        dialect = replace(dialect, byte_order_mark=False)
    return RawFile(tuple(names), tuple(rows), dialect)


WORDS: list[Cell] = ["insert", "ADD", "update", "Merge", None, "", " delete ", "delete", "DELETE", "sideways"]
_DIALECTS = st.builds(
    Dialect,
    separator=st.sampled_from([",", ";", "\t"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quotes_all=st.booleans(),
    byte_order_mark=st.booleans(),
)


@st.composite
def edited(draw: DrawFn, step: Prepare, before: Files) -> Files:
    """Files that differ from others by a few rows, by the order of columns, or by everything."""
    after = {}
    for name, columns in columns_of(step).items():
        fresh = draw(_file(columns, commanded=False))
        old = before[name]
        if draw(st.booleans()) or not old.rows:
            after[name] = fresh
            continue
        kept = draw(st.lists(st.sampled_from(old.rows), max_size=6))
        new = [dict(zip(fresh.columns, row, strict=True)) for row in fresh.rows[:2]]
        added = [tuple(row.get(each) for each in old.columns) for row in new]
        after[name] = RawFile(old.columns, (*kept, *added), old.dialect)
    return after


@st.composite
def histories(draw: DrawFn, step: Prepare) -> list[Step]:
    """Snapshots one after the other; the first is loaded in any mode."""
    found = [Step(draw(st.sampled_from(list(Mode))), draw(files(step)))]
    modes = st.sampled_from([Mode.INCREMENTAL, Mode.INCREMENTAL, Mode.COMPLETE])
    for _ in range(draw(st.integers(1, 4))):
        found.append(Step(draw(modes), draw(edited(step, found[-1].files))))
    return found
