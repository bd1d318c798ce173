"""The Node endpoint in a process of its own, and a client for it."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import scimforge as sf

HERE = Path(__file__).parent


class Broken(Exception):
    """Something that the demo is made of does not work; the text says what."""


class Answer(sf.Response):
    """A response from the network."""

    @property
    def problem(self) -> str:
        """What an error says: status, ``scimType`` and detail."""
        try:
            said = self.json() or {}
        except ValueError:
            said = {}
        parts = (str(self.status), said.get("scimType"), said.get("detail"))
        return " ".join(part for part in parts if part)


class Endpoint:
    """One connection to a SCIM endpoint."""

    def __init__(self, origin: str, token: str | None) -> None:
        self.origin = origin
        self.scim = f"{origin}/scim/v2"
        self._token = token
        self._connection = HTTPConnection(urllib.parse.urlsplit(origin).netloc, timeout=60)
        self.requests = 0

    def call(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None
    ) -> Answer:
        target = f"/scim/v2{path}"
        if query:
            target += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
        headers = {"accept": "application/scim+json"}
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token}"
        content = None
        if body is not None:
            headers["content-type"] = "application/scim+json"
            content = json.dumps(body).encode()
        self._connection.request(method, target, content, headers)
        self.requests += 1
        return self._answer()

    def fetch(self, path: str) -> Answer:
        """A page or file outside of SCIM."""
        self._connection.request("GET", path)
        return self._answer()

    def _answer(self) -> Answer:
        response = self._connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())


@contextmanager
def running(database: Path, settings: dict[str, Any]) -> Iterator[str]:
    """Starts the endpoint, gives its origin, and ends it."""
    process = subprocess.Popen(
        ["node", str(HERE / "server.mjs"), str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is ours to answer.
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    try:
        # By standard input, since arguments can be seen by everybody on the machine.
        process.stdin.write(json.dumps(settings) + "\n")
        process.stdin.flush()
        started = process.stdout.readline()
    except BrokenPipeError:
        started = ""
    try:
        if not started:
            process.stdin.close()
            raise Broken(f"the endpoint did not start: {reason(process.stderr.read())}")
        yield json.loads(started)["origin"]
    finally:
        if not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def browse(url: str) -> dict[str, Any]:
    """Types into the browser page in a headless Chromium; what the page said."""
    done = subprocess.run(
        ["node", str(HERE / "page.mjs"), url],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if done.returncode != 0:
        raise Broken(reason(done.stderr))
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def reason(errors: str) -> str:
    """The line of a Node program's complaints that says what is wrong."""
    lines = [text.strip() for text in errors.splitlines() if text.strip()]
    return next((text for text in lines if "Error" in text), lines[0] if lines else "it said nothing")
