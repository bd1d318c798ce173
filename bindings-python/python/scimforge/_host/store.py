"""Where resources live, and how a request reaches them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from .. import _scimforge
from .exchange import Answer, Head, environment_text, request_text, task_environment
from .known import awaited
from .memory_outbox import MemoryOutbox
from .outbox import Outbox, sinks_of
from .own import Own
from .programs import Ahead, hashed_ahead
from .trace import AsAWhole, Tracing

# Bodies that take the engine longer than a switch of threads.
_LARGE = 64 << 10


class OpenStore(Protocol):
    """A store of an endpoint."""

    async def handle(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer: ...

    async def task(self, task: Mapping[str, Any], env: Mapping[str, Any]) -> Answer:
        """What the host does with what was removed."""

    async def prepare(self) -> None:
        """Makes the tables, where there are any."""

    async def close(self) -> None: ...

    @property
    def outbox(self) -> Outbox | None:
        """Where events are kept, if the settings have them."""


class MemoryStore:
    """Resources in this process's memory, gone with it. ``resources`` are there from the start.

    >>> from scimforge.asgi import MemoryStore
    >>> store = MemoryStore([{"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}])
    """

    def __init__(self, resources: Iterable[Mapping[str, Any]] = ()) -> None:
        self._resources = list(resources)

    def _open(self, config: Mapping[str, Any]) -> OpenStore:
        # What nobody hashes cannot be changed.
        server = _scimforge.MemoryServer({"changePassword": False, **config})
        for resource in self._resources:
            server.insert(resource)
        return _InMemory(server, sinks_of(config) or [])


class _InMemory:
    def __init__(self, server: _scimforge.MemoryServer, sinks: list[str]) -> None:
        self._server = server
        self.outbox = MemoryOutbox(server, sinks)

    async def handle(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer:
        given = (request_text(head), body, environment_text(env, head, body))
        if len(body) > _LARGE:
            return Answer.of(await asyncio.to_thread(self._server.answer, *given))
        return Answer.of(self._server.answer(*given))

    def traced(self, tracing: Tracing) -> AsAWhole:
        return AsAWhole(self, tracing, None)

    async def task(self, task: Mapping[str, Any], env: Mapping[str, Any]) -> Answer:
        return Answer.of(self._server.task(json.dumps(task), task_environment(env)))

    async def prepare(self) -> None:
        pass

    async def close(self) -> None:
        pass


def open_store(store: Any, config: Mapping[str, Any], tracing: Tracing | None = None) -> OpenStore:
    """With ``tracing``, what is asked of a store is a span."""
    if hasattr(store, "_open") and not isinstance(store, type):
        opened: Any = store._open(config)
        if tracing is not None:
            opened = opened.traced(tracing)
        ready: OpenStore = opened
        return ready
    own = Own(store, config)
    made = Stepped(config, own.perform, store, together=own.together)
    made.outbox = own.outbox
    return made if tracing is None else made.traced(tracing)


# An operation, and its result; of a failure, what is for the log.
Perform = Callable[[str], Awaitable["tuple[str, str | None]"]]
# What performs the operations of one request, and lets go at its end of what it holds.
Session = Callable[[], AbstractAsyncContextManager[Perform]]
# Hashes the passwords of a request.
Hashing = Callable[[], Awaitable[Ahead]]
# Does the work of a request that changes several resources; all of it is kept or nothing.
Entirely = Callable[[Callable[[Perform], Awaitable[Answer]]], Awaitable[Answer]]
# Does the work of a Bulk in one transaction, perhaps more than once.
OneTransaction = Callable[[Callable[[Perform], Awaitable[Answer]], Hashing], Awaitable[Answer]]


class Stepped:
    """The engine says what it needs, one operation at a time."""

    outbox: Outbox | None = None

    def __init__(
        self,
        config: Mapping[str, Any],
        perform: Perform,
        store: Any,
        *,
        session: Session | None = None,
        together: OneTransaction | None = None,
        whole: Entirely | None = None,
    ) -> None:
        self._engine = _scimforge.Engine(json.dumps({"changePassword": True, **config}))
        self._session: Session = session or (lambda: contextlib.nullcontext(perform))
        self._together, self._whole, self._store = together, whole, store
        self._seen: Callable[[Perform], Perform] = lambda perform: perform
        self._turns: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    def traced(self, tracing: Tracing, system: str | None = None) -> Stepped:
        """Each operation is a span."""

        def seen(perform: Perform) -> Perform:
            async def traced(operation: str) -> tuple[str, str | None]:
                name: str = json.loads(operation)["op"]
                work = lambda: perform(operation)
                return await tracing.store(name, system, work, lambda done: done[1] is not None)

            return traced

        self._seen = seen
        return self

    async def handle(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer:
        """Changes of one resource wait for each other, so that none has to be repeated."""
        if head.method not in ("PUT", "PATCH", "DELETE"):
            return await self._run(head, body, env)
        name = (env["tenant"], head.path)
        lock, waiting = self._turns.get(name, (asyncio.Lock(), 0))
        self._turns[name] = (lock, waiting + 1)
        try:
            async with lock:
                return await self._run(head, body, env)
        finally:
            lock, waiting = self._turns.pop(name)
            if waiting > 1:
                self._turns[name] = (lock, waiting - 1)

    async def _run(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer:
        given = (request_text(head), body, environment_text(env, head, body))
        large = len(body) > _LARGE

        async def steps(perform: Perform) -> Answer:
            begin = self._engine.begin
            exchange = await asyncio.to_thread(begin, *given) if large else begin(*given)
            return await _steps(exchange, self._seen(perform))

        if self._together is not None and head.method == "POST" and head.path.lower() == "/bulk":

            async def hashing() -> Ahead:
                passwords = await asyncio.to_thread(self._engine.passwords, *given)
                return await hashed_ahead(passwords, asyncio.to_thread)

            return await self._together(steps, hashing)
        # Who is removed leaves the groups.
        return await self._run_alone(steps, head.method == "DELETE")

    async def _run_alone(self, steps: Callable[[Perform], Awaitable[Answer]], several: bool) -> Answer:
        if several and self._whole is not None:
            return await self._whole(steps)
        async with self._session() as perform:
            return await steps(perform)

    async def task(self, task: Mapping[str, Any], env: Mapping[str, Any]) -> Answer:
        async def steps(perform: Perform) -> Answer:
            return await _steps(self._engine.task(json.dumps(task), task_environment(env)), self._seen(perform))

        return await self._run_alone(steps, True)

    async def prepare(self) -> None:
        prepare = getattr(self._store, "prepare", None)
        if prepare is not None:
            await awaited(prepare())

    async def close(self) -> None:
        close = getattr(self._store, "close", None)
        if close is not None:
            await awaited(close())


async def _steps(exchange: _scimforge.Exchange, perform: Perform) -> Answer:
    reason: str | None = None
    operation, answer = await _step(exchange, None)
    while operation is not None:
        result, failed = await perform(operation)
        reason = failed or reason
        operation, answer = await _step(exchange, result)
    assert answer is not None
    return Answer.of(answer, reason)


async def _step(exchange: _scimforge.Exchange, result: str | None) -> Any:
    if result is not None and len(result) > _LARGE:
        return await asyncio.to_thread(exchange.step, result)
    return exchange.step(result)
