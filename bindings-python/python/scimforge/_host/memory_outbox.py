"""The outbox of a store in memory: what is gone with the process is delivered by none."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import _scimforge
from .outbox import Claimed, Letter, Settled

_Resource = tuple[str, ...]


class _Entry:
    def __init__(self, seq: int) -> None:
        self.seq, self.due, self.attempts = seq, 0.0, 0


@dataclass(frozen=True)
class _Dead:
    sink: str
    seq: int
    attempts: int
    failure: str
    resource: _Resource


# Of each resource, in order; a resource that waits stands behind the others.
_Queues = dict[_Resource, deque[_Entry]]


class MemoryOutbox:
    def __init__(self, server: _scimforge.MemoryServer, sinks: Sequence[str]) -> None:
        self._server = server
        self._pending: dict[str, _Queues] = {sink: {} for sink in sinks}
        self._dead: list[_Dead] = []
        self._made: deque[tuple[int, float]] = deque()
        self._read = 0

    def _fetch(self) -> None:
        while found := self._server.changes(self._read, 1000):
            for one in found:
                self._made.append((one["seq"], time.monotonic()))
                for queues in self._pending.values():
                    _enqueue(queues, _resource(one["event"]), one["seq"])
                self._read = one["seq"]

    def _event(self, seq: int) -> dict[str, Any]:
        """As it stands: whoever purges takes the values out of it."""
        event: dict[str, Any] = self._server.changes(seq - 1, 1)[0]["event"]
        return event

    def _take(self, queue: deque[_Entry], lease: float) -> Claimed:
        entry = queue[0]
        entry.due, entry.attempts = time.monotonic() + lease, entry.attempts + 1
        return Claimed(entry.seq, entry.attempts, self._event(entry.seq))

    async def claim(self, sink: str, limit: int, lease: float) -> list[Claimed]:
        self._fetch()
        found: list[Claimed] = []
        for queue in self._pending[sink].values():
            if len(found) == limit:
                break
            if queue[0].due <= time.monotonic():
                found.append(self._take(queue, lease))
        return found

    async def settle(
        self, sink: str, claimed: Claimed, settled: Settled, lease: float | None
    ) -> Claimed | None:
        queues, resource = self._pending[sink], _resource(claimed.event)
        queue = queues.get(resource, deque())
        # It is the first, or close behind it.
        at = next((at for at, entry in enumerate(queue) if entry.seq >= claimed.seq), len(queue))
        # What is not of the attempt that was claimed is somebody else's by now.
        if at == len(queue) or (queue[at].seq, queue[at].attempts) != (claimed.seq, claimed.attempts):
            return None
        if settled.outcome == "again":
            queue[at].due = time.monotonic() + settled.wait
            queues[resource] = queues.pop(resource)
            return None
        del queue[at]
        if settled.outcome == "dead":
            self._dead.append(_Dead(sink, claimed.seq, claimed.attempts, settled.failure, resource))
        if not queue:
            del queues[resource]
            return None
        due = queue[0].due <= time.monotonic()
        return self._take(queue, lease) if lease is not None and due else None

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        return self._server.changes(after, limit)

    async def prune(
        self, age: float, known: Sequence[str], abandoned_after: float
    ) -> tuple[dict[str, int], bool]:
        self._fetch()
        waiting = [queue[0].seq for queues in self._pending.values() for queue in queues.values()]
        open_from = min(waiting, default=None)
        last = 0
        while self._made and self._made[0][1] < time.monotonic() - age:
            if open_from is not None and self._made[0][0] >= open_from:
                break
            last = self._made.popleft()[0]
        if last:
            self._server.forget_changes(last)
            self._dead = [letter for letter in self._dead if letter.seq > last]
        return {}, False

    async def dead_letters(self, after: tuple[int, str], limit: int, receiver: str | None) -> list[Letter]:
        behind = [
            letter
            for letter in self._dead
            if (letter.seq, letter.sink) > after and receiver in (None, letter.sink)
        ]
        return [
            Letter(dead.sink, dead.seq, dead.attempts, dead.failure, self._event(dead.seq))
            for dead in sorted(behind, key=_place)[:limit]
        ]

    async def retry(self, receivers: Sequence[str], ids: Sequence[str] | None) -> int:
        asked = None if ids is None else set(ids)
        kept: list[_Dead] = []
        again: list[_Dead] = []
        for letter in self._dead:
            wanted = letter.sink in receivers and (asked is None or f"{letter.seq}.{letter.sink}" in asked)
            (again if wanted else kept).append(letter)
        self._dead = kept
        # They go to where they were: before what changed later.
        moved = {(letter.sink, letter.resource) for letter in again}
        for letter in again:
            _enqueue(self._pending[letter.sink], letter.resource, letter.seq)
        for sink, resource in moved:
            queues = self._pending[sink]
            queues[resource] = deque(sorted(queues[resource], key=lambda entry: entry.seq))
        return len(again)


def _enqueue(queues: _Queues, resource: _Resource, seq: int) -> None:
    queues.setdefault(resource, deque()).append(_Entry(seq))


def _resource(event: dict[str, Any]) -> _Resource:
    return event["tenant"], event["resourceType"], event["resourceId"]


def _place(letter: _Dead) -> tuple[int, str]:
    return letter.seq, letter.sink
