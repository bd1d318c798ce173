"""Stores of the developer's own."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from os import PathLike
from typing import Any

from .exchange import Answer
from .known import awaited
from .outbox import Claimed, Letter, Outbox, Settled, sinks_of
from .programs import Ahead
from .promised import listed, page, row

_OPERATIONS = ("get", "query", "insert", "replace", "remove")
# What a store has that keeps what is deleted, beside `keep` of its `remove`.
_KEEPING = ("removed", "restore", "purge")
# What an operation says only to stores that asked for it.
_MORE = ("event", "members", "keep")

_Perform = Callable[[str], Awaitable["tuple[str, str | None]"]]


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
    """A store of your own: five methods, plain or coroutines. :class:`scimforge.testing.StoreTests`
    are the tests that it should pass.

    A ``key`` is ``{"tenant", "type", "id"}``, a ``resource`` a dict with ``id`` and ``meta``, to be
    kept as it is. ``unique`` lists the values that no other resource of the type may have, each with
    ``path`` and ``key`` (the value as it is compared); a ``password`` comes beside the resource, in
    clear, and is to be hashed. :class:`Conflict` and :class:`VersionMismatch` refuse a change;
    whatever else is raised is a 500.

    What a store may have besides, each alone:

    - ``memberships(plan)``: see :meth:`memberships`; with it users are shown with their ``groups``.
    - ``part(key, asked)``, for groups of many: ``{"part": resource}`` with some of its members, those
      of ``asked["members"]`` (folded values), if it has more than ``asked["few"]``, else
      ``{"row": resource}`` or ``{"row": None}``. A change of such a part comes to ``replace`` with
      ``members``: a list of what becomes of single members (``{"new"}``, ``{"old"}`` or both), and the
      resource has none. All others stay as they are.
    - ``transaction()``, an async context manager that gives a store whose changes are kept together, or
      not at all where something is raised: those of a Bulk.
    - A parameter ``event`` of ``insert``, ``replace``, ``remove`` (and ``restore``), to be kept in the
      transaction of the change; and an :class:`Outbox` as ``outbox``, from which receivers get it.
    - What keeps what is deleted, see :meth:`remove`.

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
        dict with ``rows``, ``total`` and ``residual: False`` for the page itself. With
        ``plan["withoutMembers"]`` nobody looks at the ``members`` of groups: they may be left away.

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
        ``plan["before"]``, and answers how many by type: ``{"User": 3}``. Where you keep
        events, take ``data`` and ``externalId`` out of theirs.

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


class Own:
    """What the engine asks, put to a store of the developer's own."""

    def __init__(self, store: Any, config: Mapping[str, Any]) -> None:
        _check(store, config)
        self._store = store
        kept = getattr(store, "outbox", None)
        self.outbox: Outbox | None = _Outbox(kept) if sinks_of(config) is not None and kept is not None else None
        self.together = self._in_one if callable(getattr(store, "transaction", None)) else None

    async def perform(self, operation: str) -> tuple[str, str | None]:
        return await _perform(self._store, operation)

    async def _in_one(
        self, work: Callable[[_Perform], Awaitable[Answer]], hashing: Callable[[], Awaitable[Ahead]]
    ) -> Answer:
        """A Bulk, in a transaction. One that failed in the middle cannot be kept in some databases,
        which say nothing of it at the end: it is left, so that nothing is acknowledged that was
        undone."""
        failures: list[str] = []
        async with self._store.transaction() as inside:

            async def perform(operation: str) -> tuple[str, str | None]:
                result, failed = await _perform(inside, operation)
                if failed is not None:
                    failures.append(failed)
                return result, failed

            answer = await work(perform)
            if failures:
                raise RuntimeError(failures[0])
        return answer


def _check(store: Any, config: Mapping[str, Any]) -> None:
    missing = [name for name in _OPERATIONS if not callable(getattr(store, name, None))]
    if missing or inspect.isclass(store):
        raise TypeError(
            "create_scim_app: `store` is MemoryStore(), SqliteStore(path), PostgresStore(conninfo) or an "
            f"object of yours; {_slip(store) or 'it lacks ' + ', '.join(missing)}"
        )
    if _keeps(config.get("delete")):
        missing = [name for name in _KEEPING if not callable(getattr(store, name, None))]
        if missing:
            raise TypeError(f"create_scim_app: to keep what is deleted, `store` lacks {', '.join(missing)}")
    if callable(getattr(store, "part", None)) and not _takes(store.replace, "members"):
        raise TypeError("create_scim_app: of a `store` with `part`, `replace` has a parameter `members`")
    if sinks_of(config) is not None:
        deaf = [name for name in ("insert", "replace", "remove") if not _takes(getattr(store, name), "event")]
        if deaf:
            # An event that nobody keeps would be lost in silence.
            raise TypeError(
                f"create_scim_app: `store` keeps no events: `event` is no parameter of {', '.join(deaf)}; leave "
                "`events` out"
            )


def _slip(store: Any) -> str | None:
    if store is None:
        return "there is none"
    if isinstance(store, (str, PathLike)):
        return "this is a path: SqliteStore(path) takes the path of a file"
    if inspect.isclass(store) or inspect.isfunction(store):
        return "this has to be called"
    if callable(getattr(store, "connection", None)):
        return "this looks like a pool: PostgresStore(pool) takes it"
    return None


def _keeps(removal: Any) -> bool:
    return bool(removal.get("mode", "soft") == "soft" if isinstance(removal, Mapping) else removal == "soft")


def _takes(method: Any, name: str) -> bool:
    parameters = inspect.signature(method).parameters
    return name in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


async def _perform(store: Any, operation: str) -> tuple[str, str | None]:
    try:
        result = await _ask(store, json.loads(operation))
    except Conflict as conflict:
        result = {"conflict": conflict.attribute}
    except VersionMismatch:
        result = {"versionMismatch": True}
    except Exception as error:
        result = {"failed": f"{type(error).__name__}: {error}"}
    return json.dumps(result), result.get("failed")


async def _ask(store: Any, operation: dict[str, Any]) -> dict[str, Any]:
    op = operation.pop("op")
    key, if_version = operation.get("key"), operation.get("ifVersion")
    written = [operation.get(name) for name in ("resource", "unique", "password")]
    more = {name: operation[name] for name in _MORE if name in operation}
    has = callable(getattr(store, op, None))
    if op == "get":
        return {"row": row("get", await awaited(store.get(key)))}
    if op == "query":
        return page(await awaited(store.query(operation)), operation)
    if op == "insert":
        await awaited(store.insert(key, *written, **more))
        return {"done": True}
    if op == "replace":
        replaced = await awaited(store.replace(key, *written, if_version, **more))
        return {"notFound": True} if replaced is False else {"done": True}
    if op == "remove":
        removed = await awaited(store.remove(key, if_version, **more))
        return {"notFound": True} if removed is False else {"done": True}
    # What is present is read one by one.
    if op == "present" or (op in ("part", "memberships", *_KEEPING) and not has):
        return {"unsupported": True}
    if op == "part":
        asked = {name: operation[name] for name in ("members", "few")}
        return dict(await awaited(store.part(key, asked)))
    if op == "memberships":
        known = await awaited(store.memberships(operation))
        return {"unsupported": True} if known is None else {"memberships": listed("memberships", known)}
    if op == "removed":
        return {"removed": listed("removed", await awaited(store.removed(operation)))}
    if op == "restore":
        restored = await awaited(store.restore(key, *written, operation["anew"], **more))
        return {"notFound": True} if restored is False else {"done": True}
    if op == "purge":
        return {"purged": await awaited(store.purge(operation))}
    return {"failed": f"the store does not know the operation {op}"}


class _Outbox:
    """One of the developer's own, whose methods may be plain."""

    def __init__(self, own: Any) -> None:
        self._own = own

    async def claim(self, sink: str, limit: int, lease: float) -> list[Claimed]:
        return list(await awaited(self._own.claim(sink, limit, lease)))

    async def settle(
        self, sink: str, claimed: Claimed, settled: Settled, lease: float | None
    ) -> Claimed | None:
        following: Claimed | None = await awaited(self._own.settle(sink, claimed, settled, lease))
        return following

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        return list(await awaited(self._own.changes(after, limit)))

    async def prune(
        self, age: float, known: Sequence[str], abandoned_after: float
    ) -> tuple[dict[str, int], bool]:
        done: tuple[dict[str, int], bool] | None = await awaited(self._own.prune(age, known, abandoned_after))
        return ({}, False) if done is None else done

    async def dead_letters(self, after: tuple[int, str], limit: int, receiver: str | None) -> list[Letter]:
        return list(await awaited(self._offered("dead_letters")(after, limit, receiver)))

    async def retry(self, receivers: Sequence[str], ids: Sequence[str] | None) -> int:
        return int(await awaited(self._offered("retry")(receivers, ids)))

    def _offered(self, name: str) -> Any:
        found = getattr(self._own, name, None)
        if found is None:
            raise TypeError(f"the outbox of this store has no `{name}`")
        return found
