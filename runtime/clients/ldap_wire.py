"""A connected socket in; requests go out numbered, and their answers come back by number (RFC 4511 4.1.1).

Any number of requests may be on their way at once. A broken or silent connection raises `Unreachable`.
"""

import socket
from collections import deque
from collections.abc import Sequence

from runtime.clients import ldap_messages as messages
from runtime.clients import ldap_replies as replies
from runtime.contract import Unreachable

Message = tuple[int, bytes, int]
"""Kind of the operation, the whole message, and where the operation begins in it."""

_CHUNK = 1 << 20
_LARGEST = 1 << 30
_FIRST_NUMBER = 1000  # past the numbers that the bind used
_MORE_TO_COME = frozenset({replies.ENTRY, replies.REFERENCE, replies.INTERMEDIATE})


class Wire:
    """One LDAP connection, bound already. Not to be used by two threads at once."""

    def __init__(self, connected: socket.socket, peer: str) -> None:
        self.peer = peer
        self.answered: set[int] = set()
        """The requests whose answers are here whole and not yet taken."""
        self._socket = connected
        self._scratch = bytearray(_CHUNK)
        self._unread = bytearray()
        self._needed = 0
        self._last = _FIRST_NUMBER
        self._inbox: dict[int, deque[Message]] = {}

    def send(self, operation: bytes, controls: Sequence[messages.Control] = ()) -> int:
        """Send a request; gives the number by which its answer is asked for."""
        self._last += 1
        self._inbox[self._last] = deque()
        try:
            self._socket.sendall(messages.message(self._last, operation, controls))
        except OSError as error:
            raise self._broken(error) from None
        return self._last

    def receive(self, number: int) -> list[Message]:
        """What has come for a request since the last call, at least one message; waits for it."""
        while not self._inbox[number]:
            self.read()
        found = list(self._inbox[number])
        if found[-1][0] in _MORE_TO_COME:
            self._inbox[number].clear()
        else:
            self.forget(number)
        return found

    def forget(self, number: int) -> None:
        """Drop what else may come for a request."""
        self._inbox.pop(number, None)
        self.answered.discard(number)

    def read(self) -> None:
        """Wait for some messages and put them where their requests wait for them."""
        whole, self._needed = self._split()
        while not whole:
            self._read_chunk()
            if len(self._unread) >= max(self._needed, 2):
                whole, self._needed = self._split()
        try:
            for message in whole:
                self._file(message)
        except (ValueError, IndexError) as error:
            raise Unreachable(f"{self.peer}: {error}") from None

    def close(self) -> None:
        """Say good-bye and hang up; never raises."""
        try:
            self._socket.sendall(messages.message(self._last + 1, messages.unbind()))
        except OSError:
            pass
        self._socket.close()

    def _split(self) -> tuple[list[bytes], int]:
        try:
            whole, needed = replies.split(bytes(self._unread)) if self._unread else ([], 0)
        except ValueError as error:
            raise Unreachable(f"{self.peer}: {error}") from None
        if needed > _LARGEST:
            raise Unreachable(f"{self.peer}: the server announced a message of {needed} octets")
        del self._unread[: sum(map(len, whole))]
        return whole, needed

    def _read_chunk(self) -> None:
        try:
            count = self._socket.recv_into(self._scratch)
        except OSError as error:
            raise self._broken(error) from None
        if count == 0:
            raise Unreachable(f"{self.peer} closed the connection")
        self._unread += memoryview(self._scratch)[:count]

    def _file(self, message: bytes) -> None:
        at = 2 if message[1] < 0x80 else 2 + (message[1] & 0x7F)
        operation = at + 2 + message[at + 1]
        number = int.from_bytes(message[at + 2 : operation], "big")
        kind = message[operation]
        if number == 0:
            raise self._notice(message, operation)
        waiting = self._inbox.get(number)
        if waiting is None:
            return
        waiting.append((kind, message, operation))
        if kind not in _MORE_TO_COME:
            self.answered.add(number)

    def _notice(self, message: bytes, operation: int) -> Unreachable:
        return Unreachable(f"{self.peer} ends the session: {replies.read_result(message, operation)}")

    def _broken(self, error: OSError) -> Unreachable:
        silent = isinstance(error, TimeoutError)
        return Unreachable(f"{self.peer} " + ("does not answer in time" if silent else f"broke off: {error}"))
