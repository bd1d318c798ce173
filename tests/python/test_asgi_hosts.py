"""The example, the README, WSGI, and what is particular to PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import runpy
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from receiver import JWK, SECRET
from serving import ADDON, ROOT, TOKEN, Client, Postgres, join, listening, message, node, serving, user

import scimforge as sf
from scimforge import asgi
from scimforge._host.trying import Server
from scimforge.asgi import PostgresStore, SqliteStore, create_scim_app, none, token_digest
from scimforge.wsgi import create_scim_wsgi


def test_the_example_keeps_leavers_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIM_TOKEN_DIGEST", token_digest(TOKEN))
    app = runpy.run_path(str(ROOT / "bindings-python/examples/fastapi_app.py"))["app"]
    with serving(app, "") as ask:
        made = ask("POST", "/scim/v2/Users", user("rosa@north.test", displayName="Rosa"))
        assert made.status == 201, made.text
        assert made.headers["location"] == f"{ask.url}/scim/v2/Users/{made.body['id']}"
        assert ask("POST", "/scim/v2/Users", user("ROSA@north.test")).status == 409
        assert ask("POST", "/sign-in/Rosa@north.test").body == {"welcome": "Rosa"}
        gone = message({"op": "replace", "value": {"active": False}})
        assert ask("PATCH", f"/scim/v2/Users/{made.body['id']}", gone).status == 200
        assert ask("POST", "/sign-in/rosa@north.test").status == 403
        assert ask("POST", "/sign-in/nobody").status == 403


def test_the_readme_does_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    readme = ROOT / "bindings-python/README.md"
    monkeypatch.setenv("SCIM_TOKEN_DIGEST", token_digest(TOKEN))
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("FEED_KEY", json.dumps(JWK))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL):
        exec(compile(block, str(readme), "exec"), names)
    with serving(names["app"]) as ask:
        assert ask("POST", "/Users", user("rosa")).status == 201
        assert len(ask.find('userName eq "ROSA"')) == 1
    tests = names["TestPeople"]
    for name in [name for name in dir(tests) if name.startswith("test_")]:
        with contextlib.suppress(unittest.SkipTest):
            getattr(tests(), name)()
    asyncio.run(names["catch_up"](0))
    assert asyncio.run(names["try_again"]()) == 0


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *given: Any) -> None:
        pass


def test_wsgi(tmp_path: Path) -> None:
    tokens = {token_digest(TOKEN): {"permissions": ["scim:*"]}}
    store = SqliteStore(str(tmp_path / "scim.db"))
    application = create_scim_wsgi(store=store, auth=asgi.bearer(tokens), limits={"max_body": "64kb"})
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        ask = Client(server.server_port)
        try:
            group = ask("POST", "/Groups", {"schemas": [sf.GROUP], "displayName": "All"})
            assert group.headers["location"] == f"{ask.url}/Groups/{group.body['id']}"
            with ThreadPoolExecutor(4) as pool:
                one = f"/Groups/{group.body['id']}"
                answers = list(pool.map(lambda n: ask("PATCH", one, join(f"m-{n}")).status, range(12)))
            assert answers == [200] * 12 and len(ask("GET", one).body["members"]) == 12
            assert len(ask.find('displayName eq "ALL"', "/Groups")) == 1
            assert ask("GET", "/Users", authorization="").headers["www-authenticate"] == 'Bearer realm="scim"'
            assert ask("DELETE", one).status == 204
            assert ask("POST", "/Users", user("rosa", title="x" * 70_000)).status == 413
        finally:
            server.shutdown()
            thread.join()
    application.close()


# ---- PostgreSQL ----


def test_a_password_is_hashed_and_nowhere_else(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with listening(store=PostgresStore(postgres.conninfo, prefix=prefix)) as ask:
        assert ask("POST", "/Users", user("rosa", password="correct-horse")).status == 201
    assert postgres.rows(f"SELECT phc FROM {prefix}secret")[0][0].startswith("$argon2id$v=19$")
    stored = postgres.rows(f"SELECT json || shadow::text FROM {prefix}document")[0][0]
    assert "correct" not in stored


def test_of_many_that_start_at_once_one_makes_the_tables(postgres: Postgres) -> None:
    prefix = postgres.prefix()

    def create(name: str) -> int:
        with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
            return server.send("POST", "/Users", user(name)).status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, "abcd")) == [201] * 4


def test_without_migration_the_tables_are_made_by_what_ddl_gives(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    store = PostgresStore(postgres.conninfo, prefix=prefix, migrate=False)
    app = create_scim_app(store=store, auth=none())
    postgres.rows_of(app.ddl())
    assert "document_by_username" in str(app.explain('userName eq "rosa"')["servedBy"])
    with serving(app) as ask:
        assert ask("POST", "/Users", user("rosa")).status == 201


def test_in_a_transaction_of_the_developer_nothing_stays_when_that_is_rolled_back(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
        server.create(user("rosa"))

    async def inside() -> list[int]:
        connection = await psycopg.AsyncConnection.connect(postgres.conninfo)
        try:
            store = asgi.PostgresStore(connection, prefix=prefix, in_transaction=True)
            app = Inner(store)
            answers = [await app.create(name) for name in ("lind", "ROSA", "ada")]
            await connection.rollback()
            return answers
        finally:
            await connection.close()

    assert asyncio.run(inside()) == [201, 409, 201]
    assert postgres.rows(f"SELECT count(*) FROM {prefix}document") == [(1,)]


class Inner:
    """An endpoint inside of a loop that runs already."""

    def __init__(self, store: Any) -> None:
        self.store = store._open({})

    async def create(self, name: str) -> int:
        head = asgi.Head("POST", "/Users", "/Users", {})
        answer = await self.store.handle(head, json.dumps(user(name)).encode(), {"tenant": ""})
        assert answer.reason is None
        status: int = answer.status
        return status


BY_NODE = """
import pg from "./tests/node_modules/pg/lib/index.js";
import { createScimHandler, none, pgStore } from "./bindings-node/js/index.js";
const [host, prefix, ...names] = process.argv.slice(1);
const pool = new pg.Pool({ host, user: "postgres", database: "postgres" });
const scim = createScimHandler({ store: pgStore(pool, { prefix }), auth: none(), onError: (error) => { throw error; } });
const at = "https://x.test/scim/v2/Users";
const headers = { "content-type": "application/scim+json" };
for (const userName of names) {
  const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName });
  console.log((await scim.fetch(new Request(at, { method: "POST", headers, body }))).status);
}
const found = await (await scim.fetch(new Request(`${at}?sortBy=userName`))).json();
console.log(found.Resources.map((one) => one.userName).join(" "));
await scim.close();
await pool.end();
"""


@pytest.mark.skipif(not ADDON.exists(), reason="the Node package is not built")
def test_one_database_serves_both_hosts(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with listening(store=PostgresStore(postgres.conninfo, prefix=prefix)) as ask:
        assert ask("POST", "/Users", user("py1")).status == 201
        told = node(BY_NODE, postgres.folder, prefix, "no1", "PY1").split("\n")
        assert told[:3] == ["201", "409", "no1 py1"]
        assert [one["userName"] for one in ask.find('userName sw "NO"')] == ["no1"]
        assert ask("POST", "/Users", user("NO1")).status == 409


def test_a_pool_of_the_developer(postgres: Postgres) -> None:
    prefix = postgres.prefix()

    async def main() -> None:
        async with AsyncConnectionPool(postgres.conninfo, min_size=1, max_size=3, open=False) as pool:
            inner = Inner(PostgresStore(pool, prefix=prefix))
            answers = await asyncio.gather(*(inner.create(f"u{number}") for number in range(12)))
            assert answers == [201] * 12
            assert await inner.create("U3") == 409

    asyncio.run(main())
    assert postgres.rows(f"SELECT count(*) FROM {prefix}document") == [(12,)]
