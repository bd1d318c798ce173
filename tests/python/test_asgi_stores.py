"""The protocol over each store: the shared cases, and requests at random."""

from __future__ import annotations

import json
import threading
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import STORES
from own_store import Own, Shelves
from serving import ROOT, user
from vectors.given import Case, dump
from vectors.server import created, unexpected

import scimforge as sf
from scimforge import _scimforge
from scimforge._host.postgres import _changed as change
from scimforge._host.programs import hashed
from scimforge._host.resources import resources_of
from scimforge._host.trying import Server
from scimforge.asgi import MemoryStore, core
from scimforge.testing import StoreTests

Make = Callable[[str], Any]


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


class TestTheContract(StoreTests):
    keeps_removed = keeps_events = True

    @pytest.fixture(autouse=True, params=[*STORES, "own store"])
    def given(self, request: pytest.FixtureRequest, make_store: Make) -> None:
        kind = request.param
        self.requests = 100 if kind == "postgres" else 200
        self.make_store = Shelves if kind == "own store" else lambda: make_store(kind)  # type: ignore[method-assign]


class TestAStoreOfFiveMethods(StoreTests):
    shows_groups = False

    def make_store(self) -> Any:
        return Own()


class TestMembersWithoutOrder(StoreTests):
    plain_members = True
    shows_groups = False

    def make_store(self) -> Any:
        class Sorting(Own):
            async def insert(self, key: Any, resource: Any, unique: Any, password: Any) -> None:
                if "members" in resource:
                    resource = {**resource, "members": sorted(resource["members"], key=lambda one: one["value"])}
                await super().insert(key, resource, unique, password)

        return Sorting()


def test_the_contract_finds_what_is_wrong() -> None:
    class Wrong(Own):
        async def get(self, key: Any) -> Any:
            return next((row for row in self.rows.values() if row["id"] == key["id"]), None)

        async def replace(self, *given: Any) -> bool:
            await self.insert(*given[:4])
            return True

        def query(self, plan: Any) -> Any:
            return {"rows": super().query(plan)[: plan["limit"]], "residual": False, "total": len(self.rows)}

    class Failing(StoreTests):
        def make_store(self) -> Any:
            return Wrong()

    failed = set()
    for name in [name for name in dir(StoreTests) if name.startswith("test_")]:
        try:
            getattr(Failing(), name)()
        except AssertionError:
            failed.add(name)
        except unittest.SkipTest:
            pass
    assert failed >= {"test_tenants_do_not_see_each_other", "test_it_answers_as_the_store_in_memory"}


MEASURES: dict[str, Any] = {"id": "urn:north:Measures", "name": "Measures", "attributes": [{"name": "weight", "type": "decimal"}]}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_numbers_keep_their_digits_beside_a_password(kind: str, make_store: Make) -> None:
    types, schemas = resources_of([core.User.with_(MEASURES)], None)
    weight = "0.12345678901234567890123"

    def made(name: str, **more: Any) -> str:
        text = json.dumps({**user(name, title='"password":"x"', **more), MEASURES["id"]: {"weight": "?"}})
        return text.replace('"?"', weight).replace(json.dumps([sf.USER]), json.dumps([sf.USER, MEASURES["id"]]))

    with Server(make_store(kind), {"resourceTypes": types, "schemas": schemas}) as server:
        for name, password in [("rosa", "three \"lanterns\""), ("otto", None)]:
            sent = made(name, **({} if password is None else {"password": password}))
            assert server.send("POST", "/Users", sent.encode()).status == 201
        operations = ",".join(
            f'{{"method":"POST","path":"/Users","bulkId":"{name}","data":{made(name, password="frost-Lamp-93")}}}' for name in ("ines", "mara")
        )
        sent = f'{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{operations}]}}'
        answered = server.send("POST", "/Bulk", sent.encode()).json()
        assert [one["status"] for one in answered["Operations"]] == ["201", "201"]
        kept = server.send("GET", "/Users").body.decode()
    assert kept.count(f'"weight":{weight}') == 4
    assert "lanterns" not in kept and "frost" not in kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"op":"insert","resource":{"password":"a"},"password":"b","unique":[]}', ["b"]),
        ('{"op":"insertMany","operations":[{"password":"a"},{"resource":{"password":"c"},"password":"\\"b"}]}', ["a", '"b']),
        ('{"op":"insert","resource":{"title":"password"},"password":null,"unique":"x"}', []),
        ('{"op":"insert","title":"password"}', []),
        ('{"op":"replace","resource":{"title":"{\\"["},"password":"b"}', ["b"]),
    ],
)
def test_passwords_stand_beside_the_resource(text: str, found: list[str]) -> None:
    wanted = json.loads(text)
    after = json.loads(hashed(text, {one: [f"hash of {one}"] for one in found}))
    for one in [wanted, *wanted.get("operations", ())]:
        if isinstance(one.get("password"), str):
            one["password"] = f"hash of {one['password']}"
    assert after == wanted


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
