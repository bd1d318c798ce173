"""Events until they are delivered: what is asked of the tables of a store, and of one in memory.

What is run is the core's; here is in which order. A program is a generator that yields statements:
it is given the rows of each, and how many rows it changed.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .. import _scimforge

# How often a claim makes room for other resources, before it is content with what it has.
_ROUNDS = 20

Rows = tuple[list[Any], int]
Programmed = Generator[tuple[str, list[Any]], Rows, Any]


@dataclass(frozen=True)
class Claimed:
    seq: int
    attempts: int
    event: dict[str, Any]


@dataclass(frozen=True)
class Settled:
    """What became of a delivery: it is ``done``, it is due ``again`` after a while, or ``dead``."""

    outcome: str
    failure: str = ""
    wait: float = 0.0


class Outbox(Protocol):
    """Times are seconds."""

    async def claim(self, limit: int, lease: float) -> list[Claimed]: ...

    async def settle(self, claimed: Claimed, settled: Settled, lease: float | None) -> Claimed | None:
        """After what is done, and with a lease, the next event of the same resource."""

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]: ...

    async def prune(self, age: float, abandoned_after: float) -> tuple[dict[str, int], bool]:
        """What was given up, by receiver, and whether there is more to forget."""


def sinks_of(config: Mapping[str, Any]) -> list[str] | None:
    """Whom events are kept for, if there are events."""
    events = config.get("events")
    if events is None or events is False:
        return None
    return list(events.get("sinks") or []) if isinstance(events, Mapping) else []


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _claimed(row: Any) -> Claimed:
    seq, attempts, event = row
    return Claimed(int(seq), attempts, json.loads(event))


def claim(sql: Mapping[str, str], sink: str, limit: int, lease: float) -> Programmed:
    found: list[Any] = []
    for _ in range(_ROUNDS):
        rows, _changed = yield sql["claim"], [sink, limit - len(found), _milliseconds(lease)]
        found += rows
        if len(found) >= limit:
            break
        _none, parked = yield sql["park"], [sink]
        if parked == 0:
            break
    return sorted(map(_claimed, found), key=lambda one: one.seq)


def settle(
    sql: Mapping[str, str], sink: str, claimed: Claimed, settled: Settled, lease: float | None
) -> Programmed:
    own = [sink, claimed.seq, claimed.attempts]
    if settled.outcome == "again":
        yield sql["again"], [*own, settled.failure, _milliseconds(settled.wait)]
        return None
    if settled.outcome == "dead":
        places, _ = yield sql["dead"], [*own, settled.failure]
    else:
        places, _ = yield sql["done"], own
    # What is not of the attempt that was claimed is somebody else's by now.
    if not places:
        return None
    if lease is None:
        yield sql["wake"], [sink, *places[0]]
        return None
    rows, _ = yield sql["next"], [sink, *places[0], _milliseconds(lease)]
    return _claimed(rows[0]) if rows else None


def prune(
    sql: Mapping[str, str], sinks: list[str], age: float, abandoned_after: float
) -> Programmed:
    given_up: dict[str, int] = {}
    lost, _ = yield sql["abandoned"], [json.dumps(sinks), _milliseconds(abandoned_after)]
    for (sink,) in lost:
        _rows, given_up[sink] = yield sql["abandon"], [sink, "no such receiver"]
    for sink in sinks:
        yield sql["heal"], [sink]
    _rows, gone = yield sql["prune"], [_milliseconds(age)]
    return given_up, gone > 0


def change(seq: Any, event: Any) -> dict[str, Any]:
    return {"seq": int(seq), "event": json.loads(event) if isinstance(event, str) else event}


class MemoryOutbox:
    """That of a store in memory: what is gone with the process is delivered by none."""

    def __init__(self, server: _scimforge.MemoryServer, sinks: list[str]) -> None:
        self._server, self._sinks = server, sinks
        # Of each resource, in order; a resource that waits stands behind the others.
        self._queues: dict[tuple[str, ...], deque[list[Any]]] = {}
        self._made: deque[tuple[int, float]] = deque()
        self._read = 0

    def _fetch(self) -> None:
        while found := self._server.changes(self._read, 1000):
            for one in found:
                seq, event = one["seq"], one["event"]
                self._made.append((seq, time.monotonic()))
                if self._sinks:
                    resource = (event["tenant"], event["resourceType"], event["resourceId"])
                    self._queues.setdefault(resource, deque()).append([seq, event, 0.0, 0])
                self._read = seq

    def _take(self, queue: deque[list[Any]], lease: float) -> Claimed:
        entry = queue[0]
        entry[2], entry[3] = time.monotonic() + lease, entry[3] + 1
        return Claimed(entry[0], entry[3], entry[1])

    async def claim(self, limit: int, lease: float) -> list[Claimed]:
        self._fetch()
        found: list[Claimed] = []
        for queue in self._queues.values():
            if len(found) == limit:
                break
            if queue[0][2] <= time.monotonic():
                found.append(self._take(queue, lease))
        return found

    async def settle(self, claimed: Claimed, settled: Settled, lease: float | None) -> Claimed | None:
        event = claimed.event
        resource = (event["tenant"], event["resourceType"], event["resourceId"])
        queue = self._queues.get(resource)
        if not queue or (queue[0][0], queue[0][3]) != (claimed.seq, claimed.attempts):
            return None
        if settled.outcome == "again":
            queue[0][2] = time.monotonic() + settled.wait
            self._queues[resource] = self._queues.pop(resource)
            return None
        queue.popleft()
        if not queue:
            del self._queues[resource]
            return None
        return self._take(queue, lease) if lease is not None else None

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        return self._server.changes(after, limit)

    async def prune(self, age: float, abandoned_after: float) -> tuple[dict[str, int], bool]:
        self._fetch()
        open_from = min((queue[0][0] for queue in self._queues.values()), default=None)
        last = 0
        while self._made and self._made[0][1] < time.monotonic() - age:
            if open_from is not None and self._made[0][0] >= open_from:
                break
            last = self._made.popleft()[0]
        if last:
            self._server.forget_changes(last)
        return {}, False
