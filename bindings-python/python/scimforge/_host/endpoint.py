"""A SCIM endpoint. What a request means is the engine's to say; here is who asks, how fast, and
what is written into the log."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from .. import _scimforge
from .auth import authenticator
from .base import BasePath
from .checks import check_principals, configured
from .cors import CrossOrigin
from .deliveries import Deliveries
from .events import Events
from .exchange import Answer, Head, environment_text, request_text
from .failures import Guard, client_of
from .idempotency import idempotency
from .known import Authenticator
from .limit import rate_limiter
from .principal import check_principal, credential_of, environment_of
from .settings import check_settings, engine_config, most_body
from .store import OpenStore, open_store
from .trace import tracing

LOG = logging.getLogger("scimforge")
AUDIT = logging.getLogger("scimforge.audit")


class BodyTooLarge(Exception):
    pass


class BodyAborted(Exception):
    pass


ReadBody = Callable[[int], Awaitable[bytes]]


class Endpoint:
    def __init__(self, settings: Mapping[str, Any]) -> None:
        check_settings(settings)
        own_base = settings.get("base_path")
        self._own_base = "/scim/v2" if own_base is None else own_base
        self.base = BasePath(self._own_base)
        # Where nothing is said, whatever mounts this says where it lies.
        self.base_is_given = own_base is not None
        base_url: str | None = settings.get("base_url")
        self._base_url = None if base_url is None else base_url.rstrip("/")
        self._on_error = settings.get("on_error") or _log_error
        observe = settings.get("observe") or {}
        self._audit = observe.get("audit") or _log_audit
        self._tracing = tracing(observe.get("otel"))
        self._auth: Authenticator = authenticator(settings.get("auth"))
        self._guard = Guard(settings.get("failed_sign_ins"), settings.get("trust_proxy", 0))
        self._limiter = rate_limiter(settings.get("rate_limit"))
        self._cors = CrossOrigin(settings.get("cors") or ())
        self._once = idempotency(settings.get("idempotency", True))
        self._max_body = most_body(settings)
        events = Events.of(settings.get("events"))
        config = engine_config(settings, self.base.text, self._auth.schemes)
        if events is not None:
            config["events"] = events.engine
        self._engine = configured(settings, lambda: _scimforge.Engine(json.dumps(config)))
        self.operations: list[dict[str, str]] = json.loads(self._engine.operations())
        principals = getattr(self._auth, "principals", lambda: ())()
        check_principals(principals, self.operations, settings.get("attribute_permissions"), self._probe)
        self.store: OpenStore = configured(settings, lambda: open_store(settings.get("store"), config, self._tracing))
        self.deliveries = self._delivering(events)
        self._open: set[asyncio.Future[Any]] = set()
        self._closing = False

    def _delivering(self, events: Events | None) -> Deliveries | None:
        if events is None:
            return None
        if self.store.outbox is not None:
            return Deliveries(self.store.outbox, events, self._report)
        if events.sinks and events.deliver:
            raise TypeError(
                "create_scim_app: nothing is delivered from a transaction of yours: set `deliver` to False, and "
                "let another endpoint do it"
            )
        return None

    def openapi(self) -> Any:
        return json.loads(self._engine.openapi(self.base.text if self._base_url is None else self._base_url))

    async def prepare(self) -> None:
        """Makes the tables, and begins to deliver what is there."""
        await self.store.prepare()
        if self.deliveries is not None:
            self.deliveries.begin()

    async def handle(self, head: Head, read_body: ReadBody) -> Answer | None:
        """Answers a head, whatever happens; nothing if the client went away while it was
        sending."""
        answering = asyncio.ensure_future(self._traced(head, read_body))
        self._open.add(answering)
        answering.add_done_callback(self._open.discard)
        # What was begun is ended, also when the server gives up waiting for it.
        return await asyncio.shield(answering)

    def elsewhere(self, head: Head) -> Answer:
        """What is not below the base path: most often the mount is not what the settings say."""
        unplaced = Head(head.method, "/-", "/-", head.headers)
        refused = self._refuse(unplaced, {}, {"code": "no-endpoint"})
        # To a HEAD nothing is said.
        if not refused.body:
            return refused
        said = json.loads(refused.body)
        detail = f"{said['detail']} (this one lies below {self._own_base or '/'})"
        body = json.dumps({**said, "detail": detail}, separators=(",", ":"), ensure_ascii=False)
        return replace(refused, body=body.encode())

    def _probe(self, principal: Mapping[str, Any]) -> None:
        """Has the engine read a principal of the settings."""
        head = Head("GET", "/ServiceProviderConfig", "/ServiceProviderConfig", {})
        env = {**environment_of(principal), "ids": []}
        self._engine.begin(request_text(head), b"", environment_text(env, head))

    async def close(self) -> None:
        self._closing = True
        while self._open:
            await asyncio.wait(self._open)
        if self.deliveries is not None:
            await self.deliveries.close()
        await self.store.close()

    async def perform(self, task: Mapping[str, Any], who: Mapping[str, Any]) -> Answer:
        """What the host does by itself, with the same records as a request."""
        if self._closing:
            raise RuntimeError("the endpoint is closed")
        performing = asyncio.ensure_future(self._perform(task, who))
        self._open.add(performing)
        performing.add_done_callback(self._open.discard)
        return await asyncio.shield(performing)

    async def _perform(self, task: Mapping[str, Any], who: Mapping[str, Any]) -> Answer:
        began = time.perf_counter()
        base_url = self.base.text if self._base_url is None else self._base_url
        request = str(uuid4())
        settled = await self.store.task(task, {"baseUrl": base_url, "txn": request, **who})
        if self.deliveries is not None:
            self.deliveries.begin()
            self.deliveries.kick()
        await self._note(settled, request, began)
        return settled

    async def _traced(self, head: Head, read_body: ReadBody) -> Answer | None:
        if self._tracing is None:
            return await self._answer(head, read_body)
        return await self._tracing.request(head, lambda: self._answer(head, read_body))

    async def _answer(self, head: Head, read_body: ReadBody) -> Answer | None:
        preflight = self._cors.preflight(head)
        if preflight is not None:
            return preflight
        began = time.perf_counter()
        who: dict[str, Any] = {}
        # By its number the record of a request and its events are found together.
        request = str(uuid4())
        settled: Answer | None
        try:
            settled = await self._answered(head, read_body, who, request)
        except BodyAborted:
            settled = None
        except BodyTooLarge:
            settled = self._refuse(head, who, {"code": "too-large", "limit": self._max_body}, close=True)
        except Exception as error:
            self._report(error)
            settled = self._refuse(head, who, {"code": "store-failure"})
        if settled is not None and settled.reason is not None:
            self._report(RuntimeError(settled.reason))
        record = settled or self._refuse(head, who, {"code": "aborted"})
        await self._note(record, request, began)
        if settled is None:
            return None
        # The same answer may be remembered for another one who asks.
        return replace(settled, headers={**settled.headers, **self._cors.headers(head)})

    async def _answered(
        self, head: Head, read_body: ReadBody, who: dict[str, Any], request: str
    ) -> Answer:
        """``who`` is filled in once it is known who asks."""
        if self._closing:
            return self._refuse(head, {}, {"code": "closing"}, close=True)
        if not self._engine.is_open(request_text(head)):
            seconds = await self._guard.admit(head)
            if seconds > 0:
                return self._wait(head, {}, seconds)
            principal = await self._who_asks(head)
            if principal is None:
                refused = self._refuse(head, {}, {"code": "unauthorized"})
                refused.headers |= _challenge(self._auth.challenge, head)
                return refused
            who.update(principal)
            # A path may name a tenant; whose data it is, the credential says.
            if "tenant" in head.params and head.params["tenant"] != who.get("tenant", ""):
                return self._refuse(head, who, {"code": "other-tenant"})
            seconds = await self._limiter(credential_of(who), head) if self._limiter is not None else 0
            if seconds > 0:
                return self._wait(head, who, seconds)
        body = await read_body(self._max_body)
        env = {**self._environment(head, who), "txn": request}
        whose = [env["tenant"], credential_of(who), env["subject"], env["permissions"]]
        done = await self._once(head, body, whose, lambda: self.store.handle(head, body, env))
        if self.deliveries is not None:
            self.deliveries.begin()
            if head.method != "GET":
                self.deliveries.kick()
        return done or self._refuse(head, who, {"code": "idempotency-key-reused"})

    def _wait(self, head: Head, who: Mapping[str, Any], seconds: int) -> Answer:
        refused = self._refuse(head, who, {"code": "too-many-requests"})
        refused.headers["retry-after"] = str(seconds)
        return refused

    def _environment(self, head: Head, who: Mapping[str, Any]) -> dict[str, Any]:
        base_url = head.base_url if self._base_url is None else self._base_url
        return {"baseUrl": base_url, **environment_of(who)}

    def _refuse(
        self, head: Head, who: Mapping[str, Any], reason: Mapping[str, Any], close: bool = False
    ) -> Answer:
        """The answer to what the host turns down, in the engine's words."""
        env = {**self._environment(head, who), "permissions": [], "profile": None, "ids": []}
        native = self._engine.refuse(request_text(head), environment_text(env, head), json.dumps(reason))
        refused = Answer.of(native)
        if close:
            refused.headers["connection"] = "close"
        return refused

    async def _who_asks(self, head: Head) -> Mapping[str, Any] | None:
        try:
            asked = replace(head, address=client_of(head, self._guard.proxies))
            principal = await self._auth.authenticate(asked)
            if principal is None:
                self._guard.failed(head)
                return None
            check_principal("auth", principal)
            self._guard.succeeded(head)
            return principal
        except Exception as error:
            # Who cannot be asked about is not let in.
            self._report(error)
            return None
        finally:
            # Of what has not ended otherwise.
            self._guard.unknown(head)

    def _report(self, error: Exception) -> None:
        try:
            self._on_error(error)
        except Exception:
            LOG.exception("`on_error` failed")

    async def _note(self, answer: Answer, request: str, began: float) -> None:
        duration = (time.perf_counter() - began) * 1_000
        for record in _records(json.loads(answer.audit)):
            await self._write({**record, "request": request, "duration": duration})

    async def _write(self, record: dict[str, Any]) -> None:
        """An audit that fails is told of, and changes no answer."""
        try:
            written = self._audit(record)
            if inspect.isawaitable(written):
                await written
        except Exception as error:
            self._report(error)


def _records(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The record of a request, and after that of a Bulk one for each of its operations."""
    operations = whole.pop("operations", ())
    common = {name: whole[name] for name in ("time", "tenant", "principal") if name in whole}
    return [whole, *({**common, **operation, "trace": []} for operation in operations)]


def _challenge(known: str | None, head: Head) -> dict[str, str]:
    if known is None:
        return {}
    # RFC 6750 section 3: without credentials there is nothing wrong with them.
    bearer = re.match("Bearer ", head.authorization, re.IGNORECASE) and known.lower().startswith("bearer ")
    failed = ', error="invalid_token"' if bearer and ", Basic" not in known else ""
    return {"www-authenticate": known + failed}


def _log_error(error: Exception) -> None:
    LOG.error("%s: %s", type(error).__name__, error)


def _log_audit(record: dict[str, Any]) -> None:
    if AUDIT.isEnabledFor(logging.INFO):
        AUDIT.info("%s", json.dumps(record), extra={"scim": record})
