"""What the tests of the server have in common: clients, sockets, databases."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
import uvicorn

import scimforge as sf
from scimforge.asgi import ScimApp, bearer, create_scim_app, token_digest

ROOT = Path(os.environ.get("SCIMFORGE_ROOT", Path(__file__).parents[2]))
TOKEN = "quay-7-try-me"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
EVERYTHING = {"permissions": ["scim:*"]}


def user(user_name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [sf.USER], "userName": user_name, **more}


def message(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [sf.PATCH_OP], "Operations": list(operations)}


def join(member: str) -> dict[str, Any]:
    return message({"op": "add", "path": "members", "value": [{"value": member}]})


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text) if self.text else None


class Client:
    """Asks a server on a socket of this machine."""

    def __init__(self, port: int, base: str = "/scim/v2", token: str = TOKEN) -> None:
        self.port, self.base, self.token = port, base, token

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/scim+json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.bare(method, path, body if isinstance(body, (str, bytes, type(None))) else json.dumps(body), sent)

    def bare(self, method: str, path: str, text: str | bytes | None, sent: dict[str, str]) -> Answer:
        """With these headers only."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, self.base + path, text, sent)
            response = connection.getresponse()
            read = response.read().decode()
            pairs = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, pairs, read)
        finally:
            connection.close()

    def find(self, filter: str, endpoint: str = "/Users") -> list[dict[str, Any]]:
        answer = self("GET", f"{endpoint}?filter={quote(filter)}")
        assert answer.status == 200, answer.text
        found: list[dict[str, Any]] = answer.body.get("Resources", [])
        return found


def app_of(errors: list[Exception], **settings: Any) -> ScimApp:
    tokens = {token_digest(TOKEN): {"sub": "tests", **EVERYTHING}}
    given = {"auth": bearer(tokens), "on_error": errors.append, **settings}
    return create_scim_app(**given)


@contextlib.contextmanager
def serving(app: Any, base: str = "/scim/v2") -> Iterator[Client]:
    """The application on a socket of its own, until the end."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="on", loop="asyncio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                thread.join(0.01)
            yield Client(listener.getsockname()[1], base)
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def listening(base: str = "/scim/v2", **settings: Any) -> Iterator[Client]:
    """An endpoint with these settings, in which nothing may go wrong."""
    errors: list[Exception] = []
    with serving(app_of(errors, **settings), base) as client:
        yield client
    assert errors == []


Ask = Callable[..., Any]


def direct(app: Any, method: str, path: str, body: bytes = b"", **scope: Any) -> Answer:
    """The application without a socket."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(part: dict[str, Any]) -> None:
        sent.append(part)

    bare, _, query = path.partition("?")
    headers = {"host": "scim.example.test", "authorization": f"Bearer {TOKEN}"} | scope.pop("headers", {})
    given = {
        "type": "http",
        "method": method,
        "path": bare,
        "raw_path": bare.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        **scope,
    }
    asyncio.run(app(given, receive, send))
    if not sent:
        return Answer(0, {}, "")
    pairs = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], pairs, sent[1]["body"].decode())


# ---- PostgreSQL ----

HOME = Path("/usr/lib/postgresql")


class Postgres:
    """One of our own: Debian's programs, a folder and a socket that are gone afterwards."""

    def __init__(self) -> None:
        versions = sorted(HOME.iterdir(), key=lambda path: int(path.name))
        self._programs = versions[-1] / "bin"
        self._folder = Path(tempfile.mkdtemp(prefix="scimforge-postgres-"))
        self._folder.chmod(0o777)
        self._number = 0
        # Texts sort as people expect, so that SQL which leaves that to chance is found out.
        locale = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"]
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *locale, "-D", self._data)
        options = f"-F -c listen_addresses='' -k {self._folder}"
        self._run("pg_ctl", "start", "-w", "-l", f"{self._folder}/log", "-o", options, "-D", self._data)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def folder(self) -> str:
        return str(self._folder)

    @property
    def conninfo(self) -> str:
        return f"host={self._folder} user=postgres dbname=postgres"

    def _run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*before, str(self._programs / program), *arguments]
        # Whoever keeps an end of a pipe open would keep us waiting: the server is started here.
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, cwd=self._folder, stdin=quiet, stdout=quiet, stderr=quiet)

    def prefix(self) -> str:
        """Of tables in a schema of their own."""
        self._number += 1
        name = f"t{self._number}"
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{name}.scim_"

    def rows(self, text: str) -> list[Any]:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            return list(connection.execute(text.encode()))

    def rows_of(self, script: str) -> None:
        """Runs statements, of which several may stand in a text."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(script.encode())

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", self._data)
        shutil.rmtree(self._folder, ignore_errors=True)


# ---- the other host ----

ADDON = ROOT / "bindings-node/scimforge.node"


def node(program: str, *arguments: str, stdin: str = "") -> str:
    """What a program for Node prints."""
    command = ["node", "--input-type=module", "--eval", program, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120, input=stdin
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
