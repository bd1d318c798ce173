"""Delivers events: at least once, in the order of the changes of each resource, again after a while
where it fails, until it is given up."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

from .events import Events
from .outbox import Claimed, Outbox, Settled
from .push import WIDTH, Sink, Undelivered

# How often to look for what other processes have left, or what is to be tried again.
_PAUSE = 1.0
_HOUR = 3600.0
# A receiver that this endpoint does not know may be one of another process, as long as somebody
# looks for what is due to it.
_ABANDONED = 24 * _HOUR
# What is under way when all ends has so long to come to an end by itself.
_GRACE = 5.0
_PAGE = 500

Report = Callable[[Exception], None]


class Deliveries:
    def __init__(self, outbox: Outbox, events: Events, report: Report) -> None:
        self.outbox = outbox
        self._events, self._report = events, report
        self._loops = [_Loop(outbox, sink, events, report) for sink in events.sinks] if events.deliver else []
        self._pruning: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def known(self) -> list[str]:
        """The names of all receivers."""
        return self._events.known

    def begin(self) -> None:
        """Begins what runs beside the requests, in the event loop of these."""
        if self.closed or self._pruning is not None:
            return
        self._pruning = asyncio.ensure_future(self._prune())
        for loop in self._loops:
            loop.begin()

    def kick(self) -> None:
        """There may be something new."""
        for loop in self._loops:
            loop.kick()

    async def close(self) -> None:
        self.closed = True
        if self._pruning is not None:
            self._pruning.cancel()
            await asyncio.gather(self._pruning, return_exceptions=True)
        await asyncio.gather(*(loop.close() for loop in self._loops))
        for sink in self._events.sinks:
            sink.close()

    async def changes(self, after: int, follow: bool) -> AsyncIterator[dict[str, Any]]:
        while not self.closed:
            found = await self.outbox.changes(after, _PAGE)
            for one in found:
                yield one
                after = one["seq"]
            if len(found) == _PAGE:
                continue
            if not follow:
                return
            await asyncio.sleep(_PAUSE)

    async def _prune(self) -> None:
        while True:
            # The first requests pass first.
            await asyncio.sleep(_PAUSE)
            try:
                more = True
                while more:
                    given_up, more = await self.outbox.prune(self._events.keep, self._events.known, _ABANDONED)
                    for sink, count in given_up.items():
                        gone = f"events: {sink} is no receiver any more: {count} deliveries were given up"
                        self._report(RuntimeError(gone))
            except Exception as error:
                self._report(error)
            await asyncio.sleep(_HOUR)


class _Loop:
    """The deliveries to one receiver."""

    def __init__(self, outbox: Outbox, sink: Sink, events: Events, report: Report) -> None:
        self._outbox, self._sink, self._report = outbox, sink, report
        self._retry = events.retry
        self._lease = 2 * self._retry["timeout_seconds"] + 1
        self._under_way: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None
        self._fresh: asyncio.Event | None = None
        self._closed = False

    def begin(self) -> None:
        self._fresh = asyncio.Event()
        self._running = asyncio.ensure_future(self._run(self._fresh))

    def kick(self) -> None:
        if self._fresh is not None:
            self._fresh.set()

    async def close(self) -> None:
        self._closed = True
        self.kick()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE)
        for one in tuple(self._under_way):
            one.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _run(self, fresh: asyncio.Event) -> None:
        # Not ended by cancelling it alone: `wait_for` may lose that (Python 3.11 and before).
        while not self._closed:
            fresh.clear()
            free = WIDTH - len(self._under_way)
            if free > 0:
                # What was claimed is delivered, also if all ends meanwhile.
                await asyncio.shield(self._claim(free))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(fresh.wait(), _PAUSE)

    async def _claim(self, free: int) -> None:
        try:
            for claimed in await self._outbox.claim(self._sink.name, free, self._lease):
                task = asyncio.ensure_future(self._chain(claimed))
                self._under_way.add(task)
                task.add_done_callback(self._ended)
        except Exception as error:
            self._report(error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.kick()

    async def _chain(self, first: Claimed) -> None:
        """One event, and those of the same resource that wait behind it."""
        claimed: Claimed | None = first
        try:
            while claimed is not None:
                settled = await self._delivered(claimed)
                goes_on = settled.outcome == "done" and not self._closed
                lease = self._lease if goes_on else None
                claimed = await self._outbox.settle(self._sink.name, claimed, settled, lease)
        except Exception as error:
            # It is claimed still, and tried again when that runs out.
            self._report(error)

    async def _delivered(self, claimed: Claimed) -> Settled:
        try:
            if self._sink.wants(claimed.event):
                await asyncio.wait_for(self._sink.deliver(claimed.event), self._retry["timeout_seconds"])
            return Settled("done")
        except Exception as error:
            failure, cause = _told(error)
            told = RuntimeError(f"events: {self._sink.name}: {claimed.event['id']} was not delivered: {failure}")
            told.__cause__ = cause
            self._report(told)
            final = isinstance(error, Undelivered) and error.final
        if final or claimed.attempts >= self._retry["attempts"]:
            return Settled("dead", failure)
        # Twice as long each time, a little less or more so that not all come back at once.
        doubled = self._retry["first_seconds"] * 2.0 ** (claimed.attempts - 1)
        seconds = min(doubled, self._retry["most_seconds"])
        return Settled("again", failure, seconds * random.uniform(0.8, 1.2))


def _told(error: Exception) -> tuple[str, Exception | None]:
    """Why something was not delivered, in our words, and what is for the log besides."""
    if isinstance(error, Undelivered):
        return str(error), None
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return "no answer in time", None
    return type(error).__name__, error
