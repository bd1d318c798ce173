"""A SCIM endpoint as an ASGI application, by itself or mounted into FastAPI and Starlette.

>>> from scimforge.asgi import SqliteStore, bearer, create_scim_app, token_digest
>>> app = create_scim_app(
...     store=SqliteStore(":memory:"),
...     auth=bearer({token_digest("try-me"): {"sub": "okta", "permissions": ["scim:*"]}}),
... )

``uvicorn module:app`` serves it below ``/scim/v2``; ``fastapi.mount("/scim/v2", app)`` puts it
beside what is there already.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ._host import letters
from ._host import removed as removal
from ._host.access_tokens import jwt
from ._host.asgi_http import Receive, Send, head_of, headers_of, read_body, reply
from ._host.auth import none
from ._host.basic import basic, password_hash, password_matches
from ._host.bearer import Token, bearer, create_token, token_digest
from ._host.endpoint import Endpoint
from ._host.events import EventSettings, SecurityEvents, Webhook
from ._host.exchange import Answer, Head
from ._host.known import Authenticator
from ._host.limit import RateLimit
from ._host.outbox import Claimed, Letter, Outbox, Settled
from ._host.own import Conflict, StoreBase, VersionMismatch
from ._host.postgres import PostgresStore
from ._host.principal import Principal, Subject
from ._host.removed import Refused
from ._host.resources import ResourceDefinition, core, define_resource
from ._host.sqlite import SqliteStore
from ._host.store import MemoryStore

__all__ = [
    "Authenticator",
    "Claimed",
    "Conflict",
    "EventSettings",
    "Head",
    "Letter",
    "MemoryStore",
    "Outbox",
    "PostgresStore",
    "Principal",
    "RateLimit",
    "Refused",
    "ResourceDefinition",
    "ScimApp",
    "SecurityEvents",
    "Settled",
    "SqliteStore",
    "StoreBase",
    "Subject",
    "Token",
    "VersionMismatch",
    "Webhook",
    "basic",
    "bearer",
    "core",
    "create_scim_app",
    "create_token",
    "define_resource",
    "jwt",
    "none",
    "password_hash",
    "password_matches",
    "token_digest",
]


def create_scim_app(
    *,
    store: Any,
    auth: Any,
    base_path: str | None = None,
    base_url: str | None = None,
    open_discovery: bool | None = None,
    permissions: Any = None,
    attribute_permissions: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
    sensitive_attributes: Sequence[str] | None = None,
    precis: bool | None = None,
    profile: Any = None,
    limits: Mapping[str, Any] | None = None,
    bulk: Any = None,
    me: Any = None,
    create: str | None = None,
    delete: str | Mapping[str, str] | None = None,
    pagination: Mapping[str, Any] | None = None,
    resources: Sequence[Any] | None = None,
    schemas: Sequence[Mapping[str, Any]] | None = None,
    etag: bool | None = None,
    require_if_match: bool | None = None,
    documentation_uri: str | None = None,
    openapi: bool = True,
    rate_limit: Any = None,
    failed_sign_ins: Any = None,
    trust_proxy: int | bool = 0,
    cors: Sequence[str] | None = None,
    idempotency: Any = True,
    events: EventSettings | bool | None = None,
    observe: Mapping[str, Any] | None = None,
    on_error: Callable[[Exception], object] | None = None,
) -> ScimApp:
    """A SCIM endpoint (RFC 7644) as an ASGI 3 application.

    ``store``: :class:`MemoryStore`, :class:`SqliteStore`, :class:`PostgresStore` or a
    :class:`StoreBase` of yours. ``auth``: :func:`bearer`, :func:`basic`, :func:`jwt`, :func:`none`, a
    function (plain or a coroutine) from :class:`Head` to :class:`Principal` or ``None``, or a list
    of these.

    ``base_path``: where the endpoint lies, below whatever mounts it; ``/scim/v2``, or the place of
    the mount, if absent. A segment such as ``:tenant`` names the tenant, with which the principal
    has to agree. ``base_url``: what locations begin with; otherwise the host that was asked.

    ``attribute_permissions``: ``{"User": {"title": {"read": "hr.read", "write": "hr.write"}}}``. To
    whoever lacks the permission to write, the attribute is read-only; to whoever lacks the one to
    read, it is also in no answer, filter or order. ``sensitive_attributes``: paths such as ``emails``;
    filters on them are refused in a URL (403, ``sensitive``) and go by POST to ``/.search``.

    ``precis``: ``userName`` is compared, sorted and unique as PRECIS prepares it (RFC 8265): wide
    letters are letters, ``å`` is one character or two, case does not count. What PRECIS does not
    allow ``strict`` refuses, and other profiles take and note (``unpreparedText``). ``False``:
    case alone does not count, as in SCIM 1.1 and for names that were there before.

    ``resources``: names (``"User"``), documents as ``/ResourceTypes`` has them, or what :data:`core` and
    :func:`define_resource` give.

    ``profile``, ``permissions``, ``schemas``, ``bulk`` (``max_operations``,
    ``max_payload_size``), ``me`` (``resource_type``, ``writable``), ``create``
    (``"upsert-by-externalId"``), ``delete`` (``"soft"``, or ``mode``, ``unique``: ``"freed"`` or
    ``"kept"``, and ``recreate``: ``"new"`` or ``"restore"``; see :meth:`ScimApp.removed`), ``pagination`` (``cursor_key``, ``cursor_timeout``,
    ``default``), ``limits`` (``max_body``, ``max_results``, ``default_page_size``,
    ``max_member_loss`` and the bounds of documents, filters and PATCHes), ``etag``,
    ``require_if_match``, ``open_discovery`` and ``documentation_uri`` are the engine's.
    ``openapi``: ``False`` for no ``GET /openapi.json``.

    ``rate_limit``: ``{"per_token": "25/s", "burst": 50}``, or a function that answers the seconds
    to wait. ``failed_sign_ins``: after ``{"max": 10, "minutes": 5}`` failures from one address or for
    one name further tries have to wait, except with what was right before; ``False`` for no such
    limit. ``trust_proxy``: how many proxies stand before the server, of which ``X-Forwarded-For`` is
    believed. ``cors``: the origins that may ask. ``idempotency``: ``False`` not to remember what was
    answered to an ``Idempotency-Key``. ``events``: ``True`` to keep an event (RFC 9967) of each change
    in its transaction, for :meth:`ScimApp.changes`, or a dict: ``on_event`` is a function (plain or a
    coroutine) that gets each event, at least once and those of one resource in order; one that it
    raises at comes again, with growing pauses (``retry``: ``attempts``, ``first_seconds``,
    ``most_seconds``, ``timeout_seconds``), until it is a dead letter. ``webhooks`` lists a
    :class:`Webhook` each, and ``set`` is a receiver of Security Event Tokens
    (:class:`SecurityEvents`). ``mode`` ``"full"`` has the values in it, but for passwords and the
    like; ``keep_days`` (7) is how long events stay, and ``deliver`` ``False`` leaves the receivers to
    another process. ``observe["audit"]`` gets a dict for each request and for each operation of a
    Bulk, without values of attributes; if absent it goes as JSON to the logger ``scimforge.audit``.
    ``observe["otel"]``: ``True``, or a ``TracerProvider``, for spans of OpenTelemetry
    (``pip install "scimforge[otel]"``). ``on_error`` gets what went wrong inside; if absent it goes to
    the logger ``scimforge``.

    >>> from scimforge.asgi import MemoryStore, create_scim_app, none
    >>> app = create_scim_app(store=MemoryStore(), auth=none(), profile="okta", limits={"max_results": 50})
    >>> create_scim_app(store=MemoryStore(), auth=none(), me={"type": "User"})
    Traceback (most recent call last):
    TypeError: create_scim_app: `me` has no `type`, but resource_type, writable
    """
    return ScimApp(Endpoint(locals()))


class ScimApp:
    """An ASGI application; :func:`create_scim_app` makes it.

    >>> from scimforge.asgi import MemoryStore, ScimApp, create_scim_app, none
    >>> isinstance(create_scim_app(store=MemoryStore(), auth=none()), ScimApp)
    True
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise NotImplementedError(f"scimforge.asgi does not know the scope {scope['type']}")

    async def aclose(self) -> None:
        """Answers what is under way, and closes the store. What comes after that is turned away.
        A server does this by itself, but not for applications that are mounted: see
        :meth:`lifespan`.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> asyncio.run(create_scim_app(store=MemoryStore(), auth=none()).aclose())
        """
        await self._endpoint.close()

    @contextlib.asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncIterator[None]:
        """Makes the tables at the beginning and closes the store at the end: for
        ``FastAPI(lifespan=scim.lifespan)``, where the endpoint is mounted.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> async def serve():
        ...     async with create_scim_app(store=MemoryStore(), auth=none()).lifespan():
        ...         return "serving"
        >>> asyncio.run(serve())
        'serving'
        """
        await self._endpoint.prepare()
        try:
            yield
        finally:
            await self.aclose()

    async def removed(
        self,
        *,
        type: str = "User",
        tenant: str = "",
        after: Mapping[str, str] | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """A page of what was deleted and is kept, where ``delete`` is ``"soft"``, the oldest first:
        ``removed`` lists ``id``, ``type``, ``removed`` (when), and where they are known ``by`` (whom),
        ``userName``, ``displayName`` and ``externalId``; ``next`` is ``after`` of the next page.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> asyncio.run(create_scim_app(store=MemoryStore(), auth=none(), delete="soft").removed())
        {'removed': []}
        """
        task = {"type": type, "after": after, "limit": limit}
        return await removal.removed(self._endpoint.perform, {"tenant": tenant}, task)

    async def restore(
        self, id: str, *, type: str = "User", tenant: str = "", by: str | None = None
    ) -> dict[str, Any] | None:
        """Puts a resource back that was deleted, and into the groups it was in; ``None`` if none is
        kept, :class:`Refused` if another one has a value of it that is unique. ``by``: who does it,
        for the audit record.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> asyncio.run(create_scim_app(store=MemoryStore(), auth=none(), delete="soft").restore("u-1"))
        """
        who = {"tenant": tenant, "principal": by}
        return await removal.restore(self._endpoint.perform, who, {"type": type, "id": id})

    async def purge(
        self, before: datetime, *, tenant: str | None = None, by: str | None = None
    ) -> dict[str, int]:
        """Forgets for good what was deleted before a time, of one tenant or of all, and counts it by
        resource type. The events of it that are kept lose their ``data`` and ``externalId``.

        >>> import asyncio
        >>> from datetime import datetime, timedelta, timezone
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> month_ago = datetime.now(timezone.utc) - timedelta(days=30)
        >>> asyncio.run(create_scim_app(store=MemoryStore(), auth=none(), delete="soft").purge(month_ago))
        {}
        """
        who = {"tenant": tenant or "", "principal": by}
        return await removal.purge(self._endpoint.perform, who, before, tenant)

    async def changes(self, after: int = 0, *, follow: bool = False) -> AsyncIterator[dict[str, Any]]:
        """What has changed behind the change with the number ``after``, in order: dicts with ``seq``
        and ``event``. Ends with the last; with ``follow`` it waits for more until :meth:`aclose`.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> app = create_scim_app(store=MemoryStore(), auth=none(), events=True)
        >>> async def names():
        ...     return [change["event"]["name"] async for change in app.changes()]
        >>> asyncio.run(names())
        []
        """
        async for change in letters.offered(self._endpoint.deliveries, "changes").changes(after, follow):
            yield change

    async def dead_letters(
        self, *, receiver: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """What was given up, of one receiver or of all: dicts with ``id``, ``receiver``, ``seq``,
        ``attempts``, ``failure`` (why, in our words) and ``event``, in order. ``after`` is the ``id`` of
        the last one of the page before.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> asyncio.run(create_scim_app(store=MemoryStore(), auth=none(), events=True).dead_letters())
        []
        """
        return await letters.dead_letters(self._endpoint.deliveries, receiver, after, limit)

    async def retry_dead_letters(
        self, *, receiver: str | None = None, ids: Sequence[str] | None = None
    ) -> int:
        """Has what was given up delivered again: all of it, that of a receiver, or what ``ids`` says.
        Answers how many are tried again, each as often as the first time.

        >>> import asyncio
        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> app = create_scim_app(store=MemoryStore(), auth=none(), events=True)
        >>> asyncio.run(app.retry_dead_letters())
        0
        """
        return await letters.retry_dead_letters(self._endpoint.deliveries, receiver, ids)

    def operations(self) -> list[dict[str, str]]:
        """What can be granted: each operation of the endpoint, and the permission that it needs.

        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> app = create_scim_app(store=MemoryStore(), auth=none(), permissions={"Users:list": "people.read"})
        >>> app.operations()[0]
        {'operation': 'Users:list', 'permission': 'people.read'}
        """
        return [dict(one) for one in self._endpoint.operations]

    def openapi(self) -> dict[str, Any]:
        """The endpoint described in OpenAPI 3.1, as ``GET /openapi.json`` answers.

        >>> from scimforge.asgi import MemoryStore, create_scim_app, none
        >>> app = create_scim_app(store=MemoryStore(), auth=none(), base_url="https://id.example.test/scim")
        >>> app.openapi()["servers"][0]["url"]
        'https://id.example.test/scim'
        """
        document: dict[str, Any] = self._endpoint.openapi()
        return document

    def ddl(self) -> str:
        """The statements that make the tables of :class:`PostgresStore`.

        >>> from scimforge.asgi import PostgresStore, create_scim_app, none
        >>> app = create_scim_app(store=PostgresStore("dbname=people", migrate=False), auth=none())
        >>> app.ddl().startswith("CREATE TABLE IF NOT EXISTS scim_document")
        True
        """
        text: str = self._of_sql("ddl")()
        return text

    def explain(self, filter: str, type: str = "User") -> dict[str, Any]:
        """The SQL of a filter, the indexes that serve it, and what SQL cannot tell.

        >>> from scimforge.asgi import SqliteStore, create_scim_app, none
        >>> app = create_scim_app(store=SqliteStore(":memory:"), auth=none())
        >>> app.explain('userName eq "rosa"')["exact"]
        True
        """
        plan = {"op": "query", "tenant": "", "types": [type], "filter": filter}
        read: dict[str, Any] = self._of_sql("explain")({**plan, "offset": 0, "limit": 100, "needTotal": True})
        return read

    def _of_sql(self, name: str) -> Any:
        found = getattr(self._endpoint.store, name, None)
        if found is None:
            raise TypeError(f"the store of this endpoint has no {name}")
        return found

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._endpoint.prepare()
                except Exception as error:
                    return await send({"type": "lifespan.startup.failed", "message": f"scimforge: {error}"})
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.aclose()
                return await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        head = head_of(self._endpoint, scope)
        answer: Answer | None
        if head is None:
            headers = headers_of(scope)
            answer = self._endpoint.elsewhere(Head(scope["method"], "/-", "/-", headers))
        else:
            answer = await self._endpoint.handle(head, lambda limit: read_body(receive, limit))
        # The client went away while it was sending: there is nobody to answer.
        if answer is not None:
            await reply(scope, send, answer)
