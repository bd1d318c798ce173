"""The protocol over each store: the shared cases, and requests at random."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import STORES
from serving import ROOT, join, message, user
from vectors.given import Case, dump
from vectors.server import created, unexpected

import scimforge as sf
from scimforge import _scimforge
from scimforge._host.exchange import Head
from scimforge._host.postgres import _changed as change
from scimforge._host.store import open_store
from scimforge.asgi import MemoryStore

Make = Callable[[str], Any]


class Server:
    """A store behind the engine, without HTTP."""

    def __init__(self, store: Any, config: dict[str, Any] | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.store = self.loop.run_until_complete(self._open(store, config or {}))

    async def _open(self, store: Any, config: dict[str, Any]) -> Any:
        return open_store(store, {"changePassword": True, **config})

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *given: object) -> None:
        self.loop.run_until_complete(self.store.close())
        self.loop.close()

    def send(
        self, method: str, target: str, body: Any = None, headers: Any = None, env: Any = None
    ) -> sf.Response:
        return self.together((method, target, body, headers, env))[0]

    def task(self, task: dict[str, Any], env: Any = None) -> sf.Response:
        surroundings = {"baseUrl": "https://scim.example.test/v2", "tenant": "", **(env or {})}
        answer = self.loop.run_until_complete(self.store.task(task, surroundings))
        assert answer.reason is None, f"{task}: {answer.reason}"
        return sf.Response(answer.status, answer.headers, answer.body)

    def together(self, *requests: tuple[Any, ...]) -> list[sf.Response]:
        return self.loop.run_until_complete(self._all(requests))

    async def _all(self, requests: tuple[tuple[Any, ...], ...]) -> list[sf.Response]:
        return list(await asyncio.gather(*(self._one(*request) for request in requests)))

    async def _one(
        self, method: str, target: str, body: Any = None, headers: Any = None, env: Any = None
    ) -> sf.Response:
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        names = {name.lower(): value for name, value in (headers or {}).items()}
        head = Head(method, target.partition("?")[0], target, names)
        surroundings = {"baseUrl": "https://scim.example.test/v2", "tenant": "", **(env or {})}
        answer = await self.store.handle(head, sent, surroundings)
        assert answer.reason is None, f"{method} {target}: {answer.reason}"
        return sf.Response(answer.status, answer.headers, answer.body)

    def create(self, resource: dict[str, Any], endpoint: str = "/Users") -> dict[str, Any]:
        made = self.send("POST", endpoint, resource)
        assert made.status == 201, made.body
        read: dict[str, Any] = made.json()
        return read


def cases() -> Iterator[Any]:
    for file in sorted((ROOT / "tests/vectors/protocol").glob("*.json")):
        found = [case for case in json.loads(file.read_bytes()) if case["id"].startswith("protocol/")]
        yield pytest.param(found, id=file.stem)


@pytest.mark.parametrize("kind", ["memory", "sqlite in memory", "postgres"])
@pytest.mark.parametrize("several", list(cases()))
def test_the_shared_cases(several: list[Case], kind: str, make_store: Make) -> None:
    failures = []
    store = make_store(kind)
    for case in several:
        given = case.get("store") or []
        with Server(MemoryStore(given) if kind == "memory" else store, case.get("config")) as server:
            if kind == "postgres":
                # Tables are slow to make: those of the file are emptied.
                server.loop.run_until_complete(emptied(server.store))
            for resource in given if kind != "memory" else ():
                seed(server, resource)
            if problem := conversation(server, case):
                failures.append(f"{case['id']}: {problem}")
    assert failures == []


async def emptied(store: Any) -> None:
    await store.prepare()
    async with store._tables._connections.connection() as connection:
        await connection.execute(f"TRUNCATE {store._tables._prefix}document CASCADE")


def seed(server: Server, resource: Any) -> None:
    """Puts a resource in as it is, which no request can."""
    key = {"tenant": "", "type": resource["meta"]["resourceType"], "id": resource["id"]}
    operation = json.dumps({"op": "insert", "key": key, "resource": resource, "unique": []})
    store, text = server.store, json.dumps(resource)
    if hasattr(store, "_tables"):
        tables = store._tables

        async def put() -> list[str]:
            program, unique = tables.sql.program(operation), tables.sql.refresh("", text)
            return [await change(json.loads(made)["steps"], tables._alone) for made in (program, unique)]

        done = server.loop.run_until_complete(put())
    else:

        def insert() -> list[str]:
            connection = store._connection()
            program, unique = store._sql.program(operation), store._sql.refresh("", text)
            return [connection._change(json.loads(made)["steps"]) for made in (program, unique)]

        done = store._writer.submit(insert).result()
    assert done == ['{"done":true}'] * 2, done


def conversation(server: Server, case: Case) -> str | None:
    made, cursor = 0, ""
    for index, step in enumerate(case["steps"]):
        step = json.loads(json.dumps(step).replace("{nextCursor}", cursor))
        expect = step["expect"]
        env = {
            "now": f"2026-03-01T09:{30 + index // 60:02}:{index % 60:02}Z",
            "ids": [f"id-{made + offset}" for offset in range(1, 65)],
            **step.get("env", {}),
        }
        answer = server.task(step["task"], env) if "task" in step else asked(server, step["request"], env)
        made += created(answer)
        cursor = (answer.json() or {}).get("nextCursor", cursor)
        if problem := unexpected(answer, expect):
            return f"step {index + 1}: {problem}\nanswered {answer.status}: {answer.body[:600]!r}"
    return None


def asked(server: Server, request: Case, env: Case) -> sf.Response:
    text = request.get("bodyText") or (dump(request["body"]) if "body" in request else "")
    return server.send(request["method"], request["target"], text.encode(), request.get("headers"), env)


@pytest.mark.parametrize("kind", STORES)
class TestTheContract:
    def test_a_resource_is_kept_replaced_and_removed(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            odd = "\x00 %_'\"\\ é"
            one = f"/Users/{server.create(user('rosa', title=odd))['id']}"
            assert server.send("GET", one).json()["title"] == odd
            assert server.send("PUT", one, user("rosa", title="Cook")).status == 200
            assert server.send("GET", "/Users?filter=title+eq+%22cook%22").json()["totalResults"] == 1
            assert [server.send("DELETE", one).status for _ in range(2)] == [204, 404]
            assert server.send("GET", one).status == 404

    def test_a_unique_value_is_there_once(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            rosa, lind = server.create(user("rosa")), server.create(user("lind"))
            taken = server.send("POST", "/Users", user("ROSA"))
            assert (taken.status, taken.json()["scimType"]) == (409, "uniqueness")
            assert server.send("PUT", f"/Users/{lind['id']}", user("Rosa")).status == 409
            assert server.send("GET", f"/Users/{lind['id']}").json()["userName"] == "lind"
            for name in ("Rosa", "ada"):
                assert server.send("PUT", f"/Users/{rosa['id']}", user(name)).status == 200
            server.create(user("rosa"))
            server.send("DELETE", f"/Users/{rosa['id']}")
            server.create(user("ada"))

    def test_of_many_that_want_a_value_at_once_one_gets_it(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            answers = server.together(*[("POST", "/Users", user("rosa"))] * 8)
            assert sorted(answer.status for answer in answers) == [201, *[409] * 7]

    def test_what_is_long_is_kept_and_found(self, kind: str, make_store: Make) -> None:
        long = "é" + "".join(random.Random(7).choices("abcdefghijklmnop0123456789", k=3_000))
        with Server(make_store(kind)) as server:
            mail = f"{long}@north.test"
            made = server.create(user(long, externalId=long, emails=[{"value": mail}]))
            for filter in (f'userName eq "{long}"', f'userName sw "{long}"', f'emails.value eq "{mail}"'):
                found = server.send("GET", f"/Users?{urlencode({'filter': filter})}").json()
                assert [one["id"] for one in found["Resources"]] == [made["id"]]
            assert server.send("POST", "/Users", user(long)).status == 409
            assert server.send("POST", "/Users", user(f"{long}x")).status == 201

    def test_a_change_says_which_version_it_changes(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            made = server.create(user("rosa"))
            one, old = f"/Users/{made['id']}", {"if-match": made["meta"]["version"]}
            assert server.send("PUT", one, user("lind"), old).status == 200
            assert server.send("PUT", one, user("ada"), old).status == 412
            assert server.send("DELETE", one, None, old).status == 412
            assert server.send("GET", one).json()["userName"] == "lind"

    def test_tenants_do_not_see_each_other(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            one, north = f"/Users/{server.create(user('rosa'))['id']}", {"tenant": "north"}
            assert [server.send(method, one, env=north).status for method in ("GET", "DELETE")] == [404, 404]
            assert server.send("POST", "/Users", user("rosa"), env=north).status == 201
            for env in ({}, north):
                assert server.send("GET", "/Users", env=env).json()["totalResults"] == 1

    def test_no_change_is_lost_to_another(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            group = server.create({"schemas": [sf.GROUP], "displayName": "All"}, "/Groups")
            members = [f"m-{number}" for number in range(8)]
            one = f"/Groups/{group['id']}"
            answers = server.together(*(("PATCH", one, join(member)) for member in members))
            assert {answer.status for answer in answers} == {200}
            found = server.send("GET", one).json()["members"]
            assert sorted(member["value"] for member in found) == members

    def test_who_is_in_a_group_is_shown(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            rosa = server.create(user("rosa"))["id"]
            several = [{"value": rosa}, {"value": rosa.upper()}]
            group = {"schemas": [sf.GROUP], "displayName": "Bakers", "members": several}
            bakers = server.create(group, "/Groups")["id"]
            shown = server.send("GET", f"/Users/{rosa}").json()["groups"]
            assert [(one["value"], one["display"]) for one in shown] == [(bakers, "Bakers")]
            assert server.send("DELETE", f"/Users/{rosa}").status == 204
            assert len(server.send("GET", f"/Groups/{bakers}").json()["members"]) == 1

    def test_a_bulk_is_carried_out(self, kind: str, make_store: Make) -> None:
        with Server(make_store(kind)) as server:
            group = {"schemas": [sf.GROUP], "displayName": "Bakers", "members": [{"value": "bulkId:r"}]}
            bulk = {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [
                    {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group},
                    {"method": "POST", "path": "/Users", "bulkId": "r", "data": user("rosa")},
                    {"method": "POST", "path": "/Users", "bulkId": "s", "data": user("ROSA")},
                ],
            }
            answer = server.send("POST", "/Bulk", bulk).json()
            assert [one["status"] for one in answer["Operations"]] == ["201", "201", "409"]
            found = server.send("GET", "/Groups").json()["Resources"][0]["members"]
            rosa = server.send("GET", "/Users").json()["Resources"]
            assert [one["value"] for one in found] == [one["id"] for one in rosa]

    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_answers_of_the_store_in_memory(self, seed: int, kind: str, make_store: Make) -> None:
        chance = random.Random(seed)
        ids = ["nobody"]
        with Server(make_store(kind)) as server, Server(MemoryStore()) as reference:
            for index in range(100 if kind == "postgres" else 200):
                method, target, body = request(chance, ids)
                now = f"2026-03-01T09:{30 + index // 180:02}:{index // 3 % 60:02}Z"
                env = {"ids": [f"id-{index}", f"id-{index}-b"], "now": now}
                wanted = reference.send(method, target, body, env=env)
                found = server.send(method, target, body, env=env)
                about = f"request {index}: {method} {target} {body}"
                assert (found.status, found.json()) == (wanted.status, wanted.json()), about
                if wanted.status == 201:
                    ids.append(f"id-{index}")


# What databases read in ways of their own.
WORDS = ["rosa", "Rosa", "søren", "SØREN", "İpek", "straße", 'a"b', "it's", "100%", "x_y", "\\", "", "$1", "?1", "z" * 300]
COMPARED = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
SORTED = ["userName", "displayName", "emails", "meta.lastModified", "active", "id", "name.familyName"]


def request(chance: random.Random, ids: list[str]) -> tuple[str, str, Any]:
    one_of, often = chance.choice, chance.random

    def somebody() -> dict[str, Any]:
        made = user(f"{one_of(WORDS)}{chance.randrange(12)}", name={"familyName": one_of(WORDS)})
        for name, value in [("externalId", one_of(WORDS)), ("displayName", one_of(WORDS)), ("active", often() < 0.5)]:
            if often() < 0.5:
                made[name] = value
        made["emails"] = [
            {"value": f"{one_of(['ada', 'Bo', 'cy'])}@north.test", "type": one_of(["work", "home"]), "primary": place == 0}
            for place in range(chance.randrange(3))
        ]
        return made

    def group() -> dict[str, Any]:
        members = [{"value": one_of([*ids, "m-1", "m-2"])} for _ in range(chance.randrange(4))]
        return {"schemas": [sf.GROUP], "displayName": one_of(WORDS) or "none", "members": members}

    def leaf() -> str:
        quoted = json.dumps(one_of(WORDS), ensure_ascii=False)
        return one_of(
            [
                f"userName {one_of(COMPARED)} {json.dumps(one_of(WORDS) + str(chance.randrange(12)))}",
                f"displayName {one_of(COMPARED)} {quoted}",
                f"name.familyName {one_of(COMPARED)} {quoted}",
                f'emails[type eq "work" and value {one_of(COMPARED)} "ada@north.test"]',
                f"emails[primary {one_of(['eq', 'ne'])} true]",
                f"active {one_of(['eq', 'ne'])} true",
                f'members.value {one_of(["eq", "ne"])} "m-{chance.randrange(3)}"',
                f'meta.created {one_of(["gt", "le"])} "2026-03-01T09:30:40Z"',
                f"{one_of(['title', 'emails', 'externalId', 'members'])} pr",
            ]
        )

    endpoint, make = one_of([("/Users", somebody), ("/Users", somebody), ("/Groups", group)])
    one = f"{endpoint}/{one_of(ids)}"
    kind = often()
    if kind < 0.3:
        return "POST", endpoint, make()
    if kind < 0.4:
        return "PUT", one, make()
    if kind < 0.55:
        operation = one_of(
            [
                {"op": "add", "path": "members", "value": [{"value": f"m-{chance.randrange(5)}"}]},
                {"op": "remove", "path": f'members[value eq "m-{chance.randrange(5)}"]'},
                {"op": "replace", "path": "displayName", "value": one_of(WORDS) or "none"},
                {"op": "replace", "path": "userName", "value": f"{one_of(WORDS)}{chance.randrange(12)}"},
            ]
        )
        return "PATCH", one, message(operation)
    if kind < 0.6:
        return "DELETE", one, None
    query: dict[str, Any] = {}
    if often() < 0.8:
        filter = one_of([leaf(), f"{leaf()} and {leaf()}", f"{leaf()} or {leaf()}", f"not ({leaf()})"])
        query["filter"] = filter
    if often() < 0.5:
        query |= {"sortBy": one_of(SORTED), "sortOrder": one_of(["ascending", "descending"])}
    if often() < 0.5:
        query |= {"startIndex": chance.randrange(20), "count": chance.randrange(8)}
    return "GET", f"{endpoint if often() < 0.85 else ''}/?{urlencode(query)}", None


def test_no_password_is_hashed_where_others_wait(
    make_store: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    plain = _scimforge.hash_password

    def noted(password: str) -> str:
        threads.append(threading.current_thread().name)
        return plain(password)

    monkeypatch.setattr(_scimforge, "hash_password", noted)
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(at), "data": user(f"u{at}", password="alder")}
        for at in range(3)
    ]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    with Server(make_store("sqlite")) as server:
        server.create(user("rosa", password="birch"))
        answered = server.send("POST", "/Bulk", bulk).json()
        assert [one["status"] for one in answered["Operations"]] == ["201"] * 3
        assert len(threads) == 4
        assert all(name.startswith("scim-hashing") for name in threads)
        refused = server.send("POST", "/Users", user("nadia", password="cedar"), env={"permissions": ["Users:list"]})
        assert refused.status == 403
        assert len(threads) == 4, "what somebody may not set is not hashed"
