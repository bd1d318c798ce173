"""The ASGI application on real sockets: requests, limits, hosts, tenants, many at once."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import logging
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import STORES
from fastapi import FastAPI
from own_store import Own
from serving import (
    ADDON,
    ERROR,
    EVERYTHING,
    ROOT,
    TOKEN,
    app_of,
    direct,
    join,
    listening,
    message,
    node,
    python,
    serving,
    user,
)
from starlette.applications import Starlette
from starlette.routing import Mount

import scimforge as sf
from scimforge._host.own import _ask
from scimforge.asgi import (
    MemoryStore,
    PostgresStore,
    SqliteStore,
    bearer,
    create_scim_app,
    none,
    token_digest,
)

Make = Callable[[str], Any]


@pytest.fixture(params=[*STORES, "own store"])
def store(request: pytest.FixtureRequest, make_store: Make) -> Any:
    return Own() if request.param == "own store" else make_store(request.param)


def test_the_life_of_a_user(store: Any) -> None:
    with listening(store=store) as ask:
        made = ask("POST", "/Users", user("rosa", password="correct horse", emails=[{"value": "r@north.test"}]))
        assert made.status == 201, made.text
        one = f"/Users/{made.body['id']}"
        assert made.headers["location"] == ask.url + one
        assert made.headers["content-type"] == "application/scim+json"
        assert "correct horse" not in made.text and "password" not in made.text
        taken = ask("POST", "/Users", user("ROSA"))
        assert (taken.status, taken.body["scimType"], taken.body["schemas"]) == (409, "uniqueness", [ERROR])

        read = ask("GET", one)
        unchanged = ask("GET", one, if_none_match=read.headers["etag"])
        assert (unchanged.status, unchanged.text) == (304, "")
        for filter, total in {'userName eq "ROSA"': 1, 'emails.value co "NORTH"': 1, "title pr": 0}.items():
            assert len(ask.find(filter)) == total, filter
        searched = ask("POST", "/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]})
        assert searched.body["totalResults"] == 1

        patched = ask("PATCH", one, message({"op": "Replace", "path": "active", "value": "False"}))
        assert (patched.status, patched.body["active"]) == (200, False)
        assert ask("PUT", one, user("rosa"), if_match=read.headers["etag"]).status == 412
        assert ask("PUT", one, user("rosa.lind")).body["userName"] == "rosa.lind"
        assert ask("POST", "/Users", user("rosa")).status == 201, "the old name is free"
        assert [ask("DELETE", one).status for _ in range(2)] == [204, 404]
        assert ask("DELETE", one).body["schemas"] == [ERROR]


@pytest.mark.parametrize("kind", STORES)
def test_many_change_one_group_and_lose_nothing(kind: str, make_store: Make) -> None:
    many = 200
    with listening(store=make_store(kind)) as ask, ThreadPoolExecutor(32) as pool:
        group = f"/Groups/{ask('POST', '/Groups', {'schemas': [sf.GROUP], 'displayName': 'All'}).body['id']}"
        answers = pool.map(lambda number: ask("PATCH", group, join(f"m-{number}")).status, range(many))
        # A group with many members is not shown again (PAT-008).
        assert set(answers) <= {200, 204}
        members = {member["value"] for member in ask("GET", group).body["members"]}
        assert members == {f"m-{number}" for number in range(many)}
        assert len(ask.find('members.value eq "m-131"', "/Groups")) == 1


def test_two_tenants_in_flight(make_store: Make) -> None:
    tokens = {name: {"tenant": name, **EVERYTHING} for name in ("north", "south")}
    auth = bearer({token_digest(name): who for name, who in tokens.items()})
    with listening(store=make_store("sqlite"), auth=auth, base_path="/t/:tenant/scim", base="") as ask:

        def create(number: int) -> str:
            tenant = ("north", "south")[number % 2]
            bound = {"authorization": f"Bearer {tenant}"}
            made = ask("POST", f"/t/{tenant}/scim/Users", user(f"u{number // 2}"), **bound)
            assert made.status == 201, made.text
            assert made.headers["location"] == f"{ask.url}/t/{tenant}/scim/Users/{made.body['id']}"
            return tenant + made.body["id"]

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(create, range(40)))
        for tenant in tokens:
            listed = ask("GET", f"/t/{tenant}/scim/Users?count=100", authorization=f"Bearer {tenant}").body
            assert {tenant + one["id"] for one in listed["Resources"]} == {one for one in made if tenant in one}
        other = ask("GET", "/t/south/scim/Users", authorization="Bearer north")
        assert (other.status, other.body["detail"]) == (403, "the path names another tenant")
        for odd in ("", "no%72th", "north/x"):
            assert ask("GET", f"/t/{odd}/scim/Users", authorization="Bearer north").status == 404


def test_bodies_have_a_limit(make_store: Make) -> None:
    with listening(store=make_store("memory"), limits={"max_body": "64kb"}) as ask:
        large = ask("POST", "/Users", user("rosa", title="x" * 70_000))
        assert (large.status, large.body["schemas"]) == (413, [ERROR])
        assert ask("POST", "/Users", user("rosa", title="x" * 60_000)).status == 201
        # Told in pieces, without a length.
        with socket.create_connection(("127.0.0.1", ask.port)) as connection:
            head = f"POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
            connection.sendall(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
            with contextlib.suppress(ConnectionError):
                for _ in range(10):
                    connection.sendall(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
                connection.sendall(b"0\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 413")
    with listening(store=make_store("sqlite")) as ask:
        members = [{"value": f"m-{number:06}", "display": "x" * 60} for number in range(100_000)]
        text = json.dumps({"schemas": [sf.GROUP], "displayName": "All", "members": members})
        assert 9 << 20 < len(text) < 10 << 20
        assert ask("POST", "/Groups", text).status == 201
        assert len(ask.find('members.value eq "m-099999"', "/Groups")[0]["members"]) == 100_000


def test_who_goes_away_while_sending_changes_nothing(make_store: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scimforge.audit")
    with listening(store=make_store("memory")) as ask:
        with socket.create_connection(("127.0.0.1", ask.port)) as connection:
            head = f"POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
            connection.sendall(f'{head}content-length: 900\r\n\r\n{{"userName": "half"'.encode())
        while not any('"aborted"' in record.message for record in caplog.records):
            pass
        assert ask("GET", "/Users").body["totalResults"] == 0


def test_what_is_turned_down() -> None:
    with listening(store=MemoryStore()) as ask:
        for method, path, status in [
            ("GET", "/nothing", 404),
            ("PUT", "/Users", 405),
            ("GET", "/Users;x", 400),
            ("GET", "/Users//x", 400),
            ("GET", "/Users?filter=userName", 400),
        ]:
            answer = ask(method, path)
            assert (answer.status, answer.body["schemas"]) == (status, [ERROR]), path
        assert ask("POST", "/Users", user("rosa"), content_type="text/plain").status == 415
        assert ask("GET", "/Users", accept="text/csv").status == 406
        assert ask("POST", "/Users", "{").status == 400
        packed = ask("POST", "/Users", gzip.compress(b"{}"), content_encoding="gzip")
        assert packed.status == 415
        assert packed.body["detail"].endswith("application/json (send it uncompressed)")
        assert ask("GET", "/ServiceProviderConfig", authorization="").status == 200
        assert ask("OPTIONS", "/Users").status == 405


def test_other_origins_may_ask_if_they_are_listed() -> None:
    with listening(store=MemoryStore(), cors=["https://admin.example.test"]) as ask:
        asked = {"access_control_request_method": "POST", "authorization": ""}
        allowed = ask("OPTIONS", "/Users", origin="https://admin.example.test", **asked)
        assert allowed.status == 204
        assert allowed.headers["access-control-allow-origin"] == "https://admin.example.test"
        other = ask("OPTIONS", "/Users", origin="https://other.example.test", **asked)
        assert "access-control-allow-origin" not in other.headers
        listed = ask("GET", "/Users", origin="https://admin.example.test")
        assert "etag" in listed.headers["access-control-expose-headers"]


def test_mounted_it_lies_where_it_is_mounted(make_store: Make) -> None:
    errors: list[Exception] = []
    scim = app_of(errors, store=make_store("sqlite"))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with scim.lifespan():
            yield

    api = FastAPI(lifespan=lifespan)

    @api.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "there"}

    api.mount("/identity/scim", scim)
    outer = Starlette(routes=[Mount("/api", api)], lifespan=lambda _: lifespan(api))
    for app, base in ((api, ""), (outer, "/api")):
        with serving(app, base) as ask:
            if base == "":
                assert ask("GET", "/hello").body == {"hello": "there"}
            # What came before was closed with the first server.
            made = ask("POST", "/identity/scim/Users", user("rosa", title="a/b"))
            assert made.status == (201 if base == "" else 503), made.text
            if base == "":
                assert made.headers["location"] == f"{ask.url}/identity/scim/Users/{made.body['id']}"
                assert ask("GET", f"/identity/scim/Users/{made.body['id']}").status == 200
                assert ask("GET", "/identity/scim/Users%2Fx").status == 400
    assert errors == []


@pytest.mark.parametrize(
    ("root", "raw", "base", "location"),
    [
        ("", "/scim/v2/Users", None, "/scim/v2/Users"),
        ("/people", "/people/Users", None, "/people/Users"),
        ("/people", "/people/scim/v2/Users", None, "/people/scim/v2/Users"),
        # A proxy takes its own part off.
        ("/people", "/scim/v2/Users", None, "/people/scim/v2/Users"),
        ("/gr ün", "/gr%20%C3%BCn/Users", None, "/gr%20%C3%BCn/Users"),
        ("/people", "/people/x/Users", "/x", "/people/x/Users"),
        ("", "/Users", "", "/Users"),
        ("/people", "/people/Users", "/x", None),
        ("/a/b", "/a%2Fb/Users", None, None),
        ("", "/scim/v2x/Users", None, None),
        ("", "/", None, None),
    ],
)
def test_where_it_lies(root: str, raw: str, base: str | None, location: str | None) -> None:
    app = create_scim_app(store=MemoryStore(), auth=none(), base_path=base)
    for with_raw in (True, False) if "%" not in raw else (True,):
        scope = {"root_path": root, "raw_path": raw.encode() if with_raw else None, "scheme": "https"}
        made = direct(app, "POST", raw, json.dumps(user(f"u{with_raw}")).encode(), **scope)
        if location is None:
            assert made.status in (400, 404)
        else:
            where = f"https://scim.example.test{location}/{made.body['id']}"
            assert (made.status, made.headers["location"]) == (201, where)


def test_settings_are_checked() -> None:
    given = {"store": MemoryStore(), "auth": none()}
    for more in (
        {"auth": None},
        {"store": object()},
        {"limits": {"max_result": 1}},
        {"limits": {"max_body": "much"}},
        {"base_path": "scim"},
        {"base_path": "/scim?v=2"},
        {"rate_limit": {"per_token": "often"}},
        {"cors": ["*"]},
        {"idempotency": {"hours": 1}},
        {"bulk": {"most": 1}},
    ):
        with pytest.raises(TypeError):
            create_scim_app(**{**given, **more})
    for more in ({"profile": "nobody"}, {"permissions": {"Users:crate": "x"}}, {"limits": {"max_results": 0}}):
        with pytest.raises(sf.ScimError):
            create_scim_app(**{**given, **more})
    with pytest.raises(TypeError):
        PostgresStore(object())
    with pytest.raises(TypeError):
        create_scim_app(**given).ddl()


def test_settings_reach_the_engine() -> None:
    pagination = {"cursor_key": "k" * 32, "cursor_timeout": 60}
    limits = {"max_results": 7, "filter_bytes": "1kb"}
    given = {"limits": limits, "bulk": {"max_payload_size": "64kb"}, "me": False, "pagination": pagination}
    with listening(store=MemoryStore(), **given) as ask:
        config = ask("GET", "/ServiceProviderConfig").body
        assert (config["filter"]["maxResults"], config["bulk"]["maxPayloadSize"]) == (7, 65_536)
        assert config["pagination"]["cursorTimeout"] == 60
        assert ask("GET", "/Me").status == 501
        for number in range(9):
            assert ask("POST", "/Users", user(f"u{number}")).status == 201
        page = ask("GET", "/Users?cursor=&count=5").body
        rest = ask("GET", f"/Users?cursor={page['nextCursor']}&count=5").body
        assert (len(page["Resources"]), len(rest["Resources"])) == (5, 4)
        assert ask("GET", f"/Users?filter=userName+eq+%22{'x' * 2_000}%22").status == 400


def test_the_audit_has_no_values(caplog: pytest.LogCaptureFixture, make_store: Make) -> None:
    caplog.set_level(logging.INFO, "scimforge.audit")
    records: list[dict[str, Any]] = []
    with listening(store=make_store("sqlite")) as ask:
        made = ask("POST", "/Users", user("rosa.lind", password="correct horse"))
        ask("GET", "/Users?filter=userName+eq+%22rosa.lind%22")
        ask("POST", "/Users", user("rosa.lind"))
    lines = [json.loads(record.message) for record in caplog.records if record.name == "scimforge.audit"]
    assert [line["operation"] for line in lines] == ["Users:create", "Users:list", "Users:create"]
    assert [line["status"] for line in lines] == [201, 200, 409]
    assert lines[0]["principal"] == "tests" and lines[0]["id"] == made.body["id"] and lines[0]["duration"] > 0
    assert not any(word in caplog.text for word in ("rosa.lind", "correct", TOKEN))
    with listening(store=MemoryStore(), observe={"audit": records.append}) as ask:
        ask("GET", "/Users", authorization="")
    assert [record["status"] for record in records] == [401]


def test_what_goes_wrong_inside_is_told_to_the_developer_alone() -> None:
    class Broken(Own):
        async def get(self, key: Any) -> Any:
            raise ConnectionError("the database at 10.0.0.7 is gone")

    errors: list[Exception] = []
    with serving(app_of(errors, store=Broken())) as ask:
        answer = ask("GET", "/Users/u-1")
        assert (answer.status, answer.body["schemas"]) == (500, [ERROR])
        assert "10.0.0.7" not in answer.text
        assert ask("GET", "/Users").status == 200
    assert len(errors) == 1 and "10.0.0.7" in str(errors[0])


def test_what_fails_as_a_whole_is_recorded_with_who_asked() -> None:
    def full(*_: Any) -> int:
        raise MemoryError("no room")

    errors: list[Exception] = []
    records: list[dict[str, Any]] = []
    app = app_of(errors, store=MemoryStore(), rate_limit=full, observe={"audit": records.append})
    with serving(app) as ask:
        assert ask("POST", "/Users", user("rosa")).status == 500
    assert [(str(error)[:33], str(error.__cause__)) for error in errors] == [
        ("rate_limit: your function failed,", "no room")
    ]
    told = [(record["principal"], record["operation"], record["status"], record["code"]) for record in records]
    assert told == [("tests", "Users:create", 500, "store-failure")]


def test_an_operation_that_a_store_does_not_know_fails_clearly() -> None:
    assert asyncio.run(_ask(Own(), {"op": "levitate"})) == {"failed": "the store does not know the operation levitate"}


def test_closed_it_answers_nobody(make_store: Make) -> None:
    app = app_of([], store=make_store("sqlite"))
    assert direct(app, "GET", "/scim/v2/Users").status == 200
    asyncio.run(app.aclose())
    assert direct(app, "GET", "/scim/v2/Users").status == 503


def test_a_file_that_cannot_be_opened_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        create_scim_app(store=SqliteStore(str(tmp_path / "nowhere/scim.db")), auth=none())
    newer = tmp_path / "newer.db"
    with contextlib.closing(sqlite3.connect(newer)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(RuntimeError, match="newer release"):
        create_scim_app(store=SqliteStore(str(newer)), auth=none())


# ---- one database, two hosts ----

BY_NODE = """
import { createScimHandler, sqliteStore, none } from "./bindings-node/js/index.js";
const [path, ...names] = process.argv.slice(1);
const scim = createScimHandler({ store: sqliteStore(path), auth: none(), onError: (error) => { throw error; } });
const ask = async (method, path, body) => {
  const headers = { "content-type": "application/scim+json" };
  const response = await scim.fetch(new Request(`https://x.test/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) }));
  return { status: response.status, body: await response.json().catch(() => undefined) };
};
const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
for (const userName of names) {
  const { status } = await ask("POST", "/Users", { schemas, userName, emails: [{ value: `${userName}@north.test`, type: "work" }] });
  console.log(status);
}
for (const filter of ['userName sw "p"', 'emails[type eq "work" and value co "NORTH"]', 'userName eq "PY1"']) {
  console.log((await ask("GET", `/Users?sortBy=userName&${new URLSearchParams({ filter })}`)).body.Resources?.map((one) => one.userName).join(" "));
}
await scim.close();
"""


@pytest.mark.skipif(not ADDON.exists(), reason="the Node package is not built")
@pytest.mark.parametrize("kind", ["sqlite3", "pysqlite3"])
def test_one_file_serves_both_hosts(kind: str, tmp_path: Path) -> None:
    path = str(tmp_path / "scim.db")
    made = SqliteStore(path, library=pytest.importorskip(kind))
    assert node(BY_NODE, path, "no1", "no2").split("\n")[:2] == ["201", "201"]
    with listening(store=made) as ask:
        assert [one["userName"] for one in ask.find('userName sw "NO"')] == ["no1", "no2"]
        rosa = ask.find('emails.value eq "NO1@north.test"')[0]["id"]
        assert ask("POST", "/Users", user("NO1")).status == 409
        for name in ("py1", "py2"):
            mail = {"value": f"{name}@north.test", "type": "work"}
            assert ask("POST", "/Users", user(name, emails=[mail])).status == 201
        # Both at once.
        told = node(BY_NODE, path, "no3", "PY2").split("\n")
        assert told[:5] == ["201", "409", "py1 py2", "no1 no2 no3 py1 py2", "py1"]
        for filter in ('userName sw "no"', 'emails[type eq "work" and value sw "no"]'):
            assert len(ask.find(filter)) == 3
        assert ask("PATCH", f"/Users/{rosa}", message({"op": "add", "path": "title", "value": "Baker"})).status == 200
        assert ask("DELETE", f"/Users/{rosa}").status == 204
    assert node(BY_NODE, path).split("\n")[1] == "no2 no3 py1 py2"


AS_JSONB = """
import pysqlite3, sys
database = pysqlite3.connect(sys.argv[1])
database.execute("UPDATE document SET shadow = jsonb(CAST(shadow AS TEXT))")
database.commit()
"""


def test_a_file_with_jsonb_is_read_by_older_libraries(tmp_path: Path) -> None:
    newer = pytest.importorskip("pysqlite3")
    if sqlite3.sqlite_version_info >= (3, 45, 1):
        pytest.skip("Python's own SQLite knows JSONB")
    path = str(tmp_path / "scim.db")
    with listening(store=SqliteStore(path, library=newer)) as ask:
        for name in ("rosa", "lind"):
            assert ask("POST", "/Users", user(name)).status == 201
    with listening(store=SqliteStore(path)) as ask:
        assert [one["userName"] for one in ask.find('userName sw "r"')] == ["rosa"]
        # Somebody else writes what this library cannot read. (In another process: two libraries in
        # one would take each other's locks away.)
        assert python(AS_JSONB, path).returncode == 0
        assert len(ask.find('emails.type co "x" or userName co "L"')) == 1
        rosa = ask.find('userName eq "rosa"')[0]["id"]
        assert python(AS_JSONB, path).returncode == 0
        title = message({"op": "add", "path": "title", "value": "x"})
        assert ask("PATCH", f"/Users/{rosa}", title).status == 200
    with listening(store=SqliteStore(path, library=newer)) as ask:
        assert [one["userName"] for one in ask.find('title eq "X"')] == ["rosa"]


def test_what_was_answered_is_on_the_disk(tmp_path: Path) -> None:
    """The process is gone in the middle of its writes."""
    path = str(tmp_path / "scim.db")
    program = """
import asyncio, json, os, sys
from scimforge.asgi import *
from scimforge._host.exchange import Head
async def main():
    store = SqliteStore(sys.argv[1])._open({})
    async def create(number):
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"u{number}"}
        head = Head("POST", "/Users", "/Users", {})
        answer = await store.handle(head, json.dumps(body).encode(), {"tenant": ""})
        os.write(1, f"{answer.status} {number}\\n".encode())
        if number == 40:
            os.kill(os.getpid(), 9)
    await asyncio.gather(*(create(number) for number in range(100)))
asyncio.run(main())
"""
    done = python(program, path)
    assert done.returncode == -9, done.stderr
    told = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("201")]
    assert len(told) > 30
    with listening(store=SqliteStore(path)) as ask:
        kept = {one["userName"] for one in ask("GET", "/Users?count=200").body["Resources"]}
    assert {f"u{number}" for number in told} <= kept


# ---- what identity providers send ----


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
@pytest.mark.parametrize("file", sorted((ROOT / "tests/node/transcripts").glob("*.json")), ids=lambda file: file.stem)
def test_transcripts(file: Path, kind: str, make_store: Make) -> None:
    from vectors.transcripts import play

    transcript = json.loads(file.read_text())
    for profile in (transcript["profile"], "lenient"):
        who = {"sub": transcript["client"], "permissions": ["Users:*", "Groups:*"], "profile": profile}
        auth = bearer({token_digest(TOKEN): who})
        with listening(store=make_store(kind), auth=auth, profile="strict") as ask:
            play(transcript, ask)
