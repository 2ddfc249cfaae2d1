"""Orders of a directory in; requests step by step out, and what the replies make of each order (activedirectory.md 4).

Every order is a `Program`: it yields the requests of its next step, is given their replies, and ends with a message
for the executed order or with `Refused`. Steps are taken so that a repeated order does no harm: find the entry, rename
or move it, change its attributes, take it out of groups, put it into groups.
"""

from collections.abc import Generator, Iterable, Sequence

from msgspec import Struct

from runtime.clients import dn, ldap_filter
from runtime.clients import ldap_messages as messages
from runtime.clients.directory_orders import Membership, Reader, Wanted
from runtime.clients.ldap_messages import Attributes, Change, Control, Entry, Modification, Reply, Scope, Search
from runtime.contract import ChangeType, Order, Refused

ANYTHING = ldap_filter.encode("(objectClass=*)")
NO_SUCH_ATTRIBUTE, ATTRIBUTE_OR_VALUE_EXISTS, NO_SUCH_OBJECT = 16, 20, 32
NAMING_VIOLATION, OBJECT_CLASS_VIOLATION = 64, 65
NOT_ALLOWED_ON_NON_LEAF, NOT_ALLOWED_ON_RDN, ENTRY_ALREADY_EXISTS = 66, 67, 68
_MASK_TRIES = 3


class Ask(Struct, frozen=True):
    """One request of a step."""

    operation: bytes
    controls: tuple[Control, ...] = ()


Step = Sequence[Ask]
Program = Generator[Step, list[Reply], str]
Part = Generator[Step, list[Reply], None]


class Ways(Struct, frozen=True, kw_only=True):
    """What the connection gives every order: where entries are looked for by key, and what the server can do."""

    bases: tuple[str, ...]
    permissive_modify: bool
    tree_delete: bool


def program(order: Order, reader: Reader, ways: Ways) -> Program:
    """The steps of one order."""
    reader.check(order)
    run = _Run(order, reader, ways)
    return {ChangeType.ADDED: run.add, ChangeType.MODIFIED: run.modify, ChangeType.DELETED: run.delete}[order.change]()


class _Run:
    """One order on its way; `notes` are what a person should know of it although it was carried out."""

    def __init__(self, order: Order, reader: Reader, ways: Ways) -> None:
        self.order = order
        self.reader = reader
        self.ways = ways
        self.done: list[str] = []
        self.notes: list[str] = []

    def add(self) -> Program:
        """Create the entry, then its links in other entries."""
        wanted = self.reader.wanted(self.order)
        name = self.reader.new_name(self.order, None)
        assert name is not None, "an added entry without a name was refused"
        where, attributes = dn.to_text(name), self._new_attributes(name, wanted)
        (reply,) = yield [Ask(messages.add(where, attributes))]
        if reply.code == ENTRY_ALREADY_EXISTS:
            yield from self._accept_existing(where, attributes, reply)
        elif reply.code == NO_SUCH_OBJECT:
            parent = dn.to_text(name[1:])
            raise self._failure(f"add {where}", reply, f"the parent {parent} must exist first")
        elif not reply.ok:
            raise self._failure(f"add {where}", reply)
        self.done.append("add")
        yield from self._memberships(where, wanted)
        return "; ".join(self.notes)

    def modify(self) -> Program:
        """Rename or move, change attributes, then links in other entries."""
        wanted = self.reader.wanted(self.order)
        entry = yield from self._locate()
        if entry is None:
            raise Refused("the entry to change was not found, neither by its DN nor by its key")
        here = yield from self._rename(entry)
        yield from self._attributes(here, wanted)
        for mask, flags in wanted.flags.items():
            yield from self._flags(here, mask, flags)
        yield from self._memberships(here, wanted)
        return "; ".join(self.notes)

    def delete(self) -> Program:
        """Delete the entry; with UseTreeDelete all below it too."""
        entry = yield from self._locate()
        if entry is None:
            return "there is no such entry any more"
        if self.reader.type.use_tree_delete and not self.ways.tree_delete:
            yield from self._delete_below(entry)
        controls = (Control(messages.TREE_DELETE, True),) if self._deletes_tree else ()
        (reply,) = yield [Ask(messages.delete(entry), controls)]
        if reply.code == NO_SUCH_OBJECT:
            return "there is no such entry any more"
        if not reply.ok:
            hint = "UseTreeDelete deletes entries with all below them" if reply.code == NOT_ALLOWED_ON_NON_LEAF else ""
            raise self._failure(f"delete {entry}", reply, hint)
        return "; ".join(self.notes)

    @property
    def _deletes_tree(self) -> bool:
        return self.reader.type.use_tree_delete and self.ways.tree_delete

    def _new_attributes(self, name: dn.Dn, wanted: Wanted) -> Attributes:
        classes = [each.encode() for each in self.reader.type.object_classes]
        attributes: Attributes = {"objectClass": classes} if classes else {}
        attributes |= {name: values for name, values in wanted.attributes.items() if values}
        for mask, flags in wanted.flags.items():
            attributes[mask] = [str(_with_flags(0, flags)).encode()]
        for attribute, values in wanted.gained.items():
            attributes[attribute] = [*attributes.get(attribute, []), *values]
        return _with_naming_values(attributes, name)

    def _accept_existing(self, where: str, attributes: Attributes, refusal: Reply) -> Part:
        """An entry that is what the order wants was made by an earlier try of it; any other is somebody else's."""
        (reply,) = yield [_read(where, tuple(attributes))]
        found = reply.entries[0].attributes if reply.entries else {}
        different = [name for name, values in attributes.items() if not _is_as_wanted(found, name, values)]
        if different:
            names = ", ".join(different)
            raise self._failure(f"add {where}", refusal, f"the entry that is there differs in {names}")
        self.notes.append(f"{where} was there already, as wanted")

    def _locate(self) -> Generator[Step, list[Reply], str | None]:
        """The entry's DN, looked for where it was, where it shall be, and by its key under every base."""
        order, stored = self.order, self.reader.stored_dn(self.order)
        either = self.reader.key_filter(order.resource, order.changes)
        shall = self.reader.new_name(order, stored) if order.change is ChangeType.MODIFIED else None
        for place in dict.fromkeys(filter(None, (stored, dn.to_text(shall) if shall else None))):
            found = yield from self._find([_read(place, ("1.1",), either)])
            if found:
                return found[0].dn
        key = self.reader.key_filter(order.resource)
        if key is None and stored is None:
            raise Refused("the order does not say which entry it is about: its resource has neither DN nor key")
        if key is None:
            return None
        found = yield from self._find([_read(base, ("1.1",), key, Scope.SUBTREE) for base in self.ways.bases])
        by_name = {dn.key(dn.parse(entry.dn)): entry.dn for entry in found}
        if len(by_name) > 1:
            raise Refused(f"{len(by_name)} or more entries meet {key}: a key must be unique")
        return next(iter(by_name.values()), None)

    def _find(self, step: Step) -> Generator[Step, list[Reply], list[Entry]]:
        found: list[Entry] = []
        for reply in (yield step):
            if reply.code not in {0, 4, NO_SUCH_OBJECT}:  # 4: more than were asked for, which is said by their number
                raise self._failure("look up the entry", reply)
            found += reply.entries
        return found

    def _rename(self, entry: str) -> Generator[Step, list[Reply], str]:
        old, new = dn.parse(entry), self.reader.new_name(self.order, entry)
        if new is None or _same_spelling(old, new):
            return entry
        moves = dn.key(old[1:]) != dn.key(new[1:])
        parent = dn.to_text(new[1:]) if moves else None
        (reply,) = yield [Ask(messages.rename(entry, dn.rdn_text(new[0]), parent))]
        if not reply.ok:
            hint = f"the parent {parent} must exist" if reply.code == NO_SUCH_OBJECT and moves else ""
            raise self._failure(f"rename {entry} to {dn.to_text(new)}", reply, hint)
        self.done.append("rename")
        here = new if moves else (new[0], *old[1:])
        self.reader.moves.record(old, here)
        return dn.to_text(here)

    def _attributes(self, here: str, wanted: Wanted) -> Part:
        """One modify request for all the entry's own attributes."""
        named = self.reader.new_name(self.order, here) is not None
        replaced = _without_naming(wanted.attributes, dn.parse(here)[0]) if named else wanted.attributes
        changes = [Modification(Change.REPLACE, name, values) for name, values in replaced.items()]
        links = [Modification(Change.DELETE, name, values) for name, values in wanted.lost.items()]
        links += [Modification(Change.ADD, name, values) for name, values in wanted.gained.items()]
        if not changes and not links:
            return
        (reply,) = yield [self._modify(here, [*changes, *links])]
        if links and reply.code in {NO_SUCH_ATTRIBUTE, ATTRIBUTE_OR_VALUE_EXISTS}:
            reply = yield from self._real_difference(here, changes, wanted)
        if not reply.ok:
            raise self._failure(f"modify {here}", reply, _modify_hint(reply, bool(wanted.lost)))
        self.done.append("modify")

    def _real_difference(
        self, here: str, changes: list[Modification], wanted: Wanted
    ) -> Generator[Step, list[Reply], Reply]:
        """Some links are already as wanted: read what there is and send what is left."""
        (reply,) = yield [_read(here, tuple({**wanted.lost, **wanted.gained}))]
        found = reply.entries[0].attributes if reply.entries else {}
        left = {name: [v for v in values if _holds(found, name, [v])] for name, values in wanted.lost.items()}
        new = {name: [v for v in values if not _holds(found, name, [v])] for name, values in wanted.gained.items()}
        self.notes.append("some links were as wanted already")
        difference = [Modification(Change.DELETE, name, values) for name, values in left.items() if values]
        difference += [Modification(Change.ADD, name, values) for name, values in new.items() if values]
        if not reply.ok or not changes and not difference:
            return reply
        (reply,) = yield [self._modify(here, [*changes, *difference])]
        return reply

    def _flags(self, here: str, mask: str, flags: dict[int, bool]) -> Part:
        """Change flags of a mask only if nobody changed it since it was read."""
        for _ in range(_MASK_TRIES):
            (reply,) = yield [_read(here, (mask,))]
            before = next((e.attributes.get(mask.lower(), []) for e in reply.entries), [])
            after = str(_with_flags(int(before[0]) if before else 0, flags)).encode()
            if before == [after]:
                return
            old = [Modification(Change.DELETE, mask, before)] if before else []
            (reply,) = yield [Ask(messages.modify(here, [*old, Modification(Change.ADD, mask, [after])]))]
            if reply.code not in {NO_SUCH_ATTRIBUTE, ATTRIBUTE_OR_VALUE_EXISTS}:
                break
        if not reply.ok:
            raise self._failure(f"change flags of {mask}", reply)
        self.done.append(f"flags of {mask}")

    def _memberships(self, here: str, wanted: Wanted) -> Part:
        """One value less or more in each group, never a whole list; nothing is joined where something was not left."""
        yield from self._each_group(here, wanted.left, Change.DELETE)
        yield from self._each_group(here, wanted.joined, Change.ADD)

    def _each_group(self, here: str, groups: Sequence[Membership], change: Change) -> Part:
        if not groups:
            return
        value = [here.encode("utf-8", "surrogateescape")]
        replies = yield [self._modify(each.entry, [Modification(change, each.attribute, value)]) for each in groups]
        what = "take out of" if change is Change.DELETE else "put into"
        so_already = NO_SUCH_ATTRIBUTE if change is Change.DELETE else ATTRIBUTE_OR_VALUE_EXISTS
        failures = []
        for group, reply in zip(groups, replies, strict=True):
            if reply.code == so_already:
                self.notes.append(f"{'not' if change is Change.DELETE else 'already'} a member of {group.entry}")
            elif not reply.ok:
                failures.append(f"{what} {group.entry}: {_with_hint(reply, _group_hint(reply, change))}")
        if failures:
            raise Refused("; ".join([*failures, *self._said()]))
        self.done.append(f"{what} groups")

    def _delete_below(self, entry: str) -> Part:
        """Everything below the entry, deepest first."""
        (reply,) = yield [_read(entry, ("1.1",), None, Scope.SUBTREE, 0)]
        if not reply.ok and reply.code != NO_SUCH_OBJECT:
            raise self._failure(f"list what is below {entry}", reply)
        top = dn.key(dn.parse(entry))
        below: dict[int, list[str]] = {}
        for each in reply.entries:
            name = dn.parse(each.dn)
            if dn.key(name) != top:
                below.setdefault(len(name), []).append(each.dn)
        for _, entries in sorted(below.items(), reverse=True):
            answers = yield [Ask(messages.delete(each)) for each in entries]
            for where, answer in zip(entries, answers, strict=True):
                if not answer.ok and answer.code != NO_SUCH_OBJECT:
                    raise self._failure(f"delete {where}", answer)

    def _modify(self, where: str, changes: Iterable[Modification]) -> Ask:
        permissive = self.reader.type.use_permissive_modify and self.ways.permissive_modify
        return Ask(messages.modify(where, changes), (Control(messages.PERMISSIVE_MODIFY),) if permissive else ())

    def _failure(self, step: str, reply: Reply, hint: str = "") -> Refused:
        return Refused("; ".join([f"{step}: {_with_hint(reply, hint)}", *self._said()]))

    def _said(self) -> list[str]:
        return [f"done before: {', '.join(self.done)}"] if self.done else []


def _read(
    where: str, attributes: tuple[str, ...], condition: str | None = None, scope: Scope = Scope.BASE, most: int = 2
) -> Ask:
    condition_octets = ldap_filter.encode(condition) if condition else ANYTHING
    request = Search(base=where, filter=condition_octets, scope=scope, attributes=attributes, size_limit=most)
    return Ask(messages.search(request))


def _with_hint(reply: Reply, hint: str) -> str:
    return f"{reply} ({hint})" if hint else str(reply)


def _modify_hint(reply: Reply, takes_links: bool) -> str:
    if reply.code in {NOT_ALLOWED_ON_RDN, NAMING_VIOLATION}:
        return "the naming attribute changes with the DN: flag its property IsRDNProperty"
    if reply.code == OBJECT_CLASS_VIOLATION and takes_links:
        return "a group needs at least one member: add another one first, or delete the group"
    return ""


def _group_hint(reply: Reply, change: Change) -> str:
    if reply.code == OBJECT_CLASS_VIOLATION and change is Change.DELETE:
        return "a group needs at least one member: add another one first, or delete the group"
    return "there is no such group" if reply.code == NO_SUCH_OBJECT else ""


def _with_flags(mask: int, flags: dict[int, bool]) -> int:
    for flag, on in flags.items():
        mask = mask | flag if on else mask & ~flag
    return mask


def _with_naming_values(attributes: Attributes, name: dn.Dn) -> Attributes:
    """An entry holds the values that it is named by (RFC 4511 4.7)."""
    for kind, value in name[0]:
        stored = next((each for each in attributes if dn.type_key(each) == dn.type_key(kind)), kind)
        values = attributes.setdefault(stored, [])
        octets = value.encode("utf-8", "surrogateescape")
        if not _holds({stored.lower(): values}, stored, [octets]):
            attributes[stored] = [*values, octets]
    return attributes


def _without_naming(attributes: Attributes, relative: dn.Rdn) -> Attributes:
    """After a rename the naming attribute is as the name says; values wanted beside it are kept beside it."""
    naming: dict[str, list[bytes]] = {}
    for kind, value in relative:
        naming.setdefault(dn.type_key(kind), []).append(value.encode("utf-8", "surrogateescape"))
    kept: Attributes = {}
    for name, values in attributes.items():
        named = naming.get(dn.type_key(name), [])
        others = [value for value in values if value not in named]
        if not named or others:
            kept[name] = [*named, *others] if named else values
    return kept


def _same_spelling(one: dn.Dn, other: dn.Dn) -> bool:
    """Whether a rename would change nothing: only the entry's own values are compared with their case."""
    own = ([(dn.type_key(kind), value) for kind, value in name[0]] for name in (one, other))
    return dn.key(one[1:]) == dn.key(other[1:]) and len({tuple(sorted(each)) for each in own}) == 1


def _holds(found: Attributes, name: str, values: list[bytes]) -> bool:
    """Whether an entry has these values, spelled as servers may spell them."""
    stored = found.get(name.lower(), [])
    folded = {_folded(value) for value in stored}
    return all(value in stored or _folded(value) in folded for value in values)


def _is_as_wanted(found: Attributes, name: str, values: list[bytes]) -> bool:
    """Whether an entry has these values and no others; servers add object classes of their own."""
    return _holds(found, name, values) and (
        name.lower() == "objectclass" or len(found.get(name.lower(), [])) == len(values)
    )


def _folded(value: bytes) -> object:
    text = value.decode("utf-8", "surrogateescape")
    try:
        return dn.key(dn.parse(text)) if "=" in text else text.casefold()
    except ValueError:
        return text.casefold()
