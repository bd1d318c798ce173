"""The Python host answers as the Node host does: status, headers and body, byte for byte, but for
identifiers, times and versions, which follow from them."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from parity import LIVES, Ask, Life
from serving import ADDON, ROOT, Client, serving

from scimforge.asgi import MemoryStore, SqliteStore, basic, bearer, create_scim_app, password_hash, token_digest

# What servers put there, or what says how the connection is used.
_OF_THE_SERVER = ("date", "server", "connection", "keep-alive", "transfer-encoding", "content-length")
_RUNNER = Path(__file__).parent / "parity.mjs"


def camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda match: match[1].upper(), name): camel(own) for name, own in value.items()}
    return [camel(one) for one in value] if isinstance(value, list) else value


def users_of(life: Life) -> dict[str, Any] | None:
    if life.users is None:
        return None
    return {name: {**who, "password": PHC} for name, who in life.users.items()}


PHC = password_hash("right")
# Resources that are there from the start are for the store in memory.
ALL = [(life, kind) for life in LIVES for kind in ("memory", "sqlite") if kind == "memory" or not life.resources]


class Node:
    """Every life on a port of the Node host."""

    def __init__(self, process: subprocess.Popen[str], ports: list[int]) -> None:
        self._process, self._ports = process, ports
        self._ended: list[Any] | None = None

    def client(self, life: Life, kind: str) -> Client:
        return Client(self._ports[ALL.index((life, kind))], life.base, "")

    def end(self) -> list[Any]:
        """Ends it, and answers what it has noted."""
        if self._ended is None:
            told, _ = self._process.communicate("", timeout=60)
            self._ended = json.loads(told.splitlines()[-1])
        return self._ended


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    if not ADDON.exists():
        pytest.skip("the addon for Node is not built")
    given = [
        {
            **{"settings": camel(life.settings), "tokens": life.tokens, "users": users_of(life)},
            **{"resources": life.resources, "kind": kind},
        }
        for life, kind in ALL
    ]
    told = tmp_path_factory.mktemp("parity") / "lives.json"
    told.write_text(json.dumps(given))
    pipe = subprocess.PIPE
    process = subprocess.Popen(["node", str(_RUNNER), str(told)], stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the endpoints of Node were not made"
    running = Node(process, json.loads(line))
    yield running
    running.end()


class Python:
    def __init__(self, life: Life, kind: str) -> None:
        self.records: list[Any] = []
        self.errors: list[Exception] = []
        auth = [bearer({token_digest(token): who for token, who in life.tokens.items()})]
        users = users_of(life)
        self.app = create_scim_app(
            **{
                "store": MemoryStore(life.resources) if kind == "memory" else SqliteStore(":memory:"),
                "auth": auth[0] if users is None else [*auth, basic(users)],
                "observe": {"audit": self.records.append},
                "on_error": self.errors.append,
                **life.settings,
            }
        )


def told(client: Client, life: Life) -> Iterator[tuple[Ask, dict[str, Any]]]:
    """Each request with its answer, in which what differs from run to run has a number."""
    kept: dict[str, Any] = {}
    plain = Plain(client)
    for ask in life.asked:
        target, headers = filled(ask.target, kept), {name: filled(text, kept) for name, text in ask.headers.items()}
        body = ask.body
        if body is not None:
            body = filled(body if isinstance(body, str) else json.dumps(body), kept)
        credential = {} if ask.by is None else {"authorization": authorization(ask.by)}
        sent = {"content-type": "application/scim+json", **credential, **headers}
        answer = client.bare(ask.method, target, body, sent)
        if ask.keep:
            kept[ask.keep] = answer.body
        seen = {name: plain(text) for name, text in sorted(answer.headers.items()) if name not in _OF_THE_SERVER}
        yield ask, {"status": answer.status, "headers": seen, "body": plain(answer.text)}


def authorization(by: str) -> str:
    return f"Basic {base64.b64encode(by.encode()).decode()}" if ":" in by else f"Bearer {by}"


def filled(text: str, kept: dict[str, Any]) -> str:
    def found(match: re.Match[str]) -> str:
        value: Any = kept[match[1]]
        for name in match[2].split(".")[1:]:
            value = value[name]
        return str(value)

    return re.sub(r"\{(\w+)((?:\.\w+)+)\}", found, text)


class Plain:
    """Numbers for what differs, in the order in which it turned up."""

    _OWN = re.compile(
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        r'|W/\\?"[^"\\]+\\?"'
        r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
        r'|(?<="nextCursor":")[^"]+'
    )

    def __init__(self, client: Client) -> None:
        self._names: dict[str, str] = {}
        self._host = f"http://127.0.0.1:{client.port}"

    def __call__(self, text: str) -> str:
        return self._OWN.sub(self._named, text.replace(self._host, "http://host"))

    def _named(self, match: re.Match[str]) -> str:
        # Times may be the same by chance; versions are written in two ways.
        if "T" in match[0] and match[0][4] == "-":
            return "<time>"
        return self._names.setdefault(match[0].replace("\\", ""), f"<{len(self._names)}>")


@pytest.mark.parametrize(("life", "kind"), ALL, ids=[f"{life.name}, {kind}" for life, kind in ALL])
def test_an_endpoint_of_python_answers_as_one_of_node(life: Life, kind: str, node: Node) -> None:
    wanted = list(told(node.client(life, kind), life))
    python = Python(life, kind)
    with serving(python.app) as client:
        client.base = life.base
        found = list(told(client, life))
    for (ask, expected), (_, given) in zip(wanted, found, strict=True):
        assert given == expected, f"{ask.method} {ask.target} by {ask.by}"
    assert python.errors == []
    RECORDS[life.name, kind] = python.records
    OPENAPI[life.name, kind] = python.app.openapi()
    OPERATIONS[life.name, kind] = python.app.operations()


RECORDS: dict[str, Any] = {}
OPERATIONS: dict[str, Any] = {}
OPENAPI: dict[str, Any] = {}


def test_the_records_are_the_same(node: Node) -> None:
    if len(RECORDS) < len(ALL):
        pytest.skip("not all ran")
    for (life, kind), noted in zip(ALL, node.end(), strict=True):
        own = (life.name, kind)
        assert noted["errors"] == []
        assert noted["openapi"] == OPENAPI[own], own
        assert noted["operations"] == OPERATIONS[own], own
        assert bare(RECORDS[own]) == bare(noted["records"]), own


def bare(records: list[Any]) -> list[Any]:
    """Without what differs from run to run; of a Bulk and its operations the number is one."""
    numbers: dict[str, int] = {}
    ids: dict[str, int] = {}
    plain = []
    for record in records:
        assert record["duration"] >= 0
        request = numbers.setdefault(record["request"], len(numbers))
        own = {name: value for name, value in record.items() if name not in ("time", "duration")}
        if re.fullmatch("[0-9a-f]{8}-.*", str(own.get("id", ""))):
            own["id"] = ids.setdefault(own["id"], len(ids))
        plain.append({**own, "request": request})
    return plain
