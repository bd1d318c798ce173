"""Events: kept with the change, read in order, and told to a hook at least once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import STORES
from serving import Postgres, message, user

import scimforge as sf
from scimforge.asgi import MemoryStore, PostgresStore, ScimApp, SqliteStore, StoreBase, create_scim_app, none
from scimforge.wsgi import create_scim_wsgi

Make = Callable[[str], Any]
QUICK = {"first_seconds": 0.05, "timeout_seconds": 1}


async def ask(app: ScimApp, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    sent: list[Any] = []
    scope = {
        **{"type": "http", "http_version": "1.1", "method": method, "scheme": "https"},
        **{"path": f"/scim/v2{path}", "query_string": b"", "client": ("127.0.0.1", 1)},
        "headers": [(b"host", b"scim.example.test"), (b"content-type", b"application/scim+json")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"" if body is None else json.dumps(body).encode()}

    async def send(part: Any) -> None:
        sent.append(part)

    await app(scope, receive, send)
    text = sent[1]["body"]
    return sent[0]["status"], json.loads(text) if text else None


async def until(met: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not met():
        assert time.monotonic() < end, "not so within 20 s"
        await asyncio.sleep(0.02)


async def listed(app: ScimApp, after: int = 0) -> list[dict[str, Any]]:
    return [change async for change in app.changes(after)]


def app_of(store: Any, errors: list[Exception], **settings: Any) -> ScimApp:
    given = {"auth": none(), "on_error": errors.append, "observe": {"audit": lambda record: None}, **settings}
    return create_scim_app(store=store, **given)


def title(text: str) -> dict[str, Any]:
    return message({"op": "replace", "path": "title", "value": text})


@pytest.mark.parametrize("kind", STORES)
def test_what_changes_is_told_once_and_in_order(kind: str, make_store: Make) -> None:
    told: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    errors: list[Exception] = []

    async def run() -> None:
        events = {"mode": "full", "on_event": told.append}
        app = app_of(make_store(kind), errors, events=events, observe={"audit": records.append})
        async with app.lifespan():
            _, rosa = await ask(app, "POST", "/Users", user("rosa.lind", title="Baker"))
            path = f"/Users/{rosa['id']}"
            assert (await ask(app, "POST", "/Users", user("ROSA.lind")))[0] == 409
            for text in ("Cook", "Cook", "Chef"):
                assert (await ask(app, "PATCH", path, title(text)))[0] == 200
            assert (await ask(app, "DELETE", path))[0] == 204
            await until(lambda: len(told) >= 4)
            await asyncio.sleep(0.2)
            changes = await listed(app)
            assert [change["event"] for change in changes] == told
            assert await listed(app, changes[1]["seq"]) == changes[2:]

    asyncio.run(run())
    assert [event["name"] for event in told] == ["user.created", "user.updated", "user.updated", "user.deleted"]
    assert told[0]["data"]["title"] == "Baker"
    assert told[1]["attributes"] == ["title"]
    # By its number the record of a request and its events are found together.
    done = [record["request"] for record in records if record["status"] < 300]
    assert [event["txn"] for event in told] == [done[0], done[1], done[3], done[4]]
    assert errors == []


@pytest.mark.parametrize("kind", [kind for kind in STORES if kind != "memory"])
def test_passwords_are_in_no_event(kind: str, make_store: Make) -> None:
    async def run() -> str:
        app = app_of(make_store(kind), [], events={"mode": "full"})
        async with app.lifespan():
            status, made = await ask(app, "POST", "/Users", user("rosa", password="frost-Lamp-93"))
            assert status == 201
            changed = message({"op": "replace", "path": "password", "value": "plum-Quay-41"})
            assert (await ask(app, "PATCH", f"/Users/{made['id']}", changed))[0] in (200, 204)
            return json.dumps(await listed(app))

    text = asyncio.run(run())
    assert text.count('"password"') == 2
    assert "frost" not in text and "plum" not in text and "argon2" not in text


@pytest.mark.parametrize("kind", STORES)
def test_what_fails_comes_again_and_what_is_behind_it_waits(kind: str, make_store: Make) -> None:
    got: list[tuple[str, str]] = []
    failing = True
    errors: list[Exception] = []

    async def hook(event: dict[str, Any]) -> None:
        got.append((event["name"], event["resourceId"]))
        if failing and event["resourceId"] == rosa:
            raise ValueError("frost")

    rosa = ""

    async def run() -> None:
        nonlocal rosa, failing
        app = app_of(make_store(kind), errors, events={"on_event": hook, "retry": QUICK})
        async with app.lifespan():
            failing = False
            rosa = (await ask(app, "POST", "/Users", user("rosa")))[1]["id"]
            await until(lambda: len(got) == 1)
            failing = True
            await ask(app, "PATCH", f"/Users/{rosa}", title("Cook"))
            await until(lambda: len(got) >= 2)
            await ask(app, "DELETE", f"/Users/{rosa}")
            other = (await ask(app, "POST", "/Users", user("otto")))[1]["id"]
            await until(lambda: ("user.created", other) in got)
            await until(lambda: got.count(("user.updated", rosa)) >= 2)
            assert ("user.deleted", rosa) not in got
            failing = False
            await until(lambda: ("user.deleted", rosa) in got)

    asyncio.run(run())
    assert errors and all("was not delivered: ValueError" in str(error) for error in errors)
    assert not any("frost" in str(error) for error in errors)


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_what_fails_too_often_is_given_up(kind: str, make_store: Make) -> None:
    got: list[str] = []

    def hook(event: dict[str, Any]) -> None:
        got.append(event["name"])
        if event["name"] == "user.created":
            time.sleep(0.2)
            raise KeyError

    async def run() -> None:
        app = app_of(make_store(kind), [], events={"on_event": hook, "retry": {**QUICK, "attempts": 2}})
        async with app.lifespan():
            began = time.monotonic()
            _, made = await ask(app, "POST", "/Users", user("rosa"))
            await ask(app, "DELETE", f"/Users/{made['id']}")
            if kind == "memory":
                assert time.monotonic() - began < 0.2, "a hook keeps nobody waiting"
            await until(lambda: len(got) == 3)

    asyncio.run(run())
    assert got == ["user.created", "user.created", "user.deleted"]


WRITER = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from test_asgi_events import app_of, ask, user
from scimforge.asgi import PostgresStore, SqliteStore

async def hook(event):
    await asyncio.sleep(60)

async def run():
    kind, where = sys.argv[1].split(" ", 1)
    store = SqliteStore(where) if kind == "sqlite" else PostgresStore(where, prefix="killed_")
    app = app_of(store, [], events={"on_event": hook, "retry": {"timeout_seconds": 0.5}})
    async with app.lifespan():
        print((await ask(app, "POST", "/Users", user("rosa")))[0], flush=True)
        await asyncio.sleep(60)

asyncio.run(run())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_process_that_is_killed_leaves_its_events_to_the_next(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = str(tmp_path / "killed.db")
    if kind == "postgres":
        where = request.getfixturevalue("postgres").conninfo
    given = [sys.executable, "-c", WRITER, f"{kind} {where}", str(Path(__file__).parent)]
    child = subprocess.Popen(given, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "201"
    # A moment, for the hook to be under way.
    time.sleep(0.2)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    told: list[str] = []

    async def run() -> None:
        store: Any = SqliteStore(where) if kind == "sqlite" else PostgresStore(where, prefix="killed_")
        retry = {"timeout_seconds": 0.5}
        app = app_of(store, [], events={"on_event": lambda event: told.append(event["name"]), "retry": retry})
        async with app.lifespan():
            await until(lambda: told)
            await asyncio.sleep(0.2)

    asyncio.run(run())
    assert told == ["user.created"]


def test_a_change_that_fails_behind_its_event_leaves_neither(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    errors: list[Exception] = []

    async def run() -> None:
        app = app_of(PostgresStore(postgres.conninfo, prefix=prefix), errors, events=True)
        async with app.lifespan():
            assert (await ask(app, "POST", "/Users", user("rosa")))[0] == 201
            with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
                connection.execute(
                    f"""CREATE FUNCTION {prefix}refuse() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE EXCEPTION 'no'; END $$;
                    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {prefix}event
                        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {prefix}refuse();""".encode()
                )
            assert (await ask(app, "POST", "/Users", user("otto")))[0] == 500
            assert len(await listed(app)) == 1
            assert (await ask(app, "GET", "/Users"))[1]["totalResults"] == 1

    asyncio.run(run())
    assert len(errors) == 1


def test_events_may_be_switched_on_later(postgres: Postgres, tmp_path: Path) -> None:
    async def run(make: Callable[[], Any]) -> None:
        async with app_of(make(), []).lifespan():
            pass
        app = app_of(make(), [], events=True)
        async with app.lifespan():
            assert (await ask(app, "POST", "/Users", user("rosa")))[0] == 201
            assert [change["event"]["name"] for change in await listed(app)] == ["user.created"]

    prefix = postgres.prefix()
    asyncio.run(run(lambda: PostgresStore(postgres.conninfo, prefix=prefix)))
    asyncio.run(run(lambda: SqliteStore(str(tmp_path / "later.db"))))
    app = app_of(PostgresStore("dbname=people"), [], events=True)
    assert "CREATE TABLE IF NOT EXISTS scim_event" in app.ddl()
    assert "scim_event" not in app_of(PostgresStore("dbname=people"), []).ddl()


def test_two_processes_tell_each_event_once_between_them(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    told: list[tuple[str, str | None, str]] = []

    async def hook(event: dict[str, Any]) -> None:
        await asyncio.sleep(0.002)
        told.append((event["resourceId"], event.get("previousVersion"), event["version"]))

    async def run() -> None:
        apps = [
            app_of(PostgresStore(postgres.conninfo, prefix=prefix), [], events={"on_event": hook})
            for _ in range(2)
        ]
        async with apps[0].lifespan(), apps[1].lifespan():

            async def person(number: int) -> None:
                _, made = await ask(apps[number % 2], "POST", "/Users", user(f"u{number}"))
                for turn in range(5):
                    await ask(apps[turn % 2], "PATCH", f"/Users/{made['id']}", title(f"t{turn}"))

            await asyncio.gather(*(person(number) for number in range(8)))
            await until(lambda: len(told) >= 48)
            await asyncio.sleep(0.3)

    asyncio.run(run())
    assert len(told) == len(set(told)) == 48
    versions: dict[str, str] = {}
    for resource, before, after in told:
        assert versions.get(resource) == before, "in the order of the changes"
        versions[resource] = after


def test_changes_can_be_followed_until_the_end() -> None:
    names: list[str] = []

    async def run() -> None:
        app = app_of(MemoryStore(), [], events=True)

        async def follow() -> None:
            async for change in app.changes(follow=True):
                names.append(change["event"]["name"])

        following = asyncio.ensure_future(follow())
        await ask(app, "POST", "/Users", user("rosa"))
        await until(lambda: names)
        await app.aclose()
        await asyncio.wait_for(following, 5)

    asyncio.run(run())
    assert names == ["user.created"]


def test_wsgi_has_the_same(tmp_path: Path) -> None:
    told = threading.Event()
    store = SqliteStore(str(tmp_path / "wsgi.db"))
    application = create_scim_wsgi(store=store, auth=none(), events={"on_event": lambda event: told.set()})
    body = json.dumps(user("rosa")).encode()

    class Body:
        def read(self, length: int) -> bytes:
            return body[:length]

    asked = {
        **{"REQUEST_METHOD": "POST", "PATH_INFO": "/scim/v2/Users", "HTTP_HOST": "x.test"},
        **{"CONTENT_TYPE": "application/scim+json", "CONTENT_LENGTH": str(len(body)), "wsgi.input": Body()},
    }
    status: list[str] = []
    application(asked, lambda line, headers: status.append(line))
    assert status == ["201 Created"]
    assert told.wait(10)
    assert [change["event"]["name"] for change in application.changes()] == ["user.created"]
    application.close()


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        ({"onEvent": print}, "has no `onEvent`"),
        ({"mode": "all"}, "notice"),
        ({"on_event": "print"}, "is a function"),
        ({"retry": {"attempts": 0}}, "positive number"),
        ({"retry": {"tries": 1}}, "has no `tries`"),
        ({"keep_days": -1}, "number of days"),
        ("yes", "True or a dict"),
    ],
)
def test_wrong_settings_are_refused_by_name(events: Any, wrong: str) -> None:
    with pytest.raises(TypeError, match=wrong):
        create_scim_app(store=MemoryStore(), auth=none(), events=events)


def test_a_store_that_keeps_no_events_refuses_them() -> None:
    class Shelf(StoreBase):
        pass

    with pytest.raises(TypeError, match="keeps no events"):
        create_scim_app(store=Shelf(), auth=none(), events=True)

    async def run() -> None:
        app = create_scim_app(store=MemoryStore(), auth=none())
        with pytest.raises(TypeError, match="set `events`"):
            await listed(app)

    asyncio.run(run())
    assert sf.MemoryServer({"events": True}).changes() == []
