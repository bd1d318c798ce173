"""A POST to a receiver: failures are told without what was sent."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import contextvars
import errno
import hashlib
import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from .checks import known, nearest

# How many are under way at a time.
WIDTH = 8
_LOCAL = ("localhost", "127.0.0.1", "::1")
_DONE = ("created", "updated", "activated", "deactivated", "deleted")
_PORTS = {"https": 443, "http": 80}

_T = TypeVar("_T")


class Undelivered(Exception):
    """Why an event was not delivered: in our own words, so that it can be kept and logged."""

    def __init__(self, message: str, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class Threads:
    """Those of one receiver, so that one that is slow keeps nobody waiting but itself."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], _T]) -> _T:
        self._pool = self._pool or ThreadPoolExecutor(WIDTH, self._name)
        inside = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._pool, inside.run, work)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False)


class Receiver:
    """One URL."""

    def __init__(self, what: str, url: object, seconds: float) -> None:
        self._parts = _checked(what, url)
        self._seconds = seconds
        self._threads = Threads("scim-push")
        self._tls: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """Many receivers have their secret in the path: a name goes into logs and tables."""
        digest = hashlib.sha256(self._parts.geturl().encode()).digest()
        brief = base64.urlsafe_b64encode(digest).decode()[:8]
        return f"{self._parts.scheme}://{self._parts.netloc} {brief}"

    async def post(self, headers: Mapping[str, str], body: bytes) -> None:
        connection = self._connection()
        try:
            status = await self._threads.run(lambda: self._send(connection, headers, body))
        except asyncio.CancelledError:
            # The thread waits for the receiver no longer.
            with contextlib.suppress(OSError):
                if connection.sock is not None:
                    connection.sock.shutdown(socket.SHUT_RDWR)
            raise
        # A redirect would carry the event to somebody else.
        if not 200 <= status < 300:
            raise Undelivered(f"status {status}", final=status == 410)

    def close(self) -> None:
        self._threads.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._seconds)
        self._tls = self._tls or ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=self._seconds, context=self._tls)

    def _send(
        self, connection: http.client.HTTPConnection, headers: Mapping[str, str], body: bytes
    ) -> int:
        target = self._parts.path + (f"?{self._parts.query}" if self._parts.query else "")
        try:
            connection.request("POST", target, body, dict(headers))
            # What a receiver says is nobody's concern, and no reason to keep the connection.
            return connection.getresponse().status
        except TimeoutError:
            raise Undelivered("no answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            code = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
            raise Undelivered(f"not reached ({code})") from None
        finally:
            connection.close()


def _checked(what: str, url: object) -> SplitResult:
    def wrong(text: str) -> TypeError:
        return TypeError(f"create_scim_app: the `url` of {what} {text}")

    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        port = parts.port if parts is not None else None
    except ValueError:
        parts, port = None, None
    if parts is None or not parts.scheme or not parts.hostname:
        raise wrong("is no URL")
    # RFC 9967 section 5: what is told is people's data.
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise wrong("begins with https:")
    if parts.username is not None or parts.password is not None:
        raise wrong("has no name and no password in it")
    # The form that other hosts call it by: names go into tables that are shared.
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return parts._replace(netloc=place, path=parts.path or "/", fragment="")


class Sink:
    """A receiver of events, as it is known in the outbox."""

    def __init__(
        self,
        name: str,
        deliver: Callable[[dict[str, Any]], Any],
        types: list[str] | None = None,
        mode: str | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.name, self.types, self.mode = name, types, mode
        self.deliver, self.close = deliver, close

    def wants(self, event: Mapping[str, Any]) -> bool:
        """By its name (``user.created``), or by its URI with or without what stands behind it."""
        if self.types is None:
            return True
        return any(
            event["name"] == wanted or any(uri == wanted or uri.startswith(f"{wanted}:") for uri in event["types"])
            for wanted in self.types
        )


def common(what: str, given: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    """The settings of a receiver, checked for what they all have."""
    if not isinstance(given, Mapping):
        raise TypeError(f"create_scim_app: {what} is a dict")
    for name in given:
        known("create_scim_app", what, names, name)
    types = given.get("types")
    listed = isinstance(types, (list, tuple)) and all(isinstance(one, str) for one in types)
    if types is not None and not listed:
        raise TypeError(f"create_scim_app: the `types` of {what} are a list of names and URIs of events")
    for type in types or ():
        _check_type(type)
    if given.get("mode", "notice") not in ("notice", "full"):
        raise TypeError(f'create_scim_app: the `mode` of {what} is "notice" or "full"')
    if not isinstance(given.get("name", ""), str):
        raise TypeError(f"create_scim_app: the `name` of {what} is a str")
    return given


def _check_type(type: str) -> None:
    """A name that no event has would be a receiver that hears nothing."""
    about, dot, done = type.partition(".")
    if type.startswith("urn:") or (dot and done in _DONE):
        return
    meant = nearest(done, _DONE) if dot else None
    names = ", ".join(f"user.{one}" for one in _DONE)
    help = f"did you mean `{about}.{meant}`?" if meant else f"there are {names}, those of other resource types, and URIs of RFC 9967"
    raise TypeError(f"create_scim_app: no event is called `{type}`; {help}")
