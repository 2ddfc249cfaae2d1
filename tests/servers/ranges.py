"""A proxy before an LDAP server that hands out long attributes in ranges, as Active Directory does.

The rules are those of MS-ADTS 3.1.1.3.1.3.3.
Messages are decoded and encoded with pyasn1, so that what it sends is not shaped by our own client.
"""

import socket
import threading
import warnings
from types import TracebackType
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from ldap3.protocol.rfc4511 import LDAPMessage, PartialAttribute
    from pyasn1.codec.ber import decoder, encoder


class RangeProxy:
    """Listens on `port` while it is entered; every attribute with more than `most` values comes in ranges."""

    def __init__(self, target: int, most: int) -> None:
        self._target = target
        self._most = most
        self._starts: dict[int, dict[str, int]] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.range_requests = 0
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "RangeProxy":
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)
        for each in self._sockets:
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._sockets += [client, server]
            for source, sink, change in ((client, server, self._request), (server, client, self._answer)):
                pump = threading.Thread(target=_pump, args=(source, sink, change), daemon=True)
                self._threads.append(pump)
                pump.start()

    def _request(self, message: Any) -> None:
        if message["protocolOp"].getName() != "searchRequest":
            return
        wanted = message["protocolOp"]["searchRequest"]["attributes"]
        starts = self._starts.setdefault(int(message["messageID"]), {})
        for at in range(len(wanted)):
            name, _, span = str(wanted[at]).partition(";range=")
            if span:
                self.range_requests += 1
                starts[name.lower()] = int(span.partition("-")[0])
                wanted[at] = name

    def _answer(self, message: Any) -> None:
        if message["protocolOp"].getName() != "searchResEntry":
            return
        starts = self._starts.get(int(message["messageID"]), {})
        attributes = message["protocolOp"]["searchResEntry"]["attributes"]
        for at in range(len(attributes)):
            name, values = str(attributes[at]["type"]), [bytes(value) for value in attributes[at]["vals"]]
            start = starts.get(name.lower(), 0)
            if len(values) > self._most or start:
                end = start + self._most
                last = "*" if end >= len(values) else str(end - 1)
                attributes[at] = _attribute(f"{name};range={start}-{last}", values[start:end])


def _attribute(name: str, values: list[bytes]) -> Any:
    attribute = PartialAttribute()
    attribute["type"] = name
    for at, value in enumerate(values):
        attribute["vals"][at] = value
    return attribute


def _pump(source: socket.socket, sink: socket.socket, change: Any) -> None:
    waiting = b""
    while True:
        try:
            data = source.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            for each in (source, sink):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            return
        waiting += data
        while (size := _size(waiting)) and len(waiting) >= size:
            message, _ = decoder.decode(waiting[:size], asn1Spec=LDAPMessage())
            change(message)
            sink.sendall(encoder.encode(message))
            waiting = waiting[size:]


def _size(data: bytes) -> int:
    """The length of the message at the front; 0 when that is not known yet."""
    if len(data) < 2:
        return 0
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big") if len(data) >= 2 + count else 0
