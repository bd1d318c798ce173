"""What ASGI has of a request and its answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from .endpoint import BodyAborted, BodyTooLarge, Endpoint
from .exchange import Answer, Head

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

# What is read and thrown away after the limit, so that a client that is still sending gets to see
# the answer; beyond it the connection is the server's to cut.
_MOST_DISCARDED = 64 << 20
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
# Headers of which several make one list; of the others the first counts.
_LISTS = frozenset({"accept", "if-match", "if-none-match"})


def head_of(endpoint: Endpoint, scope: Mapping[str, Any]) -> Head | None:
    """The head of a request, if it lies below the endpoint."""
    mounted, path = _places(scope)
    below = endpoint.base.below(path)
    if below is not None:
        mount, rest, params = below
    elif mounted and not endpoint.base_is_given:
        mount, rest, params = "", path or "/", {}
    else:
        return None
    query = scope.get("query_string", b"").decode("latin-1")
    headers = headers_of(scope)
    # What routes of the framework have named.
    named = {name: str(value) for name, value in (scope.get("path_params") or {}).items()}
    return Head(
        method=scope["method"],
        path=rest,
        target=f"{rest}?{query}" if query else rest,
        headers=headers,
        params={**named, **params},
        base_url=_origin(scope, headers) + mounted + mount,
        address=(scope.get("client") or ("",))[0],
        raw=scope.get("wsgi.environ", scope),
    )


def _places(scope: Mapping[str, Any]) -> tuple[str, str]:
    """Where the application is mounted, and the path below that, as they were sent."""
    raw = scope.get("raw_path")
    sent: str = raw.split(b"?")[0].decode("latin-1") if raw else quote(scope["path"], safe="/:@!$&'()*+,;=~")
    root: str = (scope.get("root_path") or "").rstrip("/")
    if not root:
        return "", sent
    # The root is decoded; it is cut off where as many segments say the same.
    parts = sent.split("/")
    length = root.count("/") + 1
    mounted = "/".join(parts[:length])
    if unquote(mounted) == root:
        return mounted, "/".join(["", *parts[length:]]) if len(parts) > length else ""
    # A proxy has taken it off, or the server before the application.
    return quote(root, safe="/:@!$&'()*+,;=~"), sent


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in scope.get("headers", ()):
        own, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if own not in headers:
            headers[own] = text
        elif own in _LISTS:
            headers[own] += f", {text}"
    return headers


def _origin(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """What locations begin with when the settings do not say: the host that the client asked
    for."""
    host = headers.get("host", "")
    return f"{scope.get('scheme', 'http')}://{host}" if _HOST.fullmatch(host) else ""


async def read_body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyAborted
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > limit + _MOST_DISCARDED:
            break
        else:
            chunks.clear()
    if size > limit:
        raise BodyTooLarge
    return b"".join(chunks)


async def reply(scope: Mapping[str, Any], send: Send, answer: Answer) -> None:
    headers = dict(answer.headers)
    if not scope.get("http_version", "1.1").startswith("1"):
        # HTTP/2 has no such header.
        headers.pop("connection", None)
    if answer.body:
        headers["content-length"] = str(len(answer.body))
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.body})
