"""A SCIM server in memory: the protocol without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from . import _scimforge
from .types import Document

__all__ = ["MemoryServer", "Response", "security_event"]


@dataclass(frozen=True)
class Response:
    """What a request is answered with.

    >>> import scimforge as sf
    >>> answer = sf.MemoryServer().handle("GET", "/Users/u-1")
    >>> answer.status, answer.headers["content-type"].split(";")[0]
    (404, 'application/scim+json')
    """

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> Any:
        """The body as objects; ``None`` if there is none.

        >>> import scimforge as sf
        >>> sf.MemoryServer().handle("GET", "/Users").json()["totalResults"]
        0
        """
        return json.loads(self.body) if self.body else None


class MemoryServer:
    """The protocol engine with its store in memory: for tests, and to try things out.

    >>> import scimforge as sf
    >>> server = sf.MemoryServer()
    >>> body = {"schemas": [sf.USER], "userName": "rosa"}
    >>> server.handle("POST", "/Users", body=body).status
    201
    >>> answer = server.handle("GET", '/Users?filter=userName eq "ROSA"')
    >>> answer.json()["totalResults"]
    1
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self._native = _scimforge.MemoryServer(config)

    def openapi(self, base_url: str = "") -> dict[str, Any]:
        """The server described in OpenAPI 3.1, as ``GET /openapi.json`` answers.

        ``base_url`` is where clients reach it.

        >>> import scimforge as sf
        >>> sorted(sf.MemoryServer().openapi()["paths"]["/Users"])
        ['get', 'post']
        """
        document: dict[str, Any] = json.loads(self._native.openapi(base_url))
        return document

    def insert(self, resource: Document) -> None:
        """Puts in a complete resource as it is, with ``id`` and ``meta.resourceType``.

        >>> import scimforge as sf
        >>> server = sf.MemoryServer()
        >>> server.insert({"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}})
        >>> server.handle("GET", "/Users/u-1").json()["userName"]
        'rosa'
        """
        self._native.insert(resource)

    def handle(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: Document | None = None,
        *,
        env: Mapping[str, Any] | None = None,
    ) -> Response:
        """Answers one request.

        ``target`` is the path below the base URL, with the query. ``env`` is what a server
        takes from its surroundings: ``now``, ``ids`` (identifiers to use), ``baseUrl``, and
        optionally ``tenant``, ``principal``, ``permissions`` (what the one who asks may do, such
        as ``["Users:list", "Groups:*"]``; everything if absent), ``subject`` (``type`` and
        ``id`` of the resource that the one who asks is, for ``/Me``), ``profile`` (what is
        tolerated of this client) and ``txn`` (what the request is called in its events). What is
        absent comes from the clock, from ``uuid4`` and is ``http://localhost``.

        >>> import scimforge as sf
        >>> server, user = sf.MemoryServer(), {"schemas": [sf.USER], "userName": "rosa"}
        >>> server.handle("POST", "/Users", body=user, env={"ids": ["u-1"]}).json()["id"]
        'u-1'
        """
        request = {"method": method, "target": target, "headers": dict(headers or {})}
        status, pairs, answer = self._native.handle(request, body, _surroundings(env or {}, body))
        return Response(status, {name.lower(): value for name, value in pairs}, answer)

    def task(self, task: Mapping[str, Any], *, env: Mapping[str, Any] | None = None) -> Response:
        """What a host does, and no client, with resources that were deleted and are kept (settings
        with ``{"delete": "soft"}``): ``{"task": "removed", "type": "User"}`` lists them (with
        ``after`` and ``limit`` for pages), ``{"task": "restore", "type", "id"}`` puts one back, and
        ``{"task": "purge", "before"}`` forgets the older ones, at most ``limit`` of them.

        >>> import scimforge as sf
        >>> server = sf.MemoryServer({"delete": "soft"})
        >>> server.insert({"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}})
        >>> server.handle("DELETE", "/Users/u-1").status
        204
        >>> server.task({"task": "restore", "type": "User", "id": "u-1"}).json()["userName"]
        'rosa'
        """
        surroundings = json.dumps(_surroundings(env or {}, None))
        status, pairs, answer, _ = self._native.task(json.dumps(task), surroundings)
        return Response(status, {name.lower(): value for name, value in pairs}, answer)

    def changes(self, after: int = 0, most: int = 1000) -> list[dict[str, Any]]:
        """The events after one with a number (``seq``), in order, if the settings have ``events``.

        >>> import scimforge as sf
        >>> server = sf.MemoryServer({"events": True})
        >>> body = {"schemas": [sf.USER], "userName": "rosa"}
        >>> server.handle("POST", "/Users", body=body).status
        201
        >>> [change["event"]["name"] for change in server.changes()]
        ['user.created']
        """
        return self._native.changes(after, most)

    def forget_changes(self, up_to: int) -> None:
        """Forgets the events up to one with a number.

        >>> import scimforge as sf
        >>> sf.MemoryServer({"events": True}).forget_changes(10)
        """
        self._native.forget_changes(up_to)


def security_event(event: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a Security Event Token (RFC 9967) for an event, to be signed.

    ``options`` has ``issuer``, ``audience``, ``jti`` (another for each receiver), ``iat`` (when
    the token was made, such as ``2026-03-01T09:30:00Z``) and perhaps ``mode`` (``full`` for values,
    where the event has them).

    >>> import scimforge as sf
    >>> server = sf.MemoryServer({"events": True})
    >>> body = {"schemas": [sf.USER], "userName": "rosa"}
    >>> _ = server.handle("POST", "/Users", body=body, env={"ids": ["u-1"], "txn": "t-1"})
    >>> event = server.changes()[0]["event"]
    >>> options = {"issuer": "https://scim.example.test", "audience": "https://feed.example.test",
    ...            "jti": event["id"], "iat": "2026-03-01T09:30:00Z"}
    >>> sf.security_event(event, options)["sub_id"]
    {'format': 'scim', 'uri': '/Users/u-1'}
    """
    return _scimforge.security_event(event, options)


# A Bulk takes an identifier for each resource that it makes, and each takes so many bytes at the least.
_BYTES_A_RESOURCE = 48


def _most_resources(body: Document | None) -> int:
    if isinstance(body, (bytes, bytearray, memoryview, str)):
        return len(body) // _BYTES_A_RESOURCE
    return len(body.get("Operations") or ()) if isinstance(body, Mapping) else 0


def _surroundings(given: Mapping[str, Any], body: Document | None) -> dict[str, Any]:
    env = dict(given)
    if "now" not in env:
        now = datetime.now(timezone.utc)
        env["now"] = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if "ids" not in env:
        env["ids"] = [str(uuid4()) for _ in range(8 + _most_resources(body))]
    env.setdefault("baseUrl", "http://localhost")
    return env
