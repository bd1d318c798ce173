"""Spans of OpenTelemetry, with the package ``opentelemetry-api``, which the developer brings. They say
what was done, never to whom: no values, no identifiers, no messages of errors."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from .. import _scimforge
from .exchange import Answer, Head
from .peers import peer

_NAME = "scimforge"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"))
_DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
# A class says what kind of failure it is; a message may quote a value.
_KIND = re.compile(r"\w{1,60}")

_T = TypeVar("_T")


def tracing(setting: Any) -> Tracing | None:
    """Nothing unless it is asked for; then nothing else in here is run."""
    if setting is None or setting is False:
        return None
    peer("observe", "opentelemetry.trace", "opentelemetry-api", "otel")
    if setting is not True and not callable(getattr(setting, "get_tracer", None)):
        raise TypeError('create_scim_app: `observe["otel"]` is True, or a TracerProvider')
    return Tracing(None if setting is True else setting)


class Tracing:
    def __init__(self, provider: Any) -> None:
        self._api = peer("observe", "opentelemetry.trace", "opentelemetry-api", "otel")
        self._context = peer("observe", "opentelemetry.context", "opentelemetry-api", "otel")
        self._propagate = peer("observe", "opentelemetry.propagate", "opentelemetry-api", "otel")
        self._tracer = (provider or self._api).get_tracer(_NAME, _scimforge.version())

    async def request(self, head: Head, work: Callable[[], Awaitable[Answer | None]]) -> Answer | None:
        """A request. Beneath the span of an instrumented server it is a part, else it is the whole."""
        active = self._context.get_current()
        is_part = self._api.get_current_span(active).get_span_context().is_valid
        parent = active if is_part else self._propagate.extract(dict(head.headers), active)
        kind = self._api.SpanKind.INTERNAL if is_part else self._api.SpanKind.SERVER
        span = self._tracer.start_span("scim", context=parent, kind=kind, attributes=_asked(head))

        def tell(answer: Answer | None) -> None:
            known: dict[str, Any] = {"status": 499 if answer is None else answer.status, "operation": ""}
            record = known | ({} if answer is None else json.loads(answer.audit))
            if record["operation"]:
                span.update_name(f"scim.{record['operation'].replace(':', '.')}")
            span.set_attributes(_answered(head, record))
            if record["status"] >= 500:
                self._fail(span, record.get("code") or str(record["status"]))

        return await self._inside(span, parent, work, tell)

    async def store(
        self,
        operation: str,
        system: str | None,
        work: Callable[[], Awaitable[_T]],
        failed: Callable[[_T], bool],
    ) -> _T:
        """What a store does."""
        parent = self._context.get_current()
        attributes = {"db.operation.name": operation} | ({} if system is None else {"db.system.name": system})
        span = self._tracer.start_span(
            f"scim.store.{operation}", context=parent, kind=self._api.SpanKind.CLIENT, attributes=attributes
        )

        def tell(done: _T) -> None:
            if failed(done):
                self._fail(span, "store-failure")

        return await self._inside(span, parent, work, tell)

    async def _inside(
        self, span: Any, parent: Any, work: Callable[[], Awaitable[_T]], tell: Callable[[_T], None]
    ) -> _T:
        """Runs work inside of a span; ``tell`` puts on it what came of it."""
        token = self._context.attach(self._api.set_span_in_context(span, parent))
        try:
            done = await work()
            tell(done)
            return done
        except BaseException as error:
            name = type(error).__name__
            self._fail(span, name if _KIND.fullmatch(name) else "Error")
            raise
        finally:
            self._context.detach(token)
            span.end()

    def _fail(self, span: Any, kind: str) -> None:
        span.set_attribute("error.type", kind)
        span.set_status(self._api.Status(self._api.StatusCode.ERROR))


def operation_of(head: Head) -> str | None:
    """What a store is asked for that answers requests as a whole; of what the server can do it knows
    nothing."""
    endpoint, below = _segments(head)
    if endpoint in _DISCOVERY:
        return None
    if endpoint == "Bulk":
        return "bulk"
    if head.method == "POST":
        return "query" if head.path.endswith("/.search") else "insert"
    if head.method in ("GET", "HEAD"):
        return "query" if below is None and endpoint != "Me" else "get"
    return "remove" if head.method == "DELETE" else "replace"


class AsAWhole:
    """A store that does all of a request at once, as a span."""

    def __init__(self, store: Any, tracing: Tracing, system: str | None) -> None:
        self._store, self._tracing, self._system = store, tracing, system

    async def handle(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer:
        operation = operation_of(head)
        if operation is None:
            answer: Answer = await self._store.handle(head, body, env)
            return answer
        work = lambda: self._store.handle(head, body, env)
        return await self._tracing.store(operation, self._system, work, lambda done: done.reason is not None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _segments(head: Head) -> tuple[str, str | None]:
    named = [segment for segment in head.path.split("/") if segment]
    return named[0] if named else "", named[1] if len(named) > 1 else None


def _asked(head: Head) -> dict[str, str]:
    asked = {"http.request.method": head.method if head.method in _METHODS else "_OTHER"}
    scheme = re.match("(https?):", head.base_url)
    if scheme is not None:
        asked["url.scheme"] = scheme[1]
    if "user-agent" in head.headers:
        asked["user_agent.original"] = head.headers["user-agent"]
    return asked


def _answered(head: Head, record: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"http.response.status_code": record["status"]}
    if record["operation"]:
        endpoint, below = _segments(head)
        # Below an endpoint there is an identifier, or a search.
        rest = "" if below is None else "/.search" if below == ".search" else "/{id}"
        told |= {"http.route": f"/{endpoint}{rest}", "scim.operation": record["operation"]}
    if record.get("tenant"):
        told["scim.tenant"] = record["tenant"]
    if "code" in record:
        told["scim.error.code"] = record["code"]
    if "filter" in record:
        told["scim.filter.shape"] = record["filter"]
    if "operations" in record:
        told["scim.bulk.operations"] = len(record["operations"])
    return told
