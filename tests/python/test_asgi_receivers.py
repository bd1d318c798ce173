"""Webhooks, Security Event Tokens, and what became of those that did not arrive."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from receiver import JWK, SECRET, Got, receiver
from serving import ROOT, Postgres, listening, message, node, user
from test_asgi_events import QUICK, Make, app_of, ask, title, until

from scimforge.asgi import MemoryStore, PostgresStore, SqliteStore, basic, create_scim_app, none, password_hash
from scimforge.wsgi import create_scim_wsgi

KINDS = ["memory", "sqlite", "postgres"]
PROV = "urn:ietf:params:scim:event:prov:"


async def eventually(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 20
    while not (value := await found()):
        assert time.monotonic() < end, "not so within 20 s"
        await asyncio.sleep(0.02)
    return value


def hook(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "secret": SECRET, **more}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_given_up_is_listed_page_by_page_and_tried_again(kind: str, make_store: Make) -> None:
    failing = True
    with receiver(lambda got, count: 410 if failing else 204) as to:

        async def run() -> None:
            nonlocal failing
            webhooks = [hook(to.url, name="one"), hook(to.url, name="two")]
            app = app_of(make_store(kind), [], events={"webhooks": webhooks})
            async with app.lifespan():
                assert await app.dead_letters() == []
                for name in ("rosa", "otto", "ines"):
                    assert (await ask(app, "POST", "/Users", user(name)))[0] == 201

                async def given_up(count: int) -> Any:
                    found = await app.dead_letters()
                    return found if len(found) == count else None

                letters = await eventually(lambda: given_up(6))
                seen = [(one["receiver"], one["attempts"], one["failure"], one["event"]["name"]) for one in letters]
                assert seen == [("webhook one", 1, "status 410", "user.created"), ("webhook two", 1, "status 410", "user.created")] * 3
                assert len({one["id"] for one in letters}) == 6
                pages = [await app.dead_letters(limit=4)]
                while page := await app.dead_letters(after=pages[-1][-1]["id"], limit=4):
                    pages.append(page)
                assert [len(page) for page in pages] == [4, 2]
                assert sum(pages, []) == letters
                of_two = await app.dead_letters(receiver="webhook two")
                assert of_two == [one for one in letters if one["receiver"] == "webhook two"]

                failing = False
                had = len(to.got)
                assert await app.retry_dead_letters(ids=[letters[0]["id"], "999.webhook one"]) == 1
                await until(lambda: len(to.got) == had + 1)
                assert json.loads(to.got[-1].body)["data"]["id"] == letters[0]["event"]["id"]
                others = await app.retry_dead_letters(receiver="webhook two", ids=[letters[2]["id"]])
                assert others == 0, "it is another receiver's"
                assert await app.retry_dead_letters(receiver="webhook two") == 3
                await until(lambda: len(to.got) == had + 4)
                assert await app.retry_dead_letters() == 2
                await until(lambda: len(to.got) == had + 6)
                await asyncio.sleep(0.05)
                assert await app.dead_letters() == []

                # Tried again, it may fail as often as the first time, and is given up again.
                failing = True
                await ask(app, "POST", "/Users", user("mara"))
                await eventually(lambda: given_up(2))
                assert await app.retry_dead_letters() == 2
                again = await eventually(lambda: given_up(2))
                assert [one["attempts"] for one in again] == [1, 1]

                for wrong, asked in [
                    ("no receiver", app.retry_dead_letters(receiver="webhook three")),
                    ("`ids` is a list", app.retry_dead_letters(ids="1.webhook one")),
                    ("`id`", app.dead_letters(after="x")),
                    ("1 to 1000", app.dead_letters(limit=0)),
                ]:
                    with pytest.raises(TypeError, match=wrong):
                        await asked

        asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_tried_again_comes_before_what_changed_later(kind: str, make_store: Make) -> None:
    # Of the first three changes the first two are given up, and the third is to be tried later.
    answers = [410, 410, 503]
    with receiver(lambda got, count: answers[count - 1] if count <= len(answers) else 204) as to:

        async def run() -> None:
            events = {"webhooks": [hook(to.url)], "retry": {"first_seconds": 4}}
            app = app_of(make_store(kind), [], events=events)
            async with app.lifespan():
                made = await ask(app, "POST", "/Users", user("vera"))
                for at, name in enumerate(["vera.1", "vera.2", "vera.3"], 1):
                    await until(lambda at=at: len(to.got) >= at)
                    assert (await ask(app, "PUT", f"/Users/{made[1]['id']}", user(name)))[0] == 200

                async def given_up() -> Any:
                    found = await app.dead_letters()
                    return found if len(found) == 2 else None

                letters = await eventually(given_up)
                await until(lambda: len(to.got) == 3)
                assert await app.retry_dead_letters(ids=[one["id"] for one in reversed(letters)]) == 2
                await until(lambda: len(to.got) == 7)
                told = [json.loads(one.body)["data"]["id"] for one in to.got]
                assert told[3:6] == told[:3] and len(set(told[3:])) == 4

        asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_that_fails_gets_the_same_event_again(kind: str, make_store: Make) -> None:
    failing = True
    errors: list[Exception] = []

    def about(got: list[Got]) -> list[str]:
        read = [json.loads(one.body) for one in got]
        return [f"{one['type']} {one['data'].get('data', {}).get('userName', '')}".strip() for one in read]

    with receiver(lambda got, count: 503 if failing and "rosa.lind" in got.body else 204) as to:

        async def run() -> None:
            nonlocal failing
            events = {"mode": "full", "webhooks": [hook(to.url, mode="full")], "retry": QUICK}
            app = app_of(make_store(kind), errors, events=events)
            async with app.lifespan():
                _, rosa = await ask(app, "POST", "/Users", user("rosa.lind"))
                await ask(app, "PATCH", f"/Users/{rosa['id']}", title("Cook"))
                await ask(app, "POST", "/Users", user("otto.bern"))
                await until(lambda: len(to.got) >= 4)
                assert "user.created otto.bern" in about(to.got), "another resource does not wait"
                assert not [one for one in about(to.got) if "updated" in one], "the next of the same does"
                failing = False
                await until(lambda: [one for one in about(to.got) if "updated" in one])

        asyncio.run(run())
    ids = {one.headers["webhook-id"] for one in to.got if "rosa.lind" in one.body and "created" in one.body}
    assert len(ids) == 1, "one event, one identifier"
    told = "\n".join(map(str, errors))
    assert "status 503" in told and "rosa" not in told and SECRET not in told


VERIFY = """
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[1]);
const { secret, got } = JSON.parse(readFileSync(0, "utf8"));
const { Webhook } = require("standardwebhooks");
const verifier = new Webhook(secret);
console.log(JSON.stringify(got.map(([headers, body]) => verifier.verify(body, headers))));
for (const [headers, body] of got) {
  let refused = 0;
  try { verifier.verify(body.replace("user", "uses"), headers); } catch { refused += 1; }
  if (refused !== 1) throw new Error("a forged body passed");
}
"""


def test_a_webhook_is_signed_as_its_library_has_it_and_says_no_more_than_it_should() -> None:
    with receiver() as to, receiver() as only:

        async def run() -> None:
            types = ["user.deactivated", f"{PROV}delete"]
            webhooks = [hook(to.url), hook(only.url, types=types)]
            app = app_of(MemoryStore(), [], events={"mode": "full", "webhooks": webhooks})
            async with app.lifespan():
                _, rosa = await ask(app, "POST", "/Users", user("rosa.lind", externalId="x-1", title="Søn"))
                path = f"/Users/{rosa['id']}"
                await ask(app, "PATCH", path, title("Cook"))
                await ask(app, "PATCH", path, message({"op": "replace", "path": "active", "value": False}))
                await ask(app, "DELETE", path)
                await until(lambda: len(to.got) == 4 and len(only.got) == 2)

        asyncio.run(run())
    given = json.dumps({"secret": SECRET, "got": [[one.headers, one.body] for one in to.got]})
    told = json.loads(node(VERIFY, str(ROOT / "tests/package.json"), stdin=given))
    names = ["user.created", "user.updated", "user.deactivated", "user.deleted"]
    assert [one["type"] for one in told] == names
    assert "data" not in told[0]["data"], "values are for those who are set to get them"
    assert told[0]["data"]["externalId"] == "x-1"
    assert [json.loads(one.body)["type"] for one in only.got] == ["user.deactivated", "user.deleted"]


TOKENS = """
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[1]);
const { jwk, issuer, audience, tokens } = JSON.parse(readFileSync(0, "utf8"));
const { jwtVerify, importJWK } = require("jose");
const { d, ...open } = jwk;
const key = await importJWK(open, "ES256");
const read = [];
for (const token of tokens) read.push(await jwtVerify(token, key, { issuer, audience, typ: "secevent+jwt" }));
console.log(JSON.stringify(read.map(({ payload, protectedHeader }) => [payload, protectedHeader])));
"""


def test_a_security_event_token_is_signed_and_pushed_and_says_what_the_rfc_has_it_say() -> None:
    with receiver(lambda got, count: 500 if count == 1 else 202) as to:
        pushed = {
            **{"issuer": "https://scim.north.example", "audience": ["https://feed.south.example"]},
            **{"key": JWK, "url": to.url, "authorization": "Bearer feed-token", "mode": "full"},
        }

        async def run() -> tuple[Any, Any]:
            events = {"mode": "full", "set": pushed, "retry": QUICK}
            app = app_of(MemoryStore(), [], events=events, base_url="https://scim.north.example/v2")
            async with app.lifespan():
                _, rosa = await ask(app, "POST", "/Users", user("rosa.lind", externalId="x-1"))
                path = f"/Users/{rosa['id']}"
                await ask(app, "PATCH", path, message({"op": "replace", "path": "active", "value": False}))
                await ask(app, "DELETE", path)
                await until(lambda: len(to.got) == 4)
                return rosa["id"], (await ask(app, "GET", "/ServiceProviderConfig"))[1]

        made, config = asyncio.run(run())
    assert to.got[0].headers["content-type"] == "application/secevent+jwt"
    assert to.got[0].headers["authorization"] == "Bearer feed-token"
    asked = {"jwk": JWK, "issuer": pushed["issuer"], "audience": pushed["audience"][0], "tokens": [one.body for one in to.got]}
    read = json.loads(node(TOKENS, str(ROOT / "tests/package.json"), stdin=json.dumps(asked)))
    first, again, off, gone = [claims for claims, _ in read]
    assert read[0][1] == {"alg": "ES256", "typ": "secevent+jwt", "kid": "k-1"}
    assert first == again, "what is sent again says the same"
    assert len({first["jti"], off["jti"], gone["jti"]}) == 3
    assert first["sub_id"] == {"format": "scim", "uri": f"/Users/{made}", "externalId": "x-1"}
    assert first["events"][f"{PROV}create:full"]["data"]["userName"] == "rosa.lind"
    assert list(off["events"]) == [f"{PROV}patch:full", f"{PROV}deactivate"]
    assert gone["events"] == {f"{PROV}delete": {}}
    assert f"{PROV}create:full" in config["securityEvents"]["eventUris"]


def test_keys_as_text_are_good_too() -> None:
    key = jwt.PyJWK(JWK).key
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    common = {"issuer": "https://a.example", "audience": "https://b.example", "url": "https://b.example/e"}
    for own in (key, pem, pem.decode()):
        create_scim_app(store=MemoryStore(), auth=none(), events={"set": {**common, "key": own, "alg": "ES256"}})


def test_a_receiver_that_is_slow_or_away_keeps_nobody_waiting() -> None:
    slow = True

    def answer(got: Got, count: int) -> int:
        while slow:
            time.sleep(0.02)
        return 302

    errors: list[Exception] = []
    with socket.socket() as taken, receiver(answer) as to:
        taken.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{taken.getsockname()[1]}/told"

        async def run() -> None:
            nonlocal slow
            retry = {"attempts": 2, "first_seconds": 0.3, "timeout_seconds": 0.3}
            webhooks = [hook(to.url, name="slow"), hook(away, name="away")]
            app = app_of(MemoryStore(), errors, events={"webhooks": webhooks, "retry": retry})
            async with app.lifespan():
                began = time.monotonic()
                for number in range(10):
                    assert (await ask(app, "POST", "/Users", user(f"u{number}")))[0] == 201
                assert time.monotonic() - began < 5
                await until(lambda: [error for error in errors if "no answer in time" in str(error)])
                slow = False
                await until(lambda: [error for error in errors if "status 302" in str(error)])
                letters = await eventually(lambda: app.dead_letters(receiver="webhook away"))
                assert letters[0]["failure"] == "not reached (ECONNREFUSED)"

        asyncio.run(run())
    assert all(one.headers["webhook-id"] for one in to.got), "a redirect is not followed"


def test_a_hook_that_is_slow_keeps_no_request_waiting() -> None:
    going = threading.Event()

    def slow(event: dict[str, Any]) -> None:
        going.wait(20)

    auth = basic({"hr": {"password": password_hash("right"), "permissions": ["scim:*"]}})
    with listening(store=MemoryStore(), auth=auth, events={"on_event": slow, "retry": {"timeout_seconds": 60}}) as asking:
        by = f"Basic {base64.b64encode(b'hr:right').decode()}"
        for number in range(40):
            assert asking("POST", "/Users", user(f"u{number}"), authorization=by).status == 201
        began = time.monotonic()
        # What takes long is done in threads: a long body, and a password that was not seen before.
        assert asking("POST", "/Users", user("long", title="x" * 200_000), authorization=by).status == 201
        assert asking("GET", "/Users", authorization=f"Basic {base64.b64encode(b'hr:wrong').decode()}").status == 401
        assert time.monotonic() - began < 10
        going.set()


def test_two_hosts_call_a_receiver_by_one_name() -> None:
    """What the one was told to deliver, the other may: they share tables."""
    for url in ("https://CRM.example:443/hook?a=b", "https://crm.example", "http://127.0.0.1:81/x"):
        app = create_scim_app(store=MemoryStore(), auth=none(), events={"webhooks": [hook(url)]})
        deliveries: Any = app._endpoint.deliveries
        program = """
        import { eventsOf } from "./bindings-node/js/events/settings.js";
        const [, url, secret] = process.argv;
        console.log(eventsOf({ webhooks: [{ url, secret }] }).known[0]);
        """
        assert deliveries.known == [node(program, url, SECRET).strip()]


def test_wsgi_lists_and_tries_again() -> None:
    with receiver(lambda got, count: 410) as to:
        application = create_scim_wsgi(store=MemoryStore(), auth=none(), events={"webhooks": [hook(to.url)]}, on_error=print)
        assert application.dead_letters() == []
        assert application.retry_dead_letters() == 0
        application.close()


WITHOUT = """
import sys
sys.modules["jwt"] = None
from scimforge.asgi import MemoryStore, create_scim_app, none
given = {"issuer": "a", "audience": "b", "key": b"k", "alg": "ES256", "url": "https://b.example"}
try:
    create_scim_app(store=MemoryStore(), auth=none(), events={"set": given})
except ImportError as error:
    print(error)
"""


def test_what_is_missing_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert 'pip install "scimforge[jwt]"' in done.stdout


SET = {"issuer": "https://a.example", "audience": "b", "key": JWK, "url": "https://b.example"}


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        ({"webhooks": {}}, "is a list"),
        ({"webhooks": [3]}, "is a dict"),
        ({"webhooks": [{"secret": SECRET}]}, "is no URL"),
        ({"webhooks": [hook("http://crm.example")]}, "begins with https"),
        ({"webhooks": [hook("https://x:1y/")]}, "is no URL"),
        ({"webhooks": [hook("https://me:pass@crm.example")]}, "no password"),
        ({"webhooks": [{"url": "https://crm.example", "secret": "short"}]}, "needs a `secret`"),
        ({"webhooks": [hook("https://crm.example", tipes=[])]}, "has no `tipes`"),
        ({"webhooks": [hook("https://crm.example", types="user.created")]}, "`types`"),
        ({"webhooks": [hook("https://crm.example", types=["user.create"])]}, "did you mean `user.created`"),
        ({"webhooks": [hook("https://crm.example", types=["deactivated"])]}, "there are user.created"),
        ({"webhooks": [hook("https://crm.example", mode="all")]}, "`mode`"),
        ({"webhooks": [hook("https://crm.example", mode="full")]}, "where they are kept"),
        ({"webhooks": [hook("https://crm.example")] * 2}, "two receivers"),
        ({"set": {**SET, "issuer": None}}, "`issuer`"),
        ({"set": {**SET, "audience": None}}, "`audience`"),
        ({"set": {**SET, "key": None}}, "`key`"),
        ({"set": {**SET, "key": b"-----BEGIN NOTHING-----", "alg": "ES256"}}, "no private key"),
        ({"set": {**SET, "key": {name: JWK[name] for name in JWK if name != "d"}}}, "no private key"),
    ],
)
def test_wrong_receivers_are_refused_by_name(events: Any, wrong: str) -> None:
    with pytest.raises(TypeError, match=wrong) as raised:
        create_scim_app(store=MemoryStore(), auth=none(), events=events)
    assert JWK["d"] not in str(raised.value) and SECRET not in str(raised.value)


def test_processes_that_share_tables_share_the_deliveries(postgres: Postgres, tmp_path: Any) -> None:
    """One writes, another delivers."""
    stores: list[Callable[[], Any]] = [lambda: SqliteStore(str(tmp_path / "shared.db"))]
    prefix = postgres.prefix()
    stores.append(lambda: PostgresStore(postgres.conninfo, prefix=prefix))
    for make in stores:
        with receiver() as to:

            async def run() -> None:
                webhooks = [hook(to.url)]
                writer = app_of(make(), [], events={"webhooks": webhooks, "deliver": False})
                async with writer.lifespan():
                    assert (await ask(writer, "POST", "/Users", user("rosa")))[0] == 201
                    await asyncio.sleep(0.1)
                    assert to.got == []
                async with app_of(make(), [], events={"webhooks": webhooks}).lifespan():
                    await until(lambda: len(to.got) == 1)

            asyncio.run(run())
