"""The same endpoint for WSGI servers: Flask, Django, gunicorn.

An event loop in a thread of its own does the work; the threads of the server wait for it.

>>> from scimforge.asgi import MemoryStore, none
>>> from scimforge.wsgi import create_scim_wsgi
>>> application = create_scim_wsgi(store=MemoryStore(), auth=none())
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from .asgi import ScimApp, create_scim_app

__all__ = ["ScimWsgi", "create_scim_wsgi"]

_Start = Callable[[str, list[tuple[str, str]]], object]
_PIECE = 64 << 10
_T = TypeVar("_T")


def create_scim_wsgi(**settings: Any) -> ScimWsgi:
    """A SCIM endpoint as a WSGI application; the settings are those of
    :func:`scimforge.asgi.create_scim_app`.

    >>> from scimforge.asgi import MemoryStore, none
    >>> from scimforge.wsgi import create_scim_wsgi
    >>> application = create_scim_wsgi(store=MemoryStore(), auth=none())
    >>> asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/scim/v2/Users", "HTTP_HOST": "x.test"}
    >>> b"".join(application(asked, lambda status, headers: print(status)))[:13]
    200 OK
    b'{"schemas":["'
    """
    return ScimWsgi(create_scim_app(**settings))


class ScimWsgi:
    """A WSGI application; :func:`create_scim_wsgi` makes it.

    >>> from scimforge.asgi import MemoryStore, none
    >>> from scimforge.wsgi import ScimWsgi, create_scim_wsgi
    >>> isinstance(create_scim_wsgi(store=MemoryStore(), auth=none()), ScimWsgi)
    True
    """

    def __init__(self, app: ScimApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        # A server that forks has one in each of its processes.
        self._loop: tuple[int, asyncio.AbstractEventLoop] | None = None

    def __call__(self, environ: Mapping[str, Any], start_response: _Start) -> Iterable[bytes]:
        sent: list[dict[str, Any]] = []
        source = environ.get("wsgi.input")
        left = _length(environ)

        async def receive() -> dict[str, Any]:
            nonlocal left
            piece: bytes = b""
            if left > 0 and source is not None:
                piece = await asyncio.to_thread(source.read, min(left, _PIECE))
                if not piece:
                    return {"type": "http.disconnect"}
            left -= len(piece)
            return {"type": "http.request", "body": piece, "more_body": left > 0}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        answering = self._app(_scope(environ), receive, send)
        asyncio.run_coroutine_threadsafe(answering, self._running()).result()
        if not sent:
            # The client went away while it was sending.
            start_response("400 Bad Request", [("content-length", "0")])
            return [b""]
        start, body = sent
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        # What is between the server and its client is the server's.
        kept = [(name, value) for name, value in pairs if name != "connection"]
        start_response(f"{start['status']} {_phrase(start['status'])}", kept)
        return [body["body"]]

    def changes(self, after: int = 0, *, follow: bool = False) -> Iterator[dict[str, Any]]:
        """What has changed; see :meth:`scimforge.asgi.ScimApp.changes`. What waits for a hook is
        delivered from the first request on.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> list(create_scim_wsgi(store=MemoryStore(), auth=none(), events=True).changes())
        []
        """
        loop, found = self._running(), self._app.changes(after, follow=follow)

        async def following() -> dict[str, Any] | None:
            return await anext(found, None)

        while (change := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
            yield change

    def dead_letters(self, **asked: Any) -> list[dict[str, Any]]:
        """See :meth:`scimforge.asgi.ScimApp.dead_letters`.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none(), events=True).dead_letters(limit=10)
        []
        """
        return self._wait(self._app.dead_letters(**asked))

    def retry_dead_letters(self, **asked: Any) -> int:
        """See :meth:`scimforge.asgi.ScimApp.retry_dead_letters`.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none(), events=True).retry_dead_letters()
        0
        """
        return self._wait(self._app.retry_dead_letters(**asked))

    def removed(self, **asked: Any) -> dict[str, Any]:
        """See :meth:`scimforge.asgi.ScimApp.removed`.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none(), delete="soft").removed(type="Group")
        {'removed': []}
        """
        return self._wait(self._app.removed(**asked))

    def restore(self, id: str, **asked: Any) -> dict[str, Any] | None:
        """See :meth:`scimforge.asgi.ScimApp.restore`.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none(), delete="soft").restore("u-1")
        """
        return self._wait(self._app.restore(id, **asked))

    def purge(self, before: datetime, **asked: Any) -> dict[str, int]:
        """See :meth:`scimforge.asgi.ScimApp.purge`.

        >>> from datetime import datetime
        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none(), delete="soft").purge(datetime.now())
        {}
        """
        return self._wait(self._app.purge(before, **asked))

    def operations(self) -> list[dict[str, str]]:
        """See :meth:`scimforge.asgi.ScimApp.operations`.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none()).operations()[0]["operation"]
        'Users:list'
        """
        return self._app.operations()

    def openapi(self) -> dict[str, Any]:
        """See :meth:`scimforge.asgi.ScimApp.openapi`.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none()).openapi()["openapi"]
        '3.1.0'
        """
        return self._app.openapi()

    def ddl(self) -> str:
        """See :meth:`scimforge.asgi.ScimApp.ddl`.

        >>> from scimforge.asgi import PostgresStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> application = create_scim_wsgi(store=PostgresStore("dbname=people", migrate=False), auth=none())
        >>> application.ddl().startswith("CREATE TABLE IF NOT EXISTS scim_document")
        True
        """
        return self._app.ddl()

    def explain(self, filter: str, type: str = "User") -> dict[str, Any]:
        """See :meth:`scimforge.asgi.ScimApp.explain`.

        >>> from scimforge.asgi import SqliteStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=SqliteStore(":memory:"), auth=none()).explain('userName eq "rosa"')["exact"]
        True
        """
        return self._app.explain(filter, type)

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def close(self) -> None:
        """Answers what is under way, and closes the store.

        >>> from scimforge.asgi import MemoryStore, none
        >>> from scimforge.wsgi import create_scim_wsgi
        >>> create_scim_wsgi(store=MemoryStore(), auth=none()).close()
        """
        loop = self._running()
        asyncio.run_coroutine_threadsafe(self._app.aclose(), loop).result()
        loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._loop[0] != os.getpid():
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name="scim", daemon=True).start()
                self._loop = (os.getpid(), loop)
            return self._loop[1]


def _length(environ: Mapping[str, Any]) -> int:
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _scope(environ: Mapping[str, Any]) -> dict[str, Any]:
    # WSGI has the bytes of a path as Latin-1 characters, already decoded.
    root, path = (environ.get(name, "").encode("latin-1").decode(errors="replace") for name in ("SCRIPT_NAME", "PATH_INFO"))
    headers = [
        (name[5:].replace("_", "-").lower().encode("latin-1"), value.encode("latin-1", errors="replace"))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append((b"content-type", environ["CONTENT_TYPE"].encode("latin-1")))
    return {
        "type": "http",
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "root_path": root,
        "path": root + path,
        "raw_path": None,
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
        "client": (environ.get("REMOTE_ADDR", ""), 0),
        "wsgi.environ": environ,
    }
