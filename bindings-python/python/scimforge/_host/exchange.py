"""Requests on their way into the engine, and answers on their way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

NativeAnswer = tuple[int, list[tuple[str, str]], bytes, str]


@dataclass(frozen=True)
class Head:
    """A request without its body.

    >>> from scimforge.asgi import Head
    >>> Head("GET", "/Users", "/Users?count=1", {"authorization": "Bearer x"}).authorization
    'Bearer x'
    """

    method: str
    path: str
    """Below the base path, as it was sent: nothing is decoded."""
    target: str
    """The same with the query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    params: Mapping[str, str] = field(default_factory=dict)
    """What the mount, or a base path such as ``/t/:tenant/scim``, names."""
    base_url: str = ""
    address: str = ""
    """Of whoever connected: the client, or a proxy. A function that says who asks gets that of the
    client, as ``trust_proxy`` says."""
    raw: Any = field(default=None, compare=False, repr=False)
    """What the server gave: the ``scope`` of ASGI, with what the framework put there, or the
    ``environ`` of WSGI."""

    @property
    def authorization(self) -> str:
        """The header ``Authorization``, or nothing.

        >>> from scimforge.asgi import Head
        >>> Head("GET", "/Users", "/Users", {}).authorization
        ''
        """
        return self.headers.get("authorization", "")


@dataclass
class Answer:
    """What goes out, and the record of it."""

    status: int
    headers: dict[str, str]
    body: bytes
    audit: str = "{}"
    reason: str | None = None
    """What the client does not see, for the log."""

    @classmethod
    def of(cls, native: NativeAnswer, reason: str | None = None) -> Answer:
        status, pairs, body, audit = native
        return cls(status, dict(pairs), body, audit, reason)


# The headers that the engine looks at; the rest, tokens among them, stay here.
_HEADERS = ("accept", "content-type", "if-match", "if-none-match")


def request_text(head: Head) -> str:
    headers = {name: head.headers[name] for name in _HEADERS if name in head.headers}
    return json.dumps({"method": head.method, "target": head.target, "headers": headers})


_ONE_AT_A_TIME = re.compile(r"/(Users|Groups)(/|\?|$)")
# A Bulk takes an identifier for each resource that it makes, and each takes so many bytes at the least.
_BYTES_A_RESOURCE = 48


def environment_text(env: Mapping[str, Any], head: Head, body: bytes = b"") -> str:
    """``env`` with what the clock and chance add."""
    # Whatever may be a Bulk: a path can be spelled in several ways.
    many = head.method == "POST" and _ONE_AT_A_TIME.match(head.target) is None
    most = len(body) // _BYTES_A_RESOURCE if many else 0
    given = {"now": _now(), "ids": None, "baseUrl": "", **env}
    if given["ids"] is None:
        given["ids"] = list(_identifiers(8 + most))
    return json.dumps(given)


def task_environment(env: Mapping[str, Any]) -> str:
    """The same for what the host does by itself."""
    return json.dumps({"now": _now(), "ids": list(_identifiers(8)), "baseUrl": "", **env})


def _now() -> str:
    now = datetime.now(timezone.utc)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _identifiers(count: int) -> Iterator[str]:
    return (str(uuid4()) for _ in range(count))
