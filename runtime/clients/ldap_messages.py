"""LDAP requests as values in, their octets out; and the values that answers become (RFC 4511 section 4)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from msgspec import Struct

from runtime.clients import ber

Values = Sequence[bytes]
Attributes = dict[str, list[bytes]]
"""Attribute names in lower case and without options, with all their values as the server sent them."""

PAGED_RESULTS = "1.2.840.113556.1.4.319"
DOMAIN_SCOPE = "1.2.840.113556.1.4.1339"
PERMISSIVE_MODIFY = "1.2.840.113556.1.4.1413"
TREE_DELETE = "1.2.840.113556.1.4.805"

CONTROLS = 0xA0
"""The tag of the controls in an envelope."""


class Scope(IntEnum):
    """How far below its base a search goes."""

    BASE = 0
    ONE_LEVEL = 1
    SUBTREE = 2


class Change(IntEnum):
    """What a modification does with the values it names."""

    ADD = 0
    DELETE = 1
    REPLACE = 2


class Control(Struct, frozen=True):
    """A request or response control; `value` is its BER content."""

    oid: str
    critical: bool = False
    value: bytes | None = None


class Reply(Struct, frozen=True):
    """The result of one request: code, the nearest existing DN where the server names one, its words."""

    code: int
    matched: str = ""
    message: str = ""
    entries: tuple["Entry", ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return self.code == 0

    def __str__(self) -> str:
        """The server's own words, as in `noSuchObject (32): no such entry`."""
        name = f"{RESULTS.get(self.code, 'result')} ({self.code})"
        return f"{name}: {self.message}" if self.message else name


class Entry(Struct, frozen=True):
    """An entry as a search returned it."""

    dn: str
    attributes: Attributes


class Modification(Struct, frozen=True):
    """One change of one attribute; REPLACE or DELETE without values removes the attribute."""

    change: Change
    attribute: str
    values: Values = ()


RESULTS = {
    0: "success", 1: "operationsError", 2: "protocolError", 3: "timeLimitExceeded", 4: "sizeLimitExceeded",
    7: "authMethodNotSupported", 8: "strongerAuthRequired", 10: "referral", 11: "adminLimitExceeded",
    12: "unavailableCriticalExtension", 13: "confidentialityRequired", 16: "noSuchAttribute",
    17: "undefinedAttributeType", 18: "inappropriateMatching", 19: "constraintViolation",
    20: "attributeOrValueExists", 21: "invalidAttributeSyntax", 32: "noSuchObject", 33: "aliasProblem",
    34: "invalidDNSyntax", 48: "inappropriateAuthentication", 49: "invalidCredentials",
    50: "insufficientAccessRights", 51: "busy", 52: "unavailable", 53: "unwillingToPerform", 54: "loopDetect",
    64: "namingViolation", 65: "objectClassViolation", 66: "notAllowedOnNonLeaf", 67: "notAllowedOnRDN",
    68: "entryAlreadyExists", 69: "objectClassModsProhibited", 71: "affectsMultipleDSAs", 80: "other",
}  # fmt: skip
"""Names of the result codes (RFC 4511 appendix A)."""


class Search(Struct, frozen=True, kw_only=True):
    """A search: `filter` is BER (`ldap_filter.encode`); limits of 0 are none; `attributes` empty asks for all."""

    base: str
    filter: bytes
    scope: Scope = Scope.SUBTREE
    attributes: tuple[str, ...] = ()
    size_limit: int = 0
    time_limit: int = 0


def search(request: Search) -> bytes:
    """A search request; aliases are never followed."""
    return ber.sequence(
        ber.octets(request.base),
        ber.integer(request.scope, ber.ENUMERATED),
        ber.integer(0, ber.ENUMERATED),
        ber.integer(request.size_limit),
        ber.integer(request.time_limit),
        ber.boolean(False),
        request.filter,
        ber.sequence(*map(ber.octets, request.attributes)),
        tag=0x63,
    )


def add(dn: str, attributes: Mapping[str, Values]) -> bytes:
    """An add request."""
    listed = (_attribute(name, values) for name, values in attributes.items())
    return ber.sequence(ber.octets(dn), ber.sequence(*listed), tag=0x68)


def modify(dn: str, changes: Iterable[Modification]) -> bytes:
    """A modify request: all its changes happen, or none."""
    listed = (
        ber.sequence(ber.integer(each.change, ber.ENUMERATED), _attribute(each.attribute, each.values))
        for each in changes
    )
    return ber.sequence(ber.octets(dn), ber.sequence(*listed), tag=0x66)


def rename(dn: str, relative_name: str, parent: str | None) -> bytes:
    """A modifyDN request that drops the old naming values; with `parent` the entry moves below it."""
    superior = (ber.octets(parent, 0x80),) if parent is not None else ()
    return ber.sequence(ber.octets(dn), ber.octets(relative_name), ber.boolean(True), *superior, tag=0x6C)


def delete(dn: str) -> bytes:
    """A delete request."""
    return ber.octets(dn, 0x4A)


def unbind() -> bytes:
    """The request that ends the session."""
    return b"\x42\x00"


def message(number: int, operation: bytes, controls: Sequence[Control] = ()) -> bytes:
    """The envelope of one request."""
    listed = (ber.sequence(*map(_control, controls), tag=CONTROLS),) if controls else ()
    return ber.sequence(ber.integer(number), operation, *listed)


def paged(size: int, cookie: bytes = b"") -> Control:
    """The control that asks for one page (RFC 2696)."""
    return Control(PAGED_RESULTS, True, ber.sequence(ber.integer(size), ber.octets(cookie)))


def _control(control: Control) -> bytes:
    critical = (ber.boolean(True),) if control.critical else ()
    value = (ber.octets(control.value),) if control.value is not None else ()
    return ber.sequence(ber.octets(control.oid), *critical, *value)


def _attribute(name: str, values: Values) -> bytes:
    return ber.sequence(ber.octets(name), ber.sequence(*map(ber.octets, values), tag=ber.SET))
