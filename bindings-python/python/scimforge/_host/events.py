"""Delivers events to a hook: at least once, in the order of the changes of each resource, again
after a while where it fails, until it is given up."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .known import awaited
from .outbox import Claimed, Outbox, Settled

# What the hook is called in the tables.
SINK = "on_event"
# How many events it gets at a time, each of another resource.
_WIDTH = 8
# How often to look for what other processes have left, or what is to be tried again.
_PAUSE = 1.0
_HOUR = 3600.0
# A receiver that this endpoint does not know may be one of another process, as long as somebody
# looks for what is due to it.
_ABANDONED = 24 * _HOUR
# What is under way when all ends has so long to come to an end by itself.
_GRACE = 5.0
_PAGE = 500
_RETRY = {"attempts": 15, "first_seconds": 1, "most_seconds": 3600, "timeout_seconds": 15}


@dataclass(frozen=True)
class Events:
    mode: str
    hook: Callable[[dict[str, Any]], Any] | None
    deliver: bool
    retry: Mapping[str, float]
    keep: float

    @property
    def engine(self) -> dict[str, Any]:
        """What the engine is told."""
        return {"mode": self.mode, "sinks": [] if self.hook is None else [SINK]}

    @classmethod
    def of(cls, given: Any) -> Events | None:
        if given is None or given is False:
            return None
        if given is True:
            given = {}
        if not isinstance(given, Mapping):
            raise TypeError("create_scim_app: `events` is True or a dict")
        retry = given.get("retry") or {}
        for name, value in retry.items():
            if name not in _RETRY:
                raise TypeError(f"create_scim_app: `events[\"retry\"]` has no `{name}`, but {', '.join(_RETRY)}")
            if not (isinstance(value, (int, float)) and value > 0):
                raise TypeError(f'create_scim_app: `events["retry"]["{name}"]` is a positive number')
        mode, hook = given.get("mode", "notice"), given.get("on_event")
        if mode not in ("notice", "full"):
            raise TypeError('create_scim_app: `events["mode"]` is "notice" or "full"')
        if hook is not None and not callable(hook):
            raise TypeError('create_scim_app: `events["on_event"]` is a function')
        keep = given.get("keep_days", 7)
        if not (isinstance(keep, (int, float)) and keep >= 0):
            raise TypeError('create_scim_app: `events["keep_days"]` is a number of days')
        return cls(mode, hook, given.get("deliver", True), {**_RETRY, **retry}, keep * 24 * _HOUR)


class Deliveries:
    def __init__(self, outbox: Outbox, events: Events, report: Callable[[Exception], None]) -> None:
        self._outbox, self._events, self._report = outbox, events, report
        self._lease = 2 * events.retry["timeout_seconds"] + 1
        self._under_way: set[asyncio.Task[None]] = set()
        self._running: list[asyncio.Task[None]] = []
        self._fresh: asyncio.Event | None = None
        self.closed = False

    def begin(self) -> None:
        """Begins what runs beside the requests, in the event loop of these."""
        if self.closed or self._fresh is not None:
            return
        self._fresh = asyncio.Event()
        self._running = [asyncio.ensure_future(self._prune())]
        if self._events.hook is not None and self._events.deliver:
            self._running.append(asyncio.ensure_future(self._run()))

    def kick(self) -> None:
        """There may be something new."""
        if self._fresh is not None:
            self._fresh.set()

    async def close(self) -> None:
        self.closed = True
        self.kick()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE)
        for one in tuple(self._under_way):
            one.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def changes(self, after: int, follow: bool) -> AsyncIterator[dict[str, Any]]:
        while not self.closed:
            found = await self._outbox.changes(after, _PAGE)
            for one in found:
                yield one
                after = one["seq"]
            if len(found) == _PAGE:
                continue
            if not follow:
                return
            await asyncio.sleep(_PAUSE)

    async def _run(self) -> None:
        assert self._fresh is not None
        # Not ended by cancelling it alone: `wait_for` may lose that (Python 3.11 and before).
        while not self.closed:
            self._fresh.clear()
            free = _WIDTH - len(self._under_way)
            if free > 0:
                try:
                    # What was claimed is delivered, also if all ends meanwhile.
                    for claimed in await asyncio.shield(self._outbox.claim(free, self._lease)):
                        task = asyncio.ensure_future(self._chain(claimed))
                        self._under_way.add(task)
                        task.add_done_callback(self._ended)
                except Exception as error:
                    self._report(error)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._fresh.wait(), _PAUSE)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.kick()

    async def _chain(self, first: Claimed) -> None:
        """One event, and those of the same resource that wait behind it."""
        claimed: Claimed | None = first
        try:
            while claimed is not None:
                settled = await self._delivered(claimed)
                goes_on = settled.outcome == "done" and not self.closed
                claimed = await self._outbox.settle(claimed, settled, self._lease if goes_on else None)
        except Exception as error:
            # It is claimed still, and tried again when that runs out.
            self._report(error)

    async def _delivered(self, claimed: Claimed) -> Settled:
        retry = self._events.retry
        try:
            await asyncio.wait_for(self._hook(claimed.event), retry["timeout_seconds"])
            return Settled("done")
        except Exception as error:
            late = isinstance(error, (asyncio.TimeoutError, TimeoutError))
            failure = "no answer in time" if late else type(error).__name__
            told = RuntimeError(f"events: on_event: {claimed.event['id']} was not delivered: {failure}")
            told.__cause__ = None if late else error
            self._report(told)
        if claimed.attempts >= retry["attempts"]:
            return Settled("dead", failure)
        # Twice as long each time, a little less or more so that not all come back at once.
        seconds = min(retry["first_seconds"] * 2.0 ** (claimed.attempts - 1), retry["most_seconds"])
        return Settled("again", failure, seconds * random.uniform(0.8, 1.2))

    async def _hook(self, event: dict[str, Any]) -> None:
        hook = self._events.hook
        assert hook is not None
        if inspect.iscoroutinefunction(hook):
            await hook(event)
        else:
            # One that takes its time keeps no request waiting.
            await awaited(await asyncio.to_thread(hook, event))

    async def _prune(self) -> None:
        while True:
            # The first requests pass first.
            await asyncio.sleep(_PAUSE)
            try:
                more = True
                while more:
                    given_up, more = await self._outbox.prune(self._events.keep, _ABANDONED)
                    for sink, count in given_up.items():
                        gone = f"events: {sink} is no receiver any more: {count} deliveries were given up"
                        self._report(RuntimeError(gone))
            except Exception as error:
                self._report(error)
            await asyncio.sleep(_HOUR)
