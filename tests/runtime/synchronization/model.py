"""Raw records in; the store and the rejects that synchronisation must leave out: its rules, naively, in plain Python.

Written from the rules alone, for the tests to hold the code against: loops over lists and dicts, one record at a time.
Keys are texts in internal form. A link is a pair of primary keys; a link that waits is a pair of the keys that its
record holds.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct, field

from compiler.plan.steps import EntitySource, LinkEnd, LinkSource, Prepare
from tests.runtime.synchronization.raw_files import RawFile, Record, quoted

Pair = tuple[str, str]
Row = dict[str, str | None]
Records = dict[str, list[Record]]
"""The records of each raw table."""

_INSTRUCTIONS = {"": "merge", "add": "insert", "insert": "insert", "update": "update", "merge": "merge"}
_INSTRUCTIONS["delete"] = "delete"
_RANGES = {"Byte": (0, 255), "Int16": (-(2**15), 2**15 - 1), "Int32": (-(2**31), 2**31 - 1)}
_RANGES["Int64"] = (-(2**63), 2**63 - 1)


class Stored(Struct):
    """What the store holds: resources by primary key, links, and links whose ends are not all known."""

    resources: dict[str, dict[str, Row]]
    links: dict[str, set[Pair]]
    waiting: dict[str, set[Pair]]


class Rejects(Struct):
    """The records of one entity type or association that are left out with a word, in file order."""

    nullpk: list[Record] = field(default_factory=list)
    duplicates: list[Record] = field(default_factory=list)


class Clean(Struct):
    """A full extract after cleansing, by entity type or association."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    rejects: dict[str, Rejects] = field(default_factory=dict)


def empty(step: Prepare) -> Stored:
    """A store that nothing was loaded into."""
    links = [each.association for each in step.associations]
    return Stored(
        {each.entity_type: {} for each in step.entity_types}, {each: set() for each in links}, {e: set() for e in links}
    )


def internal(cell: str | None, type: str) -> str | None:
    """The internal text of a cell; null where it says nothing, or nothing that the type can hold."""
    if type == "String" or cell is None:
        return cell
    text = cell.strip()
    if type == "Bool":
        return {"true": "true", "1": "true", "false": "false", "0": "false"}.get(text.lower())
    if type in _RANGES:
        low, high = _RANGES[type]
        return str(int(text)) if re.fullmatch("[+-]?[0-9]+", text) and low <= int(text) <= high else None
    return _date(text)


def _date(text: str) -> str | None:
    """Fourteen digits, or ISO 8601 with the offset that it may have."""
    try:
        if re.fullmatch("[0-9]{14}", text):
            moment = datetime.strptime(text, "%Y%m%d%H%M%S")
        elif re.match("[0-9]{4}-", text):
            moment = datetime.fromisoformat(text)
        else:
            return None
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.year:04}{moment:%m%d%H%M%S}"


def is_blank(value: str | None) -> bool:
    """Null, empty, or white space only."""
    return value is None or not value.strip()


def clean(step: Prepare, records: Records) -> Clean:
    """Cleanse full extracts (4.2): the first of a key wins; rejected rows of an entity type have no links."""
    found = Clean()
    for entity in step.entity_types:
        _clean_entity(entity, records[entity.table], found)
    for link in step.associations:
        _clean_links(step, link, records[link.table], found)
    return found


def _clean_entity(entity: EntitySource, records: list[Record], found: Clean) -> None:
    rows: dict[str, Row] = {}
    rejects = found.rejects[entity.entity_type] = Rejects()
    for record in records:
        if _instruction(record) in ("delete", None):
            continue  # no row of a full extract
        row = _row(entity, record)
        key = row[entity.key]
        if key is None or is_blank(key):
            rejects.nullpk.append(record)
        elif key in rows:
            rejects.duplicates.append(record)
        else:
            rows[key] = row
    found.rows[entity.entity_type] = rows


def _clean_links(step: Prepare, link: LinkSource, records: list[Record], found: Clean) -> None:
    rejects = found.rejects[link.association] = Rejects()
    owner = _owner(step, link)
    if owner is not None:
        rejected = found.rejects[owner[1].entity_type]
        records = [each for each in records if each not in rejected.nullpk and each not in rejected.duplicates]
    kept: dict[Pair, Record] = {}
    for record in records:
        if _instruction(record) in ("delete", None):
            continue
        pair = _pair(step, link, record)
        if pair is None or pair in kept:
            if link.own_file:
                (rejects.nullpk if pair is None else rejects.duplicates).append(record)
        else:
            kept[pair] = record
    for side, end in ((0, link.side1), (1, link.side2)):
        if not end.is_collection:
            first: dict[str, Pair] = {}
            for pair in sorted(kept):
                first.setdefault(pair[side], pair)
            rejects.duplicates += [kept.pop(pair) for pair in list(kept) if first[pair[side]] != pair]
    rejects.duplicates.sort(key=lambda each: each.line)
    found.pairs[link.association] = list(kept)


def loaded(step: Prepare, cleaned: Clean) -> Stored:
    """What the store holds when it holds exactly these extracts."""
    stored = empty(step)
    stored.resources = {name: dict(rows) for name, rows in cleaned.rows.items()}
    for link in step.associations:
        _resolve_all(stored, link, cleaned.pairs[link.association])
    return stored


def _resolve_all(stored: Stored, link: LinkSource, pairs: Iterable[Pair]) -> None:
    stored.links[link.association], stored.waiting[link.association] = set(), set()
    for pair in pairs:
        known = _resolved(stored, link, pair)
        if known is None:
            stored.waiting[link.association].add(pair)
        else:
            stored.links[link.association].add(known)


def _resolved(stored: Stored, link: LinkSource, pair: Pair) -> Pair | None:
    """The primary keys of what a pair of keys names; None unless both ends are known."""
    one, two = _found(stored, link.side1, pair[0]), _found(stored, link.side2, pair[1])
    return None if one is None or two is None else (one, two)


def _found(stored: Stored, end: LinkEnd, key: str) -> str | None:
    """Who has this key; of several the one whose primary key is first."""
    rows = stored.resources[end.entity_type]
    return min((name for name, row in rows.items() if row[end.property] == key), default=None)


def instructed(step: Prepare, records: Records, before: Stored) -> Stored:
    """Take the instructions of a source as they are: every one of its tables holds some."""
    after = Stored({name: dict(rows) for name, rows in before.resources.items()}, {}, {})
    last = {each.entity_type: _last_rows(each, records[each.table]) for each in step.entity_types}
    for entity in step.entity_types:
        for key, (word, row) in last[entity.entity_type].items():
            after.resources[entity.entity_type].pop(key, None)
            if word != "delete":
                after.resources[entity.entity_type][key] = row
    for link in step.associations:
        told = _told(step, link, records[link.table])
        _instruct_links(link, told, before, after)
    return after


def _last_rows(entity: EntitySource, records: list[Record]) -> dict[str, tuple[str, Row]]:
    """The last instruction of every key."""
    found: dict[str, tuple[str, Row]] = {}
    for record in records:
        word, row = _instruction(record), _row(entity, record)
        key = row[entity.key]
        if word is not None and key is not None and not is_blank(key):
            found[key] = word, row
    return found


def _told(step: Prepare, link: LinkSource, records: list[Record]) -> list[tuple[str, int, Pair]]:
    """`insert` and `delete` of pairs, `clear` of all that an owner (1 or 2, 0 for none) has."""
    owner = _owner(step, link)
    usable = [each for each in records if _instruction(each) is not None]
    if owner is not None:
        return _told_by_owners(step, link, usable, owner)
    last = {pair: record for record in usable for pair in [_pair(step, link, record)] if pair is not None}
    return [("delete" if _instruction(each) == "delete" else "insert", 0, pair) for pair, each in last.items()]


def _told_by_owners(
    step: Prepare, link: LinkSource, records: list[Record], owner: tuple[int, EntitySource]
) -> list[tuple[str, int, Pair]]:
    """The last row of an object says all its links."""
    side, entity = owner
    last = {key: record for record in records for key in [_row(entity, record)[entity.key]] if not is_blank(key)}
    told: list[tuple[str, int, Pair]] = []
    for record in last.values():
        own = _key(step, (link.side1, link.side2)[side - 1], record)
        if _instruction(record) == "delete" or own is None or is_blank(own):
            continue
        told.append(("clear", side, (own, own)))
        pair = _pair(step, link, record)
        if pair is not None:
            told.append(("insert", 0, pair))
    return told


def _instruct_links(link: LinkSource, told: list[tuple[str, int, Pair]], before: Stored, after: Stored) -> None:
    name = link.association
    ones, twos = after.resources[link.side1.entity_type], after.resources[link.side2.entity_type]
    links = {(one, two) for one, two in before.links[name] if one in ones and two in twos}
    waiting = set(before.waiting[name])
    for word, owner, pair in told:
        waiting.discard(pair)
        if word == "delete":
            known = _resolved(before, link, pair)
            links -= {known} if known else set()
        elif word == "clear":
            owned = _found(after, (link.side1, link.side2)[owner - 1], pair[owner - 1])
            links = {each for each in links if each[owner - 1] != owned}
            waiting = {each for each in waiting if each[owner - 1] != pair[owner - 1]}
    inserted = sorted(pair for word, _, pair in told if word == "insert")
    for side, end in ((0, link.side1), (1, link.side2)):
        if not end.is_collection:  # what is said last holds
            waiting = {each for each in waiting if each[side] not in {pair[side] for pair in inserted}}
    wanted = [(pair, _resolved(after, link, pair)) for pair in (*inserted, *sorted(waiting))]
    after.waiting[name] = {pair for pair, known in wanted if known is None}
    new = list(dict.fromkeys(known for _, known in wanted if known is not None))
    for side, end in ((0, link.side1), (1, link.side2)):
        if not end.is_collection:
            taken = {pair[side]: pair for pair in reversed(new)}
            new = [pair for pair in new if taken[pair[side]] == pair]
            links = {each for each in links if each[side] not in taken}
    after.links[name] = links | set(new)


def reject_files(step: Prepare, files: dict[str, RawFile], cleaned: Clean) -> dict[str, str]:
    """The reject files, by name, with all they say."""
    tables = {each.entity_type: each.table for each in step.entity_types}
    tables |= {each.association: each.table for each in step.associations}
    found = {}
    for name, rejects in cleaned.rejects.items():
        file = files[tables[name]]
        separator = file.dialect.separator
        for kind, records in (("nullpk", rejects.nullpk), ("duplicates", rejects.duplicates)):
            lines = [[quoted(f"{tables[name]}.csv"), str(each.line), each.text] for each in records]
            header = [quoted(each) for each in ("SourceFile", "LineNumber", *file.columns)]
            if lines:
                found[f"{name}.{kind}.csv"] = "".join(separator.join(each) + "\n" for each in (header, *lines))
    return found


def _instruction(record: Record) -> str | None:
    """What a record says to do: `merge` where it has no such column or says nothing, None for no instruction."""
    named = [name for name in record.cells if name.lower() == "command"]
    word = (record.cells[named[0]] or "") if named else ""
    return _INSTRUCTIONS.get(word.strip().lower())


def _row(entity: EntitySource, record: Record) -> Row:
    return {each.property: internal(record.cells[each.column], each.type) for each in entity.columns}


def _owner(step: Prepare, link: LinkSource) -> tuple[int, EntitySource] | None:
    """The side whose resources are the rows of the link's table; None where a row is a link."""
    for number, end in ((1, link.side1), (2, link.side2)):
        for entity in step.entity_types:
            here = entity.table == link.table and entity.entity_type == end.entity_type
            if here and any((each.property, each.column) == (end.property, end.column) for each in entity.columns):
                return number, entity
    return None


def _pair(step: Prepare, link: LinkSource, record: Record) -> Pair | None:
    """The keys of both sides, None where one is blank."""
    one, two = _key(step, link.side1, record), _key(step, link.side2, record)
    if one is None or two is None or is_blank(one) or is_blank(two):
        return None
    return one, two


def _key(step: Prepare, end: LinkEnd, record: Record) -> str | None:
    """A link's cell as the property it is a key of."""
    entity = next(each for each in step.entity_types if each.entity_type == end.entity_type)
    type = next(each.type for each in entity.columns if each.property == end.property)
    return internal(record.cells[end.column], type)
