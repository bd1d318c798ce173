"""Where resources live, and how a request reaches them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from .. import _scimforge
from .exchange import Answer, Head, environment_text, request_text, task_environment
from .known import awaited
from .memory_outbox import MemoryOutbox
from .outbox import Outbox, sinks_of
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


class Conflict(Exception):
    """Another resource has this value: what :meth:`StoreBase.insert` and
    :meth:`StoreBase.replace` raise.

    >>> from scimforge.asgi import Conflict
    >>> Conflict("userName").attribute
    'userName'
    """

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        super().__init__(attribute)


class VersionMismatch(Exception):
    """The resource has another version than the change is for.

    >>> from scimforge.asgi import VersionMismatch
    >>> isinstance(VersionMismatch(), Exception)
    True
    """


class StoreBase:
    """A store of your own: five methods, plain or coroutines.

    One that keeps what is deleted softly has three more, and another parameter of ``remove``, see
    :meth:`remove`.

    A ``key`` is ``{"tenant", "type", "id"}``, a ``resource`` a dict with ``id`` and ``meta``.
    ``unique`` lists the values that no other resource of the type may have, each with ``path``
    and ``key`` (the value as it is compared); a ``password`` comes beside the resource, in clear,
    and is to be hashed.

    >>> from scimforge.asgi import StoreBase, create_scim_app, none
    >>> class Shelf(StoreBase):
    ...     def __init__(self):
    ...         self.rows = {}
    ...     async def get(self, key):
    ...         return self.rows.get(key["id"])
    ...     async def query(self, plan):
    ...         return [row for row in self.rows.values() if row["meta"]["resourceType"] in plan["types"]]
    ...     async def insert(self, key, resource, unique, password):
    ...         self.rows[key["id"]] = resource
    ...     async def replace(self, key, resource, unique, password, if_version):
    ...         self.rows[key["id"]] = resource
    ...     async def remove(self, key, if_version):
    ...         return self.rows.pop(key["id"], None) is not None
    >>> app = create_scim_app(store=Shelf(), auth=none())
    """

    def get(self, key: Mapping[str, str]) -> Any:
        """The resource with this key, or ``None``.

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().get({"tenant": "", "type": "User", "id": "u-1"})
        Traceback (most recent call last):
        NotImplementedError: a store has `get`
        """
        raise NotImplementedError("a store has `get`")

    def query(self, plan: Mapping[str, Any]) -> Any:
        """The resources of ``plan["tenant"]`` and ``plan["types"]``, as a list: filtered, sorted and
        cut they are by the engine, so leave away only what cannot match ``plan["filter"]``. Or a
        dict with ``rows``, ``total`` and ``residual: False`` for the page itself.

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().query({"tenant": "", "types": ["User"]})
        Traceback (most recent call last):
        NotImplementedError: a store has `query`
        """
        raise NotImplementedError("a store has `query`")

    def insert(
        self,
        key: Mapping[str, str],
        resource: dict[str, Any],
        unique: Sequence[Mapping[str, str]],
        password: str | None,
    ) -> Any:
        """Keeps a new resource, or raises :class:`Conflict` (``Conflict("id")`` if the key is
        taken).

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().insert({"tenant": "", "type": "User", "id": "u-1"}, {}, [], None)
        Traceback (most recent call last):
        NotImplementedError: a store has `insert`
        """
        raise NotImplementedError("a store has `insert`")

    def replace(
        self,
        key: Mapping[str, str],
        resource: dict[str, Any],
        unique: Sequence[Mapping[str, str]],
        password: str | None,
        if_version: str | None,
    ) -> Any:
        """Replaces a resource; ``False`` if there is none, :class:`VersionMismatch` if its
        ``meta.version`` is another than ``if_version``, :class:`Conflict` as for ``insert``.

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().replace({"tenant": "", "type": "User", "id": "u-1"}, {}, [], None, None)
        Traceback (most recent call last):
        NotImplementedError: a store has `replace`
        """
        raise NotImplementedError("a store has `replace`")

    def remove(self, key: Mapping[str, str], if_version: str | None) -> Any:
        """Removes a resource; ``False`` if there is none, :class:`VersionMismatch` as for
        ``replace``.

        With ``create_scim_app(delete="soft")`` it is called with ``keep``, which is to be kept with
        the resource: ``{"at", "by", "groups", "unique"}``, the last ``"kept"`` if its unique values
        stay taken. The store then has ``removed(plan)``, which lists ``{"kept", "resource"}`` of
        ``plan["tenant"]`` and ``plan["type"]``: the one with ``plan["id"]``, the last with one of the
        values ``plan["unique"]``, or ``plan["limit"]`` behind ``plan["after"]``, in the order of time and
        ``id``; ``restore(key, resource, unique, password, anew)``, which raises and answers as
        ``replace`` does and forgets the password that was there if ``anew`` and there is no other; and
        ``purge(plan)``, which forgets ``plan["limit"]`` of ``plan["tenant"]`` (or of all) from before
        ``plan["before"]``, and answers how many by type: ``{"User": 3}``.

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().remove({"tenant": "", "type": "User", "id": "u-1"}, None)
        Traceback (most recent call last):
        NotImplementedError: a store has `remove`
        """
        raise NotImplementedError("a store has `remove`")

    def memberships(self, plan: Mapping[str, Any]) -> Any:
        """Who of ``plan["members"]`` is in which group: a list of ``{"member", "group",
        "display"}``, or ``None`` for a store that does not tell (``User.groups`` is left out then).

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().memberships({"tenant": "", "type": "Group", "members": []}) is None
        True
        """
        return None

    def close(self) -> Any:
        """Is called once, when nothing is under way any more.

        >>> from scimforge.asgi import StoreBase
        >>> StoreBase().close()
        """


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
    if hasattr(store, "_open"):
        opened: Any = store._open(config)
        if tracing is not None:
            opened = opened.traced(tracing)
        ready: OpenStore = opened
        return ready
    missing = [name for name in _OPERATIONS if not callable(getattr(store, name, None))]
    if missing:
        raise TypeError(
            "create_scim_app: `store` is MemoryStore(), SqliteStore(path), PostgresStore(conninfo) or an "
            f"object of yours; it lacks {', '.join(missing)}"
        )
    if _keeps(config.get("delete")):
        missing = [name for name in _KEEPING if not callable(getattr(store, name, None))]
        if missing:
            raise TypeError(f"create_scim_app: to keep what is deleted, `store` lacks {', '.join(missing)}")
    if sinks_of(config) is not None:
        # An event that nobody keeps would be lost in silence.
        raise TypeError("create_scim_app: a store of yours keeps no events; leave `events` out")
    own = Stepped(config, _own(store), store)
    return own if tracing is None else own.traced(tracing)


def _keeps(removal: Any) -> bool:
    return bool(removal.get("mode", "soft") == "soft" if isinstance(removal, Mapping) else removal == "soft")


# What a store has that keeps what is deleted, beside `keep` of its `remove`.
_KEEPING = ("removed", "restore", "purge")
_OPERATIONS = ("get", "query", "insert", "replace", "remove")
# An operation, and its result; of a failure, what is for the log.
Perform = Callable[[str], Awaitable["tuple[str, str | None]"]]
# What performs the operations of one request, and lets go at its end of what it holds.
Session = Callable[[], AbstractAsyncContextManager[Perform]]
# Does the work of a Bulk in one transaction, perhaps more than once; with the hashes for it.
OneTransaction = Callable[[Callable[[Perform], Awaitable[Answer]], Ahead], Awaitable[Answer]]


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
    ) -> None:
        self._engine = _scimforge.Engine(json.dumps({"changePassword": True, **config}))
        self._session: Session = session or (lambda: contextlib.nullcontext(perform))
        self._together, self._store = together, store
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
            passwords = await asyncio.to_thread(self._engine.passwords, *given)
            # Nobody waits for a hash in a transaction.
            return await self._together(steps, await hashed_ahead(passwords, asyncio.to_thread))
        async with self._session() as perform:
            return await steps(perform)

    async def task(self, task: Mapping[str, Any], env: Mapping[str, Any]) -> Answer:
        async with self._session() as perform:
            return await _steps(self._engine.task(json.dumps(task), task_environment(env)), self._seen(perform))

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


def _own(store: Any) -> Perform:
    async def perform(operation: str) -> tuple[str, str | None]:
        try:
            result = await _ask(store, json.loads(operation))
        except Conflict as conflict:
            result = {"conflict": conflict.attribute}
        except VersionMismatch:
            result = {"versionMismatch": True}
        except Exception as error:
            result = {"failed": f"{type(error).__name__}: {error}"}
        return json.dumps(result), result.get("failed")

    return perform


async def _ask(store: Any, operation: dict[str, Any]) -> dict[str, Any]:
    op = operation.pop("op")
    key, if_version = operation.get("key"), operation.get("ifVersion")
    written = [operation.get(name) for name in ("resource", "unique", "password")]
    if op == "get":
        return {"row": await awaited(store.get(key))}
    if op == "part":
        return {"unsupported": True}
    if op == "query":
        found = await awaited(store.query(operation))
        return dict(found) if isinstance(found, Mapping) else {"rows": list(found), "residual": True}
    if op == "memberships":
        known = store.memberships(operation) if hasattr(store, "memberships") else None
        known = await awaited(known)
        return {"unsupported": True} if known is None else {"memberships": list(known)}
    if op == "insert":
        await awaited(store.insert(key, *written))
        return {"done": True}
    if op == "replace":
        replaced = await awaited(store.replace(key, *written, if_version))
        return {"notFound": True} if replaced is False else {"done": True}
    if op == "remove":
        # Only a store that keeps what is deleted is told what is to be kept.
        kept = {"keep": operation["keep"]} if "keep" in operation else {}
        removed = await awaited(store.remove(key, if_version, **kept))
        return {"notFound": True} if removed is False else {"done": True}
    if op in _KEEPING and not callable(getattr(store, op, None)):
        return {"unsupported": True}
    if op == "removed":
        return {"removed": list(await awaited(store.removed(operation)))}
    if op == "restore":
        restored = await awaited(store.restore(key, *written, operation["anew"]))
        return {"notFound": True} if restored is False else {"done": True}
    if op == "purge":
        return {"purged": await awaited(store.purge(operation))}
    return {"failed": f"the store does not know the operation {op}"}
