"""Who fails to sign in too often has to wait, and keeps nobody else out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from scimforge._host.failures import address_of
from scimforge.asgi import Head, MemoryStore, ScimApp, basic, bearer, create_scim_app, password_hash, token_digest
from test_asgi_auth import basically, by

Found = Callable[[str], Any]


def app_with(lookup: Found, **settings: Any) -> ScimApp:
    quiet = {"on_error": lambda error: None, "observe": {"audit": lambda record: None}}
    return create_scim_app(store=MemoryStore(), auth=bearer(lookup=lookup), **{**quiet, **settings})


async def status(app: ScimApp, headers: dict[str, str], address: str = "192.0.2.1") -> int | tuple[int, str]:
    """The status; of 429 also how long to wait."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(part: dict[str, Any]) -> None:
        sent.append(part)

    pairs = [(name.encode(), value.encode()) for name, value in {"host": "x.test", **headers}.items()]
    path = "/scim/v2/Users"
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": pairs}
    await app({**scope, "client": (address, 49152)}, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    code: int = sent[0]["status"]
    return (code, answered["retry-after"]) if code == 429 else code


def test_an_address_has_to_wait_after_so_many_failures() -> None:
    looked: list[str] = []

    def lookup(digest: str) -> Any:
        looked.append(digest)
        return {"permissions": ["scim:*"]} if digest == token_digest("right") else None

    async def work() -> None:
        app = app_with(lookup, failed_sign_ins={"max": 3, "minutes": 1}, trust_proxy=1)

        async def through(forwarded: str, token: str) -> int | tuple[int, str]:
            headers = {**by(token), "x-forwarded-for": forwarded} if token else {"x-forwarded-for": forwarded}
            return await status(app, headers, "10.0.0.1")

        for guess in "abc":
            assert await through("192.0.2.1", guess) == 401
        assert await through("192.0.2.1", "d") == (429, "60")
        assert await through("192.0.2.1:50000", "right") == (429, "60"), "a guess that is right is none"
        assert len(looked) == 3
        assert await through("192.0.2.2", "right") == 200, "from elsewhere"
        assert await through("192.0.2.1", "right") == 200, "who was right before is known"
        assert await through("203.0.113.9, 192.0.2.1", "e") == (429, "60")
        assert await through("192.0.2.1", "") == 401, "who says nothing is asked who it is"

    asyncio.run(work())


def test_a_burst_of_guesses_is_not_looked_at_all_at_once() -> None:
    looked: list[str] = []
    known = True

    async def lookup(digest: str) -> Any:
        looked.append(digest)
        await asyncio.sleep(0.01)
        if not known:
            raise RuntimeError("away")
        return None if digest == token_digest("wrong") or len(looked) <= 3 else {"permissions": ["scim:*"]}

    async def work() -> None:
        nonlocal known
        app = app_with(lookup, failed_sign_ins={"max": 3})
        answers = await asyncio.gather(*(status(app, by(f"guess-{at}")) for at in range(50)))
        assert len(looked) == 3
        assert (answers.count(401), answers.count((429, "300"))) == (3, 47)
        same = await asyncio.gather(*(status(app, by("same"), "192.0.2.2") for _ in range(30)))
        assert same == [200] * 30
        others = await asyncio.gather(*(status(app, by(f"tenant-{at}"), "192.0.2.2") for at in range(30)))
        assert others == [200] * 30
        known = False
        away = await asyncio.gather(*(status(app, by("new"), "192.0.2.3") for _ in range(30)))
        assert away == [401] * 30, "a directory that is away is nobody's guess"
        known = True
        assert await status(app, by("new"), "192.0.2.3") == 200

    asyncio.run(work())


def test_a_name_is_guessed_at_from_many_addresses() -> None:
    person = {"password": password_hash("right"), "permissions": ["scim:*"]}
    quiet = {"observe": {"audit": lambda record: None}}
    users = {"hr": person, "ops": person}

    async def work() -> None:
        app = create_scim_app(store=MemoryStore(), auth=basic(users), failed_sign_ins={"max": 2}, **quiet)
        assert await status(app, basically("hr", "right"), "192.0.2.9") == 200
        for at, guess in enumerate("ab"):
            assert await status(app, basically("hr", guess), f"192.0.2.{at}") == 401
        assert await status(app, basically("hr", "c"), "192.0.2.5") == (429, "300")
        assert await status(app, basically("ops", "right"), "192.0.2.5") == 200, "another name"
        assert await status(app, basically("hr", "right"), "192.0.2.6") == 200, "what was right before"

    asyncio.run(work())


def test_windows_pass_and_the_limit_can_be_off() -> None:
    async def work() -> None:
        app = app_with(lambda digest: None, failed_sign_ins={"max": 1, "minutes": 0.002})
        assert [await status(app, by("a")), await status(app, by("b"))] == [401, (429, "1")]
        await asyncio.sleep(0.15)
        assert await status(app, by("c")) == 401
        off = app_with(lambda digest: None, failed_sign_ins=False)
        assert [await status(off, by("a")) for _ in range(30)] == [401] * 30

    asyncio.run(work())


@pytest.mark.parametrize("wrong", [{"failed_sign_ins": {"max": 0}}, {"failed_sign_ins": {"tries": 3}}, {"trust_proxy": -1}, {"trust_proxy": "loopback"}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="create_scim_app"):
        app_with(lambda digest: None, **wrong)


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "known"),
    [
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("2001:db8:0:1:aaaa::5", "", 0, "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "", 0, "fe80::/64"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", 1, "192.0.2.7"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.1, 192.0.2.7", 2, "198.51.100.1"),
        ("10.0.0.1", "192.0.2.7:49152", 1, "192.0.2.7"),
        ("10.0.0.1", "[2001:db8:0:1::7]:49152", 1, "2001:db8:0:1::/64"),
        ("10.0.0.1", "[2001:db8:0:1::7]", 1, "2001:db8:0:1::/64"),
        ("10.0.0.1", "2001:db8:0:1::7", 1, "2001:db8:0:1::/64"),
        ("10.0.0.1", "no address", 1, "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7", 3, "10.0.0.1"),
        ("", "", 0, None),
    ],
)
def test_addresses(address: str, forwarded: str, proxies: int, known: str | None) -> None:
    head = Head("GET", "/Users", "/Users", {"x-forwarded-for": forwarded}, address=address)
    assert address_of(head, proxies) == known
