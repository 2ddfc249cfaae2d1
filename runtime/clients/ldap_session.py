"""A bound connection in; searches as streams of entries and writes as replies out, for every directory connector."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from runtime.clients import ldap_filter, ldap_replies
from runtime.clients import ldap_messages as messages
from runtime.clients.ldap_messages import Control, Entry, Reply, Scope, Search
from runtime.clients.ldap_wire import Message, Wire
from runtime.contract import Refused, Unreachable

ANYTHING = ldap_filter.encode("(objectClass=*)")
NO_ATTRIBUTES = ("1.1",)
_ROOT_ATTRIBUTES = (
    "supportedControl", "supportedExtension", "vendorName", "vendorVersion", "structuralObjectClass",
    "supportedCapabilities",
)  # fmt: skip
_READ_AHEAD = 4 << 20


class SearchRefused(Refused):
    """A search that did not end well: the entries it yielded before are not all there are."""

    def __init__(self, reply: Reply, request: Search) -> None:
        super().__init__(f"search below '{request.base}': {reply}")
        self.reply = reply


class Root(Struct, frozen=True):
    """What a server says of itself (RFC 4512 5.1)."""

    product: str
    controls: frozenset[str]
    extensions: frozenset[str]


class Directory:
    """An open session. `referrals` counts the references to other servers that searches left aside."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.referrals = 0
        self._names = ldap_replies.Names()

    @cached_property
    def root(self) -> Root:
        """The root DSE, read once."""
        request = Search(base="", filter=ANYTHING, scope=Scope.BASE, attributes=_ROOT_ATTRIBUTES)
        try:
            found = [entry.attributes for entry in self.search(request)] or [{}]
        except SearchRefused:  # a server may keep it to itself: then nothing but the core of the protocol is used
            found = [{}]
        texts = {name: [value.decode("utf-8", "replace") for value in values] for name, values in found[0].items()}
        controls, extensions = texts.get("supportedcontrol", []), texts.get("supportedextension", [])
        return Root(_product(texts), frozenset(controls), frozenset(extensions))

    def ask(self, operation: bytes, controls: Sequence[Control] = ()) -> Reply:
        """Send one request and wait for its reply."""
        return self.reply(self.wire.send(operation, controls))

    def reply(self, number: int) -> Reply:
        """The whole reply to a request, entries of a search included; waits for it."""
        received: list[Message] = []
        while not received or not _is_last(received[-1]):
            received += self.wire.receive(number)
        result = self._result(received.pop())
        return Reply(result.code, result.matched, result.message, tuple(self._entries(received)))

    def search(self, request: Search, page_size: int = 0, controls: Sequence[Control] = ()) -> Iterator[Entry]:
        """The entries of a search, `page_size` of them per request (0: all in one).

        The next page is asked for before this one is read, so that the server works meanwhile. Servers keep one paged
        search per session. Raises SearchRefused when the server ends it with anything but success.
        """
        operation = messages.search(request)
        paging = (messages.paged(page_size),) if page_size else ()
        number = self.wire.send(operation, (*controls, *paging))
        try:
            while number:
                part = self._gather(number)
                if _is_last(part[-1]):
                    cookie = self._cookie(part.pop(), request)
                    again = (*controls, messages.paged(page_size, cookie))
                    number = self.wire.send(operation, again) if cookie else 0
                yield from self._entries(part)
        finally:
            self.wire.forget(number)

    def _gather(self, number: int) -> list[Message]:
        """The messages of a page up to its end, or as many as are held in memory at once."""
        part: list[Message] = []
        size = 0
        while size < _READ_AHEAD and not (part and _is_last(part[-1])):
            more = self.wire.receive(number)
            size += sum(len(data) for _, data, _ in more)
            part += more
        return part

    def _cookie(self, last: Message, request: Search) -> bytes:
        result = self._result(last)
        if not result.ok:
            raise SearchRefused(result, request)
        try:
            return ldap_replies.page_cookie(ldap_replies.read_controls(last[1], last[2]))
        except (ValueError, IndexError) as error:
            raise self._nonsense(error) from None

    def _result(self, message: Message) -> Reply:
        try:
            return ldap_replies.read_result(message[1], message[2])
        except ValueError as error:
            raise self._nonsense(error) from None

    def _entries(self, part: Sequence[Message]) -> Iterator[Entry]:
        for kind, data, at in part:
            if kind == ldap_replies.ENTRY:
                try:
                    entry, ranges = ldap_replies.read_entry(data, at, self._names)
                    for attribute, span in ranges:
                        self._complete(entry, attribute, span)
                except (ValueError, IndexError) as error:
                    raise self._nonsense(error) from None
                yield entry
            elif kind == ldap_replies.REFERENCE:
                self.referrals += 1

    def _complete(self, entry: Entry, attribute: str, span: str) -> None:
        """Fetch the values of an attribute that the server sent in part (MS-ADTS 3.1.1.3.1.3.3)."""
        values = entry.attributes[attribute]
        while not span.endswith("*"):
            start = int(span.partition("-")[2]) + 1
            request = Search(
                base=entry.dn, filter=ANYTHING, scope=Scope.BASE, attributes=(f"{attribute};range={start}-*",)
            )
            message = self._only_entry(request)
            more, ranges = ldap_replies.read_entry(message[1], message[2], self._names)
            span = next((each for name, each in ranges if name == attribute), "")
            if int(span.partition("-")[0] or -1) != start:
                raise ValueError(f"{entry.dn}: asked for the values of {attribute} from {start}, got '{span}'")
            values += more.attributes[attribute]

    def _only_entry(self, request: Search) -> Message:
        number = self.wire.send(messages.search(request))
        part = self._gather(number)
        result = self._result(part[-1])
        if not result.ok or part[0][0] != ldap_replies.ENTRY:
            raise SearchRefused(result, request)
        return part[0]

    def _nonsense(self, error: Exception) -> Unreachable:
        return Unreachable(f"{self.wire.peer}: {error}")

    def close(self) -> None:
        """End the session; never raises."""
        self.wire.close()


def _is_last(message: Message) -> bool:
    return message[0] not in {ldap_replies.ENTRY, ldap_replies.REFERENCE, ldap_replies.INTERMEDIATE}


def _product(texts: dict[str, list[str]]) -> str:
    if "OpenLDAProotDSE" in texts.get("structuralobjectclass", []):
        return "OpenLDAP"
    if "1.2.840.113556.1.4.800" in texts.get("supportedcapabilities", []):
        return "Active Directory"
    named = [*texts.get("vendorname", []), *texts.get("vendorversion", [])]
    return " ".join(named) or "LDAP server"
