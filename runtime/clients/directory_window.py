"""Orders in, a result for each out, many of them on their way over one connection at once.

Orders that touch one entry go one after the other, in their order: an order waits for every earlier one that writes
an entry which it writes, links to or lies below, and the other way round. So a group is there before its members, a
parent before what lies below it, and two orders of one account never overtake each other.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from runtime.clients import dn
from runtime.clients.directory_fulfil import Ask, Program, Ways, program
from runtime.clients.directory_orders import Reader
from runtime.clients.ldap_messages import Reply
from runtime.clients.ldap_session import Directory, SearchRefused
from runtime.contract import Order, Outcome, Refused, Result, Throttled, Unreachable

WINDOW = 64
"""How many orders, and how many requests, are on their way at once: enough to hide the round trip (measured)."""

_BUSY, _UNAVAILABLE = 51, 52


class _Job:
    """One order on its way."""

    def __init__(self, order: Order, steps: Program, writes: set[dn.Dn], reads: set[dn.Dn]) -> None:
        self.order = order
        self.steps = steps
        self.writes = writes
        self.reads = reads
        self.waits_for = 0
        self.followers: list[_Job] = []
        self.replies: dict[int, Reply] = {}
        self.expected = 0


class Window:
    """Carries out the orders of one connection."""

    def __init__(
        self, directory: Directory, readers: dict[str, Reader], ways: Ways, cancelled: Callable[[], bool]
    ) -> None:
        self._directory = directory
        self._readers = readers
        self._ways = ways
        self._cancelled = cancelled
        self._to_send: deque[tuple[_Job, int, Ask]] = deque()
        self._sent: dict[int, tuple[_Job, int]] = {}
        self._unfinished: set[_Job] = set()
        self._writers: dict[dn.Dn, set[_Job]] = {}
        self._readers_of: dict[dn.Dn, set[_Job]] = {}
        self._results: deque[Result] = deque()

    def run(self, orders: Iterable[Order]) -> Iterator[Result]:
        """The results, as they come. Orders under way are finished when the run is cancelled; no other is begun.

        Raises Unreachable or Throttled when the server gives up on all.
        """
        incoming = iter(orders)
        more = True
        while True:
            while more and len(self._unfinished) < WINDOW and not self._cancelled():
                order = next(incoming, None)
                more = order is not None
                if order is not None:
                    self._take(order)
            self._send()
            if self._sent:
                self._listen()
            while self._results:
                yield self._results.popleft()
            if not self._unfinished and (not more or self._cancelled()):
                return

    def _take(self, order: Order) -> None:
        reader = self._readers.get(order.resource_type)
        if reader is None:
            self._fail(order, f"this connection does not fulfil the resource type {order.resource_type}")
            return
        try:
            steps = program(order, reader, self._ways)
            job = _Job(order, steps, *_touched(order, reader))
        except Refused as error:
            self._fail(order, str(error))
            return
        self._queue(job)
        if not job.waits_for:
            self._advance(job, None)

    def _queue(self, job: _Job) -> None:
        """Let a job wait for every unfinished one that it must not overtake."""
        blockers: set[_Job] = set()
        for name in job.writes:
            blockers |= self._writers.get(name, set()) | self._readers_of.get(name, set())
            self._writers.setdefault(name, set()).add(job)
        for name in job.reads:
            blockers |= self._writers.get(name, set())
            self._readers_of.setdefault(name, set()).add(job)
        for blocker in blockers - {job}:
            blocker.followers.append(job)
            job.waits_for += 1
        self._unfinished.add(job)

    def _advance(self, job: _Job, replies: list[Reply] | None) -> None:
        """Give a job its replies and queue its next step."""
        try:
            step = job.steps.send(replies) if replies is not None else next(job.steps)
            while not step:
                step = job.steps.send([])
        except StopIteration as end:
            self._finish(job, Result(order=job.order.id, outcome=Outcome.EXECUTED, message=end.value))
        except Refused as error:
            self._finish(job, Result(order=job.order.id, outcome=Outcome.ERRORED, message=str(error)))
        else:
            job.replies, job.expected = {}, len(step)
            self._to_send.extend((job, at, ask) for at, ask in enumerate(step))

    def _send(self) -> None:
        while self._to_send and len(self._sent) < WINDOW:
            job, at, ask = self._to_send.popleft()
            self._sent[self._directory.wire.send(ask.operation, ask.controls)] = job, at

    def _listen(self) -> None:
        wire = self._directory.wire
        while not (answered := self._sent.keys() & wire.answered):
            wire.read()
        for number in sorted(answered):
            job, at = self._sent.pop(number)
            job.replies[at] = self._reply(number)
            if len(job.replies) == job.expected:
                self._advance(job, [job.replies[at] for at in range(job.expected)])

    def _reply(self, number: int) -> Reply:
        """The reply to a request; what is about the server's own state and not about the order ends the run."""
        try:
            reply = self._directory.reply(number)
        except SearchRefused as error:
            reply = error.reply
        if reply.code == _BUSY:
            raise Throttled(f"{self._directory.wire.peer}: {reply}", 1.0)
        if reply.code == _UNAVAILABLE:
            raise Unreachable(f"{self._directory.wire.peer}: {reply}")
        return reply

    def _finish(self, job: _Job, result: Result) -> None:
        self._results.append(result)
        self._unfinished.discard(job)
        for held, names in ((self._writers, job.writes), (self._readers_of, job.reads)):
            for name in names:
                held[name].discard(job)
                if not held[name]:
                    del held[name]
        for follower in job.followers:
            follower.waits_for -= 1
            if not follower.waits_for:
                self._advance(follower, None)

    def _fail(self, order: Order, message: str) -> None:
        self._results.append(Result(order=order.id, outcome=Outcome.ERRORED, message=message))


def _touched(order: Order, reader: Reader) -> tuple[set[dn.Dn], set[dn.Dn]]:
    """The entries that an order writes, and those that must stay as they are meanwhile, by the names in the order.

    These are the names before any rename of the run, so that two orders of one entry always meet.
    """
    stored = reader.seen_dn(order)
    own = [dn.key(name) for name in _names(stored)]
    with suppress(Refused):
        shall = reader.new_name(order, stored)
        own += [dn.key(shall)] if shall else []
    linked = [dn.key(name) for text in reader.linked(order) for name in _names(text)]
    above = {name[at:] for name in own for at in range(1, len(name))}
    above |= {name[at:] for name in linked for at in range(len(name))}
    return set(own), above - set(own)


def _names(text: str | None) -> list[dn.Dn]:
    try:
        return [dn.parse(text)] if text else []
    except ValueError:
        return []
