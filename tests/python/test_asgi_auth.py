"""Who is let in, and to what."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from serving import ERROR, EVERYTHING, listening, message, serving, user

import scimforge as sf
from scimforge.asgi import (
    Head,
    MemoryStore,
    StoreBase,
    basic,
    bearer,
    create_scim_app,
    create_token,
    none,
    password_hash,
    token_digest,
)
from scimforge.wsgi import create_scim_wsgi


def tokens(**table: Any) -> Any:
    return bearer({token_digest(token): who for token, who in table.items()})


def by(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def basically(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_a_credential_may_do_what_it_says() -> None:
    auth = tokens(bare={"sub": "bare"}, reader={"permissions": ["Users:list", "Users:view"]}, all=EVERYTHING)
    with listening(store=MemoryStore(), auth=auth) as ask:
        denied = ask("GET", "/Users", **by("bare"))
        assert (denied.status, denied.body["schemas"], denied.body["status"]) == (403, [ERROR], "403")
        assert "`Users:list`" in denied.body["detail"]
        assert ask("GET", "/Schemas", **by("bare")).status == 200
        assert ask("GET", "/Users", **by("reader")).status == 200
        assert ask("POST", "/Users", user("rosa"), **by("reader")).status == 403
        assert ask("GET", "/Groups", **by("reader")).status == 403
        assert ask("POST", "/Users", user("rosa"), **by("all")).status == 201


def test_permissions_have_the_names_that_the_settings_give_them() -> None:
    auth = tokens(writer={"permissions": ["people.write"]})
    with listening(store=MemoryStore(), auth=auth, permissions={"Users:create": "people.write"}) as ask:
        assert ask("POST", "/Users", user("rosa"), **by("writer")).status == 201
        assert ask("GET", "/Users", **by("writer")).status == 403


def test_strangers_are_told_how_to_sign_in() -> None:
    with listening(store=MemoryStore(), auth=tokens(all=EVERYTHING)) as ask:
        for given, challenge in {
            "": 'Bearer realm="scim"',
            "Bearer nobody": 'Bearer realm="scim", error="invalid_token"',
            "Bearer all x": 'Bearer realm="scim", error="invalid_token"',
            "Basic eDp5": 'Bearer realm="scim"',
        }.items():
            answer = ask("GET", "/Users", authorization=given)
            assert (answer.status, answer.body["schemas"]) == (401, [ERROR])
            assert answer.headers["www-authenticate"] == challenge
        assert ask("GET", "/Users", authorization="bearer all").status == 200
    with listening(store=MemoryStore(), auth=tokens(all=EVERYTHING), open_discovery=False) as ask:
        assert ask("GET", "/Schemas", authorization="").status == 401


def test_tokens_end_and_are_looked_up() -> None:
    now = datetime.now(timezone.utc)
    used: list[str] = []
    known = {
        token_digest("over"): {**EVERYTHING, "expires_at": now - timedelta(seconds=1)},
        token_digest("soon"): {**EVERYTHING, "expires_at": (now + timedelta(minutes=5)).isoformat()},
        token_digest("zulu"): {**EVERYTHING, "expires_at": "2999-01-01T00:00:00Z"},
    }

    async def lookup(digest: str) -> Any:
        return EVERYTHING if digest == token_digest("stored") else None

    auth = bearer(known, lookup=lookup, used=lambda digest, at: used.append(digest))
    with listening(store=MemoryStore(), auth=auth) as ask:
        found = {token: ask("GET", "/Users", **by(token)).status for token in ("over", "soon", "zulu", "stored", "x")}
    assert found == {"over": 401, "soon": 200, "zulu": 200, "stored": 200, "x": 401}
    assert used == [token_digest(token) for token in ("soon", "zulu", "stored")]
    token, digest = create_token()
    assert digest == token_digest(token) and create_token().token != token
    for wrong in ({}, {"plain": EVERYTHING}, {digest: {"permissions": "all"}}, {digest: {"expires_at": "soon"}}):
        with pytest.raises(TypeError):
            bearer(wrong)


def test_names_and_passwords() -> None:
    auth = basic({"hr": {"password": password_hash("correct: horse"), **EVERYTHING}})
    with listening(store=MemoryStore(), auth=auth) as ask:
        assert ask("GET", "/Users", **basically("hr", "correct: horse")).status == 200
        began = time.monotonic()
        assert ask("GET", "/Users", **basically("hr", "correct: horse")).status == 200
        remembered = time.monotonic() - began
        for name, password in [("hr", "wrong"), ("nobody", "correct: horse"), ("", "")]:
            began = time.monotonic()
            refused = ask("GET", "/Users", **basically(name, password))
            assert refused.status == 401
            assert refused.headers["www-authenticate"] == 'Basic realm="scim", charset="UTF-8"'
            assert time.monotonic() - began > remembered / 4
        for odd in ("Basic ", "Basic !", "Basic YQ==", "Basic YTpi=", "Basic /w=="):
            assert ask("GET", "/Users", authorization=odd).status == 401
    with pytest.raises(TypeError):
        basic({"hr": {"password": "in clear", **EVERYTHING}})


def test_functions_of_the_developer_and_several_ways() -> None:
    async def own(head: Head) -> Any:
        key = head.headers.get("x-api-key")
        if key == "broken":
            raise ConnectionError("nobody is there to ask")
        return {"sub": "key", **EVERYTHING} if key == "k" else None

    errors: list[Exception] = []
    auth = [tokens(all=EVERYTHING), basic({"hr": {"password": password_hash("x"), **EVERYTHING}}), own]
    app = create_scim_app(store=MemoryStore(), auth=auth, on_error=errors.append)
    with serving(app) as ask:
        assert ask("GET", "/Users", **by("all")).status == 200
        assert ask("GET", "/Users", **basically("hr", "x")).status == 200
        assert ask("GET", "/Users", authorization="", x_api_key="k").status == 200
        refused = ask("GET", "/Users", authorization="", x_api_key="other")
        assert refused.headers["www-authenticate"] == 'Bearer realm="scim", Basic realm="scim", charset="UTF-8"'
        assert errors == []
        assert ask("GET", "/Users", authorization="", x_api_key="broken").status == 401
        schemes = ask("GET", "/ServiceProviderConfig").body["authenticationSchemes"]
        assert [(one["type"], one["primary"]) for one in schemes] == [("oauthbearertoken", True), ("httpbasic", False)]
    assert [type(error) for error in errors] == [ConnectionError]


@pytest.mark.parametrize(
    "wrong", [lambda head: "rosa", lambda head: {"permissions": "scim:*"}, lambda head: {"tenant": 7}]
)
def test_who_is_no_principal_is_not_let_in(wrong: Callable[[Head], Any]) -> None:
    errors: list[Exception] = []
    with serving(create_scim_app(store=MemoryStore(), auth=wrong, on_error=errors.append)) as ask:
        assert ask("GET", "/Users").status == 401
    assert [type(error) for error in errors] == [TypeError]


def test_each_credential_has_its_own_profile_and_subject() -> None:
    rosa = {"schemas": [sf.USER], "id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}
    subject = {"type": "User", "id": "u-1"}
    auth = tokens(
        entra={**EVERYTHING, "profile": "entra"},
        strict={**EVERYTHING, "profile": "strict"},
        rosa={"permissions": ["Me:*"], "subject": subject},
    )
    with listening(store=MemoryStore([rosa]), auth=auth, me={"writable": ["displayName"]}) as ask:
        bent = message({"op": "Replace", "path": "active", "value": "False"})
        assert ask("PATCH", "/Users/u-1", bent, **by("strict")).status == 400
        assert ask("PATCH", "/Users/u-1", bent, **by("entra")).status == 200
        assert ask("GET", "/Me", **by("rosa")).body["userName"] == "rosa"
        renamed = message({"op": "replace", "path": "userName", "value": "root"})
        assert ask("PATCH", "/Me", renamed, **by("rosa")).status == 403
        assert ask("GET", "/Users/u-1", **by("rosa")).status == 403


def test_without_authentication_the_path_names_the_tenant() -> None:
    with listening(store=MemoryStore(), auth=none(), base_path="/t/:tenant/scim", base="") as ask:
        assert ask("POST", "/t/x/scim/Users", user("rosa")).status == 201
        found = {tenant: ask("GET", f"/t/{tenant}/scim/Users").body["totalResults"] for tenant in "xy"}
        assert found == {"x": 1, "y": 0}


def test_rates_are_limited_for_each_credential() -> None:
    rate = {"per_token": "1/m", "burst": 3}
    with listening(store=MemoryStore(), auth=tokens(a=EVERYTHING, b=EVERYTHING), rate_limit=rate) as ask:
        answers = [ask("GET", "/Users", **by("a")) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60 and answers[-1].body["schemas"] == [ERROR]
        assert ask("GET", "/Users", **by("b")).status == 200
    with listening(store=MemoryStore(), auth=none(), rate_limit=lambda credential, head: 1.5) as ask:
        assert ask("GET", "/Users").headers["retry-after"] == "2"


def test_a_post_that_is_repeated_is_done_once() -> None:
    auth = tokens(a={"sub": "a", **EVERYTHING}, b={"sub": "b", **EVERYTHING})
    with listening(store=MemoryStore(), auth=auth) as ask:
        once = {"idempotency_key": "k-1", **by("a")}
        first, again = (ask("POST", "/Users", user("rosa"), **once) for _ in range(2))
        assert (first.status, again.status, first.body) == (201, 201, again.body)
        assert ask("POST", "/Users", user("other"), **once).status == 422
        assert ask("POST", "/Users", user("rosa"), idempotency_key="k-1", **by("b")).status == 409
        assert ask("POST", "/Users", user("rosa"), **by("a")).status == 409
    with listening(store=MemoryStore(), auth=auth, idempotency=False) as ask:
        assert [ask("POST", "/Users", user("rosa"), **once).status for _ in range(2)] == [201, 409]


def test_what_is_under_way_is_not_forgotten_for_what_is_new() -> None:
    made: list[str] = []
    going = threading.Event()

    class Slow(StoreBase):
        async def insert(self, key: Any, resource: Any, unique: Any, password: Any) -> None:
            made.append(resource["userName"])
            while resource["userName"] == "slow" and not going.is_set():
                await asyncio.sleep(0.01)

        def query(self, plan: Any) -> list[Any]:
            return []

    with listening(store=Slow(), idempotency={"max": 1}) as ask, ThreadPoolExecutor(4) as pool:
        post = lambda name: pool.submit(ask, "POST", "/Users", user(name), idempotency_key=f"k-{name}")
        first = post("slow")
        while not made:
            time.sleep(0.01)
        assert post("quick").result().status == 201
        again = post("slow")
        time.sleep(0.2)
        going.set()
        assert first.result().status == again.result().status == 201
        assert first.result().text == again.result().text
    assert made == ["slow", "quick"]


def test_a_function_that_says_who_asks_sees_the_client_and_what_the_server_gave() -> None:
    seen: list[tuple[str, Any]] = []

    def own(head: Head) -> Any:
        seen.append((head.address, head.raw))
        return EVERYTHING

    with listening(store=MemoryStore(), auth=own, trust_proxy=1) as ask:
        assert ask("GET", "/Users", x_forwarded_for="198.51.100.7, 203.0.113.9").status == 200
        assert ask("GET", "/Users").status == 200
    assert [address for address, _ in seen] == ["203.0.113.9", "127.0.0.1"]
    assert seen[0][1]["type"] == "http"
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/scim/v2/Users", "HTTP_HOST": "x.test", "REMOTE_ADDR": "192.0.2.1", "app.user": "rosa"}
    create_scim_wsgi(store=MemoryStore(), auth=own)(environ, lambda status, headers: None)
    assert seen[-1] == ("192.0.2.1", environ)
