"""A provisioning order in; what it wants of a directory out: name, attributes, flags, links (activedirectory.md 4.1).

Nothing here talks to a server. What an order cannot mean raises `Refused` with the property at fault.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from msgspec import Struct

from compiler.plan.steps import FulfilLink, FulfilProperty, FulfilType
from runtime.clients import dn, formats, ldap_filter
from runtime.clients.directory_moves import Moves
from runtime.clients.directory_rows import DN, PARENT_DN, Bit, bit
from runtime.clients.ldap_messages import Attributes
from runtime.contract import ChangeType, Order, Refused

_NOT_WRITABLE = {"rdn", "sid"}


class Membership(Struct, frozen=True):
    """This entry's DN as a value of an attribute of another entry."""

    entry: str
    attribute: str


class Wanted(Struct, frozen=True, kw_only=True):
    """What an order wants of one entry beside its name. `attributes` without values are to go.

    `flags` are flags of masks; `gained` and `lost` single values of an attribute of links; `joined` and `left` links
    that stand in other entries.
    """

    attributes: Attributes
    flags: dict[str, dict[int, bool]]
    gained: Attributes
    lost: Attributes
    joined: tuple[Membership, ...]
    left: tuple[Membership, ...]


class Reader:
    """What one resource type says of its properties, ready to read its orders."""

    def __init__(self, type: FulfilType, moves: Moves) -> None:
        self.type = type
        self.moves = moves
        self.properties = {each.property: each for each in type.properties}
        self.links = {each.property: each for each in type.links}
        self._dn = _first(type.properties, lambda each: each.is_dn) or _first(type.properties, _is_dn_column)
        self._key = _first(type.properties, lambda each: each.is_key and not _is_dn_column(each) and bool(each.column))

    def seen_dn(self, order: Order) -> str | None:
        """The DN under which the entry was last seen."""
        return _text(order.resource.get(self._dn.property)) if self._dn else None

    def stored_dn(self, order: Order) -> str | None:
        """The DN under which the entry should stand, after the renames of this run."""
        text = self.seen_dn(order)
        return self.moves.now(text) if text else None

    def key_filter(self, *sources: dict[str, Any]) -> str | None:
        """The filter that finds the entry by its key as the `sources` have it; None where there is none but the DN."""
        if self._key is None or self._key.column is None:
            return None
        given = (_text(source.get(self._key.property)) for source in sources)
        values = [value for text in given if text for value in _key_values(self._key, text)]
        return ldap_filter.any_of([ldap_filter.equals(self._key.column, value) for value in values]) if values else None

    def new_name(self, order: Order, current: str | None) -> dn.Dn | None:
        """The DN that the order wants; None when it says nothing about it. `current` is where the entry stands."""
        given = self._changed(order, self._dn)
        if given:
            return _parsed(given, self._dn.property if self._dn else DN)
        old = _parsed(current, DN) if current else ()
        parent, relative = self._parent(order), self._relative_name(order)
        if not (relative or parent) and order.change is not ChangeType.ADDED:
            return None
        if not (relative or old[:1]) or (parent is None and not old):
            raise Refused("the order gives neither a DN nor both a relative name and a parent for the new entry")
        return (relative or old[0], *(parent if parent is not None else old[1:]))

    def wanted(self, order: Order) -> Wanted:
        """What the order wants beside the name. Raises Refused for a property that cannot be written."""
        attributes: Attributes = {}
        flags: dict[str, dict[int, bool]] = {}
        for name, value in order.changes.items():
            if name in self.properties:
                self._scalar(self.properties[name], value, attributes, flags)
            elif name in self.links and not self.links[name].is_collection and not _is_parent(self.links[name]):
                self._single(self.links[name], value, attributes)
        gained, joined = self._collections(order, "_add")
        lost, left = self._collections(order, "_remove")
        one_joined, one_left = self._single_memberships(order)
        for name, text in _arguments(order):
            attributes.setdefault(name, [text.encode()])
        return Wanted(attributes=attributes, flags=flags, gained=gained, lost=lost,
                      joined=(*joined, *one_joined), left=(*left, *one_left))  # fmt: skip

    def check(self, order: Order) -> None:
        """Raise Refused for a change of a property that the resource type does not have."""
        for name in order.changes:
            stem = name.removesuffix("_add").removesuffix("_remove")
            if name not in self.properties and name not in self.links and stem not in self.links:
                raise Refused(f"{name}: {self.type.target} has no such property")

    def linked(self, order: Order) -> Iterator[str]:
        """The keys of all resources that the order links to or unlinks from, as they were last seen."""
        for link in self.type.links:
            several = (order.changes.get(link.property + suffix) or () for suffix in ("_add", "_remove"))
            given = [order.changes.get(link.property), *(each for list in several for each in list)]
            texts = (_text(value.get(link.key)) for value in given if isinstance(value, dict))
            yield from filter(None, texts)

    def _changed(self, order: Order, property: FulfilProperty | None) -> str | None:
        return _text(order.changes.get(property.property)) if property else None

    def _parent(self, order: Order) -> dn.Dn | None:
        for link in self.type.links:
            if _is_parent(link) and isinstance(given := order.changes.get(link.property), dict):
                return _parsed(self._linked(link, given), link.property)
        for each in self.type.properties:
            if _is_parent_property(each) and (text := self._changed(order, each)):
                return _parsed(text, each.property)
        return None

    def _relative_name(self, order: Order) -> dn.Rdn | None:
        """A property with the format RDN holds the whole relative name, any other one its bare value."""
        for each in self.type.properties:
            text = self._changed(order, each) if each.is_rdn else None
            if text and (each.format or "").lower() == "rdn":
                return _parsed(text, each.property, most=1)[0]
            if text:
                kind = self.type.rdn_attribute or each.column
                if not kind:
                    raise Refused(f"{each.property}: the resource type mapping names no RDNAttributeIdentifier")
                return ((kind, text),)
        return None

    def _scalar(
        self, each: FulfilProperty, value: Any, attributes: Attributes, flags: dict[str, dict[int, bool]]
    ) -> None:
        if each.is_dn or _is_dn_column(each) or _is_parent_property(each):
            return
        form = (each.format or "").lower()
        column = each.column or (self.type.rdn_attribute if each.is_rdn else None)
        if form in _NOT_WRITABLE and each.is_rdn:
            return
        if column is None or form in _NOT_WRITABLE:
            raise Refused(f"{each.property}: the property has no column that can be written")
        try:
            flag = bit(each.format)
            if flag is not None:
                flags.setdefault(self._mask(flag), {})[flag.flag] = _is_on(value)
            else:
                attributes[column] = _values(each, _text(value))
        except ValueError as error:
            raise Refused(f"{each.property}: {error}") from None

    def _mask(self, flag: Bit) -> str:
        """The attribute of a mask that the format names by property or by attribute."""
        known = self.properties.get(flag.mask)
        return known.column if known and known.column else flag.mask

    def _single(self, link: FulfilLink, value: Any, attributes: Attributes) -> None:
        if link.backlink is None:
            attributes[_own_attribute(link)] = [self._linked(link, value).encode()] if value else []

    def _single_memberships(self, order: Order) -> tuple[list[Membership], list[Membership]]:
        joined, left = [], []
        for link in self.type.links:
            if link.is_collection or link.backlink is None or link.property not in order.changes or _is_parent(link):
                continue
            new, old = order.changes[link.property], order.resource.get(link.property)
            joined += [Membership(self._linked_dn(link, new), link.backlink)] if new else []
            left += [Membership(self._linked_dn(link, old), link.backlink)] if isinstance(old, dict) and old else []
        return joined, [each for each in left if each not in joined]

    def _collections(self, order: Order, suffix: str) -> tuple[Attributes, list[Membership]]:
        own: Attributes = {}
        elsewhere: list[Membership] = []
        for link in self.type.links:
            for linked in order.changes.get(link.property + suffix) or ():
                if link.backlink is not None:
                    elsewhere.append(Membership(self._linked_dn(link, linked), link.backlink))
                else:
                    own.setdefault(_own_attribute(link), []).append(self._linked(link, linked).encode())
        return own, elsewhere

    def _linked(self, link: FulfilLink, value: Any) -> str:
        """What a link to a resource is written as."""
        text = _text(value.get(link.key)) if isinstance(value, dict) else None
        if not text:
            raise Refused(f"{link.property}: the linked {link.entity_type} has no {link.key or 'key'} yet")
        return self.moves.now(text)

    def _linked_dn(self, link: FulfilLink, value: Any) -> str:
        text = self._linked(link, value)
        _parsed(text, link.property)
        return text


def _first(properties: tuple[FulfilProperty, ...], fits: Any) -> FulfilProperty | None:
    return next(filter(fits, properties), None)


def _is_dn_column(each: FulfilProperty) -> bool:
    return (each.column or "").lower() == DN and (each.format or "").lower() != "rdn"


def _is_parent_property(each: FulfilProperty) -> bool:
    return each.is_parent or (each.column or "").lower() == PARENT_DN


def _is_parent(link: FulfilLink) -> bool:
    return not link.is_collection and (link.is_parent or (link.column or "").lower() == PARENT_DN)


def _own_attribute(link: FulfilLink) -> str:
    """The attribute of the entry itself that holds a link."""
    if not link.column or link.column.lower() in {DN, PARENT_DN}:
        raise Refused(
            f"{link.property}: the link stands in the other entry; DataSourceBacklinkColumnName must name its attribute"
        )
    return link.column


def _parsed(text: str, property: str, most: int = 0) -> dn.Dn:
    try:
        name = dn.parse(text)
    except ValueError as error:
        raise Refused(f"{property}: {error}") from None
    if not name or most and len(name) > most:
        raise Refused(f"{property}: {text!r} is no {'relative name' if most else 'DN of an entry'}")
    return name


def _text(value: Any) -> str | None:
    """A scalar as text; a directory stores no empty one."""
    if value is None or value == "":
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _values(each: FulfilProperty, text: str | None) -> list[bytes]:
    encode = formats.encoder(each.format, each.type)
    if each.separator and text:
        return [value for part in text.split(each.separator) if part.strip() for value in encode(part.strip())]
    return encode(text)


def _key_values(key: FulfilProperty, text: str) -> Iterator[bytes]:
    """A key in every form that directories keep it: a Guid as octets or as text with dashes (RFC 4530)."""
    try:
        encoded = formats.encoder(key.format, key.type)(text)
        yield from encoded
    except ValueError as error:
        raise Refused(f"{key.property}: {error}") from None
    with suppress(ValueError):
        dashed = str(UUID(text)).encode()
        if dashed not in encoded:
            yield dashed


def _is_on(value: Any) -> bool:
    text = (_text(value) or "0").lower()
    if text not in {"0", "1", "true", "false"}:
        raise ValueError(f"{text!r} is no bit: 0 or 1")
    return text in {"1", "true"}


def _arguments(order: Order) -> Iterator[tuple[str, str]]:
    """What the ArgumentsExpression gave: attributes that the server insists on."""
    given = order.document.get("Arguments")
    if isinstance(given, dict):
        yield from ((str(name), str(value)) for name, value in given.items() if value not in {None, ""})
